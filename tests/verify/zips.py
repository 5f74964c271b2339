# SPDX-License-Identifier: Apache-2.0
"""Zip copies of a share, and what may be wrong with one: zips.py HOW SHARE ZIP [ENTRY]."""
import io
import os
import struct
import sys
import warnings
import zipfile
import zlib

warnings.simplefilter("ignore")  # about names that come twice
how, share, out = sys.argv[1:4]
entry = sys.argv[4] if len(sys.argv) > 4 else ""

if how == "zip64":
    zipfile.ZIP_FILECOUNT_LIMIT = 1  # from where on the directory has a zip64 end, too


def files():
    for folder, _, names in sorted(os.walk(share)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, "rb") as f:
                yield os.path.relpath(path, share), f.read()


def info(name, mode=0o100644):
    one = zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6))
    one.create_system = 3
    one.external_attr = mode << 16
    one.compress_type = zipfile.ZIP_DEFLATED
    return one


def patch(old, new):
    """The same bytes in the local header and the directory."""
    data = open(out, "rb").read()
    assert old in data
    open(out, "wb").write(data.replace(old, new))


with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
    for name, data in files():
        if how == "stored":
            one = info(name)
            one.compress_type = zipfile.ZIP_STORED
            z.writestr(one, data)
        elif how == "below":
            z.writestr(info("a copy/of the share/" + name), data)
        elif how == "backslashes":
            # zipfile puts slashes in their place, so they are put back below
            z.writestr(info(name), data)
        elif how == "zip64":
            with z.open(info(name), "w", force_zip64=True) as f:
                f.write(data)
        elif how == "bzip2":
            one = info(name)
            one.compress_type = zipfile.ZIP_BZIP2
            z.writestr(one, data)
        elif name == entry and how == "symlink":
            z.writestr(info(name, 0o120777), "/etc/passwd")
        elif name == entry and how == "device":
            z.writestr(info(name, 0o020666), data)
        elif name == entry and how == "case":
            z.writestr(info(name.upper()), data)
        elif name == entry and how == "altered":
            z.writestr(info(name), data[:-1] + bytes([data[-1] ^ 1]))
        elif name == entry and how == "removed":
            continue
        elif name == entry and how == "bomb":
            z.writestr(info(name), bytes(1 << 27))
        else:
            z.writestr(info(name), data)
    if how == "doubled":
        z.writestr(info(entry), "the other one")
    elif how == "folder":
        z.writestr(info(entry + "/below"), "x")
    elif how == "dots":
        z.writestr(info("../../escaped"), "x")
    elif how == "inner-dots":
        z.writestr(info("results/../results/x"), "x")
    elif how == "absolute":
        z.writestr(info("/etc/passwd"), "x")
    elif how == "drive":
        z.writestr(info("C:/Windows/x"), "x")
    elif how == "long":
        z.writestr(info("results/" + "x" * 4000), "x")
    elif how == "steering":
        z.writestr(info("results/2026/a\n\u202eb"), "x")
    elif how == "escape":
        z.writestr(info("results/2026/a\x1b[2J\u202eb"), "x")
    elif how == "nothing":
        z.writestr(info("results/"), "")

if how == "backslashes":
    data = open(out, "rb").read()
    for name, _ in files():
        data = data.replace(name.encode(), name.replace("/", "\\").encode())
    open(out, "wb").write(data)
elif how == "encrypted":
    # the flag alone: who opens it is asked for a password
    data = bytearray(open(out, "rb").read())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := data.find(signature, start)) >= 0:
            data[start + at] |= 1
            start += 4
    open(out, "wb").write(data)
elif how == "liar":
    # the directory says that an entry is of the sealed size; its stream unfolds to more
    size = len(dict(files())[entry])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files():
            z.writestr(info(name), data + bytes(1 << 26) if name == entry else data)
    crc = zlib.crc32(dict(files())[entry] + bytes(1 << 26))
    patch(struct.pack("<L", size + (1 << 26)), struct.pack("<L", size))
elif how == "other-name":
    # the local header says another name than the directory
    data = open(out, "rb").read()
    at = data.find(entry.encode())
    open(out, "wb").write(data[:at] + data[at : at + len(entry)].swapcase() + data[at + len(entry) :])
elif how == "cut":
    data = open(out, "rb").read()
    open(out, "wb").write(data[: len(data) * 2 // 3])
elif how == "damaged":
    # a byte of the compressed data of one entry
    with zipfile.ZipFile(out) as z:
        one = z.getinfo(entry)
    data = bytearray(open(out, "rb").read())
    data[one.header_offset + 30 + len(entry) + one.compress_size // 2] ^= 0x10
    open(out, "wb").write(data)
elif how == "many":
    # a directory that says it has four thousand million entries
    data = bytearray(open(out, "rb").read())
    end = data.rfind(b"PK\x05\x06")
    data[end + 8 : end + 12] = b"\xfe\xff\xfe\xff"
    open(out, "wb").write(data)
elif how == "second-end":
    # an entry twice, and two directories that have one of them each, the last one in the comment of the first: who
    # looks from the end, as most programs do, unpacks the last one's
    def with_directory(without):
        b = io.BytesIO()
        with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
            for name, data in files():
                z.writestr(info(name), data)
                if name == entry:
                    z.writestr(info(entry), b"another one")
            z.filelist.remove([one for one in z.filelist if one.filename == entry][without])
            at = z.start_dir
        return b.getvalue(), at

    first, at = with_directory(1)
    directory = bytearray(with_directory(0)[0][at:])
    directory[-6:-2] = struct.pack("<L", len(first))
    open(out, "wb").write(first[:-2] + struct.pack("<H", len(directory)) + directory)
    with zipfile.ZipFile(out) as z:
        assert z.read(entry) == b"another one"
