#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signed certificates at the bounds of what is believed: the last that counts, and the first that does not.

    make_dcc_bounds.py OUT    OUT/single/NAME.xml, OUT/trust.txt, and OUT/trust-between.txt, which names the
                              authority between alone

Beside make_dcc.py, which makes them with one plain fault each.
"""
import base64
import hashlib
import re
import shutil
import sys
import time

from make_dcc import (ENVELOPED, FILTER2, Maker, certificates, digest_value, revocation, run, sign, stamp,
                      with_unsigned, write)

RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"


# --- the path -------------------------------------------------------------------------------------

def paths(maker, made, text):
    """An authority between the root and the signer."""
    ca = maker.ca
    ca.issue("between", "Between", extensions="authority")
    ca.issue("below", "Laboratory", by="between")
    write(f"{maker.out}/trust-between.txt", maker.trust("between"))
    below, der = sign(ca, "below", text), ca.der("between")
    of_between = certificates([der])
    own, above = ca.crl(by="between"), ca.crl()
    made["between"] = with_unsigned(below, [of_between, revocation([own, above])])
    made["between-alone-known"] = with_unsigned(below, [of_between, revocation([above])])
    made["between-trailing"] = with_unsigned(below, [certificates([der + b"\0"]), revocation([own, above])])
    # the signer's own is the first of the 64 that are kept
    filler = ca.der("responder")
    for name, count in (("between-64th", 62), ("between-65th", 63)):
        made[name] = with_unsigned(below, [certificates(count * [filler] + [der]), revocation([own, above])])
    ca.issue("responder-below", "Between", extensions="responder", by="between")
    made["between-ocsp"] = with_unsigned(below, [
        certificates([der, ca.der("responder-below")]),
        revocation([above], [ca.ocsp("below", by="responder-below", issuer="between")])])
    for name, of_signer, of_authority in (("revoked-above-before", "250601000000Z", "250101000000Z"),
                                          ("revoked-above-after", "250101000000Z", "250601000000Z")):
        ca.revoke("below", of_signer)
        ca.revoke("between", of_authority)
        made[name] = with_unsigned(below, [of_between, revocation([ca.crl(by="between"), ca.crl()])])
    ca.issue("weak-between", "Between", extensions="authority", rsa=1024)
    ca.issue("weak-below", "Laboratory", by="weak-between")
    made["weak-path"] = with_unsigned(sign(ca, "weak-below", text), [certificates([ca.der("weak-between")])])
    ca.revoke("revoked", "250301100000Z")  # make_dcc.SIGNED
    signed, crl = sign(ca, "revoked", text), ca.crl()
    made["revoked-that-second"] = with_unsigned(signed, [revocation([crl])])
    made["revoked-who-knows-when"] = with_unsigned(signed, [  # of a month 99
        revocation([rewritten(ca, crl, b"250301100000Z", b"259901100000Z")])])


def false_key(ca, name, bits):
    """A certificate over a number of so many bits, which is nobody's key: only its size can be judged."""
    write(f"{ca.d}/false.cnf", "asn1=SEQUENCE:k\n[k]\na=SEQUENCE:a\nb=BITWRAP,SEQUENCE:r\n[a]\no=OID:rsaEncryption\n"
          f"n=NULL\n[r]\nn=INTEGER:{hex((1 << (bits - 1)) + 1)}\ne=INTEGER:65537\n")
    run("openssl", "asn1parse", "-genconf", f"{ca.d}/false.cnf", "-noout", "-out", f"{ca.d}/false.der")
    run("openssl", "pkey", "-pubin", "-inform", "DER", "-in", f"{ca.d}/false.der", "-out", f"{ca.d}/false.pem")
    run("openssl", "x509", "-new", "-force_pubkey", f"{ca.d}/false.pem", "-subj", f"/C=XX/O=Laboratory/CN={name}", "-CA",
        f"{ca.d}/root.crt", "-CAkey", f"{ca.d}/{ca.name}.key", "-extfile", f"{ca.d}/openssl.cnf", "-extensions",
        "signer", "-set_serial", str(bits), "-days", "7000", "-out", f"{ca.d}/{name}.crt")


def keys(maker, made, text):
    ca = maker.ca
    ca.issue("p384", "Laboratory", curve="P-384")
    made["p384"] = maker.signed("p384", text)
    ca.issue("seal", "Laboratory", rsa=2048)
    for bits in (8192, 8200):
        false_key(ca, f"rsa-{bits}", bits)
        shutil.copy(f"{ca.d}/seal.key", f"{ca.d}/rsa-{bits}.key")
        made[f"rsa-{bits}"] = sign(ca, f"rsa-{bits}", text, method=RSA)


# --- revocation -----------------------------------------------------------------------------------

def tlv(der, at):
    """Where the value at this place of some DER begins, and where it ends."""
    n, begin = der[at + 1], at + 2
    if n & 0x80:
        begin += n & 0x7f
        n = int.from_bytes(der[at + 2:begin], "big")
    return begin, begin + n


def length(n):
    """As DER has it, of less than 64 KiB."""
    return bytes([n]) if n < 0x80 else b"\x81" + bytes([n]) if n < 0x100 else b"\x82" + n.to_bytes(2, "big")


def rewritten(ca, crl, old, new):
    """The list with other bytes in it, signed again."""
    begin = tlv(crl, 0)[0]
    end = tlv(crl, begin)[1]
    tbs = crl[begin:end].replace(old, new)
    assert len(old) == len(new) and tbs != crl[begin:end]
    signature = b"\0" + run("openssl", "dgst", "-sha256", "-sign", f"{ca.d}/{ca.name}.key", data=tbs)
    body = tbs + crl[end:tlv(crl, end)[1]] + b"\x03" + length(len(signature)) + signature
    return b"\x30" + length(len(body)) + body


def dated(ca, response, by, *times):
    """The response as produced, and of, other times; by an RSA key, whose signatures are all of one length."""
    at = tlv(response, tlv(response, 0)[0])[1]  # behind the status
    at = tlv(response, tlv(response, at)[0])[0]
    at = tlv(response, at)[1]  # behind the kind of response
    tbs = tlv(response, tlv(response, at)[0])[0]
    end = tlv(response, tbs)[1]
    value = tlv(response, tlv(response, end)[1])
    left = list(times)
    moved = re.sub(rb"\x18\x0f\d{14}Z", lambda m: b"\x18\x0f" + f"{left.pop(0):0<14}Z".encode(), response[tbs:end])
    signature = run("openssl", "dgst", "-sha256", "-sign", f"{ca.d}/{by}.key", data=moved)
    assert not left and len(signature) == value[1] - value[0] - 1
    return response[:tbs] + moved + response[end:value[0] + 1] + signature + response[value[1]:]


def answers(maker, made, text):
    """OCSP responses and lists that count, and that just do not."""
    ca = maker.ca
    signed = sign(ca, "institute", text)
    ca.issue("responder-then", "Accreditation", end="20250601", extensions="responder", rsa=2048)
    then, now = certificates([ca.der("responder-then")]), certificates([ca.der("responder")])
    old, good = ca.ocsp("institute", by="responder-then"), ca.ocsp("institute")
    for name, times in (("ocsp-of-then", ("20250310", "20250310", "20250410")),
                        ("ocsp-ended-before", ("20250110", "20250110", "20250210")),
                        ("ocsp-after-its-responder", ("20250701", "20250701", "20250801"))):
        made[name] = with_unsigned(signed, [then, revocation(responses=[dated(ca, old, "responder-then", *times)])])
    endless = ca.ocsp("institute", by="responder-then", days=0)
    for name, this in (("ocsp-of-that-second", "20250301100000"), ("ocsp-of-the-second-before", "20250301095959")):
        made[name] = with_unsigned(signed, [then, revocation(responses=[
            dated(ca, endless, "responder-then", this, this)])])
    begin = tlv(good, 0)[0]
    failed = good[:begin + 2] + b"\x03" + good[begin + 3:]  # tryLater
    for name, responses in (("ocsp-sha256", [ca.ocsp("institute", digest="sha256")]), ("ocsp-failed", [failed]),
                            ("ocsp-trailing", [good + b"\0"]), ("ocsp-64th", 63 * [b"0"] + [good]),
                            ("ocsp-65th", 64 * [b"0"] + [good])):
        made[name] = with_unsigned(signed, [now, revocation(responses=responses)])
    run("openssl", "req", "-x509", "-new", "-config", f"{ca.d}/openssl.cnf", "-extensions", "authority", "-key",
        f"{ca.d}/{ca.name}.key", "-subj", "/C=XX/O=Accreditation/CN=renamed", "-days", "7300", "-out", f"{ca.d}/renamed.crt")
    ended = ca.crl("20250101", "20250201")
    for name, crls in (("crl-64th", 63 * [ended] + [maker.crl]), ("crl-65th", 64 * [ended] + [maker.crl]),
                       ("crl-trailing", [maker.crl + b"\0"]),
                       ("crl-until-that-second", [ca.crl("20250201", "20250301100000")]),
                       ("crl-until-the-second-before", [ca.crl("20250201", "20250301095959")]),
                       ("crl-of-another-name", [ca.crl(name="renamed")])):
        made[name] = with_unsigned(signed, [revocation(crls)])


def stamps(maker, made, text):
    """Two stamps of two seconds; and behind stamps that do not count, the last that is looked at."""
    signed, another = sign(maker.ca, "institute", text), sign(maker.ca, "laboratory", text)
    first, began = stamp(maker.ca, signed), int(time.time())
    bad = stamp(maker.ca, another)
    while int(time.time()) <= began:
        time.sleep(0.05)
    second = stamp(maker.ca, signed)
    for name, parts in (("stamp-first", [first]), ("stamp-second", [second]), ("stamps-in-order", [first, second]),
                        ("stamps-in-reverse", [second, first]), ("stamp-4th", 3 * [bad] + [first]),
                        ("stamp-5th", 4 * [bad] + [first])):
        made[name] = with_unsigned(signed, parts)


# --- the form -------------------------------------------------------------------------------------

def forms(maker, made, a, text):
    def signed(edit):
        return maker.signed("institute", text, edit=edit)
    last = a
    for _ in range(7):
        last = maker.signed("institute", last)
    made["eight-signatures"] = last
    made["nine-signatures"] = maker.signed("institute", last)
    made["filter2-namespace"] = maker.signed("institute", text, transforms=FILTER2.replace(
        "xmlns:f=", 'xmlns:ds="urn:another" xmlns:f='))
    made["enveloped-parameters"] = maker.signed("institute", text, transforms=ENVELOPED.replace(
        "/>", "><ds:XPath>/</ds:XPath></ds:Transform>"))
    document = base64.b64decode(digest_value(a))
    made["short-digest"] = a.replace(base64.b64encode(document), base64.b64encode(document[:24]))
    name = a.split(b'SignedProperties Id="')[1].split(b'"')[0]
    made["empty-id"] = a.replace(b'Id="' + name + b'"', b'Id=""').replace(b'URI="#' + name + b'"', b'URI="#"')
    named = base64.b64encode(hashlib.sha256(maker.ca.der("institute")).digest()).decode()
    longer = base64.b64encode(hashlib.sha256(maker.ca.der("institute")).digest() + b"more").decode()
    made["named-by-more"] = signed(lambda signature: signature.replace(named, longer))
    obj = a[a.index(b"<ds:Object>"):a.index(b"</ds:Signature>")]
    made["second-object"] = a.replace(obj, obj.replace(name, b"forged") + obj)
    made["another-object"] = a.replace(obj, obj + b'<ds:Object><x:y xmlns:x="urn:x"/></ds:Object>')
    made["object-with-more"] = a.replace(b"</ds:Object>", b'<x:y xmlns:x="urn:x"/></ds:Object>')
    made["properties-renamed"] = signed(lambda signature: signature.replace("xades:QualifyingProperties", "xades:Others"))
    made["nothing-signed"] = signed(lambda signature: re.sub(
        r"<xades:SignedProperties.*</xades:SignedProperties>", "", re.sub(
            r"<ds:Reference Type=.*?</ds:Reference>", "", signature)))


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    maker, made = Maker(sys.argv[1]), {}
    text = maker.institute()
    made["good"] = maker.signed("institute", text)
    forms(maker, made, made["good"], text)
    keys(maker, made, text)
    answers(maker, made, text)
    stamps(maker, made, text)
    paths(maker, made, text)
    for name, data in made.items():
        write(f"{maker.out}/single/{name}.xml", data)


main()
