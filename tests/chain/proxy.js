// SPDX-License-Identifier: Apache-2.0
// Between labseal and a node: hands calls on, and keeps what was asked and answered.
//   node proxy.js URL FILE      prints "Listening on 127.0.0.1:PORT"; at SIGTERM writes FILE:
//                               [[METHOD, PARAMS, RESULT], ...], each call once
'use strict';
const fs = require('fs');
const http = require('http');

const [target, file] = process.argv.slice(2);
const calls = new Map();

async function handOn(text) {
	const call = JSON.parse(text);
	const answer = await (await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body: text })).json();
	calls.set(JSON.stringify([call.method, call.params]), answer.result);
	return JSON.stringify(answer);
}

const server = http.createServer((request, response) => {
	const parts = [];
	request.on('data', part => parts.push(part));
	request.on('end', () => handOn(Buffer.concat(parts).toString()).then(text => response.end(text), () => response.destroy()));
});
server.listen(0, '127.0.0.1', () => console.log(`Listening on 127.0.0.1:${server.address().port}`));
process.on('SIGTERM', () => {
	fs.writeFileSync(file, '[\n' + [...calls].map(([key, result]) => JSON.stringify([...JSON.parse(key), result])).join(',\n') + '\n]\n');
	process.exit(0);
});
