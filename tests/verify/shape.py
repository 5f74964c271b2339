#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shape.py DOCUMENT REPORT...: whether `labseal verify --json` prints what docs/formats/verify-json.md says.

Every member of every report must be in the document with its type; every member of the document must be in one of the
reports; every finding's id and every check must be in the document's tables.
"""
import json
import re
import sys

TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "real", type(None): "null"}
ELSEWHERE = "samples[].dna.records[]"  # is docs/formats/dna-verify-json.md's


def walk(value, path, seen):
    if path:
        seen.setdefault(path, set()).add(TYPES[type(value)])
    if path == ELSEWHERE:
        return
    if isinstance(value, dict):
        for key, member in value.items():
            walk(member, f"{path}.{key}" if path else key, seen)
    elif isinstance(value, list):
        for item in value:
            walk(item, path + "[]", seen)


document = open(sys.argv[1], encoding="utf-8").read()
block = re.search(r"```shape\n(.*?)```", document, re.S).group(1)
shape = {line.split()[0]: set(line.split()[1].split("|")) for line in block.splitlines()}
words = set()
for line in document[document.index("## The checks") :].splitlines():
    base = ""
    for word in re.findall(r"`([a-z0-9.-]+)`", line):
        if word.startswith("."):
            word = base.rsplit(".", 1)[0] + word
        words.add(word)
        base = word
seen, wrong = {}, []
for name in sys.argv[2:]:
    report = json.load(open(name, encoding="utf-8"))
    walk(report, "", seen)
    wrong += [c["check"] for c in report["checks"] if c["check"] not in words]
    for kind in ("failed", "unable", "warnings", "events", "not_checked"):
        wrong += [f["id"] for f in report[kind]["items"] if f["id"] not in words]
wrong = [f"'{word}' is in no table" for word in sorted(set(wrong))]
wrong += [f"{path} is {types}, documented is {shape.get(path)}" for path, types in seen.items() if not types <= shape.get(path, set())]
wrong += [f"{path} is documented and in no report" for path in shape if path not in seen]
print("\n".join(wrong) or f"{len(shape)} members, {len(words)} names")
sys.exit(bool(wrong))
