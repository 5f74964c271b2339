// SPDX-License-Identifier: Apache-2.0
// The contract's code as solc makes it: the code that deploys it, and the code that then stands there, a line of
// hex each; and its functions and the layout of its storage, as JSON.   node compile.js NODE_MODULES CONTRACT.sol HEX LAYOUT
'use strict';
const fs = require('fs');
const path = require('path');

const [modules, source, hex, layout] = process.argv.slice(2);
const solc = require(path.resolve(modules, 'solc'));
const input = {
	language: 'Solidity',
	sources: { 'CalibrationRegistry.sol': { content: fs.readFileSync(source, 'utf8') } },
	settings: {
		evmVersion: 'paris', // no opcode that a chain of today, or the older of the two nodes, lacks
		optimizer: { enabled: true, runs: 200 },
		metadata: { appendCBOR: false, bytecodeHash: 'none' }, // the code, and nothing about the compiler
		outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object',
			'evm.methodIdentifiers', 'storageLayout'] } },
	},
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const e of output.errors || [])
	process.stderr.write(e.formattedMessage + '\n');
const made = output.contracts && output.contracts['CalibrationRegistry.sol'].CalibrationRegistry;
if (!made || !made.evm.bytecode.object || (output.errors || []).length > 0)
	process.exit(1);
fs.writeFileSync(hex, made.evm.bytecode.object + '\n' + made.evm.deployedBytecode.object + '\n');
fs.writeFileSync(layout, JSON.stringify({ methods: made.evm.methodIdentifiers, storage: made.storageLayout }, null, '\t'));
