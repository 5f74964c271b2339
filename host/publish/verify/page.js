// SPDX-License-Identifier: Apache-2.0
// What verify.html does with what it is given.  It asks nothing of any network; its policy would not let it.
"use strict";

const $ = id => document.getElementById(id);
let trustFile, resultFiles = [], turn = 0;

function make(name, className, text) {
	const node = document.createElement(name);
	node.className = className;
	node.textContent = text;
	return node;
}

const entry = (file, path) => ({
	name: file.name, path, size: file.size,
	read: async () => new Uint8Array(await file.arrayBuffer()),
});

// --- files, one by one or in folders

const readAll = reader => new Promise((done, failed) => reader.readEntries(done, failed));
const fileOf = item => new Promise((done, failed) => item.file(done, failed));

async function walk(item, path, found) {
	if (item.isFile) {
		found.push(entry(await fileOf(item), path + item.name));
		return;
	}
	const reader = item.createReader();
	for (let items = await readAll(reader); items.length; items = await readAll(reader))
		for (const one of items)
			await walk(one, `${path}${item.name}/`, found);
}

async function dropped(transfer) {
	const items = [...transfer.items].filter(item => item.kind === "file");
	const given = items.map(item => ({ item: item.webkitGetAsEntry && item.webkitGetAsEntry(), file: item.getAsFile() }));
	const found = [];
	for (const { item, file } of given) {
		if (item)
			await walk(item, "", found);
		else if (file)
			found.push(entry(file, ""));
	}
	return found;
}

const chosen = input => [...input.files].map(file => entry(file, file.webkitRelativePath || ""));

// --- what is shown

const WORDS = {
	"VERIFIED": ["good", "These bytes are what labseal sealed, signed and logged for this instrument, if the trust file's fingerprint is the one on its label."],
	"NOT VERIFIED": ["bad", "Something is not what was sealed, or was not sealed by this instrument."],
	"COULD NOT CHECK": ["unsure", "Nothing wrong was found, but not all could be checked."],
};
const SIGNS = { ok: "✓", bad: "✗", unable: "?" };
const STATES = { ok: "holds", bad: "does not hold", unable: "could not be checked" };

function showVerdict(report) {
	const [look, words] = WORDS[report.verdict], facts = report.facts;
	$("verdict").className = `verdict ${look}`;
	$("word").textContent = report.verdict;
	$("words").textContent = words;
	$("which").textContent = facts.seal
		? `Seal ${facts.seal} of ${facts.instrument || "an instrument"}, received ${facts.received.replace("T", " ").replace("Z", " UTC")}${facts.names ? ": " + facts.names.join(", ") : ""}`
		: "";
	$("development").hidden = !facts.development;
}

function showChecks(report) {
	const wrongFirst = [...report.checks].sort((a, b) => (a.state === "ok") - (b.state === "ok"));
	$("checks").replaceChildren(...wrongFirst.map(check => {
		const item = make("li", check.state, "");
		const sign = make("span", "sign", SIGNS[check.state]);
		sign.setAttribute("aria-label", STATES[check.state]);
		item.append(sign, make("span", "what", check.what), make("span", "why", check.why));
		return item;
	}));
	$("not-checked").replaceChildren(...report.notChecked.map(what => make("li", "", what)));
}

async function check() {
	const mine = ++turn, subtle = window.crypto && window.crypto.subtle;
	$("result-given").textContent = resultFiles.length ? `${resultFiles.length} files` : "";
	if (resultFiles.length === 0)
		return;
	$("word").textContent = "checking …";
	$("outcome").hidden = false;
	const report = await verifyResult(subtle, trustFile, resultFiles);
	if (mine !== turn)
		return; // other files were given meanwhile
	showVerdict(report);
	showChecks(report);
	$("outcome").dataset.verdict = report.verdict;
	$("outcome").scrollIntoView({ block: "nearest" });
}

async function showTrust() {
	const report = new Report(), subtle = window.crypto && window.crypto.subtle;
	const trust = subtle && await checkTrust(report, subtle, trustFile);
	$("trust-given").textContent = trustFile ? trustFile.name : "";
	$("fingerprint").textContent = report.facts.fingerprint || "";
	$("authorities").textContent = (report.facts.authorities || []).join("\n");
	$("trust-instrument").textContent = trust ? trust.instrument : "";
	$("trust-wrong").textContent = subtle ? trust ? "" : report.checks[0].why : "this browser offers no WebCrypto here";
	$("trust-facts").hidden = !report.facts.fingerprint;
}

async function setTrust(files) {
	trustFile = files.length === 1 ? files[0] : undefined;
	await showTrust();
	if (files.length > 1)
		$("trust-wrong").textContent = "choose one file: your trust file";
	await check();
}

async function setResult(files) {
	resultFiles = files;
	await check();
}

function zone(id, take) {
	const box = $(id);
	["dragenter", "dragover"].forEach(type => box.addEventListener(type, e => {
		e.preventDefault();
		box.classList.add("over");
	}));
	["dragleave", "drop"].forEach(type => box.addEventListener(type, () => box.classList.remove("over")));
	box.addEventListener("drop", async e => {
		e.preventDefault();
		take(await dropped(e.dataTransfer));
	});
	box.querySelectorAll("input").forEach(input => input.addEventListener("change", () => take(chosen(input))));
}

zone("trust", setTrust);
zone("result", setResult);
["dragover", "drop"].forEach(type => window.addEventListener(type, e => e.preventDefault()));
$("needs-script").hidden = true;
document.querySelectorAll("main [hidden].scripted").forEach(node => { node.hidden = false; });
if (!window.crypto || !window.crypto.subtle)
	$("no-crypto").hidden = false;
