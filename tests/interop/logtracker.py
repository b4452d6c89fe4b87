"""A tracker in a thread that remembers every announce, for tests that ask what was said to it."""

import socket
import struct
import threading
import time
import urllib.parse

from torrentmaker import bencode


class LogTracker:
    """HTTP. `announces` holds one dictionary an announce, oldest first; `peers` is what it answers.

    `silent` makes it take connections and say nothing; `interval_s` is what it asks for."""

    def __init__(self, ip, peers=(), silent=False, interval_s=1800, warning=None, failure=None):
        self.peers = list(peers)
        self.announces = []
        self.silent, self.interval_s = silent, interval_s
        self.warning, self.failure = warning, failure
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind((ip, 0))
        self.socket.listen(64)
        self.held = []
        self.http = "http://%s:%d/announce" % self.socket.getsockname()
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
            body = bencode(self._answer())
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        except (OSError, IndexError):
            pass
        finally:
            if not self.silent:
                client.close()

    def _answer(self):
        if self.failure:
            return {"failure reason": self.failure}
        packed = b"".join(socket.inet_aton(ip) + struct.pack(">H", port) for ip, port in self.peers)
        answer = {"interval": self.interval_s, "peers": packed}
        if self.warning:
            answer["warning message"] = self.warning
        return answer
