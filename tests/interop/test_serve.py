#!/usr/bin/python3
"""`samara serve`: one process that is page, tracker, web seed, seeding peer and source of apps."""

import html
import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request

import swarmlab
from swarmlab import check, equal, same_tree, wait_for
from torrentmaker import Torrent, random_file

PORT = 8321
URL = f"http://{swarmlab.WEB}:{PORT}"


def get(path, headers=None):
    """Status, headers, body."""
    url = urllib.parse.urljoin(URL + "/", path)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}),
                                    timeout=15) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def serve(lab, *options):
    folder = lab.folder("published")
    random_file(os.path.join(folder, "a film.bin"), 3 << 20, 1)
    for number, name in enumerate(["one.txt", "sub/two ü.txt", "sub/none"]):
        random_file(os.path.join(folder, "an album", name), [50000, 40000, 0][number], number)
    server = lab.started(swarmlab.Process(
        "serve", [swarmlab.SAMARA, "serve", folder, "--listen", f"{swarmlab.WEB}:{PORT}",
                  "--url", URL, *options], lab.log("serve"), cwd=lab.root,
        env={"HOME": lab.root}))
    lab.wait_port(swarmlab.WEB, PORT, server)
    return folder, server


def links(ending, at_least=2):
    """The links of the page with this ending, once all entries are there."""
    def found():
        status, _, page = get("/")
        equal(status, 200, "status of the page")
        hrefs = [html.unescape(href) for href in re.findall(r'href="([^"]*)"', page.decode())]
        hrefs = [href for href in dict.fromkeys(hrefs) if href.split("?")[0].endswith(ending)]
        return hrefs if len(hrefs) >= at_least else None
    return wait_for(f"links to {ending}", found, 20, 0.2)


def fetch_app(lab, href):
    status, headers, body = get(href)
    equal(status, 200, f"status of {href}")
    equal(int(headers["Content-Length"]), len(body), "Content-Length")
    path = os.path.join(lab.folder("app"), "app.run")
    with open(path, "wb") as file:
        file.write(body)
    os.chmod(path, 0o755)
    return path


def test_page_to_content(lab):
    """What a reader does: open the page, take the app, run it."""
    folder, server = serve(lab)
    for href in links("-linux-x86_64.run"):
        image = fetch_app(lab, href)
        told = json.loads(lab.samara("inspect", "--json", image))
        equal(told["kind"], "app", "kind")
        lab.samara("verify", image)
        if "linux-x86_64" not in href:
            continue    # test_targets runs those for other processors
        download = lab.folder("download")
        app = lab.app(image, download, "--timeout", "20")
        figures = app.completed(40)
        same_tree(os.path.join(folder, told["name"]), os.path.join(download, told["name"]))
        swarmlab.only_has(download, told["name"])
        check(figures["from_peers"] + figures["from_webseeds"] >= told["size"], "figures")
    check(server.running(), "the server ended")


@swarmlab.cases("peers", "webseed")
def test_one_source_alone(lab, kind):
    folder, _ = serve(lab)
    href = [href for href in links(".run") if "film" in href][0]
    image = fetch_app(lab, href)
    download = lab.folder("download")
    option = "--no-webseeds" if kind == "peers" else "--no-trackers"
    figures = lab.app(image, download, option, "--timeout", "20").completed(40)
    same_tree(os.path.join(folder, "a film.bin"), os.path.join(download, "a film.bin"))
    equal(figures["from_peers" if kind == "peers" else "from_webseeds"], 3 << 20, f"by {kind}")


def test_web_seed_has_a_share(lab):
    """--web-up holds content by HTTP back, and nothing else."""
    folder, _ = serve(lab, "--web-up", "700K")
    image = fetch_app(lab, [href for href in links(".run") if "film" in href][0])
    download = lab.folder("download")
    app = lab.app(image, download, "--no-trackers", "--timeout", "20")
    for _ in range(10):
        started = time.monotonic()
        equal(get("/")[0], 200, "status of the page")
        check(time.monotonic() - started < 0.5, "the page waits for the web seed")
        time.sleep(0.1)
    seconds = app.completed(40)["seconds"]
    check(3.5 < seconds < 9, f"3 MiB took {seconds} s")
    same_tree(os.path.join(folder, "a film.bin"), os.path.join(download, "a film.bin"))


@swarmlab.cases("aria2", "transmission", "libtorrent")
def test_torrent_for_others(lab, client):
    folder, _ = serve(lab)
    torrents = []
    for number, href in enumerate(links(".torrent")):
        path = lab.path(f"{number}.torrent")
        with open(path, "wb") as file:
            file.write(get(href)[2])
        torrents.append(Torrent(path))
    download = lab.folder("download")
    if client == "transmission":
        lab.transmission(torrents, download)
    else:
        getattr(lab, client)(torrents, download, seed=False)

    def complete():
        try:
            for torrent in torrents:
                same_tree(os.path.join(folder, torrent.name),
                          os.path.join(download, torrent.name),
                          but_empty=client == "transmission")
            return True
        except swarmlab.Failure:
            return False
    wait_for("complete copies", complete, 60, 0.2)


def test_apps_find_each_other_by_its_tracker(lab):
    """Two apps without the web seed, started together: the tracker names each to the other."""
    folder, _ = serve(lab, "--max-up", "1M")
    href = [href for href in links(".run") if "film" in href][0]
    image = fetch_app(lab, href)
    apps = [lab.app(image, lab.folder(f"download{i}"), "--no-webseeds", "--seed-forever",
                    name=f"app{i}") for i in range(2)]
    for app in apps:
        app.wait_event("complete", 60)
        same_tree(os.path.join(folder, "a film.bin"),
                  os.path.join(app.last("start")["dir"], "a film.bin"))


def test_scrape_and_status(lab):
    serve(lab)
    image = fetch_app(lab, links(".run")[0])
    told = json.loads(lab.samara("inspect", "--json", image))
    announce = [url for tier in told["trackers"] for url in tier if url.startswith("http")][0]
    query = urllib.parse.quote(bytes.fromhex(told["info_hash"]))
    status, _, body = get(announce.replace("/announce", "/scrape") + "?info_hash=" + query)
    equal(status, 200, "status of scrape")
    check(b"complete" in body, f"scrape says {body[:80]!r}")
    equal(get("/status")[0], 200, "status of the status page")


def test_ranges(lab):
    folder, _ = serve(lab)
    image = fetch_app(lab, [href for href in links(".run") if "film" in href][0])
    seed = json.loads(lab.samara("inspect", "--json", image))["webseeds"][0]
    url = seed if not seed.endswith("/") else seed + "a%20film.bin"
    with open(os.path.join(folder, "a film.bin"), "rb") as file:
        data = file.read()
    for header, first, end in (("bytes=0-0", 0, 1), ("bytes=100-199", 100, 200),
                               ("bytes=3145000-", 3145000, 3 << 20), ("bytes=-5", -5, None)):
        status, headers, body = get(url, {"Range": header})
        equal(status, 206, f"status of {header}")
        check(body == data[first:end], f"wrong bytes for {header}")
        check("Content-Range" in headers, "no Content-Range")
    equal(get(url, {"Range": "bytes=99999999-"})[0], 416, "status of a range behind the end")
    status, _, body = get(url)
    check(status == 200 and body == data, "the whole file")


def test_nothing_but_the_folder(lab):
    """Paths that try to leave the folder, and things that do not exist."""
    folder, server = serve(lab)
    with open(os.path.join(os.path.dirname(folder), "secret.txt"), "w", encoding="ascii") as file:
        file.write("secret")
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/an%20album/../../secret.txt",
                 "/an%20album/%2e%2e%2f%2e%2e%2fsecret.txt", "//secret.txt", "/nothing",
                 "/%00", "/" + "x" * 3000, "/files/../../secret.txt"):
        status, _, body = raw_get(path)
        check(b"secret" not in body or status != 200, f"{path} leads outside")
        check(status in (400, 403, 404, 414, 301, 302), f"status {status} for {path[:40]}")
    check(server.running(), "the server ended")


def raw_get(path):
    """As get, with the path sent as it is."""
    import http.client
    connection = http.client.HTTPConnection(swarmlab.WEB, PORT, timeout=10)
    try:
        connection.putrequest("GET", path, skip_host=False)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    except (http.client.HTTPException, ConnectionError):
        return 400, {}, b""
    finally:
        connection.close()


def test_ctrl_c(lab):
    _, server = serve(lab)
    links(".run")
    server.signal(2)
    check(server.wait(5) in (0, 130), f"exit code {server.popen.returncode}")


swarmlab.main(__name__, "serve_")
