#!/usr/bin/python3
"""The app's page in Chromium, driven by Playwright: see drive.cjs."""

# timeout: 600
# run: alone

import os

from browserlab import drive      # before all others: it knows where they are

import swarmlab
from pagelab import open_app
from swarmlab import equal, same_tree
from torrentmaker import make_torrent, random_file



def start(lab, size, up, *options):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "film.mkv"), size)
    torrent = make_torrent(lab.path("film.torrent"), path, 65536)
    seed = lab.libtorrent([torrent], source, up=up)
    image = lab.pack(torrent, "--peer", seed.address, "--publisher", "Films for everybody",
                     "--title", "<b>A film</b> & more", "--message",
                     "Thank you for watching.\nSubtitles are on our page.", *options)
    return path, *open_app(lab, image, "--ui", "page", "--dir", lab.folder("download"))


@swarmlab.limit(280)
def test_page(lab):
    """Start, pause, go on, limit, done, stop; every sheet is looked at."""
    path, app, page = start(lab, 16 << 20, 400000)
    drive(lab, "drive.cjs", "full", page.url, seconds=240)
    equal(app.wait(10), 0, "exit code")
    downloads = [name for name in os.listdir(lab.root) if name.endswith("-download")]
    same_tree(path, os.path.join(lab.root, downloads[0], "film.mkv"))


@swarmlab.limit(200)
def test_trouble(lab):
    """A folder that cannot be used, and a disk that is too small."""
    path, app, page = start(lab, 12 << 20, 0)
    drive(lab, "drive.cjs", "trouble", page.url, os.path.join(path, "below a file"),
          lab.small_disk("8M"), seconds=240)
    equal(app.wait(10), 4, "exit code")


swarmlab.main(__name__, "browser_")
