// SPDX-License-Identifier: Apache-2.0
// One result against the auditor's trust file: what is checked, in words, and the verdict.
//
// A file is { name, path, size, read() }: read resolves to its bytes, path may be "" where a browser does not tell.
"use strict";

const OWN = {
	"manifest.sha256": { limit: 65535, is: "the manifest" }, "manifest.sha256.p7s": { limit: 16384, is: "the signature" },
	"manifest.tlog-proof": { limit: 73728, is: "the proof" }, "record.json": { limit: 524288, is: "the record" },
};
const TRUST_LIMIT = 262144;
// Made for people; no seal covers them.
const UNSEALED = ["report.html", "index.html", "verify.html", "README.txt", "trust.txt"];

const NOT_CHECKED = [
	"that the log as a whole is one log from which nothing was taken out (labseal verify, on the whole share)",
	"what was sealed later: approvals that were retired, gaps, newer versions of this result",
	"the TPM's evidence, witnesses' cosignatures and time stamps",
	"calibration, signatures in the DNA of samples, and whether sample and instrument told the truth",
];

const grouped = text => text.match(/.{4}/g).join(" ");

// The fingerprint that is on the label, as labseal prints it.
async function fingerprint(subtle, bytes) {
	return grouped(hex(await sha256(subtle, bytes)));
}

async function bytesOf(file, limit, what) {
	need(!limit || file.size <= limit, `${what} is larger than any that labseal writes`);
	try {
		return await file.read();
	} catch (e) {
		throw new Unable(`'${file.name}' cannot be read: ${e.message || e}`);
	}
}

// Which file is what: { own: name -> file, originals: name -> file, unsealed, doubled }.
function sortFiles(files) {
	const found = { own: new Map(), originals: new Map(), unsealed: [], doubled: [] };
	for (const file of files) {
		const inside = /(?:^|\/)original\/[^/]+$/.test(file.path);
		if (!inside && UNSEALED.includes(file.name)) {
			found.unsealed.push(file.name);
			continue;
		}
		const place = !inside && file.name in OWN ? found.own : found.originals;
		if (place.has(file.name))
			found.doubled.push(file.name);
		place.set(file.name, file);
	}
	return found;
}

class Report {
	constructor() {
		this.checks = []; // { state: "ok", "bad" or "unable", what, why }
		this.notChecked = [...NOT_CHECKED];
		this.facts = {};
	}

	// What it resolves to, or undefined when it did not hold or could not be done.
	async step(what, run) {
		const check = { state: "ok", what, why: "" };
		this.checks.push(check);
		try {
			return await run() || true;
		} catch (e) {
			check.state = e instanceof Bad ? "bad" : "unable";
			check.why = e.message || String(e);
			return undefined;
		}
	}

	get verdict() {
		if (this.checks.some(check => check.state === "bad"))
			return "NOT VERIFIED";
		return this.checks.some(check => check.state !== "ok") ? "COULD NOT CHECK" : "VERIFIED";
	}
}

async function readOwn(report, found, name) {
	const bytes = await report.step(name, async () => {
		if (!found.own.has(name))
			throw new Unable(`it was not given: add ${name} from the result's folder`);
		return bytesOf(found.own.get(name), OWN[name].limit, OWN[name].is);
	});
	if (bytes)
		report.checks.pop(); // that it is there is worth no line
	return bytes;
}

// --- the record

const millis = seconds => toUtc(seconds).replace("Z", "");

function readRecord(bytes, manifest) {
	let record;
	try {
		record = JSON.parse(toText(bytes, "the record"));
	} catch (e) {
		throw e instanceof Bad ? e : new Bad("the record is no JSON");
	}
	need(record && record.schema === "labseal/record/v1", "the record is not of the form labseal/record/v1");
	const says = record.kind === manifest.kind && record.instrument === manifest.instrument &&
		record.seal === manifest.seal && String(record.received).startsWith(millis(manifest.received) + ".");
	need(says, "the record says something else than the manifest");
	const files = record.files || [], named = [...manifest.files].slice(1);
	need(Array.isArray(files) && files.length === named.length &&
		named.every(([path, sha], i) => files[i] && files[i].path === path && files[i].sha256 === sha),
		"the record names other files than the manifest");
	return record;
}

function checkKeyKind(record, trust) {
	need(!record.development || trust.development, "it was sealed by a development policy, which the trust file does not allow");
	need(record.key === trust.keyKind, "the kind of key that sealed it is not the one of the trust file");
}

function checkState(record, trust) {
	const state = record.measurement || {}, environment = record.environment || {};
	const approved = trust.approved.find(a => a.version === state.approval);
	need(approved, "the trust file knows no approval of the version it was sealed under");
	need(approved.pcr23 === state.pcr23, "the measured state it was sealed in is not the approved one");
	for (const [ours, theirs] of [["policy", "policy"], ["domain-xml", "domain_xml"], ["base-image", "base_image"]])
		need(!approved[ours] || approved[ours] === environment[theirs], "policy, virtual machine or base image is not the approved one");
}

// --- the originals

async function checkOriginal(subtle, file, name, sha, size) {
	if (!file)
		throw new Unable(`it was not given: add ${name} from the result's folder original/`);
	need(typeof size !== "number" || file.size === size, `it has ${file.size} bytes, sealed were ${size}`);
	const seen = hex(await sha256(subtle, await bytesOf(file, 0, "it")));
	need(seen === sha, `its SHA-256 is ${seen}, sealed was ${sha}`);
}

async function checkOriginals(report, subtle, found, manifest, record) {
	const rest = new Map(found.originals);
	let i = 0;
	for (const [path, sha] of [...manifest.files].slice(1)) {
		const name = path.slice("original/".length), size = record ? record.files[i].size : undefined;
		await report.step(`${path} is as it was sealed`, () => checkOriginal(subtle, rest.get(name), name, sha, size));
		rest.delete(name);
		i++;
	}
	for (const name of rest.keys())
		await report.step(`'${name}' belongs to this result`, () => need(false, "the manifest does not name it: it is not sealed here"));
}

// --- all of it

async function checkTrust(report, subtle, file) {
	const trust = await report.step("the trust file can be read", async () => {
		if (!file)
			throw new Unable("it was not given: choose your trust file first");
		const bytes = await bytesOf(file, TRUST_LIMIT, "the trust file");
		report.facts.fingerprint = await fingerprint(subtle, bytes);
		try {
			return readTrust(bytes);
		} catch (e) { // nothing is known to be wrong with the result
			throw new Unable(e.message);
		}
	});
	if (!trust)
		return undefined;
	report.facts.authorities = await Promise.all(trust.certificates.map(c => fingerprint(subtle, c.bytes)));
	report.facts.instrument = trust.instrument;
	report.facts.keyKind = trust.keyKind;
	report.facts.development = trust.development;
	if ("log-ed25519" in trust.lines)
		report.notChecked.push("the Ed25519 line on the checkpoint, beside the one that is checked");
	if (!trust.hasAuthority)
		report.notChecked.push("in which state the key signed: the trust file names no policy authority");
	return trust;
}

async function checkSignature(report, subtle, trust, manifest, bytes) {
	const certificate = await report.step("the signature is over this manifest", () =>
		verifySignature(subtle, bytes.signature, bytes.manifest));
	if (!certificate)
		return;
	await report.step("its certificate is by the trust file's CA", async () => {
		need(certificate.from <= manifest.received && manifest.received <= certificate.until,
			"the signer's certificate was not valid when this was received");
		need(!certificate.isAuthority && certificate.usage & 0xc0, "the signer's certificate is not one for signing");
		need(await chains(subtle, certificate, trust.certificates, manifest.received),
			"the signer's certificate does not lead to a CA of the trust file: another laboratory's, or a false one");
	});
}

async function checkProof(report, subtle, trust, manifest, bytes) {
	const proof = await report.step("the proof can be read", () => readProof(bytes.proof));
	if (!proof)
		return;
	await report.step("its checkpoint is signed by the trust file's log", () => verifyCheckpoint(subtle, proof.checkpoint, trust.log));
	await report.step(`seal ${manifest.seal} is in the log, in its place`, async () => {
		need(proof.index === manifest.seal - 1, `the proof is of seal ${proof.index + 1}`);
		const root = await rootOf(subtle, bytes.manifest, proof.index, proof.checkpoint.size, proof.hashes);
		need(same(root, proof.checkpoint.root), "the proof does not lead from this manifest to the checkpoint's root");
		report.facts.logSize = proof.checkpoint.size;
	});
}

// trustFile may be undefined.
async function verifyResult(subtle, trustFile, files) {
	const report = new Report(), found = sortFiles(files);
	if (!subtle) {
		await report.step("this browser can check", () => {
			throw new Unable("it does not offer WebCrypto to this page: open it in another browser, or from a disk " +
				"(file://) or over https; 'labseal verify' and the commands in README.txt need none");
		});
		return report;
	}
	const trust = await checkTrust(report, subtle, trustFile);
	const bytes = {
		manifest: await readOwn(report, found, "manifest.sha256"), signature: await readOwn(report, found, "manifest.sha256.p7s"),
		proof: await readOwn(report, found, "manifest.tlog-proof"), record: await readOwn(report, found, "record.json"),
	};
	for (const name of found.doubled)
		await report.step(`there is one '${name}'`, () => {
			throw new Unable("more than one was given: choose the folder of one result, or its files alone");
		});
	const manifest = bytes.manifest && await report.step("the manifest can be read", () => readManifest(bytes.manifest));
	if (!manifest)
		return report;
	Object.assign(report.facts, { seal: manifest.seal, received: toUtc(manifest.received), kind: manifest.kind });
	if (trust) {
		await report.step("it is of the trust file's instrument", () =>
			need(manifest.instrument === trust.instrument, `it is of instrument '${manifest.instrument}'`));
		if (bytes.signature)
			await checkSignature(report, subtle, trust, manifest, bytes);
		if (bytes.proof)
			await checkProof(report, subtle, trust, manifest, bytes);
	}
	const record = bytes.record && await report.step("record.json is as it was sealed", async () => {
		need(hex(await sha256(subtle, bytes.record)) === manifest.files.get("record.json"), "its SHA-256 is not the sealed one");
		return readRecord(bytes.record, manifest);
	});
	if (record) {
		report.facts.names = (record.files || []).map(file => String((file.claimed || {}).name || file.path));
		if (trust)
			await report.step("it was sealed by the kind of key that the trust file names", () => checkKeyKind(record, trust));
		if (trust && trust.hasAuthority)
			await report.step("it was sealed in a state that the trust file approves", () => checkState(record, trust));
	}
	await checkOriginals(report, subtle, found, manifest, record);
	for (const name of found.unsealed)
		report.notChecked.push(`${name}: it is for people, no seal covers it`);
	return report;
}
