#!/usr/bin/python3
"""What `samara publish` makes, in Chromium, driven by Playwright: see publish_page.cjs."""

# timeout: 400
# run: alone

import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "interop"))

import swarmlab
from swarmlab import check
from torrentmaker import random_file

MODULES = os.path.join(swarmlab.BUILD, "browser", "node_modules")
SCREENS = os.path.join(swarmlab.BUILD, "screens")
LONG = "a very long name without an end " + "n" * 190 + ".mkv"


def drive(lab, url):
    for program in ("node", "chromium"):
        if shutil.which(program) is None:
            raise swarmlab.Skip(f"{program} is not installed")
    if not os.path.isdir(MODULES):
        raise swarmlab.Skip("no Playwright: make build/browser/fetched")
    os.makedirs(SCREENS, exist_ok=True)
    # Chromium has sockets in its profile, whose paths must not be longer than 107 characters.
    with tempfile.TemporaryDirectory(prefix="samara-", dir="/tmp") as folder:
        run = lab.run(["node", os.path.join(HERE, "publish_page.cjs"), os.path.abspath(MODULES),
                       SCREENS, url], seconds=180, env={"HOME": folder, "TMPDIR": folder})
    said = run.stdout + run.stderr
    check(run.stdout.strip() == "ok", said[:300] + " ... " + said[-600:])


@swarmlab.cases("one", "several")
@swarmlab.limit(190)
def test_page(lab, kind):
    if swarmlab.SANITIZED:
        raise swarmlab.Skip("the sanitized builder has one target")
    content, site = lab.folder("content"), lab.path("site")
    url = f"http://{swarmlab.WEB}/"
    names = ["film é #1.mkv"] if kind == "one" else ["film é #1.mkv", LONG, "third"]
    for number, name in enumerate(names):
        lab.samara("publish", random_file(os.path.join(content, name), 30000, number), "-o", site,
                   "--url", url, "--title", f"<b>Film {number}</b> & more", "--publisher",
                   "Films for everybody", "--message", "Thank you for watching.\n" + "Long. " * 40,
                   "--tracker", "udp://tracker.example:6969/announce")
    lab.nginx(site, server="""
        types { text/html html; application/rss+xml xml; } location = /favicon.ico { return 204; }
    """)
    drive(lab, url)


swarmlab.main(__name__, "publish_")
