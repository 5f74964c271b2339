// SPDX-License-Identifier: Apache-2.0
// A chain of calibrations, written down from docs/formats/calibration-record.md alone: a second writer of the
// format.   node scenario.js FOLDER LEVELS SECONDS
//
// FOLDER gets 000-organisation.txt, 001-technician.txt, ... in the order in which they were made (of each level an
// organisation, a technician, a device and its report; level 0 is the NMI), revocation.txt (of the last level's
// technician, by his organisation), revocation-announced.txt (the same from a day on that is ten days
// away), revocation-report.txt (of the last report, from that day on, by the technician), registry.pem, trust (without
// a contract), and names: the last device's record.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const path = require('path');

const [folder, levels, base] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const DAY = 86400;
const REGISTRY = 'example.org/calibration';

const utc = seconds => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
const sha256 = bytes => crypto.createHash('sha256').update(bytes).digest();
const newKey = () => crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' });
const spki = key => key.publicKey.export({ type: 'spki', format: 'der' });
const number = n => n.toFixed(4);

function record(kind, issued, lines, signatures, details = '') {
	const text = ['labseal/calibration/v1', `registry ${REGISTRY}`, `kind ${kind}`, `issued ${utc(issued)}`, ...lines, ''].join('\n');
	const signed = signatures.map(([role, key]) => {
		const der = crypto.sign('sha256', Buffer.from(`labseal calibration v1\n${role}\n${text}`), { key: key.privateKey, dsaEncoding: 'der' });
		return `signature ${role} ${der.toString('base64')}\n`;
	});
	return { id: sha256(text).toString('hex'), bytes: text + signed.join('') + details };
}

function reportDetails(level) {
	const points = [-10, 0, 25, 60].map(v => `point ${v} 0.001 ${number((level + 1) * 0.001)} 2 -\n`);
	return `salt ${crypto.randomBytes(16).toString('hex')}\nnumber R-${level}\ncondition ambient-temperature \\degreecelsius 20 24\n` +
		'quantity temperature \\degreecelsius -10 60\nadjustment none\n' + points.join('');
}

const valid = [`from ${utc(base)}`, `until ${utc(base + 3650 * DAY)}`];
const all = [];
let above = null; // the level before
for (let level = 0; level < levels; level++) {
	const keys = { organisation: newKey(), technician: newKey(), device: newKey() };
	const issued = base + level * 60;
	const organisation = record('organisation', issued, [
		`name ${level ? `Laboratory ${level}` : 'Example National Metrology Institute'}`, `key ${spki(keys.organisation).toString('base64')}`,
		`level ${level}`, `certified-by ${above ? above.organisation.id : 'root'}`, ...valid,
		'scope temperature \\degreecelsius -50 150 0.0001 2'], [['certifier', above ? above.keys.organisation : keys.organisation]]);
	const technician = record('technician', issued, [
		`name Technician ${level}`, `key ${spki(keys.technician).toString('base64')}`, `organisation ${organisation.id}`, ...valid],
	[['certifier', keys.organisation]]);
	const device = record('device', issued, [
		`name Thermometer ${level}`, `key ${spki(keys.device).toString('base64')}`, `level ${level}`, `technician ${technician.id}`, ...valid],
	[['certifier', keys.technician]]);
	const details = reportDetails(level);
	const report = record('report', issued + 30, [
		`device ${device.id}`, `level ${level}`, `technician ${technician.id}`, ...(above ? [`parent ${above.report.id}`] : []),
		`performed ${utc(issued + 20)}`, `due ${utc(base + 3000 * DAY)}`, 'visibility public', `details ${sha256(details).toString('hex')}`],
	[above ? ['parent', above.keys.device] : ['organisation', keys.organisation], ['technician', keys.technician]], details);
	all.push(['organisation', organisation], ['technician', technician], ['device', device], ['report', report]);
	above = { keys, organisation, technician, device, report };
}

fs.mkdirSync(folder, { recursive: true });
const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);
all.forEach(([kind, r], i) => write(`${String(i).padStart(3, '0')}-${kind}.txt`, r.bytes));
const revocation = (what, reason, since, by) => record('revocation', base + 20 * DAY, [
	`record ${above[what].id}`, `revoked ${what}`, `since ${utc(since)}`, `reason ${reason}`, 'words The certificate was never paid',
	`by ${above[by].id}`], [['revoker', above.keys[by]]]).bytes;
write('revocation.txt', revocation('technician', 'competence', base, 'organisation'));
write('revocation-announced.txt', revocation('technician', 'competence', base + 40 * DAY, 'organisation'));
write('revocation-report.txt', revocation('report', 'error', base + 40 * DAY, 'technician'));
write('names', above.device.id + '\n');

const registry = newKey();
const vkey = `${REGISTRY}+${sha256(spki(registry)).subarray(0, 4).toString('hex')}+${Buffer.concat([Buffer.from([2]), spki(registry)]).toString('base64')}`;
write('registry.pem', registry.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const nmi = /key (\S+)/.exec(all[0][1].bytes)[1];
write('trust.head', `labseal/calibration-trust/v1\nregistry ${vkey}\n`);
write('trust.tail', `nmi ${nmi} Example National Metrology Institute\nmax-age 604800\nmax-depth 60\n`);
const checkpoint = `${REGISTRY}\n${all.length}\n${sha256('a root').toString('base64')}\n`;
const signature = crypto.sign('sha256', Buffer.from(checkpoint), { key: registry.privateKey, dsaEncoding: 'der' });
write('checkpoint', `${checkpoint}\n\u2014 ${REGISTRY} ${Buffer.concat([sha256(spki(registry)).subarray(0, 4), signature]).toString('base64')}\n`);
