// SPDX-License-Identifier: Apache-2.0
// A node that lies: hands calls on to one that does not, and alters its answers.
//   node lie.js URL LIE [ACCOUNT]      prints "Listening on 127.0.0.1:PORT"
'use strict';
const http = require('http');

const flip = text => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
const word = (text, i) => '0x' + text.slice(2 + 64 * i, 2 + 64 * (i + 1));
const withDigits = (text, at, digits) => text.slice(0, 2 + at) + digits + text.slice(2 + at + digits.length);
const OTHER = process.argv[4]; // an account that the node signs for, too
const LIES = {
	'another header': (method, result) => { if (method === 'eth_getBlockByHash') result.stateRoot = flip(result.stateRoot); },
	'no revocation': (method, result) => {
		for (const word of method === 'eth_getProof' ? result.storageProof : [])
			if (word.value === '0x1') word.value = '0x0';
	},
	'another record': (method, result) => {
		if (method === 'eth_getLogs')
			for (const log of result) log.data = log.data.replace('4578616d706c65', '4578616d706c66');
	},
	'no record': (method, result) => method === 'eth_getLogs' ? [] : undefined,
	// of an entry, the account: behind the tuple's own place and seven words
	'no account': (method, result) => method === 'eth_call' ? withDigits(result, 9 * 64, '0'.repeat(64)) : undefined,
	'another account': (method, result) =>
		method === 'eth_call' && BigInt(word(result, 9)) ? withDigits(result, 9 * 64 + 24, OTHER.slice(2)) : undefined,
	'another signature': (method, result) => method === 'eth_sign' ? withDigits(result, 10, result[12] === '1' ? '2' : '1') : undefined,
	'no block': method => method === 'eth_getBlockByHash' ? null : undefined,
};
const [target, lie] = process.argv.slice(2);

async function answer(text) {
	const call = JSON.parse(text);
	const said = await (await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text })).json();
	const other = LIES[lie](call.method, said.result);
	if (other !== undefined) said.result = other;
	return JSON.stringify(said);
}

const server = http.createServer((request, response) => {
	const parts = [];
	request.on('data', part => parts.push(part));
	request.on('end', () => answer(Buffer.concat(parts).toString()).then(text => response.end(text), () => response.destroy()));
});
server.listen(0, '127.0.0.1', () => console.log(`Listening on 127.0.0.1:${server.address().port}`));
