#!/usr/bin/python3
"""The builder: create, pack, inspect and verify, held against other implementations."""

import hashlib
import json
import os
import socket
import stat
import struct
import subprocess

import swarmlab
from swarmlab import check, equal
from torrentmaker import Torrent, bdecode, bencode, hash_pieces, info_bytes, make_torrent, \
    random_file


def tree(lab):
    root = os.path.join(lab.folder("content"), "a tree")
    for number, name in enumerate(["b.bin", "a/z.bin", "a/é ü.bin", "a.txt", "empty", "Z/q/deep"]):
        random_file(os.path.join(root, name), [70000, 1, 30000, 16384, 0, 250000][number], number)
    return root


def inspect(lab, path):
    return json.loads(lab.samara("inspect", "--json", path))


def libtorrent_view(path):
    """Name, info-hash, size and files as libtorrent reads them."""
    code = ("import libtorrent as lt, json, sys\nt = lt.torrent_info(sys.argv[1])\n"
            "print(json.dumps([t.name(), str(t.info_hashes().v1), t.total_size(), "
            "[[t.files().file_path(i), t.files().file_size(i)] for i in range(t.num_files())]]))")
    run = subprocess.run(["/usr/bin/python3", "-c", code, path], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True, check=False)
    if "No module" in run.stderr:
        raise swarmlab.Skip("python3-libtorrent is not installed")
    check(run.returncode == 0, f"libtorrent refuses it: {run.stderr[-200:]}")
    return json.loads(run.stdout)


def transmission_hash(lab, path):
    lab.need("transmission-show")
    run = lab.run(["transmission-show", path])
    equal(run.returncode, 0, "exit code of transmission-show")
    lines = [line.split() for line in run.stdout.splitlines()]
    return [words[1] for words in lines if words and words[0] == "Hash:"][0]


@swarmlab.cases("folder", "file")
def test_create(lab, kind):
    root = tree(lab)
    path = root if kind == "folder" else os.path.join(root, "Z", "q", "deep")
    out = lab.path("out.torrent")
    lab.samara("create", path, "-o", out,
               "--tracker", "http://t.example/announce,udp://t2.example:1",
               "--tracker", "http://t3.example/announce", "--webseed", "http://w.example/",
               "--comment", "a remark", "--piece-length", "16384", "--date", "0")
    torrent = Torrent(out)
    parent = os.path.dirname(path)
    names = [os.path.join(parent, name) for name, _ in torrent.files]
    equal(torrent.info[b"pieces"], hash_pieces(names, 16384), "pieces")
    equal(torrent.piece_length, 16384, "piece length")
    equal([size for _, size in torrent.files], [os.path.getsize(name) for name in names], "sizes")
    equal(len(torrent.files), 6 if kind == "folder" else 1, "number of files")
    equal(bencode(bdecode(torrent.data)), torrent.data, "canonical form")
    equal(torrent.meta[b"announce-list"],
          [[b"http://t.example/announce", b"udp://t2.example:1"], [b"http://t3.example/announce"]],
          "announce-list")
    equal(torrent.meta[b"announce"], b"http://t.example/announce", "announce")
    check(torrent.meta[b"url-list"] in (b"http://w.example/", [b"http://w.example/"]), "url-list")
    equal(torrent.meta[b"comment"], b"a remark", "comment")
    check(torrent.meta.get(b"creation date", 0) == 0, "--date 0 is not kept")
    equal(transmission_hash(lab, out), torrent.info_hash, "hash by Transmission")
    name, digest, size, _ = libtorrent_view(out)
    equal((name, digest, size), (torrent.name, torrent.info_hash, torrent.size),
          "libtorrent's view")
    equal(inspect(lab, out)["info_hash"], torrent.info_hash, "hash by inspect")


def test_create_is_reproducible(lab):
    root = tree(lab)
    for number in (1, 2):
        lab.samara("create", root, "-o", lab.path(f"{number}.torrent"), "--date", "0")
    with open(lab.path("1.torrent"), "rb") as one, open(lab.path("2.torrent"), "rb") as two:
        check(one.read() == two.read(), "two runs make different torrents")


def test_create_private_and_source(lab):
    out = lab.path("out.torrent")
    lab.samara("create", tree(lab), "-o", out, "--private", "--source", "HERE",
               "--tracker", "http://t.example/announce")
    torrent = Torrent(out)
    equal((torrent.info[b"private"], torrent.info[b"source"]), (1, b"HERE"), "private and source")
    equal(inspect(lab, out)["private"], True, "private by inspect")


def test_create_chooses_a_piece_length(lab):
    path = random_file(os.path.join(lab.folder("content"), "file.bin"), 100 << 20)
    out = lab.path("out.torrent")
    lab.samara("create", path, "-o", out)
    count = len(Torrent(out).pieces)
    check(700 <= count <= 2100, f"{count} pieces for 100 MiB")


@swarmlab.cases("torrent", "app", "stub")
def test_inspect_shape(lab, kind):
    root = tree(lab)
    torrent = make_torrent(lab.path("in.torrent"), root, 32768,
                           trackers=["http://t.example/announce"],
                           webseeds=["http://w.example/"],
                           extra={"nodes": [["n.example", 6881]]})
    path = torrent.path
    if kind == "app":
        path = lab.pack(torrent, "--title", "A Title", "--publisher", "A Publisher")
    elif kind == "stub":
        path = os.path.join(swarmlab.BUILD, "stub", "linux-x86_64")
    told = inspect(lab, path)
    equal(told["kind"], kind, "kind")
    if swarmlab.SANITIZED and kind == "stub":
        raise swarmlab.Skip("the sanitized builder carries a stub of its own")
    for key in ("kind", "target", "name", "title", "publisher", "info_hash", "info_hash_v2", "size",
                "piece_length", "pieces", "private", "trackers", "webseeds", "nodes", "files",
                "signature"):
        check(key in told, f"no key {key}")
    if kind == "stub":
        equal(told["target"], "linux-x86_64", "target")
        return
    equal(told["info_hash"], torrent.info_hash, "info_hash")
    equal(told["info_hash_v2"], None, "info_hash_v2")
    equal((told["size"], told["piece_length"], told["pieces"]),
          (torrent.size, 32768, len(torrent.pieces)), "size, piece_length, pieces")
    equal(told["trackers"], [["http://t.example/announce"]], "trackers")
    equal(told["webseeds"], ["http://w.example/"], "webseeds")
    check(told["nodes"] in (["n.example:6881"], [["n.example", 6881]]), f"nodes {told['nodes']}")
    equal(told["private"], False, "private")
    equal(told["signature"], "none", "signature")
    equal([file["size"] for file in told["files"]], [size for _, size in torrent.files], "sizes")
    for file, (name, _) in zip(told["files"], torrent.files):
        check(name.endswith(file["path"]), f"path {file['path']!r} for {name!r}")
        equal((file["pad"], file["symlink"]), (False, None), "pad and symlink")
    if kind == "app":
        equal((told["target"], told["title"], told["publisher"]),
              ("linux-x86_64", "A Title", "A Publisher"), "target, title, publisher")


def test_inspect_gives_the_torrent_back(lab):
    torrent = make_torrent(lab.path("in.torrent"), tree(lab), extra={"zz": {"odd": [1, b"\xff"]}})
    out = lab.path("out.torrent")
    lab.samara("inspect", lab.pack(torrent), "--torrent", out)
    with open(out, "rb") as file:
        check(file.read() == torrent.data, "other bytes than were packed")


def test_unsorted_dictionary(lab):
    """Info-hash over the bytes as they are, in an order no encoder would write."""
    torrent = make_torrent(lab.path("in.torrent"), tree(lab))
    info = b"d" + b"".join(bencode(k) + bencode(v)
                           for k, v in reversed(sorted(torrent.info.items()))) + b"e"
    path = lab.path("odd.torrent")
    with open(path, "wb") as file:
        file.write(b"d8:url-list0:4:info" + info + b"7:comment3:odde")
    equal(inspect(lab, path)["info_hash"], hashlib.sha1(info).hexdigest(), "info_hash")
    with open(path, "rb") as file:
        equal(info_bytes(file.read()), info, "the test's own reader")


def test_bad_torrents_are_refused(lab):
    torrent = make_torrent(lab.path("in.torrent"), tree(lab))

    def changed(**keys):
        info = {k: v for k, v in torrent.info.items()}
        for key, value in keys.items():
            info[key.replace("_", " ").encode()] = value
        return bencode({b"info": {k: v for k, v in info.items() if v is not None}})

    bad = {
        "empty": b"", "not bencode": b"<html>", "cut": torrent.data[:-5],
        "after the end": torrent.data + b"x", "list": b"le", "no info": b"de",
        "no pieces": changed(pieces=None), "short pieces": changed(pieces=b"x" * 19),
        "too few pieces": changed(pieces=torrent.info[b"pieces"][20:]),
        "piece length 0": changed(piece_length=0), "negative": changed(piece_length=-1),
        "huge": changed(files=[{b"length": 1 << 62, b"path": [b"a"]}] * 4),
        "no name": changed(name=None), "no files": changed(files=None),
        "v2 only": bencode({b"info": {b"name": b"x", b"piece length": 16384, b"meta version": 2,
                                      b"file tree": {b"x": {b"": {b"length": 1,
                                                                  b"pieces root": b"r" * 32}}}}}),
        "deep": b"l" * 5000 + b"e" * 5000,
    }
    for name, data in bad.items():
        path = lab.path("bad.torrent")
        with open(path, "wb") as file:
            file.write(data)
        for verb in (["inspect"], ["pack", "--target", "linux-x86_64", "-o", lab.path("bad.run")]):
            run = lab.samara(verb[0], path, *verb[1:], code=None)
            equal(run.returncode, 3, f"exit code of {verb[0]} ({name})")
            equal(len(run.stderr.strip().splitlines()), 1, f"lines about it ({name}): {run.stderr}")
        check(not os.path.exists(lab.path("bad.run")), f"an app was made ({name})")


def test_pack_is_reproducible(lab):
    torrent = make_torrent(lab.path("in.torrent"), tree(lab))
    images = [lab.pack(torrent, "--title", "T", "--tracker", "http://t.example/announce")
              for _ in range(2)]
    with open(images[0], "rb") as one, open(images[1], "rb") as two:
        check(one.read() == two.read(), "two runs make different apps")


def test_pack_default_name_and_several_targets(lab):
    torrent = make_torrent(lab.path("in.torrent"), tree(lab))
    folder = lab.folder("out")
    lab.samara("pack", torrent.path, "--target", "linux-x86_64", cwd=folder)
    made = sorted(os.listdir(folder))
    check(len(made) == 2 and made[0].endswith("-linux-x86_64.run"), f"made {made}")
    equal(made[1], made[0] + ".tar.gz", "what keeps the x bit")
    check(made[0].startswith("a"), f"the name of the torrent is not in {made[0]}")
    run = lab.samara("pack", torrent.path, "--target", "linux-sparc", code=None, cwd=folder)
    equal(run.returncode, 2, "exit code for a target that does not exist")
    if swarmlab.SANITIZED:
        return      # it carries one stub
    every, usual = lab.folder("every"), lab.folder("usual")
    lab.samara("pack", torrent.path, "--target", "all", "-o", every)
    lab.samara("pack", torrent.path, cwd=usual)
    apps = [name.split(".")[0] for name in sorted(os.listdir(every)) if ".tar" not in name]
    equal([name[len("a tree-"):] for name in apps],
          ["linux-aarch64", "linux-armv7", "linux-i386", "linux-x86_64", "windows-i386",
           "windows-x86_64"], "apps of --target all")
    equal(sorted(name for name in os.listdir(usual) if ".tar" not in name),
          ["a tree-linux-x86_64.run", "a tree-windows-x86_64.exe"], "apps without --target")


def make_special(kind, path):
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
    else:
        try:
            os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))      # as /dev/null
        except PermissionError as error:
            raise swarmlab.Skip("devices cannot be made here") from error


@swarmlab.cases("pipe", "socket", "device")
def test_output_on_what_is_no_file(lab, kind):
    """Nothing is written, and what was there stays what it is: root may replace even /dev/null."""
    content = tree(lab)
    torrent = make_torrent(lab.path("in.torrent"), content)
    folder = lab.folder("out")
    out = os.path.join(folder, "x")
    make_special(kind, out)
    before = os.lstat(out)
    for verb in (["pack", torrent.path, "--target", "linux-x86_64"], ["create", content],
                 ["pack", torrent.path, "--target", "linux-x86_64", "--target", "windows-x86_64"],
                 ["publish", content]):
        run = lab.samara(*verb, "-o", out, code=None)
        equal(run.returncode, 4, f"exit code of {verb[0]}: {run.stderr}")
        equal(len(run.stderr.strip().splitlines()), 1, f"lines about it: {run.stderr}")
        check(out in run.stderr, f"it is not named: {run.stderr}")
    run = lab.samara("inspect", torrent.path, "--torrent", out, code=None)
    equal(run.returncode, 4, f"exit code of inspect: {run.stderr}")
    after = os.lstat(out)
    equal((after.st_ino, after.st_mode), (before.st_ino, before.st_mode), "what stands there")
    equal(os.listdir(folder), ["x"], "files in the folder")


def program_headers(image):
    """(type, flags, address, bytes in the file, bytes in memory) of each."""
    wide = image[4] == 2
    start, = struct.unpack_from("<Q" if wide else "<I", image, 32 if wide else 28)
    count, = struct.unpack_from("<H", image, 56 if wide else 44)
    for at in range(start, start + count * (56 if wide else 32), 56 if wide else 32):
        if wide:
            kind, flags, _, address, _, in_file, in_memory, _ = \
                struct.unpack_from("<IIQQQQQQ", image, at)
        else:
            kind, _, address, _, in_file, in_memory, flags, _ = struct.unpack_from("<8I", image, at)
        yield kind, flags, address, in_file, in_memory


@swarmlab.cases("linux-x86_64", "linux-aarch64", "linux-armv7", "linux-i386")
def test_linux_image(lab, target):
    """Position-independent, small, nothing both written and run, and sealed after start-up."""
    with open(os.path.join(swarmlab.BUILD, "stub", target), "rb") as file:
        image = file.read()
    equal(struct.unpack_from("<H", image, 16), (3,), "kind of program (3: at any address)")
    check(len(image) <= 262144, f"{len(image)} bytes")      # as STUB_MAX_linux
    headers = list(program_headers(image))
    loaded = [h for h in headers if h[0] == 1]
    equal([h[1] for h in loaded], [5, 6, 6], "access to the loaded segments")
    equal([h[1] for h in headers if h[0] == 0x6474e551], [6], "access to the stack")
    sealed = [h[2:] for h in headers if h[0] == 0x6474e552]
    equal(sealed, [loaded[1][2:]], "what is sealed")
    page = 4096
    check(loaded[0][2] + loaded[0][4] <= sealed[0][0] // page * page, "sealed in a page of code")
    check(sealed[0][0] + sealed[0][2] <= loaded[2][2] // page * page, "sealed in a page of data")


def test_app_is_stub_and_payload(lab):
    torrent = make_torrent(lab.path("in.torrent"), tree(lab))
    with open(lab.pack(torrent), "rb") as file:
        data = file.read()
    trailer = data[-64:]
    equal(trailer[:8], b"SAMARA\r\n", "magic")
    if not swarmlab.SANITIZED:
        with open(os.path.join(swarmlab.BUILD, "stub", "linux-x86_64"), "rb") as file:
            stub = file.read()
        equal(data[:len(stub)] == stub, True, "the stub stands first, unchanged")
        equal(hashlib.sha256(data[len(stub):-64]).digest() in trailer, True, "hash in the trailer")
        check(len(stub) <= 262144, f"the stub has {len(stub)} bytes")  # as STUB_MAX_linux


def test_verify(lab):
    torrent = make_torrent(lab.path("in.torrent"), tree(lab))
    image = lab.pack(torrent)
    lab.samara("verify", image)
    with open(image, "rb") as file:
        data = file.read()
    for name, at in (("stub", 5000), ("payload", len(data) - 80), ("trailer", len(data) - 20)):
        changed = bytearray(data)
        changed[at] ^= 1
        path = lab.path("changed.run")
        with open(path, "wb") as file:
            file.write(changed)
        run = lab.samara("verify", path, code=None)
        check(run.returncode in (1, 3), f"exit code {run.returncode} for a changed {name}")
        check(run.stderr.strip() or run.stdout.strip(), f"nothing said about a changed {name}")
    run = lab.samara("verify", torrent.path, code=None)
    check(run.returncode != 0, "a .torrent passes for an app")


def test_words(lab):
    """Version, help of every verb with an example, and a hint for what was mistyped."""
    check("samara" in lab.samara("version"), "no name in version")
    for verb in ("pack", "create", "serve", "seed", "inspect", "verify"):
        for text in (lab.samara(verb, "--help"), lab.samara("help", verb)):
            check(f"samara {verb}" in text, f"no example in the help of {verb}")
    for typo, meant in (("pakc", "pack"), ("inspct", "inspect"), ("craete", "create")):
        run = lab.samara(typo, code=None)
        equal(run.returncode, 2, f"exit code of samara {typo}")
        check(meant in run.stderr, f"{meant} is not named: {run.stderr!r}")
    run = lab.samara("create", "--trakcer", "x", lab.root, code=None)
    equal(run.returncode, 2, "exit code for a mistyped option")
    check("--tracker" in run.stderr, f"--tracker is not named: {run.stderr!r}")
    run = lab.samara("pack", lab.path("missing.torrent"), code=None)
    check(run.returncode in (1, 3, 4) and run.stderr.strip(), "a missing file")


swarmlab.main(__name__, "builder_")
