#!/usr/bin/python3
"""What a person or a script sees of an app: options, exit codes, signals, JSON lines, trackers."""

import os
import signal
import subprocess
import time

import swarmlab
from logtracker import LogTracker
from swarmlab import check, equal, same_tree, wait_for
from torrentmaker import files_below, make_torrent, random_file


def content(lab, size=3 << 20):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "content.bin"), size)
    return source, make_torrent(lab.path("content.torrent"), path, 65536)


def folder_content(lab):
    source = lab.folder("content")
    root = os.path.join(source, "album")
    for number, name in enumerate(["one.flac", "two.flac", "cover.jpg", "notes/read me.txt",
                                   "notes/more.txt"]):
        random_file(os.path.join(root, name), 40000 + 7 * number, number)
    return source, make_torrent(lab.path("album.torrent"), root, 16384)


def log_tracker(lab, **more):
    tracker = LogTracker(swarmlab.TRACKER, **more)
    lab.others.append(tracker)
    return tracker


def endpoint(seed):
    host, port = seed.address.rsplit(":", 1)
    return host, int(port)


def test_what_is_fixed_at_start_is_sealed(lab):
    """Code is never writable, and what the loader has filled in is read-only from then on."""
    if swarmlab.SANITIZED:
        raise swarmlab.Skip("the sanitized app is laid out otherwise")
    _, torrent = content(lab)
    image = lab.pack(torrent)
    app = lab.app(image, lab.folder("download"), "--no-trackers")
    app.wait_event("start", 10)
    with open(f"/proc/{app.popen.pid}/maps", encoding="utf-8") as file:
        rights = [line.split()[1] for line in file if line.rstrip().endswith(image)]
    equal(rights, ["r-xp", "r--p", "rw-p"], "rights of the parts of the image")


# Signals and trackers

@swarmlab.cases("int", "term")
def test_stop_and_go_on(lab, kind):
    """Stopped in the middle: 130 or 143 within 2 s, the tracker is told, and the next run goes
    on where this one ended."""
    number, code = {"int": (signal.SIGINT, 130), "term": (signal.SIGTERM, 143)}[kind]
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source, up=1 << 20)
    tracker = log_tracker(lab, peers=[endpoint(seed)])
    image = lab.pack(torrent, "--tracker", tracker.http)
    folder = lab.folder("download")
    app = lab.app(image, folder)
    wait_for("half of it", lambda: app.done() > torrent.size // 3)
    app.signal(number)
    start = time.monotonic()
    equal(app.wait(5), code, "exit code")
    seconds = time.monotonic() - start
    check(seconds < 2.2, f"took {seconds:.1f} s to stop")
    equal(tracker.events()[0], "started", "first event")
    equal(tracker.events()[-1], "stopped", "last event")
    equal(app.last("exit")["code"], code, "code in the exit event")
    equal(sorted(os.listdir(folder)), [".content.bin.samara", "content.bin.part"],
          "what lies in the folder")
    good, _ = torrent.good_pieces(folder)
    app = lab.app(image, folder, name="again")
    figures = app.completed(30)
    kept = sum(torrent.piece_size(i) for i in good)
    equal(figures["resumed"], kept, "resumed")
    equal(figures["from_peers"], torrent.size - kept, "from_peers")
    same_tree(os.path.join(source, "content.bin"), os.path.join(folder, "content.bin"))
    swarmlab.only_has(folder, "content.bin")


def test_stop_with_a_silent_tracker(lab):
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source, up=300000)
    tracker = log_tracker(lab, silent=True)
    app = lab.app(lab.pack(torrent, "--tracker", tracker.http, "--peer", seed.address),
                  lab.folder("download"))
    wait_for("a first piece", lambda: app.done() > 0)
    app.signal(signal.SIGINT)
    start = time.monotonic()
    equal(app.wait(5), 130, "exit code")
    check(time.monotonic() - start < 2.2, f"took {time.monotonic() - start:.1f} s to stop")


def test_second_ctrl_c_ends_at_once(lab):
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source, up=300000)
    tracker = log_tracker(lab, silent=True)
    app = lab.app(lab.pack(torrent, "--tracker", tracker.http, "--peer", seed.address),
                  lab.folder("download"))
    wait_for("a first piece", lambda: app.done() > 0)
    app.signal(signal.SIGINT)
    time.sleep(0.1)
    app.signal(signal.SIGINT)
    start = time.monotonic()
    equal(app.wait(5), 130, "exit code")
    check(time.monotonic() - start < 0.5, f"took {time.monotonic() - start:.1f} s to end")


def test_what_the_tracker_hears(lab):
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source)
    tracker = log_tracker(lab, peers=[endpoint(seed)])
    app = lab.app(lab.pack(torrent, "--tracker", tracker.http), lab.folder("download"))
    app.completed(30)
    equal(tracker.events(), ["started", "completed", "stopped"], "the events")
    first, done, last = tracker.announces
    equal(first["info_hash"].hex(), torrent.info_hash, "info_hash")
    equal(int(first["left"]), torrent.size, "left at the start")
    equal(int(first["port"]), app.last("start")["port"], "port")
    equal((int(done["left"]), int(done["downloaded"])), (0, torrent.size), "left and downloaded")
    equal(first["compact"], "1", "compact")
    equal(len({a["peer_id"] for a in tracker.announces}), 1, "number of peer ids")
    equal(len(first["peer_id"]), 20, "length of the peer id")
    equal(int(last["left"]), 0, "left at the end")


def test_tracker_tiers(lab):
    """The first tier is dead, the second says no, the third knows the seed."""
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source)
    refusing = log_tracker(lab, failure="not here")
    good = log_tracker(lab, peers=[endpoint(seed)], warning="mind the gap")
    told = torrent.with_trackers(lab.path("told.torrent"),
                                 f"http://{swarmlab.OTHER}:9/announce",
                                 refusing.http, good.http)
    app = lab.app(lab.pack(told), lab.folder("download"), "--timeout", "30")
    app.completed(45)
    check(refusing.events(), "the second tier was never asked")


def test_no_trackers_option(lab):
    _, torrent = content(lab)
    tracker = log_tracker(lab)
    app = lab.app(lab.pack(torrent, "--tracker", tracker.http), lab.folder("download"),
                  "--no-trackers", "--timeout", "1")
    equal(app.wait(10), 5, "exit code")
    equal(tracker.announces, [], "announces")


# Options

def test_timeout_exit_code(lab):
    _, torrent = content(lab)
    start = time.monotonic()
    app = lab.app(lab.pack(torrent), lab.folder("download"), "--timeout", "2")
    equal(app.wait(15), 5, "exit code")
    check(1.8 < time.monotonic() - start < 6, f"after {time.monotonic() - start:.1f} s")


def test_check_exit_codes(lab):
    source, torrent = content(lab)
    image = lab.pack(torrent)
    equal(lab.app(image, source, "--check").wait(20), 0, "exit code with the content")
    empty = lab.folder("empty")
    equal(lab.app(image, empty, "--check").wait(20), 1, "exit code with nothing")
    equal(os.listdir(empty), [], "what --check leaves in an empty folder")
    damaged = lab.folder("damaged")
    with open(os.path.join(source, "content.bin"), "rb") as original:
        data = bytearray(original.read())
    data[-1] ^= 1
    with open(os.path.join(damaged, "content.bin"), "wb") as file:
        file.write(data)
    equal(lab.app(image, damaged, "--check").wait(20), 1, "exit code with a wrong byte")
    equal(os.listdir(damaged), ["content.bin"], "what --check leaves")


def test_list_and_only(lab):
    source, torrent = folder_content(lab)
    seed = lab.libtorrent([torrent], source)
    image = lab.pack(torrent, "--peer", seed.address)
    listed = lab.run([image, "--list"], cwd=lab.root)
    equal(listed.returncode, 0, "exit code of --list")
    for name, _ in torrent.files:
        check(name in listed.stdout, f"--list does not name {name}")
    folder = lab.folder("download")
    app = lab.app(image, folder, "--only", "*.flac", "--only", "*read me*", "--timeout", "20")
    app.completed(30)
    root = os.path.join(folder, "album")
    for name in ("one.flac", "two.flac", "notes/read me.txt"):
        same_tree(os.path.join(source, "album", name), os.path.join(root, name))
    for name in ("cover.jpg", "notes/more.txt"):
        check(not os.path.exists(os.path.join(root, name)), f"{name} was not asked for")
    # The rest later: what is there is not fetched again.
    app = lab.app(image, folder, "--timeout", "20", name="rest")
    figures = app.completed(30)
    same_tree(os.path.join(source, "album"), root)
    check(figures["from_peers"] < torrent.size // 2 + 3 * 16384,
          f"{figures['from_peers']} bytes fetched for the rest")
    swarmlab.only_has(folder, "album")


def test_only_with_no_such_file(lab):
    _, torrent = folder_content(lab)
    equal(lab.app(lab.pack(torrent), lab.folder("download"), "--only", "*.ogg").wait(10), 2,
          "exit code")


def test_torrent_out(lab):
    _, torrent = content(lab)
    image = lab.pack(torrent)
    out = lab.path("out.torrent")
    run = lab.run([image, "--torrent-out", out], cwd=lab.root)
    equal(run.returncode, 0, "exit code")
    with open(out, "rb") as file:
        equal(file.read() == torrent.data, True, "same bytes")


@swarmlab.cases("help", "version", "about", "licenses")
def test_information(lab, what):
    _, torrent = content(lab)
    run = lab.run([lab.pack(torrent, "--title", "The Title"), "--" + what], cwd=lab.root)
    equal(run.returncode, 0, "exit code")
    words = {"help": "--dir", "version": "samara", "about": "The Title", "licenses": "MIT"}
    check(words[what] in run.stdout, f"--{what} does not say {words[what]!r}")
    equal(run.stderr, "", "standard error")


def test_wrong_usage(lab):
    _, torrent = content(lab)
    image = lab.pack(torrent)
    for arguments in (["--nonsense"], ["--port"], ["--port", "99999"], ["--port", "many"],
                      ["--max-up", "fast"], ["--seed-ratio", "-1"], ["--timeout", "soon"],
                      ["--ui", "hologram"], ["--peer", "nowhere"], ["stray"],
                      ["--encryption", "maybe"]):
        run = lab.run([image, *arguments], cwd=lab.folder("here"), seconds=10)
        equal(run.returncode, 2, f"exit code for {arguments}")
        check(run.stderr.strip(), f"nothing said about {arguments}")
    run = lab.run([image, "--no-sed"], cwd=lab.root)
    check("--no-seed" in run.stderr, f"the nearest option is not named: {run.stderr!r}")


def test_damaged_app(lab):
    """Cut short anywhere, or with one changed byte in what was packed: exit 3 and plain words."""
    _, torrent = content(lab)
    with open(lab.pack(torrent), "rb") as file:
        data = file.read()
    stub = os.path.getsize(os.path.join(swarmlab.BUILD, "stub", "linux-x86_64"))
    if swarmlab.SANITIZED:
        stub = len(data) - 600
    damages = {"last byte": data[:-1], "no trailer": data[:-64], "half a trailer": data[:-30],
               "half a payload": data[:(stub + len(data) - 64) // 2],
               "more": data + b"x" * 100}
    for name, at in (("payload", len(data) - 100), ("trailer", len(data) - 5),
                     ("magic", len(data) - 64), ("offset", len(data) - 45)):
        changed = bytearray(data)
        changed[at] ^= 0x20
        damages["changed " + name] = bytes(changed)
    for name, damaged in damages.items():
        path = lab.path("damaged.run")
        with open(path, "wb") as file:
            file.write(damaged)
        os.chmod(path, 0o755)
        folder = lab.folder("here")
        run = lab.run([path, "--ui", "none", "--timeout", "1"], cwd=folder, seconds=10)
        equal(run.returncode, 3, f"exit code ({name})")
        check("download" in run.stderr.lower(), f"({name}) does not say what to do: {run.stderr!r}")
        equal(os.listdir(folder), [], f"what is left in the folder ({name})")
        os.unlink(path)


# Output

def test_json_lines(lab):
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source, up=2 << 20)
    folder = lab.folder("download")
    app = lab.app(lab.pack(torrent, "--peer", seed.address), folder)
    app.completed(30)
    shapes = {
        "start": {"name": str, "info_hash": str, "size": int, "dir": str, "port": int},
        "progress": {"done": int, "size": int, "down_rate": int, "up_rate": int, "peers": int,
                     "seeds": int, "eta_s": (int, type(None))},
        "complete": {"seconds": (int, float), "from_peers": int, "from_webseeds": int,
                     "uploaded": int, "wasted": int, "resumed": int},
        "warning": {"code": str, "message": str}, "error": {"code": str, "message": str},
        "exit": {"code": int}}
    for event in app.events:
        shape = shapes.get(event["event"])
        check(shape, f"unknown event {event['event']!r}")
        for key, kind in shape.items():
            check(isinstance(event.get(key), kind) and not isinstance(event.get(key), bool),
                  f"{key} in {event}")
    equal(app.events[0]["event"], "start", "first event")
    equal(app.events[-1]["event"], "exit", "last event")
    equal(os.path.realpath(app.last("start")["dir"]), os.path.realpath(folder), "dir")
    equal(app.last("start")["name"], "content.bin", "name")
    check(app.last("start")["port"] > 0, "no port")
    progress = app.all("progress")
    check(len(progress) >= 2, f"only {len(progress)} progress events")
    at = [event["_at"] for event in progress]
    check(len(at) <= 4 * (at[-1] - at[0]) + 3, f"{len(at)} progress events in {at[-1] - at[0]} s")
    dones = [event["done"] for event in progress]
    equal(dones, sorted(dones), "done over time")


def test_no_listen(lab):
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source)
    app = lab.app(lab.pack(torrent, "--peer", seed.address), lab.folder("download"), "--no-listen")
    app.completed(30)
    equal(app.last("start")["port"], 0, "port in the start event")


def test_given_port(lab):
    source, torrent = content(lab)
    app = lab.app(lab.pack(torrent), source, "--port", "7777", "--seed-forever")
    equal(app.wait_event("start")["port"], 7777, "port in the start event")
    lab.wait_port(swarmlab.APP, 7777, app)


def shell(lab, command, seconds=40, cwd=None):
    return subprocess.run(["sh", "-c", command], cwd=cwd or lab.root, timeout=seconds,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, preexec_fn=swarmlab.die_too, check=False)


@swarmlab.cases("closed", "broken pipe", "full")
def test_output(lab, kind):
    """The content arrives whatever becomes of what is printed."""
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source)
    image = lab.pack(torrent, "--peer", seed.address)
    for ui in ("json", "tty"):
        folder = lab.folder("download")
        tail = {"closed": ">&- 2>&-", "broken pipe": "| true", "full": ">/dev/full"}[kind]
        shell(lab, f"'{image}' --ui {ui} --dir '{folder}' --no-seed --timeout 20 {tail}")
        wait_for(f"content with --ui {ui}", lambda f=folder: os.listdir(f) == ["content.bin"], 20)
        same_tree(os.path.join(source, "content.bin"), os.path.join(folder, "content.bin"))


def test_all_descriptors_closed(lab):
    source, torrent = content(lab, 200000)
    seed = lab.libtorrent([torrent], source)
    image = lab.pack(torrent, "--peer", seed.address)
    folder = lab.folder("download")
    run = shell(lab, f"'{image}' --dir '{folder}' --no-seed --timeout 20 <&- >&- 2>&-")
    equal(run.returncode, 0, "exit code")
    same_tree(os.path.join(source, "content.bin"), os.path.join(folder, "content.bin"))
    swarmlab.only_has(folder, "content.bin")


def test_plain_output_without_a_terminal(lab):
    """No option at all but the folder: lines of text, no cursor tricks."""
    source, torrent = content(lab)
    seed = lab.libtorrent([torrent], source)
    image = lab.pack(torrent, "--peer", seed.address)
    folder = lab.folder("download")
    run = shell(lab, f"'{image}' --no-seed", cwd=folder)
    equal(run.returncode, 0, "exit code")
    same_tree(os.path.join(source, "content.bin"), os.path.join(folder, "content.bin"))
    check(run.stdout.strip(), "nothing was said")
    check(b"\x1b" not in run.stdout and b"\r" not in run.stdout, "cursor tricks in a file")


def test_odd_places(lab):
    """An app with spaces and quotes in its name, in such a folder, downloading into another."""
    source, torrent = content(lab, 300000)
    seed = lab.libtorrent([torrent], source)
    home = os.path.join(lab.folder("odd"), "a folder, with 'quotes' & ünïcödé")
    os.makedirs(home)
    image = lab.pack(torrent, "--peer", seed.address, out=os.path.join(home, "my app (1).run"))
    folder = os.path.join(home, "into \"this\" $HOME `one`")
    os.makedirs(folder)
    lab.app(image, folder).completed(30)
    same_tree(os.path.join(source, "content.bin"), os.path.join(folder, "content.bin"))
    # Through a relative path, a symbolic link, and with the content beside the app.
    os.symlink("my app (1).run", os.path.join(home, "link"))
    run = lab.run(["./link", "--ui", "none", "--no-seed"], cwd=home, seconds=30)
    equal(run.returncode, 0, "exit code through a link")
    same_tree(os.path.join(source, "content.bin"), os.path.join(home, "content.bin"))
    # Found by PATH.
    again = lab.folder("again")
    run = lab.run(["my app (1).run", "--ui", "none", "--no-seed"], cwd=again, seconds=30,
                  env={"PATH": home + ":" + os.environ["PATH"]})
    equal(run.returncode, 0, "exit code through PATH")
    same_tree(os.path.join(source, "content.bin"), os.path.join(again, "content.bin"))


def test_nothing_else_is_written(lab):
    """HOME and /tmp stay as they were; the app has no files but those of the download."""
    source, torrent = content(lab, 300000)
    seed = lab.libtorrent([torrent], source)
    image = lab.pack(torrent, "--peer", seed.address)
    home, temp, folder = lab.folder("home"), lab.folder("temp"), lab.folder("download")
    lab.app(image, folder, env={"HOME": home, "TMPDIR": temp}).completed(30)
    equal((files_below(home), files_below(temp)), ([], []), "files in HOME and TMPDIR")


def test_two_apps_feed_each_other(lab):
    """Two copies that know only each other and one slow seed: both take part in the swarm."""
    source, torrent = content(lab, 6 << 20)
    seed = lab.libtorrent([torrent], source, up=1 << 20)
    image = lab.pack(torrent, "--peer", seed.address)
    first = lab.app(image, lab.folder("first"), "--seed-forever", name="first")
    port = first.wait_event("start")["port"]
    second = lab.app(image, lab.folder("second"), "--peer", f"127.0.0.1:{port}",
                     "--seed-forever", name="second")
    for app in (first, second):
        app.wait_event("complete", 40)
    sent = seed.last("figures")["uploaded"]
    check(sent < 1.7 * torrent.size, f"the seed had to send {sent / torrent.size:.2f} copies")


swarmlab.main(__name__, "app_")
