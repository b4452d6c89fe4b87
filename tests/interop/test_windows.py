#!/usr/bin/python3
# timeout: 600
"""What only Windows has: the builder as an .exe, icons and titles, signatures, its own ideas of
names. Everything runs under wine, where it says so."""

import json
import os
import shutil
import struct
import subprocess

import swarmlab
import torrentmaker
from swarmlab import check, equal, same_tree
from test_targets import TARGETS, take_marks
from torrentmaker import make_torrent, random_file

ALL = ["linux-x86_64", *TARGETS]
EXE = swarmlab.SAMARA + ".exe"


def content(lab, size=1 << 20):
    path = random_file(os.path.join(lab.folder("content"), "content.bin"), size)
    return path, make_torrent(lab.path("content.torrent"), path, 65536)


def builder_exe(lab, *args, code=0, cwd=None):
    """Runs samara.exe to its end; its standard output."""
    if not os.path.isfile(EXE):
        raise swarmlab.Skip(f"no builder for Windows at {EXE}")
    lab.wine()
    run = lab.run(["wine", EXE, *args], cwd=cwd or lab.root)
    equal(run.returncode, code, f"exit code of samara.exe {args[0]}: {run.stderr[-200:]}")
    return run.stdout


def ico(lab, pictures=((16, 500), (0, 60000))):
    """An .ico file whose pictures are noise: Windows would show nonsense, and nobody else looks."""
    path = lab.path("icon.ico")
    head = struct.pack("<HHH", 0, 1, len(pictures))
    at, body = 6 + 16 * len(pictures), b""
    for width, size in pictures:
        head += struct.pack("<BBBBHHII", width, width, 0, 0, 1, 32, size, at + len(body))
        body += bytes(i * 31 % 251 for i in range(size))
    with open(path, "wb") as file:
        file.write(head + body)
    return path


@swarmlab.limit(200)
def test_builder_gives_the_same_bytes(lab):
    """Packed by the builder for Linux and by that for Windows: each app is the same."""
    _, torrent = content(lab)
    options = ["--target", "all", "--title", "Das Stück", "--publisher", "Jemand", "--seed-ratio",
               "2", "--icon", ico(lab)]
    ours, theirs = lab.folder("ours"), lab.folder("theirs")
    lab.samara("pack", torrent.path, "-o", ours, *options)
    builder_exe(lab, "pack", torrent.path, "-o", theirs, *options)
    names = sorted(os.listdir(ours))
    equal(len([name for name in names if name.endswith((".run", ".exe"))]), len(ALL), "apps")
    same_tree(ours, theirs)


@swarmlab.limit(200)
def test_builder_publishes_the_same_folder(lab):
    """And it finds again what it made: the second time there is nothing to do."""
    path = os.path.join(lab.folder("content"), "an album")
    for number, name in enumerate(["one.bin", "sub/two ü #1.bin"]):
        random_file(os.path.join(path, name), 40000, number)
    options = ["--url", "http://w.example/", "--date", "0", "--title", "Das Stück"]
    ours, theirs = lab.path("ours"), lab.path("theirs")
    lab.samara("publish", path, "-o", ours, *options)
    builder_exe(lab, "publish", path, "-o", theirs, *options)
    same_tree(ours, theirs)
    check(" 0 written" in builder_exe(lab, "publish", path, "-o", theirs, *options), "not the same")


@swarmlab.limit(120)
def test_builder_creates_and_inspects(lab):
    root = os.path.join(lab.folder("content"), "Имена")
    for number, name in enumerate(["a.bin", "b/ü.bin", "b/c/日本.txt"]):
        random_file(os.path.join(root, name), 20000 * (number + 1), number)
    ours, theirs = lab.path("ours.torrent"), lab.path("theirs.torrent")
    options = ["--date", "0", "--tracker", "http://tracker.example/announce"]
    lab.samara("create", root, "-o", ours, *options)
    builder_exe(lab, "create", root, "-o", theirs, *options)
    same_tree(ours, theirs)
    # A Windows path, and the name of the content from the working folder.
    builder_exe(lab, "create", ".", "-o", "Z:" + lab.path("third.torrent").replace("/", "\\"),
                *options, cwd=root)
    same_tree(ours, lab.path("third.torrent"))
    equal(json.loads(builder_exe(lab, "inspect", "--json", theirs)),
          json.loads(lab.samara("inspect", "--json", ours)), "what inspect says")
    said = builder_exe(lab, "inspect", lab.path("absent"), code=4)
    equal(said, "", "standard output for a file that is not there")


@swarmlab.cases("windows-x86_64", "windows-i386")
def test_icon_and_title(lab, target):
    """verify knows a program with another icon and title, and no other change."""
    _, torrent = content(lab)
    lab.target = target
    plain, dressed = lab.pack(torrent), lab.pack(torrent, "--icon", ico(lab), "--title", "Ein Film")
    check(os.path.getsize(dressed) > os.path.getsize(plain) + 40000, "the icon is not in it")
    with open(dressed, "rb") as file:
        image = bytearray(file.read())
    check("Ein Film".encode("utf-16-le") in image, "the title is not in it")
    for app in (plain, dressed):
        check(f"the {target} stub" in lab.samara("verify", app), "verify does not know it")
    equal(lab.samara("verify", dressed, code=None).returncode, 0, "exit code of verify")
    at = image.index(b'level="asInvoker"')
    image[at:at + 17] = b'level="asInvader"'
    with open(dressed, "wb") as file:
        file.write(image)
    equal(lab.samara("verify", dressed, code=None).returncode, 1, "exit code for another manifest")


def test_bad_icon_is_refused(lab):
    _, torrent = content(lab)
    run = lab.samara("pack", torrent.path, "--target", "windows-x86_64", "-o", lab.path("x.exe"),
                     "--icon", torrent.path, code=None)
    equal(run.returncode, 2, "exit code")
    check("--icon" in run.stderr and "\n" not in run.stderr.strip(), f"said {run.stderr!r}")


def certificate(lab):
    """A key and a certificate that may sign programs; nobody trusts it but this test."""
    key, pem = lab.path("sign.key"), lab.path("sign.pem")
    run = lab.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                   "-out", pem, "-days", "30", "-subj", "/CN=samara test publisher",
                   "-addext", "extendedKeyUsage=codeSigning"])
    equal(run.returncode, 0, "openssl")
    return key, pem


@swarmlab.cases("windows-x86_64", "windows-i386")
@swarmlab.limit(200)
def test_signed_app(lab, target):
    """Signed after packing: the signature is good, the program is known, the payload is found."""
    lab.need("osslsigncode", "openssl")
    lab.target = target
    path, torrent = content(lab)
    seed = lab.libtorrent([torrent], os.path.dirname(path))
    image = lab.pack(torrent, "--peer", seed.address, "--title", "Signed", "--icon", ico(lab))
    signed = os.path.join(lab.folder("signed"), "app.exe")
    key, pem = certificate(lab)
    run = lab.run(["osslsigncode", "sign", "-certs", pem, "-key", key, "-in", image, "-out",
                   signed])
    equal(run.returncode, 0, f"osslsigncode sign: {run.stdout[-200:]}")
    run = lab.run(["osslsigncode", "verify", "-CAfile", pem, "-in", signed])
    check("Signature verification: ok" in run.stdout, f"osslsigncode verify: {run.stdout[-300:]}")
    check(f"the {target} stub" in lab.samara("verify", signed), "verify does not know it")
    told = json.loads(lab.samara("inspect", "--json", signed))
    equal((told["kind"], told["target"], told["info_hash"]), ("app", target, torrent.info_hash),
          "kind, target and info-hash")
    lab.samara("inspect", signed, "--torrent", lab.path("again.torrent"))
    same_tree(torrent.path, lab.path("again.torrent"))
    folder = lab.folder("download")
    lab.app(signed, folder, "--timeout", "30").completed(60)
    take_marks(lab, folder, 1)
    same_tree(path, os.path.join(folder, "content.bin"))


ODD = [b"CON", b"aux.txt", b"ends in a dot.", b"ends in a space ", b"Case.txt", b"case.TXT",
       b"what?.txt", b"a:b.txt", b"<tag>|pipe*.txt", "名前.txt".encode(), b"nul.tar.gz"]


@swarmlab.cases("windows-x86_64", "windows-i386")
@swarmlab.limit(120)
def test_odd_names(lab, target):
    """Names that Windows takes for something else become others, each file its own, all inside."""
    lab.target = target
    source = os.path.join(lab.folder("content"), "odd")
    deep = "/".join(["a folder with a rather long name in it"] * 9)     # over 300 characters
    for number in range(len(ODD)):
        random_file(os.path.join(source, f"{number:02}"), 3000 + number, number)
    random_file(os.path.join(source, "zz", deep, "deep.bin"), 5000, 99)
    torrent = make_torrent(lab.path("plain.torrent"), source, 16384)
    for number, name in enumerate(ODD):
        torrent.meta[b"info"][b"files"][number][b"path"] = [name]
    odd = torrent.with_trackers(lab.path("odd.torrent"))
    # The seed is the app for Linux, which makes the same names of them.
    told = json.loads(lab.samara("inspect", "--json", odd.path))
    paths = [file["path"] for file in told["files"]]
    equal(len({path.lower() for path in paths}), len(ODD) + 1, "names that differ on Windows")
    seed_folder = lab.folder("seed")
    for number, path in enumerate(paths):
        target_path = os.path.join(seed_folder, path)
        os.makedirs(os.path.dirname(target_path), exist_ok=True)
        plain = f"{number:02}" if number < len(ODD) else f"zz/{deep}/deep.bin"
        shutil.copy(os.path.join(source, plain), target_path)
    seed = lab.app(lab.pack(odd, target="linux-x86_64"), seed_folder, "--seed-forever", name="seed")
    port = seed.wait_event("start")["port"]
    folder = lab.folder("download")
    app = lab.app(lab.pack(odd, "--peer", f"{swarmlab.APP}:{port}"), folder, "--timeout", "30")
    app.completed(60)
    take_marks(lab, folder, len(ODD) + 1)
    same_tree(seed_folder, folder)
    for path in torrentmaker.files_below(folder):
        for part in path.split("/"):
            check(not set(part) & set('<>:"\\|?*') and part[-1] not in ". ", f"unsafe {part!r}")


def test_tarball_keeps_the_x_bit(lab):
    _, torrent = content(lab)
    app = os.path.join(lab.folder("app"), "Ein sehr langer Name " * 8 + ".run")
    lab.samara("pack", torrent.path, "--target", "linux-x86_64", "-o", app)
    folder = lab.folder("unpacked")
    equal(subprocess.run(["tar", "-C", folder, "-xzf", app + ".tar.gz"]).returncode, 0, "tar")
    swarmlab.only_has(folder, os.path.basename(app))
    same_tree(app, os.path.join(folder, os.path.basename(app)))
    check(os.access(os.path.join(folder, os.path.basename(app)), os.X_OK), "not executable")


swarmlab.main(__name__, "windows_")
