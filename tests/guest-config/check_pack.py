#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_pack.py PACK: is each file of the pack as Windows XP reads it, and do all of them say the same?

Reads the files that labseal-guest-config made with parsers of its own: the registry file (UTF-16LE, "Windows Registry
Editor Version 5.00"), security templates ([MS-GPSB] 2.2, SDDL), batch files (each label that is gone to is there), the
list. Then the list, which apply.cmd and verify.cmd go by, must have every value of the registry file and the templates,
and they no other, and SETTINGS.txt and the comments every name. Prints each fault; exit status 0 none, 1 some.
"""
import pathlib
import re
import sys

faults = []
RIGHTS = set("""SeNetworkLogonRight SeDenyNetworkLogonRight SeDenyRemoteInteractiveLogonRight SeInteractiveLogonRight
    SeDenyInteractiveLogonRight SeRemoteInteractiveLogonRight SeBatchLogonRight SeServiceLogonRight SeSystemtimePrivilege
    SeLoadDriverPrivilege SeDebugPrivilege SeRemoteShutdownPrivilege SeTakeOwnershipPrivilege SeShutdownPrivilege
    SeBackupPrivilege SeRestorePrivilege SeSecurityPrivilege SeSystemEnvironmentPrivilege""".split())
NUMBERS = {  # [MS-GPSB] 2.2.1 to 2.2.4: name and range
    "System Access": {"MinimumPasswordAge": (0, 999), "MaximumPasswordAge": (-1, 999), "MinimumPasswordLength": (0, 14),
                      "PasswordComplexity": (0, 1), "PasswordHistorySize": (0, 24), "LockoutBadCount": (0, 999),
                      "ResetLockoutCount": (1, 99999), "LockoutDuration": (-1, 99999), "ClearTextPassword": (0, 1),
                      "EnableGuestAccount": (0, 1), "EnableAdminAccount": (0, 1), "LSAAnonymousNameLookup": (0, 1)},
    "Event Audit": {f"Audit{n}": (0, 3) for n in ("SystemEvents", "LogonEvents", "ObjectAccess", "PrivilegeUse", "PolicyChange",
                                                 "AccountManage", "ProcessTracking", "DSAccess", "AccountLogon")},
}
ACE = r"\((A|D);(OI|CI|IO|NP)*;(0x[0-9a-f]+|([A-Z]{2})+);;;(BA|SY|BU|CO|WD|PU|AU|S-1-[0-9-]+)\)"
SDDL = re.compile(rf"D:(P|AR|AI)*(?:{ACE})*")
VALUE = re.compile(r'(?:"((?:[^"\\]|\\.)*)"|(@))=(?:"((?:[^"\\]|\\.)*)"|(-)|dword:([0-9a-f]{8})|(hex(?:\([27]\))?):([0-9a-f]{2}(?:,[0-9a-f]{2})*))')


def fault(text):
    faults.append(text)


def unicode_lines(path):
    data = path.read_bytes()
    if data[:2] != b"\xff\xfe":
        fault(f"{path.name}: does not begin with UTF-16LE's mark")
    text = data[2:].decode("utf-16-le")
    if "\ufeff" in text or re.search(r"(?<!\r)\n|\r(?!\n)", text) or not text.endswith("\r\n"):
        fault(f"{path.name}: a line does not end in CR LF, or a mark is within")
    return text.split("\r\n")


def unescaped(text):
    return re.sub(r"\\(.)", r"\1", text)


def registry_file(path):
    """{(key, name): (type, data as reg.exe prints it)}"""
    lines, key, values = unicode_lines(path), None, {}
    if lines[0] != "Windows Registry Editor Version 5.00" or lines[1] != "":
        fault(f"{path.name}: the first line is not regedit's, followed by an empty one")
    for number, line in enumerate(lines[1:], 2):
        if not line or line.startswith(";"):
            continue
        if re.fullmatch(r"\[HKEY_LOCAL_MACHINE(\\[^\\\[\]]+)+\]", line):
            key = "HKLM" + line[len("[HKEY_LOCAL_MACHINE"):-1]
            continue
        found = VALUE.fullmatch(line)
        if not found or key is None:
            fault(f"{path.name}:{number}: neither a key nor a value: {line}")
            continue
        name, default, text, absent, number_, kind, octets = found.groups()
        where = (key.lower(), "-" if default else unescaped(name).lower())
        if where in values:
            fault(f"{path.name}:{number}: this value is there twice")
        values[where] = ("ABSENT", "-") if absent else registry_data(path, number, text, number_, kind, octets)
    return values


def registry_data(path, line, text, number, kind, octets):
    if text is not None:
        return "REG_SZ", unescaped(text)
    if number is not None:
        return "REG_DWORD", f"0x{int(number, 16):x}"
    raw = bytes(int(o, 16) for o in octets.split(","))
    if kind == "hex":
        return "REG_BINARY", raw.hex()
    wide = raw.decode("utf-16-le")
    end = "\0" if kind == "hex(2)" else "\0\0"
    if not wide.endswith(end):
        fault(f"{path.name}:{line}: does not end in its zeros")
    return ("REG_EXPAND_SZ" if kind == "hex(2)" else "REG_MULTI_SZ"), wide[:-len(end)].replace("\0", r"\0")


def template(path):
    """{(section, name): value}, of a security template."""
    lines, section, values = unicode_lines(path), None, {}
    if lines[:5] != ["[Unicode]", "Unicode=yes", "[Version]", 'signature="$CHICAGO$"', "Revision=1"]:
        fault(f"{path.name}: does not begin as [MS-GPSB] 2.2 says")
    for number, line in enumerate(lines[5:], 6):
        if not line or line.startswith(";"):
            continue
        where = f"{path.name}:{number}"
        if line.startswith("["):
            section = line[1:-1]
            continue
        if section in ("File Security", "Registry Keys"):
            name, value = access_line(where, section, line)
        else:
            name, _, value = (part.strip() for part in line.partition("="))
            template_value(where, section, name, value)
        if (section, name) in values:
            fault(f"{where}: '{name}' is there twice")
        values[section, name] = value
    return values


def access_line(where, section, line):
    found = re.fullmatch(r'"([^"]+)",([012]),"([^"]*)"', line)
    if not found:
        fault(f"{where}: not PATH,MODE,SDDL: {line}")
        return line, ""
    if not SDDL.fullmatch(found[3]):
        fault(f"{where}: not SDDL: {found[3]}")
    if section == "Registry Keys" and not found[1].startswith("MACHINE\\"):
        fault(f"{where}: a key begins with MACHINE: {found[1]}")
    return found[1], found[3]


def template_value(where, section, name, value):
    if section in NUMBERS:
        low, high = NUMBERS[section].get(name, (1, 0))
        if not re.fullmatch(r"-?\d+", value) or not low <= int(value) <= high:
            fault(f"{where}: [{section}] has no {name} of {value}")
    elif section == "Privilege Rights":
        if name not in RIGHTS or not re.fullmatch(r"(\*S-1-[0-9-]+(,\*S-1-[0-9-]+)*)?", value):
            fault(f"{where}: '{name}' is no right, or '{value}' no SIDs")
    elif section == "Registry Values":
        if not re.fullmatch(r"MACHINE\\.+\\[^\\]+", name) or not re.fullmatch(r"[1347],.+", value):
            fault(f"{where}: no registry value of a template: {name}={value}")
    else:
        fault(f"{where}: there is no section '{section}'")


def batch(path):
    data = path.read_bytes()
    if not data.isascii() or b"\n" in data.replace(b"\r\n", b""):
        fault(f"{path.name}: not ASCII with CR LF")
    lines = data.decode("ascii").split("\r\n")
    labels = {m[1].lower() for line in lines if (m := re.match(r":([a-z_-]+)$", line))}
    for number, line in enumerate(lines, 1):
        if len(line) > 1000 or line.rstrip() != line:
            fault(f"{path.name}:{number}: too long, or blanks at its end")
        if line.startswith("rem "):
            continue
        for target in re.findall(r"(?:goto|call) :?(?<=[ :])([a-z_-]+)(?![\w.])", line):
            called = re.search(rf"call {target}\b", line)
            if target != "set" and not called and target not in labels:
                fault(f"{path.name}:{number}: there is no label '{target}'")
        if re.search(r"enabledelayedexpansion|powershell|wmic|%~t|choice", line, re.I):
            fault(f"{path.name}:{number}: something that a Windows XP may not have")
    return labels


def check_list(pack, labels):
    """The rows of settings.lst by their kind."""
    data = (pack / "settings.lst").read_bytes()
    if not data.isascii() or b"\n" in data.replace(b"\r\n", b""):
        fault("settings.lst: not ASCII with CR LF")
    rows = {}
    for number, line in enumerate(data.decode("ascii").split("\r\n")[1:-1], 2):
        fields = line.split("|")
        if any(not f for f in fields) or len(fields) < 6 or re.search(r'["!^&<>]', line):
            fault(f"settings.lst:{number}: an empty field, or a character that batch files trip over: {line}")
        if fields[0] not in labels:
            fault(f"settings.lst:{number}: verify.cmd has no ':{fields[0]}'")
        rows.setdefault(fields[0], []).append(fields[1:])
    return rows


def compare(what, listed, there):
    for where in sorted(set(listed) | set(there)):
        if listed.get(where) != there.get(where):
            fault(f"{what}: the list says {listed.get(where)} of {' '.join(where)}, the file {there.get(where)}")


def main():
    pack = pathlib.Path(sys.argv[1])
    labels = {name: batch(pack / name) for name in ("apply.cmd", "verify.cmd", "undo.cmd")}
    rows = check_list(pack, labels["verify.cmd"])
    registry, security = registry_file(pack / "lockdown.reg"), template(pack / "security.inf")
    rights, undo = template(pack / "rights.inf"), template(pack / "undo.inf")

    of_template = {("HKLM" + n[7:].rsplit("\\", 1)[0]).lower() + "|" + n.rsplit("\\", 1)[1].lower()
                   for s, n in security if s == "Registry Values"}
    listed = {(k.lower(), n.lower()): (t, d) for _, k, n, t, d in rows["reg"] if f"{k}|{n}".lower() not in of_template}
    compare("lockdown.reg", listed, {w: v for w, v in registry.items() if w[1] != "description"})
    if len(of_template) != len(rows["reg"]) - len(listed):
        fault("security.inf: a registry value is not in the list, or twice")
    access = {(p,): a for _, p, _, _, a in rows["acl"]}
    compare("security.inf", access, {(n,): v for (s, n), v in security.items() if s in ("File Security", "Registry Keys")})
    if set(access) != {(n,) for _, n in undo}:
        fault("undo.inf: not the folders and keys of security.inf")
    policy = {(s, n): d for _, s, n, _, d in rows["pol"]}
    compare("security.inf", policy, {w: v for w, v in security.items() if w[0] in NUMBERS or w[0] == "Privilege Rights"})
    if {n for _, n in rights} != {n for s, n in policy if s == "Privilege Rights"} or any(rights.values()):
        fault("rights.inf: not the rights of security.inf, each of nobody")

    pages = (pack / "SETTINGS.txt").read_text(encoding="ascii")
    comments = "\n".join(unicode_lines(pack / "lockdown.reg") + unicode_lines(pack / "security.inf"))
    for kind in ("reg", "svc", "pol", "acl", "user", "hibernation"):
        for row in rows[kind]:
            found = re.search(rf"^{re.escape(row[0])}\n    set        .+\n    without it .+\n    undo       .+\n    source     .+$", pages, re.M)
            if not found:
                fault(f"SETTINGS.txt: nothing about '{row[0]}'")
            if kind in ("reg", "pol", "acl") and not re.search(rf"^; {re.escape(row[0])}: without it: .+\n; Undo: .+ Source: .+$", comments, re.M):
                fault(f"no comment about '{row[0]}'")
    for text in faults:
        print(text)
    print(f"{len(registry)} registry values, {len(security)} of the template, {len(rows['svc'])} services, {len(rows['user'])} of operators")
    return 1 if faults else 0


sys.exit(main())
