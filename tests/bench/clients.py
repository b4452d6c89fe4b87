"""One adapter per client.

An adapter turns a Job into an argv for a role:
  get    download; leave (or be stopped by the harness) when the file is complete
  swarm  download, then go on seeding until stopped
  seed   the file is complete in job.dir already: check it and seed it
A client that can run a hook on completion touches job.marker; for one that
cannot, the end of the process, or its tracker announce 'completed', counts.
"""
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclass
class Job:
    role: str
    torrent: str
    dir: str             # where the content goes
    name: str            # file name of the content in dir
    home: str            # scratch folder for configuration and state
    ip: str
    port: int
    marker: str
    tracker: str
    peers: list = field(default_factory=list)   # ["ip:port", ...] of known seeders
    big: bool = True     # one fast peer (tune for speed), not a shaped swarm


class Client:
    name = ""
    binary = ""          # for version and size
    version_args = ["--version"]
    roles = ("get", "swarm", "seed")
    own_libs = ()        # shared objects that are the client's own code, by part of name
    stop_signal = 15
    settings = ""        # in words, for the report

    def argv(self, job):
        raise NotImplementedError

    def env(self, job):
        return {"HOME": job.home, "XDG_CONFIG_HOME": job.home, "XDG_DATA_HOME": job.home,
                "XDG_CACHE_HOME": job.home}

    def prepare(self, torrent, work):
        """Called once per torrent before any run; may build something."""

    def available(self):
        return shutil.which(self.binary) is not None

    def version(self):
        try:
            r = subprocess.run([self.binary, *self.version_args], stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, timeout=10, stdin=subprocess.DEVNULL)
            out = [x for x in r.stdout.decode(errors="replace").splitlines() if x.strip()]
            return out[0].strip() if out else ""
        except (OSError, subprocess.SubprocessError):
            return ""

    def sizes(self):
        """(bytes of the executable and its own libraries, bytes of other shared objects)"""
        exe = os.path.realpath(shutil.which(self.binary) or self.binary)
        return self._split([exe])

    def _split(self, files):
        libs = shared_objects(files)
        own = [x for x in libs if any(k in os.path.basename(x) for k in self.own_libs)]
        return (sum(file_size(x) for x in [*files, *own]),
                sum(file_size(x) for x in libs if x not in own))


def file_size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def shared_objects(files):
    libs = set()
    for f in files:
        r = subprocess.run(["ldd", f], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in r.stdout.decode(errors="replace").splitlines():
            for word in line.split():
                if word.startswith("/") and ".so" in word:
                    libs.add(os.path.realpath(word))
    return libs - {os.path.realpath(f) for f in files}


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)
    return path


def hook(job):
    """A script that touches the marker."""
    return write(os.path.join(job.home, "hook.sh"),
                 "#!/bin/sh\n: > %s\n" % shlex.quote(job.marker), 0o755)


class Aria2(Client):
    name, binary = "aria2", "aria2c"
    own_libs = ("libaria2",)
    settings = ("--seed-time=0 (get) / --seed-ratio=0 --seed-time=600 (swarm, seed), "
                "--file-allocation=none --disk-cache=64M --bt-max-peers=0 "
                "--bt-request-peer-speed-limit=100M --bt-min-crypto-level=plain "
                "--bt-require-crypto=false, no DHT/LPD, no rate limits, quiet console, "
                "completion hook")

    def argv(self, job):
        a = ["aria2c", "--no-conf=true", "--dir=" + job.dir, "--listen-port=%d" % job.port,
             "--interface=" + job.ip, "--enable-dht=false", "--enable-dht6=false",
             "--bt-enable-lpd=false", "--disable-ipv6=true", "--file-allocation=none",
             "--disk-cache=64M", "--bt-max-peers=0", "--bt-request-peer-speed-limit=100M",
             "--bt-min-crypto-level=plain", "--bt-require-crypto=false",
             "--max-overall-upload-limit=0", "--max-overall-download-limit=0",
             "--summary-interval=0", "--console-log-level=error", "--show-console-readout=false",
             "--follow-torrent=mem", "--on-bt-download-complete=" + hook(job)]
        if job.role == "get":
            a.append("--seed-time=0")
        else:
            a += ["--seed-ratio=0", "--seed-time=600"]
        if job.role == "seed":
            a += ["--check-integrity=true"]
        return a + [job.torrent]


class Transmission(Client):
    name, binary = "transmission", "transmission-cli"
    version_args = ["-V"]
    settings = ("transmission-cli, settings.json: preallocation 0, cache-size-mb 64, encryption 0 "
                "(prefer clear), utp/dht/lpd/port-forwarding off, pex on, peer limits 500, "
                "upload-slots-per-torrent 14 (default), no speed limits, finish script")

    def argv(self, job):
        import json
        cfg = os.path.join(job.home, "tr")
        write(os.path.join(cfg, "settings.json"), json.dumps({
            "bind-address-ipv4": job.ip, "bind-address-ipv6": "::1", "peer-port": job.port,
            "peer-port-random-on-start": False, "port-forwarding-enabled": False,
            "cache-size-mb": 64, "preallocation": 0, "prefetch-enabled": True, "encryption": 0,
            "utp-enabled": False, "dht-enabled": False, "lpd-enabled": False, "pex-enabled": True,
            "peer-limit-global": 500, "peer-limit-per-torrent": 500,
            "upload-slots-per-torrent": 14,
            "speed-limit-down-enabled": False, "speed-limit-up-enabled": False,
            "ratio-limit-enabled": False, "idle-seeding-limit-enabled": False,
            "rename-partial-files": False, "start-added-torrents": True, "rpc-enabled": False,
            "blocklist-enabled": False, "scrape-paused-torrents-enabled": False,
            "message-level": 1, "incomplete-dir-enabled": False}))
        a = ["transmission-cli", "-g", cfg, "-w", job.dir, "-p", str(job.port), "-M", "-et",
             "-D", "-U", "-f", hook(job)]
        if job.role == "seed":
            a.append("-v")
        return a + [job.torrent]


class QBittorrent(Client):
    name, binary = "qbittorrent", "qbittorrent-nox"
    own_libs = ("libtorrent-rasterbar",)
    settings = ("qbittorrent-nox, BTProtocol=TCP, encryption off, DHT/LSD/UPnP off, pex on, "
                "queueing off, no limits, preallocation off, MaxUploads -1, "
                "outgoing requests 2000, send buffer 10 MiB, 4 aio + 2 hashing threads, "
                "web UI on, completion hook")

    def version(self):
        try:
            r = subprocess.run([self.binary, "--version"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, timeout=10,
                               env=dict(os.environ, HOME="/nonexistent"))
            return r.stdout.decode(errors="replace").strip()
        except (OSError, subprocess.SubprocessError):
            return ""

    def argv(self, job):
        prof = os.path.join(job.home, "qb")
        write(os.path.join(prof, "qBittorrent", "config", "qBittorrent.conf"), """[LegalNotice]
Accepted=true

[Application]
FileLogger\\Enabled=false

[AutoRun]
enabled=true
program=%s

[BitTorrent]
Session\\DefaultSavePath=%s
Session\\TempPathEnabled=false
Session\\Port=%d
Session\\Interface=
Session\\InterfaceAddress=%s
Session\\BTProtocol=TCP
Session\\Encryption=2
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=true
Session\\QueueingSystemEnabled=false
Session\\Preallocation=false
Session\\IgnoreLimitsOnLAN=false
Session\\MaxConnections=500
Session\\MaxConnectionsPerTorrent=500
Session\\MaxUploads=-1
Session\\MaxUploadsPerTorrent=-1
Session\\AsyncIOThreadsCount=4
Session\\HashingThreadsCount=2
Session\\SendBufferWatermark=10240
Session\\SendBufferLowWatermark=1024
Session\\SendBufferWatermarkFactor=150
Session\\RequestQueueSize=2000
Session\\ConnectionSpeed=500
Session\\MultiConnectionsPerIp=true
Session\\AddTorrentPaused=false
Session\\ReannounceWhenAddressChanged=false

[Network]
PortForwardingEnabled=false

[Preferences]
Connection\\UPnP=false
WebUI\\Enabled=true
WebUI\\Address=127.0.0.1
WebUI\\Port=%d
WebUI\\UseUPnP=false
""" % (hook(job), job.dir, job.port, job.ip, 8080))
        return ["qbittorrent-nox", "--profile=" + prof, "--save-path=" + job.dir,
                "--skip-dialog=true", "--add-paused=false", job.torrent]


class Libtorrent(Client):
    name = "libtorrent"
    binary = "/usr/bin/python3"
    settings = ("ltpeer.py on python3-libtorrent: TCP only, no encryption, no DHT/LSD/UPnP; for "
                "A, B, C also unlimited unchoke slots, 2000 outgoing requests, 10 MiB send "
                "watermark, 64 MiB disk queue, 4 aio + 2 hashing threads; in D otherwise defaults")

    def _libs(self):
        code = "import libtorrent; print(libtorrent.__file__); print(libtorrent.__version__)"
        r = subprocess.run([self.binary, "-c", code], stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL)
        return r.stdout.decode().split()

    def available(self):
        return bool(self._libs())

    def version(self):
        return "libtorrent-rasterbar " + self._libs()[1]

    def sizes(self):
        # the library only: a C++ program on it would not load Python
        so = [x for x in shared_objects([self._libs()[0]]) if "libtorrent-rasterbar" in x]
        return self._split(so)

    def argv(self, job):
        a = [self.binary, os.path.join(HERE, "ltpeer.py"), "seed" if job.role == "seed" else "get",
             "--torrent", job.torrent, "--dir", job.dir, "--listen", "%s:%d" % (job.ip, job.port),
             "--profile", "fast" if job.big else "default"]
        if job.role != "seed":
            a += ["--marker", job.marker]
        if job.role == "swarm":
            a.append("--stay")
        return a


class RTorrent(Client):
    name, binary = "rtorrent", "rtorrent"
    own_libs = ("libtorrent.so",)
    version_args = ["-h"]
    settings = ("system.daemon, no encryption, no DHT/UDP trackers, pex on, no throttle, "
                "pieces.hash.on_completion off, pieces.memory.max 2 GiB, max_peers 500, "
                "max_uploads 100, completion hook")

    def argv(self, job):
        rc = write(os.path.join(job.home, "rtorrent.rc"), """
system.daemon.set = true
directory.default.set = %(dir)s
session.path.set =
network.port_range.set = %(port)d-%(port)d
network.port_random.set = no
network.bind_address.set = %(ip)s
dht.mode.set = disable
protocol.pex.set = yes
protocol.encryption.set = none
trackers.use_udp.set = no
pieces.hash.on_completion.set = no
pieces.memory.max.set = 2048M
throttle.min_peers.normal.set = 1
throttle.max_peers.normal.set = 500
throttle.min_peers.seed.set = 1
throttle.max_peers.seed.set = 500
throttle.max_uploads.set = 100
throttle.max_uploads.global.set = 500
throttle.max_downloads.global.set = 500
throttle.global_up.max_rate.set_kb = 0
throttle.global_down.max_rate.set_kb = 0
network.http.dns_cache_timeout.set = 0
system.file.allocate.set = 0
method.set_key = event.download.finished,mark,"execute.nothrow.bg=%(hook)s"
load.start = %(torrent)s
""" % dict(dir=job.dir, port=job.port, ip=job.ip, hook=hook(job), torrent=job.torrent))
        return ["rtorrent", "-n", "-o", "import=" + rc]


class CTorrent(Client):
    name, binary = "ctorrent", "ctorrent"
    version_args = ["-h"]
    settings = ("-C 64 (MB cache) -M 500, -e 0 (get) / -e 24 (swarm, seed), completion hook (-X); "
                "no encryption, no DHT in it at all")

    def argv(self, job):
        return ["ctorrent", "-i", job.ip, "-p", str(job.port), "-C", "64", "-M", "500",
                "-s", os.path.join(job.dir, job.name), "-e", "0" if job.role == "get" else "24",
                "-b", os.path.join(job.home, "bf"), "-X", hook(job), job.torrent]


class Command(Client):
    """A client given on the command line, by templates.

    Fields: {exe} {torrent} {dir} {file} {home} {ip} {port} {marker} {tracker}
    {peer} {peers} {peersfile} {here}. The same in the environment, as
    BENCH_PEERS, BENCH_TRACKER, BENCH_MARKER, BENCH_PORT, BENCH_DIR."""

    def __init__(self, name, templates, pack=None):
        self.name, self.templates, self.pack = name, templates, pack
        self.roles = tuple(templates)
        self.exes, self.pack_s = {}, []
        self.start = os.getcwd()
        self.settings = "; ".join("%s: `%s`" % kv for kv in templates.items()) \
            + ("; pack: `%s`" % pack if pack else "")
        self.settings = self.settings.replace(HERE + os.sep, "")

    def _words(self, template, fields):
        words = []
        for w in shlex.split(template):
            w = w.format(**fields)
            if not words and "/" in w and not os.path.isabs(w):
                w = os.path.join(self.start, w)
            words.append(w)
        return words

    def available(self):
        return True

    def version(self):
        return "command"

    def prepare(self, torrent, work):
        if self.pack and torrent not in self.exes:
            import time
            exe = os.path.join(work, "%s-%d" % (self.name, len(self.exes)))
            t = time.monotonic()
            subprocess.run(self._words(self.pack, dict(exe=exe, torrent=torrent, here=HERE)),
                           check=True, timeout=60, cwd=self.start, stdout=sys.stderr)
            self.pack_s.append(time.monotonic() - t)
            self.exes[torrent] = exe

    def sizes(self):
        if self.exes:
            exe = next(iter(self.exes.values()))
        else:
            first = next(iter(self.templates.values())).split()[0]
            exe = self._words(first, dict(here=HERE, exe=""))[0]
            exe = shutil.which(exe) or exe
        return file_size(exe), sum(file_size(x) for x in shared_objects([exe]))

    def env(self, job):
        return dict(super().env(job), BENCH_PEERS=",".join(job.peers), BENCH_TRACKER=job.tracker,
                    BENCH_MARKER=job.marker, BENCH_PORT=str(job.port), BENCH_DIR=job.dir)

    def argv(self, job):
        pf = write(os.path.join(job.home, "peers"), "".join(p + "\n" for p in job.peers))
        return self._words(self.templates[job.role], dict(
            exe=self.exes.get(job.torrent, ""), torrent=job.torrent, dir=job.dir,
            file=os.path.join(job.dir, job.name), home=job.home, ip=job.ip, port=job.port,
            marker=job.marker, tracker=job.tracker, peersfile=pf, here=HERE,
            peer=job.peers[0] if job.peers else "", peers=",".join(job.peers)))


class Floor(Client):
    """No client: see floor.py."""
    name, roles = "floor", ()


class Samara(Command):
    """Ours: an app packed by the builder for each torrent."""

    def __init__(self, builder):
        options = "--dir {dir} --port {port}"
        super().__init__("samara", {
            "get": "{exe} --no-seed " + options,
            "swarm": "{exe} --seed-forever " + options,
            "seed": "{exe} --seed-forever " + options,
        }, shlex.quote(os.path.abspath(builder)) + " pack {torrent} --target linux-x86_64 -o {exe}")
        self.builder = builder

    def available(self):
        return os.access(self.builder, os.X_OK)

    def version(self):
        r = subprocess.run([self.builder, "version"], stdout=subprocess.PIPE)
        return r.stdout.decode().splitlines()[0]


BUILTIN = [Libtorrent(), Aria2(), Transmission(), QBittorrent(), RTorrent(), CTorrent()]
