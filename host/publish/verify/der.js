// SPDX-License-Identifier: Apache-2.0
// Bytes, texts and DER (X.690): strict in, canonical out.
"use strict";

// Something that was given is not what it should be: NOT VERIFIED.
class Bad extends Error {}
// It could not be looked at: COULD NOT CHECK.
class Unable extends Error {}

function need(holds, words) {
	if (!holds)
		throw new Bad(words);
}

const hex = bytes => Array.from(bytes, b => b.toString(16).padStart(2, "0")).join("");
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

function join(...parts) {
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

// Well-formed UTF-8 without a byte order mark.
function toText(bytes, what) {
	try {
		return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
	} catch (e) {
		throw new Bad(`${what} is not well-formed UTF-8`);
	}
}

const toBytes = text => new TextEncoder().encode(text);

// Strict RFC 4648 section 4: one value has one spelling.
function fromBase64(text, what) {
	need(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text), `${what} is no base64`);
	const binary = atob(text);
	need(btoa(binary) === text, `${what} is no canonical base64`);
	return Uint8Array.from(binary, c => c.charCodeAt(0));
}

// Decimal, without leading zero; as large as a number can hold exactly.
function toNumber(text, what) {
	need(/^(?:0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)), `${what} is no number`);
	return Number(text);
}

// "2026-03-04T14:22:19Z" in seconds since 1970.
function toSeconds(text, what) {
	const ms = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/.test(text) ? Date.parse(text) : NaN;
	need(Number.isFinite(ms) && toUtc(ms / 1000) === text, `${what} is no time`);
	return ms / 1000;
}

const toUtc = seconds => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");

// --- reading DER

const TAG = {
	BOOLEAN: 0x01, INTEGER: 0x02, BITS: 0x03, OCTETS: 0x04, OID: 0x06, UTCTIME: 0x17, TIME: 0x18,
	SEQUENCE: 0x30, SET: 0x31, CONTEXT_0: 0xa0, CONTEXT_3: 0xa3,
};

// One element after another out of some bytes.  Lengths are definite and as short as can be.
class Der {
	constructor(bytes, what) {
		this.bytes = bytes;
		this.what = what;
		this.at = 0;
	}

	get ended() {
		return this.at === this.bytes.length;
	}

	peek() {
		return this.ended ? -1 : this.bytes[this.at];
	}

	byte() {
		need(!this.ended, `${this.what} is cut short`);
		return this.bytes[this.at++];
	}

	length() {
		const first = this.byte();
		if (first < 0x80)
			return first;
		const count = first & 0x7f;
		need(count >= 1 && count <= 3, `${this.what} has a length that DER does not have`);
		let length = 0;
		for (let i = 0; i < count; i++)
			length = length * 256 + this.byte();
		need(length >= 0x80 && length >= 256 ** (count - 1), `${this.what} has a length that is not the shortest`);
		return length;
	}

	// The next element, which must have this tag: { content, whole }.
	take(tag) {
		const from = this.at;
		need(this.byte() === tag, `${this.what} is not made as it should be`);
		const length = this.length();
		need(this.at + length <= this.bytes.length, `${this.what} is cut short`);
		const content = this.bytes.subarray(this.at, this.at + length);
		this.at += length;
		return { content, whole: this.bytes.subarray(from, this.at) };
	}

	into(tag) {
		return new Der(this.take(tag).content, this.what);
	}

	end() {
		need(this.ended, `${this.what} has bytes that do not belong there`);
	}

	// UTCTime or GeneralizedTime, in seconds since 1970 (RFC 5280, 4.1.2.5).
	time() {
		const short = this.peek() === TAG.UTCTIME;
		const digits = String.fromCharCode(...this.take(short ? TAG.UTCTIME : TAG.TIME).content);
		need((short ? /^[0-9]{12}Z$/ : /^[0-9]{14}Z$/).test(digits), `${this.what} has a malformed time`);
		const full = short ? (digits < "50" ? "20" : "19") + digits : digits;
		const date = full.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
		return toSeconds(date, `a time in ${this.what}`);
	}
}

// --- writing DER

function element(tag, ...parts) {
	const content = join(...parts), n = content.length;
	let length = [n];
	if (n >= 0x80)
		length = n < 0x100 ? [0x81, n] : n < 0x10000 ? [0x82, n >> 8, n & 255] : [0x83, n >> 16, n >> 8 & 255, n & 255];
	return join(Uint8Array.of(tag, ...length), content);
}

const sequence = (...parts) => element(TAG.SEQUENCE, ...parts);
const fromHex = text => Uint8Array.from(text.match(/../g), pair => parseInt(pair, 16));
const oid = text => element(TAG.OID, fromHex(text));

function timeElement(seconds) {
	const digits = toUtc(seconds).replace(/[-:T]/g, "");
	return digits >= "1950" && digits < "2050" ? element(TAG.UTCTIME, toBytes(digits.slice(2)))
		: element(TAG.TIME, toBytes(digits));
}
