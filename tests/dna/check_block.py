#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Take the block of a signed circular molecule apart by docs/formats/dna-block.md alone: fields, place, parity.

    check_block.py FASTA ORCID PLASMID_ID ERRORS

Shares nothing with the program: Reed-Solomon is long division here, the canonical form a minimum of all rotations.
"""
import hashlib
import sys

LETTERS = "acgt"
START, END = "tcgccaacctattgag", "gttccgcagacgaata"
SIGNATURE_BASES = {0: 255, 1: 319, 2: 191, 3: 120}


def numbers(sequence):
    return "".join(format(LETTERS.index(b), "02b") for b in sequence)


def other(sequence):
    return sequence[::-1].translate(str.maketrans("acgt", "tgca"))


def mask(draw, size):
    stream, counter = "", 0
    while len(stream) < size:
        said = b"labseal dna mask v1\0\0" + bytes(4) + draw.to_bytes(2, "big") + counter.to_bytes(4, "big")
        stream += format(int.from_bytes(hashlib.sha256(said).digest(), "big"), "0256b")
        counter += 1
    return stream[:size]


class Field:
    """GF(2^12) by x^12 + x^6 + x^4 + x + 1."""

    def __init__(self):
        self.exp, self.log, x = [0] * 8190, [0] * 4096, 1
        for i in range(4095):
            self.exp[i] = self.exp[i + 4095] = x
            self.log[x] = i
            x <<= 1
            if x & 0x1000:
                x ^= 0x1053

    def times(self, a, b):
        return self.exp[self.log[a] + self.log[b]] if a and b else 0

    def remainder(self, data, roots):
        """Of data times x^roots by (x - alpha^1)...(x - alpha^roots), highest power first."""
        generator = [1]
        for r in range(1, roots + 1):
            product = generator + [0]
            for i, g in enumerate(generator):
                product[i + 1] ^= self.times(g, self.exp[r])
            generator = product
        rest = list(data) + [0] * roots
        for i in range(len(data)):
            factor = rest[i]
            for k, g in enumerate(generator):
                rest[i + k] ^= self.times(factor, g)
        return rest[len(data):]


def place_of(molecule):
    """molecule begins behind the block."""
    n = len(molecule)
    canonical = min(s[i:] + s[:i] for s in (molecule, other(molecule)) for i in range(n))
    twice = canonical + canonical
    forward = twice.find(molecule)
    places = [2 * forward] if forward >= 0 else []
    turned = twice.find(other(molecule))
    if turned >= 0:  # canonical[o-1], canonical[o-2] ... as complements
        places.append(2 * (turned % n) + 1)
    return min(places)


def main(path, orcid, plasmid_id, errors):
    sequence = "".join(open(path).read().split("\n")[1:]).lower()
    at = (sequence + sequence).find(START)
    assert at >= 0, "no start tag"
    sequence = sequence[at:] + sequence[:at]
    draw = int(numbers(sequence[16:22]), 2)
    written = numbers(sequence[22:22 + 30 + 14 + 10])
    plain = "".join(str(int(a) ^ int(b)) for a, b in zip(written, mask(draw, len(written))))
    take = iter(plain)

    def field(bits):
        return int("".join(next(take) for _ in range(bits)), 2)

    version, profile, linear, segment, documented, wide, t = (field(b) for b in (3, 3, 1, 1, 1, 1, 6))
    field(12)
    length, place, person, number = field(16), field(16), field(28), field(20)
    assert (version, linear, segment, documented, wide, t) == (1, 0, 0, 0, 0, errors), plain
    digits = "%015d" % (person + 15000000 if person <= 20000000 else person - 20000001 + 900000000000)
    total = 0
    for d in digits:
        total = (total + int(d)) * 2
    digits += "0123456789X"[(12 - total % 11) % 11]
    assert "-".join(digits[i:i + 4] for i in range(0, 16, 4)) == orcid, digits
    assert number == plasmid_id, number
    parity_at = 76 + SIGNATURE_BASES[profile]
    symbols = -(-(length + parity_at + 16) // 6)
    words = -(-symbols // (4095 - 2 * t))
    end = parity_at + 12 * t * words
    assert sequence[end:end + 16] == END, "the end tag is not where the page says"
    molecule = sequence[end + 16:]
    assert len(molecule) == length, (len(molecule), length)
    assert place_of(molecule) == place, (place_of(molecule), place)
    text = molecule + sequence[:parity_at] + END
    text += "a" * (-len(text) % 6)
    values = [int(numbers(text[i:i + 6]), 2) for i in range(0, len(text), 6)]
    parity = [int(numbers(sequence[parity_at + 6 * i:parity_at + 6 * i + 6]), 2) for i in range(2 * t * words)]
    galois = Field()
    for w in range(words):
        assert galois.remainder(values[w::words], 2 * t) == parity[w::words], "parity of word %d" % w
    print("%s: block of %d bases, %d of parity, as the page has it" % (path, end + 16, 12 * t * words))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
