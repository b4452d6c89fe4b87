#!/usr/bin/python3
"""Disks that refuse: full before, full during, read-only, no folder there."""

import os

import swarmlab
from swarmlab import check, equal, same_tree, wait_for
from torrentmaker import make_torrent, random_file


def content(lab, size=12 << 20):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), size)
    torrent = make_torrent(lab.path("content.torrent"), path, 65536)
    return path, torrent


def test_too_small_from_the_start(lab):
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path))
    disk = lab.small_disk("8M")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), disk)
    equal(app.wait(15), 4, "exit code")
    check(app.has_code("disk-full"), "no event with the code disk-full")
    said = [e["message"] for e in app.all("error") if e["code"] == "disk-full"]
    check(said, "disk-full is not told as an error")


def test_full_meanwhile_and_room_again(lab):
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=4 << 20)
    disk = lab.small_disk("16M")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), disk)
    wait_for("progress", lambda: app.done() > 1 << 20)
    filler = os.path.join(disk, "filler")
    with open(filler, "wb") as file:
        try:
            while True:
                file.write(b"x" * 65536)
                file.flush()
        except OSError:
            pass
    wait_for("disk-full event", lambda: app.has_code("disk-full"), 20)
    done = app.done()
    check(app.running(), "it ended instead of waiting")
    check(done < torrent.size, "it was complete before the disk was full")
    os.unlink(filler)
    app.completed(40)
    same_tree(path, os.path.join(disk, "content.bin"))
    swarmlab.only_has(disk, "content.bin")


def test_full_meanwhile_and_ctrl_c(lab):
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=4 << 20)
    disk = lab.small_disk("16M")
    image = lab.pack(torrent, "--peer", seed.address)
    app = lab.app(image, disk)
    wait_for("progress", lambda: app.done() > 1 << 20)
    filler = os.path.join(disk, "filler")
    with open(filler, "wb") as file:
        try:
            while True:
                file.write(b"x" * 65536)
                file.flush()
        except OSError:
            pass
    wait_for("disk-full event", lambda: app.has_code("disk-full"), 20)
    app.signal(2)
    equal(app.wait(4), 130, "exit code after Ctrl-C")
    os.unlink(filler)
    app = lab.app(image, disk, name="again")
    figures = app.completed(40)
    check(figures["resumed"] > 0, "nothing was resumed")
    same_tree(path, os.path.join(disk, "content.bin"))


def test_read_only_folder(lab):
    path, torrent = content(lab, 200000)
    seed = lab.libtorrent([torrent], os.path.dirname(path))
    folder = lab.folder("download")
    lab.read_only_disk(folder)
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder)
    equal(app.wait(15), 4, "exit code")
    check(app.all("error"), "no error event")
    equal(os.listdir(folder), [], "what lies in the folder")


def test_read_only_folder_with_the_content_is_seeded(lab):
    path, torrent = content(lab, 200000)
    folder = os.path.dirname(path)
    lab.read_only_disk(folder)
    app = lab.app(lab.pack(torrent), folder)
    equal(app.completed(15)["resumed"], torrent.size, "resumed")


def test_folder_is_a_file(lab):
    path, torrent = content(lab, 200000)
    app = lab.app(lab.pack(torrent), path)
    check(app.wait(15) in (2, 4), f"exit code {app.popen.returncode}, not 4")


def test_folder_is_made(lab):
    path, torrent = content(lab, 200000)
    seed = lab.libtorrent([torrent], os.path.dirname(path))
    folder = os.path.join(lab.folder("download"), "not there", "yet")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder)
    app.completed(20)
    same_tree(path, os.path.join(folder, "content.bin"))


def test_something_else_under_the_name_is_kept(lab):
    path, torrent = content(lab, 200000)
    seed = lab.libtorrent([torrent], os.path.dirname(path))
    folder = lab.folder("download")
    mine = os.path.join(folder, "content.bin")
    with open(mine, "wb") as file:
        file.write(b"this is mine" * 100000)
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder)
    app.completed(20)
    same_tree(path, mine)
    with open(mine + ".old", "rb") as file:
        equal(file.read(), b"this is mine" * 100000, "what was under the name before")


def test_symbolic_link_is_not_followed(lab):
    """A link with the name of a file to be written must not lead outside."""
    source = lab.folder("content")
    root = os.path.join(source, "things")
    random_file(os.path.join(root, "sub", "a.bin"), 50000, 1)
    random_file(os.path.join(root, "b.bin"), 50000, 2)
    torrent = make_torrent(lab.path("things.torrent"), root)
    seed = lab.libtorrent([torrent], source)
    outside = lab.folder("outside")
    with open(os.path.join(outside, "precious"), "w", encoding="ascii") as file:
        file.write("precious")
    folder = lab.folder("download")
    os.makedirs(os.path.join(folder, "things"))
    os.symlink(outside, os.path.join(folder, "things", "sub"))
    os.symlink(os.path.join(outside, "precious"), os.path.join(folder, "things", "b.bin.part"))
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder, "--timeout", "5")
    code = app.wait(20)
    equal(os.listdir(outside), ["precious"], "what lies outside")
    with open(os.path.join(outside, "precious"), encoding="ascii") as file:
        equal(file.read(), "precious", "the file outside")
    check(code in (0, 4, 5), f"exit code {code}")


swarmlab.main(__name__, "disk_")
