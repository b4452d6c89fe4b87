#!/usr/bin/python3
"""What the README says under "Past one machine": the parts of `serve`, each by an engine of others.
opentracker is the tracker, nginx the web seed, `serve` and `seed` are seeds among others."""

import os
import urllib.request

import swarmlab
from swarmlab import check, equal, same_tree
from torrentmaker import Torrent, random_file

PORT = 8323
SIZE = 6 << 20


def publish(lab):
    """A published folder whose tracker is opentracker; folder, app, torrent, tracker."""
    content = random_file(os.path.join(lab.folder("content"), "film.bin"), SIZE, 1)
    site = lab.path("site")
    tracker = f"http://{swarmlab.TRACKER}:6969/announce"
    lab.samara("publish", content, "-o", site, "--url", f"http://{swarmlab.WEB}/", "--tracker",
               tracker, "--tracker", tracker.replace("http", "udp"))
    torrent = Torrent(os.path.join(site, "film.bin.torrent"))
    return site, os.path.join(site, "film.bin-linux-x86_64.run"), torrent, lab.tracker(torrent)


def start(lab, name, *argv):
    return lab.started(swarmlab.Process(name, [swarmlab.SAMARA, *argv], lab.log(name),
                                        cwd=lab.root, env={"HOME": lab.root}))


def add_seeds(lab, site, torrent, tracker):
    """`serve` on the published content, and `seed` on it: two seeds that opentracker knows."""
    server = start(lab, "serve", "serve", os.path.join(site, "content"), "--listen",
                   f"{swarmlab.OTHER}:{PORT}", "--url", f"http://{swarmlab.OTHER}:{PORT}",
                   "--tracker", tracker.http, "--no-state")
    seed = start(lab, "seed", "seed", os.path.join(site, "film.bin.torrent"),
                 os.path.join(site, "content"), "--json")
    tracker.wait_seeds([torrent], 2, 40)
    return server, seed


@swarmlab.cases("peers", "webseed", "all")
def test_one_swarm_of_standard_parts(lab, sources):
    site, app, torrent, tracker = publish(lab)
    if sources != "peers":
        lab.nginx(site)
    server = seed = None
    if sources != "webseed":
        server, seed = add_seeds(lab, site, torrent, tracker)
    options = {"peers": ["--no-webseeds"], "webseed": [], "all": []}[sources]
    folders = [lab.folder(f"reader{number}") for number in range(3)]
    readers = [lab.app(app, folder, "--timeout", "30", "--seed-minutes", "1", *options,
                       name=f"reader{number}") for number, folder in enumerate(folders)]
    for reader, folder in zip(readers, folders):
        figures = reader.wait_event("complete", 60)
        same_tree(os.path.join(site, "content", "film.bin"), os.path.join(folder, "film.bin"))
        if sources == "peers":
            check(figures["from_peers"] >= SIZE, f"from peers {figures['from_peers']}")
    for process in (server, seed):
        check(process is None or process.running(), "a seed ended")


def test_serve_makes_the_same_torrent(lab):
    """By which all of these meet."""
    site, _, torrent, tracker = publish(lab)
    add_seeds(lab, site, torrent, tracker)
    url = f"http://{swarmlab.OTHER}:{PORT}/t/film.bin.torrent"
    path = lab.path("theirs.torrent")
    with urllib.request.urlopen(url, timeout=10) as answer, open(path, "wb") as file:
        file.write(answer.read())
    equal(Torrent(path).info_hash, torrent.info_hash, "info-hash")


swarmlab.main(__name__, "past_one_machine_")
