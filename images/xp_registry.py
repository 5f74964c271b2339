# SPDX-License-Identifier: Apache-2.0
"""The registry of a Windows XP that does not run: what it is, and what it needs to start from QEMU's IDE disk.

Without these entries a Windows that was installed on another controller stops with 0x0000007B.  Source: MS KB 314082
(read), of which this is the part for the machine that labseal makes: PIIX3 is 8086:7010.
"""
import struct

import hivex

from xp_common import Fault

SZ, EXPAND_SZ, DWORD = 1, 2, 4
DISK_CLASS = "{4D36E967-E325-11CE-BFC1-08002BE10318}"
CONTROLLER_CLASS = "{4D36E96A-E325-11CE-BFC1-08002BE10318}"
CRITICAL_DEVICES = {
    "primary_ide_channel": ("atapi", CONTROLLER_CLASS),
    "secondary_ide_channel": ("atapi", CONTROLLER_CLASS),
    "*pnp0600": ("atapi", CONTROLLER_CLASS),
    "gendisk": ("disk", DISK_CLASS),
    "pci#cc_0101": ("pciide", CONTROLLER_CLASS),
    "pci#ven_8086&dev_7010": ("intelide", CONTROLLER_CLASS),
    "pci#ven_8086&dev_7111": ("intelide", CONTROLLER_CLASS),
}
# name: group, tag, file
BOOT_DRIVERS = {
    "atapi": ("SCSI miniport", 25, "atapi.sys"),
    "IntelIde": ("System Bus Extender", 4, "intelide.sys"),
    "PCIIde": ("System Bus Extender", 3, "pciide.sys"),
}
NEEDED_FILES = ("atapi.sys", "intelide.sys", "pciide.sys", "pciidex.sys", "disk.sys")
# Drivers of the old computer's own processor and graphics port, which stop Windows on a virtual one (MS KB 953356).
UNWANTED = ("intelppm", "AmdK8", "AmdK7", "P3", "agp440")


def open_hive(path, name, write=False):
    with open(path, "rb") as file:
        head = file.read(16)
    if head[:4] != b"regf" or len(head) < 16:
        raise Fault(f"the registry file '{name}' is damaged: it does not begin as one")
    first, second = struct.unpack_from("<II", head, 4)
    if first != second:
        raise Fault(f"the registry file '{name}' was being written when the image was taken: shut Windows down in order "
                    "and take the image again")
    try:
        return hivex.Hivex(str(path), write=write)
    except RuntimeError as error:
        raise Fault(f"the registry file '{name}' is damaged: {error}") from error


def find(hive, *path):
    """The key below the root, or None."""
    node = hive.root()
    for name in path:
        node = hive.node_get_child(node, name)
        if node is None:
            return None
    return node


def value(hive, node, name):
    """(type, bytes) of a value, or None.  Names do not mind capitals."""
    for candidate in hive.node_values(node) if node is not None else ():
        if hive.value_key(candidate).lower() == name.lower():
            return hive.value_value(candidate)
    return None


def text(found):
    return found[1].decode("utf-16-le", "replace").rstrip("\0") if found else ""


def check_version(path):
    """Notes; the hive is SOFTWARE."""
    hive = open_hive(path, "software")
    node = find(hive, "Microsoft", "Windows NT", "CurrentVersion")
    version = text(value(hive, node, "CurrentVersion"))
    product = text(value(hive, node, "ProductName")) or "an unnamed system"
    if version != "5.1":
        raise Fault(f"the disk has {product} (version {version or 'unknown'}), and this imports Windows XP (5.1)")
    pack = text(value(hive, node, "CSDVersion"))
    if pack != "Service Pack 3":
        return [f"{product} has {pack or 'no service pack'}: the exporter needs Service Pack 3; install it before the image is locked"]
    return []


def number(found):
    return struct.unpack("<I", found[1])[0] if found and found[0] == DWORD and len(found[1]) == 4 else None


def control_sets(hive):
    """The control sets that Windows may start from, by Select."""
    select = find(hive, "Select")
    numbers = {number(value(hive, select, n)) for n in ("Current", "Default", "LastKnownGood")} - {None, 0}
    names = [f"ControlSet{n:03d}" for n in sorted(numbers)]
    there = [n for n in names if find(hive, n) is not None]
    if not there:
        raise Fault("the registry file 'system' has no control set that its 'Select' names")
    return there


def child(hive, node, name):
    found = hive.node_get_child(node, name)
    return found if found is not None else hive.node_add_child(node, name)


def wide(string):
    return string.encode("utf-16-le") + b"\0\0"


def put(hive, node, name, kind, data):
    """Sets one value and leaves the others; says whether it was another before."""
    if kind == DWORD:
        data = struct.pack("<I", data)
    else:
        data = wide(data)
    before = value(hive, node, name)
    hive.node_set_value(node, {"key": name, "t": kind, "value": data})
    return before != (kind, data)


def prepare(path):
    """Makes the hive SYSTEM start from QEMU's IDE disk.  The lines of what was changed; none when it was so already."""
    hive, changed = open_hive(path, "system", write=True), []
    for name in control_sets(hive):
        control, services = find(hive, name, "Control"), find(hive, name, "Services")
        if control is None or services is None:
            raise Fault(f"the registry file 'system' has no Control or Services in {name}")
        devices = child(hive, control, "CriticalDeviceDatabase")
        for device, (service, guid) in CRITICAL_DEVICES.items():
            node = child(hive, devices, device)
            if put(hive, node, "Service", SZ, service) | put(hive, node, "ClassGUID", SZ, guid):
                changed.append(f"{name}: device {device} is driven by {service}")
        for driver, (group, tag, file) in BOOT_DRIVERS.items():
            node = child(hive, services, driver)
            done = [put(hive, node, "ErrorControl", DWORD, 1), put(hive, node, "Group", SZ, group),
                    put(hive, node, "Start", DWORD, 0), put(hive, node, "Tag", DWORD, tag), put(hive, node, "Type", DWORD, 1),
                    put(hive, node, "ImagePath", EXPAND_SZ, rf"System32\DRIVERS\{file}")]
            if any(done):
                changed.append(f"{name}: {driver} is started with Windows")
        for driver in UNWANTED:
            node = hive.node_get_child(services, driver)
            if node is not None and put(hive, node, "Start", DWORD, 4):
                changed.append(f"{name}: {driver}, the old computer's own, is not started")
    if changed:
        hive.commit(None)
    return changed
