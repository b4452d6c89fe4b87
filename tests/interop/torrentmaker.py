"""Content and torrents for the tests, made and compared without the program under test."""

import hashlib
import os
import random
import struct


def bencode(value):
    if isinstance(value, bool):
        return bencode(int(value))
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, (list, tuple)):
        return b"l" + b"".join(bencode(item) for item in value) + b"e"
    pairs = sorted((k.encode() if isinstance(k, str) else k, v) for k, v in value.items())
    return b"d" + b"".join(bencode(k) + bencode(v) for k, v in pairs) + b"e"


def bdecode(data):
    """The value, with bytes for every string and every key."""
    value, end = _decode(data, 0)
    if end != len(data):
        raise ValueError(f"{len(data) - end} bytes after the end")
    return value


def _decode(data, at):
    kind = data[at:at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1:end]), end + 1
    if kind in (b"l", b"d"):
        items, at = [], at + 1
        while data[at:at + 1] != b"e":
            item, at = _decode(data, at)
            items.append(item)
        if kind == b"l":
            return items, at + 1
        return dict(zip(items[::2], items[1::2])), at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    if not kind.isdigit() or end > len(data):
        raise ValueError(f"no bencode at {at}")
    return data[colon + 1:end], end


def info_bytes(data):
    """The bytes of the info dictionary as they stand in a .torrent."""
    at = 1
    while data[at:at + 1] != b"e":
        key, at = _decode(data, at)
        start = at
        _, at = _decode(data, at)
        if key == b"info":
            return data[start:at]
    raise ValueError("no info dictionary")


class Torrent:
    """A .torrent file that is on the disk at `path`."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = file.read()
        self.meta = bdecode(self.data)
        self.info = self.meta[b"info"]
        self.info_hash = hashlib.sha1(info_bytes(self.data)).hexdigest()
        self.name = self.info[b"name"].decode()
        self.piece_length = self.info[b"piece length"]
        self.pieces = [self.info[b"pieces"][i:i + 20]
                       for i in range(0, len(self.info[b"pieces"]), 20)]
        if b"files" in self.info:
            self.files = [("/".join([self.name] + [p.decode() for p in f[b"path"]]), f[b"length"])
                          for f in self.info[b"files"]]
        else:
            self.files = [(self.name, self.info[b"length"])]
        self.size = sum(size for _, size in self.files)

    def with_trackers(self, path, *urls, webseeds=()):
        """The same torrent, announced elsewhere."""
        meta = {k: v for k, v in self.meta.items()
                if k not in (b"announce", b"announce-list", b"url-list", b"nodes")}
        if urls:
            meta[b"announce"] = urls[0].encode()
            meta[b"announce-list"] = [[url.encode()] for url in urls]
        if webseeds:
            meta[b"url-list"] = list(webseeds)
        with open(path, "wb") as file:
            file.write(bencode(meta))
        return Torrent(path)

    def good_pieces(self, folder, suffixes=("", ".part")):
        """Which pieces are right on the disk, and which are not but have some data: two sets."""
        good, partial = set(), set()
        for index, digest in enumerate(self.pieces):
            data = self._read(folder, index, suffixes)
            if hashlib.sha1(data).digest() == digest:
                good.add(index)
            elif any(data):
                partial.add(index)
        return good, partial

    def _read(self, folder, index, suffixes):
        start = index * self.piece_length
        end = min(start + self.piece_length, self.size)
        out, at = b"", 0
        for name, size in self.files:
            first, last = max(start, at), min(end, at + size)
            if first < last:
                part = b""
                for suffix in suffixes:
                    path = os.path.join(folder, name + suffix)
                    if os.path.isfile(path):
                        with open(path, "rb") as file:
                            file.seek(first - at)
                            part = file.read(last - first)
                        break
                out += part + b"\0" * (last - first - len(part))
            at += size
        return out

    def piece_size(self, index):
        return min(self.piece_length, self.size - index * self.piece_length)


def random_file(path, size, seed=1):
    """A file of pseudo-random bytes in which no two blocks are alike. Cheap for gigabytes."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    step = 1 << 20
    chunk = bytearray(random.Random(seed).randbytes(min(step, max(size, 1))))
    with open(path, "wb") as file:
        for at in range(0, size, step):
            if at or size > step:
                for block in range(0, len(chunk) - 16, 16384):
                    struct.pack_into("<QQ", chunk, block, seed, at + block)
            file.write(memoryview(chunk)[:min(step, size - at)])
    return path


def files_below(root):
    found = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(found)


def make_torrent(path, content, piece_length=16384, trackers=(), webseeds=(), order=None,
                 extra=None, info_extra=None):
    """A v1 .torrent at `path` for the file or folder `content`."""
    root = os.path.basename(content)
    info = {"name": root, "piece length": piece_length}
    if os.path.isdir(content):
        names = order or files_below(content)
        paths = [os.path.join(content, name) for name in names]
        info["files"] = [{"length": os.path.getsize(full), "path": name.split("/")}
                         for name, full in zip(names, paths)]
    else:
        paths = [content]
        info["length"] = os.path.getsize(content)
    info["pieces"] = hash_pieces(paths, piece_length)
    info.update(info_extra or {})
    meta = {"info": info, "created by": "samara tests"}
    if trackers:
        meta["announce"] = trackers[0]
        meta["announce-list"] = [[url] for url in trackers]
    if webseeds:
        meta["url-list"] = list(webseeds)
    meta.update(extra or {})
    with open(path, "wb") as file:
        file.write(bencode(meta))
    return Torrent(path)


def hash_pieces(paths, piece_length):
    digests, sha, left = [], hashlib.sha1(), piece_length
    for path in paths:
        with open(path, "rb") as file:
            while data := file.read(min(left, 1 << 20)):
                sha.update(data)
                left -= len(data)
                if left == 0:
                    digests.append(sha.digest())
                    sha, left = hashlib.sha1(), piece_length
    if left < piece_length:
        digests.append(sha.digest())
    return b"".join(digests)


def difference(wanted, found):
    """None when both files hold the same bytes, else what differs."""
    if not os.path.isfile(found):
        return f"{os.path.basename(found)} is not there"
    if os.path.getsize(wanted) != os.path.getsize(found):
        return f"{found} has {os.path.getsize(found)} bytes, not {os.path.getsize(wanted)}"
    with open(wanted, "rb") as a, open(found, "rb") as b:
        at = 0
        while True:
            left, right = a.read(1 << 20), b.read(1 << 20)
            if left != right:
                return f"{found} differs in the MiB at {at}"
            if not left:
                return None
            at += len(left)
