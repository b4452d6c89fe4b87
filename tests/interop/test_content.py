#!/usr/bin/python3
# timeout: 400
"""Every kind of content: many files, empty ones, one byte, all piece lengths, many scripts."""

import json
import os
import random
import socket
import struct
import threading

import swarmlab
from swarmlab import check, equal, same_tree
from torrentmaker import files_below, make_torrent, random_file


def round_trip(lab, content, piece_length, seconds=60, **more):
    """content -> .torrent -> app -> libtorrent seed -> download -> compare."""
    torrent = make_torrent(lab.path(f"{piece_length}.torrent"), content, piece_length, **more)
    seed = lab.libtorrent([torrent], os.path.dirname(content))
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder, "--timeout", "30")
    figures = app.completed(seconds)
    seed.stop()
    same_tree(content, os.path.join(folder, torrent.name))
    swarmlab.only_has(folder, torrent.name)
    equal(figures["from_peers"], torrent.size, "from_peers")
    return app, folder, torrent


@swarmlab.limit(150)
def test_three_thousand_files(lab):
    root = os.path.join(lab.folder("content"), "many")
    sizes = random.Random(3)
    for number in range(3000):
        random_file(os.path.join(root, f"{number % 7}", f"{number % 31}", f"file {number}.dat"),
                    sizes.choice([0, 1, 100, 5000, 16384, 40000]), number)
    app, folder, torrent = round_trip(lab, root, 32768, 120)
    # And it is found complete again.
    again = lab.app(lab.pack(torrent), folder, "--check")
    equal(again.wait(60), 0, "exit code of --check")


def test_one_byte(lab):
    path = random_file(os.path.join(lab.folder("content"), "one.bin"), 1)
    round_trip(lab, path, 16384)


def test_one_byte_more_than_a_piece(lab):
    path = random_file(os.path.join(lab.folder("content"), "more.bin"), 16384 * 3 + 1)
    round_trip(lab, path, 16384)


def test_whole_pieces(lab):
    path = random_file(os.path.join(lab.folder("content"), "whole.bin"), 32768 * 4)
    round_trip(lab, path, 32768)


def test_empty_files(lab):
    """First, in the middle, in a folder of their own, and last."""
    root = os.path.join(lab.folder("content"), "empties")
    for name, size in [("a", 0), ("b", 20000), ("c/d/e", 0), ("c/f", 1), ("g", 0), ("h", 50000),
                       ("i", 0), ("j/k", 0)]:
        random_file(os.path.join(root, name), size, len(name) + size)
    round_trip(lab, root, 16384)


def test_only_empty_files(lab):
    """Nothing to fetch at all; no piece, no peer needed. libtorrent refuses such a torrent."""
    root = os.path.join(lab.folder("content"), "nothing")
    for name in ("a", "b/c"):
        random_file(os.path.join(root, name), 0)
    torrent = make_torrent(lab.path("nothing.torrent"), root)
    torrent_is_legal = len(torrent.pieces) == 0
    check(torrent_is_legal, "no pieces expected")
    folder = lab.folder("download")
    run = lab.samara("pack", torrent.path, "--target", "linux-x86_64", "-o",
                     os.path.join(lab.folder("app"), "a.run"), code=None)
    if run.returncode == 3:
        return    # refused in words is right too
    app = lab.app(lab.pack(torrent), folder, "--timeout", "10")
    app.completed(20)
    same_tree(root, os.path.join(folder, "nothing"))


@swarmlab.cases(*(f"{1 << power}k" for power in range(4, 15)))
def test_piece_length(lab, length):
    """16 KiB to 16 MiB, the last piece shorter than the others."""
    piece_length = int(length[:-1]) * 1024
    size = max(1000000, piece_length * 2 + piece_length // 3)
    path = random_file(os.path.join(lab.folder("content"), "content.bin"), size)
    round_trip(lab, path, piece_length)


def test_odd_piece_length(lab):
    """No power of two, no multiple of a block."""
    path = random_file(os.path.join(lab.folder("content"), "content.bin"), 700001)
    round_trip(lab, path, 50001)


def test_names_in_several_scripts(lab):
    root = os.path.join(lab.folder("content"), "Имена и 名前")
    names = ["Ελληνικά.txt", "русский файл.bin", "日本語/ファイル.dat", "العربية.txt", "עברית.txt",
             "हिन्दी.txt", "ไทย.txt", "한국어.txt", "emoji 🎈.bin", "naïve café.txt",
             "e\u0301 decomposed.txt", "-leading dash", "semi;colon & 'quote'.txt", "#hash%20.txt",
             "x" * 200 + ".bin", "deep/" * 20 + "file"]
    for number, name in enumerate(names):
        random_file(os.path.join(root, name), 3000 + number, number)
    round_trip(lab, root, 16384, order=files_below(root)[::-1])


def test_names_that_must_be_made_safe(lab):
    """The torrent asks for names that would leave the folder; everything stays inside."""
    source = os.path.join(lab.folder("content"), "evil")
    random_file(os.path.join(source, "a"), 20000, 1)
    random_file(os.path.join(source, "b"), 20000, 2)
    random_file(os.path.join(source, "c"), 20000, 3)
    torrent = make_torrent(lab.path("good.torrent"), source, 16384)
    info = torrent.meta[b"info"]
    info[b"name"] = b"../evil"
    info[b"files"][0][b"path"] = [b"..", b"..", b"outside"]
    info[b"files"][1][b"path"] = [b"/etc", b"passwd"]
    info[b"files"][2][b"path"] = [b"con.txt", b"", b".", b"nul\0byte"]
    evil = torrent.with_trackers(lab.path("evil.torrent"))
    seed_folder = lab.folder("seed")
    # A seed of the same hashes: our own, since others would rename the files in their own way.
    image = lab.pack(evil)
    top = lab.folder("top")
    folder = os.path.join(top, "one", "two")
    os.makedirs(folder)
    listed = lab.run([image, "--list", "--dir", folder])
    equal(listed.returncode, 0, "exit code of --list")
    told = json.loads(lab.samara("inspect", "--json", evil.path))
    for file in told["files"]:
        parts = file["path"].split("/")
        check(".." not in parts and "" not in parts and "\0" not in file["path"],
              f"unsafe path {file['path']!r}")
    for file, name in zip(told["files"], "abc"):
        target = os.path.join(seed_folder, told["name"], file["path"])
        if file["path"].startswith(told["name"] + "/"):
            target = os.path.join(seed_folder, file["path"])
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(os.path.join(source, name), "rb") as original, open(target, "wb") as copy:
            copy.write(original.read())
    seed = lab.app(image, seed_folder, "--seed-forever", name="seed")
    equal(seed.wait_event("complete")["resumed"], evil.size, "resumed")
    app = lab.app(image, folder, "--peer", f"127.0.0.1:{seed.last('start')['port']}",
                  "--timeout", "20")
    app.completed(40)
    equal(files_below(folder), files_below(seed_folder), "the files written")
    equal(sorted(os.listdir(top)), ["one"], "what lies above the folder")
    equal(sorted(os.listdir(os.path.join(top, "one"))), ["two"], "what lies beside the folder")


def test_content_already_there_is_not_fetched(lab):
    root = os.path.join(lab.folder("content"), "things")
    for number in range(5):
        random_file(os.path.join(root, f"{number}.bin"), 50000 + number, number)
    torrent = make_torrent(lab.path("things.torrent"), root)
    app = lab.app(lab.pack(torrent), os.path.dirname(root))
    figures = app.completed(20)
    equal(figures["resumed"], torrent.size, "resumed")
    swarmlab.only_has(os.path.dirname(root), "things")


def test_damaged_content_is_repaired(lab):
    """Content under its final name with one bad piece: only that piece is fetched."""
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), 1000000)
    torrent = make_torrent(lab.path("content.torrent"), path, 16384)
    seed = lab.libtorrent([torrent], source)
    folder = lab.folder("download")
    copy = os.path.join(folder, "content.bin")
    with open(path, "rb") as original, open(copy, "wb") as damaged:
        data = bytearray(original.read())
        data[500000] ^= 255
        damaged.write(data)
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder, "--timeout", "20")
    figures = app.completed(40)
    same_tree(path, copy)
    equal(figures["from_peers"], 16384, "from_peers")
    swarmlab.only_has(folder, "content.bin")


class Liar:
    """A peer with the whole content, in which one byte of every piece is wrong."""

    def __init__(self, ip, torrent, content):
        self.torrent, self.sent = torrent, 0
        self.data = bytearray(content)
        for at in range(5000, len(content), torrent.piece_length):
            self.data[at] ^= 255
        self.socket = socket.create_server((ip, 0))
        self.address = "%s:%d" % self.socket.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.socket.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client.makefile("rwb"),),
                             daemon=True).start()

    def _serve(self, stream):
        try:
            stream.read(68)
            stream.write(b"\x13BitTorrent protocol" + bytes(8)
                         + bytes.fromhex(self.torrent.info_hash) + b"-XX0000-tellslies-ab")
            count = len(self.torrent.pieces)
            bits = (((1 << count) - 1) << (-count % 8)).to_bytes((count + 7) // 8, "big")
            stream.write(struct.pack(">IB", 1 + len(bits), 5) + bits + struct.pack(">IB", 1, 1))
            stream.flush()
            while head := stream.read(4):
                body = stream.read(struct.unpack(">I", head)[0])
                if body[:1] == b"\x06":
                    index, begin, length = struct.unpack(">III", body[1:13])
                    at = index * self.torrent.piece_length + begin
                    stream.write(struct.pack(">IBII", 9 + length, 7, index, begin)
                                 + self.data[at:at + length])
                    self.sent += length
                    stream.flush()
        except (OSError, ValueError, struct.error):
            pass


@swarmlab.cases(1, 3)
def test_bad_peers_are_found_out(lab, liars):
    """One peer or three send spoilt data, fast; libtorrent has the right content, and is slow."""
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), 3 << 20)
    torrent = make_torrent(lab.path("content.torrent"), path, 65536)
    with open(path, "rb") as file:
        content = file.read()
    liars = [Liar(swarmlab.MANY[number], torrent, content) for number in range(liars)]
    lab.others += liars
    seed = lab.libtorrent([torrent], source, up=1 << 20)
    peers = [option for peer in [seed, *liars] for option in ("--peer", peer.address)]
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent), folder, "--timeout", "30", *peers)
    figures = app.completed(60)
    same_tree(path, os.path.join(folder, "content.bin"))
    lies = sum(liar.sent for liar in liars)
    check(lies > 0, "nobody asked the liars: the test tested nothing")
    check(app.has_code("bad-piece", "bad-peer"), "nobody told of the bad data")
    check(figures["wasted"] > 0, "nothing counts as wasted")
    check(figures["wasted"] < torrent.size, f"{figures['wasted']} bytes wasted")


swarmlab.main(__name__, "content_")
