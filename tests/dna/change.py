#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A molecule with other bases: change.py [--fasta] FILE [BASE ...]; a negative BASE is lost."""
import re
import sys

arguments = [a for a in sys.argv[1:] if a != "--fasta"]
text = open(arguments[0]).read()
if text.startswith(">"):
    head, bases = ">changed\n", "".join(text.split("\n")[1:])
else:
    head, origin = text.split("ORIGIN\n")
    bases = re.sub("[^acgt]", "", origin)
bases = list(bases)
for place in map(int, arguments[1:]):
    at = abs(place) - 1
    bases[at] = "" if place < 0 else {"a": "c", "c": "g", "g": "t", "t": "a"}[bases[at]]
bases = "".join(bases)
if "--fasta" in sys.argv:
    print(">changed\n" + bases)
else:
    print("%sORIGIN\n        1 %s\n//" % (head, bases))
