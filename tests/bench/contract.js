// SPDX-License-Identifier: Apache-2.0
// For 65-contract.sh: a registry's log into a contract, with the paper's seals, and what its calls then cost.
//   node contract.js URL REGISTRY CONTRACT.hex TURNS SECONDS LEVEL ...
// A figure is the median of so many turns, or of those that so many seconds had room for, one at least.
// Prints lines: contract ADDRESS, gas WHAT GAS, call LEVEL plain MS MIN MAX TURNS sealed MS MIN MAX TURNS gas GAS device NAME.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const { entries } = require('../chain/entries.js');

const [url, folder, hexFile, turns, seconds, ...levels] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let calls = 0;

function rpc(method, ...params) {
	const body = JSON.stringify({ jsonrpc: '2.0', id: ++calls, method, params });
	return new Promise((resolve, reject) => {
		const request = http.request(url, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } }, response => {
			const parts = [];
			response.on('data', part => parts.push(part));
			response.on('end', () => {
				const answer = JSON.parse(Buffer.concat(parts).toString());
				if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
				else resolve(answer.result);
			});
		});
		request.on('error', reject);
		request.end(body);
	});
}

function parse(bytes) {
	const text = bytes.toString();
	const signed = text.slice(0, text.indexOf('\nsignature ') + 1);
	const lines = signed.split('\n').map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]);
	return { bytes, id: crypto.createHash('sha256').update(signed).digest('hex'), all: word => lines.filter(l => l[0] === word).map(l => l[1]),
		get: word => (lines.find(l => l[0] === word) || [])[1] };
}

// --- calls (Solidity's ABI)

const SELECTORS = { organisation: 'd19c3ddd', technician: 'd84b0fb9', device: 'f86abfb2', report: 'ccf282b6', revocation: '0b467b9b', heartbeat: '2a3cab6d' };
const READ = '0a6609b6', SEALED = '057eb1bb';
const word = n => (typeof n === 'number' ? n.toString(16) : n.replace(/^0x/, '')).padStart(64, '0');
const padded = bytes => bytes.toString('hex').padEnd(Math.ceil(bytes.length / 32) * 64, '0');

function putCall(record, kind, account, seals) {
	const entry = word(record.bytes.length) + padded(record.bytes);
	if (kind === 'report')
		return SELECTORS[kind] + word(64) + word(64 + entry.length / 2) + entry + word(seals.length) + seals.join('');
	return kind in { revocation: 1, heartbeat: 1 } ? SELECTORS[kind] + word(32) + entry : SELECTORS[kind] + word(64) + word(account) + entry;
}

// EIP-2098: r, and s with the parity of v on top
async function seal(account, id) {
	const s = await rpc('eth_sign', account, '0x' + id);
	const v = parseInt(s.slice(130, 132), 16) % 27;
	const top = (parseInt(s.slice(66, 68), 16) | v << 7).toString(16).padStart(2, '0');
	return s.slice(2, 66) + top + s.slice(68, 130);
}

async function send(transaction) {
	const hash = await rpc('eth_sendTransaction', transaction);
	for (;;) {
		const receipt = await rpc('eth_getTransactionReceipt', hash);
		if (receipt && receipt.status !== '0x1') throw new Error('a transaction was reverted');
		if (receipt) return receipt;
		await new Promise(resolve => setTimeout(resolve, 5));
	}
}

const median = values => values.sort((a, b) => a - b)[values.length >> 1];

async function time(contract, data, level) {
	const took = [];
	const until = Date.now() + 1000 * Number(seconds);
	for (let i = 0; i <= Number(turns) && (took.length < 1 || Date.now() < until); i++) {
		const begun = process.hrtime.bigint();
		const answer = await rpc('eth_call', { to: contract, data }, 'latest');
		if (i >= 1) took.push(Number(process.hrtime.bigint() - begun) / 1e6);
		if (parseInt(answer.slice(66, 130), 16) !== level || BigInt('0x' + answer.slice(130)) !== 1n)
			throw new Error(`the contract does not say that the device of level ${level} is traceable: ${answer}`);
	}
	return [median(took), took[0], took[took.length - 1]].map(ms => ms.toFixed(2)).join(' ') + ' ' + took.length;
}

async function main() {
	const accounts = await rpc('eth_accounts');
	const gas = '0x2faf080';
	const code = fs.readFileSync(hexFile, 'utf8').split('\n')[0];
	const all = [...entries(folder)].map(parse);
	const name = Buffer.from(all[0].get('registry'));
	const deployed = await send({ from: accounts[0], gas, data: '0x' + code + word(32) + word(name.length) + padded(name) });
	const contract = deployed.contractAddress;
	console.log(`contract ${contract.slice(2)}\ngas deploy ${Number(deployed.gasUsed)}`);

	const byId = new Map(), accountOf = new Map(), used = {};
	for (const record of all) {
		const kind = record.get('kind');
		byId.set(record.id, record);
		if (kind === 'device') accountOf.set(record.id, accounts[1 + accountOf.size % 9]);
		const seals = [];
		const parents = record.all('parent');
		if (kind === 'report' && parents.length > 0) {
			for (const parent of parents)
				seals.push(await seal(accountOf.get(byId.get(parent).get('device')), record.id));
			seals.push(await seal(accounts[0], record.id));
		}
		const receipt = await send({ from: accounts[0], to: contract, gas, data: '0x' + putCall(record, kind, accountOf.get(record.id) || accounts[0], seals) });
		const what = kind + (seals.length ? '+seals' : '');
		(used[what] = used[what] || []).push(Number(receipt.gasUsed));
	}
	for (const [what, figures] of Object.entries(used))
		console.log(`gas ${what} ${median(figures)}`);

	for (const level of levels) {
		const wanted = `Thermometer ${level}-00000`;
		const device = all.filter(r => r.get('kind') === 'device' && r.get('name').startsWith(wanted)).pop();
		const links = Number(level) + 1;
		const data = selector => '0x' + selector + device.id;
		const estimate = Number(await rpc('eth_estimateGas', { to: contract, data: data(SEALED) }));
		console.log(`call ${level} plain ${await time(contract, data(READ), links)} sealed ${await time(contract, data(SEALED), links)} gas ${estimate} device ${device.get('name')}`);
	}
	agent.destroy();
}

main().catch(error => { console.error(error.message); process.exit(1); });
