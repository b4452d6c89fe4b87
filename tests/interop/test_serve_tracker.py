#!/usr/bin/python3
"""Other people's clients meet at serve's tracker: by HTTP and UDP, IPv4 and IPv6.

The torrents name that tracker and nothing else, and serve's own peer is too slow to help: what a
client has at the end it has from another one, of which the tracker told."""

import json
import os
import urllib.request

import swarmlab
from servelab import SIZE, metrics, serve, torrent_of
from swarmlab import check, equal, same_tree, wait_for

# aria2 knows no IPv6 addresses on a machine that has but ::1.
SERVER6, LIBTORRENT6, ARIA26, QBITTORRENT6 = (f"fd77::{i}" for i in range(1, 5))

# Where the way leads over, and who goes it. Transmission and aria2 have no UDP trackers over IPv6
# (Transmission: not without a route to the world); of WebTorrent's that holds too.
WAYS = {
    "HTTP IPv4": ("http", False, ("aria2", "transmission", "qbittorrent", "webtorrent")),
    "HTTP IPv6": ("http", True, ("aria2", "transmission", "qbittorrent", "webtorrent")),
    "UDP IPv4": ("udp", False, ("aria2", "transmission", "qbittorrent", "webtorrent")),
    "UDP IPv6": ("udp", True, ("qbittorrent",)),
}

QBITTORRENT = """[LegalNotice]
Accepted=true

[BitTorrent]
Session\\DefaultSavePath={folder}
Session\\Port={port}
Session\\InterfaceAddress={ip}
Session\\BTProtocol=TCP
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\MultiConnectionsPerIp=true
Session\\AddTorrentPaused=false

[Network]
PortForwardingEnabled=false

[Preferences]
Connection\\UPnP=false
WebUI\\Enabled=true
WebUI\\Address=127.0.0.1
WebUI\\Port=8080
WebUI\\LocalHostAuth=false
WebUI\\UseUPnP=false
"""


class Meeting:
    """Clients of one way, each with a folder for its download."""

    def __init__(self, lab, torrent, tracker, v6):
        self.lab, self.torrent, self.tracker, self.v6 = lab, torrent, tracker, v6
        self.folders = {}
        self.port = 7000

    def place(self, name, ip, ip6):
        self.port += 1
        self.folders[name] = self.lab.folder(name)
        return self.folders[name], ip6 if self.v6 else ip, self.port

    def aria2(self):
        folder, ip, port = self.place("aria2", swarmlab.ARIA2, ARIA26)
        self.lab.aria2([self.torrent], folder, ip=ip, port=port, seed=False,
                       options=["--seed-time=10", "--seed-ratio=0",
                                f"--disable-ipv6={'false' if self.v6 else 'true'}"])

    def transmission(self):
        """Bound to an IPv4 address it reaches no tracker over IPv6."""
        folder, ip, port = self.place("transmission", swarmlab.TRANSMISSION, "0.0.0.0")
        self.lab.transmission([self.torrent], folder, ip=ip, port=port, ip6="::")

    def qbittorrent(self):
        self.lab.need("qbittorrent-nox")
        folder, ip, port = self.place("qbittorrent", swarmlab.OTHER, QBITTORRENT6)
        profile = self.lab.folder("profile")
        config = os.path.join(profile, "qBittorrent", "config")
        os.makedirs(config)
        with open(os.path.join(config, "qBittorrent.conf"), "w", encoding="ascii") as file:
            file.write(QBITTORRENT.format(folder=folder, port=port, ip=ip))
        self.lab.started(swarmlab.Process(
            "qbittorrent", ["qbittorrent-nox", "--profile=" + profile, "--save-path=" + folder,
                            "--skip-dialog=true", "--add-paused=false", self.torrent.path],
            self.lab.log("qbittorrent"), cwd=self.lab.root, env={"HOME": self.lab.root}))

    def webtorrent(self):
        self.lab.need("node")
        modules = os.path.join(swarmlab.BUILD, "fixtures", "node_modules")
        check(os.path.isdir(modules), f"no {modules}: run make build/fixtures/fetched first")
        return self.lab.started(swarmlab.JsonProcess(
            "webtorrent", ["node", os.path.join(swarmlab.HERE, "webtorrent_tracker.cjs"),
                           os.path.abspath(modules), self.tracker,
                           self.torrent.info_hash, "7100"], self.lab.log("webtorrent")))

    def wait_complete(self, wanted):
        def complete(folder):
            try:
                same_tree(wanted, os.path.join(folder, "film.bin"))
                return True
            except (swarmlab.Failure, OSError):
                return False
        for name, folder in self.folders.items():
            wait_for(f"complete copy of {name}", lambda f=folder: complete(f), 60, 0.1)


def qbittorrent_says(torrent, tracker):
    """The tracker as its API shows it."""
    url = "http://127.0.0.1:8080/api/v2/torrents/trackers?hash=" + torrent.info_hash
    with urllib.request.urlopen(url, timeout=10) as answer:
        return next(entry for entry in json.load(answer) if entry["url"] == tracker)


def see_webtorrent(process, seed_port):
    """WebTorrent's client was told of the seed, and its scrape counts it."""
    equal(process.wait(30), 0, "exit code of WebTorrent's client")
    equal(process.all("error"), [], "errors")
    peers = [event["address"] for event in process.all("peer")]
    check(any(peer.endswith(f":{seed_port}") for peer in peers), f"the peers are {peers}")
    scrape, update = process.last("scrape"), process.all("update")[0]
    check(scrape["complete"] >= 2 and update["complete"] >= 2, f"{scrape} {update}")
    check(scrape["incomplete"] >= 1, f"itself is not in {scrape}")


@swarmlab.cases(*WAYS)
def test_clients_meet(lab, way):
    scheme, v6, names = WAYS[way]
    ip = SERVER6 if v6 else swarmlab.WEB
    if v6:
        for address in (SERVER6, LIBTORRENT6, ARIA26, QBITTORRENT6):
            lab.run(["ip", "addr", "replace", address + "/128", "dev", "lo", "nodad"])
    folder, server = serve(lab, "--peer-up", "1K", ip=ip)
    host = server.http.split("/")[2]
    tracker = f"{scheme}://{host}/announce"
    torrent = torrent_of(lab, server, tracker)
    seed = lab.libtorrent([torrent], folder, ips=[LIBTORRENT6] if v6 else None, scrape=True)
    wait_for("libtorrent's announce",
             lambda: metrics(server)['samara_item_seeds{item="film.bin"}'] == 1, 30, 0.2)
    meeting = Meeting(lab, torrent, tracker, v6)
    started = {name: getattr(meeting, name)() for name in names}
    meeting.wait_complete(os.path.join(folder, "film.bin"))
    scrape = seed.wait_event("scrape")
    check(scrape["complete"] >= 1, f"libtorrent's scrape says {scrape}")
    told = qbittorrent_says(torrent, tracker)
    equal(told["status"], 2, "qBittorrent's word on the tracker (2: working)")
    check(told["num_seeds"] >= 1, f"qBittorrent was told {told}")
    if "webtorrent" in started:
        see_webtorrent(started["webtorrent"], seed.address.rsplit(":", 1)[1])
    values = metrics(server)
    other = "udp" if scheme == "http" else "http"
    equal(values[f'samara_announces_total{{by="{other}"}}'], 0, "announces by the other way")
    check(values[f'samara_announces_total{{by="{scheme}"}}'] > len(names), "announces")
    check(values[f'samara_scrapes_total{{by="{scheme}"}}'] > 0, "scrapes")
    equal(values[f'samara_tracker_errors_total{{by="{scheme}"}}'], 0, "refused")
    wait_for("the word of all downloaders", lambda: metrics(server)["samara_completed_total"] ==
             len(meeting.folders), 20)
    sent = values['samara_item_sent_bytes_total{item="film.bin",by="peer"}']
    check(sent < SIZE // 4, f"{sent} bytes are from serve's own peer")


swarmlab.main(__name__, "serve_tracker_")
