"""An app that shows its page, and a browser without a screen: opens the page as a browser would,
holds its stream, presses its buttons."""

import http.client
import json
import os
import re
import socket
import threading
import urllib.parse

import swarmlab
from swarmlab import check, wait_for


class Page:
    """One open page. `states` are all that it was told."""

    def __init__(self, url):
        self.url = url
        parts = urllib.parse.urlsplit(url)
        self.host, self.path = parts.netloc, parts.path
        self.key = self.path
        self.states = []
        self.socket = None
        self.thread = None

    def request(self, method, path, headers=None, host=None):
        """The answer: status, headers, body. `path` is whole, or below that of the page."""
        connection = http.client.HTTPConnection(self.host, timeout=10)
        connection.putrequest(method, path if path.startswith("/") else self.path + path,
                              skip_host=True)
        connection.putheader("Host", host or self.host)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read() if answer.getheader("Content-Type") != "text/event-stream" else b""
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    def press(self, what, **values):
        query = "?" + urllib.parse.urlencode(values, quote_via=urllib.parse.quote) if values else ""
        status, _, _ = self.request("POST", what + query, {"Origin": "http://" + self.host})
        check(status == 204, f"POST {what} is answered by {status}")

    def load(self):
        """Takes the page's own token from it, as the script in the page does."""
        status, _, body = self.request("GET", self.key)
        check(status == 200, f"the page is answered by {status}")
        self.path = re.search(rb"replaceState\(null, '', '(/[0-9a-f]{32}/)'\)", body)[1].decode()

    def open(self):
        """Loads the page and opens the stream."""
        self.hold()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        self.wait_state(lambda state: True)
        return self

    def hold(self):
        """Opens the stream and does not read it, as a tab that sleeps in the background."""
        if self.path == self.key:
            self.load()
        host, port = self.host.split(":")
        self.socket = socket.create_connection((host, int(port)), 10)
        self.socket.settimeout(120)
        self.socket.sendall(f"GET {self.path}events HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())

    def _read(self):
        try:
            for line in self.socket.makefile("rb"):
                if line.startswith(b"data: "):
                    self.states.append(json.loads(line[6:]))
        except (OSError, ValueError):
            pass

    def close(self):
        """As when the tab is closed."""
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    @property
    def state(self):
        return self.states[-1] if self.states else {}

    def wait_state(self, condition, seconds=30, what="state"):
        return wait_for(f"{what}; the last one is {self.state}",
                        lambda: self.states and condition(self.state) and self.state, seconds)

    def wait_sheet(self, sheet, seconds=30):
        return self.wait_state(lambda state: state["sheet"] == sheet, seconds, f"sheet {sheet}")

    def details(self):
        return json.loads(self.request("GET", "details")[2])


def script(lab, name, body):
    """A program of ours under this name; its path."""
    path = os.path.join(lab.folder("bin"), name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + body + "\n")
    os.chmod(path, 0o755)
    return path


def start_app(lab, image, *options, env=None, name="app", cwd=None):
    """The app with its page; without a terminal or desktop, unless `env` has one."""
    clean = {key: "" for key in ("PWD",)}
    for key in ("TERM", "DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        os.environ.pop(key, None)
    return lab.started(swarmlab.Process(name, [image, *options], lab.log(name),
                                        cwd=cwd or lab.root,
                                        env={"HOME": lab.root, **clean, **(env or {})}))


def open_app(lab, image, *options, env=None, name="app", cwd=None):
    """Starts it and waits until it opens a page in its "browser"; the process and the page."""
    seen = lab.path(name + "-url")
    browser = script(lab, "browser", f'echo "$1" >"{seen}.new"; mv "{seen}.new" "{seen}"')
    app = start_app(lab, image, *options, env={"BROWSER": browser, **(env or {})}, name=name,
                    cwd=cwd)

    def url():
        check(app.running(), f"{name} ended: {app.text()[-300:]}")
        return os.path.exists(seen) and open(seen, encoding="ascii").read().strip()
    return app, Page(wait_for("page in the browser", url, 10))
