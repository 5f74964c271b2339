# SPDX-License-Identifier: Apache-2.0
"""The shape of labseal's identity-based signatures, over SM9's curve: gives it SM9's published signature?

Sakai and Kasahara's keys with a Schnorr-like proof (audit/dna/scheme/identity.h) are one family:

    key     d = c/(s + H(ID)) P1        g = e(d, Pub + H(ID) P2) = e(c P1, P2)
    sign    w = g^k; h = hash(M, w); S = (k + e h) d
    verify  w = e(S, Pub + H(ID) P2) g^(-e h); h = hash(M, w)?

labseal has c = 1, e = 1; SM9 (GB/T 38635.2-2020, ISO/IEC 14888-3) has c = s, e = -1. The vector is GM/T 0044.5-2016,
annex A. Exits 0 when all holds.
"""
import hashlib
import sys

q = 0xB640000002A3A6F1D603AB4FF58EC74521F2934B1A7AEEDBE56F9B27E351457D
N = 0xB640000002A3A6F1D603AB4FF58EC74449F2934B18EA8BEEE56EE19CD69ECF25
t = 0x600000000058F98A

# --- Fp12 = Fp[w]/(w^12 + 2): u = w^6 is sqrt(-2), v = w^3 -----------------------------------------------------------


def mul(a, b):
    c = [0] * 23
    for i, x in enumerate(a):
        if x:
            for j, y in enumerate(b):
                c[i + j] += x * y
    return [(c[i] - 2 * (c[i + 12] if i < 11 else 0)) % q for i in range(12)]


def power(a, n):
    result = const(1)
    for bit in bin(n)[2:]:
        result = mul(result, result)
        if bit == "1":
            result = mul(result, a)
    return result


def const(n):
    return [n % q] + [0] * 11


def add(a, b):
    return [(x + y) % q for x, y in zip(a, b)]


def sub(a, b):
    return [(x - y) % q for x, y in zip(a, b)]


def inverse(a):
    """Solves a x = 1: a's multiplication as a matrix over Fp, by Gauss."""
    columns = [mul(a, [int(i == j) for j in range(12)]) for i in range(12)]
    rows = [[columns[j][i] for j in range(12)] + [int(i == 0)] for i in range(12)]
    for i in range(12):
        pivot = next(r for r in range(i, 12) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        scale = pow(rows[i][i], -1, q)
        rows[i] = [x * scale % q for x in rows[i]]
        for r in range(12):
            if r != i and rows[r][i]:
                factor = rows[r][i]
                rows[r] = [(x - factor * y) % q for x, y in zip(rows[r], rows[i])]
    return [row[12] for row in rows]


def fp2(high, low):
    """high u + low, as the standard writes it."""
    return [low] + [0] * 5 + [high] + [0] * 5


# --- points: y^2 = x^3 + 5 over Fp12; those of G2 are given on the twist and moved here ---------------------------------


def slope(a, b):
    if a[0] == b[0]:
        return mul(mul(const(3), mul(a[0], a[0])), inverse(add(a[1], a[1])))
    return mul(sub(b[1], a[1]), inverse(sub(b[0], a[0])))


def point_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and a[1] != b[1]:
        return None
    m = slope(a, b)
    x = sub(sub(mul(m, m), a[0]), b[0])
    return x, sub(mul(m, sub(a[0], x)), a[1])


def multiply(n, p):
    result = None
    for bit in bin(n % N)[2:]:
        result = point_add(result, result)
        if bit == "1":
            result = point_add(result, p)
    return result


def negate(p):
    return p[0], sub(const(0), p[1])


def g1(x, y):
    return const(x), const(y)


def g2(x, y):
    w = [0, 1] + [0] * 10
    return mul(x, inverse(power(w, 2))), mul(y, inverse(power(w, 3)))


def line(a, b, p):
    m = slope(a, b)
    return sub(mul(m, sub(p[0], a[0])), sub(p[1], a[1]))


def pairing(p, r):
    """R-ate, the pairing of SM9: the optimal ate pairing of the curve."""
    f, at = const(1), r
    for bit in bin(6 * t + 2)[3:]:
        f = mul(mul(f, f), line(at, at, p))
        at = point_add(at, at)
        if bit == "1":
            f = mul(f, line(at, r, p))
            at = point_add(at, r)
    r1 = tuple(power(c, q) for c in r)
    r2 = tuple(power(c, q) for c in r1)
    f = mul(f, line(at, r1, p))
    f = mul(f, line(point_add(at, r1), negate(r2), p))
    return power(f, (q**12 - 1) // N)


# --- SM9's hashes and encodings ------------------------------------------------------------------------------------------


def sm9_hash(which, data):
    wide = b"".join(hashlib.new("sm3", bytes([which]) + data + ct.to_bytes(4, "big")).digest() for ct in (1, 2))
    return int.from_bytes(wide[:40], "big") % (N - 1) + 1


def gt_bytes(a):
    order = [i + 3 * j + 6 * k for i in (2, 1, 0) for j in (1, 0) for k in (1, 0)]
    return b"".join(a[n].to_bytes(32, "big") for n in order)


# --- the family ------------------------------------------------------------------------------------------------------------


class Scheme:
    def __init__(self, master, from_master, sign, p1, p2):
        self.c, self.sign_of_h, self.p1, self.p2, self.master = master if from_master else 1, sign, p1, p2, master
        self.public = multiply(master, p2)
        self.g = pairing(multiply(self.c, p1), p2)

    def identity(self, name):
        return sm9_hash(1, name + b"\x01")

    def extract(self, name):
        return multiply(self.c * pow(self.master + self.identity(name), -1, N), self.p1)

    def hash(self, message, w):
        return sm9_hash(2, message + gt_bytes(w))

    def sign(self, key, message, k):
        h = self.hash(message, power(self.g, k))
        return h, multiply(k + self.sign_of_h * h, key)

    def verify(self, name, message, h, s):
        public = point_add(self.public, multiply(self.identity(name), self.p2))
        return h == self.hash(message, mul(pairing(s, public), power(self.g, -self.sign_of_h * h % N)))


def check(name, holds):
    print(("ok " if holds else "FAILED ") + name)
    return holds


def main():
    p1 = g1(0x93DE051D62BF718FF5ED0704487D01D6E1E4086909DC3280E8C4E4817C66DDDD,
            0x21FE8DDA4F21E607631065125C395BBC1C1C00CBFA6024350C464CD70A3EA616)
    p2 = g2(fp2(0x85AEF3D078640C98597B6027B441A01FF1DD2C190F5E93C454806C11D8806141,
                0x3722755292130B08D2AAB97FD34EC120EE265948D19C17ABF9B7213BAF82D65B),
            fp2(0x17509B092E845C1266BA0D262CBEE6ED0736A96FA347C8BD856DC76B84EBEB96,
                0xA7CF28D519BE3DA65F3170153D278FF247EFBA98A71A08116215BBA5C999A7C7))
    public = g2(fp2(0x9F64080B3084F733E48AFF4B41B565011CE0711C5E392CFB0AB1B6791B94C408,
                    0x29DBA116152D1F786CE843ED24A3B573414D2177386A92DD8F14D65696EA5E32),
                fp2(0x69850938ABEA0112B57329F447E3A0CBAD3E2FDB1A77F335E89E1408D0EF1C25,
                    0x41E00A53DDA532DA1A7CE027B7A46F741006E85F5CDFF0730E75C05FB4E3216D))
    master = 0x0130E78459D78545CB54C587E02CF480CE0B66340F319F348A1D5B1F2DC5F4
    key = g1(0xA5702F05CF1315305E2D6EB64B0DEB923DB1A0BCF0CAFF90523AC8754AA69820,
             0x78559A844411F9825C109F5EE3F52D720DD01785392A727BB1556952B2B013D3)
    k = 0x033C8616B06704813203DFD00965022ED15975C662337AED648835DC4B1CBE
    h = 0x823C4B21E4BD2DFE1ED92C606653E996668563152FC33F55D7BFBB9BD9705ADB
    s = g1(0x73BF96923CE58B6AD0E13E9643A406D8EB98417C50EF1B29CEF9ADB48B6D598C,
           0x856712F1C2E0968AB7769F42A99586AED139D5B8B3E15891827CC2ACED9BAA05)
    who, message = b"Alice", b"Chinese IBS standard"

    sm9 = Scheme(master, True, -1, p1, p2)
    ours = Scheme(master, False, 1, p1, p2)
    our_key = ours.extract(who)
    our_h, our_s = ours.sign(our_key, message, k)
    results = [
        check("the master's public key is the published one", sm9.public == public),
        check("the identity's key is the published one", sm9.extract(who) == key),
        check("the signature is the published one", sm9.sign(key, message, k) == (h, s)),
        check("it verifies", sm9.verify(who, message, h, s)),
        check("of another message it does not", not sm9.verify(who, message + b".", h, s)),
        check("of another identity it does not", not sm9.verify(b"Bob", message, h, s)),
        check("with another h it does not", not sm9.verify(who, message, h ^ 1, s)),
        check("labseal's member of the family verifies in the same way", ours.verify(who, message, our_h, our_s)),
        check("and is not SM9's", not sm9.verify(who, message, our_h, our_s)),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
