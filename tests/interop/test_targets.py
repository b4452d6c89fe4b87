#!/usr/bin/python3
# timeout: 900
"""Apps for other machines: other processors under qemu, Windows under wine.

Each gets torrents that nobody here made from other people's clients, shares them, goes on after a
kill and survives a full disk.
"""

import os
import signal
import time

import swarmlab
from swarmlab import check, equal, same_tree, wait_for
from test_fixtures import fixtures
import torrentmaker
from torrentmaker import make_torrent, random_file

MARK = ":Zone.Identifier"
TARGETS = ["linux-aarch64", "linux-armv7", "linux-i386", "windows-x86_64", "windows-i386"]


@swarmlab.cases(*TARGETS)
@swarmlab.limit(300)
def test_download(lab, target):
    lab.target = target
    torrents = fixtures()
    aria2 = lab.aria2(torrents, swarmlab.FIXTURES)
    seed = lab.libtorrent(torrents, swarmlab.FIXTURES)
    check(aria2.running(), "aria2 ended")
    for torrent in torrents:
        folder = lab.folder("download")
        image = lab.pack(torrent, "--peer", f"{swarmlab.ARIA2}:6881", "--peer", seed.address)
        figures = lab.app(image, folder, "--timeout", "40", name=torrent.name).completed(100)
        take_marks(lab, folder, len(torrentmaker.files_below(folder)) // 2)
        same_tree(os.path.join(swarmlab.FIXTURES, torrent.name),
                  os.path.join(folder, torrent.name))
        swarmlab.only_has(folder, torrent.name)
        equal(figures["from_peers"], torrent.size, f"from_peers of {torrent.name}")


def take_marks(lab, folder, files):
    """Windows keeps the note that a file came from the Internet beside its contents. Wine makes a
    file of it, under the name that the content had then."""
    if not lab.target.startswith("windows-"):
        return
    marks = [name for name in torrentmaker.files_below(folder) if name.endswith(MARK)]
    equal(len(marks), files, "number of files that are noted to come from the Internet")
    for name in marks:
        with open(os.path.join(folder, name), "rb") as file:
            equal(file.read(), b"[ZoneTransfer]\r\nZoneId=3\r\n", "the note")
        os.unlink(os.path.join(folder, name))


def content(lab, size=6 << 20):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), size)
    return path, make_torrent(lab.path("content.torrent"), path, 65536)


@swarmlab.cases(*TARGETS)
@swarmlab.limit(200)
def test_seed(lab, target):
    """It shares with libtorrent what it finds under its final name."""
    lab.target = target
    path, torrent = content(lab)
    app = lab.app(lab.pack(torrent), os.path.dirname(path), "--seed-forever", name="seed")
    port = app.wait_event("start", 60)["port"]
    peer = lab.libtorrent([torrent], lab.folder("download"), seed=False,
                          peers=[f"{swarmlab.APP}:{port}"])
    peer.wait_event("complete", 60)
    check(app.running(), "the seed ended")
    app.stop()


@swarmlab.cases(*TARGETS)
@swarmlab.limit(200)
def test_kill_and_resume(lab, target):
    lab.target = target
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=1 << 20)
    image, folder = lab.pack(torrent, "--peer", seed.address), lab.folder("download")
    app = lab.app(image, folder)
    wait_for("half of it", lambda: app.done() > torrent.size // 3, 60)
    app.signal(signal.SIGKILL)
    app.wait(5)
    time.sleep(0.3)
    app = lab.app(image, folder, "--timeout", "40")
    figures = app.completed(100)
    take_marks(lab, folder, 1)
    same_tree(path, os.path.join(folder, "content.bin"))
    swarmlab.only_has(folder, "content.bin")
    check(figures["resumed"] > torrent.size // 4, f"only {figures['resumed']} bytes resumed")


@swarmlab.cases(*TARGETS)
@swarmlab.limit(120)
def test_full_disk(lab, target):
    lab.target = target
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path))
    app = lab.app(lab.pack(torrent, "--peer", seed.address), lab.small_disk("3M"))
    equal(app.wait(60), 4, "exit code")
    check(app.has_code("disk-full"), "no event with the code disk-full")


swarmlab.main(__name__, "targets_")
