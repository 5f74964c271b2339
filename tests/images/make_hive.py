#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""make_hive.py system|software OUT [KEY=VALUE]...: a registry file like a Windows XP's, from nothing.

software takes CurrentVersion, ProductName and CSDVersion; system takes Current, Default and LastKnownGood (numbers of
control sets; 1 is there). The first bytes are written here, the keys by hivex.
"""
import struct
import sys

import hivex


def cell(data):
    """A used cell: its size, negative, a multiple of 8."""
    size = (len(data) + 4 + 7) // 8 * 8
    return struct.pack("<i", -size) + data.ljust(size - 4, b"\0")


def empty_hive(path):
    """A header, and one block with a root key, its security and free room."""
    name = b"$$$PROTO.HIV"
    descriptor = bytes.fromhex("010004800000000000000000000000001400000002001c000100000000001400") \
        + bytes.fromhex("3f000f00010100000000000100000000")
    root_size = len(cell(b"\0" * (76 + len(name))))
    security_at = 32 + root_size
    root = cell(b"nk" + struct.pack("<HQIIIIIIIIIIIIIIIHH", 0x2c, 0, 0, 0xffffffff, 0, 0, 0xffffffff, 0xffffffff, 0,
                                    0xffffffff, security_at, 0xffffffff, 0, 0, 0, 0, 0, len(name), 0) + name)
    security = cell(b"sk" + struct.pack("<HIIII", 0, security_at, security_at, 1, len(descriptor)) + descriptor)
    used = 32 + len(root) + len(security)
    block = b"hbin" + struct.pack("<IIQQI", 0, 4096, 0, 0, 0) + root + security
    block += struct.pack("<i", 4096 - used) + b"\0" * (4096 - used - 4)
    header = b"regf" + struct.pack("<IIQIIIIII", 1, 1, 0, 1, 3, 0, 1, 32, 4096) + struct.pack("<I", 1)
    header = header.ljust(508, b"\0")
    check = 0
    for word, in struct.iter_unpack("<I", header):
        check ^= word
    with open(path, "wb") as file:
        file.write((header + struct.pack("<I", check)).ljust(4096, b"\0") + block)


def key(hive, *path):
    node = hive.root()
    for name in path:
        node = hive.node_get_child(node, name) or hive.node_add_child(node, name)
    return node


def put(hive, node, name, data):
    wide = struct.pack("<I", data) if isinstance(data, int) else data.encode("utf-16-le") + b"\0\0"
    hive.node_set_value(node, {"key": name, "t": 4 if isinstance(data, int) else 1, "value": wide})


def main():
    kind, path = sys.argv[1:3]
    given = dict(word.split("=", 1) for word in sys.argv[3:])
    empty_hive(path)
    hive = hivex.Hivex(path, write=True)
    if kind == "software":
        values = {"CurrentVersion": "5.1", "ProductName": "Microsoft Windows XP", "CSDVersion": "Service Pack 3", **given}
        node = key(hive, "Microsoft", "Windows NT", "CurrentVersion")
    else:
        values = {"Current": 1, "Default": 1, "LastKnownGood": 1, **{k: int(v) for k, v in given.items()}}
        node = key(hive, "Select")
        for driver in ("disk", "atapi", "intelppm"):
            put(hive, key(hive, "ControlSet001", "Services", driver), "Start", 3)
        key(hive, "ControlSet001", "Control")
    for name, data in values.items():
        put(hive, node, name, data)
    hive.commit(None)


main()
