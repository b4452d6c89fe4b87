#!/usr/bin/python3
# timeout: 400
"""Rough treatment: junk from strangers, seeds that go away, two runs at once, files pulled away."""

import os
import random
import shutil
import signal
import socket
import struct
import time

import swarmlab
from swarmlab import check, equal, same_tree, wait_for
from torrentmaker import make_torrent, random_file

CRASHES = {128 + n for n in (signal.SIGILL, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS,
                             signal.SIGFPE, signal.SIGTRAP, signal.SIGSYS, signal.SIGPIPE)} | {134}


def content(lab, size=4 << 20):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), size)
    return path, make_torrent(lab.path("content.torrent"), path, 65536)


def alive_or_ended(app):
    if not app.running():
        check(app.wait(1) not in CRASHES, f"it crashed: {app.popen.returncode}")


def handshake(info_hash, reserved=bytes(8)):
    who = b"-XX0001-123456789012"
    return b"\x13BitTorrent protocol" + reserved + bytes.fromhex(info_hash) + who


def junk(torrent):
    """What strangers may send to the port."""
    chance = random.Random(1)
    hello = handshake(torrent.info_hash, b"\0\0\0\0\0\x10\0\x05")

    def message(kind, body=b""):
        return struct.pack(">IB", 1 + len(body), kind) + body
    return [
        b"", b"\x13", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", chance.randbytes(5000),
        b"\x13BitTorrent protocol" + bytes(28) + bytes(20), handshake("00" * 20), hello,
        hello + struct.pack(">I", 0xffffffff), hello + struct.pack(">I", 1 << 20) + bytes(70000),
        hello + message(5, b"\xff" * 2), hello + message(5, b"\xff" * 8),
        hello + message(4, struct.pack(">I", 0xffffffff)),
        hello + message(6, struct.pack(">III", 0, 0, 0xffffffff)),
        hello + message(6, struct.pack(">III", 0xffffffff, 0xffffffff, 16384)),
        hello + message(7, struct.pack(">II", 0, 0) + bytes(16384)),
        hello + message(7, struct.pack(">II", 5, 0xfffffff0) + bytes(16384)),
        hello + message(20, b"\0d1:md6:ut_pexi999999999999ee1:pi-7e4:reqqi0ee"),
        hello + message(20, b"\0" + b"l" * 60000), hello + message(20, b"\0" + b"d" * 3),
        hello + message(2) + message(6, struct.pack(">III", 0, 0, 16384)) * 3000,
        hello + message(14) + message(15) + message(14) + message(3) + message(1),
        hello + b"\0\0\0\0" * 5000, hello + message(99, chance.randbytes(100)),
        hello + b"".join(message(chance.randrange(22), chance.randbytes(chance.randrange(40)))
                         for _ in range(200)),
    ]


def test_junk_on_the_port(lab):
    """While it downloads, from many connections at once; then once more while it seeds."""
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=2 << 20)
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder, "--seed-forever")
    port = app.wait_event("start")["port"]
    for _ in range(2):
        open_ones = []
        for data in junk(torrent):
            stranger = socket.create_connection((swarmlab.APP, port), 5)
            stranger.settimeout(0.05)
            try:
                stranger.sendall(data)
            except OSError:
                pass
            open_ones.append(stranger)
        app.wait_event("complete", 40)
        for stranger in open_ones:
            stranger.close()
    same_tree(path, os.path.join(folder, "content.bin"))
    time.sleep(0.5)
    check(app.running(), "it ended")
    leech = lab.folder("leech")
    lab.libtorrent([torrent], leech, ip=swarmlab.OTHER, seed=False,
                   peers=[f"{swarmlab.APP}:{port}"]).wait_event("complete", 40)
    same_tree(path, os.path.join(leech, "content.bin"))


def test_many_silent_strangers(lab):
    """100 connections that say nothing do not keep a real peer out for long."""
    path, torrent = content(lab)
    app = lab.app(lab.pack(torrent), os.path.dirname(path), "--seed-forever")
    app.wait_event("complete")
    port = app.last("start")["port"]
    strangers = []
    for number in range(100):
        stranger = socket.socket()
        stranger.bind((swarmlab.MANY[number % 50], 0))
        stranger.setblocking(False)
        stranger.connect_ex((swarmlab.APP, port))
        strangers.append(stranger)
    leech = lab.folder("leech")
    settings = {"min_reconnect_time": 2, "enable_outgoing_utp": False}
    lab.libtorrent([torrent], leech, ip=swarmlab.OTHER, seed=False, settings=settings,
                   peers=[f"{swarmlab.APP}:{port}"]).wait_event("complete", 60)
    same_tree(path, os.path.join(leech, "content.bin"))
    for stranger in strangers:
        stranger.close()


def test_two_runs_in_one_folder(lab):
    """Started twice by impatience: the content is right, and at least one of them says so."""
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=2 << 20)
    image = lab.pack(torrent, "--peer", seed.address)
    folder = lab.folder("download")
    apps = [lab.app(image, folder, "--timeout", "20", name=f"app{i}") for i in range(2)]
    codes = [app.wait(60) for app in apps]
    check(0 in codes, f"exit codes {codes}")
    check(not set(codes) & CRASHES, f"exit codes {codes}")
    same_tree(path, os.path.join(folder, "content.bin"))
    again = lab.app(image, folder, "--check", name="check")
    equal(again.wait(20), 0, "exit code of --check")


def test_port_is_taken(lab):
    path, torrent = content(lab, 100000)
    with socket.create_server(("0.0.0.0", 7788)):
        app = lab.app(lab.pack(torrent), lab.folder("download"), "--port", "7788")
        check(app.wait(10) in (1, 2), f"exit code {app.popen.returncode}")
        check(app.all("error"), "no error event")


def test_seed_goes_away_and_comes_back(lab):
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=1 << 20)
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder)
    wait_for("a part", lambda: app.done() > torrent.size // 4)
    seed.popen.kill()
    seed.popen.wait()
    time.sleep(2)
    lab.libtorrent([torrent], os.path.dirname(path))
    app.completed(75)
    same_tree(path, os.path.join(folder, "content.bin"))


def test_sleep(lab):
    """Frozen for four seconds in the middle, as when a lid is closed."""
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=1 << 20)
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder)
    wait_for("a part", lambda: app.done() > torrent.size // 4)
    app.signal(signal.SIGSTOP)
    time.sleep(4)
    app.signal(signal.SIGCONT)
    app.completed(75)
    same_tree(path, os.path.join(folder, "content.bin"))


def test_folder_is_pulled_away(lab):
    """Its folder is deleted in the middle: no crash, and a new run starts afresh."""
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=1 << 20)
    image = lab.pack(torrent, "--peer", seed.address)
    folder = lab.folder("download")
    app = lab.app(image, folder)
    wait_for("a part", lambda: app.done() > torrent.size // 4)
    shutil.rmtree(folder)
    time.sleep(2)
    alive_or_ended(app)
    app.signal(signal.SIGTERM)
    check(app.wait(10) not in CRASHES, "it crashed")
    os.makedirs(folder)
    lab.app(image, folder, name="again").completed(40)
    same_tree(path, os.path.join(folder, "content.bin"))


def test_part_file_is_cut_off(lab):
    """The .part file is truncated by somebody in the middle: what is missing is noticed at the
    latest by the next run."""
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path), up=1 << 20)
    image = lab.pack(torrent, "--peer", seed.address)
    folder = lab.folder("download")
    app = lab.app(image, folder, "--timeout", "20")
    wait_for("a part", lambda: app.done() > torrent.size // 2)
    os.truncate(os.path.join(folder, "content.bin.part"), 100000)
    code = app.wait(40)
    check(code not in CRASHES, f"it crashed: {code}")
    lab.app(image, folder, "--timeout", "20", name="again").completed(40)
    same_tree(path, os.path.join(folder, "content.bin"))


def test_content_is_spoilt_while_seeding(lab):
    """Truncated under a seeding app: others get an error, never wrong bytes, and it lives on."""
    path, torrent = content(lab)
    app = lab.app(lab.pack(torrent), os.path.dirname(path), "--seed-forever", "--max-up", "2M")
    app.wait_event("complete")
    leech = lab.folder("leech")
    other = lab.libtorrent([torrent], leech, ip=swarmlab.OTHER, seed=False,
                           peers=[f"{swarmlab.APP}:{app.last('start')['port']}"])
    wait_for("some upload", lambda: (other.last("figures") or {}).get("downloaded", 0) > 500000)
    os.truncate(path, 1 << 20)
    time.sleep(3)
    check(app.running(), "it ended")
    check(not other.last("complete"), "the leecher finished without the content")
    app.signal(2)
    equal(app.wait(5), 130, "exit code")


@swarmlab.limit(120)
def test_many_leechers(lab):
    """One app serves twenty at once, libtorrent and our own; all finish."""
    path, torrent = content(lab, 8 << 20)
    app = lab.app(lab.pack(torrent), os.path.dirname(path), "--seed-forever", name="seed")
    app.wait_event("complete")
    address = f"{swarmlab.APP}:{app.last('start')['port']}"
    leech = lab.folder("leech")
    others = [lab.libtorrent([torrent], os.path.join(leech, str(i)), ip=swarmlab.MANY[i],
                             seed=False, peers=[address]) for i in range(8)]
    image = lab.pack(torrent, "--peer", address)
    folders = [lab.folder(f"download{i}") for i in range(12)]
    apps = [lab.app(image, folder, "--timeout", "40", name=f"app{i}")
            for i, folder in enumerate(folders)]
    for one, folder in zip(apps, folders):
        one.completed(90)
        same_tree(path, os.path.join(folder, "content.bin"))
    for number, other in enumerate(others):
        other.wait_event("complete", 90)
        same_tree(path, os.path.join(leech, str(number), "content.bin"))


def test_kill_with_peers_and_server(lab):
    """As test_kill, but the data comes from two peers and a web server at once."""
    path, torrent = content(lab, 12 << 20)
    web = lab.nginx(os.path.dirname(path), server="limit_rate 300k;")
    seeds = [lab.libtorrent([torrent], os.path.dirname(path), ip=ip, up=300000)
             for ip in swarmlab.MANY[:2]]
    image = lab.pack(torrent, "--webseed", web.http + "/",
                     *(option for seed in seeds for option in ("--peer", seed.address)))
    folder = lab.folder("download")
    chance = random.Random(5)
    had = set()
    for number in range(12):
        app = lab.app(image, folder, name=f"app {number}")
        time.sleep(chance.uniform(0.05, 1.2))
        check(app.running(), f"it ended before kill {number}")
        app.signal(signal.SIGKILL)
        app.wait(5)
        good, _ = torrent.good_pieces(folder)
        check(had <= good, f"kill {number} lost {len(had - good)} verified pieces")
        had = good
    helper = lab.libtorrent([torrent], os.path.dirname(path), ip=swarmlab.MANY[3])
    app = lab.app(image, folder, "--timeout", "30", "--peer", helper.address, name="last")
    figures = app.completed(60)
    same_tree(path, os.path.join(folder, "content.bin"))
    equal(figures["resumed"], sum(torrent.piece_size(i) for i in had), "resumed")


swarmlab.main(__name__, "rough_")
