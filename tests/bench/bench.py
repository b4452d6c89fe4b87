#!/usr/bin/env python3
"""Benchmark BitTorrent clients against each other. See README.md.

  bench.py [options] SCENARIO...      scenarios: A B C D E T floor sizes
"""
import argparse
import json
import os
import platform
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import clients as C              # noqa: E402
import trackers                  # noqa: E402
from netlab import HUB_IP, Lab   # noqa: E402
from proc import Proc            # noqa: E402
from torrent import Payload      # noqa: E402

MIB = 1 << 20
TRACKER = "http://%s:6969/announce" % HUB_IP
SEED_IPS = ["10.77.1.%d" % (i + 1) for i in range(64)]
PORT = 51000
LTPEER = os.path.join(HERE, "ltpeer.py")


class Failed(Exception):
    pass


class Tail:
    """The tracker's log, read as it grows."""

    def __init__(self, path):
        self.path, self.pos, self.events = path, 0, []

    def read(self):
        try:
            with open(self.path) as f:
                f.seek(self.pos)
                text = f.read()
        except OSError:
            return self.events
        end = text.rfind("\n") + 1
        self.pos += end
        self.events += [json.loads(x) for x in text[:end].splitlines()]
        return self.events

    def wait(self, what, timeout, why, p=None):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if what(self.read()):
                return
            if p and not p.running():
                raise Failed("%s: ended with status %s" % (why, p.status))
            time.sleep(0.01)
        raise Failed(why)

    def seeds(self):
        return {e["ip"] for e in self.read() if e["ev"] == "announce" and e["left"] == 0
                and e["event"] != "stopped"}

    def completed(self, ip):
        for e in self.read():
            if e["ev"] == "announce" and e["event"] == "completed" and e["ip"] == ip:
                return e["t"]
        return None


def stat_cpu():
    """(busy, steal, idle) seconds of the whole machine since boot."""
    with open("/proc/stat") as f:
        v = [int(x) / os.sysconf("SC_CLK_TCK") for x in f.readline().split()[1:9]]
    return v[0] + v[1] + v[2] + v[5] + v[6], v[7], v[3] + v[4]


def wait_quiet(limit, share=0.10):
    """Wait till other work takes less than `share` of the machine, `limit` s at most."""
    end = time.monotonic() + limit
    while True:
        a = stat_cpu()
        time.sleep(0.3)
        b = stat_cpu()
        busy = (b[0] - a[0] + b[1] - a[1]) / max(0.01, sum(b) - sum(a))
        if busy < share or time.monotonic() > end:
            return round(busy, 3)


class Meter:
    """Share of the machine that others took meanwhile: all busy time less that of
    `procs` and of the harness itself."""

    def __init__(self, *procs):
        self.procs = procs
        self.a, self.own = stat_cpu(), self._own()

    def _own(self):
        t = os.times()
        return t.user + t.system + sum(sum(p.cpu()) for p in self.procs)

    def stop(self, *more):
        b = stat_cpu()
        own = self._own() - self.own + sum(sum(p.cpu()) for p in more)
        total = max(0.01, sum(b) - sum(self.a))
        return dict(foreign=max(0.0, (b[0] - self.a[0] + b[1] - self.a[1] - own) / total),
                    machine_idle=(b[2] - self.a[2]) / total)


class Bench:
    def __init__(self, o):
        self.o = o
        self.work = tempfile.mkdtemp(prefix="btbench-", dir=o.work)
        self.runs, self.failures, self.procs = [], [], []
        self.payloads, self.torrents = {}, {}
        self.serial = 0
        self.trackers = None                  # results of T
        self.warm = None
        if o.warm and o.scenarios != ["T"]:
            argv = [sys.executable, os.path.join(HERE, "warm.py"), str(o.warm)]
            self.warm = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            self.warm.stdout.readline()

    # -- pieces -----------------------------------------------------------
    def fresh(self, what):
        self.serial += 1
        d = os.path.join(self.work, "%03d-%s" % (self.serial, what))
        os.makedirs(d)
        return d

    def payload(self, size):
        if size not in self.payloads:
            d = os.path.join(self.work, "data-%d" % size)
            os.makedirs(d)
            self.payloads[size] = Payload(os.path.join(d, "payload.bin"), size)
        return self.payloads[size]

    def torrent(self, size, piece):
        key = size, piece
        if key not in self.torrents:
            path = os.path.join(self.work, "t-%d-%d.torrent" % key)
            self.payload(size).torrent(path, piece, TRACKER)
            self.torrents[key] = path
        return self.torrents[key]

    def start(self, argv, host, d, tag, **kw):
        cpus = kw.pop("cpus", None)
        p = Proc(argv, host, d, log=os.path.join(d, tag + ".log"), cpus=cpus, **kw)
        self.procs.append(p)
        return p

    def stop_all(self):
        for p in self.procs:
            p.stop(grace=0.5)
        self.procs = []

    def tracker(self, lab, d, silent=None):
        log = os.path.join(d, "tracker.jsonl")
        argv = [sys.executable, os.path.join(HERE, "tracker.py"), log, HUB_IP + ":6969"]
        if silent:
            argv += ["--silent-peer", silent]
        self.start(argv, lab.hub, d, "tracker", every=1)
        tail = Tail(log)
        tail.wait(lambda ev: ev, 5, "tracker did not start")
        return tail

    def seeders(self, lab, d, tail, size, piece, n=1, limit=0):
        argv = ["/usr/bin/python3", LTPEER, "seed", "--torrent", self.torrent(size, piece),
                "--dir", os.path.dirname(self.payload(size).path)]
        for ip in SEED_IPS[:n]:
            argv += ["--listen", "%s:6881" % ip]
        if limit:
            argv += ["--up-limit", str(limit)]
        p = self.start(argv, lab.hub, d, "seeder", every=0.5, cpus=self.o.pin and {0})
        tail.wait(lambda ev: len(tail.seeds()) >= n, 60 + 3 * n, "seeder not ready", p)
        time.sleep(0.3)
        return p

    def job(self, role, client, d, host, size, piece, big=True, peers=()):
        out, home = os.path.join(d, "out"), os.path.join(d, "home")
        os.makedirs(out, exist_ok=True)
        os.makedirs(home, exist_ok=True)
        t = self.torrent(size, piece)
        client.prepare(t, self.work)
        return C.Job(role, t, out, "payload.bin", home, host.ip, PORT, os.path.join(home, "marker"),
                     TRACKER, list(peers), big)

    def client(self, client, job, host, tag="client", every=0.03):
        return self.start(client.argv(job), host, job.home, tag, env=client.env(job), every=every,
                          cpus=self.o.pin and {1})

    def content(self, job):
        return os.path.join(job.dir, job.name)

    # -- waiting ----------------------------------------------------------
    def finished(self, p, job, tail, pay):
        """When was this download complete, and how is that known; None if not yet."""
        if os.path.exists(job.marker):
            return time.monotonic(), "hook"
        if not p.running():
            if job.role == "get":
                return p.t_exit, "exit"
            raise Failed("ended with status %s before it was complete" % p.status)
        if job.role != "get":
            t = tail.completed(job.ip)
            if t:
                return t, "tracker"
        return None

    def wait_done(self, p, job, tail, pay, timeout):
        end = p.t_exec + timeout
        while True:
            r = self.finished(p, job, tail, pay)
            if r:
                return r
            if time.monotonic() > end:
                raise Failed("not complete after %d s" % timeout)
            time.sleep(0.002 if job.role == "get" else 0.02)

    def download(self, client, lab, d, tail, size, piece, peers, seeder):
        """Roles get: run the client to a verified file; the figures of that."""
        host, pay = lab.host[0], self.payload(size)
        job = self.job("get", client, d, host, size, piece, peers=peers)
        quiet = wait_quiet(self.o.quiet_wait)
        s0, meter = sum(seeder.cpu()), Meter(seeder)
        p = self.client(client, job, host)
        t_done, how = self.wait_done(p, job, tail, pay, self.o.timeout)
        user, system = p.cpu()
        noise = meter.stop(p)
        s1 = sum(seeder.cpu())
        held = 0.0
        if p.running():
            # the clock stands if the file is right while the client cannot write
            while True:
                t = time.monotonic()
                p.freeze()
                ok = pay.matches(self.content(job))
                if p.running():       # else it had ended before the freeze took hold
                    p.thaw()
                    held += time.monotonic() - t
                if ok or time.monotonic() - t_done > 20:
                    break
                time.sleep(0.05)
                t_done = time.monotonic() - held
                how += "+late"
            p.done.wait(8 if how.startswith("hook") and self.exits(client) else 0)
        else:
            ok = pay.matches(self.content(job))
        t_exit = p.t_exit - held - p.t_exec if not p.running() else None
        p.stop(first=client.stop_signal)
        if not ok:
            raise Failed("file wrong (status %s)" % p.status)
        wall, gib = t_done - p.t_exec, size / (1 << 30)
        r = dict(wall_s=wall, mib_s=size / MIB / wall, exit_s=t_exit, how=how,
                 user_s=user, sys_s=system, cpu_s_gib=(user + system) / gib,
                 cpu_share=(user + system) / wall,
                 peak_mib=p.peak_kib() / 1024, anon_mib=p.anon / 1024, threads=p.threads,
                 rx_ratio=p.received() / size, seeder_cpu_s_gib=(s1 - s0) / gib,
                 other_load=quiet, **noise)
        w = p.window(size)
        if w:
            r["steady_mib_s"] = 0.8 * size / MIB / (w[1] - w[0])
        ev = [e["t"] for e in tail.read() if e["ev"] == "announce" and e["ip"] == host.ip]
        r["first_announce_s"] = ev[0] - p.t_exec if ev else None
        shutil.rmtree(job.dir, ignore_errors=True)
        return r

    @staticmethod
    def exits(client):
        return isinstance(client, (C.Aria2, C.CTorrent, C.Libtorrent, C.Command))

    # -- scenarios --------------------------------------------------------
    def scenario_a(self, client, piece):
        o, size = self.o, self.o.size
        with Lab(1, mtu=o.mtu, extra_ips=SEED_IPS[:1]) as lab:
            d = self.fresh("a")
            tail = self.tracker(lab, d)
            s = self.seeders(lab, d, tail, size, piece)
            return self.download(client, lab, d, tail, size, piece, [SEED_IPS[0] + ":6881"], s)

    def scenario_f(self, client, piece):
        """The floor: see floor.py. No BitTorrent in it."""
        o, pay = self.o, self.payload(self.o.size)
        with Lab(1, mtu=o.mtu, extra_ips=SEED_IPS[:1]) as lab:
            d = self.fresh("f")
            prog, where = os.path.join(HERE, "floor.py"), SEED_IPS[0] + ":7000"
            s = self.start([sys.executable, prog, "serve", pay.path, where], lab.hub, d, "serve",
                           cpus=o.pin and {0})
            time.sleep(0.5)
            quiet, out, meter = wait_quiet(o.quiet_wait), os.path.join(d, "out"), Meter(s)
            p = self.start([sys.executable, prog, "get", out, where, str(pay.size), str(piece)],
                           lab.host[0], d, "get", cpus=o.pin and {1})
            p.done.wait(o.timeout)
            noise = meter.stop(p)
            if not pay.matches(out):
                raise Failed("file wrong")
            wall, gib, (user, system) = p.t_exit - p.t_exec, pay.size / (1 << 30), p.cpu()
            r = dict(wall_s=wall, mib_s=pay.size / MIB / wall, user_s=user, sys_s=system,
                     cpu_s_gib=(user + system) / gib, peak_mib=p.peak_kib() / 1024,
                     anon_mib=p.anon / 1024, other_load=quiet, seeder_cpu_s_gib=sum(s.cpu()) / gib,
                     **noise)
            w = p.window(pay.size)
            if w:
                r["steady_mib_s"] = 0.8 * pay.size / MIB / (w[1] - w[0])
            return r

    def scenario_b(self, client, piece):
        o, size = self.o, self.o.size
        with Lab(1, mtu=o.mtu, extra_ips=SEED_IPS[:1]) as lab:
            d, host, pay = self.fresh("b"), lab.host[0], self.payload(size)
            tail = self.tracker(lab, d)
            job = self.job("seed", client, d, host, size, piece)
            os.link(pay.path, self.content(job))
            p = self.client(client, job, host)
            tail.wait(lambda ev: host.ip in tail.seeds(), 60, "seed not ready", p)
            ready = time.monotonic() - p.t_exec
            time.sleep(1.0)
            quiet = wait_quiet(o.quiet_wait)
            lt = C.Libtorrent()
            d2 = os.path.join(d, "down")
            os.makedirs(d2)
            hub = lab.hub
            dj = self.job("get", lt, d2, hub, size, piece)
            dj.ip = SEED_IPS[0]
            u0, s0 = p.cpu()
            meter = Meter(p)
            q = self.start(lt.argv(dj), hub, dj.home, "downloader", netdev="br0",
                           cpus=self.o.pin and {0})
            t_done, _ = self.wait_done(q, dj, tail, pay, o.timeout)
            u1, s1 = p.cpu()
            noise = meter.stop(q)
            q.done.wait(5)
            ok = pay.matches(self.content(dj)) and pay.matches(self.content(job))
            p.stop(first=client.stop_signal)
            q.stop()
            if not ok:
                raise Failed("file wrong")
            wall, gib = t_done - q.t_exec, size / (1 << 30)
            r = dict(wall_s=wall, mib_s=size / MIB / wall, ready_s=ready,
                     cpu_s_gib=(u1 - u0 + s1 - s0) / gib, user_s=u1 - u0, sys_s=s1 - s0,
                     cpu_share=(u1 - u0 + s1 - s0) / wall,
                     down_cpu_s_gib=sum(q.cpu()) / gib, peak_mib=p.peak_kib() / 1024,
                     anon_mib=p.anon / 1024, other_load=quiet, **noise)
            w = q.window(size)
            if w:
                r["steady_mib_s"] = 0.8 * size / MIB / (w[1] - w[0])
            return r

    def scenario_c(self, client, piece):
        o, size, n = self.o, self.o.c_size, self.o.c_seeds
        with Lab(1, mtu=o.mtu, extra_ips=SEED_IPS[:n]) as lab:
            d = self.fresh("c")
            tail = self.tracker(lab, d)
            s = self.seeders(lab, d, tail, size, piece, n, o.c_rate)
            peers = [ip + ":6881" for ip in SEED_IPS[:n]]
            r = self.download(client, lab, d, tail, size, piece, peers, s)
            possible = n * o.c_rate / MIB
            r.update(possible_mib_s=possible, ratio=r["mib_s"] / possible)
            if "steady_mib_s" in r:
                r["steady_ratio"] = r["steady_mib_s"] / possible
        return r

    def scenario_d(self, client, piece):
        o, size, n = self.o, self.o.d_size, self.o.d_leechers
        seed = client
        if o.d_seed == "libtorrent" or "seed" not in client.roles:
            seed = C.Libtorrent()
        role = "swarm" if "swarm" in client.roles else "get"
        with Lab(n + 1, mtu=1500, up=o.d_up, down=o.d_down, delay_ms=o.d_delay) as lab:
            d, pay = self.fresh("d"), self.payload(size)
            tail = self.tracker(lab, d)
            sd = os.path.join(d, "seed")
            os.makedirs(sd)
            sj = self.job("seed", seed, sd, lab.host[0], size, piece, big=False)
            shutil.copyfile(pay.path, self.content(sj))
            sp = self.client(seed, sj, lab.host[0], every=0.2)
            tail.wait(lambda ev: lab.host[0].ip in tail.seeds(), 60, "seed not ready", sp)
            time.sleep(0.5)
            quiet = wait_quiet(o.quiet_wait)
            js, ps = [], []
            for i in range(1, n + 1):
                ld = os.path.join(d, "l%d" % i)
                os.makedirs(ld)
                js.append(self.job(role, client, ld, lab.host[i], size, piece, big=False,
                                   peers=[lab.host[0].ip + ":%d" % PORT]))
            for i, j in enumerate(js):
                ps.append(self.client(client, j, lab.host[i + 1], every=0.2))
            t0, done = ps[0].t_exec, [None] * n
            looked = 0.0
            while None in done:
                now = time.monotonic()
                look, looked = (True, now) if now - looked > 0.5 else (False, looked)
                for i in range(n):
                    if done[i] is None:
                        r = self.finished(ps[i], js[i], tail, pay)
                        if r is None and look and isinstance(client, C.Command) \
                                and self.full(js[i], pay):
                            r = now, "file"
                        if r:
                            done[i] = r[0] - t0
                if now - t0 > o.d_timeout:
                    raise Failed("%d of %d complete after %d s" % (
                        n - done.count(None), n, o.d_timeout))
                time.sleep(0.02)
            up_seed = sp.sent - sp.sent0
            up_all = sum(p.sent - p.sent0 for p in ps)
            cpu = sum(sum(p.cpu()) for p in ps)
            peak = max(p.peak_kib() for p in ps) / 1024
            rx = sum(p.received() for p in ps) / size / n
            for p, j in zip(ps, js):
                p.freeze()
                if not pay.matches(self.content(j)):
                    raise Failed("a leecher's file is wrong")
            for p in ps:
                p.thaw()
            self.stop_all()
            us, ui, dm = o.d_up / 8, o.d_up / 8, o.d_down / 8
            bound = max(size / us, size / dm, n * size / (us + n * ui))
            return dict(last_s=max(done), mean_s=statistics.mean(done), first_s=min(done),
                        bound_s=bound, ratio_last=max(done) / bound,
                        ratio_mean=statistics.mean(done) / bound, done_s=sorted(done),
                        seed_up_ratio=up_seed / size,
                        leech_up_ratio=up_all / size / n, rx_ratio=rx, cpu_s=cpu, peak_mib=peak,
                        seed_client=seed.name, other_load=quiet, leechers=n)

    def full(self, job, pay):
        try:
            st = os.stat(self.content(job))
        except OSError:
            return False
        return st.st_size == pay.size and st.st_blocks * 512 >= pay.size \
            and pay.matches(self.content(job))

    def scenario_e(self, client, piece):
        o, size = self.o, self.o.c_size
        silent = SEED_IPS[0] + ":6881"
        with Lab(1, mtu=o.mtu, extra_ips=SEED_IPS[:1]) as lab:
            d, host = self.fresh("e"), lab.host[0]
            tail = self.tracker(lab, d, silent)
            quiet = wait_quiet(o.quiet_wait)
            job = self.job("get", client, d, host, size, piece, peers=[silent])
            p = self.client(client, job, host)
            time.sleep(max(0, p.t_exec + o.idle / 2 - time.monotonic()))
            c0, t0 = sum(p.cpu()), time.monotonic()
            time.sleep(max(0, p.t_exec + o.idle - time.monotonic()))
            c1, t1 = sum(p.cpu()), time.monotonic()
            if not p.running():
                raise Failed("ended with status %s" % p.status)
            r = dict(rss_mib=p.rss / 1024, peak_mib=p.peak_kib() / 1024, anon_mib=p.anon / 1024,
                     threads=p.threads, idle_cpu_ms_s=1000 * (c1 - c0) / (t1 - t0), start_cpu_s=c0,
                     other_load=quiet)
            ev = tail.read()
            p.stop(first=client.stop_signal)

            def first(kind, key="t"):
                ts = [e[key] for e in ev if e["ev"] == kind and e["ip"] == host.ip]
                return 1000 * (min(ts) - p.t_exec) if ts else None
            r.update(connect_ms=first("announce", "accepted"), announce_ms=first("announce"),
                     peer_ms=first("peer-accept"), handshake_ms=first("peer-data"))
            both = [x for x in (r["connect_ms"], r["peer_ms"]) if x is not None]
            r["first_connect_ms"] = min(both) if both else None
            return r

    # -- the whole --------------------------------------------------------
    def run(self, names):
        o = self.o
        plan = []
        for sc in o.scenarios:
            if sc == "floor" and "A" in o.scenarios:
                continue               # takes its turn among the clients of A
            pieces = {"A": o.pieces, "B": o.pieces, "C": [o.c_piece], "D": [o.d_piece],
                      "E": [MIB],
                      "floor": [MIB]}.get(sc, [])
            plan += [("F" if sc == "floor" else sc, x) for x in pieces]
        for sc, piece in plan:
            runs = o.e_runs if sc == "E" else o.runs
            need = {"A": "get", "B": "seed", "C": "get", "D": None, "E": "get"}.get(sc)
            dead = {}
            for i in range(runs):
                order = [c for c in names if need is None or need in c.roles]
                if sc == "F":
                    order = [C.Floor()]
                elif sc == "A" and "floor" in o.scenarios:
                    order.append(C.Floor())
                random.Random(i).shuffle(order)
                for c in order:
                    if dead.get(c.name, 0) >= 2:
                        continue
                    t = time.monotonic()
                    rec = dict(scenario=sc, piece=piece, client=c.name, run=i,
                               load=os.getloadavg()[0])
                    try:
                        rec.update(self.quietest(sc, c, piece))
                        self.runs.append(rec)
                        text = brief(sc, rec)
                    except (Failed, OSError, RuntimeError, subprocess.SubprocessError) as e:
                        dead[c.name] = dead.get(c.name, 0) + 1
                        rec["failed"] = str(e)
                        self.failures.append(rec)
                        text = "FAILED: %s" % e
                        if o.keep:
                            text += " (see %s)" % self.work
                    finally:
                        self.stop_all()
                        self.sweep()
                    say("%s %4dK %-13s run %d: %s  [%.0f s]" % (
                        sc, piece >> 10, c.name, i + 1, text, time.monotonic() - t))
        if "T" in o.scenarios:
            self.trackers = trackers.measure(o.builder, self.fresh("trackers"), o.runs, o.t_seconds,
                                             lambda: wait_quiet(o.quiet_wait), say)

    def quietest(self, sc, client, piece):
        """One run; where others took too much of the machine meanwhile, again, and the
        least disturbed of them counts."""
        best = None
        if client.name == "floor":
            sc = "F"
        for _ in range(self.o.retries + 1):
            r = getattr(self, "scenario_" + sc.lower())(client, piece)
            if best is None or r.get("foreign", 0) < best["foreign"]:
                best = r
            if r.get("foreign", 0) < 0.08:
                break
            self.stop_all()
            self.sweep()
        return best

    def sweep(self):
        for name in [] if self.o.keep else os.listdir(self.work):
            if name[:3].isdigit():
                shutil.rmtree(os.path.join(self.work, name), ignore_errors=True)

    def close(self):
        self.stop_all()
        if self.warm:
            self.warm.stdin.close()
            self.warm.wait(10)
        if not self.o.keep:
            shutil.rmtree(self.work, ignore_errors=True)


def say(text):
    print(text, file=sys.stderr, flush=True)


def brief(sc, r):
    if sc in "ABCF":
        return "%6.2f s %7.1f MiB/s  %.2f CPU s/GiB  peak %.1f MiB" % (
            r["wall_s"], r["mib_s"], r["cpu_s_gib"], r["peak_mib"])
    if sc == "D":
        return "last %.1f mean %.1f first %.1f s, bound %.1f, ratio %.3f, seed sent %.2fx" % (
            r["last_s"], r["mean_s"], r["first_s"], r["bound_s"], r["ratio_last"],
            r["seed_up_ratio"])
    return "connect %s ms, announce %s ms, peer %s ms, RSS %.1f MiB" % (
        num(r["connect_ms"]), num(r["announce_ms"]), num(r["peer_ms"]), r["rss_mib"])


def num(x, digits=None):
    if x is None:
        return "-"
    if digits is None:
        digits = 0 if abs(x) >= 100 else 1 if abs(x) >= 10 else 2
    return "%.*f" % (digits, x)


COLUMNS = {
    "A": [("wall_s", "wall s"), ("mib_s", "MiB/s"), ("rel", "of reference"),
          ("steady_mib_s", "steady MiB/s"),
          ("cpu_s_gib", "CPU s/GiB"), ("user_s", "user s"), ("sys_s", "sys s"),
          ("peak_mib", "peak RSS MiB"), ("anon_mib", "anon MiB"),
          ("first_announce_s", "announce s"),
          ("exit_s", "exit s"), ("seeder_cpu_s_gib", "seeder CPU s/GiB")],
    "B": [("wall_s", "wall s"), ("mib_s", "MiB/s"), ("rel", "of reference"),
          ("steady_mib_s", "steady MiB/s"),
          ("cpu_s_gib", "CPU s/GiB"), ("user_s", "user s"), ("sys_s", "sys s"),
          ("peak_mib", "peak RSS MiB"), ("anon_mib", "anon MiB"), ("ready_s", "check s"),
          ("down_cpu_s_gib", "downloader CPU s/GiB")],
    "C": [("wall_s", "wall s"), ("mib_s", "MiB/s"), ("ratio", "of possible"),
          ("steady_ratio", "steady of possible"), ("cpu_s_gib", "CPU s/GiB"),
          ("peak_mib", "peak RSS MiB"), ("anon_mib", "anon MiB"), ("rx_ratio", "received/size")],
    "D": [("last_s", "last s"), ("mean_s", "mean s"), ("first_s", "first s"),
          ("bound_s", "bound s"), ("ratio_last", "last/bound"), ("ratio_mean", "mean/bound"),
          ("seed_up_ratio", "seed sent/F"), ("leech_up_ratio", "leecher sent/F"),
          ("rx_ratio", "received/F"), ("cpu_s", "CPU s (all)"), ("peak_mib", "peak RSS MiB")],
    "E": [("first_connect_ms", "first connect ms"), ("announce_ms", "announce ms"),
          ("peer_ms", "peer connect ms"), ("handshake_ms", "first bytes to peer ms"),
          ("rss_mib", "idle RSS MiB"), ("anon_mib", "anon MiB"),
          ("idle_cpu_ms_s", "idle CPU ms/s"), ("threads", "threads")],
}
COLUMNS["F"] = [c for c in COLUMNS["A"] if c[0] not in ("first_announce_s", "exit_s", "rel")]
TITLES = {
    "F": "Floor: one TCP stream, SHA-1 by piece, written; no protocol",
    "A": "A. Throughput: one fast seeder, one downloader",
    "B": "B. Seeding to one fast downloader",
    "C": "C. Many rate-limited seeders, one downloader",
    "D": "D. Swarm of one client with capped links",
    "E": "E. Start-up and idle",
}


def relate(runs, ref):
    """Speed as a ratio to the reference client's in the same round."""
    base = {(r["scenario"], r["piece"], r["run"]): r for r in runs if r["client"] == ref}
    for r in runs:
        b = base.get((r["scenario"], r["piece"], r["run"]))
        if b and "mib_s" in r:
            r["rel"] = r["mib_s"] / b["mib_s"]


# Figures of which our medians are divided by the others'.
RATIOS = {
    "A": [("mib_s", "MiB/s"), ("cpu_s_gib", "CPU s/GiB"), ("peak_mib", "peak RSS")],
    "B": [("mib_s", "MiB/s"), ("cpu_s_gib", "CPU s/GiB"), ("ready_s", "check s"),
          ("peak_mib", "peak RSS")],
    "C": [("mib_s", "MiB/s"), ("cpu_s_gib", "CPU s/GiB"), ("rx_ratio", "received")],
    "D": [("last_s", "last s"), ("mean_s", "mean s"), ("cpu_s", "CPU s")],
    "E": [("announce_ms", "announce ms"), ("peer_ms", "peer ms"), ("rss_mib", "idle RSS")],
    "F": [],
}


def ratios(sc, rows, ours="samara"):
    """Our medians over the others', as table lines; nothing when we did not run."""
    mine = next((r for r in rows if r["client"] == ours), None)
    others = [r for r in rows if r["client"] != ours]
    if not mine or not others:
        return []
    lines = ["| %s over | %s |" % (ours, " | ".join(t for _, t in RATIOS[sc])),
             "|---|" + "---|" * len(RATIOS[sc])]
    for r in others:
        cells = []
        for key, _ in RATIOS[sc]:
            known = mine[key] and r[key] and r[key]["median"]
            cells.append("%.2f" % (mine[key]["median"] / r[key]["median"]) if known else "-")
        lines.append("| %s | %s |" % (r["client"], " | ".join(cells)))
    return lines + [""]


def summarise(runs):
    groups = {}
    for r in runs:
        groups.setdefault((r["scenario"], r["piece"], r["client"]), []).append(r)
    out = []
    for (sc, piece, name), rs in groups.items():
        row = dict(scenario=sc, piece=piece, client=name, runs=len(rs))
        for key, _ in COLUMNS[sc]:
            v = [r[key] for r in rs if r.get(key) is not None]
            row[key] = dict(median=statistics.median(v), min=min(v), max=max(v)) if v else None
        out.append(row)
    return out


def markdown(bench, info, o):
    lines = ["# Benchmark results", "", "%s, kernel %s, %d CPUs, %s; work in %s; %s" % (
        info["cpu"], info["kernel"], info["cpus"], info["date"], info["filesystem"],
        "options: `%s`" % info["options"]), ""]
    rows = summarise(bench.runs)
    seen = []
    for r in rows:
        if (r["scenario"], r["piece"]) not in seen:
            seen.append((r["scenario"], r["piece"]))
    for sc, piece in seen:
        head = TITLES[sc]
        mib = "%d MiB" % (o.size // MIB)
        detail = {"A": mib, "F": mib, "B": mib,
                  "C": "%d MiB from %d seeders of %.1f MiB/s" % (
                      o.c_size // MIB, o.c_seeds, o.c_rate / MIB),
                  "D": "%.0f MiB, 1 seed + %d leechers, %.1f Mbit/s up, %.1f down, %d ms away, "
                       "seed: %s" % (o.d_size / MIB, o.d_leechers, o.d_up / 1e6, o.d_down / 1e6,
                                     o.d_delay, o.d_seed),
                  "E": "idle figures after %g s" % o.idle}[sc]
        lines += ["## %s (%s%s)" % (head, detail, "" if sc == "E" else ", pieces of %d KiB" % (
            piece >> 10)), ""]
        cols = COLUMNS[sc]
        lines.append("| client | n | " + " | ".join(t for _, t in cols) + " |")
        lines.append("|---|" + "---|" * (len(cols) + 1))
        mine = [r for r in rows if r["scenario"] == sc and r["piece"] == piece]
        key, rev = {"D": ("last_s", False), "E": ("announce_ms", False)}.get(sc, ("mib_s", True))
        mine.sort(key=lambda r: r[key]["median"] if r[key] else 1e9, reverse=rev)
        for r in mine:
            cells = []
            for k, _ in cols:
                v = r[k]
                cells.append("-" if v is None else "%s (%s-%s)" % (
                    num(v["median"]), num(v["min"]), num(v["max"])))
            lines.append("| %s | %d | %s |" % (r["client"], r["runs"], " | ".join(cells)))
        lines.append("")
        lines += ratios(sc, mine)
    if bench.trackers:
        lines.append(trackers.table(bench.trackers))
    if bench.failures:
        lines += ["## Failed runs", ""]
        lines += ["- %s, %d KiB pieces, %s, run %d: %s" % (
            f["scenario"], f["piece"] >> 10, f["client"], f["run"] + 1, f["failed"])
            for f in bench.failures] + [""]
    lines += ["## Clients", "",
              "| client | version | own code KiB | other shared objects KiB | settings |",
              "|---|---|---|---|---|"]
    for name, c in info["clients"].items():
        lines.append("| %s | %s | %.0f | %.0f | %s |" % (
            name, c["version"], c["exe_bytes"] / 1024, c["libs_bytes"] / 1024,
            c["settings"].replace("|", "\\|")))
    return "\n".join(lines) + "\n"


def size(text):
    unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:].upper())
    return int(float(text[:-1]) * unit) if unit else int(text)


def rate(text):
    unit = {"k": 1e3, "m": 1e6, "g": 1e9}.get(text[-1:].lower())
    return int(float(text[:-1]) * unit) if unit else int(text)


def named(text):
    name, eq, rest = text.partition("=")
    if not eq or not name.replace("-", "").replace("_", "").isalnum():
        raise argparse.ArgumentTypeError("want NAME=TEMPLATE, got %r" % text)
    return name, rest


def options(argv):
    ap = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("scenarios", nargs="+", metavar="SCENARIO",
                    choices=["A", "B", "C", "D", "E", "T", "floor", "sizes"])
    ap.add_argument("--clients",
                    help="built-in clients, comma separated; 'none'; default: all installed")
    ap.add_argument("--builder", help="samara's builder: the apps that it packs are a client too")
    for role, what in (("cmd", "downloads and ends (A, C, E; D too without --swarm-cmd)"),
                       ("swarm-cmd", "downloads, then seeds till stopped (D)"),
                       ("seed-cmd", "seeds a complete file (B; D's seed)")):
        ap.add_argument("--" + role, action="append", type=named, default=[],
                        metavar="NAME=TEMPLATE", help="a client by command: it " + what)
    ap.add_argument("--pack", action="append", default=[], metavar="[NAME:]TEMPLATE",
                    help="makes {exe} from {torrent} first, e.g. 'builder -o {exe} {torrent}'; "
                         "NAME: limits it to one --cmd")
    ap.add_argument("--reference", default="libtorrent",
                    help="A, B: client whose speed in the same round the others' is divided by")
    ap.add_argument("--runs", type=int, default=3)
    ap.add_argument("--e-runs", type=int, default=5)
    ap.add_argument("--size", type=size, default=1 << 30, help="A, B: file size (1G)")
    ap.add_argument("--pieces", type=lambda s: [size(x) for x in s.split(",")],
                    default=[1 << 20, 256 << 10], help="A, B: piece sizes (1M,256K)")
    ap.add_argument("--c-size", type=size, default=256 << 20)
    ap.add_argument("--c-piece", type=size, default=1 << 20)
    ap.add_argument("--c-seeds", type=int, default=20)
    ap.add_argument("--c-rate", type=size, default=2 << 20, help="bytes/s of each seeder (2M)")
    ap.add_argument("--d-size", type=size, default=24 << 20)
    ap.add_argument("--d-piece", type=size, default=256 << 10)
    ap.add_argument("--d-leechers", type=int, default=8)
    ap.add_argument("--d-up", type=rate, default=8000000,
                    help="bit/s, seed and leechers alike (8m)")
    ap.add_argument("--d-down", type=rate, default=40000000, help="bit/s (40m)")
    ap.add_argument("--d-delay", type=int, default=0, metavar="MS",
                    help="from one host to another; a round trip is twice as long (0)")
    ap.add_argument("--d-seed", choices=["same", "libtorrent"], default="same")
    ap.add_argument("--d-timeout", type=float, default=150)
    ap.add_argument("--t-seconds", type=int, default=5, help="T: a measurement takes so long (5)")
    ap.add_argument("--idle", type=float, default=6, help="E: seconds watched")
    ap.add_argument("--timeout", type=float, default=180, help="A, B, C: seconds a run may take")
    ap.add_argument("--mtu", type=int, default=65535,
                    help="A, B, C, E: of the veth links (65535: as fast as loopback)")
    ap.add_argument("--work", default="/dev/shm" if os.path.isdir("/dev/shm") else None,
                    help="folder for data; another file system than tmpfs to have the disk in it")
    ap.add_argument("--warm", type=int, default=5120,
                    help="MiB of memory kept backed by the host (see warm.py); 0: none")
    ap.add_argument("--pin", action="store_true",
                    help="client under test on CPU 1, its counterpart on CPU 0")
    ap.add_argument("--quiet-wait", type=float, default=20,
                    help="wait at most this long for other load to go before each run")
    ap.add_argument("--retries", type=int, default=3,
                    help="repeat a run (A, B, C) while others took more than 8%% of the machine")
    ap.add_argument("--tag", default="bench", help="name of the result files")
    ap.add_argument("--results", default=os.path.join(HERE, "results"))
    ap.add_argument("--keep", action="store_true", help="keep the work folder (logs)")
    return ap.parse_args(argv)


def pick(o):
    table = {c.name: c for c in C.BUILTIN}
    if o.clients == "none":
        out = []
    elif o.clients:
        out = []
        for n in o.clients.split(","):
            if n not in table:
                sys.exit("no client %r; there are: %s" % (n, ", ".join(table)))
            if not table[n].available():
                sys.exit("%s is not installed" % n)
            out.append(table[n])
    else:
        out = [c for c in C.BUILTIN if c.available()]
    if o.builder:
        ours = C.Samara(o.builder)
        if not ours.available():
            sys.exit("%s cannot be run" % o.builder)
        out.append(ours)
    packs = {}
    for text in o.pack:
        name, colon, rest = text.partition(":")
        if colon and "/" not in name and " " not in name:
            packs[name] = rest
        else:
            packs[None] = text
    by_name = {}
    for role, given in (("get", o.cmd), ("swarm", o.swarm_cmd), ("seed", o.seed_cmd)):
        for name, template in given:
            by_name.setdefault(name, {})[role] = template
    for name, t in by_name.items():
        out.append(C.Command(name, t, packs.get(name, packs.get(None))))
    return out


def filesystem(path):
    r = subprocess.run(["stat", "-f", "-c", "%T", path], stdout=subprocess.PIPE)
    return r.stdout.decode().strip()


def main():
    o = options(sys.argv[1:])
    if os.geteuid():
        sys.exit("bench.py must be root: it makes network namespaces")
    chosen = pick(o)
    signal.signal(signal.SIGTERM, lambda *a: sys.exit(1))
    bench = Bench(o)
    with open("/proc/cpuinfo") as f:
        cpu = next((x.split(":", 1)[1].strip() for x in f if x.startswith("model name")), "?")
    info = dict(date=time.strftime("%Y-%m-%d %H:%M"), cpu=cpu, cpus=os.cpu_count(),
                kernel=platform.release(), load=os.getloadavg(), filesystem=filesystem(bench.work),
                options=" ".join(a.replace(HERE + os.sep, "") for a in sys.argv[1:]))
    try:
        bench.run(chosen)
    except KeyboardInterrupt:
        say("interrupted; what is measured so far is reported")
    finally:
        info["clients"] = {}
        for c in chosen:
            exe, libs = c.sizes()
            info["clients"][c.name] = dict(version=c.version(), settings=c.settings, exe_bytes=exe,
                                           libs_bytes=libs, pack_s=getattr(c, "pack_s", None))
        bench.close()
        relate(bench.runs, o.reference)
        text = markdown(bench, info, o)
        os.makedirs(o.results, exist_ok=True)
        base = os.path.join(o.results, o.tag)
        with open(base + ".json", "w") as f:
            json.dump(dict(info=info, summary=summarise(bench.runs), runs=bench.runs,
                           failures=bench.failures,
                           trackers=bench.trackers), f, indent=1)
        with open(base + ".md", "w") as f:
            f.write(text)
        print(text)


if __name__ == "__main__":
    main()
