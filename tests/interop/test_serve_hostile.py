#!/usr/bin/python3
"""serve among clients that mean it ill: slow ones by the hundred, nonsense, restarts under load.

Meanwhile honest requests are made all the time, and each has to be answered within a second."""

import http.client
import json
import multiprocessing
import os
import random
import signal
import socket
import struct
import threading
import time
import urllib.parse

import swarmlab
from servelab import PORT, Client, app_of, metrics, serve, start
from swarmlab import check, equal, same_tree, wait_for

FORK = multiprocessing.get_context("fork")
SLOW = 600          # the server has 512 places
BIG = 24 << 20      # more than the kernel keeps for a reader that does not read
RSS_MAX_KIB = (600 if swarmlab.SANITIZED else 80) << 10
LEAKS = {"ASAN_OPTIONS": "detect_leaks=1"}
# The leak finder looks into its parent, which must allow it.
OPEN = ["--no-sandbox", "--user", "root"] if swarmlab.SANITIZED and os.getuid() == 0 else []


class Honest:
    """Asks for the page, the figures and peers again and again, each time on a new connection,
    from a process of its own, which nothing else here holds up."""

    def __init__(self, info_hash, ip=swarmlab.APP):
        self.query = "/announce?port=999&left=1&peer_id=" + "h" * 20 + "&info_hash=" + \
            urllib.parse.quote(bytes.fromhex(info_hash))
        self.ip = ip
        self.pipe, inner = FORK.Pipe()
        self.process = FORK.Process(target=self._run, args=(inner,), daemon=True)
        self.process.start()

    def _ask(self, path, word):
        """What went wrong, if anything."""
        connection = http.client.HTTPConnection(swarmlab.WEB, PORT, timeout=5,
                                                source_address=(self.ip, 0))
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            good = answer.status == 200 and word in answer.read()
            return None if good else f"{path[:12]}: {answer.status}"
        except (OSError, http.client.HTTPException) as error:
            return f"{path[:12]}: {type(error).__name__} {error}"
        finally:
            connection.close()

    def _run(self, pipe):
        swarmlab.die_too()
        asks = [("/", b"film.bin"), (self.query, b"5:peers"), ("/metrics", b"samara_items")]
        asked, slowest, wrong = 0, 0.0, []
        while not pipe.poll(0.05):
            begun = time.monotonic()
            why = self._ask(*asks[asked % len(asks)])
            slowest = max(slowest, time.monotonic() - begun)
            wrong += [why] if why else []
            asked += 1
        pipe.send((asked, slowest, wrong))

    def end(self, at_least):
        self.pipe.send("end")
        check(self.pipe.poll(10), "the honest client is stuck")
        asked, slowest, wrong = self.pipe.recv()
        self.process.join(5)
        equal(wrong[:5], [], f"what went wrong of {asked} requests")
        check(asked >= at_least, f"{asked} requests only")
        check(slowest < 1, f"one took {slowest:.2f} s")


class Slow:
    """Clients that send a head byte by byte, or read a long answer byte by byte, and come back when
    they are cut off."""

    HEAD = b"GET /f/film.bin HTTP/1.1\r\nHost: x\r\nX-Long: "

    def __init__(self, addresses, count=SLOW):
        self.opened = self.cut = 0
        self.places = [(addresses[i % len(addresses)], i % 2 == 0) for i in range(count)]
        self.live, self.waiting = {}, [(0, place) for place in self.places]
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _open(self, place):
        ip, reads = place
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        sock.bind((ip, 0))
        sock.connect_ex((swarmlab.WEB, PORT))
        self.live[sock] = place
        self.opened += 1
        return reads

    def _step(self, sock):
        """One byte on; False when it was cut off."""
        reads = self.live[sock][1]
        try:
            if not reads:
                sock.send(b"x")
                if sock.recv(1) == b"":
                    return False
            elif sock.recv(1) == b"":
                return False
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def _begin(self, sock):
        try:
            sock.send(self.HEAD + (b"\r\n\r\n" if self.live[sock][1] else b""))
        except OSError:
            pass

    def _run(self):
        while not self.ends.wait(0.5):
            now = time.monotonic()
            for sock in [s for s in self.live if not self._step(s)]:
                self.cut += 1
                self.waiting.append((now + 0.5, self.live.pop(sock)))
                sock.close()
            due = [place for at, place in self.waiting if at <= now]
            self.waiting = [(at, place) for at, place in self.waiting if at > now]
            fresh = len(self.live)
            for place in due:
                self._open(place)
            self.ends.wait(0.1)
            for sock in list(self.live)[fresh:]:
                self._begin(sock)

    def end(self):
        self.ends.set()
        self.thread.join(10)
        for sock in self.live:
            sock.close()


def handles(server):
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def see_unharmed(server, files_before):
    check(server.running(), f"the server ended: {server.text()[-500:]}")
    wait_for("closed connections", lambda: handles(server) <= files_before + 2, 40, 0.2)
    check(server.peak_kib() < RSS_MAX_KIB, f"{server.peak_kib()} KiB")
    equal(metrics(server)["samara_items_ready"], 1, "torrents")


def end_well(server):
    """With sanitizers the exit code tells of leaks."""
    server.signal(signal.SIGTERM)
    equal(server.wait(20), 0, f"exit code; {server.text()[-2000:]}")


def hash_of(lab, server):
    return json.loads(lab.samara("inspect", "--json", app_of(lab, server)))["info_hash"]


@swarmlab.cases("of one address", "of many addresses")
def test_slow_clients(lab, kind):
    _, server = serve(lab, *OPEN, size=BIG, env=LEAKS)
    info_hash, app = hash_of(lab, server), app_of(lab, server)
    files = handles(server)
    slow = Slow([swarmlab.OTHER] if kind == "of one address" else swarmlab.MANY)
    wait_for("slow clients", lambda: len(slow.live) >= SLOW * 4 // 5, 10)
    honest = Honest(info_hash)
    time.sleep(2)
    for option in ("--no-webseeds", "--no-trackers"):   # by peers alone, by HTTP alone
        lab.app(app, lab.folder("download"), option, "--timeout", "20").completed(60)
    time.sleep(4)
    check(slow.cut > 0, "no slow client was ever cut off")
    honest.end(50)
    slow.end()
    see_unharmed(server, files)
    end_well(server)


def malformed(chance, info_hash, number):
    """A request that is wrong in one way or another, or nearly right."""
    right = bytearray(b"GET /announce?info_hash=" + urllib.parse.quote(bytes.fromhex(info_hash))
                      .encode() + b"&peer_id=" + b"m" * 20 + b"&port=%d&left=1&numwant=%d "
                      b"HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                      % (chance.randrange(70000), chance.randrange(1000)))
    kind = number % 8
    if kind < 3:
        for _ in range(1 + kind * 4):
            right[chance.randrange(len(right))] = chance.randrange(256)
        return bytes(right)
    return [bytes(right[:chance.randrange(len(right))]),
            chance.randbytes(chance.randrange(1, 3000)),
            b"GET /" + b"%" * chance.randrange(20000) + b" HTTP/1.1\r\n\r\n",
            b"POST /announce HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nx",
            b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * chance.randrange(200) + b"\r\n"][kind - 3]


def test_malformed_requests(lab):
    """10,000 by HTTP, from 60 addresses; some wait for the answer and some do not."""
    _, server = serve(lab, *OPEN, env=LEAKS)
    info_hash, files = hash_of(lab, server), handles(server)
    honest = Honest(info_hash)
    chance = random.Random(11)
    for number in range(10000):
        with socket.socket() as sock:
            sock.settimeout(2)
            sock.bind((swarmlab.MANY[number % len(swarmlab.MANY)], 0))
            sock.connect((swarmlab.WEB, PORT))
            try:
                sock.sendall(malformed(chance, info_hash, number))
                if number % 4 == 0:
                    sock.shutdown(socket.SHUT_WR)
                    answer = sock.recv(9)
                    check(answer in (b"", b"HTTP/1.1 "), f"the answer begins with {answer}")
            except ConnectionError:
                pass
            except socket.timeout:
                raise swarmlab.Failure(f"neither answer nor end for {number % 8}") from None
    honest.end(5)
    check(metrics(server)['samara_tracker_errors_total{by="http"}'] > 500, "they did not arrive")
    see_unharmed(server, files)
    end_well(server)


def test_malformed_datagrams(lab):
    """10,000 by UDP from as many addresses; one who asks rightly is answered all the time."""
    _, server = serve(lab, *OPEN, env=LEAKS)
    info_hash = hash_of(lab, server)
    client = Client(swarmlab.OTHER, swarmlab.WEB)
    client.connect()
    noise = [Client(ip, swarmlab.WEB) for ip in swarmlab.MANY]
    chance = random.Random(12)
    slowest = 0.0
    honest = Honest(info_hash)
    for number in range(10000):
        one = noise[number % len(noise)]
        packet = bytearray(one.announcement(bytes.fromhex(info_hash), number % 65536,
                                            numwant=number % 500))
        for _ in range(number % 5):
            packet[chance.randrange(len(packet))] = chance.randrange(256)
        packet = [packet, packet[:chance.randrange(len(packet))],
                  chance.randbytes(chance.randrange(0, 1500)),
                  struct.pack("!QII", client.connection, 2, 7) + chance.randbytes(20 * 74)
                  ][number % 4]
        one.socket.sendto(packet, one.to)
        if number % 100 == 0:
            begun = time.monotonic()
            check(isinstance(client.announce(bytes.fromhex(info_hash), 1001), tuple), "no answer")
            slowest = max(slowest, time.monotonic() - begun)
    honest.end(2)
    check(slowest < 1, f"an answer took {slowest:.2f} s")
    check(server.peak_kib() < RSS_MAX_KIB, f"{server.peak_kib()} KiB")
    end_well(server)


class Announcers:
    """By HTTP and UDP, as fast as they are answered; what fails is begun anew."""

    def __init__(self, info_hash, count=4):
        self.hash = bytes.fromhex(info_hash)
        self.answers = {"http": 0, "udp": 0}
        self.wrong = []
        self.ends = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(ask, n), daemon=True)
                        for n in range(count) for ask in (self._http, self._udp)]
        for thread in self.threads:
            thread.start()

    def _http(self, port):
        connection = http.client.HTTPConnection(swarmlab.WEB, PORT, timeout=1)
        while not self.ends.is_set():
            connection.request("GET", f"/announce?port={port}&left=1&peer_id={'a' * 20}"
                               "&info_hash=" + urllib.parse.quote(self.hash))
            answer = connection.getresponse().read()
            if b"5:peers" in answer:
                self.answers["http"] += 1

    def _udp(self, port):
        client = Client(swarmlab.MANY[port % 60], swarmlab.WEB)
        client.socket.settimeout(1)
        client.connect()
        while not self.ends.is_set():
            told = client.announce(self.hash, port)
            if isinstance(told, str):
                if "expired" not in told and "no such torrent" not in told:
                    self.wrong.append(told)
                return
            self.answers["udp"] += 1

    def _run(self, ask, number):
        while not self.ends.is_set():
            try:
                ask(1000 + number)
            except (OSError, http.client.HTTPException):
                self.ends.wait(0.05)
            except swarmlab.Failure as why:
                self.wrong.append(str(why))

    def wait_more(self):
        before = dict(self.answers)
        wait_for("answers by both ways after a start",
                 lambda: all(self.answers[way] > before[way] + 20 for way in before), 10)

    def end(self):
        self.ends.set()
        for thread in self.threads:
            thread.join(5)
        equal(self.wrong[:3], [], "wrong answers")


def test_restarts(lab):
    """Killed while it is asked: it comes back with its torrent, and downloads go on."""
    folder, server = serve(lab, *OPEN, size=BIG, env=LEAKS)
    info_hash, app = hash_of(lab, server), app_of(lab, server)
    announcers = Announcers(info_hash)
    announcers.wait_more()
    download = lab.folder("download")
    running = lab.app(app, download, "--max-down", "4M", "--timeout", "40")
    running.wait_event("progress", 20)
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
        server.signal(number)
        code = server.wait(10)
        check(code == (0 if number == signal.SIGTERM else 137), f"exit code {code}")
        server = start(lab, folder, *OPEN, env=LEAKS)
        announcers.wait_more()
        equal(hash_of(lab, server), info_hash, "the info-hash")
    running.completed(60)
    same_tree(os.path.join(folder, "film.bin"), os.path.join(download, "film.bin"))
    announcers.end()
    equal(metrics(server)["samara_items_ready"], 1, "torrents")
    end_well(server)


swarmlab.main(__name__, "serve_hostile_")
