"""A laboratory: a network of its own with real clients, trackers and web servers in it.

A test program defines functions test_<what>(lab) and ends in swarmlab.main(__name__, "prefix").
Before the first test the program moves into a network namespace (and a mount namespace) that
nothing else can see: ports cannot collide, nothing reaches the outside, nothing is left behind.
Root may do this, and a user too where the system allows user namespaces; elsewhere every test is
skipped. All hosts are addresses of the loopback device: clients are bound to one each, and
whatever is not bound (the app) appears as APP, because Transmission refuses 127.0.0.1.

    test_x.py [-v] [--keep] [WORD...]     only tests with one of the words in their name
"""

import atexit
import ctypes
import inspect
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import torrentmaker

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
SAMARA = os.path.abspath(os.environ.get("SAMARA", os.path.join(BUILD, "samara")))
FIXTURES = os.path.join(BUILD, "fixtures", "fixtures")
SANITIZED = "/san/" in SAMARA
if SANITIZED:
    # The leak finder starts a process that looks into its parent: the app's sandbox forbids it.
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0"

TRACKER, ARIA2, TRANSMISSION, LIBTORRENT, WEB, OTHER = (f"10.77.0.{i}" for i in range(1, 7))
MANY = [f"10.77.2.{i}" for i in range(1, 61)]
APP = "10.77.1.1"
WEB_NAME = "seeds.samara.test"

EMULATORS = {"linux-aarch64": "qemu-aarch64-static", "linux-armv7": "qemu-arm-static",
             "linux-i386": "qemu-i386-static"}

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x20000, 0x10000000, 0x40000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG = 1


class Failure(Exception):
    """The program under test did something wrong."""


class Skip(Exception):
    """The machine lacks something that the test needs."""


def check(condition, why):
    if not condition:
        raise Failure(why)


def equal(found, wanted, what):
    check(found == wanted, f"{what} is {found!r}, not {wanted!r}")


def wait_for(what, condition, seconds=20, every=0.05):
    """The first true value of condition(), which is asked again and again."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f"no {what} within {seconds} s")
        time.sleep(every)


def same_tree(wanted, found, but_empty=False):
    """Fails unless both are the same file, or folders with the same files, byte for byte;
    `but_empty`: empty files may be missing."""
    if os.path.isfile(wanted):
        check((why := torrentmaker.difference(wanted, found)) is None, why)
        return
    names = [name for name in torrentmaker.files_below(wanted)
             if not but_empty or os.path.getsize(os.path.join(wanted, name))]
    equal(torrentmaker.files_below(found), names, "the list of files")
    for name in names:
        why = torrentmaker.difference(os.path.join(wanted, name), os.path.join(found, name))
        check(why is None, why)


def only_has(folder, *names):
    """Fails when something else than these entries is in the folder: rubbish was left behind."""
    equal(sorted(os.listdir(folder)), sorted(names), f"what lies in {os.path.basename(folder)}")


class Process:
    """A child whose output goes to `log`; it dies with the test program."""

    def __init__(self, name, argv, log, cwd=None, env=None, stdout=None, prepare=None):
        self.name, self.log = name, log
        with open(log, "wb") as file:
            self.popen = subprocess.Popen(argv, cwd=cwd, stdin=subprocess.DEVNULL,
                                          stdout=stdout or file, stderr=file,
                                          env=dict(os.environ, **(env or {})),
                                          preexec_fn=prepare or die_too)
        self.pid = self.popen.pid
        self.started = time.monotonic()

    def running(self):
        return self.popen.poll() is None

    def signal(self, number):
        if self.running():
            self.popen.send_signal(number)

    def wait(self, seconds=60):
        """The exit code as a shell shows it."""
        try:
            code = self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end within {seconds} s") from None
        return 128 - code if code < 0 else code

    def stop(self, grace=3):
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            self.popen.wait(grace)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def peak_kib(self):
        """Largest resident size so far, of a process that is still running."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("VmHWM"):
                    return int(line.split()[1])
        return 0


class JsonProcess(Process):
    """A child that prints one JSON object a line; they are kept in `events`."""

    def __init__(self, name, argv, log, **more):
        self.events, self.bad_lines = [], []
        super().__init__(name, argv, log, stdout=subprocess.PIPE, **more)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.popen.stdout:
            try:
                event = json.loads(line)
                event["_at"] = time.monotonic()
                self.events.append(event)
            except ValueError:
                self.bad_lines.append(line)

    def wait(self, seconds=60):
        code = super().wait(seconds)
        self.reader.join(5)
        return code

    def all(self, kind):
        return [event for event in list(self.events) if event.get("event") == kind]

    def last(self, kind):
        found = self.all(kind)
        return found[-1] if found else None

    def wait_event(self, kind, seconds=30):
        return wait_for(f"event {kind!r} from {self.name}",
                        lambda: self.last(kind) or (not self.running() and self._ended(kind)),
                        seconds)

    def _ended(self, kind):
        self.reader.join(5)
        found = self.last(kind)
        check(found, f"{self.name} ended with {self.popen.returncode} before any event {kind!r}")
        return found

    def text(self):
        shown = [json.dumps({k: v for k, v in event.items() if k != "_at"})
                 for event in self.events if event.get("event") != "figures"]
        if len(shown) > 12:
            shown[3:-8] = ["..."]
        return "\n".join(shown + [repr(line) for line in self.bad_lines] + [super().text()])


class App(JsonProcess):
    """A packed app, run with --json."""

    def completed(self, seconds=60, code=0):
        """Waits for its end; the figures of the complete event."""
        equal(self.wait(seconds), code, "exit code")
        check(not self.bad_lines, f"not JSON: {self.bad_lines[:1]}")
        check(self.last("complete"), "no complete event")
        equal((self.last("exit") or {}).get("code"), code, "code in the exit event")
        return self.last("complete")

    def done(self):
        return (self.last("progress") or {}).get("done", 0)

    def has_code(self, *codes):
        return any(event.get("code") in codes for event in self.all("warning") + self.all("error"))


class Tracker(Process):
    """opentracker; serves the given info-hashes by HTTP and UDP."""

    def __init__(self, lab, hashes, ip=TRACKER, port=6969):
        folder = lab.folder("tracker")
        with open(os.path.join(folder, "whitelist"), "w", encoding="ascii") as file:
            file.write("".join(digest + "\n" for digest in hashes))
        os.chmod(folder, 0o755)
        super().__init__("opentracker", ["opentracker", "-i", ip, "-p", str(port), "-P", str(port),
                                         "-u", "nobody", "-d", folder, "-w", "whitelist"],
                         lab.log("opentracker"), cwd=folder, prepare=look_like_a_user)
        self.http = f"http://{ip}:{port}/announce"
        self.udp = f"udp://{ip}:{port}/announce"
        lab.wait_port(ip, port, self)

    def seeds(self, info_hash):
        """How many have announced that they are complete."""
        query = urllib.parse.quote(bytes.fromhex(info_hash))
        url = self.http.replace("announce", "scrape") + "?info_hash=" + query
        with urllib.request.urlopen(url, timeout=5) as answer:
            files = torrentmaker.bdecode(answer.read()).get(b"files", {})
        return files.get(bytes.fromhex(info_hash), {}).get(b"complete", 0)

    def wait_seeds(self, torrents, count, seconds=25):
        for torrent in torrents:
            wait_for(f"{count} announced seeds of {torrent.name}",
                     lambda t=torrent: self.seeds(t.info_hash) >= count, seconds, 0.1)


class Lab:
    """What one test uses. Everything that it starts is stopped and deleted at its end."""

    def __init__(self, root):
        self.root = root
        self.target = "linux-x86_64"    # of the apps that are packed
        self.processes, self.others, self.mounts = [], [], []
        self.counter = 0

    # Places

    def folder(self, name):
        """A new empty folder with this word in its name."""
        self.counter += 1
        path = os.path.join(self.root, f"{self.counter}-{name}")
        os.makedirs(path)
        return path

    def path(self, name):
        return os.path.join(self.root, name)

    def log(self, name):
        self.counter += 1
        return os.path.join(self.root, f"{self.counter}-{name}.log")

    def small_disk(self, size, name="disk"):
        """A folder on a file system of this many bytes."""
        if not CAN_MOUNT:
            raise Skip("cannot mount a small file system here")
        path = self.folder(name)
        mount("tmpfs", path, "tmpfs", 0, f"size={size}")
        self.mounts.append(path)
        return path

    def read_only_disk(self, folder):
        """Makes a folder read-only, even for root."""
        if not CAN_MOUNT:
            raise Skip("cannot mount read-only here")
        mount(folder, folder, None, MS_BIND)
        self.mounts.append(folder)
        mount(None, folder, None, MS_REMOUNT | MS_BIND | MS_RDONLY)

    # Our own programs

    def samara(self, *args, code=0, cwd=None, seconds=120):
        """Runs the builder to its end; its standard output."""
        run = self.run([SAMARA, *args], cwd=cwd, seconds=seconds)
        if code is not None and run.returncode != code:
            raise Failure(f"samara {' '.join(args)}: exit code {run.returncode}, not {code}: "
                          f"{(run.stderr or run.stdout).strip()[-300:]}")
        return run.stdout if code is not None else run

    def run(self, argv, seconds=120, cwd=None, env=None, **more):
        try:
            return subprocess.run(argv, cwd=cwd, timeout=seconds, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  errors="replace", env=dict(os.environ, **(env or {})),
                                  preexec_fn=die_too, **more)
        except subprocess.TimeoutExpired:
            raise Failure(f"{os.path.basename(argv[0])} did not end in {seconds} s") from None

    def pack(self, torrent, *options, out=None, target=None):
        """An app for this .torrent; its path."""
        target = target or self.target
        if SANITIZED and target != "linux-x86_64":
            raise Skip("the sanitized builder carries the stub of this machine alone")
        name = "app.exe" if target.startswith("windows-") else "app.run"
        path = out or os.path.join(self.folder("app"), name)
        self.samara("pack", torrent.path if hasattr(torrent, "path") else torrent,
                    "--target", target, "-o", path, *options)
        check(os.access(path, os.X_OK), "the packed app is not executable")
        return path

    def app(self, image, folder, *options, name="app", cwd=None, env=None):
        """Starts an app that stops when complete, unless the options say otherwise."""
        options = list(options)
        if not any(option.startswith("--seed") or option in ("--no-seed", "--check")
                   for option in options):
            options.append("--no-seed")
        argv = [*self.runner(image), image, "--json", "--dir", folder, *options]
        return self.started(App(name, argv, self.log(name), cwd=cwd or self.root,
                                env={"HOME": self.root, **(env or {})}))

    # Programs for other machines

    def runner(self, image):
        """What has to stand before an app to run it here."""
        if image.endswith(".exe"):
            self.wine()
            # wine64 alone does not complain about a program for 32 bits: it does nothing.
            if self.target == "windows-i386" and "samara" not in self.run(
                    ["wine", image, "--version"]).stdout:
                raise Skip("wine32 is not installed")
            return ["wine"]
        emulator = EMULATORS.get(self.target)
        if emulator is None or runs_here(image):
            return []
        self.need(emulator)
        return [emulator]

    def screen(self, size="1000x800"):
        """An X server without a screen to look at; the name of its display."""
        self.need("Xvfb", "xdotool")
        number = self.log("display")
        self.started(Process("Xvfb", ["sh", "-c", 'exec Xvfb -displayfd 3 -screen 0 "$1"x24 '
                                      '-nolisten tcp 3>"$0"', number, size], self.log("Xvfb")))

        def display():
            if not os.path.exists(number):
                return ""
            with open(number, encoding="ascii") as file:
                return file.read().strip()
        return ":" + wait_for("a screen", display, 20)

    def wine(self):
        """Sets wine up, once a program: its server keeps the network that it was started in."""
        self.need("wine", "wineserver")
        if "WINEPREFIX" in os.environ:
            return
        prefix = os.path.join(tempfile.gettempdir(), "wine")
        # No .NET and no browser: they would be hundreds of megabytes.
        os.environ.update(WINEPREFIX=prefix, WINEDEBUG="-all", WINEDLLOVERRIDES="mscoree,mshtml=",
                          WINEARCH="win64")
        run = self.run(["wine", "wineboot", "-i"], seconds=120, env={"DISPLAY": ""})
        check(run.returncode == 0, f"wineboot: {run.stderr[-300:]}")
        atexit.register(self.run, ["wineserver", "-k", "-w"])

    # Others' programs

    def started(self, process):
        self.processes.append(process)
        return process

    def need(self, *programs):
        for program in programs:
            if shutil.which(program) is None:
                raise Skip(f"{program} is not installed")

    def tracker(self, *torrents):
        self.need("opentracker")
        return self.started(Tracker(self, [t.info_hash for t in torrents]))

    def wait_port(self, ip, port, process, seconds=15):
        def open_now():
            check(process.running(), f"{process.name} ended: {process.text()[-300:]}")
            with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET) as probe:
                return probe.connect_ex((ip, port)) == 0
        wait_for(f"{process.name} on port {port}", open_now, seconds)

    def aria2(self, torrents, folder, ip=ARIA2, port=6881, seed=True, options=()):
        """aria2 with its default settings, as one who has the content or wants it.

        Its DHT stays on because without it aria2 does not speak to UDP trackers."""
        self.need("aria2c")
        argv = ["aria2c", "--no-conf=true", f"--dir={folder}", f"--listen-port={port}",
                f"--interface={ip}", "--enable-dht6=false",
                f"--dht-listen-port={port}", f"--dht-file-path={self.path('dht.dat')}",
                "--disable-ipv6=true", "--file-allocation=none", "--summary-interval=0",
                "--console-log-level=notice", "--show-console-readout=false", "-j20",
                "--follow-torrent=mem", "--allow-overwrite=true"]
        argv += ["--seed-ratio=0", "--seed-time=600", "--check-integrity=true"] if seed else \
            ["--seed-time=0"]
        argv += list(options) + [torrent.path for torrent in torrents]
        process = self.started(Process("aria2", argv, self.log("aria2"), cwd=self.root,
                                       env={"HOME": self.root}))
        if seed:
            self.wait_port(ip, port, process)
        return process

    def transmission(self, torrents, folder, ip=TRANSMISSION, port=51413, ip6="::1"):
        """transmission-daemon, which checks what is in the folder. Default settings but for uTP:
        version 3.00 gives up a peer for 15 minutes when uTP fails, TCP or not (gotError in its
        handshake.c). It asks 10 s after connecting, and never makes empty files."""
        self.need("transmission-daemon")
        home, watch = self.folder("transmission"), self.folder("watch")
        settings = {
            "bind-address-ipv4": ip, "bind-address-ipv6": ip6, "peer-port": port,
            "port-forwarding-enabled": False, "dht-enabled": False, "lpd-enabled": False,
            "rpc-enabled": False, "utp-enabled": False, "download-dir": folder, "watch-dir": watch,
            "watch-dir-enabled": True, "download-queue-enabled": False,
            "seed-queue-enabled": False, "ratio-limit-enabled": False, "preallocation": 0,
            "rename-partial-files": False, "incomplete-dir-enabled": False}
        with open(os.path.join(home, "settings.json"), "w", encoding="ascii") as file:
            json.dump(settings, file)
        for number, torrent in enumerate(torrents):
            shutil.copy(torrent.path, os.path.join(watch, f"{number}.torrent"))
        process = self.started(Process("transmission", ["transmission-daemon", "-f", "-g", home],
                                       self.log("transmission"), cwd=self.root,
                                       env={"HOME": self.root}))
        self.wait_port(ip, port, process)
        return process

    def libtorrent(self, torrents, folder, ip=LIBTORRENT, port=6891, ips=None, seed=True, **more):
        """libtorrent with its default settings; with `ips` one session on each address."""
        if LIBTORRENT_MISSING():
            raise Skip("python3-libtorrent is not installed")
        listen = [f"[{a}]:{port}" if ":" in a else f"{a}:{port}" for a in ips or [ip]]
        options = dict(torrents=[t.path for t in torrents], dir=folder, listen=listen, **more)
        process = self.started(JsonProcess(
            "libtorrent", ["/usr/bin/python3", os.path.join(HERE, "libtorrent_peer.py"),
                           json.dumps(options)], self.log("libtorrent"), cwd=self.root))
        process.address = listen[0]
        process.addresses = listen
        process.wait_event("complete" if seed else "ready", 60)
        return process

    def nginx(self, folder, ip=WEB, server=""):
        """nginx that serves a folder: plain on 80, and on 443 with a certificate of our own CA.

        `server` is added to both; /slow-, /norange-, /moved- variants are for it to define."""
        self.need("nginx", "openssl")
        home = self.folder("nginx")
        ca = make_certificates(self, home, ip)
        body = f"root {json.dumps(folder)}; {server}"
        with open(os.path.join(home, "nginx.conf"), "w", encoding="utf-8") as file:
            file.write(NGINX.format(home=home, ip=ip, body=body))
        process = self.started(Process("nginx", ["nginx", "-p", home, "-c", "nginx.conf", "-e",
                                                 os.path.join(home, "error.log")],
                                       self.log("nginx"), cwd=home))
        for port in (80, 443):
            self.wait_port(ip, port, process)
        process.ca, process.home = ca, home
        process.http, process.https = f"http://{ip}", f"https://{ip}"
        return process

    def close(self):
        for process in reversed(self.processes):
            process.stop()
        for other in self.others:
            other.stop()
        for path in reversed(self.mounts):
            LIBC.umount2(os.fsencode(path), 2)


NGINX = """
user root; daemon off; master_process off; worker_processes 1;
pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {home}/access.log; types {{ }} default_type application/octet-stream;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fcgi;
    uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
    server {{ listen {ip}:80; {body} }}
    server {{
        listen {ip}:443 ssl; ssl_certificate {home}/server.pem; ssl_certificate_key {home}/key.pem;
        {body}
    }}
}}
"""


def make_certificates(lab, home, ip):
    """A private CA and a server certificate for the address and WEB_NAME; the CA's path."""
    def openssl(*args):
        run = lab.run(["openssl", *args], cwd=home)
        check(run.returncode == 0, f"openssl: {run.stderr[-300:]}")
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
            "-subj", "/CN=samara test CA")
    openssl("req", *curve, "-keyout", "key.pem", "-out", "server.csr", "-subj", "/CN=seeds")
    with open(os.path.join(home, "extensions"), "w", encoding="ascii") as file:
        file.write(f"subjectAltName=DNS:{WEB_NAME},IP:{ip}\nbasicConstraints=CA:FALSE\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", "server.pem", "-days", "30", "-extfile", "extensions")
    return os.path.join(home, "ca.pem")


# The namespaces

CAN_MOUNT = False
CAN_NAME = False
IS_ROOT = os.getuid() == 0


def die_too():
    """In a child: die when the test program dies."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def look_like_a_user():
    """In a child: opentracker refuses to be root, and our root in a user namespace cannot become
    anybody else but by a namespace in the namespace."""
    die_too()
    if not IS_ROOT and LIBC.unshare(CLONE_NEWUSER) == 0:
        with open("/proc/self/uid_map", "w", encoding="ascii") as file:
            file.write("1000 0 1")


def mount(source, target, kind, flags, data=None):
    args = [os.fsencode(x) if x else None for x in (source, target, kind)]
    if LIBC.mount(*args, ctypes.c_ulong(flags), data.encode() if data else None):
        raise OSError(ctypes.get_errno(), f"mount {target}: {os.strerror(ctypes.get_errno())}")


def runs_here(image):
    """Can this machine's kernel run the program without an emulator?"""
    try:
        return subprocess.run([image, "--version"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, timeout=20).returncode == 0
    except OSError:
        return False


def LIBTORRENT_MISSING():
    return subprocess.run(["/usr/bin/python3", "-c", "import libtorrent"],
                          stderr=subprocess.DEVNULL).returncode != 0


def enter_lab():
    """Moves this process into namespaces of its own. Raises Skip where that is not allowed."""
    global CAN_MOUNT
    uid, gid = os.getuid(), os.getgid()
    flags = CLONE_NEWNET | CLONE_NEWNS | (CLONE_NEWUSER if uid else 0)
    if LIBC.unshare(flags):
        raise Skip("network namespaces are not allowed here: "
                   + os.strerror(ctypes.get_errno()))
    if uid:
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"),
                           ("gid_map", f"0 {gid} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    make_network()
    try:
        mount(None, "/", None, MS_REC | MS_PRIVATE)
        CAN_MOUNT = True
    except OSError:
        pass    # in a chroot: mounts would be seen outside, so none are made


def make_network():
    lines = ["link set lo up", f"addr add {APP}/32 dev lo"]
    for ip in [TRACKER, ARIA2, TRANSMISSION, LIBTORRENT, WEB, OTHER, *MANY]:
        lines.append(f"addr add {ip}/32 dev lo")
        lines.append(f"route replace local {ip} dev lo table local proto kernel scope host "
                     f"src {APP}")
    try:
        run = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20)
    except OSError:
        raise Skip("iproute2 is not installed") from None
    if run.returncode:
        raise Skip("cannot set up a network: " + run.stdout.strip()[-200:])


def name_the_web(root):
    """Lets WEB_NAME mean WEB for everything started from here. False where that cannot be."""
    global CAN_NAME
    if CAN_MOUNT and not CAN_NAME and os.path.isfile("/etc/hosts"):
        hosts = os.path.join(root, "hosts")
        with open(hosts, "w", encoding="ascii") as file:
            file.write(f"127.0.0.1 localhost\n::1 localhost\n{WEB} {WEB_NAME}\n")
        os.chmod(hosts, 0o644)
        mount(hosts, "/etc/hosts", None, MS_BIND)
        CAN_NAME = True
    return CAN_NAME


# Running the tests of a program

def cases(*values):
    """Runs a test once for each value, which it gets as its second argument."""
    def mark(function):
        function.cases = values
        return function
    return mark


def limit(seconds):
    """How long a test may take, 90 s without."""
    def mark(function):
        function.seconds = seconds
        return function
    return mark


def tests_of(module, prefix):
    for name, function in list(vars(module).items()):
        if name.startswith("test_") and inspect.isfunction(function):
            for value in getattr(function, "cases", [None]):
                shown = prefix + name[5:] + (f"_{value}" if value is not None else "")
                yield shown.replace(" ", "_"), function, [] if value is None else [value]


def on_alarm(_number, _frame):
    raise Failure("the test takes too long")


def run_one(name, function, args, options):
    """One result line; True unless it failed."""
    root = tempfile.mkdtemp(prefix=name[:40] + ".")
    os.chmod(root, 0o755)
    lab = Lab(root)
    start = time.monotonic()
    signal.alarm(getattr(function, "seconds", 90))
    result, good = "ok " + name, True
    try:
        function(lab, *args)
    except Skip as why:
        result = f"skip {name}: {why}"
    except Exception as why:
        kind = "" if isinstance(why, Failure) else type(why).__name__ + ": "
        frames = inspect.trace()
        lines = [frame.lineno for frame in frames if frame.function == function.__name__]
        where = f"line {lines[-1]}: " if lines else ""
        result, good = f"not ok {name}: {where}{kind}{' '.join(str(why).split())}", False
    signal.alarm(0)
    print(result, flush=True)
    if not good or options["verbose"]:
        for process in lab.processes[-5:]:
            print(f"    {process.name} (running: {process.running()}):")
            for line in process.text().splitlines()[-25:]:
                print("      " + line)
    lab.close()
    print(f"  # {time.monotonic() - start:.1f} s", flush=True)
    if not options["keep"]:
        shutil.rmtree(root, ignore_errors=True)
    return good


def main(module_name, prefix):
    if module_name != "__main__":
        return
    words = [arg for arg in sys.argv[1:] if not arg.startswith("-")]
    options = {"verbose": "-v" in sys.argv, "keep": "--keep" in sys.argv}
    tests = [test for test in tests_of(sys.modules["__main__"], prefix)
             if not words or any(word in test[0] for word in words)]
    signal.signal(signal.SIGALRM, on_alarm)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        check(os.path.isfile(SAMARA), f"no builder at {SAMARA}: run make first")
        enter_lab()
    except (Skip, Failure) as why:
        for name, _, _ in tests:
            print(f"skip {name}: {why}" if isinstance(why, Skip) else f"not ok {name}: {why}")
        sys.exit(0 if isinstance(why, Skip) else 1)
    failed = [test[0] for test in tests if not run_one(*test, options)]
    sys.exit(1 if failed else 0)
