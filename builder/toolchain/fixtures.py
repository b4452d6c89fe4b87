#!/usr/bin/env python3
"""Fetches from npm what the tests use and nobody here wrote.

    fixtures.py FOLDER            webtorrent-fixtures (MIT): afterwards FOLDER/fixtures holds
                                  torrents and their content
    fixtures.py FOLDER browser    playwright-core (Apache-2.0), which drives a browser, and axe-core
                                  (MPL-2.0), which finds barriers in pages: in FOLDER/node_modules

Versions are pinned by the hashes that npm itself records. Playwright's is the newest that runs on
the node of Debian 12.
"""

import base64
import hashlib
import io
import os
import ssl
import sys
import tarfile
import time
import urllib.request

REGISTRY = os.environ.get("npm_config_registry", "https://registry.npmjs.org/").rstrip("/")
# Group: name, version, SHA-512, where to.
PACKAGES = {
    "torrents": [
        ("webtorrent-fixtures", "2.0.3",
         "uVOQS1y0TNb9lzxia8paKo11qdAwk88Jbnjdzec+SMGJGZ4XK7lPM8l01gAD88O3fvMPl/e14dXyH7Kia6vWow==",
         "")],
    "browser": [
        ("playwright-core", "1.60.0",
         "9bW6zvX/m0lEbgTKJ6YppOKx8H3VOPBMOCFh2irXFOT4BbHgrx5hPjwJYLT40Lu+4qtD36qKc/Hn56StUW57IA==",
         "node_modules/playwright-core"),
        ("axe-core", "4.14.1",
         "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
         "node_modules/axe-core")],
}


def download(url):
    # The hash below is what protects us, so that a machine behind a proxy with a certificate
    # of its own, as some build farms are, can fetch too.
    contexts = [ssl.create_default_context(), ssl._create_unverified_context()]
    for attempt in range(6):
        try:
            with urllib.request.urlopen(url, timeout=60, context=contexts[attempt % 2]) as answer:
                return answer.read()
        except OSError as error:
            message = error
            time.sleep(attempt)
    sys.exit(f"fixtures.py: {url}: {message}")


def fetch(name, version, sha512, folder):
    data = download(f"{REGISTRY}/{name}/-/{name}-{version}.tgz")
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != sha512:
        sys.exit(f"fixtures.py: {name} {version} is not the package that was pinned")
    with tarfile.open(fileobj=io.BytesIO(data)) as package:
        for member in package:
            parts = member.name.split("/")[1:]
            if not member.isfile() or not parts or ".." in parts:
                continue
            path = os.path.join(folder, *parts)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(package.extractfile(member).read())


def main():
    for name, version, sha512, where in PACKAGES[(sys.argv + ["torrents"])[2]]:
        fetch(name, version, sha512, os.path.join(sys.argv[1], where))


if __name__ == "__main__":
    main()
