#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A share that was made to harm whoever audits it: it ends in time, in bounds, and with the right word.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 3 --events 1 --size 100
r=results/2026/000001-plate1.eds

# within 10 s and 512 MiB, or it is a failure of its own
verify() {
	(ulimit -t 10 && { [ -n "${SANITIZE:-}" ] || ulimit -v 524288; } && exec timeout 120 "$audit" verify "$@")
}

huge() { truncate -s 20T "$1" 2>/dev/null || truncate -s 900G "$1"; }
tamper 'a payload of terabytes' result.payload.altered $r/original/plate1.eds huge $r/original/plate1.eds
tamper 'a manifest of terabytes' result.manifest.too-large $r/manifest.sha256 huge $r/manifest.sha256
tamper 'a record of terabytes' result.record.too-large $r/record.json huge $r/record.json
tamper 'a CMS of terabytes' result.signature.too-large $r/manifest.sha256.p7s huge $r/manifest.sha256.p7s
tamper 'a checkpoint of terabytes' log.checkpoint.too-large log/checkpoint huge log/checkpoint
tamper 'entries of terabytes' log.entries.too-large log/tile/entries/000.p/4 huge log/tile/entries/000.p/4
tamper 'a checkpoint that speaks of 10^18 entries' log.cut log/tile sed -i '2s/.*/1000000000000000000/' log/checkpoint
tamper 'a checkpoint that speaks of 2^64-1 entries' log.cut log/tile sed -i '2s/.*/18446744073709551615/' log/checkpoint
tamper 'a checkpoint that speaks of 300 entries' log.entries.missing log/tile/entries/000 sed -i '2s/.*/300/' log/checkpoint
tamper 'a checkpoint that speaks of no entry' log.checkpoint.altered log/checkpoint sed -i '2s/.*/0/' log/checkpoint
tamper 'a folder with the number 2^64-1' result.folder.renamed results/2026/18446744073709551615-plate1.eds \
	mv $r results/2026/18446744073709551615-plate1.eds
many() { for i in {1..3000}; do : >"$r/original/x$i"; done; }
fresh base
(cd "$share" && many)
expect_status 1 'thousands of files in a result' verify --trust "$trust" "$share"
said 'they are counted' 'and 2980 more'
many_folders() { for i in {1..3000}; do mkdir "results/2026/$((100000 + i))-x"; done; }
tamper 'thousands of folders without anything' result.manifest.missing results/2026/100001-x/manifest.sha256 many_folders
deep() { local d=$1; for i in {1..200}; do d=$d/d; done; mkdir -p "$d"; }
tamper 'folders in folders in a result' result.file.unknown $r/original/d deep $r/original
tamper 'folders in folders in the log' log.unknown log/tile/d/d/d/d/d/d/d/d/d/d/d deep log/tile
loop() { ln -s . "$1"; }
tamper 'a symlink to its own folder' result.file.unknown $r/original/loop loop $r/original/loop
long=$(printf 'x%.0s' {1..250})
tamper 'a long name' share.unknown "results/2026/$long" touch "results/2026/$long"

# names that would steer a terminal or turn the text around are shown escaped
name=$'a\e[2J\n\u202eb\xff'
fresh base
touch "$share/$r/$name"
finds 'a name that steers a terminal' 1 result.file.unknown "$r/a%1B[2J%0A%E2%80%AEb%FF"
verify --trust "$trust" --json "$share" >"$work/json"
check 'and it is well-formed JSON' python3 -m json.tool "$work/json"
verify --trust "$trust" "$share" >"$work/printed"
check 'no control character is printed' bash -c 'grep -q NOT.VERIFIED "$1" && ! LC_ALL=C grep -qP "[\x00-\x08\x0b-\x1f\x7f]" "$1"' - "$work/printed"

# a share that is written to meanwhile: never a wrong word, never a crash
fresh base
mkdir "$share/.staging"
(for _ in {1..400}; do
	touch "$share/$r/original/plate1.eds" "$share/log/checkpoint"
	cp "$share/log/checkpoint" "$share/.staging/checkpoint" && mv "$share/.staging/checkpoint" "$share/log/checkpoint"
done) &
writer=$!
odd=0
for _ in {1..40}; do
	status=0
	verify --trust "$trust" "$share" >"$work/said" 2>&1 || status=$?
	case $status in 0 | 3) ;; *) odd=$((odd + 1)) && cp "$work/said" "$work/odd" ;; esac
done
wait $writer
if [ $odd -eq 0 ]; then ok 'a share that is written to meanwhile'; else not_ok "a share that is written to meanwhile: $odd wrong words" "$work/odd"; fi
