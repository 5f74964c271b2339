# SPDX-License-Identifier: Apache-2.0
"""The texts of the pack's files, out of the settings."""
from lockdown_settings import ROOTS, TYPES

NAME = "labseal-guest-config"
TEMPLATE_TYPES = {"sz": 1, "binary": 3, "dword": 4}  # [Registry Values] of a template


def crlf(text):
    return text.replace("\n", "\r\n")


def unicode_file(text):
    """UTF-16LE with its mark, as regedit of Windows XP and [MS-GPSB] 2.2 want it."""
    return b"\xff\xfe" + crlf(text).encode("utf-16-le")


def comment(setting, mark):
    return f"{mark} {setting.id}: without it: {setting.prevents}\n{mark} Undo: {setting.undo}. Source: {setting.source}\n"


def wide_hex(number, text):
    return f"hex({number}):" + ",".join(f"{byte:02x}" for byte in text.encode("utf-16-le"))


def registry_value(setting):
    name = "@" if setting.name == "-" else f'"{setting.name}"'
    if setting.type == "absent":
        return name + "=-"
    if setting.type == "dword":
        return f"{name}=dword:{setting.data:08x}"
    if setting.type == "sz":
        return name + '="' + setting.data.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if setting.type == "expand":
        return name + "=" + wide_hex(2, setting.data + "\0")
    if setting.type == "multi":
        return name + "=" + wide_hex(7, setting.data.replace("|", "\0") + "\0\0")
    return name + "=hex:" + setting.data


def registry_file(settings):
    text = ["Windows Registry Editor Version 5.00\n\n; Made by " + NAME + "; apply.cmd takes it, after it has saved what is there.\n"]
    for setting in settings:
        if setting.kind != "reg" or setting.template:
            continue
        root, rest = setting.key.split("\\", 1)
        text.append(f"\n{comment(setting, ';')}[{ROOTS[root]}\\{rest}]\n{registry_value(setting)}\n")
        if hasattr(setting, "level"):
            text.append(f'"SaferFlags"=dword:00000000\n"Description"="{setting.id}"\n')
    return "".join(text)


def template(settings, sections, line, head=""):
    text = ['[Unicode]\nUnicode=yes\n[Version]\nsignature="$CHICAGO$"\nRevision=1\n', head]
    for section in sections:
        lines = [line(s) for s in settings if section_of(s) == section]
        if lines:
            text.append(f"[{section}]\n" + "".join(lines))
    return "".join(text)


def section_of(setting):
    if setting.kind == "acl":
        return "Registry Keys" if setting.key.startswith("MACHINE\\") else "File Security"
    return setting.template


def template_line(setting):
    note = comment(setting, ";")
    if setting.kind == "acl":
        return f'{note}"{setting.key}",0,"{setting.data}"\n'
    if setting.template == "Registry Values":
        data = setting.data.lstrip("0") or "0" if setting.type == "binary" else setting.data
        return f"{note}MACHINE{setting.key[4:]}\\{setting.name}={TEMPLATE_TYPES[setting.type]},{data}\n"
    return f"{note}{setting.name} = {setting.data}\n"


def list_file(settings, site, with_exporter):
    text = ["# Made by " + NAME + ": what apply.cmd and verify.cmd go by. KIND|NAME|...\n"]
    for s in settings:
        if s.kind == "svc":
            text.append(f"svc|{s.id}|{s.key}|Start|REG_DWORD|{s.list_data()}\n")
        elif s.kind == "pol":
            text.append(f"pol|{s.id}|{s.key}|{s.name}|{s.template}|{s.data}\n")
        elif s.kind == "hibernation":
            text.append(f"hibernation|{s.id}|{s.key}|-|-|absent\n")
        elif s.kind == "acl":
            text.append(f"acl|{s.id}|{s.key}|-|-|{s.data}\n")
        else:
            key = s.key.split("\\", 1)[1] if s.kind == "user" else s.key
            undo = f"|{s.undo if s.undo == 'delete' else s.list_data(s.undo)}" if s.kind == "user" else ""
            text.append(f"{s.kind}|{s.id}|{key}|{s.name}|{TYPES[s.type]}|{s.list_data()}{undo}\n")
            if hasattr(s, "level"):
                text.append(f"reg|{s.id}|{s.key}|SaferFlags|REG_DWORD|0x0\n")
    text.append(f"operator-account|{site.operator}|-|-|-|-\n")
    if with_exporter:
        text.append("exporter|accounts.exporter|-|-|-|-\n")
    return "".join(text)


def exporter_settings(site):
    lines = ["; Settings of labseal-export; a change takes effect when its service starts again.\n",
             f"port = {site.port[0]}\noutbox = {site.outbox[0]}\n"]
    lines += [f"{key} = {value}\n" for key in ("watch", "match", "ignore") for value in getattr(site, key)]
    return "".join(lines)


def shown(setting):
    if setting.kind == "acl":
        return f"{setting.key}: {setting.data}"
    if setting.kind == "hibernation":
        return f"{setting.key} is not there"
    if setting.kind == "pol":
        return f"[{setting.key}] {setting.name} = {setting.data}"
    if hasattr(setting, "level"):
        return f"{setting.level} {setting.path}"
    name = "(default)" if setting.name == "-" else setting.name
    if setting.type == "absent":
        return f"{setting.key} {name} is taken away"
    return f"{setting.key} {name} = {setting.list_data()}"


def table(settings):
    """The table of docs/guest-config.md."""
    def cell(text):
        return text.replace("|", "\\|")
    rows = [f"| `{s.id}` | `{cell(shown(s))}` | {cell(s.prevents)} | `{cell(s.undo)}` |\n" for s in settings]
    return "| name | set | without it | undo |\n|---|---|---|---|\n" + "".join(rows)


def page(settings):
    """SETTINGS.txt: the same for Notepad."""
    text = ["What apply.cmd sets. verify.cmd names a deviation by these names.\n"]
    for s in settings:
        text.append(f"\n{s.id}\n    set        {shown(s)}\n    without it {s.prevents}\n    undo       {s.undo}\n    source     {s.source}\n")
    return "".join(text)
