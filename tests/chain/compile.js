// SPDX-License-Identifier: Apache-2.0
// The contract's code as solc makes it: the code that deploys it, and the code that then stands there, a line of
// hex each.   node compile.js NODE_MODULES CONTRACT.sol
'use strict';
const fs = require('fs');
const path = require('path');

const [modules, source] = process.argv.slice(2);
const solc = require(path.resolve(modules, 'solc'));
const input = {
	language: 'Solidity',
	sources: { 'CalibrationRegistry.sol': { content: fs.readFileSync(source, 'utf8') } },
	settings: {
		evmVersion: 'paris', // no opcode that a chain of today, or the older of the two nodes, lacks
		optimizer: { enabled: true, runs: 200 },
		metadata: { appendCBOR: false, bytecodeHash: 'none' }, // the code, and nothing about the compiler
		outputSelection: { '*': { '*': ['evm.bytecode.object', 'evm.deployedBytecode.object', 'evm.methodIdentifiers', 'storageLayout'] } },
	},
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const e of output.errors || [])
	process.stderr.write(e.formattedMessage + '\n');
const made = output.contracts && output.contracts['CalibrationRegistry.sol'].CalibrationRegistry;
if (!made || !made.evm.bytecode.object || (output.errors || []).length > 0)
	process.exit(1);
if (process.argv[4] === '--layout')
	console.log(JSON.stringify({ methods: made.evm.methodIdentifiers, storage: made.storageLayout }, null, '\t'));
else
	console.log(made.evm.bytecode.object + '\n' + made.evm.deployedBytecode.object);
