#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""readme.py README.md OUTPUT: is what README shows what the demo says?

Every line of the README's `console demo` block must be among the demo's lines,
when numbers, digests and paths count for nothing (files arrive in any order).
readme.py --block NAME README.md prints the block of that name.
"""
import re
import sys


def block(readme, name):
    found = re.search(r"^```\w+ %s\n(.*?)^```$" % name, open(readme, encoding="utf-8").read(), re.M | re.S)
    if not found:
        sys.exit(f"{readme}: there is no block '{name}'")
    return found.group(1)


def shape(line):
    line = re.sub(r"\S*/(?=policy\.yaml|trust\.txt|share\b)", "", line)
    line = re.sub(r"(\b[0-9a-f]{4}\b ?){16}", "FINGERPRINT", line)
    line = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", line)
    line = re.sub(r"under (TCG.*|KVM)$", "under ACCELERATOR", line)
    line = re.sub(r"keys made, state approved|a changed state was approved|[a-z ,]*approved", "APPROVED", line)
    return " ".join(re.sub(r"\d+(\.\d+)?", "N", line).split())


if sys.argv[1] == "--block":
    print(block(sys.argv[3], sys.argv[2]), end="")
    sys.exit(0)
said = {shape(line) for line in open(sys.argv[2], encoding="utf-8")}
missing = [line for line in block(sys.argv[1], "demo").splitlines() if shape(line) not in said]
for line in missing:
    print(f"README shows, and the demo does not say: {line}")
sys.exit(bool(missing))
