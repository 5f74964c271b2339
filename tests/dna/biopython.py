#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Signed GenBank files as Biopython reads them, each beside the one that was signed.

    biopython.py BEFORE AFTER [BEFORE AFTER ...]

Every feature of before is in after, on the same bases; the block's features are, and lie side by side.
"""
import sys
import warnings

from Bio import SeqIO

warnings.simplefilter("ignore")

def is_block(feature):
    return any(note.startswith("labseal dna block") for note in feature.qualifiers.get("note", []))


def said(record, feature):
    if feature.type == "source":
        return "source", sorted(feature.qualifiers.items())
    if feature.location is None or any(part.ref for part in feature.location.parts):
        return feature.type, "elsewhere"
    return feature.type, str(feature.extract(record.seq)).upper(), sorted(feature.qualifiers.items())


def check(before, after):
    theirs = [said(before, f) for f in before.features]
    ours = [said(after, f) for f in after.features if not is_block(f)]
    assert theirs == ours, [pair for pair in zip(theirs, ours) if pair[0] != pair[1]][:3]
    block = [f for f in after.features if is_block(f)]
    labels = [f.qualifiers["label"][0] for f in block]
    assert labels[0] == "labseal start tag" and labels[-1] == "labseal end tag", labels
    for one, other in zip(block, block[1:]):
        assert one.location.end == other.location.start, (one, other)
    size = int(block[-1].location.end) - int(block[0].location.start)
    assert len(after) == len(before) + size, (len(after), len(before), size)
    start = int(block[0].location.start)
    assert str(after.seq[:start] + after.seq[start + size:]) == str(before.seq)
    for key in ("topology", "molecule_type", "comment"):
        assert before.annotations.get(key) == after.annotations.get(key), key
    print(len(ours), "features,", len(block), "of the block")


for names in zip(sys.argv[1::2], sys.argv[2::2]):
    check(*(SeqIO.read(name, "genbank") for name in names))
