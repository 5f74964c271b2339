# SPDX-License-Identifier: Apache-2.0
"""The table of settings (settings/*.conf) and what differs from lab to lab (site.conf)."""
import configparser
import re
import uuid

SAFER = r"HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers"
LEVELS = {"allow": 262144, "deny": 0}  # winsafer.h: fully trusted, disallowed
TYPES = {"dword": "REG_DWORD", "sz": "REG_SZ", "expand": "REG_EXPAND_SZ", "multi": "REG_MULTI_SZ", "binary": "REG_BINARY",
         "absent": "ABSENT"}
TEMPLATE_SECTIONS = ("System Access", "Event Audit", "Privilege Rights", "Registry Values")
ROOTS = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER"}
# Rights of users on what they may read and run, change, or (a key) change: Microsoft's templates have the same.
ACL_PROGRAMS = "D:PAR(A;OICI;FA;;;BA)(A;OICI;FA;;;SY)(A;OICIIO;FA;;;CO)(A;OICI;0x1200a9;;;BU)"
ACL_WRITABLE = "D:AR(A;OICI;0x1301bf;;;BU)"
ACL_KEY = "D:PAR(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CIIO;KA;;;CO)(A;CI;CCDCLCSWRPSDRC;;;BU)"


class Fault(Exception):
    """What is wrong, for people; may hold several lines."""


class Setting:
    """One setting: what it sets, what it prevents, how it is undone, where that is known from."""

    def __init__(self, name, section):
        self.id = name
        self.prevents = " ".join(section.get("prevents", "").split())
        self.source = " ".join(section.get("source", "").split())
        self.undo = section.get("undo", section.get("default", "")).strip()
        self.template = section.get("template")
        kinds = [k for k in ("service", "rule", "file", "file-absent", "set") if k in section]
        if len(kinds) != 1:
            raise Fault(f"{name}: one of service, rule, file, file-absent and set is needed, and there is {' and '.join(kinds) or 'none'}")
        for field in ("prevents", "source", "undo"):
            if not getattr(self, field):
                raise Fault(f"{name}: '{field}' is missing")
        getattr(self, "_" + kinds[0].replace("-", "_"))(section)

    def _service(self, section):
        self.kind, self.key = "svc", r"HKLM\SYSTEM\CurrentControlSet\Services" + "\\" + section["service"]
        self.name, self.type, self.data = "Start", "dword", int(section.get("start", "4"))

    def _rule(self, section):
        level, path = section["rule"].split(None, 1)
        if level not in LEVELS:
            raise Fault(f"{self.id}: a rule begins with allow or deny, not '{level}'")
        self.kind, self.level, self.path = "reg", level, path
        guid = uuid.uuid5(uuid.NAMESPACE_URL, f"labseal:{level}:{path.lower()}")
        self.key = rf"{SAFER}\{LEVELS[level]}\Paths\{{{guid}}}"
        self.name, self.type, self.data = "ItemData", "expand", path

    def _file(self, section):
        self.kind, self.key, self.name, self.type, self.data = "acl", section["file"], "permissions", "acl", section["acl"]

    def _file_absent(self, section):
        if section["file-absent"].lower() != r"c:\hiberfil.sys":
            raise Fault(f"{self.id}: only C:\\hiberfil.sys can be seen to be absent")
        self.kind, self.key, self.name, self.type, self.data = "hibernation", section["file-absent"], "file", "file", "absent"

    def _set(self, section):
        words = section["set"].split(None, 1 if self.template and "key" not in section else 2)
        if self.template and self.template not in TEMPLATE_SECTIONS:
            raise Fault(f"{self.id}: there is no section '{self.template}' in a security template")
        if self.template and "key" not in section:
            self.kind, self.key, self.name, self.type = "pol", self.template, words[0], "policy"
            self.data = words[1]
            return
        if words[1:] == ["absent"]:
            words.append("-")
        if len(words) != 3 or words[1] not in TYPES:
            raise Fault(f"{self.id}: 'set' is NAME TYPE DATA with a type of {', '.join(TYPES)}")
        root = section["key"].split("\\", 1)[0]
        if root not in ROOTS:
            raise Fault(f"{self.id}: a key begins with HKLM or HKCU, not '{root}'")
        self.kind = "user" if root == "HKCU" else "reg"
        self.key, self.name, self.type, self.data = section["key"], words[0], words[1], words[2]
        if self.type == "dword":
            self.data = int(self.data)

    def list_data(self, value=None):
        """The data as reg.exe prints it."""
        value = self.data if value is None else value
        if self.type == "dword":
            return f"0x{int(value):x}"
        if self.type == "multi":
            return value.replace("|", r"\0")
        return str(value)


def read_conf(path, **options):
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",), **options)
    parser.optionxform = str
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
    except (configparser.Error, UnicodeDecodeError) as error:
        raise Fault(f"'{path}': {' '.join(str(error).split())}") from error
    except OSError as error:
        raise Fault(f"cannot read '{path}': {error.strerror}") from error
    return parser


def read_settings(folder):
    settings, faults = [], []
    for path in sorted(folder.glob("*.conf")):
        conf = read_conf(path)
        for name in conf.sections():
            try:
                settings.append(Setting(name, conf[name]))
            except (Fault, ValueError) as fault:
                faults.append(f"{path}: {fault}")
    if not settings and not faults:
        faults.append(f"there are no settings in '{folder}'")
    if faults:
        raise Fault("\n".join(faults))
    return settings


def check_path(where, path, faults):
    """A folder as Windows XP and its restriction rules understand it, and nothing that a batch file trips over."""
    if not re.fullmatch(r"[A-Za-z]:(\\[^\\/:*?\"<>|%!^&;]+)+", path) or any(p in (".", "..") for p in path.split("\\")):
        faults.append(f"{where}: '{path}' is no folder: it is a drive's letter and names, such as C:\\Instrument, without %, !, ^, & and ;")
    elif not path.isascii():
        faults.append(f"{where}: '{path}' has letters that batch files of Windows XP read differently in each language")


def inside(path, folder):
    return path.lower() == folder.lower() or path.lower().startswith(folder.lower() + "\\")


class Site:
    """What differs from lab to lab."""

    def __init__(self, path):
        conf, faults = read_conf(path), []
        known = {"site": ("operator", "software", "writable", "registry"), "exporter": ("port", "outbox", "watch", "match", "ignore")}
        for section in conf.sections():
            for key in conf[section]:
                if section not in known or key not in known[section]:
                    faults.append(f"[{section}] has no '{key}'" if section in known else f"there is no section [{section}]")
        self.values = {s: {k: [w.strip() for w in conf.get(s, k, fallback="").splitlines() if w.strip()] for k in keys}
                       for s, keys in known.items()}
        self.operator = conf.get("site", "operator", fallback="").strip()
        self._check(faults)
        if faults:
            raise Fault("\n".join(f"'{path}': {fault}" for fault in faults))

    def __getattr__(self, name):
        for keys in self.values.values():
            if name in keys:
                return keys[name]
        raise AttributeError(name)

    def _check(self, faults):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,19}", self.operator):
            faults.append(f"operator: '{self.operator}' is no account's name: at most 20 letters and digits")
        for key in ("software", "writable", "outbox", "watch"):
            for path in getattr(self, key):
                check_path(key, path, faults)
        for path in self.software:
            if len(path) <= 3 or inside(r"C:\Windows", path) or inside(r"C:\Documents and Settings", path):
                faults.append(f"software: everything below '{path}' could be run, and operators write there")
        for path in self.writable:
            for program in self.software + [r"C:\Windows", r"C:\Program Files", r"C:\labseal"]:
                if inside(program, path):
                    faults.append(f"writable: '{path}' holds the programs in '{program}': operators could change them, "
                                  "and no program runs from a writable folder. Name the folders below it that are written")
        for key in self.registry:
            if not re.fullmatch(r"HKLM\\SOFTWARE\\[A-Za-z0-9 ._-]+(\\[A-Za-z0-9 ._-]+)*", key, re.I) \
                    or inside(key, r"HKLM\SOFTWARE\Microsoft") or inside(key, r"HKLM\SOFTWARE\Policies") \
                    or inside(key, r"HKLM\SOFTWARE\Classes"):
                faults.append(f"registry: '{key}' is no program's key below HKLM\\SOFTWARE, or one of Windows' own")
        for key, example in (("port", "COM1"), ("outbox", r"D:\labseal\outbox")):
            if len(getattr(self, key)) != 1:
                faults.append(f"{key}: one is needed, such as {example}")
        for path in self.watch:
            if any(inside(outbox, path) for outbox in self.outbox):
                faults.append(f"outbox: '{self.outbox[0]}' is beneath the watched '{path}': the exporter would send what it sent")
        if not self.watch:
            faults.append("watch: a folder is needed, or no result is ever sent")

    def settings(self):
        made = []

        def add(name, **section):
            section.setdefault("source", "the site's site.conf")
            made.append(Setting(name, section))

        for n, path in enumerate(self.software, 1):
            add(f"site.software-{n}", rule=f"allow {path}", undo="delete", prevents="The instrument's software does not run.")
            add(f"site.software-{n}-files", file=path, acl=ACL_PROGRAMS, undo="D:AR",
                prevents="An operator, or what runs in his name, changes the instrument's software or puts a program beside it.")
        for n, path in enumerate(self.writable, 1):
            add(f"site.writable-{n}", rule=f"deny {path}", undo="delete",
                prevents="A program is put where operators write, and runs because it lies beneath a folder of programs.")
            add(f"site.writable-{n}-files", file=path, acl=ACL_WRITABLE, undo="D:AR",
                prevents="The instrument's software cannot save what it measured, since the operator may not write there.")
        for n, key in enumerate(self.registry, 1):
            add(f"site.registry-{n}", file="MACHINE" + key[4:], acl=ACL_KEY,
                undo="D:PAR(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CIIO;KA;;;CO)(A;CI;KR;;;BU)",
                prevents="The instrument's software cannot keep its settings. (Undone, it is as a program's key is made.)")
        return made
