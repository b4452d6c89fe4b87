#!/usr/bin/python3
"""`samara publish`: a folder of plain files that a plain web server gives to readers."""

# timeout: 900

import hashlib
import html.parser
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
import urllib.parse
import urllib.request

import swarmlab
from swarmlab import check, equal, only_has, same_tree
from torrentmaker import Torrent, make_torrent, random_file

URL = f"http://{swarmlab.WEB}/"
TARGETS = ["linux-x86_64", "linux-aarch64", "linux-armv7", "linux-i386", "windows-x86_64",
           "windows-i386"]
if swarmlab.SANITIZED:
    TARGETS = ["linux-x86_64"]
PAGES = ["SHA256SUMS", "feed.xml", "index.html", "snippet.html"]


def app_names(name, targets=TARGETS):
    for target in targets:
        if target.startswith("windows"):
            yield f"{name}-{target}.exe"
        else:
            yield f"{name}-{target}.run"
            yield f"{name}-{target}.run.tar.gz"


def a_file(lab, name="film.mkv", size=700000, seed=1):
    return random_file(os.path.join(lab.folder("content"), name), size, seed)


def a_folder(lab, name="album"):
    root = os.path.join(lab.folder("content"), name)
    for number, file in enumerate(["one.txt", "sub/two ü.txt", "sub/none", "sub/deep/3"]):
        random_file(os.path.join(root, file), [50000, 40000, 0, 70000][number], number)
    return root


def publish(lab, path, site, *options, **more):
    return lab.samara("publish", path, "-o", site, *options, **more)


def files_of(folder):
    found = []
    for root, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(root, name), folder) for name in names]
    return sorted(found)


def snapshot(folder):
    """Everything that must not change when nothing has to."""
    names = files_of(folder) + [os.path.relpath(root, folder) for root, _, _ in os.walk(folder)]
    stats = {name: os.stat(os.path.join(folder, name)) for name in names}
    return {name: (st.st_ino, st.st_mtime_ns, st.st_ctime_ns, st.st_size, st.st_nlink)
            for name, st in stats.items()}


def content_of(folder):
    found = {}
    for name in files_of(folder):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = hashlib.sha256(file.read()).hexdigest()
    return found


def check_sums(site):
    run = subprocess.run(["sha256sum", "-c", "--strict", "--quiet", "SHA256SUMS"], cwd=site,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    equal((run.returncode, run.stdout), (0, ""), "sha256sum -c")
    with open(os.path.join(site, "SHA256SUMS"), encoding="utf-8") as file:
        listed = [line.rstrip("\n").split("  ", 1)[1] for line in file]
    return sorted(listed)


class Links(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ("a", "link") and "href" in attrs:
            self.found.append(attrs["href"])


def links_of(page):
    """The links of a page by kind: to files, and magnets."""
    found = Links(page).found
    return ([link for link in dict.fromkeys(found) if not link.startswith("magnet:")],
            [link for link in dict.fromkeys(found) if link.startswith("magnet:")])


def get(url):
    with urllib.request.urlopen(url, timeout=15) as answer:
        return answer.headers, answer.read()


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def download_app(lab, url):
    """What a reader does with a link to an app or to an archive with one."""
    folder = lab.folder("app")
    _, body = get(url)
    path = os.path.join(folder, "app.run")
    with open(path, "wb") as file:
        file.write(body)
    if url.endswith(".tar.gz"):
        with tarfile.open(path) as archive:
            archive.extractall(folder)
            path = os.path.join(folder, archive.getnames()[0])
    else:
        os.chmod(path, 0o755)
    check(os.access(path, os.X_OK), "the x bit is lost")
    return path


@swarmlab.cases("file", "folder")
def test_from_page_to_content(lab, kind):
    """Every link of the page works; the app gets all from the folder itself."""
    path = a_file(lab) if kind == "file" else a_folder(lab)
    name = os.path.basename(path)
    site = lab.path("site")
    publish(lab, path, site, "--url", URL, "--title", "A <title> & more", "--publisher", "Me")
    equal(files_of(site), sorted([*PAGES, *app_names(name), name + ".torrent"] +
                                 ["content/" + f for f in ([name] if kind == "file" else [
                                     name + "/" + f for f in files_of(path)])]), "what was made")
    equal(check_sums(site), [f for f in files_of(site) if f != "SHA256SUMS"], "what is listed")
    lab.nginx(site)
    _, page = get(URL + "index.html")
    links, magnets = links_of(page.decode())
    wanted = {*app_names(name), name + ".torrent", "feed.xml", "SHA256SUMS"}
    check(wanted <= {urllib.parse.unquote(link) for link in links}, f"links: {links}")
    for link in links:
        headers, body = get(urllib.parse.urljoin(URL + "index.html", link))
        length = os.path.getsize(os.path.join(site, urllib.parse.unquote(link)))
        equal((len(body), int(headers["Content-Length"])), (length, length), f"length of {link}")
    torrent = Torrent(os.path.join(site, name + ".torrent"))
    equal(torrent.meta[b"url-list"], [(URL + "content/").encode()], "web seeds")
    check(torrent.info_hash in magnets[0], "no info-hash in the magnet link")
    for ending in (".run", ".run.tar.gz"):
        image = download_app(lab, URL + urllib.parse.quote(f"{name}-linux-x86_64{ending}"))
        folder = lab.folder("download")
        figures = lab.app(image, folder, "--timeout", "20").completed(40)
        same_tree(path, os.path.join(folder, name))
        only_has(folder, name)
        equal(figures["from_webseeds"], torrent.size, "bytes from the web seed")


def test_apps_are_those_of_pack(lab):
    site, packed = lab.path("site"), lab.folder("packed")
    options = ["--title", "T", "--publisher", "P", "--message", "M", "--seed-ratio", "2",
               "--peer", "10.77.0.9:1"]
    publish(lab, a_file(lab), site, "--url", URL, "--tracker", "http://t.example/announce",
            *options)
    for target in TARGETS:
        lab.samara("pack", os.path.join(site, "film.mkv.torrent"), "-o", packed, "--target",
                   target, *options)
    equal(files_of(packed), sorted(app_names("film.mkv")), "packed files")
    for name in app_names("film.mkv"):
        with open(os.path.join(site, name), "rb") as one, \
                open(os.path.join(packed, name), "rb") as two:
            check(one.read() == two.read(), f"{name} is not what pack makes")


def test_torrent_is_that_of_create(lab):
    path, site, out = a_folder(lab), lab.path("site"), lab.path("out.torrent")
    options = ["--tracker", "http://t.example/announce,http://u.example/announce", "--tracker",
               "udp://v.example:1", "--webseed", "http://w.example/", "--private", "--comment",
               "a remark", "--source", "HERE", "--piece-length", "32K", "--date", "77"]
    publish(lab, path, site, *options)
    lab.samara("create", path, "-o", out, *options)
    with open(out, "rb") as one, open(os.path.join(site, "album.torrent"), "rb") as two:
        check(one.read() == two.read(), "not the torrent that create makes")
    check("magnet:" not in read(site, "index.html"), "a magnet link for a private torrent")


def test_same_input_same_bytes(lab):
    path = a_folder(lab)
    for name in ("one", "two"):
        publish(lab, path, lab.path(name), "--url", URL, "--date", "0")
    equal(content_of(lab.path("one")), content_of(lab.path("two")), "the two folders")


def test_again_changes_nothing(lab):
    file, folder, site = a_file(lab), a_folder(lab), lab.path("site")
    publish(lab, file, site, "--url", URL, "--title", "T")
    publish(lab, folder, site)
    before = snapshot(site)
    time.sleep(1.1)
    said = publish(lab, file, site, "--url", URL, "--title", "T")
    check(" 0 written" in said, said)
    publish(lab, folder, site, "--url", URL)
    publish(lab, folder, site)
    equal(snapshot(site), before, "the folder afterwards")


def test_again_after_damage_mends(lab):
    file, site = a_file(lab), lab.path("site")
    publish(lab, file, site, "--date", "0")
    good = content_of(site)
    with open(os.path.join(site, "film.mkv.torrent"), "ab") as out:
        out.write(b" ")
    os.unlink(os.path.join(site, "index.html"))
    os.unlink(os.path.join(site, "content", "film.mkv"))
    random_file(os.path.join(site, "content", "film.mkv"), 700000, 99)
    publish(lab, file, site, "--date", "0")
    equal(content_of(site), good, "the folder afterwards")


def test_second_one_is_added(lab):
    file, folder, site = a_file(lab), a_folder(lab), lab.path("site")
    publish(lab, file, site, "--url", URL, "--date", "1000", "--title", "First")
    first = {name: snap for name, snap in snapshot(site).items() if "film" in name}
    publish(lab, folder, site, "--date", "2000", "--title", "Second")
    after = snapshot(site)
    equal({name: after[name] for name in first}, first, "files of the first one")
    page, feed = read(site, "index.html"), read(site, "feed.xml")
    for text in (page, feed, read(site, "snippet.html")):
        check(0 < text.find("Second") < text.find("First"), "not newest first")
    names = {urllib.parse.unquote(link) for link in links_of(page)[0]}
    check({*app_names("film.mkv"), *app_names("album")} <= names, f"links: {names}")
    equal(check_sums(site), [f for f in files_of(site) if f != "SHA256SUMS"], "what is listed")
    equal(feed.count("<item>"), 2, "items in the feed")


def test_changed_content_is_replaced(lab):
    folder, site = a_folder(lab), lab.path("site")
    publish(lab, a_file(lab), site, "--url", URL, "--date", "1000")
    publish(lab, folder, site, "--date", "2000")
    old = Torrent(os.path.join(site, "album.torrent"))
    os.unlink(os.path.join(folder, "one.txt"))
    random_file(os.path.join(folder, "one.txt"), 60000, 8)
    shutil.rmtree(os.path.join(folder, "sub", "deep"))
    publish(lab, folder, site, "--target", "linux-x86_64")
    new = Torrent(os.path.join(site, "album.torrent"))
    check(new.info_hash != old.info_hash, "the info-hash is the old one")
    same_tree(folder, os.path.join(site, "content", "album"))
    check(not os.path.exists(os.path.join(site, "content", "album", "sub", "deep")), "left over")
    equal([n for n in files_of(site) if n.startswith("album-")],
          sorted(app_names("album", ["linux-x86_64"])), "apps of the changed one")
    for name in ("index.html", "feed.xml"):
        text = read(site, name)
        check(old.info_hash not in text and text.count(new.info_hash) > 0, f"{name} is old")
    equal(read(site, "feed.xml").count("<item>"), 2, "items in the feed")
    equal(check_sums(site), [f for f in files_of(site) if f != "SHA256SUMS"], "what is listed")
    told = json.loads(lab.samara("inspect", "--json", os.path.join(site, "album-linux-x86_64.run")))
    equal(told["info_hash"], new.info_hash, "info-hash in the app")


def test_file_becomes_folder_and_back(lab):
    site, places = lab.path("site"), [lab.folder("one"), lab.folder("two")]
    file = random_file(os.path.join(places[0], "thing"), 30000, 1)
    random_file(os.path.join(places[1], "thing", "inside"), 40000, 2)
    for path in (file, os.path.join(places[1], "thing"), file):
        publish(lab, path, site, "--date", "5")
        same_tree(path, os.path.join(site, "content", "thing"))
        equal(check_sums(site), [f for f in files_of(site) if f != "SHA256SUMS"], "what is listed")


NAMES = {"nice": "a b #1 100%+c & 'd' ü 日本.bin", "percent": "%41%2e+.bin",
         "long": "n" * 229 + "ü.bin", "odd": "a\\b\nc.bin"}


@swarmlab.cases(*NAMES)
def test_names(lab, kind):
    name = NAMES[kind]
    path, site = a_file(lab, name, 40000), lab.path("site")
    publish(lab, path, site, "--url", URL)
    check_sums(site)
    equal(os.listdir(os.path.join(site, "content")), [name], "the content's name")
    lab.nginx(site)
    links = links_of(read(site, "index.html"))[0]
    for link in links + links_of(read(site, "snippet.html"))[0]:
        _, body = get(urllib.parse.urljoin(URL, link))
        if link.endswith("linux-x86_64.run"):
            image = download_app(lab, urllib.parse.urljoin(URL, link))
        if link.endswith(".bin"):
            with open(path, "rb") as file:
                check(file.read() == body, "the file behind the link is another one")
    check(any(link.endswith(".bin") for link in links), "no link to the file")
    folder = lab.folder("download")
    lab.app(image, folder, "--timeout", "20").completed(40)
    safe = os.listdir(folder)
    equal(len(safe), 1, "number of files")
    same_tree(path, os.path.join(folder, safe[0]))


def test_names_that_become_one(lab):
    """Two names that differ only where the apps' names are cut."""
    site = lab.path("site")
    publish(lab, a_file(lab, "n" * 230 + "1"), site)
    before = content_of(site)
    run = publish(lab, a_file(lab, "n" * 230 + "2"), site, code=None)
    check(run.returncode == 2 and "another name" in run.stderr, f"said: {run.stderr!r}")
    equal(content_of(site), before, "the folder afterwards")


def test_full_disk(lab):
    disk = lab.small_disk("8M")
    site = os.path.join(disk, "site")
    publish(lab, a_file(lab), site)
    before, sums = snapshot(site), content_of(site)
    for path in (a_file(lab, size=4 << 20, seed=2), a_file(lab, "other", size=4 << 20)):
        run = publish(lab, path, site, code=None)
        equal(run.returncode, 4, "exit code")
        lines = run.stderr.strip().splitlines()
        check(len(lines) == 1 and "no space left" in lines[0], f"said: {run.stderr!r}")
        after = snapshot(site)
        equal([n for n in after if after[n] != before.get(n) and n != "."], [], "changed files")
        equal(content_of(site), sums, "what is in the files")


def test_read_only_disk(lab):
    site = lab.folder("site")
    publish(lab, a_file(lab), site)
    lab.read_only_disk(site)
    run = publish(lab, a_file(lab, "other"), site, code=None)
    equal((run.returncode, len(run.stderr.splitlines())), (4, 1), f"answer to {run.stderr!r}")


@swarmlab.cases("index.html", "feed.xml", "SHA256SUMS", "film.mkv.torrent",
                "film.mkv-linux-x86_64.run", "content")
def test_files_of_others_stay(lab, name):
    name = "content/film.mkv" if name == "content" else name
    site = lab.folder("site")
    os.makedirs(os.path.join(site, "content"))
    with open(os.path.join(site, name), "w", encoding="ascii") as file:
        file.write(64 * "0" + "  index.html\n")
    before = snapshot(site)
    run = publish(lab, a_file(lab), site, code=None)
    equal(run.returncode, 2, "exit code")
    check(name in run.stderr and "not made by publish" in run.stderr, run.stderr)
    after = snapshot(site)
    equal({n: after[n] for n in after if n != "."}, {n: before[n] for n in before if n != "."},
          "the folder afterwards")


def test_files_of_others_beside(lab):
    site = lab.folder("site")
    for name in ("robots.txt", "content/mine", "stranger.torrent", "film.mkv-old.run"):
        random_file(os.path.join(site, name), 1000, 3)
    mine = {name: snap for name, snap in snapshot(site).items() if os.path.isfile(
        os.path.join(site, name))}
    path = a_file(lab)
    publish(lab, path, site)
    random_file(path + ".new", 50000, 4)
    os.rename(path + ".new", path)
    publish(lab, path, site)
    publish(lab, path, site, "--no-content", "--target", "linux-x86_64")
    after = snapshot(site)
    equal({name: after.get(name) for name in mine}, mine, "files that publish did not make")


def test_what_its_owner_removes_is_gone(lab):
    file, folder, site = a_file(lab), a_folder(lab), lab.path("site")
    publish(lab, file, site)
    publish(lab, folder, site)
    for name in files_of(site):
        if "film.mkv" in name:
            os.unlink(os.path.join(site, name))
    publish(lab, folder, site)
    check("film.mkv" not in read(site, "index.html") + read(site, "feed.xml"), "it is still there")
    equal(check_sums(site), [f for f in files_of(site) if f != "SHA256SUMS"], "what is listed")


def test_leftovers_of_a_killed_run(lab):
    site = lab.path("site")
    random_file(os.path.join(site, ".samara-publish", "0123-4"), 1000, 1)
    publish(lab, a_file(lab), site)
    check(not os.path.exists(os.path.join(site, ".samara-publish")), "it is still there")


def test_a_torrent(lab):
    """Of somebody else: as it is, without content; its trackers and the apps' are different."""
    path, site = a_file(lab), lab.path("site")
    torrent = make_torrent(lab.path("in.torrent"), path, 32768,
                           trackers=["http://t.example/announce"], extra={"zz": [1, "odd"]})
    publish(lab, torrent.path, site, "--url", URL, "--tracker", "http://u.example/announce")
    with open(os.path.join(site, "film.mkv.torrent"), "rb") as file:
        check(file.read() == torrent.data, "other bytes than were given")
    check(not os.path.exists(os.path.join(site, "content")), "content came from somewhere")
    magnet = links_of(read(site, "index.html"))[1][0]
    for tracker in ("t.example", "u.example"):
        check(tracker in magnet, f"no {tracker} in {magnet}")
    told = lab.samara("inspect", "--json", os.path.join(site, "film.mkv-linux-x86_64.run"))
    check("u.example" in told, "the app does not know the tracker")
    before = snapshot(site)
    time.sleep(1.1)
    publish(lab, torrent.path, site, "--tracker", "http://u.example/announce")
    equal(snapshot(site), before, "the folder afterwards")


def test_title_of_what_is_there(lab):
    """Publishing the folder's own .torrent again changes the apps and keeps the content."""
    path, site = a_file(lab), lab.path("site")
    publish(lab, path, site, "--url", URL, "--date", "99")
    torrent = os.path.join(site, "film.mkv.torrent")
    before = content_of(site)
    publish(lab, torrent, site, "--title", "A better title")
    check("<h1>A better title</h1>" in read(site, "index.html"), "the title is not there")
    after = content_of(site)
    for name in ("film.mkv.torrent", "content/film.mkv"):
        equal(after[name], before[name], name)
    check("00:01:39" in read(site, "feed.xml"), "the date changed")
    check('href="content/film.mkv"' in read(site, "index.html"), "no link to the content")


def test_without_content_and_address(lab):
    path, site = a_file(lab), lab.path("site")
    run = publish(lab, path, site, "--no-content", "--target", TARGETS[-1], code=None)
    equal(run.returncode, 0, "exit code")
    check("--url" in run.stderr and "relative" in run.stderr, f"said: {run.stderr!r}")
    check(not os.path.exists(os.path.join(site, "content")), "content is there")
    check(b"url-list" not in Torrent(os.path.join(site, "film.mkv.torrent")).meta, "a web seed")
    for name in ("feed.xml", "snippet.html", "index.html"):
        for found in re.findall(r'(?:href|url)="([^"]*)"', read(site, name)):
            check(found.startswith("magnet:") or ":" not in found, f"{found} in {name}")
    publish(lab, path, site, "--no-content", "--url", URL)
    check(b"url-list" not in Torrent(os.path.join(site, "film.mkv.torrent")).meta,
          "a web seed without content")


def test_another_address(lab):
    """The feed moves; what names the old address is told of and stays as it is."""
    file, folder, site = a_file(lab), a_folder(lab), lab.path("site")
    publish(lab, file, site, "--url", "http://old.example/a b")
    check("http://old.example/a%20b/feed.xml" in read(site, "feed.xml"), "no address in the feed")
    run = publish(lab, folder, site, "--url", "https://new.example:8443/x//", code=None)
    check(run.returncode == 0 and "old address" in run.stderr, f"said: {run.stderr!r}")
    links = re.findall(r'(?:href|url)="(http[^"]*)"', read(site, "feed.xml"))
    equal(sorted(links), ["https://new.example:8443/x/" + name
                          for name in ("album.torrent", "feed.xml", "film.mkv.torrent")], "links")
    seeds = [Torrent(os.path.join(site, name)).meta[b"url-list"]
             for name in ("film.mkv.torrent", "album.torrent")]
    equal(seeds, [[b"http://old.example/a%20b/content/"],
                  [b"https://new.example:8443/x/content/"]], "web seeds")


def test_content_is_shared_with_the_original(lab):
    """No second copy on a disk that can do without, and a copy where it cannot."""
    path, site = a_file(lab), lab.path("site")
    publish(lab, path, site)
    published = os.path.join(site, "content", "film.mkv")
    if os.stat(path).st_nlink == 1:
        raise swarmlab.Skip("this disk has reflinks")
    check(os.path.samefile(path, published), "it was copied")
    other = os.path.join(lab.small_disk("8M"), "site")
    publish(lab, path, other)
    same_tree(path, os.path.join(other, "content", "film.mkv"))
    secret = a_file(lab, "secret")
    os.chmod(secret, 0o600)
    publish(lab, secret, site)
    published = os.path.join(site, "content", "secret")
    check(os.stat(published).st_mode & 0o004, "a web server cannot read it")


def test_feed_by_feedparser(lab):
    try:
        import feedparser
    except ImportError:
        raise swarmlab.Skip("python3-feedparser is not installed") from None
    file, folder, site = a_file(lab, "a #1 ü.mkv"), a_folder(lab), lab.path("site")
    publish(lab, file, site, "--url", URL, "--title", "A <b> & \"c\"", "--date", "1795770300")
    publish(lab, folder, site, "--publisher", "Somebody", "--date", "1795770301")
    feed = feedparser.parse(os.path.join(site, "feed.xml"))
    check(not feed.bozo, f"not well-formed: {feed.get('bozo_exception')}")
    equal(feed.version, "rss20", "version")
    equal((feed.feed.link, [link.href for link in feed.feed.links if link.rel == "self"]),
          (URL, [URL + "feed.xml"]), "links")
    equal([entry.title for entry in feed.entries], ["album", "A <b> & \"c\""], "titles")
    for entry, name in zip(feed.entries, ("album", "a #1 ü.mkv")):
        torrent = Torrent(os.path.join(site, name + ".torrent"))
        equal(entry.id, torrent.info_hash, "guid")
        check(not entry.guidislink, "the guid is taken for a link")
        enclosure = entry.enclosures[0]
        equal((enclosure.href, enclosure.type, int(enclosure.length)),
              (URL + urllib.parse.quote(name) + ".torrent", "application/x-bittorrent",
               len(torrent.data)), "enclosure")
        equal(entry.torrent_infohash, torrent.info_hash, "torrent:infoHash")
        equal(int(entry.torrent_contentlength), torrent.size, "torrent:contentLength")
        check(entry.torrent_magneturi.startswith("magnet:?xt=urn:btih:" + torrent.info_hash),
              "torrent:magnetURI")
    equal(tuple(feed.entries[1].published_parsed)[:6], (2026, 11, 27, 9, 5, 0), "date")


QBITTORRENT = """[LegalNotice]
Accepted=true
[Preferences]
WebUI\\Address={ip}
WebUI\\AuthSubnetWhitelist=10.0.0.0/8
WebUI\\AuthSubnetWhitelistEnabled=true
[RSS]
Session\\EnableProcessing=true
"""


@swarmlab.limit(60)
def test_feed_by_qbittorrent(lab):
    """A client that reads feeds takes the .torrent of each item."""
    lab.need("qbittorrent-nox")
    site, home = lab.path("site"), lab.folder("home")
    publish(lab, a_file(lab, "a #1 ü.mkv"), site, "--url", URL, "--title", "The <film>")
    publish(lab, a_folder(lab), site, "--title", "The album")
    lab.nginx(site)
    config = os.path.join(home, "qBittorrent", "config", "qBittorrent.conf")
    os.makedirs(os.path.dirname(config))
    with open(config, "w", encoding="ascii") as file:
        file.write(QBITTORRENT.format(ip=swarmlab.OTHER))
    client = lab.started(swarmlab.Process(
        "qbittorrent", ["qbittorrent-nox", f"--profile={home}", "--webui-port=8099"],
        lab.log("qbittorrent"), cwd=home, env={"HOME": home}))
    lab.wait_port(swarmlab.OTHER, 8099, client, 30)
    api = f"http://{swarmlab.OTHER}:8099/api/v2/rss/"
    ask = urllib.parse.urlencode({"url": URL + "feed.xml", "path": "films"}).encode()
    with urllib.request.urlopen(api + "addFeed", ask, timeout=15) as answer:
        equal(answer.status, 200, "answer to addFeed")

    def articles():
        feed = json.loads(get(api + "items?withData=true")[1])["films"]
        check(not feed.get("hasError"), f"qBittorrent: {feed}")
        return feed.get("articles")
    taken = swarmlab.wait_for("articles in qBittorrent", articles, 20, 0.3)
    wanted = {(title, URL + urllib.parse.quote(name) + ".torrent")
              for title, name in (("The <film>", "a #1 ü.mkv"), ("The album", "album"))}
    equal({(a["title"], a["torrentURL"]) for a in taken}, wanted, "what qBittorrent took")


def test_feed_leads_to_content(lab):
    """The .torrent of the feed's enclosure, in a program of others, with nothing but nginx."""
    path, site = a_folder(lab), lab.path("site")
    publish(lab, path, site, "--url", URL)
    lab.nginx(site)
    url = re.search(r'<enclosure url="([^"]*)"', get(URL + "feed.xml")[1].decode()).group(1)
    torrent = lab.path("got.torrent")
    with open(torrent, "wb") as file:
        file.write(get(url)[1])
    folder = lab.folder("download")
    lab.libtorrent([Torrent(torrent)], folder, seed=False).wait_event("complete", 40)
    same_tree(path, os.path.join(folder, "album"))


def test_nginx_as_in_the_readme(lab):
    """The configuration that README.md gives does what it says."""
    readme = read(swarmlab.ROOT, "README.md")
    block = re.search(r"\n((?:    .*\n|\n)*    .*x-bittorrent(?:.*\n)(?:    .*\n|\n)*)",
                      readme).group(1)
    path, site = a_file(lab), lab.path("site")
    publish(lab, path, site, "--url", URL)
    lab.nginx(site, server=block)
    for name, kind in (("index.html", "text/html; charset=utf-8"),
                       ("", "text/html; charset=utf-8"),
                       ("feed.xml", "application/rss+xml; charset=utf-8"),
                       ("SHA256SUMS", "text/plain; charset=utf-8"),
                       ("film.mkv.torrent", "application/x-bittorrent"),
                       ("film.mkv-windows-x86_64.exe", "application/octet-stream"),
                       ("film.mkv-linux-x86_64.run", "application/octet-stream"),
                       ("film.mkv-linux-x86_64.run.tar.gz", "application/gzip"),
                       ("content/film.mkv", "application/octet-stream")):
        if len(TARGETS) == 1 and "windows" in name:
            continue
        headers, _ = get(URL + name)
        equal((headers["Content-Type"], headers["Content-Encoding"]), (kind, None), f"type {name}")
        equal(headers["Access-Control-Allow-Origin"], "*", f"CORS of {name}")
    ask = urllib.request.Request(URL + "content/film.mkv", headers={"Range": "bytes=5-9"})
    with urllib.request.urlopen(ask, timeout=15) as answer:
        equal((answer.status, len(answer.read())), (206, 5), "answer to a range")


def test_serve_as_tracker_and_seed(lab):
    """`samara serve` of the published content makes the same torrent, and knows it."""
    path, site = a_folder(lab), lab.path("site")
    server = f"http://{swarmlab.OTHER}:8321"
    publish(lab, path, site, "--url", URL, "--tracker", server + "/announce")
    process = lab.started(swarmlab.Process(
        "serve", [swarmlab.SAMARA, "serve", os.path.join(site, "content"), "--listen",
                  f"{swarmlab.OTHER}:8321", "--url", server], lab.log("serve"), cwd=lab.root))
    lab.wait_port(swarmlab.OTHER, 8321, process)
    image, folder = os.path.join(site, "album-linux-x86_64.run"), lab.folder("download")
    figures = lab.app(image, folder, "--no-webseeds", "--timeout", "20").completed(40)
    same_tree(path, os.path.join(folder, "album"))
    check(figures["from_peers"] > 0 and figures["from_webseeds"] == 0, f"figures: {figures}")


def test_mistakes(lab):
    path, folder = a_file(lab), a_folder(lab)
    site = lab.path("site")
    damaged = lab.path("damaged.torrent")
    with open(damaged, "w", encoding="ascii") as file:
        file.write("d4:infod4:name1:xee")
    for code, word, arguments in (
            (2, "publish takes one PATH and -o DIR", [path]),
            (2, "publish takes one PATH and -o DIR", ["-o", site]),
            (2, "publish takes one PATH and -o DIR", [path, path, "-o", site]),
            (2, "--url takes http", [path, "-o", site, "--url", "films.example"]),
            (2, "--url takes http", [path, "-o", site, "--url", "http://h/?q=1"]),
            (2, "no target", [path, "-o", site, "--target", "beos"]),
            (2, "is inside", [folder, "-o", folder]),
            (2, "is inside", [folder, "-o", os.path.join(folder, "sub", "..", "site")]),
            (2, "--v2 is not in this version", [path, "-o", site, "--v2"]),
            (2, "is no tracker", [path, "-o", site, "--tracker", "t.example"]),
            (2, "did you mean --publisher", [path, "-o", site, "--publishr", "x"]),
            (3, "cannot be used", [damaged, "-o", site]),
            (4, "not found", [lab.path("nothing"), "-o", site]),
            (4, "not found", [lab.path("nothing.torrent"), "-o", site]),
            (4, "damaged.torrent", [path, "-o", os.path.join(damaged, "below")])):
        run = lab.samara("publish", *arguments, code=None)
        equal(run.returncode, code, f"exit code of {arguments}: {run.stderr!r}")
        check(word in run.stderr and len(run.stderr.splitlines()) == 1, f"said {run.stderr!r}")
        check(not os.path.exists(site), f"{arguments} left something behind")
    publish(lab, path, site)
    with open(os.path.join(site, "SHA256SUMS"), "a", encoding="ascii") as file:
        file.write("what is this\n")
    run = publish(lab, path, site, code=None)
    check(run.returncode == 3 and "SHA256SUMS: line" in run.stderr, run.stderr)
    equal(lab.samara("help", "publish"), lab.samara("publish", "--help"), "help")


swarmlab.main(__name__, "publish_")
