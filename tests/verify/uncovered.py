#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What may be put into a share or changed there without `labseal verify` telling, held against docs/formats/share.md.

    uncovered.py LABSEAL-AUDIT SHARE TRUST

Every name that the program's sources know, as a file and as a folder, is put into every folder of the share; then each
file that is there is written over. What no finding names must be on the page's list, and the other way round.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

audit, share, trust = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
top = pathlib.Path(__file__).parents[2]


def findings():
    """Files that a finding names, and whether it ended as VERIFIED."""
    said = subprocess.run([audit, "verify", "--json", "--trust", trust, share], capture_output=True, check=False, timeout=60)
    report = json.loads(said.stdout)
    return {f["file"] for kind in ("failed", "unable") for f in report[kind]["items"]}, said.returncode == 0


def names_known():
    """String literals that could be a file's name."""
    names = {"x", ".x"}
    for part in ("share", "result_files", "log_files", "evidence", "evidence_key", "witnesses", "tally", "verdict"):
        text = (top / f"audit/verify/{part}.c").read_text()
        names.update(re.findall(r'"([A-Za-z0-9_.$+-][A-Za-z0-9_.$+ -]{0,38})"', text))
    return {n for n in names if n.strip(". ") and n == n.strip()}


def listed():
    """The names that the page says are for convenience, or a file system's."""
    page = (top / "docs/formats/share.md").read_text().split("## What no seal covers")[1]
    rows = [r.split("|")[1] for r in page.splitlines() if r.startswith("| the contents of")]
    return {n.rstrip("/") for row in rows for n in re.findall(r"`([^`]+)`", row)}


def key(path):
    """By what a file would be listed: its name at the top, its name in a result, else all of it."""
    parts = path.relative_to(share).parts
    if len(parts) == 4 and parts[0] == "results":
        return parts[3]
    return parts[0] if parts[0] not in ("results", "events", "log") else "/".join(parts)


def is_named(path, files):
    name = str(path.relative_to(share))
    return any(f == name or f.startswith(name + "/") for f in files)


def add(folder, names, as_folder):
    """Those of the names that nobody misses nor minds."""
    made = [folder / n for n in names if not (folder / n).exists()]
    for path in made:
        if as_folder:
            path.mkdir()
        (path / "inside" if as_folder else path).write_text("x")
    files, _ = findings()
    for path in made:
        shutil.rmtree(path) if as_folder else path.unlink()
    return {key(p) for p in made if not is_named(p, files)}


def main():
    everything = sorted(share.rglob("*"))
    names = sorted(names_known())
    found = set()
    for folder in [share] + [p for p in everything if p.is_dir()]:
        found |= add(folder, names, False) | add(folder, names, True)
    for path in (p for p in everything if p.is_file()):
        was = path.read_bytes()
        path.write_text("x")
        found |= {key(path)} if findings()[1] else set()
        path.write_bytes(was)
    wanted = listed()
    for name in sorted(found - wanted):
        print(f"docs/formats/share.md does not say that no seal covers '{name}'")
    for name in sorted(wanted - found):
        print(f"docs/formats/share.md says that no seal covers '{name}', and a finding names it")
    print(f"{len(names)} names in {len(everything)} places; not covered: {' '.join(sorted(found))}")
    return found != wanted or len(found) < 8


sys.exit(main())
