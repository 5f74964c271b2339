#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A block's head and the hash that is signed, from docs/formats/dna-block.md alone: a second implementation.

    block_vector.py       prints the vector that stands in the page
"""
import hashlib

LETTERS = "acgt"
START = "tcgccaacctattgag"


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


molecule, joint, draw = "gattacaggatccttgac", 5, 77
n = len(molecule)
behind = molecule[joint:] + molecule[:joint]
canonical = min(s[i:] + s[:i] for s in (molecule, other(molecule)) for i in range(n))
places = []
for o in range(n):
    if canonical[o:] + canonical[:o] == behind:
        places.append(2 * o)
    if other(canonical[o:] + canonical[:o]) == behind:
        places.append(2 * o + 1)
place = min(places)
orcid = int("0000-0002-1825-0097".replace("-", "")[:15]) - 15000000
fields = bits(1, 3) + bits(0, 3) + "0000" + bits(0, 6) + bits(0xabc, 12) + bits(n, 16) + bits(place, 16)
fields += bits(orcid, 28) + bits(123456, 20)
head = START + bases(bits(draw, 12)) + bases(hide(fields, mask(0, 0, draw, len(fields))))
message = b"labseal dna block v1\0" + b"\0" + framed(canonical) + framed(head)
print("molecule   ", molecule)
print("block before base", joint + 1)
print("canonical  ", canonical)
print("place      ", place)
print("head       ", head)
print("hash       ", hashlib.sha256(message).hexdigest())
