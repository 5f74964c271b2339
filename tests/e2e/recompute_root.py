#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""recompute_root.py SHARE: recompute the log's root as RFC 6962 section 2.1 defines it, from what is on the share.

Shares no code with labseal.  Checks that the entry bundles and the level-0 tiles hold the same leaves, that entry n is
the manifest of seal n + 1, and that the checkpoint's size and root are theirs.  Exit status 0 or 1.
"""
import base64
import hashlib
import pathlib
import sys


def tile(log, kind, index, width):
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.insert(0, f"x{index % 1000:03d}")
    path = log / "tile" / kind / "/".join(parts)
    return path.read_bytes() if width == 256 else pathlib.Path(f"{path}.p/{width}").read_bytes()


def entries(log, size):
    for index in range((size + 255) // 256):
        bundle = tile(log, "entries", index, min(256, size - index * 256))
        while bundle:
            length = int.from_bytes(bundle[:2], "big")
            yield bundle[2 : 2 + length]
            bundle = bundle[2 + length :]


def root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root(leaves[:split]) + root(leaves[split:])).digest()


share = pathlib.Path(sys.argv[1])
log = share / "log"
_, size, signed_root = (log / "checkpoint").read_text().split("\n")[:3]
size = int(size)
manifests = list(entries(log, size))
leaves = [hashlib.sha256(b"\0" + manifest).digest() for manifest in manifests]
hashes = b"".join(tile(log, "0", i, min(256, size - i * 256)) for i in range((size + 255) // 256))
assert len(manifests) == size, f"{len(manifests)} entries, but the checkpoint says {size}"
assert hashes == b"".join(leaves), "tile/0 holds other hashes than the entries have"
assert root(leaves) == base64.b64decode(signed_root), "the entries' root is not the checkpoint's"
folders = {int(path.parent.name.split("-")[0]): path for path in share.glob("*/*/*/manifest.sha256")}
assert sorted(folders) == list(range(1, size + 1)), f"seals on the share: {sorted(folders)}"
for number, path in folders.items():
    assert path.read_bytes() == manifests[number - 1], f"{path} is not entry {number - 1}"
print(f"{size} entries, root {signed_root}")
