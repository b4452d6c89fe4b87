#!/usr/bin/python3
"""The app with its page: what a browser sees, who is refused, and that nothing is left running."""

# timeout: 900

import os
import time

import swarmlab
from pagelab import Page, open_app, script, start_app
from swarmlab import check, equal, only_has, same_tree, wait_for
from test_terminal import Terminal
from torrentmaker import make_torrent, random_file


def content(lab, size=6 << 20, up=0, **more):
    """A torrent with a seed that sends so fast; the path of the content, the torrent, the app."""
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), size)
    torrent = make_torrent(lab.path("content.torrent"), path, 65536)
    seed = lab.libtorrent([torrent], source, up=up)
    options = ["--peer", seed.address, "--title", "A film", "--publisher", "Somebody"]
    return path, torrent, lab.pack(torrent, *options, **more)


def processes_of(image):
    """All processes that run this program."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/exe").split(" (")[0] == image:
                found.append(int(pid))
        except OSError:
            pass
    return found


def leaves_nothing(image):
    wait_for("end of all its processes", lambda: not processes_of(image), 5)


def moved(page):
    """What was received so far, by the page's own words."""
    return page.state["permille"]


def listening_ports(pid):
    """Addresses on which this process listens, as in /proc/net/tcp."""
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        target = os.readlink(f"/proc/{pid}/fd/{fd}")
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = []
    for name in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{name}", encoding="ascii") as file:
            for line in list(file)[1:]:
                fields = line.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    found.append(fields[1])
    return found


def test_from_start_to_finish(lab):
    """Asks, downloads, pauses (nothing moves), goes on, is limited, completes, stops."""
    path, torrent, image = content(lab, up=1 << 20)
    folder = lab.folder("download")
    app, page = open_app(lab, image, "--ui", "page", "--dir", folder)
    state = page.open().wait_sheet("ask")
    equal(state["title"], "A film", "title")
    equal(state["size"], "6.0 MiB", "size")
    equal(state["folder"], folder, "proposed folder")
    check("Somebody" in state["publisher"], "no publisher")
    check("sent to other people" in state["note"], "nothing about sharing")
    check(not state["listens"], "it would listen without being asked")
    time.sleep(1)
    equal(os.listdir(folder), [], "what lies in the folder before anybody said start")

    page.press("start", folder=folder, listen=0)
    page.wait_sheet("progress")
    page.wait_state(lambda s: s["permille"] > 150)
    check("left" in page.state and page.state["people"] == "1", f"figures: {page.state}")
    page.press("pause")
    page.wait_state(lambda s: "resume" in s["buttons"])
    time.sleep(1)
    before = moved(page)
    time.sleep(3)
    equal(moved(page), before, "share of the content after three seconds of pause")
    equal(page.state["people"], "0", "people connected in a pause")
    page.press("resume")
    page.wait_state(lambda s: s["permille"] > before + 50)
    page.press("limit", up=51200)
    page.wait_state(lambda s: s["limit"] == 51200)
    wait_for("details", lambda: page.details().get("peers"), 10)
    details = page.details()
    equal(len(details["map"]), len(torrent.pieces), "length of the map")
    check("libtorrent" in details["peers"][0][1], f"program of the peer: {details['peers'][0]}")

    state = page.wait_sheet("done")
    equal(state["permille"], 1000, "permille")
    check("Sharing ends when" in state["note"], f"does not say when sharing ends: {state['note']}")
    page.press("keep", on=1)
    page.wait_state(lambda s: s["keeps"] and "until you close" in s["note"])
    page.press("stop")
    state = page.wait_state(lambda s: s["over"])
    equal(state["sheet"], "end", "last sheet")
    equal(app.wait(5), 0, "exit code")
    leaves_nothing(image)
    same_tree(path, os.path.join(folder, "content.bin"))
    only_has(folder, "content.bin")


@swarmlab.limit(120)
def test_closing_the_page_ends_it(lab):
    """A page that is loaded anew does not end it; one that is closed does. The state is kept."""
    _, _, image = content(lab, up=80000)
    folder = lab.folder("download")
    app, page = open_app(lab, image, "--ui", "page", "--dir", folder)
    page.open().press("start", folder=folder)
    page.wait_state(lambda s: s["permille"] > 20)
    page.close()
    time.sleep(6)
    again = Page(page.url)
    again.path = page.path
    again.open()
    time.sleep(18)
    check(app.running(), "it ended although the page was there again")
    again.close()
    closed = time.monotonic()
    equal(app.wait(40), 130, "exit code")
    check(time.monotonic() - closed > 15, "it hardly waited for the page to come back")
    leaves_nothing(image)
    only_has(folder, ".content.bin.samara", "content.bin.part")


def test_a_page_that_is_not_read_is_still_there(lab):
    """A tab in the background may not run at all: while its connection stands, it is open."""
    path, _, image = content(lab, up=300000)
    folder = lab.folder("download")
    app, page = open_app(lab, image, "--ui", "page", "--dir", folder, "--no-seed")
    page.hold()
    page.press("start", folder=folder)
    equal(app.wait(80), 0, "exit code")
    same_tree(path, os.path.join(folder, "content.bin"))


def test_strangers_are_refused(lab):
    """Other names for this machine, other pages, other tokens, other methods."""
    _, _, image = content(lab, 100000)
    folder = lab.folder("download")
    app, page = open_app(lab, image, "--ui", "page", "--dir", folder)
    page.open()
    port = page.host.split(":")[1]
    check(page.host.startswith("127.0.0.1:"), f"it is served at {page.host}")
    check(len(page.path) == 34, f"the token has {len(page.path) - 2} characters")
    status, headers, body = page.request("GET", "")
    equal(status, 200, "status of the page")
    check("default-src 'none'" in headers["Content-Security-Policy"], "no policy")
    equal(headers["Cache-Control"], "no-store", "Cache-Control")
    check(b"[[" not in body, "a word of the template is not filled in")
    wrong = page.path[:-2] + ("0" if page.path[-2] != "0" else "1") + "/"
    for method, path, more, host, wanted in [
            ("GET", "", {}, f"evil.example:{port}", 403),
            ("GET", "", {}, "127.0.0.1", 403),
            ("GET", "events", {}, f"127.0.0.1.evil.example:{port}", 403),
            ("GET", "/", {}, None, 403),
            ("GET", page.key, {}, None, 403),    # it was for the first time only
            ("GET", wrong, {}, None, 403),
            ("GET", wrong + "events", {}, None, 403),
            ("POST", wrong + "stop", {}, None, 403),
            ("POST", "/stop", {}, None, 403),
            ("POST", "stop", {"Origin": "https://evil.example"}, None, 403),
            ("POST", "stop", {"Origin": "null"}, None, 403),
            ("POST", "stop", {"Sec-Fetch-Site": "cross-site"}, None, 403),
            ("GET", "stop", {}, None, 405),
            ("PUT", "stop", {}, None, 405),
            ("DELETE", "", {}, None, 405),
            ("POST", "", {}, None, 405),
            ("POST", "nothing", {}, None, 404),
            ("GET", "../etc/passwd", {}, None, 400),
            ("POST", "start?folder=", {}, None, 400)]:
        status, _, _ = page.request(method, path, more, host)
        equal(status, wanted, f"status of {method} {path} {more} {host}")
    check(app.running() and page.state["sheet"] == "ask", "one of them did something")
    page.request("GET", "", host=f"localhost:{port}")
    page.press("stop")
    equal(app.wait(5), 130, "exit code")
    leaves_nothing(image)


def test_a_folder_that_cannot_be_used(lab):
    path, _, image = content(lab, 300000)
    folder = os.path.join(lab.folder("download"), "made", "for it")
    app, page = open_app(lab, image, "--ui", "page", "--no-seed")
    page.open().wait_sheet("ask")
    page.press("start", folder=os.path.join(path, "below a file"))
    state = page.wait_state(lambda s: "what" in s)
    equal(state["sheet"], "ask", "sheet")
    check("below a file" in state["exactly"], f"does not say which: {state['exactly']}")
    page.press("start", folder=folder)
    equal(app.wait(20), 0, "exit code")
    same_tree(path, os.path.join(folder, "content.bin"))


def test_full_disk(lab):
    """It waits, says so on the page, and goes on by itself."""
    path, _, image = content(lab, 12 << 20, up=4 << 20)
    disk = lab.small_disk("16M")
    app, page = open_app(lab, image, "--ui", "page", "--no-seed")
    page.open().press("start", folder=disk)
    page.wait_state(lambda s: s["permille"] > 80)
    filler = os.path.join(disk, "filler")
    with open(filler, "wb") as file:
        try:
            while True:
                file.write(b"x" * 65536)
                file.flush()
        except OSError:
            pass
    state = page.wait_state(lambda s: "what" in s, 20)
    equal((state["sheet"], state["what"]), ("progress", "The disk is full."), "trouble")
    os.unlink(filler)
    page.wait_state(lambda s: "what" not in s, 20)
    equal(app.wait(40), 0, "exit code")
    same_tree(path, os.path.join(disk, "content.bin"))


def test_trouble_that_ends_it(lab):
    """A disk that is too small: the page says so, after the program has gone."""
    _, _, image = content(lab, 12 << 20)
    disk = lab.small_disk("8M")
    app, page = open_app(lab, image, "--ui", "page")
    page.open().press("start", folder=disk)
    equal(app.wait(20), 4, "exit code")
    state = page.wait_state(lambda s: s["over"])
    equal((state["sheet"], state["what"]), ("trouble", "The disk is full."), "trouble")
    check("another disk" in state["remedy"] and "MiB more" in state["exactly"], f"{state}")


def damage(image):
    with open(image, "r+b") as file:
        file.seek(-200, 2)
        byte = file.read(1)
        file.seek(-200, 2)
        file.write(bytes([byte[0] ^ 1]))


def test_a_damaged_file_is_told(lab):
    """Trouble before the page could be asked for: it comes with it."""
    _, _, image = content(lab, 100000)
    damage(image)
    app, page = open_app(lab, image, "--ui", "page")
    state = page.open().wait_sheet("trouble")
    equal(state["what"], "This file is damaged.", "trouble")
    equal(app.wait(5), 3, "exit code")


def test_others_are_let_in_only_when_asked(lab):
    _, _, image = content(lab, up=100000)
    folder = lab.folder("download")
    app, page = open_app(lab, image, "--ui", "page", "--dir", folder)
    page.open().press("start", folder=folder, listen=0)
    page.wait_sheet("progress")
    equal(len(listening_ports(app.pid)), 1, "sockets that listen")
    check(listening_ports(app.pid)[0].startswith("0100007F:"), "the page is not on loopback")
    page.press("listen", on=1)
    page.wait_state(lambda s: s["listens"])
    equal(len(listening_ports(app.pid)), 2, "sockets that listen when others are let in")
    page.press("listen", on=0)
    page.wait_state(lambda s: not s["listens"])
    equal(len(listening_ports(app.pid)), 1, "sockets that listen afterwards")
    page.press("stop")
    equal(app.wait(5), 130, "exit code")


def test_double_click(lab):
    """No terminal, a desktop, no option: the page, and Downloads as the proposed folder. The
    folder is shown by the file manager."""
    path, _, image = content(lab, 300000)
    downloads = os.path.join(lab.root, "Downloads")
    os.makedirs(downloads)
    shown = lab.path("shown")
    gdbus = script(lab, "gdbus", f'echo "$@" >>"{shown}"')
    env = {"DISPLAY": ":77", "PATH": os.path.dirname(gdbus) + ":" + os.environ["PATH"]}
    app, page = open_app(lab, image, env=env, cwd=lab.folder("elsewhere"))
    state = page.open().wait_sheet("ask")
    equal(state["folder"], downloads, "proposed folder")
    page.press("start", folder=state["folder"])
    page.wait_sheet("done")
    page.press("show")
    wait_for("file manager", lambda: os.path.exists(shown), 5)
    said = open(shown, encoding="utf-8").read()
    check("ShowItems" in said and f"file://{downloads}/content.bin" in said, said)
    page.press("stop")
    equal(app.wait(5), 0, "exit code")
    leaves_nothing(image)
    same_tree(path, os.path.join(downloads, "content.bin"))
    app = start_app(lab, image, "--no-seed", env=env, name="with-an-option")
    equal(app.wait(10), 0, "exit code of one that no click has started")


def test_without_a_browser(lab):
    """It goes on into Downloads, and says so in a small window."""
    path, _, image = content(lab, 300000)
    downloads = os.path.join(lab.root, "Downloads")
    os.makedirs(downloads)
    told = lab.path("told")
    zenity = script(lab, "zenity", f'echo "$@" >>"{told}"')
    env = {"DISPLAY": ":77", "PATH": os.path.dirname(zenity)}
    app = start_app(lab, image, env=env)
    equal(app.wait(30), 0, "exit code")    # nobody could end it, so it does not go on sharing
    same_tree(path, os.path.join(downloads, "content.bin"))
    leaves_nothing(image)
    said = open(told, encoding="utf-8").read()
    check("is being downloaded" in said and "is complete" in said, f"told: {said}")
    damage(image)
    app = start_app(lab, image, env=env, name="damaged")
    equal(app.wait(10), 3, "exit code of the damaged file")
    wait_for("message", lambda: "damaged" in open(told, encoding="utf-8").read(), 5)


def test_on_a_terminal_without_a_desktop(lab):
    """The address is printed; whoever has it can use it."""
    path, _, image = content(lab, 300000)
    folder = lab.folder("download")
    for key in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        os.environ.pop(key, None)
    terminal = Terminal([image, "--ui", "page", "--no-seed"], cwd=folder, env={"PWD": folder})
    lab.others.append(terminal)
    terminal.read(2)
    at = terminal.seen.find(b"http://127.0.0.1:")
    check(at >= 0, f"no address: {terminal.seen!r}")
    page = Page(terminal.seen[at:].split()[0].decode()).open()
    equal(page.wait_sheet("ask")["folder"], folder, "proposed folder")
    page.press("start", folder=folder)
    equal(terminal.finish(), 0, "exit code")
    same_tree(path, os.path.join(folder, "content.bin"))


swarmlab.main(__name__, "page_")
