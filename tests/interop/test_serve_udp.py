#!/usr/bin/python3
"""serve's tracker by UDP, its /metrics and its log."""

import json
import os
import random
import re
import struct
import urllib.error
import urllib.parse
import urllib.request

import swarmlab
from servelab import (ANNOUNCE, CONNECT, ERROR, MAGIC, PORT, SIZE, Client, app_of, get, metrics,
                      serve, torrent_of)
from swarmlab import check, equal, same_tree, wait_for


def told_of(lab, server):
    return json.loads(lab.samara("inspect", "--json", app_of(lab, server)))


def test_app_knows_it_behind_http(lab):
    _, server = serve(lab, "--tracker", "http://other.example/announce")
    told = told_of(lab, server)
    host = f"{swarmlab.WEB}:{PORT}/announce"
    equal(told["trackers"], [["http://" + host], ["udp://" + host],
                             ["http://other.example/announce"]], "the trackers")


@swarmlab.cases("no-udp", "web server in front")
def test_not_told_where_it_is_not(lab, kind):
    if kind == "no-udp":
        _, server = serve(lab, "--no-udp")
    else:
        _, server = serve(lab, ip="127.0.0.1", url="https://films.example/here")
    trackers = told_of(lab, server)["trackers"]
    equal(len(trackers), 1, "the number of trackers")
    check(trackers[0][0].startswith("http"), f"the tracker is {trackers[0][0]}")
    client = Client("127.0.0.1" if ":" not in server.http[7:16] else "::1",
                    urllib.parse.urlsplit(server.http).hostname)
    try:
        check(client.silent(struct.pack("!QII", MAGIC, CONNECT, 1)), "UDP is answered")
    except ConnectionRefusedError:
        pass


def test_url_with_a_path_and_another_port(lab):
    """A name of its own and HTTPS at the front, and the listener reachable by UDP."""
    _, server = serve(lab, url=f"https://{swarmlab.WEB}/here/")
    trackers = told_of(lab, server)["trackers"]
    equal(trackers, [[f"https://{swarmlab.WEB}/here/announce"],
                     [f"udp://{swarmlab.WEB}:{PORT}/announce"]], "the trackers")


@swarmlab.cases("IPv4", "IPv6", "IPv4 at all addresses", "IPv6 at all addresses")
def test_by_hand(lab, kind):
    v6 = kind.startswith("IPv6")
    ip = "::1" if v6 else "127.0.0.1"
    options = ["--listen", f":{PORT}"] if "all" in kind else []
    _, server = serve(lab, *options, ip=ip)
    told = told_of(lab, server)
    check([url for tier in told["trackers"] for url in tier if url.startswith("udp://")],
          f"no tracker by UDP in {told['trackers']}")
    info_hash = bytes.fromhex(told["info_hash"])
    ours = int(re.search(r"peer +port (\d+)", server.text()).group(1))
    client = Client(ip, ip)
    client.connect()
    leechers, seeds, peers = client.announce(info_hash, 1001)
    equal((leechers, seeds, peers), (1, 1, [(ip, ours)]), "the first announce")
    leechers, seeds, peers = client.announce(info_hash, 1002)
    equal((leechers, sorted(peers)), (2, sorted([(ip, ours), (ip, 1001)])), "the second")
    equal(client.announce(info_hash, 1003, numwant=0)[2], [], "peers that were not wanted")
    equal(client.announce(info_hash, 1002, left=0, event=1)[:2], (2, 2), "completed")
    equal(client.announce(info_hash, 1002, left=0, event=1)[2][0][1] in (1001, 1003), True,
          "a seed gets leechers")
    equal(client.announce(info_hash, 1001, event=3)[2], [], "peers for one who stops")
    equal(client.scrape(bytes(20), info_hash), [(0, 0, 0), (2, 1, 1)], "scrape")
    check("no such torrent" in client.announce(bytes(20), 1004), "a foreign torrent is taken")
    values = metrics(server)
    for name, wanted in (('samara_announces_total{by="udp"}', 6),
                         ('samara_scrapes_total{by="udp"}', 1),
                         ('samara_tracker_errors_total{by="udp"}', 1),
                         ('samara_udp_connects_total', 1), ('samara_completed_total', 1),
                         ('samara_item_announces_total{item="film.bin",by="udp"}', 6),
                         ('samara_item_completed_total{item="film.bin"}', 1),
                         ('samara_item_seeds{item="film.bin"}', 1),
                         ('samara_item_leechers{item="film.bin"}', 1)):
        equal(values.get(name), wanted, name)


def test_wrong_connection_id(lab):
    _, server = serve(lab)
    info_hash = bytes.fromhex(told_of(lab, server)["info_hash"])
    client, other = (Client(ip, swarmlab.WEB) for ip in (swarmlab.OTHER, swarmlab.ARIA2))
    client.connect()
    check(isinstance(client.announce(info_hash, 1001), tuple), "the right id is refused")
    for connection in (0, MAGIC, client.connection ^ 1):
        packet = client.announcement(info_hash, 1002, connection=connection)
        action, body = client.ask(packet)
        check(action == ERROR and len(body) < 28, f"{action} {body!r} for a wrong id")
    other.connection = client.connection    # stolen
    check("expired" in other.announce(info_hash, 1003), "an id is good at two addresses")
    equal(client.scrape(info_hash)[0][2], 1, "leechers")


def test_malformed_datagrams(lab):
    """10,000, some of them nearly right."""
    _, server = serve(lab)
    info_hash = bytes.fromhex(told_of(lab, server)["info_hash"])
    client = Client(swarmlab.OTHER, swarmlab.WEB)
    client.connect()
    noise = Client(swarmlab.OTHER, swarmlab.WEB)
    noise.connection = client.connection
    chance = random.Random(7)
    for number in range(10000):
        packet = bytearray(noise.announcement(info_hash, number % 65536, numwant=number % 500))
        for _ in range(number % 5):
            packet[chance.randrange(len(packet))] = chance.randrange(256)
        if number % 3 == 0:
            packet = packet[:chance.randrange(len(packet))]
        elif number % 3 == 1:
            packet = chance.randbytes(chance.randrange(1, 1500))
        noise.socket.sendto(packet, noise.to)
        if number % 50 == 0:    # some of them must be read before they overrun the socket
            metrics(server)
    check(server.running(), "the server ended")
    check(isinstance(client.announce(info_hash, 1001), tuple), "the server does not answer")
    check(metrics(server)["samara_udp_ignored_total"] > 3000, "the datagrams did not arrive")
    check(server.peak_kib() < 100 << 10, f"{server.peak_kib()} KiB")


def test_open_tracker(lab):
    _, server = serve(lab, "--open-tracker")
    client = Client(swarmlab.OTHER, swarmlab.WEB)
    client.connect()
    other = os.urandom(20)
    equal(client.announce(other, 1001), (1, 0, []), "the first announce")
    equal(client.announce(other, 1002), (2, 0, [(swarmlab.OTHER, 1001)]), "the second")
    answer = get(server, "/announce?info_hash=" + urllib.parse.quote(other) +
                 "&peer_id=" + "x" * 20 + "&port=1003&left=1")
    check(b"10:incompletei3e" in answer, f"by HTTP: {answer!r}")
    equal(metrics(server)["samara_tracker_torrents"], 2, "torrents")


def test_app_finds_peers_by_udp_alone(lab):
    folder, server = serve(lab)
    torrent = torrent_of(lab, server, f"udp://{swarmlab.WEB}:{PORT}/announce")
    download = lab.folder("download")
    app = lab.app(lab.pack(torrent), download, "--timeout", "20")
    equal(app.completed(40)["from_peers"], SIZE, "bytes from peers")
    same_tree(os.path.join(folder, "film.bin"), os.path.join(download, "film.bin"))
    values = metrics(server)
    check(values['samara_item_announces_total{item="film.bin",by="udp"}'] >= 2, "announces by UDP")
    equal(values['samara_item_announces_total{item="film.bin",by="http"}'], 0, "by HTTP")
    equal(values['samara_item_completed_total{item="film.bin"}'], 1, "completed")
    equal(values['samara_item_sent_bytes_total{item="film.bin",by="peer"}'], SIZE, "sent")
    equal(values['samara_item_swarm_bytes{item="film.bin"}'], 0, "bytes by the swarm")


@swarmlab.cases("aria2", "transmission")
def test_others_find_each_other_by_udp(lab, client):
    """libtorrent has the content and the client wants it. serve's own peer is too slow to help."""
    folder, server = serve(lab, "--peer-up", "1K")
    torrent = torrent_of(lab, server, f"udp://{swarmlab.WEB}:{PORT}/announce")
    seed = lab.libtorrent([torrent], folder)
    wait_for("libtorrent's announce",
             lambda: metrics(server)['samara_item_seeds{item="film.bin"}'] == 1, 30, 0.2)
    download = lab.folder("download")
    if client == "aria2":
        lab.aria2([torrent], download, seed=False, options=("--seed-time=10", "--seed-ratio=0"))
    else:
        lab.transmission([torrent], download)

    def complete():
        try:
            same_tree(os.path.join(folder, "film.bin"), os.path.join(download, "film.bin"))
            return True
        except swarmlab.Failure:
            return False
    wait_for("a complete copy", complete, 60, 0.2)
    wait_for("figures", lambda: (seed.last("figures") or {}).get("uploaded", 0) > SIZE * 9 // 10)
    completed = wait_for("the client's word", lambda: metrics(server)["samara_completed_total"], 30)
    equal(completed, 1, "completed")
    values = metrics(server)
    equal(values['samara_announces_total{by="http"}'], 0, "announces by HTTP")
    check(values["samara_swarm_bytes"] > SIZE * 9 // 10, f"{values['samara_swarm_bytes']}")
    status = get(server, "/status").decode()
    equal(int(re.search(r"from the swarm \(estimate\): (\d+)", status).group(1)),
          values["samara_swarm_bytes"], "/status")


def test_common_log(lab):
    _, server = serve(lab, "--log")
    urls = [("/", {}), ("/f/film.bin", {"Range": "bytes=10-19"}), ('/no"thing', {}),
            ("/f/film.bin", {"X-Forwarded-For": "192.0.2.9", "Range": "bytes=99999999-"})]
    for path, headers in urls:
        try:
            urllib.request.urlopen(urllib.request.Request(server.http + path, headers=headers),
                                   timeout=10).read()
        except urllib.error.HTTPError as error:
            error.close()
    lines = [line for line in server.text().splitlines() if "HTTP/1" in line]
    pattern = (r'(\S+) - - \[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000\] '
               r'"GET (\S+) HTTP/1.1" (\d{3}) (\d+|-)')
    found = [re.fullmatch(pattern, line) for line in lines]
    check(all(found), f"not in the format: {lines}")
    told = [match.groups() for match in found]
    equal([line[2] for line in told], ["200", "206", "404", "416"], "the codes")
    equal(told[1][1:], ("/f/film.bin", "206", "10"), "the range")
    equal(told[2][1], '/no\\"thing', "a quote")
    check(all(line[0] == told[0][0] for line in told), "a stranger's header counts")


swarmlab.main(__name__, "serve_udp_")
