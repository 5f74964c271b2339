// SPDX-License-Identifier: Apache-2.0
// The texts: trust file, manifest, checkpoint and proof (docs/formats).
"use strict";

const INSTRUMENT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

// Its lines, all of which end in LF.
function linesOf(bytes, what) {
	const text = toText(bytes, what);
	need(text.endsWith("\n") && !/[\0\r]/.test(text), `${what} is not made of lines`);
	return text.slice(0, -1).split("\n");
}

// --- trust file

function pemCertificates(text) {
	const blocks = [];
	const rest = text.replace(/-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+?)\n-----END CERTIFICATE-----\n/g, (_, body) => {
		const bytes = fromBase64(body.replace(/\n/g, ""), "a certificate of the trust file");
		blocks.push(readCertificate(bytes, "a certificate of the trust file"));
		return "";
	});
	need(rest === "" && blocks.length >= 1 && blocks.length <= 16, "the certificates at the trust file's end are malformed");
	return blocks;
}

// NAME+ID+BASE64(type | key): the log's key.  The name has no '+', base64 may have some.
function readLogKey(text) {
	const match = /^([^+ ]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
	need(match, "the log's key in the trust file is malformed");
	const bytes = fromBase64(match[3], "the log's key in the trust file");
	need(bytes[0] === 2 && bytes.length === 92, "the log's key in the trust file is not on the curve P-256");
	return { name: match[1], id: match[2], spki: bytes.subarray(1) };
}

function readApproved(words) {
	const parts = Object.fromEntries(words.slice(1).map(word => word.split(":")));
	need(/^[0-9a-f]{64}$/.test(parts.pcr23 || ""), "an approved state in the trust file is malformed");
	return { version: toNumber(words[0], "an approved version"), ...parts };
}

// Lines that there is one of; others may come again, and what this page does not use of them it says.
const ONCE = ["instrument", "origin", "log", "log-ed25519", "key-kind", "development", "authority", "policy-ref"];

function readTrust(bytes) {
	const text = toText(bytes, "the trust file"), end = text.indexOf("-----BEGIN CERTIFICATE-----\n");
	need(text.startsWith("labseal-trust/v1\n"), "this is no trust file: its first line is not 'labseal-trust/v1'");
	need(end > 0, "the trust file has no certificate");
	const lines = text.slice(0, end).split("\n").slice(1, -1).filter(line => !line.startsWith("#"));
	const one = Object.create(null), approved = [];
	for (const line of lines) {
		const [name, ...words] = line.split(" ");
		if (name === "approved")
			approved.push(readApproved(words));
		else if (ONCE.includes(name))
			need(!(name in one), `the trust file has two lines '${name}'`);
		one[name] = words.join(" ");
	}
	["instrument", "origin", "log", "key-kind", "development"].forEach(name =>
		need(one[name], `the trust file has no line '${name}'`));
	const log = readLogKey(one.log);
	need(INSTRUMENT.test(one.instrument) && log.name === one.origin, "the trust file contradicts itself");
	return {
		instrument: one.instrument, log, approved, keyKind: one["key-kind"], development: one.development === "yes",
		hasAuthority: "authority" in one || approved.length > 0, lines: one, certificates: pemCertificates(text.slice(end)),
	};
}

// --- manifest

const SAFE = /^(?![.-])(?!.*\.$)[A-Za-z0-9._-]{1,100}$/;
const RESERVED = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

function header(line, name) {
	need((line || "").startsWith(`# ${name} `), `the manifest has no line '# ${name}' where it should be`);
	return line.slice(name.length + 3);
}

function readManifest(bytes) {
	const lines = linesOf(bytes, "the manifest"), kind = /^# labseal\/(result|event)\/v1$/.exec(lines[0]);
	need(kind, "this is no manifest: its first line is not '# labseal/result/v1' or '# labseal/event/v1'");
	const manifest = {
		kind: kind[1], instrument: header(lines[1], "instrument"), seal: toNumber(header(lines[2], "seal"), "the seal's number"),
		received: toSeconds(header(lines[3], "received"), "the manifest's 'received'"), files: new Map(),
	};
	need(INSTRUMENT.test(manifest.instrument) && manifest.seal > 0, "the manifest's head is malformed");
	const folded = new Set();
	for (const line of lines.slice(4)) {
		const file = /^([0-9a-f]{64}) {2}(record\.json|original\/([^/]+))$/.exec(line);
		need(file && (!file[3] || SAFE.test(file[3]) && !RESERVED.test(file[3])), "the manifest has a line that no manifest has");
		need(!folded.has(file[2].toLowerCase()), "the manifest names a file twice");
		need((manifest.files.size === 0) === (file[2] === "record.json"), "the manifest's files are not in order");
		folded.add(file[2].toLowerCase());
		manifest.files.set(file[2], file[1]);
	}
	need(manifest.kind === "result" ? manifest.files.size >= 2 : manifest.files.size === 1, "the manifest has not the files of its kind");
	return manifest;
}

// --- the log

const HASH = /^[A-Za-z0-9+/]{43}=$/;

// A signed note of three lines: { origin, size, root, text, signatures }.
function readCheckpoint(text) {
	const end = text.indexOf("\n\n"), body = text.slice(0, end + 1), rest = text.slice(end + 2);
	need(end > 0 && rest.endsWith("\n"), "the checkpoint is no signed note");
	const lines = body.slice(0, -1).split("\n"), signed = rest.slice(0, -1).split("\n");
	need(lines.length === 3 && HASH.test(lines[2]), "the checkpoint has not its three lines");
	need(signed.length <= 32, "the checkpoint has too many signatures");
	const signatures = signed.map(line => {
		const match = /^— ([^ +]+) ([A-Za-z0-9+/=]+)$/.exec(line);
		need(match, "the checkpoint has a malformed signature line");
		const bytes = fromBase64(match[2], "a signature of the checkpoint");
		need(bytes.length > 4, "a signature of the checkpoint is cut short");
		return { name: match[1], id: hex(bytes.subarray(0, 4)), value: bytes.subarray(4) };
	});
	return {
		origin: lines[0], size: toNumber(lines[1], "the checkpoint's size"), root: fromBase64(lines[2], "the checkpoint's root"),
		text: toBytes(body), signatures,
	};
}

function readProof(bytes) {
	const text = toText(bytes, "the proof"), end = text.indexOf("\n\n");
	need(text.startsWith("c2sp.org/tlog-proof@v1\nindex ") && end > 0, "this is no proof: its first lines are not those of C2SP's tlog-proof");
	const [, index, ...hashes] = text.slice(0, end).split("\n");
	need(hashes.length <= 63 && hashes.every(hash => HASH.test(hash)), "the proof has a malformed hash");
	return {
		index: toNumber(index.slice("index ".length), "the proof's index"),
		hashes: hashes.map(hash => fromBase64(hash, "a hash of the proof")), checkpoint: readCheckpoint(text.slice(end + 2)),
	};
}

// The root that the hashes make of the leaf at that index (RFC 9162, 2.1.3.2); throws when they are too many or too few.
async function rootOf(subtle, leaf, index, size, hashes) {
	const node = (left, right) => sha256(subtle, join([1], left, right));
	let root = await sha256(subtle, join([0], leaf)), at = index, last = size - 1;
	need(index < size, "the proof's index is beyond the checkpoint's size");
	for (const hash of hashes) {
		need(last > 0, "the proof has too many hashes");
		if (at % 2 === 1 || at === last) {
			root = await node(hash, root);
			while (at % 2 === 0 && at > 0) {
				at = Math.floor(at / 2);
				last = Math.floor(last / 2);
			}
		} else {
			root = await node(root, hash);
		}
		at = Math.floor(at / 2);
		last = Math.floor(last / 2);
	}
	need(last === 0, "the proof has too few hashes");
	return root;
}

// Each line of the log's key must be good, and there must be one; lines of others are ignored, as the standard has it.
async function verifyCheckpoint(subtle, checkpoint, key) {
	need(checkpoint.origin === key.name, "the checkpoint is of another log");
	const own = checkpoint.signatures.filter(s => s.name === key.name && s.id === key.id);
	need(own.length > 0, "the log's key did not sign the checkpoint");
	for (const signature of own)
		need(await signedBy(subtle, key.spki, "SHA-256", signature.value, checkpoint.text, "the checkpoint's signature"),
			"the checkpoint's signature is not by the log's key");
}
