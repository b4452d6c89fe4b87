#!/usr/bin/python3
"""What `samara publish` makes, in Chromium, driven by Playwright: see publish_page.cjs."""

# timeout: 400
# run: alone

import os

from browserlab import drive      # before all others: it knows where they are

import swarmlab
from torrentmaker import random_file

LONG = "a very long name without an end " + "n" * 190 + ".mkv"


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
    drive(lab, "publish_page.cjs", url, seconds=180)


swarmlab.main(__name__, "publish_")
