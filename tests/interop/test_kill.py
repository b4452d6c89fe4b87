#!/usr/bin/python3
# timeout: 300
"""kill -9 at 30 random moments of one download: it resumes, loses only what was in flight."""

import os
import random
import signal
import time

import swarmlab
from swarmlab import check, equal, same_tree
from torrentmaker import make_torrent, random_file

KILLS = 30
PIECE = 131072


def content(lab, kind):
    source = lab.folder("content")
    if kind == "single":
        path = random_file(os.path.join(source, "content.bin"), 14 << 20)
        return source, make_torrent(lab.path("content.torrent"), path, PIECE)
    root = os.path.join(source, "content")
    for number in range(42):
        random_file(os.path.join(root, f"{number % 4}", f"{number}.bin"), 350000 + number, number)
    return source, make_torrent(lab.path("content.torrent"), root, PIECE)


def uploaded(seed):
    return (seed.last("figures") or {}).get("uploaded", 0)


@swarmlab.cases("single", "several")
@swarmlab.limit(140)
def test_kill(lab, kind):
    source, torrent = content(lab, kind)
    seed = lab.libtorrent([torrent], source, up=1000000)
    image = lab.pack(torrent, "--peer", seed.address)
    folder = lab.folder("download")
    chance = random.Random(30)
    had, sent, lost, in_flight_total = set(), 0, 0, 0
    for number in range(KILLS):
        app = lab.app(image, folder, name=f"app {number}")
        time.sleep(chance.uniform(0.03, 0.7))
        check(app.running(), f"the download ended before kill {number}: "
              + app.text().strip()[-300:])
        app.signal(signal.SIGKILL)
        app.wait(5)
        time.sleep(0.12)    # the seed's figures follow every 50 ms
        good, partial = torrent.good_pieces(folder)
        check(had <= good, f"kill {number} lost {len(had - good)} verified pieces")
        gained = sum(torrent.piece_size(i) for i in good - had)
        # Sent but not kept: what the seed had put into the sockets, and pieces not yet whole.
        gone = uploaded(seed) - sent - gained
        in_flight = sum(torrent.piece_size(i) for i in partial)
        check(gone <= in_flight + 512 * 1024,
              f"kill {number}: {gone} bytes lost, in flight on the disk {in_flight}")
        lost, in_flight_total = lost + max(gone, 0), in_flight_total + in_flight
        had, sent = good, uploaded(seed)
    check(0 < len(had) < len(torrent.pieces), f"{len(had)} pieces after the last kill: test badly "
          "tuned")
    app = lab.app(image, folder, "--timeout", "30", name="last")
    figures = app.completed(60)
    same_tree(os.path.join(source, torrent.name), os.path.join(folder, torrent.name))
    swarmlab.only_has(folder, torrent.name)
    kept = sum(torrent.piece_size(i) for i in had)
    equal(figures["resumed"], kept, "resumed by the last run")
    equal(figures["from_peers"], torrent.size - kept, "from_peers of the last run")
    time.sleep(0.3)
    print(f"  # {KILLS} kills: {lost} of {torrent.size} bytes lost in flight, "
          f"{figures['wasted']} wasted in the last run", flush=True)
    check(uploaded(seed) - sent <= torrent.size - kept + figures["wasted"] + 32768,
          "the last run fetched more than was missing")


def test_kill_while_checking(lab):
    """Killed while it looks at what is on the disk, again and again: nothing is lost."""
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), 120 << 20)
    torrent = make_torrent(lab.path("content.torrent"), path, 1 << 20)
    folder = lab.folder("download")
    part = os.path.join(folder, "content.bin.part")
    with open(path, "rb") as original, open(part, "wb") as copy:
        copy.write(original.read(100 << 20))
    seed = lab.libtorrent([torrent], source)
    image = lab.pack(torrent, "--peer", seed.address)
    chance = random.Random(31)
    for number in range(8):
        app = lab.app(image, folder, "--max-down", "100K", name=f"app {number}")
        time.sleep(chance.uniform(0.005, 0.1))
        app.signal(signal.SIGKILL)
        app.wait(5)
    app = lab.app(image, folder, "--timeout", "30")
    figures = app.completed(60)
    same_tree(path, os.path.join(folder, "content.bin"))
    check(figures["resumed"] >= 100 << 20, f"only {figures['resumed']} bytes resumed")


swarmlab.main(__name__, "kill_")
