"""Scenario T: samara's tracker and opentracker under the same load, by tracker_load.c.

Each round starts each tracker afresh on CPU 0, alone in a network namespace, lets 100,000 peers
announce in 1,000 torrents, looks at the memory that this took, and measures announces at random by
UDP, by HTTP with a connection each, and (samara: opentracker closes) by HTTP on kept connections.
The load runs on CPU 1 and has 100 announces under way at any time; 50 peers are asked for."""
import json
import os
import random
import shutil
import statistics
import struct
import subprocess
import time

from netlab import Lab
from proc import Proc

HERE = os.path.dirname(os.path.abspath(__file__))
PORT = 6969
PEERS, TORRENTS = 100000, 1000
SOURCES = {"udp": 10, "http": 50, "keep": 50}
WAYS = {"udp": "UDP", "http": "HTTP", "keep": "HTTP, kept"}


class Failed(Exception):
    pass


def build(work):
    path = os.path.join(work, "tracker_load")
    subprocess.run([os.environ.get("CC", "gcc"), "-std=c11", "-O2", "-D_GNU_SOURCE", "-Wall",
                    "-o", path, os.path.join(HERE, "tracker_load.c")], check=True)
    return path


def whitelist(path):
    """The info-hashes of tracker_load.c; opentracker wants to know them."""
    with open(path, "w", encoding="ascii") as f:
        for torrent in range(TORRENTS):
            number = struct.pack(">I", torrent * 2654435761 % (1 << 32))
            f.write((number + b"b" * 12 + number).hex() + "\n")


def command(name, builder, folder):
    if name == "samara":
        return [builder, "serve", folder, "--listen", "127.0.0.1:%d" % PORT, "--open-tracker"]
    whitelist(os.path.join(folder, "whitelist"))
    os.chmod(folder, 0o755)
    return ["opentracker", "-i", "127.0.0.1", "-p", str(PORT), "-P", str(PORT), "-u", "nobody",
            "-d", folder, "-w", "whitelist"]


def run_load(program, hub, work, way, *more):
    log = os.path.join(work, "load.json")
    p = Proc([program, way, "127.0.0.1", str(PORT), "sources=%d" % SOURCES[way], "flight=100",
              "peers=%d" % PEERS, "torrents=%d" % TORRENTS, *more], hub, work, log=log, cpus={1})
    p.done.wait(120)
    p.stop()
    with open(log, encoding="ascii") as f:
        text = f.read()
    if p.status != 0:
        raise Failed("the load ended with %s: %s" % (p.status, text.strip()))
    return json.loads(text)


def one_round(name, builder, program, work, seconds, wait_quiet):
    folder = os.path.join(work, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with Lab(hosts=0) as lab:
        tracker = Proc(command(name, builder, folder), lab.hub, work, cpus={0},
                       log=os.path.join(work, name + ".log"))
        try:
            time.sleep(1)
            before = tracker.rss
            filled = run_load(program, lab.hub, work, "udp", "fill=1")
            if filled["failed"]:
                raise Failed("%d of the first announces failed" % filled["failed"])
            time.sleep(0.2)
            result = {"bytes_peer": (tracker.rss - before) * 1024 / PEERS}
            for way in WAYS:
                if way == "keep" and name != "samara":
                    continue
                wait_quiet()
                cpu = sum(tracker.cpu())
                told = run_load(program, lab.hub, work, way, "seconds=%d" % seconds)
                result[way] = told["rate"]
                result[way + "_cpu_us"] = (sum(tracker.cpu()) - cpu) * 1e6 / told["good"]
                result[way + "_failed"] = told["failed"]
                result[way + "_peers"] = told["peers"]
            return result
        finally:
            tracker.stop()


def measure(builder, work, rounds, seconds, wait_quiet, say):
    """Results by tracker, a list of rounds each."""
    program = build(work)
    names = ["samara"] if builder else []
    names += ["opentracker"] if shutil.which("opentracker") else []
    results = {name: [] for name in names}
    for i in range(rounds):
        order = list(names)
        random.Random(i).shuffle(order)
        for name in order:
            r = one_round(name, os.path.abspath(builder or ""), program, work, seconds,
                          wait_quiet)
            results[name].append(r)
            say("T %-13s run %d: %s; %.0f bytes a peer" % (name, i + 1, ", ".join(
                "%s %.0f/s (%.1f us, %d failed)" % (WAYS[w], r[w], r[w + "_cpu_us"],
                                                    r[w + "_failed"])
                for w in WAYS if w in r), r["bytes_peer"]))
    return results


def cell(rounds, key, digits=0):
    values = [r[key] for r in rounds if key in r]
    if not values:
        return "-"
    return "%.*f (%.*f-%.*f)" % (digits, statistics.median(values), digits, min(values), digits,
                                 max(values))


def table(results):
    lines = ["## T. Tracker: %d peers in %d torrents, tracker and load on a CPU each" % (
        PEERS, TORRENTS), "",
        "| tracker | n | " + " | ".join("%s announces/s | CPU µs each" % w
                                        for w in WAYS.values()) + " | bytes a peer | failed |",
        "|---|" + "---|" * (2 * len(WAYS) + 3)]
    for name, rounds in results.items():
        cells = [cell(rounds, way + end, digits) for way in WAYS
                 for end, digits in (("", 0), ("_cpu_us", 1))]
        failed = sum(r.get(way + "_failed", 0) for r in rounds for way in WAYS)
        lines.append("| %s | %d | %s | %s | %d |" % (
            name, len(rounds), " | ".join(cells), cell(rounds, "bytes_peer"), failed))
    lines.append("")
    if len(results) == 2:
        ratios = ["%s %.2f" % (WAYS[way], statistics.median(r[way] for r in results["samara"]) /
                               statistics.median(r[way] for r in results["opentracker"]))
                  for way in ("udp", "http")]
        lines += ["samara over opentracker, medians: " + ", ".join(ratios), ""]
    return "\n".join(lines)
