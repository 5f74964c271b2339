#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A made-up plasmid: make_plasmid.py [--fasta] BASES SEED"""
import random
import sys

fasta = sys.argv[1] == "--fasta"
size, seed = (int(a) for a in sys.argv[-2:])
dice = random.Random(seed)
bases = "".join(dice.choice("acgt") for _ in range(size))
if fasta:
    print(">made-%d\n%s" % (seed, "\n".join(bases[i:i + 70] for i in range(0, size, 70))))
    sys.exit()
print("""LOCUS       made%-20d %d bp    DNA     circular SYN 01-JAN-2026
DEFINITION  made up.
COMMENT     10..20 is text, and stays.
FEATURES             Location/Qualifiers
     source          1..%d
                     /organism="none"
     CDS             500..1000
                     /gene="madeR"
     promoter        complement(1400..1450)
                     /label="P1"
     CDS             join(2000..2100,
                     2300..2400)
                     /gene="split"
     misc_feature    join(%d..%d,1..60)
                     /note="over the origin"
ORIGIN""" % (seed, size, size, size - 40, size))
for i in range(0, size, 60):
    print("%9d %s" % (i + 1, " ".join(bases[j:j + 10] for j in range(i, min(size, i + 60), 10))))
print("//")
