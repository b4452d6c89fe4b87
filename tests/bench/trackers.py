"""Scenario T: samara's tracker and opentracker under the same load, by tracker_load.c.

Each round starts the trackers afresh on CPU 0, in a network namespace, lets 100,000 peers announce
in 1,000 torrents to each, and looks at the memory that this took. Then announces at random are
measured by UDP, by HTTP with a connection each, and (samara: opentracker closes) by HTTP on kept
connections, a second for one tracker, a second for the other, by turns: so other work on the
machine meets both. The load runs on CPU 1 and has 100 announces under way at any time; 50 peers are
asked for. By HTTP with a connection each it needs more CPU than a tracker, so there a second load
runs on CPU 0: else the rate would be the load's, and lower for the tracker that is done sooner and
has to be woken more often."""
import json
import os
import random
import shutil
import statistics
import struct
import time

import programs
from netlab import Lab
from proc import Proc

PORTS = {"samara": 6969, "opentracker": 6970}
PEERS, TORRENTS = 100000, 1000
SOURCES = {"udp": 10, "http": 50, "keep": 50}
WAYS = {"udp": "UDP", "http": "HTTP", "keep": "HTTP, kept"}
LOADS = {"udp": [1], "http": [0, 1], "keep": [1]}


class Failed(Exception):
    pass


def whitelist(path):
    """The info-hashes of tracker_load.c; opentracker wants to know them."""
    with open(path, "w", encoding="ascii") as f:
        for torrent in range(TORRENTS):
            number = struct.pack(">I", torrent * 2654435761 % (1 << 32))
            f.write((number + b"b" * 12 + number).hex() + "\n")


def command(name, builder, folder):
    port = PORTS[name]
    if name == "samara":
        return [builder, "serve", folder, "--listen", "127.0.0.1:%d" % port, "--open-tracker",
                "--no-state"]
    whitelist(os.path.join(folder, "whitelist"))
    os.chmod(folder, 0o755)
    return ["opentracker", "-i", "127.0.0.1", "-p", str(port), "-P", str(port), "-u", "nobody",
            "-d", folder, "-w", "whitelist"]


class Tracker:
    """One of them, running, with the sums of what was measured by each way."""

    def __init__(self, name, builder, hub, work):
        folder = os.path.join(work, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.name, self.hub, self.work = name, hub, work
        self.proc = Proc(command(name, builder, folder), hub, work, cpus={0},
                         log=os.path.join(work, name + ".log"))
        self.sums = {}

    def load(self, program, way, cpus, *more):
        """A load on each of the CPUs; the sums of what they tell, but for the seconds."""
        loads = []
        for cpu in cpus:
            log = os.path.join(self.work, "load%d.json" % cpu)
            loads.append((log, Proc(
                [program, way, "127.0.0.1", str(PORTS[self.name]), "sources=%d" % SOURCES[way],
                 "flight=100", "peers=%d" % PEERS, "torrents=%d" % TORRENTS, *more],
                self.hub, self.work, log=log, cpus={cpu})))
        told = {}
        for log, p in loads:
            p.done.wait(120)
            p.stop()
            with open(log, encoding="ascii") as f:
                text = f.read()
            if p.status != 0:
                raise Failed("the load on %s ended with %s: %s" % (self.name, p.status,
                                                                   text.strip()))
            for key, value in json.loads(text).items():
                before = told.get(key, 0)
                told[key] = max(before, value) if key == "seconds" else before + value
        return told

    def fill(self, program):
        before = self.proc.rss
        told = self.load(program, "udp", [1], "fill=1")
        if told["failed"]:
            raise Failed("%d of the first announces failed" % told["failed"])
        time.sleep(0.2)
        self.bytes_peer = (self.proc.rss - before) * 1024 / PEERS

    def measure(self, program, way):
        sums = self.sums.setdefault(way, dict(good=0, failed=0, seconds=0.0, cpu=0.0))
        cpu = sum(self.proc.cpu())
        told = self.load(program, way, LOADS[way], "seconds=1")
        sums["cpu"] += sum(self.proc.cpu()) - cpu
        for key in ("good", "failed", "seconds"):
            sums[key] += told[key]

    def result(self):
        r = {"bytes_peer": self.bytes_peer}
        for way, sums in self.sums.items():
            r[way] = sums["good"] / sums["seconds"]
            r[way + "_cpu_us"] = sums["cpu"] * 1e6 / sums["good"]
            r[way + "_failed"] = sums["failed"]
        return r


def one_round(names, builder, program, work, seconds, wait_quiet):
    with Lab(hosts=0) as lab:
        trackers = [Tracker(name, builder, lab.hub, work) for name in names]
        try:
            time.sleep(1)
            for tracker in trackers:
                tracker.fill(program)
            for way in WAYS:
                wait_quiet()
                for _ in range(seconds):
                    for tracker in trackers:
                        if way != "keep" or tracker.name == "samara":
                            tracker.measure(program, way)
            return {tracker.name: tracker.result() for tracker in trackers}
        finally:
            for tracker in trackers:
                tracker.proc.stop()


def measure(builder, work, rounds, seconds, wait_quiet, say):
    """Results by tracker, a list of rounds each."""
    program = programs.path_of("tracker_load")
    names = ["samara"] if builder else []
    names += ["opentracker"] if shutil.which("opentracker") else []
    results = {name: [] for name in names}
    for i in range(rounds):
        random.Random(i).shuffle(names)
        told = one_round(names, os.path.abspath(builder or ""), program, work, seconds, wait_quiet)
        for name, r in told.items():
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
        pairs = list(zip(results["samara"], results["opentracker"]))
        ratios = ["%s %.2f" % (WAYS[way], statistics.median(a[way] / b[way] for a, b in pairs))
                  for way in ("udp", "http")]
        lines += ["samara over opentracker in the same round, median: " + ", ".join(ratios), ""]
    return "\n".join(lines)
