#!/usr/bin/env python3
"""A flash crowd at `samara serve`: the publisher and every reader have a line of their own.

    crowd.py --samara build/samara [--apps 20] [--size 24M] [--up 8] [--down 40] [--webseed]

As root (network namespaces). Prints one line of JSON: seconds of the first, the middle and the last
reader, the last one over the fluid bound, and how many copies the publisher sent.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import netlab  # pylint: disable=wrong-import-position

MIB = 1 << 20
PORT = 8080


def bound(size, apps, up, down):
    """The fluid bound in seconds: nobody can be faster than these lines allow; bits a second."""
    bits = 8 * size
    return max(bits / up, apps * bits / (up + apps * up), bits / down)


def run_in(host, argv, **more):
    return subprocess.Popen(argv, preexec_fn=lambda: netlab.enter(host.fd),
                            stdin=subprocess.DEVNULL, **more)


def fetch(host, url, path):
    """Gets a file as somebody on that host would."""
    script = ("import sys,urllib.request;"
              "open(sys.argv[2],'wb').write(urllib.request.urlopen(sys.argv[1],timeout=30).read())")
    process = run_in(host, [sys.executable, "-c", script, url, path], stderr=subprocess.DEVNULL)
    return process.wait(60) == 0


def start_serve(o, lab, work):
    folder = os.path.join(work, "published")
    os.mkdir(folder)
    with open(os.path.join(folder, "film.bin"), "wb") as file:
        file.write(os.urandom(o.size))
    at = f"{lab.host[0].ip}:{PORT}"
    log = open(os.path.join(work, "serve.log"), "wb")  # pylint: disable=consider-using-with
    serve = run_in(lab.host[0], [o.samara, "serve", folder, "--listen", at, "--url",
                                 f"http://{at}", "--no-state", *o.serve.split()],
                   stdout=log, stderr=log, cwd=work)
    image = os.path.join(work, "film.run")
    end = time.monotonic() + 30
    while not fetch(lab.host[0], f"http://{at}/a/film.bin-linux-x86_64.run", image):
        if time.monotonic() > end or serve.poll() is not None:
            raise SystemExit("serve does not offer the file: " + open(log.name).read())
        time.sleep(0.3)
    os.chmod(image, 0o755)
    time.sleep(1)   # its own peer has checked the file by then
    return serve, image, log.name


def start_apps(o, lab, work, image):
    apps = []
    for number, host in enumerate(lab.host[1:]):
        folder = os.path.join(work, f"app{number}")
        os.mkdir(folder)
        events = open(os.path.join(work, f"app{number}.json"), "wb")
        options = [] if o.webseed else ["--no-webseeds"]
        apps.append((run_in(host, [image, "--json", "--dir", folder, "--seed-forever", *options],
                            stdout=events, stderr=subprocess.STDOUT, cwd=folder), events.name))
    return apps


def complete_at(path):
    """The `complete` event of an app, or None."""
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if '"event": "complete"' in line or '"event":"complete"' in line:
                return json.loads(line)
    return None


def wait_all(apps, limit_s):
    started = time.monotonic()
    done = {}
    while len(done) < len(apps):
        if time.monotonic() - started > limit_s:
            raise SystemExit(f"only {len(done)} of {len(apps)} readers are complete")
        for number, (_, path) in enumerate(apps):
            if number not in done and complete_at(path):
                done[number] = (time.monotonic() - started, complete_at(path))
        time.sleep(0.05)
    return [done[number] for number in range(len(apps))]


def crowd(o, work):
    with netlab.Lab(hosts=o.apps + 1, mtu=1500, up=o.up * 1000000, down=o.down * 1000000) as lab:
        serve, image, log = start_serve(o, lab, work)
        apps = start_apps(o, lab, work, image)
        try:
            done = wait_all(apps, 10 * bound(o.size, o.apps, o.up * 1e6, o.down * 1e6))
        finally:
            for process, _ in apps:
                process.terminate()
            for process, _ in apps:
                process.wait(10)
            serve.terminate()
            serve.wait(10)
        sent = {}
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file:
                for what in ("web seed bytes", "peer bytes"):
                    if line.startswith(what + ": "):
                        sent[what] = int(line.split(": ")[1])
        return done, sent


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--samara", default="build/samara")
    p.add_argument("--apps", type=int, default=20)
    p.add_argument("--size", type=lambda t: int(t.rstrip("M")) * MIB, default=24 * MIB)
    p.add_argument("--up", type=float, default=8, help="Mbit/s of every line")
    p.add_argument("--down", type=float, default=40)
    p.add_argument("--webseed", action="store_true", help="readers use the page's web seed too")
    p.add_argument("--serve", default="", help="further options of serve")
    o = p.parse_args()
    o.samara = os.path.abspath(o.samara)
    work = tempfile.mkdtemp(prefix="crowd", dir="/dev/shm")
    os.chmod(work, 0o755)
    try:
        done, sent = crowd(o, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    seconds = sorted(s for s, _ in done)
    limit = bound(o.size, o.apps, o.up * 1e6, o.down * 1e6)
    print(json.dumps({
        "apps": o.apps, "webseed": o.webseed, "bound_s": round(limit, 1),
        "first_s": round(seconds[0], 1), "middle_s": round(seconds[len(seconds) // 2], 1),
        "last_s": round(seconds[-1], 1), "last_over_bound": round(seconds[-1] / limit, 3),
        "copies": round(sum(sent.values()) / o.size, 3),
        "copies_by_webseed": round(sent["web seed bytes"] / o.size, 3),
        "had_from_webseed": round(sum(e["from_webseeds"] for _, e in done) / o.size, 3),
        "wasted": sum(e["wasted"] for _, e in done)}))


main()
