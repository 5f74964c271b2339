// SPDX-License-Identifier: Apache-2.0
// Ganache on a free port of the loopback.   node ganache.js NODE_MODULES [SECONDS]   prints "Listening on 127.0.0.1:PORT"
// SECONDS: the time at which its chain begins
'use strict';
const path = require('path');
const ganache = require(path.resolve(process.argv[2], 'ganache'));

const begin = process.argv[3] ? { time: new Date(1000 * Number(process.argv[3])) } : {};
const server = ganache.server({ chain: begin, wallet: { deterministic: true }, logging: { quiet: true }, miner: { blockGasLimit: 3e9, callGasLimit: 3e9 } });
server.listen(0, '127.0.0.1').then(() => console.log(`Listening on 127.0.0.1:${server.address().port}`));
