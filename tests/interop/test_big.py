#!/usr/bin/python3
# timeout: 420
# run: alone
"""A file of more than 4 GiB, in pieces of 16 MiB, from 50 peers, in 16 MiB of memory."""

import os
import time

import swarmlab
from swarmlab import MANY, check, equal
from torrentmaker import difference, make_torrent, random_file

SIZE = (4 << 30) + (3 << 20) + 12345
PEERS = 50
MEMORY_MAX_KIB = 16 * 1024


@swarmlab.limit(400)
def test_four_gigabytes_from_fifty_peers(lab):
    if swarmlab.SANITIZED:
        raise swarmlab.Skip("sanitizers need memory of their own")
    free = os.statvfs(lab.root)
    if free.f_bavail * free.f_frsize < 3 * SIZE:
        raise swarmlab.Skip("needs 13 GB of disk")
    source = lab.folder("content")
    path = random_file(os.path.join(source, "big.bin"), SIZE)
    torrent = make_torrent(lab.path("big.torrent"), path, 16 << 20)
    # The seeds are trusted to have the content: fifty checks of 4 GiB would test libtorrent.
    seeds = [lab.libtorrent([torrent], source, ips=MANY[start:start + 25], trusted=True)
             for start in range(0, PEERS, 25)]
    peers = [option for seed in seeds for address in seed.addresses
             for option in ("--peer", address)]
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent), folder, "--timeout", "60", "--seed-forever", *peers)
    start = time.monotonic()
    app.wait_event("complete", 300)
    seconds = time.monotonic() - start
    peak = app.peak_kib()
    app.signal(15)
    equal(app.wait(10), 143, "exit code after SIGTERM")
    figures = app.last("complete")
    most = max(event["peers"] for event in app.all("progress"))
    print(f"  # {SIZE / seconds / 1e6:.0f} MB/s, {most} peers, peak RSS {peak} KiB, "
          f"wasted {figures['wasted']}", flush=True)
    why = difference(path, os.path.join(folder, "big.bin"))
    check(why is None, why)
    check(most >= PEERS, f"only {most} peers at once")
    check(peak <= MEMORY_MAX_KIB, f"peak RSS {peak} KiB, limit {MEMORY_MAX_KIB}")
    equal(figures["from_peers"] - figures["wasted"], SIZE, "from_peers without waste")
    check(figures["wasted"] < SIZE // 100, f"{figures['wasted']} bytes wasted")


swarmlab.main(__name__, "big_")
