#!/usr/bin/python3
# run: alone
"""The way of a reader on a Linux desktop: the .run.tar.gz is unpacked, the app in it opened in a
file manager (Thunar), on a screen of its own. What would be the browser writes the address down.
"""

import os
import stat
import time

import swarmlab
from pagelab import Page, script
from swarmlab import Process, check, equal, same_tree, wait_for
from torrentmaker import make_torrent, random_file


def runs(path):
    """Is there a process of this program?"""
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.readlink(f"/proc/{entry}/exe") == path:
                return True
        except OSError:
            pass
    return False


@swarmlab.limit(120)
def test_file_manager(lab):
    lab.need("thunar", "dbus-run-session")
    path = random_file(os.path.join(lab.folder("content"), "film.mkv"), 1 << 20)
    torrent = make_torrent(lab.path("film.torrent"), path, 65536)
    seed = lab.libtorrent([torrent], os.path.dirname(path))
    packed = lab.pack(torrent, "--peer", seed.address) + ".tar.gz"
    desk, home = lab.folder("desk"), lab.folder("home")
    equal(lab.run(["tar", "-C", desk, "-xzf", packed]).returncode, 0, "tar")
    swarmlab.only_has(desk, "app.run")
    check(os.stat(os.path.join(desk, "app.run")).st_mode & stat.S_IXUSR, "not executable")

    said = lab.path("address")
    programs = os.path.dirname(script(lab, "xdg-open", f'echo "$1" >"{said}"'))
    os.makedirs(os.path.join(home, "Downloads"))
    env = {"DISPLAY": lab.screen(), "HOME": home, "XDG_CONFIG_HOME": os.path.join(home, ".config"),
           "PATH": programs + ":" + os.environ["PATH"]}
    # A desktop's programs have no terminal.
    argv = ["env", "-u", "TERM", "dbus-run-session", "--", "thunar", desk]
    lab.started(Process("thunar", argv, lab.log("thunar"), env=env, cwd=home))

    def do(*args):
        return lab.run(["xdotool", *args], env=env).stdout.split()
    search = ["search", "--onlyvisible", "--class", "thunar"]
    window = wait_for("the file manager", lambda: do(*search), 40)[-1]
    time.sleep(1)
    do("windowfocus", "--sync", window)
    do("type", "app")       # selects it
    time.sleep(1)
    do("key", "Return")
    wait_for("the address of the page", lambda: os.path.exists(said) and os.path.getsize(said), 20)
    check(runs(os.path.join(desk, "app.run")), "there is a page but no app")
    with open(said, encoding="ascii") as file:
        page = Page(file.read().strip()).open()
    state = page.wait_sheet("ask")
    equal(state["folder"], os.path.join(home, "Downloads"), "the folder that is proposed")
    page.press("start", folder=state["folder"])
    page.wait_sheet("done")
    same_tree(path, os.path.join(home, "Downloads", "film.mkv"))
    page.press("stop")
    wait_for("the end of the app", lambda: not runs(os.path.join(desk, "app.run")), 20)


swarmlab.main(__name__, "double_click_")
