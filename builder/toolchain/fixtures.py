#!/usr/bin/env python3
"""Fetches from npm what the tests use and nobody here wrote.

    fixtures.py FOLDER            webtorrent-fixtures (MIT): afterwards FOLDER/fixtures holds
                                  torrents and their content; bittorrent-tracker (MIT), the tracker
                                  client of WebTorrent, and what its client needs (MIT, ISC, BSD):
                                  in FOLDER/node_modules
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
         ""),
        ("bencode", "2.0.3",
         "D/vrAD4dLVX23NalHwb8dSvsUsxeRPO8Y7ToKA015JQYq69MLDOMkC0uGZYA/MPpltLO8rt8eqFC2j8DxjTZ/w==",
         "node_modules/bencode"),
        ("bittorrent-tracker", "9.19.0",
         "09d0aD2b+MC+zWvWajkUAKkYMynYW4tMbTKiRSthKtJZbafzEoNQSUHyND24SoCe3ZOb2fKfa6fu2INAESL9wA==",
         "node_modules/bittorrent-tracker"),
        ("bn.js", "5.2.5",
         "Vq886eXykuP5E6HcKSSStP3bJgrE6In5WKxVUvJ8XGpWWYs2xZHWqUwzCtGgEtBcxyd57KBFDPFoUfNzdaHCNg==",
         "node_modules/bn.js"),
        ("clone", "2.1.2",
         "3Pe/CF1Nn94hyhIYpjtiLhdCoEoz0DqQ+988E9gmeEdQZlojxnOb74wctFyuwWQHzqyf9X7C7MG8juUpqBJT8w==",
         "node_modules/clone"),
        ("compact2string", "1.4.1",
         "3D+EY5nsRhqnOwDxveBv5T8wGo4DEvYxjDtPGmdOX+gfr5gE92c2RC0w2wa+xEefm07QuVqqcF3nZJUZ92l/og==",
         "node_modules/compact2string"),
        ("debug", "4.4.3",
         "RGwwWnwQvkVfavKVt22FGLw+xYSdzARwm0ru6DhTVA3umU5hZc28V3kO4stgYryrTlLpuvgI9GiijltAjNbcqA==",
         "node_modules/debug"),
        ("decompress-response", "6.0.0",
         "aW35yZM6Bb/4oJlZncMH2LCoZtJXTRxES17vE3hoRiowU2kWHaJKFkSBDnDR+cm9J+9QhXmREyIfv0pji9ejCQ==",
         "node_modules/decompress-response"),
        ("err-code", "3.0.1",
         "GiaH0KJUewYok+eeY05IIgjtAe4Yltygk9Wqp1V5yVWLdhf0hYZchRjNIT9bb0mSwRcIusT3cx7PJUf3zEIfUA==",
         "node_modules/err-code"),
        ("get-browser-rtc", "1.1.0",
         "MghbMJ61EJrRsDe7w1Bvqt3ZsBuqhce5nrn/XAwgwOXhcsz53/ltdxOse1h/8eKXj5slzxdsz56g5rzOFSGwfQ==",
         "node_modules/get-browser-rtc"),
        ("inherits", "2.0.4",
         "k/vGaX4/Yla3WzyMCvTQOXYeIHvqOKtnqBduzTHpzpQZzAskKMhZ2K+EnBiSM9zGSoIFeMpXKxa4dYeZIQqewQ==",
         "node_modules/inherits"),
        ("ip-address", "10.7.6",
         "00LYkM6byILa9eQIx6qoaXCM40xTLd56AZ4vyaPW3YTyb49VZYPo5xsiAq4tuQ54GH4R7gVdYScJ1B7B77PuTg==",
         "node_modules/ip-address"),
        ("ipaddr.js", "2.5.0",
         "aq+t5NAc+cS6rZQQVWC2x98CPqGtKKTMDd4Gaodv0wShnItdKg/51djkGJ1hqH+Oy0ivDftCbSLCQob8zso01w==",
         "node_modules/ipaddr.js"),
        ("mimic-response", "3.1.0",
         "z0yWI+4FDrrweS8Zmt4Ej5HdJmky15+L2e6Wgn3+iK5fWzb6T3fhNFq2+MeTRb064c6Wr4N/wv0DzQTjNzHNGQ==",
         "node_modules/mimic-response"),
        ("ms", "2.1.3",
         "6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==",
         "node_modules/ms"),
        ("once", "1.4.0",
         "lNaJgI+2Q5URQBkccEKHTQOPaXdUxnZZElQTZY0MFUAuaEqe1E+Nyvgdz/aIyNi6Z9MzO5dv1H8n58/GELp3+w==",
         "node_modules/once"),
        ("queue-microtask", "1.2.3",
         "NuaNSa6flKT5JaSYQzJok04JzTL1CA6aGhv5rfLW3PgqA+M2ChpZQnAC8h8i4ZFkBS8X5RqkDBHA7r4hej3K9A==",
         "node_modules/queue-microtask"),
        ("randombytes", "2.1.0",
         "vYl3iOX+4CKUWuxGi9Ukhie6fsqXqS9FE2Zaic4tNFD2N2QQaXOMFbuKK4QmDHC0JO6B1Zp41J0LpT0oR68amQ==",
         "node_modules/randombytes"),
        ("readable-stream", "3.6.2",
         "9u/sniCrY3D5WdsERHzHE4G2YCXqoG5FTHUiCC4SIbr6XcLZBY05ya9EKjYek9O5xOAwjGq+1JdGBAS7Q9ScoA==",
         "node_modules/readable-stream"),
        ("run-parallel", "1.2.0",
         "5l4VyZR86LZ/lDxZTR6jqL8AFE2S0IFLMP26AbjsLVADxHdhB/c0GUsH+y39UfCi3dzz8OlQuPmnaJOMoDHQBA==",
         "node_modules/run-parallel"),
        ("safe-buffer", "5.2.1",
         "rp3So07KcdmmKbGvgaNxQSJr7bGVSVk5S9Eq1F+ppbRo70+YeaDxkw5Dd8NPN+GD6bjnYm2VuPuCXmpuYvmCXQ==",
         "node_modules/safe-buffer"),
        ("simple-concat", "1.0.1",
         "cSFtAPtRhljv69IK0hTVZQ+OfE9nePi/rtJmw5UjHeVyVroEqJXP1sFztKUy1qU+xvz3u/sfYJLa947b7nAN2Q==",
         "node_modules/simple-concat"),
        ("simple-get", "4.0.1",
         "brv7p5WgH0jmQJr1ZDDfKDOSeWWg+OVypG99A/5vYGPqJ6pxiaHLy8nxtFjBA7oMa01ebA9gfh1uMCFqOuXxvA==",
         "node_modules/simple-get"),
        ("simple-peer", "9.11.1",
         "D1SaWpOW8afq1CZGWB8xTfrT3FekjQmPValrqncJMX7QFl8YwhrPTZvMCANLtgBwwdS+7zURyqxDDEmY558tTw==",
         "node_modules/simple-peer"),
        ("simple-websocket", "9.1.0",
         "8MJPnjRN6A8UCp1I+H/dSFyjwJhp6wta4hsVRhjf8w9qBHRzxYt14RaOcjvQnhD1N4yKOddEjflwMnQM4VtXjQ==",
         "node_modules/simple-websocket"),
        ("smart-buffer", "4.2.0",
         "94hK0Hh8rPqQl2xXc3HsaBoOXKV20MToPkcXvwbISWLEs+64sBq5kFgn2kJDHb1Pry9yrP0dxrCI9RRci7RXKg==",
         "node_modules/smart-buffer"),
        ("socks", "2.8.11",
         "2H/uQ7+SNP0hK16RorTak0mWrFoqo4AnAVGSUl2dT07obgWdWt9grml+VDl1LklgUOPWM4Abo0u86Cvp8vFjYw==",
         "node_modules/socks"),
        ("string_decoder", "1.3.0",
         "hkRX8U1WjJFd8LsDJ2yQ/wWWxaopEsABU1XfkM8A+j0+85JAGppt16cr1Whg6KIbb4okU6Mql6BOj+uup/wKeA==",
         "node_modules/string_decoder"),
        ("unordered-array-remove", "1.0.2",
         "45YsfD6svkgaCBNyvD+dFHm4qFX9g3wRSIVgWVPtm2OCnphvPxzJoe20ATsiNpNJrmzHifnxm+BN5F7gFT/4gw==",
         "node_modules/unordered-array-remove"),
        ("util-deprecate", "1.0.2",
         "EPD5q1uXyFxJpCrLnCc1nHnq3gOa6DZBocAIiI2TaSCA7VCJ1UJDMagCzIkXNsUYfD1daK//LTEQ8xiIbrHtcw==",
         "node_modules/util-deprecate"),
        ("wrappy", "1.0.2",
         "l4Sp/DRseor9wL6EvV2+TuQn63dMkPjZ/sp9XkghTEbV9KlPS1xUsZ3u7/IQO4wxtcFB4bgpQPRcR3QCvezPcQ==",
         "node_modules/wrappy"),
        ("ws", "7.5.14",
         "u9Oi2nQ8SZnTUAf6spLLKF5TyqoG3Nbbrd4ai6Sjo4P24bycDewhQqtNMIg4bFpnpH/TD4qk4IuAVhT0HIIqug==",
         "node_modules/ws")],
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
