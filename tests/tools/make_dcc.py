#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Linked digital calibration certificates, and every fault by name.

    make_dcc.py OUT             all of them: OUT/chain, OUT/FAULT/ (a chain), OUT/single/FAULT.xml
    make_dcc.py --many N OUT    OUT/*.xml: N signed certificates, for measuring
    make_dcc.py --unsigned NUMBER LABORATORY SERIAL DAY VALUES ERRORS U    one, on standard output

An institute (institute.xml) calibrates a laboratory's standard (laboratory.xml), that one a
device (device.xml).  Signed by xmlsec1, certificates by openssl; OUT/trust.txt is the trust file.
"""
import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys

SIGNED = "2025-03-01T10:00:00Z"
DCC, SI, DS = "https://ptb.de/dcc", "https://ptb.de/si", "http://www.w3.org/2000/09/xmldsig#"
XADES = "http://uri.etsi.org/01903/v1.3.2#"
SHA256, EXC = "http://www.w3.org/2001/04/xmlenc#sha256", "http://www.w3.org/2001/10/xml-exc-c14n#"


def run(*argv, data=None):
    done = subprocess.run(argv, input=data, capture_output=True)
    if done.returncode:
        sys.exit(f"make_dcc: {' '.join(argv)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def read(path):
    with open(path, "rb") as f:
        return f.read()


# --- certificates ---------------------------------------------------------------------------------

CONFIG = """
[ca]
default_ca = here
[here]
database = {d}/index.txt
new_certs_dir = {d}
serial = {d}/serial
default_md = sha256
policy = any
unique_subject = no
default_crl_days = 30
[any]
countryName = optional
organizationName = optional
commonName = supplied
[req]
distinguished_name = dn
[dn]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
authorityKeyIdentifier = keyid
[tls]
basicConstraints = critical,CA:FALSE
keyUsage = critical,keyAgreement
[stamps]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[responder]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = OCSPSigning
[part]
issuingDistributionPoint = critical,@place
[place]
fullname = URI:http://example.org/part.crl
[delta]
2.5.29.27 = critical,ASN1:INTEGER:1
[tsa]
default_tsa = here_too
[here_too]
serial = {d}/tsa-serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1
"""


class Authority:
    """A CA with a folder of its own."""

    def __init__(self, folder, name):
        self.d = folder
        write(f"{folder}/openssl.cnf", CONFIG.format(d=folder))
        write(f"{folder}/index.txt", "")
        write(f"{folder}/serial", "01\n")
        write(f"{folder}/tsa-serial", "01\n")
        self.key(name)
        run("openssl", "req", "-x509", "-new", "-config", f"{folder}/openssl.cnf", "-extensions", "authority",
            "-key", f"{folder}/{name}.key", "-subj", f"/C=XX/O={name}/CN={name} root", "-days", "7300", "-set_serial",
            "4096", "-out", f"{folder}/{name}.crt")
        # a root that was there before everything else
        run("openssl", "req", "-new", "-config", f"{folder}/openssl.cnf", "-key", f"{folder}/{name}.key", "-subj",
            f"/C=XX/O={name}/CN={name} root", "-out", f"{folder}/{name}.csr")
        run("openssl", "ca", "-batch", "-config", f"{folder}/openssl.cnf", "-selfsign", "-keyfile",
            f"{folder}/{name}.key", "-cert", f"{folder}/{name}.crt", "-in", f"{folder}/{name}.csr", "-extensions",
            "authority", "-startdate", "20190101000000Z", "-enddate", "20440101000000Z", "-notext", "-out",
            f"{folder}/root.crt")
        self.name = name

    def key(self, name, rsa=0, curve="P-256"):
        """On this curve, or RSA of so many bits."""
        kind = ("RSA", "-pkeyopt", f"rsa_keygen_bits:{rsa}") if rsa else ("EC", "-pkeyopt", f"ec_paramgen_curve:{curve}")
        run("openssl", "genpkey", "-algorithm", *kind, "-out", f"{self.d}/{name}.key")

    def issue(self, name, organisation, start="20240101", end="20440101", extensions="signer", rsa=0, by=None,
              curve="P-256"):
        self.key(name, rsa, curve)
        run("openssl", "req", "-new", "-config", f"{self.d}/openssl.cnf", "-key", f"{self.d}/{name}.key", "-subj",
            f"/C=XX/O={organisation}/CN={name}", "-out", f"{self.d}/{name}.csr")
        run("openssl", "ca", "-batch", "-config", f"{self.d}/openssl.cnf", "-keyfile", f"{self.d}/{by or self.name}.key",
            "-cert", f"{self.d}/{by or 'root'}.crt", "-in", f"{self.d}/{name}.csr", "-extensions", extensions, "-startdate",
            start + "000000Z", "-enddate", end + "000000Z", "-notext", "-out", f"{self.d}/{name}.crt")

    def der(self, name):
        return run("openssl", "x509", "-in", f"{self.d}/{name}.crt", "-outform", "DER")

    def revoke(self, name, date, reason="keyCompromise"):
        """From now on the database says so: YYMMDDHHMMSSZ,reason."""
        serial = run("openssl", "x509", "-in", f"{self.d}/{name}.crt", "-noout", "-serial").decode().split("=")[1].strip()
        lines = []
        for line in read(f"{self.d}/index.txt").decode().splitlines():
            f = line.split("\t")
            if f[3] == serial:
                f[0], f[2] = "R", date + "," + reason
            lines.append("\t".join(f))
        write(f"{self.d}/index.txt", "\n".join(lines) + "\n")

    def crl(self, first="20250310", next="20250410", extensions=None, by=None, name=None):
        """name: of the certificate whose name it has, where that is not the key's."""
        run("openssl", "ca", "-gencrl", "-config", f"{self.d}/openssl.cnf", "-keyfile", f"{self.d}/{by or self.name}.key",
            "-cert", f"{self.d}/{name or by or 'root'}.crt", "-crl_lastupdate", f"{first:0<14}Z", "-crl_nextupdate",
            f"{next:0<14}Z", "-out", f"{self.d}/crl.pem", *(("-crlexts", extensions) if extensions else ()))
        return run("openssl", "crl", "-in", f"{self.d}/crl.pem", "-outform", "DER")

    def ocsp(self, name, by="responder", index="index.txt", days=30, issuer="root", digest="sha1"):
        """digest: of the certificate's id."""
        request, answer = f"{self.d}/ocsp.req", f"{self.d}/ocsp.resp"
        run("openssl", "ocsp", "-issuer", f"{self.d}/{issuer}.crt", f"-{digest}", "-cert", f"{self.d}/{name}.crt",
            "-no_nonce", "-reqout", request)
        run("openssl", "ocsp", "-index", f"{self.d}/{index}", "-CA", f"{self.d}/{issuer}.crt", "-rsigner",
            f"{self.d}/{by}.crt", "-rkey", f"{self.d}/{by}.key", "-reqin", request, "-respout", answer,
            *(("-ndays", str(days)) if days else ()))
        return read(answer)

    def stamp(self, data):
        query, answer, token = f"{self.d}/q.tsq", f"{self.d}/q.tsr", f"{self.d}/q.token"
        imprint = hashlib.sha256(data).hexdigest()
        run("openssl", "ts", "-query", "-digest", imprint, "-sha256", "-cert", "-out", query)
        run("openssl", "ts", "-reply", "-config", f"{self.d}/openssl.cnf", "-section", "here_too", "-queryfile",
            query, "-signer", f"{self.d}/stamps.crt", "-inkey", f"{self.d}/stamps.key", "-out", answer)
        run("openssl", "ts", "-reply", "-in", answer, "-token_out", "-out", token)
        return read(token)


# --- documents ------------------------------------------------------------------------------------

def link_to(data=None, procedure="SHA256", value=None, identifier="", old=False, claims=""):
    """A hashType; data: the bytes of the certificate that is meant."""
    referral, referral_id = ("reference", "referenceID") if old else ("referral", "referralID")
    if value is None:
        value = hashlib.sha256(data).hexdigest()
    return (f"<dcc:{referral}><dcc:content>certificate</dcc:content></dcc:{referral}>"
            f"<dcc:{referral_id}>{identifier}</dcc:{referral_id}><dcc:procedure>{procedure}</dcc:procedure>"
            f"<dcc:value>{value}</dcc:value>{claims}")


def digest_value(data):
    return data.split(b"<ds:DigestValue>")[1].split(b"<")[0].decode()


def uncertainty(u, k, form):
    if form == "old":
        parts = [f"<si:uncertaintyXMLList>{u}</si:uncertaintyXMLList>" if u else ""]
        parts.append(f"<si:coverageFactorXMLList>{k}</si:coverageFactorXMLList>" if k else "")
        return ("<si:expandedUncXMLList>" + "".join(parts) + "<si:coverageProbabilityXMLList>0.95"
                "</si:coverageProbabilityXMLList></si:expandedUncXMLList>") if u else ""
    parts = f"<si:valueExpandedMUXMLList>{u}</si:valueExpandedMUXMLList>"
    parts += f"<si:coverageFactorXMLList>{k}</si:coverageFactorXMLList>" if k else ""
    return ("<si:measurementUncertaintyUnivariateXMLList><si:expandedMUXMLList>" + parts +
            "<si:coverageProbabilityXMLList>0.95</si:coverageProbabilityXMLList></si:expandedMUXMLList>"
            "</si:measurementUncertaintyUnivariateXMLList>") if u else ""


def real_list(values, unit, extra=""):
    unit = f"<si:unitXMLList>{unit}</si:unitXMLList>" if unit else ""
    return f"<si:realListXMLList><si:valueXMLList>{values}</si:valueXMLList>{unit}{extra}</si:realListXMLList>"


def document(number, laboratory, device, day, u, links=(), version="3.3.0", form="new", k="2", due=None,
             unit="\\degreecelsius", error_unit="\\kelvin", points="0 50 100", errors="0.001 0.002 0.003",
             previous="", statement="", result_type="", namespace=DCC):
    """An unsigned certificate, a line's feed before the end of its root."""
    equipment = "".join(
        f'<dcc:measuringEquipment refType="basic_normalUsed"><dcc:name><dcc:content>standard {i + 1}</dcc:content>'
        f"</dcc:name>{'<dcc:certificate>' + link + '</dcc:certificate>' if link else ''}</dcc:measuringEquipment>"
        for i, link in enumerate(links))
    equipment = f"<dcc:measuringEquipments>{equipment}</dcc:measuringEquipments>" if equipment else ""
    due = (f'<dcc:statement refType="basic_recalibration"><dcc:date>{due}</dcc:date></dcc:statement>' if due else "")
    statements = f"<dcc:statements>{due}{statement}</dcc:statements>" if due or statement else ""
    result_type = f' refType="{result_type}"' if result_type else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<dcc:digitalCalibrationCertificate xmlns:dcc="{namespace}" xmlns:si="{SI}" schemaVersion="{version}">
<dcc:administrativeData><dcc:dccSoftware><dcc:software><dcc:name><dcc:content>make_dcc</dcc:content></dcc:name>
<dcc:release>1</dcc:release></dcc:software></dcc:dccSoftware>
<dcc:coreData><dcc:countryCodeISO3166_1>XX</dcc:countryCodeISO3166_1><dcc:usedLangCodeISO639_1>en</dcc:usedLangCodeISO639_1>
<dcc:mandatoryLangCodeISO639_1>en</dcc:mandatoryLangCodeISO639_1><dcc:uniqueIdentifier>{number}</dcc:uniqueIdentifier>
<dcc:beginPerformanceDate>{day}</dcc:beginPerformanceDate><dcc:endPerformanceDate>{day}</dcc:endPerformanceDate>
<dcc:performanceLocation>laboratory</dcc:performanceLocation>{previous}</dcc:coreData>
<dcc:items><dcc:item><dcc:name><dcc:content lang="en">Thermometer</dcc:content></dcc:name><dcc:manufacturer><dcc:name>
<dcc:content>Acme</dcc:content></dcc:name></dcc:manufacturer><dcc:model>T1</dcc:model><dcc:identifications>
<dcc:identification><dcc:issuer>manufacturer</dcc:issuer><dcc:value>{device}</dcc:value></dcc:identification>
</dcc:identifications></dcc:item></dcc:items>
<dcc:calibrationLaboratory><dcc:contact><dcc:name><dcc:content>{laboratory}</dcc:content></dcc:name></dcc:contact></dcc:calibrationLaboratory>
<dcc:respPersons><dcc:respPerson><dcc:person><dcc:name><dcc:content>Ada Example</dcc:content></dcc:name></dcc:person>
<dcc:mainSigner>true</dcc:mainSigner></dcc:respPerson></dcc:respPersons>
<dcc:customer><dcc:name><dcc:content>Customer</dcc:content></dcc:name></dcc:customer>{statements}</dcc:administrativeData>
<dcc:measurementResults><dcc:measurementResult{result_type}><dcc:name><dcc:content>results</dcc:content></dcc:name>
<dcc:usedMethods><dcc:usedMethod><dcc:name><dcc:content>comparison</dcc:content></dcc:name><dcc:norm>DKD-R 5-1</dcc:norm>
</dcc:usedMethod></dcc:usedMethods>{equipment}
<dcc:influenceConditions><dcc:influenceCondition refType="basic_temperature"><dcc:name><dcc:content>ambient</dcc:content>
</dcc:name><dcc:data><dcc:quantity refType="basic_temperatureMin"><si:real><si:value>293</si:value><si:unit>\\kelvin</si:unit>
</si:real></dcc:quantity><dcc:quantity refType="basic_temperatureMax"><si:real><si:value>299</si:value><si:unit>\\kelvin</si:unit>
</si:real></dcc:quantity></dcc:data></dcc:influenceCondition></dcc:influenceConditions>
<dcc:results><dcc:result><dcc:name><dcc:content>table</dcc:content></dcc:name><dcc:data><dcc:list>
<dcc:quantity refType="basic_referenceValue">{real_list(points, unit)}</dcc:quantity>
<dcc:quantity refType="basic_measurementError">{real_list(errors, error_unit, uncertainty(u, k, form))}</dcc:quantity>
</dcc:list></dcc:data></dcc:result></dcc:results></dcc:measurementResult></dcc:measurementResults>
</dcc:digitalCalibrationCertificate>
"""


# --- signatures -----------------------------------------------------------------------------------

FILTER2 = ('<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"><f:XPath '
           'xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">/descendant::ds:Signature</f:XPath></ds:Transform>')
ENVELOPED = f'<ds:Transform Algorithm="{DS}enveloped-signature"/>'
SERIAL = [0]


def template(ca, signer, time, transforms, uri, method, named, digest):
    SERIAL[0] += 1
    x = f"xades-{SERIAL[0]}"
    certificate = base64.b64encode(ca.der(signer)).decode()
    bound = base64.b64encode(hashlib.sha256(ca.der(named or signer)).digest()).decode()
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="s-{x}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXC}"/>'
        f'<ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="{uri}"><ds:Transforms>{transforms}'
        f'<ds:Transform Algorithm="http://www.w3.org/2006/12/xml-c14n11"/></ds:Transforms><ds:DigestMethod Algorithm="{digest}"/>'
        f'<ds:DigestValue/></ds:Reference><ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" URI="#{x}">'
        f'<ds:Transforms><ds:Transform Algorithm="{EXC}"/></ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/>'
        f'<ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue Id="v-{x}"/><ds:KeyInfo><ds:X509Data>'
        f'<ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object>'
        f'<xades:QualifyingProperties xmlns:xades="{XADES}" Target="#s-{x}"><xades:SignedProperties Id="{x}">'
        f'<xades:SignedSignatureProperties><xades:SigningTime>{time}</xades:SigningTime><xades:SigningCertificateV2>'
        f'<xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>{bound}</ds:DigestValue>'
        f'</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>'
        f'</xades:SignedProperties><!--unsigned--></xades:QualifyingProperties></ds:Object></ds:Signature>')


def sign(ca, signer, text, time=SIGNED, transforms=ENVELOPED, uri="", method=None, named=None, digest=SHA256,
         edit=lambda signature: signature):
    """The document with one more signature as its last child; edit: what the signature is made of before it signs."""
    if isinstance(text, bytes):
        text = text.decode()
    body = text.rstrip()
    at = body.rindex("</dcc:digitalCalibrationCertificate>")
    body = body[:at] + edit(template(ca, signer, time, transforms, uri, method or
                                     "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", named, digest)) + body[at:]
    path = f"{ca.d}/signing.xml"
    write(path, body)
    # the last signature is the one that is still empty
    return run("xmlsec1", "--sign", "--privkey-pem", f"{ca.d}/{signer}.key", "--id-attr:Id", "SignedProperties",
               "--id-attr:Id", "DataObject", "--node-xpath",
               "(/*/*[local-name()='Signature'])[last()]", path)


def sign_pss(ca, signer, data, digest="sha256", salt="digest", key=None):
    """The same, signed by RSA-PSS, which xmlsec1 cannot: SignedInfo's exclusive canonical form by hand."""
    before, rest = data.decode().rsplit("<ds:SignedInfo>", 1)
    info, rest = rest.split("</ds:SignedInfo>", 1)
    method = info.split('<ds:SignatureMethod Algorithm="')[1].split('"')[0]
    info = info.replace(method, f"http://www.w3.org/2007/05/xmldsig-more#{digest}-rsa-MGF1")
    spelt = re.sub(r"<([a-zA-Z0-9:]+)([^<>]*)/>", r"<\1\2></\1>", info)
    plain = f'<ds:SignedInfo xmlns:ds="{DS}">{spelt}</ds:SignedInfo>'
    value = base64.b64encode(run("openssl", "dgst", f"-{digest}", "-sign", f"{ca.d}/{key or signer}.key", "-sigopt",
                                 "rsa_padding_mode:pss", "-sigopt", f"rsa_pss_saltlen:{salt}", data=plain.encode())).decode()
    head, tail = rest.split(">", 1)
    return (before + "<ds:SignedInfo>" + info + "</ds:SignedInfo>" + head + ">" + value +
            "</ds:SignatureValue>" + tail.split("</ds:SignatureValue>", 1)[1]).encode()


def with_unsigned(data, parts):
    """Unsigned properties of XAdES-LT, put into the last signature afterwards: it does not cover them."""
    before, after = data.rsplit(b"<!--unsigned-->", 1)
    return before + ("<xades:UnsignedProperties><xades:UnsignedSignatureProperties>" + "".join(parts) +
                     "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>").encode() + after


def revocation(crls=(), responses=()):
    def b64(kind, items):
        return "".join(f"<xades:{kind}>{base64.b64encode(i).decode()}</xades:{kind}>" for i in items)
    return ("<xades:RevocationValues><xades:CRLValues>" + b64("EncapsulatedCRLValue", crls) +
            "</xades:CRLValues><xades:OCSPValues>" + b64("EncapsulatedOCSPValue", responses) +
            "</xades:OCSPValues></xades:RevocationValues>")


def certificates(items):
    return "<xades:CertificateValues>" + "".join(
        f"<xades:EncapsulatedX509Certificate>{base64.b64encode(i).decode()}</xades:EncapsulatedX509Certificate>"
        for i in items) + "</xades:CertificateValues>"


def stamp(ca, data):
    """A SignatureTimeStamp over the exclusive canonical form of SignatureValue."""
    value = data.split(b"<ds:SignatureValue ")[1].split(b"</ds:SignatureValue>")[0]
    canonical = f'<ds:SignatureValue xmlns:ds="{DS}" '.encode() + value + b"</ds:SignatureValue>"
    token = base64.b64encode(ca.stamp(canonical)).decode()
    return (f'<xades:SignatureTimeStamp><ds:CanonicalizationMethod xmlns:ds="{DS}" Algorithm="{EXC}"/>'
            f"<xades:EncapsulatedTimeStamp>{token}</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>")


# --- chains ---------------------------------------------------------------------------------------

class Maker:
    def __init__(self, out):
        self.out = out
        shutil.rmtree(out, ignore_errors=True)
        self.ca = Authority(os.path.abspath(f"{out}/pki"), "Accreditation")
        self.other = Authority(os.path.abspath(f"{out}/other"), "Elsewhere")
        for name, organisation in (("institute", "National Institute"), ("laboratory", "Laboratory"),
                                   ("revoked", "Laboratory"), ("answered", "Laboratory")):
            self.ca.issue(name, organisation)
        self.ca.issue("expired", "Laboratory", "20200101", "20240101")
        self.ca.issue("tls", "Laboratory", extensions="tls")
        self.ca.issue("stamps", "Stamps", extensions="stamps")
        self.ca.issue("responder", "Accreditation", extensions="responder")
        self.other.issue("stranger", "Laboratory")
        self.other.issue("responder", "Elsewhere", extensions="responder")
        self.other.issue("stamps", "Elsewhere", extensions="stamps")
        self.ca.revoke("revoked", "250101000000Z")
        self.crl = self.ca.crl()
        write(f"{out}/trust.txt", self.trust())

    def trust(self, authority="root"):
        return ("labseal/calibration-trust/v1\ndocument-nmi National Institute\nmax-age 604800\nmax-depth 60\n"
                "interval 63072000\nseverity cal.scope warns\n" + read(f"{self.ca.d}/{authority}.crt").decode())

    def signed(self, signer, text, lt=True, ca=None, **options):
        data = sign(ca or self.ca, signer, text, **options)
        return with_unsigned(data, [revocation([self.crl])]) if lt else data

    def institute(self, **options):
        defaults = dict(number="NI-1", laboratory="National Institute", device="S-1", day="2025-02-01", u="0.002",
                        due="2043-02-01")
        return document(**{**defaults, **options})

    def laboratory(self, links, **options):
        defaults = dict(number="LAB-1", laboratory="Laboratory", device="L-1", day="2025-02-10", u="0.01",
                        due="2043-02-10", links=links)
        return document(**{**defaults, **options})

    def device(self, links, **options):
        defaults = dict(number="LAB-2", laboratory="Laboratory", device="D-1", day="2025-02-20", u="0.05",
                        due="2043-02-20", links=links)
        return document(**{**defaults, **options})

    def chain(self, folder, institute=None, laboratory=None, device=None, link=None, forms=("new", "new")):
        """Three certificates, each by the hash of the one above."""
        a = institute or self.signed("institute", self.institute())
        b = laboratory(a) if laboratory else self.signed(
            "laboratory", self.laboratory([link_to(a, identifier="NI-1")], form=forms[0]))
        text = self.device([link(b) if link else link_to(
            procedure="c14n-sha256", value=digest_value(b), identifier="LAB-1")], form=forms[1])
        c = device(b) if device else self.signed("laboratory", text)
        for name, data in (("institute", a), ("laboratory", b), ("device", c)):
            write(f"{self.out}/{folder}/{name}.xml", data)
        return a, b, c

    def chains(self, a):
        """Chains with one fault each, by name; `chain` has none."""
        self.chain("chain", a)
        self.chain("chain-old-versions", a, lambda p: self.signed("laboratory", self.laboratory(
            [link_to(p, identifier="NI-1", old=True)], version="2.4.0", form="old")))
        self.chain("link-wrong-hash", a, link=lambda b: link_to(b"another", identifier="LAB-1"))
        self.chain("link-missing", a, link=lambda b: link_to(b"another", identifier="NOT-HERE"))
        self.chain("link-placeholder", a, link=lambda b: link_to(value="SHA256-value", identifier="LAB-1"))
        self.chain("link-analogue", a, link=lambda b: link_to(procedure="analogue", value="analogue"))
        self.chain("link-by-name", a, link=lambda b: link_to(procedure="", value="", identifier="LAB-1"))
        self.chain("link-weak", a, link=lambda b: link_to(
            procedure="MD5", value=hashlib.md5(b).hexdigest(), identifier="LAB-1"))
        self.chain("link-none", a, link=lambda b: "")
        self.chain("claim-alone", a, link=lambda b: link_to(
            value="SHA256-value", claims="<dcc:traceable>true</dcc:traceable>"))
        self.chain("parent-tampered", a, lambda p: self.signed("laboratory", self.laboratory(
            [link_to(p, identifier="NI-1")])).replace(b"0.001 0.002", b"0.001 0.001"))
        self.chain("parent-unsigned", a, lambda p: self.laboratory([link_to(p, identifier="NI-1")]).encode(),
                   link=lambda b: link_to(b, identifier="LAB-1"))
        self.chain("parent-revoked", a, lambda p: self.signed("revoked", self.laboratory(
            [link_to(p, identifier="NI-1")])))
        self.chain("list-beside", a, lambda p: self.signed("revoked", self.laboratory(
            [link_to(p, identifier="NI-1")]), lt=False))
        write(f"{self.out}/issuer.crl", self.crl)
        self.chain("root-is-no-institute", self.signed("laboratory", self.institute()))
        for name, organisation in (("both", "National Institute/O=Laboratory"), ("both2", "Laboratory/O=National Institute")):
            self.ca.issue(name, organisation)
            self.chain("root-of-" + name, self.signed(name, self.institute()))
        self.chain("uncertainty-shrinks", a, device=lambda b: self.signed("laboratory", self.device(
            [link_to(b, identifier="LAB-1")], u="0.005")))

    def singles(self, a):
        """One certificate each: what is wrong with it, or right, is its name."""
        text = self.institute()
        made = {
            "good": a,
            "unsigned": text,
            "tampered": a.replace(b"0.001 0.002", b"0.001 0.001"),
            "wrong-value": a.replace(b"<ds:SignatureValue", b"<ds:SignatureValue", 1).replace(
                a.split(b'<ds:SignatureValue Id="')[1].split(b">")[1][:4], b"AAAA", 1),
            "no-revocation-data": self.signed("institute", text, lt=False),
            "revoked-by-crl": self.signed("revoked", text),
            "unknown-authority": self.signed("stranger", text, ca=self.other),
            "expired-at-signing": self.signed("expired", text),
            "expired-now": self.signed("expired", text, time="2023-06-01T12:00:00+02:00"),
            "in-the-future": self.signed("institute", text, time="2043-01-01T00:00:00Z"),
            "wrong-usage": self.signed("tls", text),
            "named-another": self.signed("institute", text, named="laboratory"),
            "filter2": self.signed("institute", text, transforms=FILTER2),
            "sha512": self.signed("institute", text, digest=SHA256.replace("sha256", "sha512")),
        }
        self.ca.revoke("answered", "250102000000Z")
        answered = sign(self.ca, "answered", text)
        made["revoked-by-ocsp"] = with_unsigned(answered, [
            certificates([self.ca.der("responder")]), revocation(responses=[self.ca.ocsp("answered")])])
        made["good-by-ocsp"] = with_unsigned(sign(self.ca, "institute", text), [
            certificates([self.ca.der("responder")]), revocation(responses=[self.ca.ocsp("institute")])])
        made["endless-ocsp"] = with_unsigned(sign(self.ca, "institute", text), [
            certificates([self.ca.der("responder")]), revocation(responses=[self.ca.ocsp("institute", days=0)])])
        made["too-much-embedded"] = with_unsigned(sign(self.ca, "institute", text), [
            certificates(70 * [self.ca.der("responder")]), revocation(70 * [self.crl], 70 * [b"0"])])
        self.forged_revocation(made, answered)
        self.empty_revocation(made, text)
        self.intermediate(made, text)
        self.ca.revoke("revoked", "250601000000Z")
        later = self.ca.crl()
        made["revoked-later"] = with_unsigned(sign(self.ca, "revoked", text), [revocation([later])])
        self.ca.revoke("revoked", "250601000000Z", "keyTime,20250101000000Z")
        made["invalid-before"] = with_unsigned(sign(self.ca, "revoked", text), [revocation([self.ca.crl()])])
        self.ca.revoke("revoked", "400101000000Z")
        stamped = sign(self.ca, "revoked", text)
        made["stamped-before-revocation"] = with_unsigned(stamped, [
            stamp(self.ca, stamped), revocation([self.ca.crl()])])
        early = sign(self.ca, "institute", text, time="2042-12-01T00:00:00Z")
        made["claimed-after-stamp"] = with_unsigned(early, [stamp(self.ca, early)])
        made["stamp-of-another"] = with_unsigned(sign(self.ca, "institute", text), [stamp(self.ca, a)])
        made["stamp-unknown"] = with_unsigned(sign(self.ca, "institute", text), [stamp(self.other, a)])
        self.seals(made, text)
        self.wrapped(made, a, text)
        self.covers(made, text)
        self.forms(made, a, text)
        self.contents(made)
        for name, data in made.items():
            write(f"{self.out}/single/{name}.xml", data)

    def seals(self, made, text):
        """RSA, as seals of organisations have it, and what is too weak."""
        rsa = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha"
        for name, bits in (("seal", 2048), ("seal2", 3072), ("weak", 1024)):
            self.ca.issue(name, "National Institute", rsa=bits)
        crl = revocation([self.ca.crl()])
        plain = sign(self.ca, "seal", text, method=rsa + "256")
        made["rsa"] = with_unsigned(plain, [crl])
        for bits in ("384", "512"):
            made["rsa-sha" + bits] = self.signed("seal2", text, method=rsa + bits)
        for bits in ("256", "384", "512"):
            made["pss-sha" + bits] = with_unsigned(sign_pss(self.ca, "seal", plain, "sha" + bits), [crl])
        made["rsa-tampered"] = made["rsa"].replace(b"0.001 0.002", b"0.001 0.001")
        made["pss-tampered"] = made["pss-sha256"].replace(b"0.001 0.002", b"0.001 0.001")
        made["pss-time"] = made["pss-sha256"].replace(SIGNED.encode(), b"2025-02-28T10:00:00Z")
        made["pss-another-key"] = sign_pss(self.ca, "seal", plain, key="weak")
        made["pss-another-salt"] = sign_pss(self.ca, "seal", plain, salt="20")
        made["pss-another-hash"] = made["pss-sha256"].replace(b"#sha256-rsa-MGF1", b"#sha512-rsa-MGF1")
        made["pkcs1-named-pss"] = plain.replace(b"2001/04/xmldsig-more#rsa-sha256",
                                                b"2007/05/xmldsig-more#sha256-rsa-MGF1")
        made["rsa-1024"] = self.signed("weak", text, method=rsa + "256")
        made["rsa-sha1"] = plain.replace(b"2001/04/xmldsig-more#rsa-sha256", b"2000/09/xmldsig#rsa-sha1")
        made["digest-sha1"] = plain.replace(SHA256.encode(), b"http://www.w3.org/2000/09/xmldsig#sha1", 1)
        made["rsa-named-ecdsa"] = plain.replace(b"#rsa-sha256", b"#ecdsa-sha256")
        made["ecdsa-named-rsa"] = made["good"].replace(b"#ecdsa-sha256", b"#rsa-sha256")

    def forged_revocation(self, made, answered):
        """What another authority signed, of the same name or not, says nothing, good or bad; nor does a list that ended before."""
        forger = Authority(os.path.abspath(f"{self.out}/forger"), "Accreditation")
        for name, crl in (("forged-crl", forger.crl()), ("stale-crl", self.ca.crl("20250101", "20250201"))):
            made[name] = with_unsigned(sign(self.ca, "institute", self.institute()), [revocation([crl])])
        shutil.copy(f"{self.ca.d}/index.txt", f"{self.other.d}/forged.txt")
        run("openssl", "ocsp", "-index", f"{self.other.d}/forged.txt", "-CA", f"{self.ca.d}/root.crt", "-rsigner",
            f"{self.other.d}/responder.crt", "-rkey", f"{self.other.d}/responder.key", "-reqin",
            f"{self.ca.d}/ocsp.req", "-respout", f"{self.other.d}/forged.resp", "-ndays", "30")
        made["forged-ocsp"] = with_unsigned(sign(self.ca, "institute", self.institute()), [
            certificates([self.other.der("responder")]), revocation(responses=[read(f"{self.other.d}/forged.resp")])])

    def intermediate(self, made, text):
        """An authority between: of it, too, something has to say that it was not revoked."""
        self.ca.issue("between", "Between", extensions="authority")
        self.ca.issue("below", "Laboratory", by="between")
        between, own = certificates([self.ca.der("between")]), self.ca.crl(by="between")
        above = self.ca.crl()
        self.ca.revoke("between", "250101000000Z")
        for name, crls in (("intermediate", [own, above]), ("intermediate-unknown", [own]),
                           ("intermediate-revoked", [own, self.ca.crl()])):
            made[name] = with_unsigned(sign(self.ca, "below", text), [between, revocation(crls)])

    def empty_revocation(self, made, text):
        """By the authority, or in its name, and silent about the signer: a list of a part of the certificates, of what is
        new since another, an answer that knows nothing, and one that the signer gave itself."""
        write(f"{self.ca.d}/nobody.txt", "")
        responder = certificates([self.ca.der("responder")])
        for name, parts in (("part-crl", [revocation([self.ca.crl(extensions="part")])]),
                            ("delta-crl", [revocation([self.ca.crl(extensions="delta")])]),
                            ("unknown-ocsp", [responder, revocation(responses=[
                                self.ca.ocsp("institute", index="nobody.txt")])]),
                            ("own-ocsp", [revocation(responses=[self.ca.ocsp("institute", by="institute")])])):
            made[name] = with_unsigned(sign(self.ca, "institute", text), parts)

    def wrapped(self, made, a, text):
        """Signature wrapping, and more than one signature."""
        root_end = b"</dcc:digitalCalibrationCertificate>"
        forged = text.replace("0.001 0.002", "0.001 0.001").encode().rstrip()
        signature = a[a.index(b"<ds:Signature "):a.rindex(root_end)]
        original = a.split(b"?>", 1)[1].strip()
        # the signed document within the forged one, and within the signature
        made["wrapped-inside"] = forged.replace(root_end, b"<dcc:comment>" + original + b"</dcc:comment>" + root_end)
        made["wrapped-object"] = forged.replace(root_end, signature.replace(
            b"</ds:Signature>", b"<ds:Object>" + original + b"</ds:Object></ds:Signature>") + root_end)
        made["wrapped-moved"] = forged.replace(b"<dcc:administrativeData>", signature + b"<dcc:administrativeData>", 1)
        made["signature-in-comment"] = text.encode().rstrip().replace(
            root_end, b"<dcc:comment>" + signature + b"</dcc:comment>" + root_end)
        made["part-only"] = self.signed("institute", text.replace(
            "<dcc:administrativeData>", '<dcc:administrativeData Id="part">'), uri="")
        made["part-only"] = made["part-only"].replace(b'<ds:Reference URI="">', b'<ds:Reference URI="#part">')
        made["xpath-away"] = self.signed("institute", text, transforms=ENVELOPED + (
            '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>not(ancestor-or-self::*'
            "[local-name()='results'])</ds:XPath></ds:Transform>"))
        made["filter2-away"] = self.signed("institute", text, transforms=FILTER2.replace(
            "/descendant::ds:Signature", "/descendant::*[local-name()='results'] | /descendant::ds:Signature"))
        made["filter2-intersect"] = self.signed("institute", text, transforms=FILTER2.replace("subtract", "intersect"))
        made["filter2-second"] = self.signed("institute", text, transforms=FILTER2.replace("</f:XPath>", (
            '</f:XPath><f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="intersect">'
            "/descendant::*[local-name()='coreData']</f:XPath>"))).replace(b"0.001 0.002", b"0.001 0.001")
        made["two-signatures"] = self.signed("laboratory", a)
        made["two-signatures-stranger"] = sign(self.other, "stranger", a)
        made["two-signatures-broken"] = made["two-signatures"].replace(b"0.001 0.002", b"0.001 0.001")
        made["same-id-twice"] = a.replace(b"<dcc:administrativeData>", b'<dcc:administrativeData xml:id="' + a.split(
            b'SignedProperties Id="')[1].split(b'"')[0] + b'">')

    def covers(self, made, text):
        """Signatures that are good, and not of all that they should be of."""
        def references(signature):
            return ["<ds:Reference " + r.split("</ds:Reference>")[0] + "</ds:Reference>"
                    for r in signature.split("<ds:Reference ")[1:]]

        def without(i):
            return lambda signature: signature.replace(references(signature)[i], "")

        def twice(i):
            return lambda signature: signature.replace(references(signature)[i], 2 * references(signature)[i])

        def signed(edit):
            return self.signed("institute", text, edit=edit)
        earlier = (SIGNED.encode(), b"2025-02-28T10:00:00Z")
        made["document-uncovered"] = signed(without(0)).replace(b"0.001 0.002", b"0.001 0.001")
        made["method-parameters"] = signed(lambda signature: signature).replace(
            b'ecdsa-sha256"/>', b'ecdsa-sha256"><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>')
        made["document-twice"] = signed(twice(0))
        made["properties-uncovered"] = signed(without(1)).replace(*earlier)
        made["properties-twice"] = signed(twice(1))
        made["properties-transformed"] = signed(lambda signature: signature.replace(
            f'<ds:Transform Algorithm="{EXC}"/>', FILTER2.replace(
                "ds:Signature", "*[local-name()='SigningTime']"))).replace(*earlier)

    def forms(self, made, a, text):
        """What is no certificate that is read."""
        head, body = text.split("?>", 1)
        head += "?>"
        bomb = "".join(f'<!ENTITY b{i} "{f"&b{i - 1};" * 10}">' for i in range(1, 10))
        made["entity-bomb"] = f'{head}<!DOCTYPE d [<!ENTITY b0 "ha">{bomb}]>' + body.replace("comparison", "&b9;")
        made["external-entity"] = f'{head}<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + body.replace(
            "comparison", "&x;")
        made["external-dtd"] = f'{head}<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd">' + body
        made["depth"] = text.replace("comparison", "<x>" * 70 + "</x>" * 70)
        made["huge"] = text.replace("comparison", "<x/>" * 200001)
        made["attributes"] = text.replace("<dcc:coreData>", "<dcc:coreData " + " ".join(
            f'a{i}="1"' for i in range(40)) + ">")
        made["cut"] = text[:len(text) // 2]
        made["empty"] = ""
        made["wrong-schema"] = '<?xml version="1.0"?><certificate xmlns="https://ptb.de/dcc"/>'
        made["wrong-namespace"] = text.replace(DCC, "https://example.org/dcc")
        made["new-version"] = self.institute(version="3.4.0")
        made["old-version"] = self.institute(version="2.3.0")
        made["material"] = '<drmd:digitalReferenceMaterialDocument xmlns:drmd="https://example.org/drmd"/>'
        write(f"{self.ca.d}/plain.xml", text)
        made["pkcs7"] = run("openssl", "cms", "-sign", "-binary", "-nodetach", "-in", f"{self.ca.d}/plain.xml", "-signer",
                            f"{self.ca.d}/institute.crt", "-inkey", f"{self.ca.d}/institute.key", "-outform", "DER")
        made["pkcs7-pem"] = run("openssl", "cms", "-sign", "-binary", "-nodetach", "-in", f"{self.ca.d}/plain.xml",
                                "-signer", f"{self.ca.d}/institute.crt", "-inkey", f"{self.ca.d}/institute.key",
                                "-outform", "PEM")

    def contents(self, made):
        """Read, and not usable in part; or not read for what is missing."""
        made["no-uncertainty"] = self.institute(u="")
        made["no-unit"] = self.institute(unit="")
        made["unknown-unit"] = self.institute(unit="\\furlong")
        made["no-k"] = self.institute(k="")
        made["one-u-of-three"] = self.institute(u="0.01 0.02")
        made["word-for-number"] = self.institute(points="0 fifty 100")
        made["not-a-number"] = self.institute(points="0 NaN 100")
        made["other-count"] = self.institute(errors="0.001 0.002")
        made["no-number"] = self.institute(number="")
        made["no-laboratory"] = self.institute(laboratory="")
        made["bad-date"] = self.institute(day="2025-02-30")
        made["bad-due"] = self.institute(due="soon")
        made["before-adjustment"] = self.institute(result_type="basic_beforeAdjustment")


def many(maker, out, count):
    a = maker.signed("institute", maker.institute())
    write(f"{out}/0.xml", a)
    for i in range(1, count):
        write(f"{out}/{i}.xml", maker.signed("laboratory", maker.device(
            [link_to(a, identifier="NI-1")], number=f"LAB-{i}", device=f"D-{i}")))


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--many":
        maker = Maker(sys.argv[3] + ".pki")
        many(maker, sys.argv[3], int(sys.argv[2]))
        shutil.copy(f"{maker.out}/trust.txt", sys.argv[3] + ".trust")
        return
    if len(sys.argv) == 9 and sys.argv[1] == "--unsigned":
        number, laboratory, device, day, points, errors, u = sys.argv[2:]
        print(document(number, laboratory, device, day, u, points=points, errors=errors), end="")
        return
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    maker = Maker(sys.argv[1])
    a = maker.signed("institute", maker.institute())
    maker.chains(a)
    maker.singles(a)


if __name__ == "__main__":
    main()
