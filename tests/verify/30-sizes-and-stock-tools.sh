#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Logs of sizes at which tiles fill, begin and nest; each also checked with sha256sum, openssl and Python alone.
set -uo pipefail
shopt -s nullglob
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

# the commands of docs/formats/share.md, none of them ours
sha256sums() {
	for folder in "$share"/{results,events}/*/*/; do
		(cd "$folder" && sha256sum --check --strict --quiet manifest.sha256) || return 1
	done
}
cms_signatures() {
	for folder in "$share"/{results,events}/*/*/; do
		openssl cms -verify -binary -inform DER -in "$folder/manifest.sha256.p7s" -content "$folder/manifest.sha256" \
			-CAfile "$trust" -attime 1767225600 -out /dev/null 2>&1 || return 1
	done
}
log_key() { # the log key out of the trust file: base64 of 0x02 and the SubjectPublicKeyInfo
	sed -n 's/^log [^+]*+[^+]*+//p' "$trust" | base64 -d | tail -c +2 | openssl pkey -pubin -inform DER
}
checkpoint_signature() {
	log_key >"$work/log.pem" &&
		sed '/^$/,$d' "$share/log/checkpoint" >"$work/text" &&
		grep '^— ' "$share/log/checkpoint" | head -n 1 | cut -d' ' -f3 | base64 -d | tail -c +5 >"$work/signature" &&
		openssl dgst -sha256 -verify "$work/log.pem" -signature "$work/signature" "$work/text"
}
root() { python3 tests/e2e/recompute_root.py "$share"; }

stock() {
	check "$1 seals: sha256sum -c" sha256sums
	check "$1 seals: openssl cms -verify" cms_signatures
	check "$1 seals: openssl dgst -verify" checkpoint_signature
	check "$1 seals: the root, recomputed in Python" root
}

for size in 1 2 3 255 256 257 511 512 513 600; do
	rm -rf "$work/base"
	new base --results "$size" --events 0 --size 10 --batch 64
	share=$work/base/share trust=$work/base/trust.txt
	expect_status 0 "$size seals" verify --trust "$trust" "$share"
	[ "$size" -lt 4 ] || [ "$size" -eq 257 ] && stock "$size"
done

# as many results in each seal as there may be
rm -rf "$work/many"
new many --results 2 --events 1 --size 10 --originals 511
share=$work/many/share trust=$work/many/trust.txt
expect_status 0 'seals of 511 results' verify --trust "$trust" "$share"
said 'they are counted one by one' 'all 1022 results'
stock 'many-result'
m=results/2026/000001-511-files
fresh many
tamper_one() { # NAME ID FILE COMMAND ...
	fresh many
	(cd "$share" && "${@:4}") || { not_ok "$1: the tampering failed"; return; }
	finds "$1" 1 "$2" "$3"
}
exchange() {
	mv "$1" "$1.x" && mv "$2" "$1" && mv "$1.x" "$2"
}
tamper_one 'one of 511 altered' result.payload.altered $m/original/plate1-300.eds flip $m/original/plate1-300.eds 3
tamper_one 'one of 511 removed' result.payload.missing $m/original/plate1-300.eds rm $m/original/plate1-300.eds
tamper_one 'two of 511 exchanged' result.payload.altered $m/original/plate1-300.eds \
	exchange $m/original/plate1-300.eds $m/original/plate1-301.eds
tamper_one 'two of 511 exchanged: the other' result.payload.altered $m/original/plate1-301.eds \
	exchange $m/original/plate1-300.eds $m/original/plate1-301.eds
tamper_one 'a folder that tells another number of results' result.folder.renamed results/2026/000001-510-files \
	mv $m results/2026/000001-510-files

# the stock tools notice tampering, too
fresh base
flip "$share/results/2026/000007-plate7.eds/original/plate7.eds" 3
expect_status 1 'sha256sum sees an altered payload' sha256sums
sed -i '3s/7500/7501/' "$share/results/2026/000007-plate7.eds/manifest.sha256"
sed -i 's/^# seal 7$/# seal 8/' "$share/results/2026/000007-plate7.eds/manifest.sha256"
expect_status 1 'openssl sees an altered manifest' cms_signatures
sed -i '2s/600/599/' "$share/log/checkpoint"
expect_status 1 'openssl sees an altered checkpoint' checkpoint_signature

# --- many blocks
tamper 'a tile of level 1' log.tile.altered log/tile/1/000.p/2 flip log/tile/1/000.p/2 40
tamper 'a tile of level 1 removed' log.tile.missing log/tile/1/000.p/2 rm log/tile/1/000.p/2
tamper 'a full tile' log.tile.altered log/tile/0/001 flip log/tile/0/001 999
tamper 'a full bundle' log.entries.altered log/tile/entries/000 flip log/tile/entries/000 -4
tamper 'the last, partial tile' log.tile.altered log/tile/0/002.p/88 flip log/tile/0/002.p/88 999
tamper 'the last, partial bundle' log.entries.altered log/tile/entries/002.p/88 flip log/tile/entries/002.p/88 -4
both() {
	flip log/tile/0/001 999
	flip log/tile/entries/001 -4
}
tamper 'a tile and its bundle' log.tile.differs log/tile/0/001 both
moved() { mv log/tile/0/000 log/tile/0/x && mv log/tile/0/001 log/tile/0/000 && mv log/tile/0/x log/tile/0/001; }
tamper 'two tiles exchanged' log.tile.altered log/tile/0/000 moved
tamper 'a full tile removed' log.tile.missing log/tile/0/001 rm log/tile/0/001
tamper 'a full bundle removed' log.entries.missing log/tile/entries/001 rm log/tile/entries/001
tamper 'a result of the second block removed' result.folder.missing results/2026/000300-plate300.eds rm -r results/2026/000300-plate300.eds

# --- tiles of the past that were kept
rm -rf "$work/base"
new base --results 300 --events 0 --size 10 --batch 20 --all-tiles
share=$work/base/share trust=$work/base/trust.txt
expect_status 0 'a share that keeps the tiles of the past' verify --trust "$trust" "$share"
tamper 'a tile of the past' log.tile.altered log/tile/0/000.p/40 flip log/tile/0/000.p/40 5
tamper 'a bundle of the past' log.entries.altered log/tile/entries/000.p/40 flip log/tile/entries/000.p/40 50
tamper 'a tile of the past that another stands for' log.tile.altered log/tile/0/000.p/40 cp log/tile/0/000.p/60 log/tile/0/000.p/40
tamper 'a tile under a name that no tile has' log.unknown log/tile/0/000.p/256 cp log/tile/0/000 log/tile/0/000.p/256
fresh base
rm "$share"/log/tile/0/000.p/* "$share"/log/tile/entries/000.p/*
expect_status 0 'tiles of the past may go' verify --trust "$trust" "$share"
