// SPDX-License-Identifier: Apache-2.0
// DNA signatures as docs/formats/dna-keys.md has them, over @noble/curves: shares no code with labseal.
//
//   node scheme.mjs MODULES check FOLDER     do FOLDER's vectors hold, by FOLDER's keys?
//   node scheme.mjs MODULES sign FOLDER      a signature of its own, in hex (profile standard, the vectors' digest)
import { createHash, createDecipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, command, folder] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/x`));
const { bls12_381: bls } = require('@noble/curves/bls12-381');
const { expand_message_xmd } = require('@noble/curves/abstract/hash-to-curve');
const { sha256 } = require('@noble/hashes/sha2');

const G1 = bls.G1.ProjectivePoint, G2 = bls.G2.ProjectivePoint, { Fp12 } = bls.fields, order = bls.fields.Fr.ORDER;
const utf8 = (text) => new TextEncoder().encode(text);
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, 'hex'));
const number = (b) => BigInt('0x' + (Buffer.from(b).toString('hex') || '0'));
const join = (...parts) => Uint8Array.from(Buffer.concat(parts.map((p) => Buffer.from(p))));
const same = (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
const digest = (...parts) => createHash('sha256').update(join(...parts)).digest();

// --- files ---------------------------------------------------------------------------------------------------

function content(name) {
	const lines = readFileSync(`${folder}/${name}`, 'utf8').trimEnd().split('\n');
	return Uint8Array.from(Buffer.from(lines.slice(1, -1).join(''), 'base64'));
}

function point(Group, b) {
	const p = Group.fromHex(b);
	p.assertValidity();
	if (p.is0() || !p.isTorsionFree()) throw new Error('no point of the group');
	return p;
}

// Takes an authority's parameters from the front; what follows is in rest.
function parameters(b) {
	let at = 2 + b[1];
	const take = (n) => b.slice(at, (at += n));
	const keys = at, sign = point(G2, take(96)), encrypt = point(G1, take(48)), directory = point(G2, take(96));
	take(take(1)[0] ? 80 : 0);
	return { sign, encrypt, directory, id: digest(utf8('labseal dna authority v1\0'), b.slice(keys, at)), rest: b.slice(at) };
}

// --- bits, hashes, pairings -----------------------------------------------------------------------------------

const toBits = (b) => [...b].map((x) => x.toString(2).padStart(8, '0')).join('');
const bitsNumber = (bits) => BigInt('0b' + bits);

// A point of G1 from its 382 bits: the larger y, and x.
function g1FromBits(bits) {
	const b = bytes(bitsNumber('10' + bits).toString(16).padStart(96, '0'));
	return point(G1, b);
}

const g1ToBits = (p) => toBits(p.toRawBytes(true)).slice(2);
const xmd = (domain, message, n) => expand_message_xmd(message, utf8(domain), n, sha256);
const scalar = (domain, message) => number(xmd(domain, message, 48)) % order;

// GT's 12 coefficients as blst writes them: of both halves the first Fp2, of both the second, of both the third.
function gtBytes(f) {
	const out = [];
	for (const i of ['c0', 'c1', 'c2'])
		for (const half of [f.c0, f.c1])
			for (const part of [half[i].c0, half[i].c1]) out.push(bytes(part.toString(16).padStart(96, '0')));
	return join(...out);
}

// --- identity-based signatures -----------------------------------------------------------------------------------

const identityScalar = (orcid) => scalar('LABSEAL-DNA-V1-IDENTITY', utf8(orcid));

function challenge(authority, orcid, message, r, short) {
	const hashed = join(authority, utf8(orcid), message, gtBytes(r));
	return short ? number(xmd('LABSEAL-DNA-V1-CHALLENGE-128', hashed, 16)) : scalar('LABSEAL-DNA-V1-CHALLENGE-255', hashed);
}

function identityHolds(params, orcid, message, signature, short) {
	const size = short ? 128 : 255, bits = toBits(signature), h = bitsNumber(bits.slice(0, size));
	if (bits.slice(size + 382).includes('1') || h === 0n || h >= order) return false;
	const s = g1FromBits(bits.slice(size, size + 382));
	const pub = params.sign.add(G2.BASE.multiply(identityScalar(orcid)));
	const r = Fp12.mul(bls.pairing(s, pub), bls.pairing(G1.BASE.multiply(h).negate(), G2.BASE));
	return challenge(params.id, orcid, message, r, short) === h;
}

function identitySign(params, orcid, key, message) {
	const k = scalar('a test needs no secret', message), r = bls.pairing(G1.BASE.multiply(k), G2.BASE);
	const h = challenge(params.id, orcid, message, r, true);
	const bits = h.toString(2).padStart(128, '0') + g1ToBits(key.multiply((k + h) % order)) + '00';
	return bitsNumber(bits).toString(16).padStart(128, '0');
}

// --- aggregate, readers ---------------------------------------------------------------------------------------------

function blsHolds(key, suite, message, s) {
	const h = bls.G1.hashToCurve(message, { DST: suite });
	return Fp12.eql(bls.pairing(s, G2.BASE), bls.pairing(G1.fromAffine(h.toAffine()), key));
}
const suite = (kind) => `BLS_${kind}_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_`;

// The directory's keys by ORCID iD, each proven, and the directory signed.
function directory(params, b) {
	const keys = {}, count = Number(number(b.slice(49, 53))), end = 53 + count * 164;
	for (let at = 53; at < end; at += 164) {
		const orcid = Buffer.from(b.slice(at + 1, at + 20)).toString(), key = b.slice(at + 20, at + 116);
		keys[orcid] = point(G2, key);
		if (!blsHolds(keys[orcid], suite('POP'), key, point(G1, b.slice(at + 116, at + 164)))) throw new Error('proof');
	}
	const signed = join(utf8('LABSEAL-DNA-V1-DIRECTORY\0'), params.id, digest(b.slice(0, end)));
	if (!blsHolds(params.directory, suite('SIG'), signed, point(G1, b.slice(end)))) throw new Error('directory');
	return keys;
}

function aggregateHolds(params, keys, message, signature) {
	const sum = keys.reduce((a, b) => a.add(b)), bits = toBits(signature);
	const signed = join(utf8('LABSEAL-DNA-V1-MOLECULE\0'), params.id, message);
	return !bits.slice(382).includes('1') && blsHolds(sum, suite('SIG'), signed, g1FromBits(bits.slice(0, 382)));
}

function unseal(orcid, key, b) {
	const u = b.slice(1, 49), gt = gtBytes(bls.pairing(point(G1, u), key)), text = b.slice(49 + 16 * b[0]);
	const mask = xmd('LABSEAL-DNA-V1-SEAL-SLOT', join(u, utf8(orcid), gt), 16);
	for (let i = 0; i < b[0]; i++) {
		const textKey = b.slice(49 + 16 * i, 65 + 16 * i).map((x, j) => x ^ mask[j]);
		const aes = createDecipheriv('aes-256-ctr', xmd('LABSEAL-DNA-V1-SEAL-TEXT', textKey, 32), new Uint8Array(16));
		const opened = aes.update(text);
		const r = scalar('LABSEAL-DNA-V1-SEAL-R', join(textKey, digest(opened)));
		if (same(G1.BASE.multiply(r).toRawBytes(true), u)) return opened.toString();
	}
	return null;
}

// --- what is asked ---------------------------------------------------------------------------------------------------

const v = JSON.parse(readFileSync(`${folder}/vectors.json`, 'utf8')), message = bytes(v.digest);
const file = content('good-identity'), params = parameters(file);
const orcid = Buffer.from(params.rest.slice(0, 19)).toString();
const key = point(G1, params.rest.slice(20, 68)), readKey = point(G2, params.rest.slice(68, 164));

const readerPoint = bls.G2.hashToCurve(utf8(orcid), { DST: 'LABSEAL-DNA-V1-READER-BLS12381G2_XMD:SHA-256_SSWU_RO_' });
const tests = {
	'the key is the identity\'s': () =>
		Fp12.eql(bls.pairing(key, params.sign.add(G2.BASE.multiply(identityScalar(orcid)))), bls.pairing(G1.BASE, G2.BASE)),
	'the reading key is the identity\'s': () =>
		Fp12.eql(bls.pairing(G1.BASE, readKey), bls.pairing(params.encrypt, G2.fromAffine(readerPoint.toAffine()))),
	standard: () => identityHolds(params, v.signer, message, bytes(v.standard), true),
	'standard-full': () => identityHolds(params, v.signer, message, bytes(v['standard-full']), false),
	'not of another': () => !identityHolds(params, v['other signer'], message, bytes(v.standard), true),
	'not another message': () => !identityHolds(params, v.signer, digest(message), bytes(v.standard), true),
	'aggregate of one': () => aggregateHolds(params, [keys[v.signer]], message, bytes(v['aggregate of one'])),
	'aggregate of two': () =>
		aggregateHolds(params, [keys[v.signer], keys[v['other signer']]], message, bytes(v['aggregate of two'])),
	'not of one alone': () => !aggregateHolds(params, [keys[v.signer]], message, bytes(v['aggregate of two'])),
	'text for readers': () => unseal(orcid, readKey, bytes(v.sealed)) === v.text,
};
if (command === 'sign') {
	console.log(identitySign(params, orcid, key, message));
	process.exit(0);
}
const keys = directory(params, content('good-directory'));
let failed = 0;
for (const [name, holds] of Object.entries(tests)) {
	const ok = holds();
	console.log(`${ok ? 'ok' : 'FAILED'} ${name}`);
	failed += !ok;
}
process.exit(failed ? 1 : 0);
