# SPDX-License-Identifier: Apache-2.0
"""A disk image of a Windows XP: its format, its partitions, its NTFS.  Looks at bytes; never changes any."""
import json
import os
import re
import struct

from xp_common import Fault, run, start, words

SECTOR = 512
NTFS_TYPES = ("7",)
EXTENDED = ("5", "f", "85")
# What else a boot sector may begin with, at byte 3, and what it is then.
OTHER_SYSTEMS = {
    b"-FVE-FS-": "it is encrypted by BitLocker, which Windows XP cannot be: this is another Windows' disk, or decrypt it there",
    b"MSDOS5.0": "it is FAT: in Windows XP run 'convert C: /fs:ntfs', shut down, and take the image again",
    b"MSWIN4.1": "it is FAT: in Windows XP run 'convert C: /fs:ntfs', shut down, and take the image again",
}


def detect_format(path):
    """The image's format by its own marks: qemu-img would take a raw disk for whatever its first bytes say."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(1024)
        file.seek(max(size - SECTOR, 0))
        tail = file.read(SECTOR)
    if head[:4] == b"QFI\xfb":
        return "qcow2"
    if head[:4] == b"KDMV" or head.startswith(b"# Disk DescriptorFile"):
        return "vmdk"
    if head[:8] == b"vhdxfile":
        return "vhdx"
    if head[0x40:0x44] == bytes.fromhex("7f10dabe"):
        return "vdi"
    if head[:8] == b"conectix" or tail[:8] == b"conectix":
        return "vpc"
    return "raw"


def check_source(path, given):
    """Its format, when it can be read as one disk that needs no other file."""
    if not os.path.isfile(path):
        raise Fault(f"'{path}' is no file: take an image of the disk first")
    size, found = os.path.getsize(path), detect_format(path)
    if given and given != found:
        raise Fault(f"'{path}' is {found}, not {given}")
    if found == "raw" and size < 2 * SECTOR:
        raise Fault(f"'{path}' has {size} bytes, which is no disk")
    if found == "raw" and size % SECTOR:
        raise Fault(f"'{path}' has {size} bytes, no whole number of sectors: it was cut off; take the image again")
    if found == "vmdk":
        check_descriptor(path)
    done = run("qemu-img", "info", "--output=json", "-f", found, path)
    if done.returncode:
        raise Fault(f"'{path}' cannot be read as {found}: {words(done)}")
    info = json.loads(done.stdout)
    if info.get("backing-filename"):
        raise Fault(f"'{path}' is only what changed above '{info['backing-filename']}': merge its snapshots first")
    if found in ("qcow2", "vmdk", "vdi", "vhdx"):
        done = run("qemu-img", "check", "-f", found, path)
        if done.returncode not in (0, 3, 63):  # 3: leaked clusters only; 63: the format has no check
            raise Fault(f"'{path}' is damaged: {words(done)}")
    return found


def check_descriptor(path):
    """A VMDK may name further files; only such beside it are opened."""
    with open(path, "rb") as file:
        text = file.read(65536)
    for name in re.findall(rb'^R[WD]\w* \d+ \w+ "([^"]*)"', text, re.M):
        if b"/" in name or b"\\" in name:
            raise Fault(f"'{path}' names the file '{name.decode('utf-8', 'replace')}': only files beside it are opened")


def partitions(disk):
    """[{start, size (in bytes), type, bootable}] of a raw disk, in the table's order."""
    with open(disk, "rb") as file:
        if file.read(11)[3:] in (b"NTFS    ", *OTHER_SYSTEMS):
            raise Fault("this is the image of a volume (C: alone), and that of the whole disk is needed")
    done = run("sfdisk", "--json", disk)
    if done.returncode:
        raise Fault(f"the disk has no partition table: is it the image of a whole disk? ({words(done)})")
    table = json.loads(done.stdout)["partitiontable"]
    if table["label"] != "dos":
        raise Fault(f"the disk's partition table is {table['label'].upper()}: Windows XP starts from an MBR only")
    size = os.path.getsize(disk)
    found = [{"start": p["start"] * SECTOR, "size": p["size"] * SECTOR, "type": p["type"].lower(),
              "bootable": p.get("bootable", False)} for p in table.get("partitions", [])]
    if not found:
        raise Fault("the disk has no partition")
    end = 0
    for number, part in enumerate(sorted((p for p in found if p["type"] not in EXTENDED), key=lambda p: p["start"]), 1):
        if part["start"] + part["size"] > size:
            raise Fault(f"partition {number} ends at byte {part['start'] + part['size']}, and the disk has {size}: "
                        "the image was cut off; take it again")
        if part["start"] < end:
            raise Fault(f"partition {number} lies over the one before it")
        end = part["start"] + part["size"]
    return found


def arc_number(found, part):
    """boot.ini's number of the partition: extended ones, which only hold others, do not count."""
    return [p for p in found if p["type"] not in EXTENDED].index(part) + 1


def system_partition(found):
    """The one that starts: active, and NTFS by the table."""
    active = [p for p in found if p["bootable"]]
    if len(active) != 1:
        raise Fault(f"{len(active)} partitions are active, and exactly one has to be: set it with fdisk's 'a' in a copy")
    if active[0]["type"] not in NTFS_TYPES + ("b", "c", "e", "6"):
        raise Fault(f"the active partition is of the type 0x{active[0]['type']}, no Windows XP's (0x07)")
    return active[0]


def check_boot_sector(file, part):
    """Notes about the volume's boot sector; `file` is the raw disk."""
    file.seek(part["start"])
    sector = file.read(SECTOR)
    name = sector[3:11]
    if name != b"NTFS    ":
        raise Fault("the active partition has no NTFS: "
                    + OTHER_SYSTEMS.get(name, "its boot sector is none that is known; it is damaged, or the disk is encrypted"))
    bytes_per_sector, = struct.unpack_from("<H", sector, 11)
    per_track, heads, hidden = struct.unpack_from("<HHI", sector, 24)
    sectors, = struct.unpack_from("<Q", sector, 40)
    if sector[510:] != b"\x55\xaa" or bytes_per_sector != SECTOR:
        raise Fault("the volume's boot sector is damaged")
    if sectors > part["size"] // SECTOR:
        raise Fault(f"the volume has {sectors} sectors and its partition {part['size'] // SECTOR}: "
                    "the image was cut off, or the table was changed")
    if hidden != part["start"] // SECTOR:
        raise Fault(f"the volume was made for a partition at sector {hidden} and lies at {part['start'] // SECTOR}, so it "
                    "does not start: take an image of the whole disk, not of partitions put together anew")
    notes = []
    if (per_track, heads) != (63, 255):
        notes.append(f"the volume counts {heads} heads of {per_track} sectors; where the machine's BIOS counts otherwise, "
                     "'A disk read error occurred' stands on the screen at its start")
    return notes


def check_ntfs(volume):
    """Is the volume whole, and was Windows shut down?"""
    head = read_file(volume, "/hiberfil.sys", 4)
    if head in (b"hibr", b"HIBR"):  # "wake" is one that was woken and goes on
        raise Fault("Windows is hibernated: start the old computer, switch hibernation off (Control Panel, Power Options), "
                    "shut it down, and take the image again")
    done = run("ntfsresize", "--info", "--no-progress-bar", volume)
    if done.returncode:
        raise Fault("the volume is not clean: in Windows XP run 'chkdsk C: /f', restart, shut down, and take the image "
                    f"again (ntfsresize: {words(done)})")


def real_path(volume, path):
    """The path with the capitals that the volume has; None where a name is not there.  Windows minds none, the tools do."""
    found = ""
    for name in path.strip("/").split("/"):
        done = run("ntfsls", "-p", found or "/", volume)
        there = {line.lower(): line for line in done.stdout.decode("utf-8", "replace").splitlines()}
        if done.returncode or name.lower() not in there:
            return None
        found += "/" + there[name.lower()]
    return found


def read_file(volume, path, limit=None):
    """A file's bytes, or its first, or None where there is none."""
    path = real_path(volume, path)
    if path is None:
        return None
    if not limit:
        done = run("ntfscat", volume, path)
        return None if done.returncode else done.stdout
    with start("ntfscat", volume, path) as reader:  # which may have gigabytes to say
        data = reader.stdout.read(limit)
        reader.kill()
    return data


def windows_folder(volume, number):
    """\\WINDOWS, as boot.ini says: Windows has to lie on the partition that starts."""
    ini = read_file(volume, "/boot.ini")
    if read_file(volume, "/ntldr", 1) is None or ini is None:
        raise Fault("there is no ntldr or no boot.ini: no Windows XP starts from this disk")
    found = re.search(rb"^\s*default\s*=\s*multi\(0\)disk\(0\)rdisk\((\d+)\)partition\((\d+)\)\\([A-Za-z0-9._-]+)\s*$", ini, re.M | re.I)
    if not found:
        raise Fault("boot.ini's 'default' names no Windows on an IDE disk (multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS)")
    if int(found[1]) != 0 or int(found[2]) != number:
        raise Fault(f"boot.ini starts Windows from disk {int(found[1])}, partition {int(found[2])}, and the active one is "
                    f"partition {number} of this disk: that Windows cannot be imported")
    return "/" + found[3].decode("ascii")
