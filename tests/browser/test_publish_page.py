#!/usr/bin/python3
"""What `samara publish` makes and `samara serve` shows, in Chromium: see publish_page.cjs."""

# timeout: 900
# run: alone

import os
import tarfile
import time

from browserlab import drive      # before all others: it knows where they are

import swarmlab
from swarmlab import check, equal, same_tree, wait_for
from torrentmaker import random_file

LONG = "a very long name without an end " + "n" * 190 + ".mkv"


def open_what_was_saved(lab, saved, name, content):
    """The programs are those of pack; the one for Linux is unpacked and runs."""
    equal(sorted(file[-18:] for file in os.listdir(saved)),
          ["-x86_64.run.tar.gz", "windows-x86_64.exe"], "ends of saved files")
    check(all(file.startswith(name[:40]) for file in os.listdir(saved)), "names of saved files")
    exe = [file for file in os.listdir(saved) if file.endswith(".exe")][0]
    packed = [file for file in os.listdir(saved) if file.endswith(".tar.gz")][0]
    unpacked = lab.folder("unpacked")
    with tarfile.open(os.path.join(saved, packed)) as archive:
        archive.extractall(unpacked)
    app = os.path.join(unpacked, os.listdir(unpacked)[0])
    folder = lab.folder("download")
    lab.app(app, folder, "--timeout", "30").completed(60)
    same_tree(content, os.path.join(folder, name))
    for program in (app, os.path.join(saved, exe)):
        told = lab.samara("verify", program)
        check("known" in told, f"verify says {told!r}")


def options(number):
    return ["--title", f"<b>Film {number}</b> & more", "--publisher", "Films for everybody",
            "--message", "Thank you for watching.\n" + "Long. " * 40]


@swarmlab.cases("one", "several")
@swarmlab.limit(190)
def test_page(lab, kind):
    if swarmlab.SANITIZED:
        raise swarmlab.Skip("the sanitized builder has one target")
    content, site, saved = lab.folder("content"), lab.path("site"), lab.folder("saved")
    url = f"http://{swarmlab.WEB}/"
    names = ["film é #1.mkv"] if kind == "one" else [LONG, "third", "film é #1.mkv"]
    for number, name in enumerate(names):
        lab.samara("publish", random_file(os.path.join(content, name), 30000, number), "-o", site,
                   "--url", url, *options(number), "--tracker",
                   "udp://tracker.example:6969/announce")
        time.sleep(1.1)     # the newest is the first, and dates are in seconds
    lab.nginx(site, server="""
        types { text/html html; application/rss+xml xml; } location = /favicon.ico { return 204; }
    """)
    drive(lab, "publish_page.cjs", url, saved, seconds=180)
    open_what_was_saved(lab, saved, names[-1], os.path.join(content, names[-1]))


@swarmlab.cases("one", "several", "many")
@swarmlab.limit(190)
def test_served_page(lab, kind):
    if swarmlab.SANITIZED:
        raise swarmlab.Skip("the sanitized builder has one target")
    content, saved = lab.folder("content"), lab.folder("saved")
    url = f"http://{swarmlab.WEB}:8080/"
    names = {"one": ["film é #1.mkv"], "several": ["film é #1.mkv", LONG, "third"],
             "many": [LONG] + [f"film {number}" for number in range(11)]}[kind]
    for number, name in enumerate(names):
        random_file(os.path.join(content, name), 30000, number)
    server = lab.started(swarmlab.Process(
        "serve", [swarmlab.SAMARA, "serve", content, "--listen", f"{swarmlab.WEB}:8080", "--url",
                  url, *options(1)], lab.log("serve"), cwd=lab.root, env={"HOME": lab.root}))
    wait_for("ready", lambda: f"ready: {len(names)} of {len(names)}" in server.text(), 20)
    if kind == "many":
        drive(lab, "publish_page.cjs", url, saved, "lines", seconds=180)
        return
    drive(lab, "publish_page.cjs", url, saved, seconds=180)
    name = sorted(names)[0] if kind == "one" else LONG      # all came at once: by name
    open_what_was_saved(lab, saved, name, os.path.join(content, name))


swarmlab.main(__name__, "publish_")
