#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""shape.py DOCUMENT REPORT...: whether `labseal report --json` prints what docs/formats/report-json.md says.

Every member of every report must be in the document with its type, and every member of the document in one of the
reports.  DOCUMENT#NAME: the document's block "```shape NAME".  Without a document's block (shape.py --print REPORT...),
prints the block.
"""
import json
import re
import sys

TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "real", type(None): "null"}


def walk(value, path, seen):
    if path:
        seen.setdefault(path, set()).add(TYPES[type(value)])
    if isinstance(value, dict):
        for key, member in value.items():
            walk(member, f"{path}.{key}" if path else key, seen)
    elif isinstance(value, list):
        for item in value:
            walk(item, path + "[]", seen)


seen = {}
for name in sys.argv[2:]:
    walk(json.load(open(name, encoding="utf-8")), "", seen)
if sys.argv[1] == "--print":
    print("\n".join(f"{path} {'|'.join(sorted(types, key=lambda t: (t == 'null', t)))}" for path, types in sorted(seen.items())))
    sys.exit()
document, _, name = sys.argv[1].partition("#")
start = "```shape " + name if name else "```shape"
block = re.search(start + r"\n(.*?)```", open(document, encoding="utf-8").read(), re.S).group(1)
shape = {line.split()[0]: set(line.split()[1].split("|")) for line in block.splitlines()}
wrong = [f"{path} is {types}, documented is {shape.get(path)}" for path, types in seen.items() if not types <= shape.get(path, set())]
wrong += [f"{path} is documented and in no report" for path in shape if path not in seen]
print("\n".join(wrong) or f"{len(shape)} members")
sys.exit(bool(wrong))
