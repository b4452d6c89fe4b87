#!/usr/bin/python3
"""Torrents that nobody here made (npm webtorrent-fixtures), from swarms of other people's clients.

Each is packed and downloaded from one Transmission, one aria2 and one libtorrent seed that meet
at opentracker, by HTTP and by UDP; and from nginx alone, over HTTPS with a CA of our own.
"""

import os

import swarmlab
from swarmlab import FIXTURES, check, equal, same_tree
from torrentmaker import Torrent, make_torrent, random_file

NAMES = ["leaves", "alice", "numbers", "lots-of-numbers", "folder"]


def fixtures():
    if not os.path.isdir(FIXTURES):
        raise swarmlab.Skip("no fixtures: make build/fixtures/fetched")
    return [Torrent(os.path.join(FIXTURES, name + ".torrent")) for name in NAMES]


def retell(lab, torrents, url):
    folder = lab.folder("torrents")
    return [t.with_trackers(os.path.join(folder, f"{i}.torrent"), url)
            for i, t in enumerate(torrents)]


def mixed_seeds(lab, torrents, folder, tracker):
    lab.aria2(torrents, folder)
    lab.transmission(torrents, folder)
    lab.libtorrent(torrents, folder)
    tracker.wait_seeds(torrents, 3)


def download(lab, image, torrent, source):
    """Runs the app and compares what it leaves, which is the content and nothing else."""
    folder = lab.folder("download")
    app = lab.app(image, folder, "--timeout", "30", name=torrent.name)
    figures = app.completed(60)
    same_tree(os.path.join(source, torrent.name), os.path.join(folder, torrent.name))
    swarmlab.only_has(folder, torrent.name)
    equal(app.last("start")["info_hash"], torrent.info_hash, "info_hash in the start event")
    equal(app.last("start")["size"], torrent.size, "size in the start event")
    return app, figures


@swarmlab.cases("http", "udp")
def test_swarm(lab, kind):
    originals = fixtures()
    tracker = lab.tracker(*originals)
    url = getattr(tracker, kind)
    mixed_seeds(lab, retell(lab, originals, url), FIXTURES, tracker)
    for torrent in originals:
        image = lab.pack(torrent, "--tracker", url)
        _, figures = download(lab, image, torrent, FIXTURES)
        equal(figures["from_peers"], torrent.size, f"from_peers of {torrent.name}")
        equal(figures["from_webseeds"], 0, "from_webseeds")


def test_webseed_alone_by_https(lab):
    originals = fixtures()
    web = lab.nginx(FIXTURES)
    for torrent in originals:
        image = lab.pack(torrent, "--webseed", web.https + "/", "--ca", web.ca)
        _, figures = download(lab, image, torrent, FIXTURES)
        equal(figures["from_webseeds"], torrent.size, f"from_webseeds of {torrent.name}")


@swarmlab.cases("http", "udp")
def test_all_seeds_are_used(lab, kind):
    """A torrent large enough that no single seed can hand it over before the others are found."""
    source = lab.folder("content")
    random_file(os.path.join(source, "big.bin"), 24 << 20)
    torrent = make_torrent(lab.path("big.torrent"), os.path.join(source, "big.bin"), 65536)
    tracker = lab.tracker(torrent)
    url = getattr(tracker, kind)
    told = retell(lab, [torrent], url)
    lab.aria2(told, source, options=["--max-overall-upload-limit=3M"])
    lab.transmission(told, source)
    lab.libtorrent(told, source, up=3 << 20)
    tracker.wait_seeds(told, 3)
    app, figures = download(lab, lab.pack(torrent, "--tracker", url, "--max-up", "1M"), torrent,
                            source)
    equal(figures["from_peers"] - figures["wasted"], torrent.size, "from_peers without waste")
    check(figures["wasted"] < torrent.size // 20, f"{figures['wasted']} bytes wasted")
    seeds = max(event["seeds"] for event in app.all("progress"))
    check(seeds == 3, f"at most {seeds} seeds at once, not 3")


swarmlab.main(__name__, "fixtures_")
