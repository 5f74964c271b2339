// SPDX-License-Identifier: Apache-2.0
// The records of a registry's log, in their order: entries of two bytes of length each, in bundles of 256 (C2SP tlog-tiles).
//   node entries.js REGISTRY FOLDER     writes them to FOLDER/00000-KIND.txt, ...
'use strict';
const fs = require('fs');
const path = require('path');

function* entries(registry) {
	const dir = path.join(registry, 'log/tile/entries');
	const bundles = new Map(); // of a partial one there may be several sizes: the largest
	for (const name of fs.readdirSync(dir, { recursive: true })) {
		const [, base, width] = /^(.*?[0-9]{3})(?:\.p\/([0-9]+))?$/.exec(name) || [];
		if (!base || !fs.statSync(path.join(dir, name)).isFile()) continue;
		const size = Number(width || 256);
		if (size > (bundles.get(base) || [0])[0]) bundles.set(base, [size, name]);
	}
	for (const base of [...bundles.keys()].sort()) {
		const bytes = fs.readFileSync(path.join(dir, bundles.get(base)[1]));
		for (let at = 0; at < bytes.length;) {
			const n = bytes.readUInt16BE(at);
			yield bytes.subarray(at + 2, at + 2 + n);
			at += 2 + n;
		}
	}
}

module.exports = { entries };

if (require.main === module) {
	const [registry, folder] = process.argv.slice(2);
	let number = 0;
	fs.mkdirSync(folder, { recursive: true });
	for (const bytes of entries(registry)) {
		const kind = /\nkind ([a-z]+)\n/.exec(bytes.toString())[1];
		fs.writeFileSync(path.join(folder, `${String(number++).padStart(5, '0')}-${kind}.txt`), bytes);
	}
}
