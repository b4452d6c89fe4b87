#!/usr/bin/python3
"""`samara serve` over time: files come, change and go while it runs, it is stopped and started
again, stands behind another web server, and gives up root's rights."""

import hashlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request

import servelab
import swarmlab
from swarmlab import check, equal, same_tree, wait_for
from torrentmaker import random_file

PORT = servelab.PORT
URL = f"http://{swarmlab.WEB}:{PORT}"
MIB = 1 << 20


def get(path, url=URL):
    """Status and body."""
    try:
        with urllib.request.urlopen(url + path, timeout=15) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def start(lab, folder, *options, **more):
    return servelab.start(lab, folder, *options, ready=None, **more)


def stop(server, number=15):
    server.signal(number)
    server.wait(10)


def film(lab):
    folder = lab.folder("published")
    random_file(os.path.join(folder, "film.bin"), 2 * MIB, 1)
    return folder


def metrics():
    """The samples of /metrics by their whole name."""
    return dict(line.rsplit(" ", 1) for line in get("/metrics")[1].decode().splitlines()
                if not line.startswith("#"))


def ready(count):
    wait_for(f"{count} items ready", lambda: metrics()["samara_items_ready"] == str(count)
             and metrics()["samara_items"] == str(count), 30, 0.2)


def torrent_hash(slug):
    """The info-hash by which an item is known on its own page; None while it has no torrent."""
    found = re.search(rb'id="i([0-9a-f]{40})"', get(f"/i/{slug}")[1])
    return found and found.group(1).decode()


def download(lab, slug, name, *options):
    """Takes the app from the page and runs it."""
    folder = lab.folder("download")
    figures = lab.app(download_app(lab, slug), folder, "--timeout", "20", *options).completed(40)
    return os.path.join(folder, name), figures


def seed(lab, slug):
    """Takes the app from the page and lets it download and share; its figures."""
    app = lab.app(download_app(lab, slug), lab.folder("download"), "--seed-forever")
    return app.wait_event("complete", 40)


def test_files_come_change_and_go(lab):
    folder = film(lab)
    server = start(lab, folder)
    ready(1)
    first = torrent_hash("film.bin")
    random_file(os.path.join(folder, "album", "one.bin"), MIB, 2)
    ready(2)
    same_tree(os.path.join(folder, "album"), download(lab, "album", "album")[0])

    random_file(os.path.join(folder, "film.bin"), 2 * MIB, 3)       # as long as before
    wait_for("another torrent", lambda: torrent_hash("film.bin") not in (first, None), 30, 0.2)
    same_tree(os.path.join(folder, "film.bin"), download(lab, "film.bin", "film.bin")[0])
    equal(get(f"/t/{first}.torrent")[0], 404, "status of the old torrent")

    shutil.rmtree(os.path.join(folder, "album"))
    ready(1)
    equal(get("/a/album-linux-x86_64.run")[0], 404, "status of an app without content")
    equal(get("/f/album/one.bin")[0], 404, "status of content that is gone")
    os.rename(os.path.join(folder, "film.bin"), os.path.join(folder, "renamed.bin"))
    wait_for("the new name", lambda: torrent_hash("renamed.bin"), 30, 0.2)
    equal(get("/i/film.bin")[0], 404, "status of the old name")
    check(server.running(), "the server ended")


def test_a_file_that_is_being_copied_waits(lab):
    folder = film(lab)
    start(lab, folder)
    ready(1)
    with open(os.path.join(folder, "slow.bin"), "wb") as file:
        for _ in range(12):
            file.write(os.urandom(100000))
            file.flush()
            time.sleep(0.5)
            check(b"/a/slow" not in get("/i/slow.bin")[1], "offered while it is written")
    ready(2)
    same_tree(os.path.join(folder, "slow.bin"), download(lab, "slow.bin", "slow.bin")[0])


def test_an_answer_under_way_outlives_its_item(lab):
    """The app of a torrent that is withdrawn meanwhile still comes whole."""
    folder = film(lab)
    server = start(lab, folder)
    ready(1)
    whole = get("/a/film.bin-linux-x86_64.run")[1]
    archive = get("/a/film.bin-linux-x86_64.run.tar.gz")[1]
    slow = []
    for path, body in ((".run", whole), (".run.tar.gz", archive)):
        for _ in range(5):      # a narrow window, so that the server has to wait
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            sock.connect((swarmlab.WEB, PORT))
            for _ in range(8):
                sock.sendall(f"GET /a/film.bin-linux-x86_64{path} HTTP/1.1\r\nHost: x\r\n\r\n"
                             .encode())
            slow.append((sock, body))
    time.sleep(0.5)
    os.remove(os.path.join(folder, "film.bin"))
    ready(0)
    for sock, body in slow:
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        check(answer.read() == body, "another body than before")
        sock.close()
    random_file(os.path.join(folder, "next.bin"), MIB, 5)
    ready(1)
    check(server.running(), "the server ended")


@swarmlab.cases("stopped", "killed")
def test_a_restart_forgets_nothing(lab, how):
    folder = film(lab)
    random_file(os.path.join(folder, "big.bin"), 64 * MIB, 2)
    server = start(lab, folder)
    ready(2)
    figures = seed(lab, "film.bin")

    def counted():
        found = metrics()
        sent = sum(int(found[f'samara_item_sent_bytes_total{{item="film.bin",by="{by}"}}'])
                   for by in ("peer", "webseed"))
        return sent if found['samara_item_completed_total{item="film.bin"}'] == "1" else None
    sent = wait_for("one download counted", counted)
    check(sent >= figures["from_peers"] + figures["from_webseeds"] >= 2 * MIB, "bytes sent")
    if how == "killed":
        time.sleep(61)      # it writes once a minute
    stop(server, 9 if how == "killed" else 15)
    server = start(lab, folder)
    ready(2)
    check(b"waits" not in get("/")[1], "it hashes again")
    check((counted() or 0) >= sent, f"{counted()} bytes counted after the restart, not {sent}")
    found = metrics()
    equal(found['samara_item_seeds{item="film.bin"}'], "1", "seeds that it remembers")
    check(float(found["samara_sent_bytes_total{by=\"peer\"}"]) +
          float(found["samara_sent_bytes_total{by=\"webseed\"}"]) >= sent, "totals")
    os.remove(os.path.join(folder, "film.bin"))
    ready(1)
    equal(metrics()["samara_completed_total"], "1", "completed of what was withdrawn")
    random_file(os.path.join(folder, "film.bin"), 2 * MIB, 1)       # the same again
    ready(2)
    equal(counted(), sent, "bytes sent of a torrent that came back")


def test_nothing_is_kept_if_so_wanted(lab):
    folder = film(lab)
    usual = os.path.join(lab.root, ".local", "state", "samara")
    for options in (["--no-state"], ["--state", lab.path("state")], []):
        server = start(lab, folder, *options)
        ready(1)
        stop(server)
        equal(os.listdir(folder), ["film.bin"], "files in the folder")
        equal(os.path.exists(usual), options == [], "the usual place is used")
    check("ledger" in os.listdir(lab.path("state")), "no ledger")
    check("ledger" in os.listdir(os.path.join(usual, os.listdir(usual)[0])), "no ledger")


@swarmlab.cases("damaged", "read_only")
def test_bad_state_costs_figures_only(lab, kind):
    folder = film(lab)
    state = lab.path("state")
    if kind == "damaged":
        os.mkdir(state)
        with open(os.path.join(state, "ledger"), "wb") as file:
            file.write(b"d5:itemsd" + b"\xff" * 1000)
    else:
        with open(state, "wb") as file:
            file.write(b"a file stands there")
    server = start(lab, folder, "--state", state)
    ready(1)
    same_tree(os.path.join(folder, "film.bin"), download(lab, "film.bin", "film.bin")[0])
    text = server.text()
    check(("damaged" if kind == "damaged" else "nothing is kept") in text, f"it says {text!r}")


def test_apps_are_those_of_pack(lab):
    """App and archive equal what pack makes of the same torrent, by all targets; checksums hold."""
    folder = film(lab)
    start(lab, folder, "--title", "The film", "--publisher", "Me", "--message", "Hello")
    ready(1)
    path = lab.path("film.bin.torrent")
    with open(path, "wb") as file:
        file.write(get("/t/film.bin.torrent")[1])
    packed = lab.folder("packed")
    lab.samara("pack", path, "--target", "all", "-o", packed, "--title", "The film",
               "--publisher", "Me", "--message", "Hello")
    page = get("/")[1].decode()
    names = os.listdir(packed)
    check(len(names) == 10 or swarmlab.SANITIZED, f"pack made {names}")
    for name in names:
        with open(os.path.join(packed, name), "rb") as file:
            wanted = file.read()
        status, found = get("/a/" + name)
        check(status == 200 and found == wanted, f"{name} differs")
        check(hashlib.sha256(wanted).hexdigest() in page, f"no checksum of {name}")
        check(f'href="a/{name}"' in page, f"no link to {name}")
    random_file(os.path.join(folder, "second.bin"), MIB, 2)
    ready(2)
    told = json.loads(subprocess.run(
        [swarmlab.SAMARA, "inspect", "--json", download_app(lab, "second.bin")],
        capture_output=True, check=True).stdout)
    check(told["title"] in (None, "", "second.bin"), f"title of another app: {told['title']}")


def download_app(lab, slug):
    path = lab.path(f"{slug}.run")
    with open(path, "wb") as file:
        file.write(get(f"/a/{slug}-linux-x86_64.run")[1])
    os.chmod(path, 0o755)
    return path


def test_feed(lab):
    """The newest first; a feed reader takes it; each item leads to its page and its torrent."""
    try:
        import feedparser
    except ImportError as error:
        raise swarmlab.Skip("no feedparser") from error
    folder = film(lab)
    start(lab, folder, "--title", "Films & more")
    ready(1)
    time.sleep(1.1)     # dates of feeds are in seconds
    random_file(os.path.join(folder, "zweiter Film ü.bin"), MIB, 2)
    ready(2)
    feed = feedparser.parse(get("/feed.xml")[1])
    check(not feed.bozo, f"the feed is not well formed: {feed.get('bozo_exception')}")
    equal(feed.feed.title, "Films & more", "title")
    titles = [entry.title for entry in feed.entries]
    equal(titles, ["zweiter Film ü.bin", "Films & more"], "entries")
    for entry in feed.entries:
        check(entry.link.startswith(URL + "/i/"), f"link {entry.link}")
        equal(get(entry.link[len(URL):])[0], 200, "status of the item's page")
        enclosure = entry.enclosures[0]
        status, body = get(enclosure.href[len(URL):])
        equal((status, len(body)), (200, int(enclosure.length)), "torrent of the enclosure")


def test_many_items_have_pages_of_their_own(lab):
    folder = lab.folder("published")
    for number in range(230):
        random_file(os.path.join(folder, f"file {number:03}.bin"), 1000 + number, number)
    start(lab, folder)
    ready(230)
    seen = set()
    path = "/"
    while path:
        page = get(path)[1].decode()
        seen |= set(re.findall(r'href="(i/[^"]*)"', page))
        more = re.search(r'href="(\?from=\d+)"', page)
        path = "/" + more.group(1) if more else None
    equal(len(seen), 230, "items on the index")
    page = get("/i/file-117.bin")[1].decode()
    link = re.search(r'href="\.\./(a/file-117.bin-linux-x86_64.run)"', page)
    check(link, "no app on the item's page")
    equal(get("/" + link.group(1))[0], 200, "status of the app")


@swarmlab.cases("kept", "taken_off")
def test_behind_another_web_server(lab, path):
    """nginx in front, with a path; with and without the path passed on."""
    folder = film(lab)
    url = f"http://{swarmlab.WEB}/my%20films"
    server = start(lab, folder, "--publisher", "Me", url=url, ip="127.0.0.1")
    behind = "/" if path == "taken_off" else ""
    lab.nginx(lab.folder("web"), server=f"""
        location "/my films/" {{
            proxy_pass http://127.0.0.1:{PORT}{behind};
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
        location = "/my films" {{ proxy_pass http://127.0.0.1:{PORT}/my%20films; }}""")
    outside = f"http://{swarmlab.WEB}"
    wait_for("the page", lambda: b"-linux-x86_64.run" in get("/my%20films/", outside)[1])
    with urllib.request.urlopen(url, timeout=10) as answer:
        equal(answer.url, url + "/", "address after the redirect")
    image = lab.path("app.run")
    with urllib.request.urlopen(url + "/a/film.bin-linux-x86_64.run", timeout=10) as answer:
        with open(image, "wb") as file:
            file.write(answer.read())
    os.chmod(image, 0o755)
    download_folder = lab.folder("download")
    app = lab.app(image, download_folder, "--timeout", "20")
    app.completed(40)
    same_tree(os.path.join(folder, "film.bin"), os.path.join(download_folder, "film.bin"))
    equal(get("/my%20films/i/film.bin", outside)[0], 200, "the item's page")
    with urllib.request.urlopen(url + "/status", timeout=10) as answer:
        check(b"completed: 1" in answer.read(), "the download was not counted")
    check(server.running(), "the server ended")


def identity(server, *what):
    with open(f"/proc/{server.popen.pid}/status", encoding="ascii") as file:
        text = file.read()
    return [re.search(rf"^{what}:[ \t]*(.*)$", text, re.M).group(1).split()
            for what in what or ("Uid", "Gid", "Groups")]


def test_root_is_given_up(lab):
    if os.getuid() != 0 or open("/proc/self/uid_map", encoding="ascii").read().split()[2] == "1":
        raise swarmlab.Skip("not root, or root of a user namespace")
    folder = film(lab)
    os.chmod(folder, 0o700)     # as root's folders often are
    os.chmod(os.path.join(folder, "film.bin"), 0o600)
    state = lab.path("state")
    server = start(lab, folder, "--state", state, port=80, url=f"http://{swarmlab.WEB}")
    uid, gid, groups = identity(server)
    equal((set(uid), set(gid), groups), ({"65534"}, {"65534"}, []), "who it is")
    equal(identity(server, "CapPrm", "CapEff"), [["0000000000000004"]] * 2, "what it may")
    wait_for("the page", lambda: b"-linux-x86_64.run" in get("/", f"http://{swarmlab.WEB}")[1])
    stop(server)
    equal(os.stat(state).st_uid, 65534, "owner of the state")

    os.chown(folder, 12345, 12345)      # somebody's folder, served with sudo
    server = start(lab, folder, "--state", state)
    equal(set(identity(server)[0]), {"12345"}, "who it is")
    ready(1)
    stop(server)

    bad = subprocess.run([swarmlab.SAMARA, "serve", folder, "--user", "nobody-here", "--listen",
                          f"{swarmlab.WEB}:{PORT}"], capture_output=True, text=True, timeout=20,
                         check=False)
    equal(bad.returncode, 2, "exit code with an unknown user")
    check("nobody-here" in bad.stderr, f"it says {bad.stderr!r}")


def test_systemd_takes_its_unit(lab):
    lab.need("systemd-analyze")
    folder = lab.folder('of 100% "films" $HOME')
    text = subprocess.run([swarmlab.SAMARA, "serve", "--systemd", folder, "--listen", "0.0.0.0:80",
                           "--title", 'say "50%" of $HOME\\'], capture_output=True, text=True,
                          check=True).stdout
    path = lab.path("samara.service")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    told = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True,
                          timeout=60, check=False)
    check(told.returncode == 0 and "samara.service" not in told.stderr, told.stderr)
    line = re.search(r"^ExecStart=(.*)$", text, re.M).group(1)
    words = [re.sub(r"\\(.)", r"\1", word).replace("%%", "%").replace("$$", "$")
             for word in re.findall(r'"((?:[^"\\]|\\.)*)"', line)]
    equal(words, [os.path.realpath(swarmlab.SAMARA), "serve", folder, "--listen", "0.0.0.0:80",
                  "--title", 'say "50%" of $HOME\\'], "the command line")


swarmlab.main(__name__, "serve_watch_")
