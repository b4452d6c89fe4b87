#!/usr/bin/python3
"""Trackers by every way: HTTPS, redirects, compressed and odd answers, IPv6, dead ones."""

import os
import socket
import struct

import logtracker
import swarmlab
from logtracker import LogTracker
from swarmlab import check, equal, same_tree
from torrentmaker import make_torrent, random_file


def swarm(lab):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), 500000)
    torrent = make_torrent(lab.path("content.torrent"), path, 32768)
    seed = lab.libtorrent([torrent], source)
    host, port = seed.address.rsplit(":", 1)
    return path, torrent, (host, int(port))


def log_tracker(lab, ip=swarmlab.TRACKER, **more):
    tracker = LogTracker(ip, **more)
    lab.others.append(tracker)
    return tracker


def download(lab, torrent, path, *options, timeout=15):
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent, *options), folder, "--timeout", str(timeout))
    app.completed(timeout * 3)
    same_tree(path, os.path.join(folder, "content.bin"))
    return app


@swarmlab.cases("gzipped", "chunked", "unmeasured")
def test_answers(lab, shape):
    path, torrent, seed = swarm(lab)
    tracker = log_tracker(lab, peers=[seed], shape=getattr(logtracker, shape))
    download(lab, torrent, path, "--tracker", tracker.http)


def test_peers_as_dictionaries(lab):
    """The answer of BEP 3 itself, older than the compact one."""
    path, torrent, (host, port) = swarm(lab)
    peers = [{"ip": host, "port": port, "peer id": "x" * 20},
             {"ip": "nowhere.invalid", "port": 1}, {"ip": "::1", "port": 9}, {"port": 7}, {}]
    download(lab, torrent, path, "--tracker", log_tracker(lab, more={"peers": peers}).http)


def test_peers6(lab):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), 500000)
    torrent = make_torrent(lab.path("content.torrent"), path, 32768)
    lab.libtorrent([torrent], source, ips=["::1"], port=6899)
    packed = socket.inet_pton(socket.AF_INET6, "::1") + struct.pack(">H", 6899)
    download(lab, torrent, path, "--tracker", log_tracker(lab, more={"peers6": packed}).http)


def test_odd_keys_in_the_answer(lab):
    path, torrent, seed = swarm(lab)
    tracker = log_tracker(lab, peers=[seed], more={
        "complete": 7, "incomplete": 3, "downloaded": 12, "tracker id": "remember me",
        "external ip": socket.inet_aton(swarmlab.APP), "min interval": 60, "zz": {"a": [1, []]}})
    download(lab, torrent, path, "--tracker", tracker.http)
    equal(tracker.announces[-1].get("trackerid"), "remember me", "trackerid given back")


def test_redirect(lab):
    path, torrent, seed = swarm(lab)
    good = log_tracker(lab, peers=[seed])
    moved = log_tracker(lab, shape=lambda body: logtracker.answer(
        b"", "Location: " + good.http, status="302 Found"))
    download(lab, torrent, path, "--tracker", moved.http)
    check(moved.announces and good.announces, "not both were asked")


def test_https_with_private_ca(lab):
    """opentracker behind nginx with a certificate of our own CA."""
    path, torrent, _ = swarm(lab)
    tracker = lab.tracker(torrent)
    told = torrent.with_trackers(lab.path("told.torrent"), tracker.http)
    lab.libtorrent([told], os.path.dirname(path), ip=swarmlab.OTHER)
    tracker.wait_seeds([torrent], 1)
    web = lab.nginx(lab.folder("web"), server="location = /announce { proxy_pass "
                    f"http://{swarmlab.TRACKER}:6969; }}")
    download(lab, torrent, path, "--tracker", web.https + "/announce", "--ca", web.ca)


def test_https_without_the_ca_is_refused(lab):
    _, torrent, _ = swarm(lab)
    web = lab.nginx(lab.folder("web"))
    app = lab.app(lab.pack(torrent, "--tracker", web.https + "/announce"), lab.folder("download"),
                  "--timeout", "3")
    equal(app.wait(20), 5, "exit code")
    check(app.has_code("tls"), "no event with the code tls")


def test_over_ipv6(lab):
    path, torrent, seed = swarm(lab)
    tracker = LogTracker("::1", peers=[seed])
    lab.others.append(tracker)
    download(lab, torrent, path, "--tracker", tracker.http)


@swarmlab.cases("silent", "refused", "garbage", "wrong page", "endless")
def test_bad_one_beside_a_good_one(lab, kind):
    """Each in a tier of its own: the bad one does not hold up the good one."""
    path, torrent, seed = swarm(lab)
    shapes = {"garbage": lambda body: b"\x00\xff" * 500, "wrong page": lambda body:
              logtracker.answer(b"<html>It works!</html>"),
              "endless": lambda body: logtracker.answer(b"d8:intervali1800e5:peers", length=False)
              + b"9" * 3000000}
    if kind == "refused":
        bad = f"http://{swarmlab.OTHER}:9/announce"
    else:
        bad = log_tracker(lab, silent=kind == "silent", shape=shapes.get(kind)).http
    good = log_tracker(lab, peers=[seed])
    app = download(lab, torrent, path, "--tracker", bad, "--tracker", good.http)
    check(app.last("complete")["seconds"] < 5, "the bad one held it up")


def test_second_of_a_tier(lab):
    """In one tier, with a comma: the next is asked when the first is dead."""
    path, torrent, seed = swarm(lab)
    good = log_tracker(lab, peers=[seed])
    download(lab, torrent, path, "--tracker", f"http://{swarmlab.OTHER}:9/announce,{good.http}")


def test_silent_udp_beside_a_good_one(lab):
    path, torrent, seed = swarm(lab)
    good = log_tracker(lab, peers=[seed])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((swarmlab.OTHER, 0))
        bad = "udp://%s:%d/announce" % silent.getsockname()
        download(lab, torrent, path, "--tracker", bad, "--tracker", good.http)


def test_hostile_peer_lists(lab):
    """Addresses that make no sense are passed over, and the one good peer is found."""
    path, torrent, seed = swarm(lab)
    nonsense = [("0.0.0.0", 0), ("255.255.255.255", 65535), ("224.0.0.1", 80), ("127.0.0.1", 1),
                (swarmlab.APP, 0)] + [(f"10.77.3.{i}", 1 + i) for i in range(200)]
    tracker = log_tracker(lab, peers=nonsense + [seed])
    download(lab, torrent, path, "--tracker", tracker.http, timeout=40)


swarmlab.main(__name__, "trackers_")
