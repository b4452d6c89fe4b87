#!/usr/bin/python3
"""Web seeds (BEP 19) on a real web server: nginx, plain and with TLS, willing and unwilling."""

import os
import shutil

import swarmlab
from swarmlab import WEB_NAME, check, equal, same_tree
from torrentmaker import make_torrent, random_file

SIZE = 5 * 1000 * 1000 + 7


def single(lab, size=SIZE, piece_length=65536):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "a file.bin"), size)
    return source, make_torrent(lab.path("single.torrent"), path, piece_length)


def several(lab):
    source = lab.folder("content")
    root = os.path.join(source, "the folder")
    for number, size in enumerate([100, 0, 300000, 1, 70000, 1234567, 16384]):
        random_file(os.path.join(root, f"part {number % 2}", f"{number} ü & #.bin"), size, number)
    return source, make_torrent(lab.path("several.torrent"), root, 32768)


def download(lab, image, torrent, source, *options, seconds=60):
    folder = lab.folder("download")
    app = lab.app(image, folder, "--timeout", "25", *options)
    figures = app.completed(seconds)
    same_tree(os.path.join(source, torrent.name), os.path.join(folder, torrent.name))
    swarmlab.only_has(folder, torrent.name)
    return app, figures


@swarmlab.cases("single", "several")
def test_https_with_private_ca(lab, kind):
    source, torrent = single(lab) if kind == "single" else several(lab)
    web = lab.nginx(source)
    url = web.https + ("/a%20file.bin" if kind == "single" else "/")
    image = lab.pack(torrent, "--webseed", url, "--ca", web.ca)
    _, figures = download(lab, image, torrent, source)
    equal(figures["from_webseeds"], torrent.size, "from_webseeds")
    equal(figures["from_peers"], 0, "from_peers")


def test_https_by_host_name(lab):
    if not swarmlab.name_the_web(lab.root):
        raise swarmlab.Skip("cannot name hosts here")
    source, torrent = single(lab, 400000)
    web = lab.nginx(source)
    image = lab.pack(torrent, "--webseed", f"https://{WEB_NAME}/", "--ca", web.ca)
    download(lab, image, torrent, source)


def test_https_without_the_ca_is_refused(lab):
    source, torrent = single(lab, 400000)
    web = lab.nginx(source)
    app = lab.app(lab.pack(torrent, "--webseed", web.https + "/"), lab.folder("download"),
                  "--timeout", "3")
    equal(app.wait(20), 5, "exit code")
    check(app.has_code("tls"), "no event with the code tls")
    with open(os.path.join(web.home, "access.log"), encoding="utf-8") as log:
        equal(log.read(), "", "what was asked over the untrusted connection")


def test_url_list_of_the_torrent(lab):
    """A list in the torrent itself, the first of them missing."""
    source, torrent = several(lab)
    web = lab.nginx(source)
    told = torrent.with_trackers(lab.path("told.torrent"), webseeds=[
        web.http + "/gone/", web.http + "/"])
    _, figures = download(lab, lab.pack(told), torrent, source)
    equal(figures["from_webseeds"], torrent.size, "from_webseeds")


@swarmlab.cases(301, 302, 307, 308)
def test_redirect(lab, status):
    source, torrent = single(lab, 900000)
    web = lab.nginx(source, server=f"location /old/ {{ rewrite ^/old/(.*)$ /mid/$1; }} "
                    f"location ~ ^/mid/(.*)$ {{ return {status} /$1; }}")
    app, _ = download(lab, lab.pack(torrent, "--webseed", web.http + "/old/"), torrent, source)
    check(not app.all("error"), "an error was told")


def test_redirect_from_plain_to_tls(lab):
    source, torrent = single(lab, 900000)
    web = lab.nginx(source, server="location /old/ { rewrite ^/old/(.*)$ /mid/$1; } "
                    "location ~ ^/mid/(.*)$ { return 302 https://10.77.0.5/$1; }")
    image = lab.pack(torrent, "--webseed", web.http + "/old/", "--ca", web.ca)
    download(lab, image, torrent, source)


def test_endless_redirect_is_given_up(lab):
    source, torrent = single(lab, 100000)
    web = lab.nginx(source, server="location /loop/ { return 302 $request_uri; }")
    app = lab.app(lab.pack(torrent, "--webseed", web.http + "/loop/"), lab.folder("download"),
                  "--timeout", "3")
    equal(app.wait(20), 5, "exit code")
    with open(os.path.join(web.home, "access.log"), encoding="utf-8") as log:
        asked = len(log.readlines())
    check(asked < 40, f"{asked} requests in 3 s")


@swarmlab.cases("single", "several")
def test_server_without_ranges(lab, kind):
    source, torrent = single(lab, 2000000) if kind == "single" else several(lab)
    web = lab.nginx(source, server="max_ranges 0;")
    _, figures = download(lab, lab.pack(torrent, "--webseed", web.http + "/"), torrent, source)
    equal(figures["from_webseeds"], torrent.size, "from_webseeds")


def test_dead_server_and_a_live_peer(lab):
    source, torrent = single(lab)
    seed = lab.libtorrent([torrent], source)
    image = lab.pack(torrent, "--webseed", f"http://{swarmlab.OTHER}:9/", "--peer", seed.address)
    _, figures = download(lab, image, torrent, source)
    equal(figures["from_peers"], torrent.size, "from_peers")


def test_lying_server_and_a_live_peer(lab):
    """The server's file has the right length and wrong bytes in every fourth piece."""
    source, torrent = single(lab)
    lies = lab.folder("lies")
    path = os.path.join(lies, torrent.name)
    shutil.copy(os.path.join(source, torrent.name), path)
    with open(path, "r+b") as file:
        for piece in range(0, len(torrent.pieces), 4):
            file.seek(piece * torrent.piece_length + 1000)
            file.write(b"\xaa\x55\xaa")
    web = lab.nginx(lies)
    seed = lab.libtorrent([torrent], source, up=2 << 20)
    image = lab.pack(torrent, "--webseed", web.http + "/", "--peer", seed.address)
    app, figures = download(lab, image, torrent, source)
    if figures["from_webseeds"] + figures["wasted"] > 4 * torrent.piece_length:
        check(app.has_code("bad-piece", "webseed"), "nobody told of the bad pieces")


def test_short_file_and_a_live_peer(lab):
    source, torrent = single(lab)
    short = lab.folder("short")
    with open(os.path.join(source, torrent.name), "rb") as whole:
        with open(os.path.join(short, torrent.name), "wb") as file:
            file.write(whole.read(SIZE // 3))
    web = lab.nginx(short)
    seed = lab.libtorrent([torrent], source, up=4 << 20)
    image = lab.pack(torrent, "--webseed", web.http + "/", "--peer", seed.address)
    download(lab, image, torrent, source)


def test_server_and_peer_together(lab):
    """Both are slow: each must give a good part."""
    source, torrent = single(lab, 8 << 20)
    web = lab.nginx(source, server="limit_rate 800k;")
    seed = lab.libtorrent([torrent], source, up=800000)
    image = lab.pack(torrent, "--webseed", web.http + "/", "--peer", seed.address)
    _, figures = download(lab, image, torrent, source)
    for part in ("from_peers", "from_webseeds"):
        check(figures[part] > torrent.size // 10, f"only {figures[part]} bytes {part}")
    check(figures["wasted"] <= torrent.size // 20, f"{figures['wasted']} bytes wasted")


def test_no_webseeds_option(lab):
    source, torrent = single(lab, 100000)
    web = lab.nginx(source)
    app = lab.app(lab.pack(torrent, "--webseed", web.http + "/"), lab.folder("download"),
                  "--no-webseeds", "--timeout", "2")
    equal(app.wait(20), 5, "exit code")


swarmlab.main(__name__, "webseed_")
