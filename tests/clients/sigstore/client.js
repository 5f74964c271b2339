// SPDX-License-Identifier: Apache-2.0
//
// Sigstore's client reads our log: its own code, as npm installs it, opens the checkpoint in a seal's tlog-proof with
// the trust file's log key and checks the seal's inclusion.
//
//     node client.js MODULES TRUST SHARE
//
// MODULES is the folder with node_modules.  Exit status: 0 all holds, 1 something does not and is named.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const [modules, trust, share] = process.argv.slice(2);
const sigstore = (name) => require(path.join(modules, 'node_modules/@sigstore/verify/dist/tlog', name));
const { verifyCheckpoint } = sigstore('checkpoint.js');
const { verifyMerkleInclusion } = sigstore('merkle.js');

// The log as Sigstore's trust root would have it: its id is the SHA-256 of the key, which a note's key hint begins.
function readLog(file) {
  const line = fs.readFileSync(file, 'utf8').split('\n').find((text) => text.startsWith('log '));
  const [, name, hint, key] = line.match(/^log ([^+]+)\+([0-9a-f]{8})\+(.+)$/);
  const spki = Buffer.from(key, 'base64').subarray(1);
  const logID = crypto.createHash('sha256').update(spki).digest();
  if (logID.subarray(0, 4).toString('hex') !== hint) throw new Error('the key is not of its id');
  return { logID, baseURL: name, publicKey: crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

// A tlog-proof in the words of Sigstore's bundle.
function readEntry(folder) {
  const text = fs.readFileSync(path.join(folder, 'manifest.tlog-proof'), 'utf8');
  const split = text.indexOf('\n\n');
  const lines = text.slice(0, split).split('\n');
  return {
    canonicalizedBody: fs.readFileSync(path.join(folder, 'manifest.sha256')),
    inclusionProof: {
      logIndex: lines[1].replace('index ', ''),
      hashes: lines.slice(2).map((line) => Buffer.from(line, 'base64')),
      checkpoint: { envelope: text.slice(split + 2) },
    },
  };
}

function folders(root) {
  return ['results', 'events'].flatMap((kind) => {
    const top = path.join(root, kind);
    if (!fs.existsSync(top)) return [];
    return fs.readdirSync(top).flatMap((year) =>
      fs.readdirSync(path.join(top, year)).map((seal) => path.join(top, year, seal)));
  });
}

const log = readLog(trust);
let failed = 0;
const all = folders(share);
for (const folder of all) {
  try {
    const entry = readEntry(folder);
    verifyMerkleInclusion(entry, verifyCheckpoint(entry, [log]));
  } catch (error) {
    failed++;
    console.error(`${path.basename(folder)}: ${error.message}`);
  }
}
try { // the newest checkpoint, in the same words
  const envelope = fs.readFileSync(path.join(share, 'log/checkpoint'), 'utf8');
  verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, [log]);
} catch (error) {
  failed++;
  console.error(`log/checkpoint: ${error.message}`);
}
if (failed === 0) console.log(`good: ${all.length} seals and the checkpoint`);
process.exit(failed === 0 && all.length > 0 ? 0 : 1);
