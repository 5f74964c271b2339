// SPDX-License-Identifier: Apache-2.0
// Keys, certificates (RFC 5280) and the one form of CMS signature (RFC 5652) that labseal writes
// (docs/formats/manifest.md).
"use strict";

const OID = {
	signedData: "2a864886f70d010702", data: "2a864886f70d010701", sha256: "608648016503040201",
	contentType: "2a864886f70d010903", messageDigest: "2a864886f70d010904", signingTime: "2a864886f70d010905",
	signingCertificateV2: "2a864886f70d010910022f",
	ecdsaSha256: "2a8648ce3d040302", ecdsaSha384: "2a8648ce3d040303", rsaSha256: "2a864886f70d01010b",
	ecKey: "2a8648ce3d0201", p256: "2a8648ce3d030107", p384: "2b81040022", rsaKey: "2a864886f70d010101",
	basicConstraints: "551d13", keyUsage: "551d0f",
};
// Extensions of which nothing has to be known for what is checked here.
const PASSED_OVER = ["551d25", "551d0e", "551d23"]; // extended key usage, key identifiers

const sha256 = async (subtle, bytes) => new Uint8Array(await subtle.digest("SHA-256", bytes));

// --- keys

// The two numbers of an ECDSA signature, as WebCrypto wants them: of a fixed size.
function rawSignature(der, size, what) {
	const outer = new Der(der, what), numbers = outer.into(TAG.SEQUENCE), raw = new Uint8Array(2 * size);
	outer.end();
	for (let i = 0; i < 2; i++) {
		let n = numbers.take(TAG.INTEGER).content;
		need(n.length > 0 && n[0] < 0x80 && !(n.length > 1 && n[0] === 0 && n[1] < 0x80), `${what} has a number that is not DER's`);
		n = n[0] === 0 ? n.subarray(1) : n;
		need(n.length <= size, `${what} has a number that is too large`);
		raw.set(n, (i + 1) * size - n.length);
	}
	numbers.end();
	return raw;
}

// What kind of key a SubjectPublicKeyInfo holds.
function keyKind(spki) {
	const outer = new Der(spki, "a key"), algorithm = outer.into(TAG.SEQUENCE).into(TAG.SEQUENCE);
	const kind = hex(algorithm.take(TAG.OID).content);
	if (kind === OID.rsaKey)
		return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
	if (kind !== OID.ecKey)
		throw new Unable("a key is of a kind that this page does not know");
	const curve = hex(algorithm.take(TAG.OID).content);
	if (curve !== OID.p256 && curve !== OID.p384)
		throw new Unable("a key is on a curve that this page does not know");
	return curve === OID.p256 ? { name: "ECDSA", namedCurve: "P-256", size: 32 }
		: { name: "ECDSA", namedCurve: "P-384", size: 48 };
}

// Whether signature (DER for ECDSA) is by the key over the bytes.  hash: SHA-256 or SHA-384.
async function signedBy(subtle, spki, hash, signature, bytes, what) {
	const kind = keyKind(spki);
	let key;
	try {
		key = await subtle.importKey("spki", spki, kind, false, ["verify"]);
	} catch (e) {
		throw new Bad(`${what}: the key is malformed`);
	}
	if (kind.name !== "ECDSA")
		return subtle.verify(kind.name, key, signature, bytes);
	return subtle.verify({ name: "ECDSA", hash }, key, rawSignature(signature, kind.size, what), bytes);
}

// --- certificates

function readExtensions(der, what) {
	const found = {};
	while (!der.ended) {
		const one = der.into(TAG.SEQUENCE), name = hex(one.take(TAG.OID).content);
		const critical = one.peek() === TAG.BOOLEAN && one.take(TAG.BOOLEAN).content[0] === 0xff;
		const value = one.take(TAG.OCTETS).content;
		one.end();
		need(!(name in found), `${what} has an extension twice`);
		need(!critical || name === OID.basicConstraints || name === OID.keyUsage || PASSED_OVER.includes(name),
			`${what} has a critical extension that is not known`);
		found[name] = value;
	}
	return found;
}

function isAuthority(extensions, what) {
	if (!extensions[OID.basicConstraints])
		return false;
	const constraints = new Der(extensions[OID.basicConstraints], what).into(TAG.SEQUENCE);
	return constraints.peek() === TAG.BOOLEAN && constraints.take(TAG.BOOLEAN).content[0] === 0xff;
}

// The first byte of the key usage: 0x80 digitalSignature, 0x40 nonRepudiation, 0x04 keyCertSign.
function usage(extensions, what) {
	if (!extensions[OID.keyUsage])
		return 0xff;
	const bits = new Der(extensions[OID.keyUsage], what).take(TAG.BITS).content;
	need(bits.length >= 2, `${what} has a malformed key usage`);
	return bits[1];
}

function readCertificate(bytes, what) {
	const outer = new Der(bytes, what), certificate = outer.into(TAG.SEQUENCE);
	outer.end();
	const signed = certificate.take(TAG.SEQUENCE);
	const algorithm = certificate.take(TAG.SEQUENCE);
	const bits = certificate.take(TAG.BITS).content;
	certificate.end();
	need(bits.length > 1 && bits[0] === 0, `${what} has a malformed signature`);
	const tbs = new Der(signed.content, what);
	const version = tbs.into(TAG.CONTEXT_0).take(TAG.INTEGER).content;
	need(same(version, [2]), `${what} is not of version 3`);
	const serial = tbs.take(TAG.INTEGER).whole;
	need(same(tbs.take(TAG.SEQUENCE).whole, algorithm.whole), `${what} names two signature algorithms`);
	const issuer = tbs.take(TAG.SEQUENCE).whole, validity = tbs.into(TAG.SEQUENCE);
	const from = validity.time(), until = validity.time();
	const subject = tbs.take(TAG.SEQUENCE).whole, spki = tbs.take(TAG.SEQUENCE).whole;
	const extensions = readExtensions(tbs.into(TAG.CONTEXT_3).into(TAG.SEQUENCE), what);
	tbs.end();
	return {
		bytes, signed: signed.whole, signature: bits.subarray(1), serial, issuer, subject, from, until, spki,
		algorithm: hex(new Der(algorithm.content, what).take(TAG.OID).content),
		isAuthority: isAuthority(extensions, what), usage: usage(extensions, what),
	};
}

async function issuedBy(subtle, certificate, authority) {
	const hash = { [OID.ecdsaSha256]: "SHA-256", [OID.ecdsaSha384]: "SHA-384", [OID.rsaSha256]: "SHA-256" }[certificate.algorithm];
	if (!hash)
		throw new Unable("a certificate is signed in a way that this page does not know");
	return signedBy(subtle, authority.spki, hash, certificate.signature, certificate.signed, "the certificate's signature");
}

// Whether it leads, over CA certificates of the trust file that were valid at that time, to one that issued itself.
async function chains(subtle, certificate, authorities, at, depth = 0) {
	for (const authority of authorities) {
		const may = authority.isAuthority && authority.usage & 0x04 && authority.from <= at && at <= authority.until;
		if (!may || !same(authority.subject, certificate.issuer) || !await issuedBy(subtle, certificate, authority))
			continue;
		if (same(authority.subject, authority.issuer))
			return true;
		if (depth < 4 && await chains(subtle, authority, authorities, at, depth + 1))
			return true;
	}
	return false;
}

// --- CMS

const algorithm = name => sequence(oid(name));
const attribute = (name, value) => sequence(oid(name), element(TAG.SET, value));

// What is variable in a signature: certificate, time, digest of the content, value.
function takeApart(bytes) {
	const what = "the signature", outer = new Der(bytes, what), info = outer.into(TAG.SEQUENCE);
	outer.end();
	info.take(TAG.OID);
	const data = info.into(TAG.CONTEXT_0).into(TAG.SEQUENCE);
	[TAG.INTEGER, TAG.SET, TAG.SEQUENCE].forEach(tag => data.take(tag));
	const certificate = data.into(TAG.CONTEXT_0).take(TAG.SEQUENCE).whole;
	const signer = data.into(TAG.SET).into(TAG.SEQUENCE);
	[TAG.INTEGER, TAG.SEQUENCE, TAG.SEQUENCE].forEach(tag => signer.take(tag));
	const attributes = signer.into(TAG.CONTEXT_0);
	const values = [];
	for (let i = 0; i < 3; i++) {
		const one = attributes.into(TAG.SEQUENCE);
		one.take(TAG.OID);
		values.push(one.into(TAG.SET));
	}
	signer.take(TAG.SEQUENCE);
	return {
		certificate, time: values[1].time(), digest: values[2].take(TAG.OCTETS).content,
		value: signer.take(TAG.OCTETS).content,
	};
}

// The same put together again: { whole, signed }.  There is no other spelling.
function putTogether(parts, certificate, certificateDigest) {
	const attributes = join(
		attribute(OID.contentType, oid(OID.data)),
		attribute(OID.signingTime, timeElement(parts.time)),
		attribute(OID.messageDigest, element(TAG.OCTETS, parts.digest)),
		attribute(OID.signingCertificateV2, sequence(sequence(sequence(element(TAG.OCTETS, certificateDigest))))));
	const one = element(TAG.INTEGER, [1]);
	const signer = sequence(one, sequence(certificate.issuer, certificate.serial), algorithm(OID.sha256),
		element(TAG.CONTEXT_0, attributes), algorithm(OID.ecdsaSha256), element(TAG.OCTETS, parts.value));
	const data = sequence(one, element(TAG.SET, algorithm(OID.sha256)), sequence(oid(OID.data)),
		element(TAG.CONTEXT_0, certificate.bytes), element(TAG.SET, signer));
	return { whole: sequence(oid(OID.signedData), element(TAG.CONTEXT_0, data)), signed: element(TAG.SET, attributes) };
}

// The signer's certificate; throws unless it signed just this content.
async function verifySignature(subtle, bytes, content) {
	const parts = takeApart(bytes);
	const certificate = readCertificate(parts.certificate, "the signer's certificate");
	need(same(parts.digest, await sha256(subtle, content)), "it is not over this manifest: one of the two was altered");
	const made = putTogether(parts, certificate, await sha256(subtle, certificate.bytes));
	need(same(made.whole, bytes), "it is not of the form that labseal writes");
	need(keyKind(certificate.spki).namedCurve === "P-256", "its key is not on the curve P-256");
	need(await signedBy(subtle, certificate.spki, "SHA-256", parts.value, made.signed, "the signature"),
		"it is not by the key of its certificate");
	return certificate;
}
