"""What tests of `samara serve` share: the server with one file, its answers, a client of BEP 15."""

import os
import random
import re
import socket
import struct
import urllib.request

import swarmlab
from swarmlab import check, equal, wait_for
from torrentmaker import Torrent, random_file

PORT = 8322
MAGIC = 0x41727101980
CONNECT, ANNOUNCE, SCRAPE, ERROR = range(4)
SIZE = 3 << 20


def start(lab, folder, *options, ip=swarmlab.WEB, port=PORT, url=None, env=None, ready=1):
    """A server of the folder, which answers already, with so many items (None: any number); its
    address for HTTP is in `http`."""
    host = f"[{ip}]" if ":" in ip else ip
    listen = [] if "--listen" in options else ["--listen", f"{host}:{port}"]
    url = url or f"http://{host}:{port}"
    server = lab.started(swarmlab.Process(
        "serve", [swarmlab.SAMARA, "serve", folder, *listen, "--url", url, *options],
        lab.log("serve"), cwd=lab.root, env={"HOME": lab.root, **(env or {})}))
    lab.wait_port(ip, port, server)
    if ready is not None:
        wait_for("the torrents", lambda: f"ready: {ready} of {ready}" in server.text(), 20)
    server.http = f"http://{host}:{port}"
    return server


def serve(lab, *options, size=SIZE, **more):
    """A folder with one file, and its server."""
    folder = lab.folder("published")
    random_file(os.path.join(folder, "film.bin"), size, 1)
    return folder, start(lab, folder, *options, **more)


def get(server, path):
    with urllib.request.urlopen(server.http + path, timeout=15) as answer:
        return answer.read()


def app_of(lab, server):
    path = os.path.join(lab.folder("app"), "app.run")
    with open(path, "wb") as file:
        file.write(get(server, "/a/film.bin-linux-x86_64.run"))
    os.chmod(path, 0o755)
    return path


def torrent_of(lab, server, *trackers):
    """The torrent that serve offers, with these trackers only and without web seeds."""
    path = lab.path("film.torrent")
    with open(path, "wb") as file:
        file.write(get(server, "/t/film.bin.torrent"))
    return Torrent(path).with_trackers(lab.path("other.torrent"), *trackers)


def metrics(server):
    """The value of each sample. Fails if the text is not in the format."""
    with urllib.request.urlopen(server.http + "/metrics", timeout=15) as answer:
        equal(answer.headers["Content-Type"].split(";")[1].strip(), "version=0.0.4", "version")
        text = answer.read().decode()
    values, kinds = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            check(name not in kinds, f"{name} is there twice")
            kinds[name] = kind
        elif not line.startswith("# HELP "):
            label = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
            match = re.fullmatch(rf"([a-z_]+)(?:\{{{label}(?:,{label})*\}})? (\d+)", line)
            check(match and match.group(1) in kinds, f"not in the format: {line}")
            check((kinds[match.group(1)] == "counter") == match.group(1).endswith("_total"), line)
            values[line.rsplit(" ", 1)[0]] = int(match.group(2))
    return values


class Client:
    """A client of BEP 15 by hand."""

    def __init__(self, ip, to):
        self.v6 = ":" in to
        self.socket = socket.socket(socket.AF_INET6 if self.v6 else socket.AF_INET,
                                    socket.SOCK_DGRAM)
        self.socket.bind((ip, 0))
        self.socket.settimeout(5)
        self.to = (to, PORT)
        self.transaction = random.randrange(1 << 32)
        self.connection = 0

    def ask(self, packet):
        self.socket.sendto(packet, self.to)
        answer = self.socket.recv(4096)
        action, transaction = struct.unpack_from("!II", answer)
        equal(transaction, self.transaction, "the transaction id")
        return action, answer[8:]

    def silent(self, packet):
        """True if nothing comes back."""
        self.socket.sendto(packet, self.to)
        self.socket.settimeout(0.3)
        try:
            self.socket.recv(4096)
            return False
        except socket.timeout:
            return True
        finally:
            self.socket.settimeout(5)

    def connect(self):
        action, body = self.ask(struct.pack("!QII", MAGIC, CONNECT, self.transaction))
        equal((action, len(body)), (CONNECT, 8), "the answer to connect")
        self.connection = struct.unpack("!Q", body)[0]

    def announcement(self, info_hash, port, left=1, event=2, numwant=-1, connection=None):
        return struct.pack("!QII20s20sQQQIIIiH",
                           self.connection if connection is None else connection, ANNOUNCE,
                           self.transaction, info_hash, b"-XX0000-%012d" % port, 0, left, 0, event,
                           0, 0, numwant, port) + b"\x02\x09/announce"

    def announce(self, info_hash, port, **more):
        """Leechers, seeds, peers; or the text of the error."""
        action, body = self.ask(self.announcement(info_hash, port, **more))
        if action == ERROR:
            return body.decode()
        equal(action, ANNOUNCE, "action")
        _, leechers, seeds = struct.unpack_from("!III", body)
        size = 18 if self.v6 else 6
        equal((len(body) - 12) % size, 0, "length of the peers")
        family = socket.AF_INET6 if self.v6 else socket.AF_INET
        peers = [(socket.inet_ntop(family, body[at:at + size - 2]),
                  struct.unpack_from("!H", body, at + size - 2)[0])
                 for at in range(12, len(body), size)]
        return leechers, seeds, peers

    def scrape(self, *hashes):
        """(seeds, completed, leechers) of each."""
        action, body = self.ask(struct.pack("!QII", self.connection, SCRAPE, self.transaction) +
                                b"".join(hashes))
        equal((action, len(body)), (SCRAPE, 12 * len(hashes)), "the answer to scrape")
        return [struct.unpack_from("!III", body, at) for at in range(0, len(body), 12)]
