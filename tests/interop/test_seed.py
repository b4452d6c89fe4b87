#!/usr/bin/python3
"""Our side as the one who has the content: others must get all of it from the app alone."""

import os
import socket
import struct
import time

import swarmlab
from swarmlab import check, equal, same_tree, wait_for
from torrentmaker import make_torrent, random_file

HAVE, HAVE_NONE = 4, 15  # messages
CLIENTS = ["aria2", "transmission", "libtorrent"]


def content(lab):
    source = lab.folder("content")
    root = os.path.join(source, "things")
    random_file(os.path.join(root, "one.bin"), 3000001, 1)
    random_file(os.path.join(root, "two", "empty"), 0)
    random_file(os.path.join(root, "two", "tiny"), 1, 2)
    random_file(os.path.join(root, "two", "more.bin"), 2500000, 3)
    return source, make_torrent(lab.path("things.torrent"), root, 65536)


def is_same(source, found, torrent, client=""):
    try:
        same_tree(os.path.join(source, torrent.name), os.path.join(found, torrent.name),
                  but_empty=client == "transmission")
        return True
    except swarmlab.Failure:
        return False


def leech(lab, client, torrent, folder, **more):
    if client == "transmission":
        return lab.transmission([torrent], folder)
    return getattr(lab, client)([torrent], folder, seed=False, **more)


def fetch_by(lab, client, torrent, source, seconds=60):
    folder = lab.folder(client)
    leech(lab, client, torrent, folder)
    wait_for(f"complete copy at {client}", lambda: is_same(source, folder, torrent, client),
             seconds, 0.2)


def seeding_app(lab, torrent, source, url):
    """An app beside content that is there already: it checks and seeds it, fetches nothing."""
    app = lab.app(lab.pack(torrent, "--tracker", url), source, "--seed-forever")
    figures = app.wait_event("complete")
    equal(figures["resumed"], torrent.size, "resumed")
    equal(figures["from_peers"] + figures["from_webseeds"], 0, "bytes fetched")
    return app


@swarmlab.cases(*CLIENTS)
def test_app_seeds_to(lab, client):
    source, torrent = content(lab)
    tracker = lab.tracker(torrent)
    app = seeding_app(lab, torrent, source, tracker.http)
    tracker.wait_seeds([torrent], 1)
    told = torrent.with_trackers(lab.path("told.torrent"), tracker.http)
    fetch_by(lab, client, told, source)
    app.signal(2)
    equal(app.wait(5), 130, "exit code after Ctrl-C")
    same_tree(os.path.join(source, torrent.name), os.path.join(source, torrent.name))
    swarmlab.only_has(source, torrent.name)


def test_app_seeds_to_three_at_once(lab):
    source, torrent = content(lab)
    tracker = lab.tracker(torrent)
    app = seeding_app(lab, torrent, source, tracker.http)
    tracker.wait_seeds([torrent], 1)
    told = torrent.with_trackers(lab.path("told.torrent"), tracker.http)
    folders = {client: lab.folder(client) for client in CLIENTS}
    for client, folder in folders.items():
        leech(lab, client, told, folder)
    for client, folder in folders.items():
        wait_for(f"complete copy at {client}",
                 lambda c=client, f=folder: is_same(source, f, torrent, c), 60, 0.2)
    app.signal(15)
    equal(app.wait(5), 143, "exit code after SIGTERM")


def test_app_seeds_while_it_downloads(lab):
    """A libtorrent leecher that knows only the app finishes, fed with what the app just got."""
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source, up=1 << 20)
    app = lab.app(lab.pack(torrent, "--peer", seed.address), lab.folder("download"),
                  "--seed-forever")
    port = app.wait_event("start")["port"]
    folder = lab.folder("leech")
    # When the last have makes us a seed before libtorrent has become interested again, it closes
    # ("uninteresting upload-only peer") and comes back later.
    other = lab.libtorrent([torrent], folder, ip=swarmlab.OTHER, seed=False,
                           peers=[f"{swarmlab.APP}:{port}"], settings={"min_reconnect_time": 2})
    other.wait_event("complete", 40)
    check(is_same(source, folder, torrent), "the leecher's copy is wrong")
    app.wait_event("complete", 40)


def test_only_encrypted_connections_are_answered_or_refused_cleanly(lab):
    """A client that insists on encryption gets nothing from an app without it, and a client that
    prefers it falls back; the app lives through both."""
    source, torrent = content(lab)
    app = lab.app(lab.pack(torrent), source, "--seed-forever")
    app.wait_event("complete")
    address = f"{swarmlab.APP}:{app.last('start')['port']}"
    strict = {"out_enc_policy": 0, "in_enc_policy": 0, "allowed_enc_level": 2}
    lab.libtorrent([torrent], lab.folder("strict"), ip=swarmlab.OTHER, seed=False,
                   peers=[address], settings=strict)
    folder = lab.folder("default")
    lab.libtorrent([torrent], folder, ip=swarmlab.MANY[0], seed=False,
                   peers=[address]).wait_event("complete", 60)
    check(is_same(source, folder, torrent), "the copy is wrong")
    check(app.running(), "the app ended")


def test_over_ipv6(lab):
    source, torrent = content(lab)
    app = lab.app(lab.pack(torrent), source, "--seed-forever")
    app.wait_event("complete")
    folder = lab.folder("leech")
    lab.libtorrent([torrent], folder, ips=["::1"], seed=False,
                   peers=[f"[::1]:{app.last('start')['port']}"]).wait_event("complete", 40)
    check(is_same(source, folder, torrent), "the copy is wrong")


def test_download_over_ipv6(lab):
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source, ips=["::1"])
    folder = lab.folder("download")
    lab.app(lab.pack(torrent), folder, "--peer", seed.address).completed(40)
    check(is_same(source, folder, torrent), "the copy is wrong")


def test_max_up_is_kept(lab):
    source, torrent = content(lab)
    app = lab.app(lab.pack(torrent), source, "--seed-forever", "--max-up", "1M")
    app.wait_event("complete")
    leecher = lab.libtorrent([torrent], lab.folder("leech"), ip=swarmlab.OTHER, seed=False,
                             peers=[f"{swarmlab.APP}:{app.last('start')['port']}"])
    end = leecher.wait_event("complete", 40)["_at"]
    some = [event for event in leecher.all("figures") if 0 < event["downloaded"]]
    rate = (torrent.size - some[0]["downloaded"]) / (end - some[0]["_at"]) / (1 << 20)
    check(0.5 < rate < 1.3, f"{rate:.2f} MiB/s with --max-up 1M")


def leecher_socket(torrent, port, number):
    peer = socket.create_connection((swarmlab.APP, port), 5)
    peer_id = b"-XX0001-%012d" % number
    peer.sendall(b"\x13BitTorrent protocol\0\0\0\0\0\0\0\x04"
                 + bytes.fromhex(torrent.info_hash) + peer_id + struct.pack(">IB", 1, HAVE_NONE))
    return peer


def told(peer):
    """Has a seed claimed to have nothing, and which pieces has it told of since?"""
    data, messages = peer.recv(65536)[68:], []
    while data:
        length = struct.unpack(">I", data[:4])[0]
        messages.append((data[4], data[5:4 + length]))
        data = data[4 + length:]
    haves = {struct.unpack(">I", body)[0] for kind, body in messages if kind == HAVE}
    return messages[0][0] == HAVE_NONE, haves


def test_the_only_seed_tells_each_of_other_pieces(lab):
    """Superseeding (BEP 16). The first leecher asks for nothing: soon it is the other's turn."""
    source, torrent = content(lab)
    app = lab.app(lab.pack(torrent), source, "--seed-forever")
    port = app.wait_event("start")["port"]
    app.wait_event("complete")
    peers = [leecher_socket(torrent, port, number) for number in range(2)]
    time.sleep(2.5)
    (none1, haves1), (none2, haves2) = map(told, peers)
    check(none1 and none2, "it does not claim to have nothing")
    check(0 < len(haves1) <= 4 and 0 < len(haves2) <= 4, f"it tells of {haves1} and {haves2}")
    check(not haves1 & haves2, f"it tells both of {haves1 & haves2}")
    for peer in peers:
        peer.close()


def test_the_only_seed_sends_everything_once(lab):
    """Two libtorrent leechers and two of ours trade what a slow seed gives."""
    source, torrent = content(lab)
    tracker = lab.tracker(torrent)
    told = torrent.with_trackers(lab.path("told.torrent"), tracker.http)
    image = lab.pack(told)
    app = lab.app(image, source, "--seed-forever", "--max-up", "500K")
    app.wait_event("complete")
    tracker.wait_seeds([torrent], 1)
    ours = [lab.app(image, lab.folder(f"ours{i}"), "--seed-forever", name=f"ours{i}")
            for i in range(2)]
    others = [lab.libtorrent([told], lab.folder(f"other{i}"), ip=swarmlab.MANY[i], seed=False)
              for i in range(2)]
    for leecher in ours + others:
        leecher.wait_event("complete", 60)
    app.signal(2)
    app.wait(5)
    copies = app.last("exit")["uploaded"] / torrent.size
    check(copies < 1.25, f"the seed sent {copies:.2f} copies to four leechers")


def test_max_down_is_kept(lab):
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source)
    app = lab.app(lab.pack(torrent), lab.folder("download"), "--peer", seed.address,
                  "--max-down", "1M")
    figures = app.completed(40)
    rate = torrent.size / figures["seconds"] / (1 << 20)
    check(0.5 < rate < 1.4, f"{rate:.2f} MiB/s with --max-down 1M")


def test_seed_ratio_ends_it(lab):
    source, torrent = content(lab)
    app = lab.app(lab.pack(torrent), source, "--seed-ratio", "0.5", "--max-up", "2M")
    app.wait_event("complete")
    lab.libtorrent([torrent], lab.folder("leech"), ip=swarmlab.OTHER, seed=False,
                   peers=[f"{swarmlab.APP}:{app.last('start')['port']}"])
    equal(app.wait(30), 0, "exit code")


def test_builder_seeds(lab):
    source, torrent = content(lab)
    tracker = lab.tracker(torrent)
    told = torrent.with_trackers(lab.path("told.torrent"), tracker.http)
    before = sorted(os.listdir(source))
    seeder = lab.started(swarmlab.Process("seed", [swarmlab.SAMARA, "seed", told.path, source],
                                          lab.log("seed"), cwd=lab.root))
    tracker.wait_seeds([torrent], 1)
    fetch_by(lab, "aria2", told, source)
    seeder.signal(2)
    equal(seeder.wait(5), 130, "exit code after Ctrl-C")
    equal(sorted(os.listdir(source)), before, "what lies in the folder")


swarmlab.main(__name__, "seed_")
