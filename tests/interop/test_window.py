#!/usr/bin/python3
# timeout: 400
# run: alone
"""The window of Windows, under wine on a screen of its own, worked by the keyboard, and on a low
screen by the mouse."""

import os
import re
import time

import swarmlab
from swarmlab import Process, check, equal, same_tree, wait_for
from test_targets import take_marks
from torrentmaker import make_torrent, random_file

TITLE = "A film & more"


class Window:
    """An app in its window."""

    def __init__(self, lab, image, folder, *options, screen="1000x800"):
        lab.wine()
        lab.run(["wineserver", "-k", "-w"])     # one that has no screen may still be there
        self.lab = lab
        self.env = {"DISPLAY": lab.screen(screen)}
        self.app = lab.started(Process("window", ["wine", image, "--ui", "window", "--dir", folder,
                                                  *options], lab.log("window"), env=self.env,
                                       cwd=lab.root))
        self.id = wait_for("a window", lambda: self.do("search", "--name", TITLE).split(), 60)[0]
        self.do("windowfocus", "--sync", self.id)
        time.sleep(0.5)

    def do(self, *args):
        return self.lab.run(["xdotool", *args], env=self.env).stdout.strip()

    def press(self, key):
        """In the window, which has had the focus from the start."""
        self.do("key", key)

    def click(self, at):
        self.do("mousemove", "--window", self.id, str(at[0]), str(at[1]), "click", "1")

    def wheel(self, button):
        """Button 4 scrolls up, 5 down: as far as it goes."""
        self.do("click", "--repeat", "20", "--delay", "20", str(button))
        time.sleep(0.5)

    def percent(self):
        """Of the title, "42.0% - A film"; None while it asks."""
        found = re.match(r"([0-9.]+)%", self.do("getwindowname", self.id))
        return float(found.group(1)) if found else None

    def wait_percent(self, percent, seconds=60):
        wait_for(f"{percent} %", lambda: (self.percent() or 0) >= percent, seconds, 0.2)


def start(lab, size, up=0, folder=None):
    lab.target = "windows-x86_64"
    path = random_file(os.path.join(lab.folder("content"), "film.mkv"), size)
    torrent = make_torrent(lab.path("film.torrent"), path, 65536)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=up)
    image = lab.pack(torrent, "--peer", seed.address, "--title", TITLE, "--publisher", "Jemand")
    folder = folder or lab.folder("download")
    return path, seed, image, folder


def sent(seed):
    return (seed.last("figures") or {}).get("uploaded", 0)


@swarmlab.limit(150)
def test_from_start_to_end(lab):
    """Nothing goes out before Start; Pause stops everything; the end is verified and closed."""
    path, seed, image, folder = start(lab, 6 << 20, 600000)
    window = Window(lab, image, folder)
    time.sleep(1.5)
    equal((window.percent(), os.listdir(folder), sent(seed)), (None, [], 0), "before Start")
    window.press("Return")
    window.wait_percent(20)
    window.press("space")       # Pause has the focus
    time.sleep(1.5)
    before = sent(seed), window.percent()
    time.sleep(2)
    equal((sent(seed), window.percent()), before, "what was sent, and percent, while it is paused")
    window.press("space")
    window.wait_percent(100)
    wait_for("the name of the content", lambda: "film.mkv" in os.listdir(folder))
    check(window.app.running(), "it ended by itself")
    window.press("Escape")
    equal(window.app.wait(15), 0, "exit code")
    take_marks(lab, folder, 1)
    same_tree(path, os.path.join(folder, "film.mkv"))
    swarmlab.only_has(folder, "film.mkv")


@swarmlab.limit(150)
def test_closed_on_the_way(lab):
    """Closing keeps what is there and ends the program; opened again it goes on."""
    path, seed, image, folder = start(lab, 6 << 20, 600000)
    window = Window(lab, image, folder)
    window.press("Return")
    window.wait_percent(20)
    window.press("Escape")
    equal(window.app.wait(15), 130, "exit code")
    swarmlab.only_has(folder, ".film.mkv.samara", "film.mkv.part")
    before = sent(seed)
    window = Window(lab, image, folder)
    window.press("Return")
    window.wait_percent(100)
    window.press("Escape")
    equal(window.app.wait(15), 0, "exit code at the end")
    take_marks(lab, folder, 1)
    same_tree(path, os.path.join(folder, "film.mkv"))
    check(sent(seed) - before < os.path.getsize(path) - (1 << 19), "it was fetched anew")


@swarmlab.limit(100)
def test_not_now(lab):
    _, seed, image, folder = start(lab, 1 << 20)
    window = Window(lab, image, folder)
    window.press("Escape")
    equal(window.app.wait(15), 130, "exit code")
    equal((os.listdir(folder), sent(seed)), ([], 0), "what was done")


@swarmlab.limit(150)
def test_low_screen(lab):
    """What does not fit is scrolled to."""
    _, _, image, folder = start(lab, 1 << 20)
    window = Window(lab, image, folder, screen="640x260")
    size = dict(line.split("=") for line in
                window.do("getwindowgeometry", "--shell", window.id).split())
    check(int(size["HEIGHT"]) <= 260 and int(size["WIDTH"]) <= 640, f"it is too large: {size}")
    at = 342, int(size["HEIGHT"]) - 29      # of Start, at the end of the sheet
    window.click(at)
    time.sleep(1)
    equal((window.percent(), os.listdir(folder)), (None, []), "after a click at what is not there")
    window.wheel(5)
    window.click(at)
    window.wait_percent(100)
    window.press("Escape")
    equal(window.app.wait(15), 0, "exit code")


@swarmlab.limit(100)
def test_full_disk(lab):
    """The window stays until it has been read."""
    _, _, image, folder = start(lab, 6 << 20, folder=lab.small_disk("3M"))
    window = Window(lab, image, folder)
    window.press("Return")
    time.sleep(3)
    check(window.app.running(), "it is gone before anybody could read why")
    window.press("Escape")
    equal(window.app.wait(15), 4, "exit code")


swarmlab.main(__name__, "window_")
