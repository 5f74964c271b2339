#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each way of tampering with a share ends NOT VERIFIED and names the file and the check.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

# seals 1 2 4 5 are results with two files each, 3 and 6 are events
new base --results 4 --events 2 --size 3000 --originals 2 --instrument 7500-01
r=results/2026/000002-2-files
e=events/2026/000003-heartbeat

fresh base
check 'an untouched share holds' verify --trust "$trust" "$share"

# --- payload
tamper 'a payload byte' result.payload.altered $r/original/plate2.eds flip $r/original/plate2.eds 1234
tamper 'the first payload byte' result.payload.altered $r/original/plate2-1.eds flip $r/original/plate2-1.eds 0
tamper 'a payload cut short' result.payload.altered $r/original/plate2.eds truncate -s 2999 $r/original/plate2.eds
tamper 'a payload lengthened' result.payload.altered $r/original/plate2.eds truncate -s 3001 $r/original/plate2.eds
tamper 'a payload emptied' result.payload.altered $r/original/plate2.eds truncate -s 0 $r/original/plate2.eds
tamper 'a payload removed' result.payload.missing $r/original/plate2.eds rm $r/original/plate2.eds
tamper 'all payloads of a result removed' result.payload.missing $r/original/plate2.eds rm -r $r/original

exchange() {
	mv "$1" "$1.x" && mv "$2" "$1" && mv "$1.x" "$2"
}
tamper 'two payloads exchanged' result.payload.altered $r/original/plate2.eds \
	exchange $r/original/plate2.eds $r/original/plate2-1.eds
tamper 'payloads of two results exchanged' result.payload.altered $r/original/plate2.eds \
	exchange $r/original/plate2.eds results/2026/000004-2-files/original/plate4.eds

# --- manifest and record
tamper 'a manifest byte' result.manifest.altered $r/manifest.sha256 sed -i '6s/^[^0]/0/; 6t; 6s/^0/1/' $r/manifest.sha256
tamper 'a manifest that is none' result.manifest.malformed $r/manifest.sha256 flip $r/manifest.sha256 3
tamper 'a manifest emptied' result.manifest.malformed $r/manifest.sha256 truncate -s 0 $r/manifest.sha256
tamper 'a manifest removed' result.manifest.missing $r/manifest.sha256 rm $r/manifest.sha256
tamper 'a manifest of another seal' result.manifest.seal $r/manifest.sha256 cp results/2026/000004-2-files/manifest.sha256 $r/
forge() { # change a payload and make the manifest agree
	flip "$r/original/plate2.eds" 0
	(cd $r && { head -n 4 manifest.sha256 && sha256sum record.json original/plate2.eds original/plate2-1.eds; } >m && mv m manifest.sha256)
}
tamper 'a payload and its manifest, in agreement' result.manifest.altered $r/manifest.sha256 forge
tamper 'a record byte' result.record.altered $r/record.json flip $r/record.json 40
tamper 'a record removed' result.record.missing $r/record.json rm $r/record.json
tamper 'an event record byte' result.record.altered $e/record.json flip $e/record.json 40

# --- signature and proof
tamper 'a byte of the CMS signature value' result.signature.wrong $r/manifest.sha256.p7s flip $r/manifest.sha256.p7s -5
tamper 'a byte of the certificate in the CMS' result.signature.wrong $r/manifest.sha256.p7s flip $r/manifest.sha256.p7s 300
tamper 'the CMS removed' result.signature.missing $r/manifest.sha256.p7s rm $r/manifest.sha256.p7s
tamper 'the CMS cut short' result.signature.wrong $r/manifest.sha256.p7s truncate -s 500 $r/manifest.sha256.p7s
tamper 'the CMS of another seal' result.signature.wrong $r/manifest.sha256.p7s cp $e/manifest.sha256.p7s $r/
tamper 'the proof of another seal' result.proof.index $r/manifest.tlog-proof cp $e/manifest.tlog-proof $r/
tamper 'a hash in the proof' result.proof.wrong $r/manifest.tlog-proof sed -i '3s/^[^A]/A/; 3t; 3s/^A/B/' $r/manifest.tlog-proof
tamper 'the signature in the proof' result.proof.signature $r/manifest.tlog-proof flip_signature $r/manifest.tlog-proof
tamper 'the proof removed' result.proof.missing $r/manifest.tlog-proof rm $r/manifest.tlog-proof
tamper 'the proof emptied' result.proof.malformed $r/manifest.tlog-proof truncate -s 0 $r/manifest.tlog-proof

# --- the log
tamper 'a tile byte' log.tile.altered log/tile/0/000.p/6 flip log/tile/0/000.p/6 70
tamper 'an entries byte' log.entries.altered log/tile/entries/000.p/6 flip log/tile/entries/000.p/6 -3
tamper 'an entries length byte' log.entries.malformed log/tile/entries/000.p/6 flip log/tile/entries/000.p/6 1
tamper 'a tile cut short' log.tile.malformed log/tile/0/000.p/6 truncate -s 160 log/tile/0/000.p/6
tamper 'a tile removed' log.tile.missing log/tile/0/000.p/6 rm log/tile/0/000.p/6
tamper 'the entries removed' log.entries.missing log/tile/entries/000.p/6 rm log/tile/entries/000.p/6
tamper 'a byte of the checkpoint signature' log.checkpoint.altered log/checkpoint flip_signature log/checkpoint
tamper 'the checkpoint size' log.checkpoint.altered log/checkpoint sed -i '2s/6/5/' log/checkpoint
tamper 'the checkpoint root' log.root.wrong log/checkpoint sed -i '3s/^[^A]/A/; 3t; 3s/^A/B/' log/checkpoint
tamper 'the checkpoint of another origin' log.checkpoint.origin log/checkpoint sed -i '1s/01/02/' log/checkpoint
tamper 'the checkpoint removed' log.checkpoint.missing log/checkpoint rm log/checkpoint
tamper 'the checkpoint emptied' log.checkpoint.malformed log/checkpoint truncate -s 0 log/checkpoint
tamper 'the log removed' log.checkpoint.missing log/checkpoint rm -r log

# --- folders
tamper 'a result removed' result.folder.missing $r rm -r $r
tamper 'the last seal removed' result.folder.missing 'events/2026/000006-*' rm -r events/2026/000006-heartbeat
tamper 'an event removed' result.folder.missing 'events/2026/000003-*' rm -r $e
tamper 'all results removed' result.folder.missing results/2026/000001-2-files rm -r results
tamper 'a result renamed to a free number' result.folder.renamed results/2026/000099-2-files mv $r results/2026/000099-2-files
tamper 'and its old number is missing' result.folder.missing $r mv $r results/2026/000099-2-files
tamper 'a result renamed to a taken number' result.folder.doubled results/2026/000004-2-files mv $r results/2026/000004-1-files
tamper 'a result renamed' result.folder.renamed results/2026/000002-plate9.eds mv $r results/2026/000002-plate9.eds
move_year() { mkdir results/2025 && mv $r results/2025/; }
tamper 'a result moved to another year' result.folder.renamed results/2025/000002-2-files move_year
tamper 'an event moved among the results' result.folder.renamed results/2026/000003-heartbeat mv $e results/2026/
tamper 'a result doubled' result.folder.doubled results/2026/000002-plate9.eds cp -a $r results/2026/000002-plate9.eds
tamper 'two folders exchanged' result.folder.renamed $r exchange $r results/2026/000004-2-files
tamper 'a folder with a number that is written otherwise' share.unknown results/2026/0000002-2-files mv $r results/2026/0000002-2-files

# --- what was added
tamper 'a file added to a result' result.file.unknown $r/note.txt touch $r/note.txt
tamper 'a file added to the originals' result.file.unknown $r/original/plate3.eds touch $r/original/plate3.eds
tamper 'a folder added to a result' result.file.unknown $r/more mkdir $r/more
tamper 'originals added to an event' result.file.unknown $e/original mkdir $e/original
tamper 'a name that differs in case only' result.file.unknown $r/original/PLATE2.eds cp $r/original/plate2.eds $r/original/PLATE2.eds
tamper 'a file added to the log' log.unknown log/tile/0/note touch log/tile/0/note
tamper 'a file added beside the checkpoint' log.unknown log/checkpoint.old cp log/checkpoint log/checkpoint.old
tamper 'a file added beside the folders' share.unknown results/2026/summary.csv touch results/2026/summary.csv
tamper 'a year that is none' share.unknown results/latest mkdir results/latest
tamper 'a file added beside the checkpoint under a name for later' log.unknown log/checkpoint.new cp log/checkpoint log/checkpoint.new
tamper 'a folder added at the top' share.unknown final-results mkdir final-results
tamper 'a hidden folder added at the top' share.unknown .git mkdir .git

# --- what is no regular file
link() { mv "$1" "$work/elsewhere" && ln -s "$work/elsewhere" "$1"; }
link_beside() { mv "$1" "$1.real" && ln -s "$(basename "$1").real" "$1"; }
tamper 'a symlink in place of a payload' result.payload.symlink $r/original/plate2.eds link $r/original/plate2.eds
tamper 'a symlink to a file beside it' result.payload.symlink $r/original/plate2.eds link_beside $r/original/plate2.eds
tamper 'a symlink in place of a manifest' result.manifest.symlink $r/manifest.sha256 link $r/manifest.sha256
tamper 'a symlink in place of a CMS' result.signature.symlink $r/manifest.sha256.p7s link $r/manifest.sha256.p7s
tamper 'a symlink in place of the checkpoint' log.checkpoint.symlink log/checkpoint link log/checkpoint
rm -rf "$work/elsewhere"
tamper 'a symlink in place of a result' share.unknown $r link $r
rm -rf "$work/elsewhere"
tamper 'a symlink in place of all results' share.unknown results link results
rm -rf "$work/elsewhere"
tamper 'a symlink in place of the originals' result.file.unknown $r/original link $r/original
replace() { rm "$2" && "$1" "$2"; }
tamper 'a FIFO in place of a payload' result.payload.special $r/original/plate2.eds replace mkfifo $r/original/plate2.eds
tamper 'a FIFO in place of the checkpoint' log.checkpoint.special log/checkpoint replace mkfifo log/checkpoint
tamper 'a folder in place of a tile' log.tile.special log/tile/0/000.p/6 replace mkdir log/tile/0/000.p/6
device() { mknod "$1" c 1 5; }
if [ "$(id -u)" -eq 0 ] && device "$work/zero" 2>/dev/null; then
	tamper 'an endless device in place of a payload' result.payload.special $r/original/plate2.eds replace device $r/original/plate2.eds
else
	skip 'an endless device in place of a payload' 'needs root'
fi
