#!/usr/bin/python3
"""What the app says in other languages than English, and that a bad translation is not built."""

import os
import re
import subprocess
import time
import unicodedata

import swarmlab
from swarmlab import check, equal, same_tree
from test_terminal import CONTROL, Terminal
from torrentmaker import make_torrent, random_file

LANGUAGES = os.path.join(swarmlab.ROOT, "stub", "ui", "languages")

# A locale, what says that it is complete, and words of the beginning, the status line and the end.
SPOKEN = {
    "de": ("de_DE.UTF-8", "ist vollständig", ["Das Teilen endet", "Teilnehmer", "Beendet."]),
    "es": ("es_MX.UTF-8", "está completo", ["Se deja de compartir", "persona", "Detenido."]),
    "fr": ("fr_CA.UTF-8", "est complet", ["Le partage prend fin", "personne", "Arrêté."]),
    "pt": ("pt_BR.UTF-8", "está completo", ["O compartilhamento", "pessoa", "Interrompido."]),
    "ru": ("ru_RU.UTF-8", "загрузка завершена", ["Раздача закончится", "участник", "Остановлено."]),
    "zh": ("zh_CN.UTF-8", "已完成", ["停止分享", " 人", "已停止。"]),
    "ja": ("ja_JP.UTF-8", "が完了しました", ["共有は終わります", " 人", "停止しました。"]),
}
ENGLISH = ["of", "left", "peer", "peers", "seed", "seeds", "down", "up", "ratio", "is", "complete",
           "it", "sharing", "stopped", "shared", "warning", "the", "to", "from", "into", "sent",
           "others", "day", "days", "checking", "saving"]


def clean(seen):
    return CONTROL.sub(b"", seen).decode()


def width_of(text):
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
               for c in text)


def app_on_terminal(lab, env, columns=100, size=3 << 20, options=()):
    """A download from one slow peer, with a tracker at which nobody listens."""
    source = lab.folder("content")
    path = random_file(os.path.join(source, "0123456789.bin"), size)
    torrent = make_torrent(lab.path("0.torrent"), path, 65536)
    seed = lab.libtorrent([torrent], source, up=2 << 20)
    image = lab.pack(torrent, "--peer", seed.address, "--tracker", "http://127.0.0.1:9/announce")
    folder = lab.folder("download")
    clear = {name: "" for name in ("LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LANG", "LANGUAGE")}
    terminal = Terminal([image, *options], columns, {**clear, **env}, folder)
    lab.others.append(terminal)
    return terminal, path, os.path.join(folder, os.path.basename(path))


def see(terminal, words, seconds=30):
    end = time.monotonic() + seconds
    while words not in clean(terminal.seen):
        check(terminal.read(0.2) and time.monotonic() < end,
              f"{words!r} is not said: {clean(terminal.seen)[-400:]!r}")


@swarmlab.cases(*SPOKEN)
def test_spoken(lab, name):
    """A whole run on a terminal, from the first sentence to Ctrl-C while sharing."""
    locale, complete, words = SPOKEN[name]
    terminal, path, copy = app_on_terminal(lab, {"LANG": locale})
    see(terminal, complete)
    terminal.read(1.2)
    terminal.type(b"\x03")
    equal(terminal.finish(10), 130, "exit code")
    same_tree(path, copy)
    said = clean(terminal.seen)
    for word in words:
        check(word in said, f"{word!r} is not said: {said!r}")
    # The program's own detail of the tracker stands in brackets, in English.
    said = re.sub(r"[(（][^()（）]*racker[^()（）]*[)）]", "", said)
    said = said.replace(os.path.dirname(copy), "").replace(os.path.dirname(path), "")
    if name in ("ru", "zh", "ja"):
        known = {"bin", "Ctrl", "C", "KiB", "MiB", "B", "s"}
        rest = set(re.findall(r"[A-Za-z]+", said)) - known
        check(not rest, f"English is left: {sorted(rest)}")
    else:
        rest = set(re.findall(r"\w+", said.lower())) & set(ENGLISH) - {"ratio"}
        check(not rest, f"English is left: {sorted(rest)}")


@swarmlab.cases("ja-30", "ja-60", "zh-40", "de-50", "ru-80")
def test_line_fits(lab, what):
    name, columns = what.split("-")
    columns = int(columns)
    terminal, _, _ = app_on_terminal(lab, {"LANG": SPOKEN[name][0]}, columns,
                                     options=["--no-seed"])
    equal(terminal.finish(), 0, "exit code")
    drawn = [part for line in terminal.seen.split(b"\n")
             for part in line.rstrip(b"\r").split(b"\r")[1:-1]]
    check(len(drawn) > 3, f"a status line was drawn {len(drawn)} times")
    for line in drawn:
        text = CONTROL.sub(b"", line).decode()
        check(width_of(text) < columns, f"{width_of(text)} of {columns} columns: {text!r}")


LIKE_ENGLISH = {"none": "C", "posix": "POSIX", "utf8": "C.UTF-8", "latin": "de_DE.ISO-8859-1",
                "old": "de_DE@euro", "unknown": "xx_XX.UTF-8", "path": "../../x.UTF-8",
                "british": "en_GB.UTF-8"}


@swarmlab.cases(*LIKE_ENGLISH)
def test_english(lab, name):
    env = {"LC_ALL": LIKE_ENGLISH[name], "LANG": "de_DE.UTF-8"}
    terminal, _, _ = app_on_terminal(lab, env, size=100000, options=["--no-seed"])
    equal(terminal.finish(), 0, "exit code")
    said = clean(terminal.seen)
    check("is complete: " in said and "Sharing ends" in said, f"not English: {said!r}")


def test_programs_get_english(lab):
    """--json is for programs: no word of it depends on the locale, nor does --help or --list."""
    path = random_file(lab.path("thing.bin"), 2048)
    torrent = make_torrent(lab.path("thing.torrent"), path, 16384)
    image = lab.pack(torrent)
    env = {"LC_ALL": "de_DE.UTF-8"}
    for arguments in (["--json", "--dir", "/proc/none"], ["--help"], ["--list"], ["--about"],
                      ["--licenses"], ["--porf", "1"]):
        runs = [subprocess.run([image, *arguments], env={**os.environ, **more}, timeout=20,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
                for more in (env, {"LC_ALL": "C.UTF-8"})]
        equal(runs[0].stdout, runs[1].stdout, f"what {arguments} says")
        check(runs[0].stdout, f"{arguments} says nothing")


def test_errors_are_translated(lab):
    path = random_file(lab.path("thing.bin"), 2048)
    image = lab.pack(make_torrent(lab.path("thing.torrent"), path, 16384))
    run = subprocess.run([image, "--dir", path], env={**os.environ, "LC_ALL": "de_DE.UTF-8"},
                         stderr=subprocess.PIPE, timeout=20, check=False)
    equal(run.returncode, 4, "exit code")
    equal(run.stderr.decode(), f"Fehler: Der Ordner {path} kann nicht benutzt werden: "
          "nicht die richtige Art von Datei.\n", "what it says")


def test_codes_have_sentences(lab):
    """Whatever the engine warns of, there is a sentence for it in every language."""
    codes, engine = set(), os.path.join(swarmlab.ROOT, "stub", "engine")
    for name in os.listdir(engine):
        with open(os.path.join(engine, name), encoding="utf-8") as file:
            text = file.read()
        for call in re.findall(r"events_add\((.*?)EVENT_TEXT|[^_]tell\(t, k,(.*?),", text, re.S):
            codes.update(re.findall(r'"([a-z-]+)"', call[0] + call[1]))
    check({"tracker", "tls", "disk-full", "no-peers"} <= codes, f"found only {sorted(codes)}")
    with open(os.path.join(swarmlab.ROOT, "stub", "ui", "trouble.c"), encoding="utf-8") as file:
        known = set(re.findall(r'\{"([a-z-]+)", DETAIL', file.read()))
    equal(sorted(codes - known), [], "codes without a sentence")


BAD = {
    "unknown": ("STOPPED Beendet.", "STOPPED Beendet.\nNO_SUCH_TEXT x", "NO_SUCH_TEXT: no such"),
    "twice": ("STOPPED Beendet.", "STOPPED Beendet.\nSTOPPED Aus.", "STOPPED: twice"),
    "kind": ("OF von %z", "OF von %s", "OF: not the placeholders"),
    "order": ("GETTING %f, %z,", "GETTING %z, %f,", "GETTING: not the placeholders"),
    "number": ("OF von %z", "OF von %z %z", "OF: not the placeholders"),
    "forms": ("{Tag|Tage}", "{Tag|Tage|Tagen}", "DAYS: not as many forms"),
    "brace": ("{Tag|Tage}", "{Tag|Tage", "DAYS: not as many forms"),
    "rule": ("PLURAL one", "PLURAL dual", "PLURAL: the first text"),
    "escape": ("STOPPED Beendet.", "STOPPED Beendet.\\x", "STOPPED: only"),
    "empty": ("STOPPED Beendet.\\n", "STOPPED", "STOPPED: empty"),
}


@swarmlab.cases(*BAD)
def test_refused(lab, what):
    """The tool that embeds the languages takes none that would read wrong arguments."""
    before, after, message = BAD[what]
    with open(os.path.join(LANGUAGES, "de.txt"), encoding="utf-8") as file:
        good = file.read()
    check(before in good, f"de.txt has no {before!r} any more")
    path = lab.path("de.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(good.replace(before, after, 1))
    run = subprocess.run([os.path.join(swarmlab.BUILD, "embed"), "languages", path],
                         capture_output=True, text=True, timeout=20, check=False)
    equal(run.returncode, 1, "exit code")
    check(message in run.stderr and f"{path}:" in run.stderr, f"says {run.stderr!r}")


swarmlab.main(__name__, "languages_")
