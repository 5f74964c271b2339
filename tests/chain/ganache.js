// SPDX-License-Identifier: Apache-2.0
// Ganache on a free port of the loopback.   node ganache.js NODE_MODULES   prints "Listening on 127.0.0.1:PORT"
'use strict';
const path = require('path');
const ganache = require(path.resolve(process.argv[2], 'ganache'));

const server = ganache.server({ wallet: { deterministic: true }, logging: { quiet: true }, miner: { blockGasLimit: 3e9, callGasLimit: 3e9 } });
server.listen(0, '127.0.0.1').then(() => console.log(`Listening on 127.0.0.1:${server.address().port}`));
