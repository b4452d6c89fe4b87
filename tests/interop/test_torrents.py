#!/usr/bin/python3
"""Torrents that others make: hybrids with padding, v2, odd names, very many pieces."""

import json
import os
import shutil
import subprocess

import swarmlab
from swarmlab import check, equal, same_tree
from torrentmaker import Torrent, make_torrent, random_file

MAKE = """
import libtorrent as lt, os, sys
content, out, kind, piece = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
flags = {"v1": lt.create_torrent.v1_only, "v2": lt.create_torrent.v2_only, "hybrid": 0}[kind]
storage = lt.file_storage()
lt.add_files(storage, content)
made = lt.create_torrent(storage, piece, flags=flags)
lt.set_piece_hashes(made, os.path.dirname(content))
open(out, "wb").write(lt.bencode(made.generate()))
"""


def content(lab):
    root = os.path.join(lab.folder("content"), "padded things")
    for number, (name, size) in enumerate([("a.bin", 100001), ("b/c.bin", 65536), ("b/d.bin", 1),
                                           ("e", 0), ("f.bin", 300007)]):
        random_file(os.path.join(root, name), size, number)
    return root


def by_libtorrent(lab, root, kind, piece=32768):
    if swarmlab.LIBTORRENT_MISSING():
        raise swarmlab.Skip("python3-libtorrent is not installed")
    path = lab.path(kind + ".torrent")
    run = subprocess.run(["/usr/bin/python3", "-c", MAKE, root, path, kind, str(piece)],
                         stderr=subprocess.PIPE, text=True, check=False)
    check(run.returncode == 0, f"libtorrent: {run.stderr[-300:]}")
    return path


def told(lab, path):
    return json.loads(lab.samara("inspect", "--json", path))


@swarmlab.cases("peer", "webseed", "both")
def test_hybrid_with_padding(lab, source):
    """The v1 half: padding is neither written nor fetched from a server."""
    root = content(lab)
    torrent = Torrent(by_libtorrent(lab, root, "hybrid"))
    view = told(lab, torrent.path)
    equal(view["info_hash"], torrent.info_hash, "info_hash")
    check(any(file["pad"] for file in view["files"]), "no padding in the hybrid: test is void")
    options = []
    if source in ("peer", "both"):
        options += ["--peer", lab.libtorrent([torrent], os.path.dirname(root), up=1 << 20).address]
    if source in ("webseed", "both"):
        web = lab.nginx(os.path.dirname(root))
        options += ["--webseed", web.http + "/"]
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent, *options), folder, "--timeout", "20")
    app.completed(40)
    same_tree(root, os.path.join(folder, "padded things"))
    swarmlab.only_has(folder, "padded things")
    if source != "peer":
        with open(os.path.join(web.home, "access.log"), encoding="utf-8") as log:
            check(".pad" not in log.read(), "padding was asked of the server")


def test_hybrid_is_seeded_to_libtorrent(lab):
    root = content(lab)
    torrent = Torrent(by_libtorrent(lab, root, "hybrid"))
    app = lab.app(lab.pack(torrent), os.path.dirname(root), "--seed-forever")
    app.wait_event("complete")
    folder = lab.folder("leech")
    lab.libtorrent([torrent], folder, ip=swarmlab.OTHER, seed=False,
                   peers=[f"{swarmlab.APP}:{app.last('start')['port']}"]).wait_event("complete", 40)
    same_tree(root, os.path.join(folder, "padded things"))


def test_v2_only_is_refused_in_words(lab):
    path = by_libtorrent(lab, content(lab), "v2")
    run = lab.samara("pack", path, "--target", "linux-x86_64", "-o", lab.path("a.run"), code=None)
    equal(run.returncode, 3, "exit code")
    check("v2" in run.stderr, f"does not say why: {run.stderr!r}")


def test_transmission_create(lab):
    lab.need("transmission-create")
    root = content(lab)
    os.unlink(os.path.join(root, "e"))    # it leaves empty files out
    path = lab.path("made.torrent")
    run = lab.run(["transmission-create", "-o", path, "-t", "http://t.example/announce", "-c",
                   "words", root], env={"HOME": lab.root})
    equal(run.returncode, 0, "exit code of transmission-create")
    torrent = Torrent(path)
    equal(told(lab, path)["info_hash"], torrent.info_hash, "info_hash")
    seed = lab.libtorrent([torrent], os.path.dirname(root))
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder, "--no-trackers",
                  "--timeout", "20")
    app.completed(40)
    same_tree(root, os.path.join(folder, "padded things"))


def test_magnet_is_refused_or_packed(lab):
    """`pack MAGNET` is in the interface; until metadata can be fetched it says so in words."""
    magnet = "magnet:?xt=urn:btih:" + "ab" * 20 + "&dn=something"
    run = lab.samara("pack", magnet, "--target", "linux-x86_64", "-o", lab.path("a.run"), code=None)
    if run.returncode == 0:
        equal(told(lab, lab.path("a.run"))["info_hash"], "ab" * 20, "info_hash")
    else:
        check("magnet" in run.stderr.lower(), f"does not say why: {run.stderr!r}")


def test_colliding_names(lab):
    """Files whose names differ in case only, or are the same after making them safe."""
    root = os.path.join(lab.folder("content"), "things")
    for number, name in enumerate(["readme", "README", "a b", "a:b", "x?", "x*", "dot.", "dot"]):
        random_file(os.path.join(root, name), 3000, number)
    torrent = make_torrent(lab.path("things.torrent"), root)
    paths = [file["path"] for file in told(lab, torrent.path)["files"]]
    equal(len({path.lower() for path in paths}), len(paths), "number of different paths")
    # Others make names safe in ways of their own, so the seed is one of ours.
    seeding, folder = lab.folder("seed"), lab.folder("download")
    for (name, _), path in zip(torrent.files, paths):
        target = os.path.join(seeding, path if path.startswith("things/") else "things/" + path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(os.path.join(os.path.dirname(root), name), target)
    image = lab.pack(torrent)
    seed = lab.app(image, seeding, "--seed-forever", name="seed")
    equal(seed.wait_event("complete")["resumed"], torrent.size, "resumed")
    lab.app(image, folder, "--timeout", "20", "--peer",
            f"127.0.0.1:{seed.last('start')['port']}").completed(40)
    same_tree(seeding, folder)


def test_very_many_pieces(lab):
    """20,000 pieces of 1 KiB: small pieces are legal."""
    path = random_file(os.path.join(lab.folder("content"), "content.bin"), 20000 * 1024)
    torrent = make_torrent(lab.path("content.torrent"), path, 1024)
    app_seed = lab.app(lab.pack(torrent), os.path.dirname(path), "--seed-forever", name="seed")
    app_seed.wait_event("complete")
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent), folder, "--timeout", "20", "--peer",
                  f"127.0.0.1:{app_seed.last('start')['port']}")
    app.completed(60)
    same_tree(path, os.path.join(folder, "content.bin"))


swarmlab.main(__name__, "torrents_")
