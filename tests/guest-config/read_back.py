#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""read_back.py IMPORTED EXPORT ...: is every value of the registry file IMPORTED in what Windows then exported?"""
import pathlib
import re
import sys


def values(path):
    text = pathlib.Path(path).read_bytes().decode("utf-16").replace("\r\n", "\n").replace("\\\n  ", "")
    key, found = None, {}
    for line in text.split("\n"):
        if line.startswith("["):
            # Wine writes the control set that the current one is
            key = re.sub(r"\\ControlSet\d{3}\\", r"\\CurrentControlSet\\", line.strip("[]")).lower()
        elif "=" in line and not line.startswith(";"):
            name, _, data = line.partition("=")
            found[key, name.lower()] = data
    return found


wanted = values(sys.argv[1])
there = {}
for path in sys.argv[2:]:
    there.update(values(path))
wanted = {where: data for where, data in wanted.items() if data != "-"}
wrong = [f"{k} {n}: {there.get((k, n))}, not {d}" for (k, n), d in wanted.items() if there.get((k, n)) != d]
print("\n".join(wrong) or f"{len(wanted)} values")
sys.exit(1 if wrong or len(wanted) < 60 else 0)
