"""A tracker in a thread that remembers every announce, for tests that ask what was said to it."""

import gzip
import socket
import struct
import threading
import time
import urllib.parse

from torrentmaker import bencode


def answer(body, *headers, status="200 OK", length=True):
    """An HTTP answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/plain", "Connection: close", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode() + body


def plain(body):
    return answer(body)


def gzipped(body):
    return answer(gzip.compress(body), "Content-Encoding: gzip")


def chunked(body):
    parts = [body[at:at + 7] for at in range(0, len(body), 7)] + [b""]
    return answer(b"".join(b"%x;x=y\r\n%s\r\n" % (len(part), part) for part in parts),
                  "Transfer-Encoding: chunked", length=False)


def unmeasured(body):
    """No length at all: the end of the connection is the end of the answer."""
    return answer(body, length=False)


class LogTracker:
    """HTTP. `announces` holds one dictionary an announce, oldest first; `peers` is what it answers.

    `silent` makes it take connections and say nothing; `interval_s` is what it asks for;
    `shape` makes the whole HTTP answer out of the bencoded one; `more` are further keys."""

    def __init__(self, ip, peers=(), silent=False, interval_s=1800, warning=None, failure=None,
                 shape=None, more=None):
        self.peers = list(peers)
        self.announces = []
        self.silent, self.interval_s = silent, interval_s
        self.warning, self.failure = warning, failure
        self.shape, self.more = shape or plain, more or {}
        family = socket.AF_INET6 if ":" in ip else socket.AF_INET
        self.socket = socket.create_server((ip, 0), family=family, backlog=64)
        self.held = []
        host = f"[{ip}]" if ":" in ip else ip
        self.http = f"http://{host}:{self.socket.getsockname()[1]}/announce"
        threading.Thread(target=self._accept, daemon=True).start()

    def events(self):
        return [announce.get("event", "") for announce in self.announces]

    def stop(self):
        self.socket.close()

    def _accept(self):
        while True:
            try:
                client, address = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client, address), daemon=True).start()

    def _serve(self, client, address):
        client.settimeout(20)
        try:
            request = b""
            while b"\r\n\r\n" not in request:
                part = client.recv(4096)
                if not part:
                    return
                request += part
            query = request.split(b" ")[1].decode("latin-1").partition("?")[2]
            said = {"at": time.monotonic(), "ip": address[0]}
            for pair in query.split("&"):
                key, _, value = pair.partition("=")
                value = urllib.parse.unquote_to_bytes(value)
                said[key] = value if key in ("info_hash", "peer_id") else value.decode("latin-1")
            self.announces.append(said)
            if self.silent:
                self.held.append(client)
                return
            client.sendall(self.shape(bencode(self._answer())))
        except (OSError, IndexError):
            pass
        finally:
            if not self.silent:
                client.close()

    def _answer(self):
        if self.failure:
            return {"failure reason": self.failure}
        packed = b"".join(socket.inet_aton(ip) + struct.pack(">H", port) for ip, port in self.peers)
        told = {"interval": self.interval_s, "peers": packed}
        if self.warning:
            told["warning message"] = self.warning
        told.update(self.more)
        return told
