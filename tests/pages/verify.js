// SPDX-License-Identifier: Apache-2.0
// verify.html's checks without a browser: made-up results, whole and tampered with.
//
//     node verify.js FOLDER SOURCE.js ...
//
// FOLDER has the shares of 10-verify-page.sh.  One line a test, and the sum at the end.
"use strict";
const fs = require("fs"), path = require("path"), vm = require("vm");
const { webcrypto } = require("crypto");
const [folder, ...sources] = process.argv.slice(2);

const context = vm.createContext({ TextDecoder, TextEncoder, Uint8Array, atob, btoa });
vm.runInContext(sources.map(name => fs.readFileSync(name, "utf8")).join("") + ";this.verifyResult = verifyResult;", context);
const { verifyResult } = context;

let passed = 0, failed = 0;
function ok(holds, name, why) {
	if (holds)
		passed++;
	else
		failed++;
	console.log(holds ? `ok ${name}` : `not ok ${name}: ${why}`);
}

// --- what is given: name -> bytes

const read = (...names) => fs.readFileSync(path.join(folder, ...names));

function result(lab, seal) {
	const share = path.join(folder, lab, "share");
	for (const kind of ["results", "events"]) {
		const year = path.join(share, kind, "2026");
		const name = fs.existsSync(year) && fs.readdirSync(year).find(entry => entry.startsWith(String(seal).padStart(6, "0")));
		if (!name)
			continue;
		const files = {};
		for (const file of ["manifest.sha256", "manifest.sha256.p7s", "manifest.tlog-proof", "record.json"])
			files[file] = fs.readFileSync(path.join(year, name, file));
		const originals = path.join(year, name, "original");
		if (fs.existsSync(originals))
			for (const file of fs.readdirSync(originals))
				files[`original/${file}`] = fs.readFileSync(path.join(originals, file));
		return files;
	}
	throw new Error(`there is no seal ${seal} in ${lab}`);
}

const given = (name, bytes, withPath) => ({
	name: path.basename(name), path: withPath ? `000001-x/${name}` : "", size: bytes.length, read: async () => new Uint8Array(bytes),
});

async function look(files, trust, { subtle = webcrypto.subtle, extra = [], paths = true } = {}) {
	const list = Object.entries(files).map(([name, bytes]) => given(name, bytes, paths));
	return verifyResult(subtle, trust && given("trust.txt", trust, false), [...list, ...extra]);
}

const said = report => report.checks.filter(check => check.state !== "ok").map(check => `${check.what}: ${check.why}`).join("; ");

// The verdict, and, where there is one, a word of the reason.
async function expect(name, verdict, why, files, trust, options) {
	const report = await look(files, trust, options);
	ok(report.verdict === verdict && (!why || said(report).includes(why)), name, `${report.verdict}: ${said(report)}`);
	return report;
}

const changed = (files, name, change) => Object.assign({}, files, { [name]: change(Buffer.from(files[name])) });
const flip = (bytes, at, bit = 1) => {
	bytes[at] ^= bit;
	return bytes;
};
const without = (files, name) => {
	const rest = Object.assign({}, files);
	delete rest[name];
	return rest;
};

// --- each byte

// None of these ends VERIFIED, and each is NOT VERIFIED: nothing that is not covered.
async function campaign(name, files, trust, file, changes) {
	let count = 0, wrong = "";
	for (const change of changes) {
		const report = await look(changed(files, file, change), trust);
		count++;
		if (report.verdict !== "NOT VERIFIED" && !wrong)
			wrong = `change ${count} of ${file} is ${report.verdict}`;
	}
	ok(!wrong && count > 0, `${name} (${count})`, wrong);
}

const each = (bytes, step, make) => Array.from({ length: Math.ceil(bytes.length / step) }, (_, i) => make(i * step));

async function campaigns(files, trust) {
	const name = "manifest.sha256.p7s";
	await campaign("each byte of the signature flipped", files, trust, name, each(files[name], 1, at => b => flip(b, at)));
	await campaign("the signature cut short anywhere", files, trust, name, each(files[name], 7, at => b => b.subarray(0, at)));
	for (const [file, step] of [["manifest.sha256", 1], ["manifest.tlog-proof", 1], ["record.json", 5], ["original/plate2.eds", 50]]) {
		await campaign(`bytes of ${file} flipped`, files, trust, file, each(files[file], step, at => b => flip(b, at)));
		await campaign(`${file} cut short`, files, trust, file, each(files[file], 25 * step, at => b => b.subarray(0, at)));
		await campaign(`${file} with a byte more`, files, trust, file, [b => Buffer.concat([b, Buffer.from("\n")])]);
	}
}

// --- the tests

const caOf = trust => trust.slice(trust.indexOf("-----BEGIN"));
const lineOf = (trust, name) => trust.split("\n").find(line => line.startsWith(name + " "));

async function main() {
	const own = result("lab", 2), other = result("lab", 3), foreign = result("other-lab", 2);
	const trust = read("lab", "trust.txt"), foreignTrust = read("other-lab", "trust.txt");
	const text = trust.toString(), foreignText = foreignTrust.toString();

	const whole = await expect("a whole result", "VERIFIED", "", own, trust);
	ok(whole.facts.seal === 2 && whole.facts.names[0] === "plate2.eds", "it is named", JSON.stringify(whole.facts));
	ok(whole.facts.fingerprint.replace(/ /g, "") === require("crypto").createHash("sha256").update(trust).digest("hex") &&
		/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/.test(whole.facts.fingerprint), "the trust file's fingerprint, as on the label", whole.facts.fingerprint);
	await expect("the same without paths", "VERIFIED", "", own, trust, { paths: false });
	await expect("an event", "VERIFIED", "", result("lab", 6), trust);
	await expect("several originals", "VERIFIED", "", result("many", 1), read("many", "trust.txt"));
	await expect("under an authority", "VERIFIED", "", result("hardware", 3), read("hardware", "trust.txt"));
	for (const lab of ["ed25519", "countersigned", "witnessed"])
		await expect(`a trust file with more lines: ${lab}`, "VERIFIED", "", result(lab, 2), read(lab, "trust.txt"));
	const twice = text.replace(lineOf(text, "key-kind"), `${lineOf(text, "key-kind")}\n${lineOf(text, "key-kind")}`);
	await expect("a trust file that says a thing twice", "COULD NOT CHECK", "two lines 'key-kind'", own, Buffer.from(twice));
	await expect("another lab by its own trust file", "VERIFIED", "", foreign, foreignTrust);
	ok(own["manifest.sha256"].equals(foreign["manifest.sha256"]), "two labs' manifests are alike, their keys are not", "they differ");

	await expect("an altered payload", "NOT VERIFIED", "sealed was", changed(own, "original/plate2.eds", b => flip(b, 7)), trust);
	await expect("a longer payload", "NOT VERIFIED", "sealed were", changed(own, "original/plate2.eds", b => Buffer.concat([b, b])), trust);
	await expect("another result's payload", "NOT VERIFIED", "sealed was", changed(own, "original/plate2.eds", () => other["original/plate3.eds"]), trust);
	await expect("an altered manifest", "NOT VERIFIED", "not over this manifest", changed(own, "manifest.sha256", b => Buffer.from(b.toString().replace("T00:20:00Z", "T00:20:01Z"))), trust);
	await expect("an altered record", "NOT VERIFIED", "not the sealed one", changed(own, "record.json", b => flip(b, 300)), trust);
	await expect("another's signature over the same manifest", "NOT VERIFIED", "another laboratory's", changed(own, "manifest.sha256.p7s", () => foreign["manifest.sha256.p7s"]), trust);
	await expect("the signature of another result", "NOT VERIFIED", "not over this manifest", changed(own, "manifest.sha256.p7s", () => other["manifest.sha256.p7s"]), trust);
	await expect("DER cut short", "NOT VERIFIED", "cut short", changed(own, "manifest.sha256.p7s", b => b.subarray(0, 400)), trust);
	await expect("no DER at all", "NOT VERIFIED", "", changed(own, "manifest.sha256.p7s", () => Buffer.alloc(0)), trust);
	await expect("the proof of another entry", "NOT VERIFIED", "the proof is of seal 3", changed(own, "manifest.tlog-proof", () => other["manifest.tlog-proof"]), trust);
	await expect("another entry's proof under this index", "NOT VERIFIED", "does not lead",
		changed(own, "manifest.tlog-proof", () => Buffer.from(other["manifest.tlog-proof"].toString().replace("index 2\n", "index 1\n"))), trust);
	await expect("the proof of another log", "NOT VERIFIED", "did not sign", changed(own, "manifest.tlog-proof", () => foreign["manifest.tlog-proof"]), trust);
	await expect("a proof without its hashes", "NOT VERIFIED", "too few hashes",
		changed(own, "manifest.tlog-proof", b => Buffer.from(b.toString().replace(/\n[A-Za-z0-9+/]{43}=\n/, "\n"))), trust);
	await expect("a checkpoint without a signature", "NOT VERIFIED", "", changed(own, "manifest.tlog-proof", b => b.subarray(0, b.indexOf("— "))), trust);

	await expect("another lab's trust file", "NOT VERIFIED", "another laboratory's", own, foreignTrust);
	await expect("another root", "NOT VERIFIED", "another laboratory's", own, Buffer.from(text.replace(caOf(text), caOf(foreignText))));
	await expect("another log's key", "NOT VERIFIED", "did not sign", own, Buffer.from(text.replace(lineOf(text, "log"), lineOf(foreignText, "log"))));
	await expect("both roots", "VERIFIED", "", own, Buffer.from(text + caOf(foreignText)));
	await expect("another instrument", "NOT VERIFIED", "it is of instrument '7500-01'", own, Buffer.from(text.replace("\ninstrument 7500-01\n", "\ninstrument 7500-02\n")));
	await expect("another kind of key", "NOT VERIFIED", "kind of key", own, Buffer.from(text.replace("\nkey-kind file\n", "\nkey-kind TPM\n")));
	const hardware = read("hardware", "trust.txt").toString();
	await expect("a state that nobody approved", "NOT VERIFIED", "not the approved one", result("hardware", 3),
		Buffer.from(hardware.replace(/pcr23:[0-9a-f]{64}/, "pcr23:" + "5".repeat(64))));
	await expect("a version that nobody approved", "NOT VERIFIED", "knows no approval", result("hardware", 3),
		Buffer.from(hardware.replace("\napproved 1 ", "\napproved 2 ")));

	await expect("no trust file", "COULD NOT CHECK", "your trust file", own, undefined);
	await expect("something else as trust file", "COULD NOT CHECK", "this is no trust file", own, Buffer.from("hello\n"));
	await expect("a trust file cut short", "COULD NOT CHECK", "trust file", own, trust.subarray(0, trust.length - 40));
	for (const name of Object.keys(own))
		await expect(`without ${name}`, "COULD NOT CHECK", "it was not given", without(own, name), trust);
	await expect("without WebCrypto", "COULD NOT CHECK", "WebCrypto", own, trust, { subtle: null });
	await expect("two manifests", "COULD NOT CHECK", "more than one was given", own, trust, { extra: [given("manifest.sha256", own["manifest.sha256"], true)] });
	const lost = Object.assign(given("original/plate2.eds", own["original/plate2.eds"], true), { read: async () => { throw new Error("gone"); } });
	await expect("a file that cannot be read", "COULD NOT CHECK", "gone", without(own, "original/plate2.eds"), trust, { extra: [lost] });
	await expect("a file that is not of the result", "NOT VERIFIED", "does not name it", own, trust, { extra: [given("original/extra.eds", Buffer.from("x"), true)] });
	await expect("a huge manifest", "NOT VERIFIED", "larger than any", changed(own, "manifest.sha256", () => Buffer.alloc(70000, "#")), trust);
	const beside = await expect("a report beside it", "VERIFIED", "", own, trust, { extra: [given("report.html", Buffer.from("<p>"), true)] });
	ok(beside.notChecked.some(what => what.startsWith("report.html")), "the report is told to be not covered", beside.notChecked.join("; "));
	await expect("an original that is called like a record", "NOT VERIFIED", "'record.json' belongs to this result: the manifest does not name it",
		own, trust, { extra: [given("original/record.json", Buffer.from("{}"), true)] });
	await campaigns(own, trust);
}

main().then(() => {
	console.log(`verify-page: ${passed} passed, ${failed} failed, 0 skipped`);
	process.exit(failed > 0 ? 1 : 0);
});
