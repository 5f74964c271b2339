#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""evidence_without.py EVIDENCE WORDS OUT [PART]: leave out the last record of EVIDENCE (or other PART: "document") that
has WORDS in it, with its proof."""
import re
import sys

data = open(sys.argv[1], "rb").read()
parts, at = [], data.index(b"\ncheckpoint ") + 1
head = data[:at]
while at < len(data):
    size = int(re.match(rb"[a-z]+ (?:[0-9a-f]{64} )?([0-9]+)\n", data[at:]).group(1))
    end = data.index(b"\n", at) + 1 + size + 1
    parts.append(data[at:end])
    at = end
kind = sys.argv[4].encode() if len(sys.argv) > 4 else b"record"
last = max(i for i, part in enumerate(parts) if part.startswith(kind + b" ") and sys.argv[2].encode() in part)
del parts[last : last + (2 if kind == b"record" else 1)]
open(sys.argv[3], "wb").write(head + b"".join(parts))
