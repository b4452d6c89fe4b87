#!/usr/bin/python3
"""The app's page in Chromium, driven by Playwright: see drive.cjs."""

# timeout: 600
# run: alone

import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))

import swarmlab
from pagelab import open_app
from swarmlab import check, equal, same_tree
from torrentmaker import make_torrent, random_file

MODULES = os.path.join(swarmlab.BUILD, "browser", "node_modules")
SCREENS = os.path.join(swarmlab.BUILD, "screens")


def drive(lab, scenario, page, *arguments):
    for program in ("node", "chromium"):
        if shutil.which(program) is None:
            raise swarmlab.Skip(f"{program} is not installed")
    if not os.path.isdir(MODULES):
        raise swarmlab.Skip("no Playwright: make build/browser/fetched")
    os.makedirs(SCREENS, exist_ok=True)
    # Chromium has sockets in its profile, whose paths must not be longer than 107 characters.
    with tempfile.TemporaryDirectory(prefix="samara-", dir="/tmp") as folder:
        run = lab.run(["node", os.path.join(HERE, "drive.cjs"), os.path.abspath(MODULES), SCREENS,
                       scenario, page.url, *arguments], seconds=240,
                      env={"HOME": folder, "TMPDIR": folder})
    said = run.stdout + run.stderr
    check(run.stdout.strip() == "ok", said[:300] + " ... " + said[-600:])


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
    drive(lab, "full", page)
    equal(app.wait(10), 0, "exit code")
    downloads = [name for name in os.listdir(lab.root) if name.endswith("-download")]
    same_tree(path, os.path.join(lab.root, downloads[0], "film.mkv"))


@swarmlab.limit(200)
def test_trouble(lab):
    """A folder that cannot be used, and a disk that is too small."""
    path, app, page = start(lab, 12 << 20, 0)
    drive(lab, "trouble", page, os.path.join(path, "below a file"), lab.small_disk("8M"))
    equal(app.wait(10), 4, "exit code")


swarmlab.main(__name__, "browser_")
