#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Blocks' heads and the hashes that are signed, from docs/formats/dna-block.md alone: a second implementation.

    block_vector.py       prints the vectors that stand in the page
"""
import hashlib

LETTERS = "acgt"
START = "tcgccaacctattgag"
PROFILES = ["standard", "standard-full", "aggregate", "paper"]
CHUNK = 30


def bits(value, n):
    return format(value, "0%db" % n)


def bases(text):
    return "".join(LETTERS[int(text[i:i + 2], 2)] for i in range(0, len(text), 2))


def numbers(sequence):
    return "".join(bits(LETTERS.index(b), 2) for b in sequence)


def mask(kind, number, value, n):
    stream, counter = "", 0
    while len(stream) < n:
        said = b"labseal dna mask v1\0" + bytes([kind]) + number.to_bytes(4, "big") + value.to_bytes(2, "big")
        stream += bits(int.from_bytes(hashlib.sha256(said + counter.to_bytes(4, "big")).digest(), "big"), 256)
        counter += 1
    return stream[:n]


def hide(text, stream):
    return "".join(str(int(a) ^ int(b)) for a, b in zip(text, stream))


def other(sequence):
    return sequence[::-1].translate(str.maketrans("acgt", "tgca"))


def packed(sequence):
    text = numbers(sequence)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


def framed(sequence):
    return len(sequence).to_bytes(8, "big") + packed(sequence)


def canonical_and_place(molecule, joint, linear):
    """The least form, and 2 o + r of the first base behind the block."""
    n = len(molecule)
    strands = (molecule, other(molecule))
    if linear:
        canonical = min(strands)
        places = [2 * joint] if canonical == molecule else []
        places += [2 * (n - joint) + 1] if canonical == strands[1] else []
        return canonical, min(places)
    canonical = min(s[i:] + s[:i] for s in strands for i in range(n))
    behind = molecule[joint:] + molecule[:joint]
    places = []
    for o in range(n):
        turned = canonical[o:] + canonical[:o]
        if turned == behind:
            places.append(2 * o)
        if other(turned) == behind:
            places.append(2 * o + 1)
    return canonical, min(places)


def orcid(text):
    n = int(text.replace("-", "")[:15])
    if 15000000 <= n <= 35000000:
        return bits(n - 15000000, 28)
    if 900000000000 <= n <= 900100000000:
        return bits(n - 900000000000 + 20000001, 28)
    return "11" + bits(n, 50)


def documentation(document, masks):
    text = ""
    for i in range(0, len(document), CHUNK):
        chunk, number = document[i:i + CHUNK], i // CHUNK
        plain = "".join(bits(byte, 8) for byte in chunk)
        text += bits(masks[number], 8) + hide(plain, mask(2, number, masks[number], len(plain)))
    return bases(text)


def vector(name, molecule, joint, draw, profile, signers, plasmid_id, topology="circular", errors=0, document=b"", masks=b""):
    linear, n = topology != "circular", len(molecule)
    canonical, place = canonical_and_place(molecule, joint, linear)
    width = 32 if n > 32767 else 16
    fields = bits(1, 3) + bits(PROFILES.index(profile), 3)
    fields += "".join("01"[said] for said in (linear, topology == "segment", len(document) > 0, width == 32))
    fields += bits(errors, 6) + bits(0xabc, 12) + bits(n, width) + bits(place, width)
    fields += bits(1, 8) + bits(len(document), 16) if document else ""
    fields += bits(len(signers) - 1, 6) if profile == "aggregate" else ""
    fields += "".join(orcid(who) for who in signers) + bits(plasmid_id, 20)
    head = START + bases(bits(draw, 12)) + bases(hide(fields, mask(0, 0, draw, len(fields)))) + documentation(document, masks)
    code = ["circular", "linear", "segment"].index(topology)
    message = b"labseal dna block v1\0" + bytes([code]) + framed(canonical) + framed(head)
    print("    %s" % name)
    print("    molecule    %s" % molecule)
    print("    block before base %d" % (joint + 1))
    print("    canonical   %s" % canonical)
    print("    place       %d" % place)
    print("    head        %s" % head)
    print("    hash        %s" % hashlib.sha256(message).hexdigest())


MOLECULE = "gattacaggatccttgac"
vector("standard, circular", MOLECULE, 5, 77, "standard", ["0000-0002-1825-0097"], 123456)
vector("standard-full, linear, the second range, 3 errors", MOLECULE, 5, 4095, "standard-full", ["0009-0000-0000-0009"], 0,
       "linear", 3)
vector("aggregate, segment, documented", other(MOLECULE), 18, 1, "aggregate",
       ["0000-0002-1694-233X", "1234-1234-1234-1238", "0000-0003-5000-0001"], 999999, "segment", 63,
       bytes(range(65, 65 + 31)), bytes([7, 255]))
