#!/usr/bin/python3
"""The app on a terminal, a real pseudo-terminal of a given width: what a reader sees."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import swarmlab
from swarmlab import check, equal, same_tree
from torrentmaker import make_torrent, random_file

COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A program on a terminal of so many columns; `seen` is all that it wrote."""

    def __init__(self, argv, columns=80, env=None, cwd=None):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        whole = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "DISPLAY")}
        whole.update({"TERM": "xterm", **(env or {})})
        self.popen = subprocess.Popen(argv, stdin=slave, stdout=slave, stderr=slave, cwd=cwd,
                                      env=whole, start_new_session=True,
                                      preexec_fn=lambda: swarmlab.die_too() or fcntl.ioctl(
                                          0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.seen = b""

    def read(self, seconds):
        """Takes what comes for so long; False when the program has gone."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not select.select([self.master], [], [], left)[0]:
                break
            try:
                part = os.read(self.master, 65536)
            except OSError:
                part = b""
            if not part:
                return False
            self.seen += part
        return True

    def finish(self, seconds=40):
        """Reads to the end; the exit code."""
        end = time.monotonic() + seconds
        while self.read(0.2):
            check(time.monotonic() < end, "it does not end")
        return self.popen.wait(5)

    def type(self, keys):
        os.write(self.master, keys)

    def stop(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        os.close(self.master)


def download(lab, *options, columns=80, env=None, up=2 << 20, title=None):
    source = lab.folder("content")
    path = random_file(os.path.join(source, "a film with a rather long name.bin"), 4 << 20)
    torrent = make_torrent(lab.path("film.torrent"), path, 65536)
    seed = lab.libtorrent([torrent], source, up=up)
    image = lab.pack(torrent, "--peer", seed.address, *(["--title", title] if title else []))
    folder = lab.folder("download")
    terminal = Terminal([image, *options], columns, env, folder)
    lab.others.append(terminal)
    return terminal, path, os.path.join(folder, os.path.basename(path))


@swarmlab.cases(30, 50, 80, 200)
def test_status_line_fits(lab, columns):
    """No drawn line is wider than the terminal, and sentences stay readable."""
    terminal, path, copy = download(lab, "--no-seed", columns=columns)
    equal(terminal.finish(), 0, "exit code")
    same_tree(path, copy)
    # Of what ends in a line feed, the last part is a sentence: the terminal may wrap it.
    drawn = [part for line in terminal.seen.split(b"\n")
             for part in line.rstrip(b"\r").split(b"\r")[1:-1]]
    check(len(drawn) > 3, f"a status line was drawn {len(drawn)} times")
    for line in drawn:
        text = CONTROL.sub(b"", line).decode()
        check(len(text) < columns, f"{len(text)} columns on a terminal of {columns}: {text!r}")
    check(any(b"%" in line for line in drawn), "no percentage")
    text = CONTROL.sub(b"", terminal.seen).decode()
    check("complete" in text.lower(), f"does not say that it is complete: {text[-300:]!r}")


def test_no_color(lab):
    terminal, _, _ = download(lab, "--no-seed", env={"NO_COLOR": "1"})
    equal(terminal.finish(), 0, "exit code")
    check(not COLOUR.search(terminal.seen), "colours although NO_COLOR is set")


def test_dumb_terminal(lab):
    terminal, _, _ = download(lab, "--no-seed", env={"TERM": "dumb"})
    equal(terminal.finish(), 0, "exit code")
    check(b"\x1b" not in terminal.seen, "escape sequences on a dumb terminal")


def test_ctrl_c(lab):
    """Typed at the keyboard: it says how to go on, and ends within 2 s."""
    terminal, _, _ = download(lab, up=400000)
    terminal.read(1.5)
    terminal.type(b"\x03")
    start = time.monotonic()
    equal(terminal.finish(10), 130, "exit code")
    check(time.monotonic() - start < 2.3, "took too long")
    said = CONTROL.sub(b"", terminal.seen).decode().lower()
    check("again" in said or "resume" in said, f"does not say how to go on: {said[-200:]!r}")
    check(terminal.seen.endswith(b"\n"), "the shell's prompt would stand behind our text")


def test_sharing_is_announced_first(lab):
    """Before a byte goes out it is said that sharing will happen and how it ends."""
    terminal, _, _ = download(lab)
    terminal.read(1)
    said = CONTROL.sub(b"", terminal.seen).decode()
    check("Ctrl-C" in said, "does not say how to stop")
    check(any(word in said.lower() for word in ("sent to others", "shar")), "nothing about sharing")
    terminal.popen.send_signal(signal.SIGTERM)
    equal(terminal.finish(5), 143, "exit code")


def test_closed_terminal(lab):
    """The window is closed: the app ends by itself and keeps what it has."""
    terminal, _, copy = download(lab, up=400000)
    terminal.read(1.5)
    os.close(terminal.master)
    terminal.master = os.open("/dev/null", os.O_RDONLY)
    swarmlab.wait_for("end after the terminal went", lambda: terminal.popen.poll() is not None, 5)
    check(os.path.exists(copy + ".part"), "the part is not there")


def test_title_cannot_play_tricks(lab):
    """A title with escape sequences and bidirectional controls is shown harmlessly."""
    title = "nice \x1b[2J\x1b]0;evil\x07 title \u202etxt.exe"
    terminal, _, _ = download(lab, "--no-seed", title=title, up=0)
    equal(terminal.finish(), 0, "exit code")
    for trick in (b"\x1b[2J", b"\x1b]0", b"\x07", "\u202e".encode()):
        check(trick not in terminal.seen, f"{trick!r} reaches the terminal")


swarmlab.main(__name__, "terminal_")
