#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Names as other systems have them: a share's own are good everywhere, and what differs in case only is another name.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 2 --events 2 --originals 2 --size 30 --evidence --witnessed good
r=results/2026/000002-2-files e=events/2026/000004-heartbeat

# everywhere NAMES: each line of a listing, as docs/formats/share.md says it is
everywhere() {
	! grep -vE '^[A-Za-z0-9._/-]{1,230}$' "$1" &&
		! grep -E '\.(/|$)|(^|/)-' "$1" &&
		! grep -iE '(^|/)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.[^/]*)?(/|$)' "$1" &&
		! sort -f "$1" | uniq -Di | grep .
}
refused_everywhere() { ! everywhere "$1"; }
(cd "$work/base/share" && find . -mindepth 1 | sed 's|^\./||') >"$work/names"
check 'names are good on every system' everywhere "$work/names"
for odd in 'a:b' 'a?b' 'a b' 'a\b' 'dot.' 'CON' 'x/lpt1.txt' "$(printf 'x%.0s' {1..231})" $'twice\nTWICE'; do
	printf '%s\n' "$odd" >"$work/odd"
	check "and '${odd//[^a-zA-Z0-9.:? \\]/ }' would not be" refused_everywhere "$work/odd"
done

# other case, where it is told apart
in_case() { mv "$1" "$2"; }
tamper "a result's folder in other case" result.folder.renamed results/2026/000002-2-FILES in_case $r results/2026/000002-2-FILES
tamper 'a second one in other case' result.folder.doubled $r cp -a $r results/2026/000002-2-FILES
tamper "an event's folder in other case" result.folder.renamed events/2026/000004-Heartbeat in_case $e events/2026/000004-Heartbeat
tamper 'all results in other case' share.unknown RESULTS in_case results RESULTS
tamper 'and they are missing' result.folder.missing $r in_case results RESULTS
tamper 'a second folder of results' share.unknown Results cp -a results Results
tamper 'a manifest in other case' result.manifest.missing $r/manifest.sha256 in_case $r/manifest.sha256 $r/Manifest.sha256
tamper 'a record beside it in other case' result.file.unknown $r/RECORD.JSON cp $r/record.json $r/RECORD.JSON
tamper 'an original in other case' result.payload.missing $r/original/plate2.eds in_case $r/original/plate2.eds $r/original/Plate2.eds
tamper 'and which one it became' result.file.unknown $r/original/Plate2.eds in_case $r/original/plate2.eds $r/original/Plate2.eds
tamper 'the originals in other case' result.file.unknown $r/Original in_case $r/original $r/Original
tamper 'a report in other case' result.file.unknown $r/Report.html touch $r/Report.html
tamper 'the checkpoint in other case' log.checkpoint.missing log/checkpoint in_case log/checkpoint log/Checkpoint
tamper 'a second checkpoint' log.unknown log/CHECKPOINT cp log/checkpoint log/CHECKPOINT
tamper 'entries in other case' log.entries.missing log/tile/entries/000.p/4 in_case log/tile/entries log/tile/Entries
tamper 'evidence in other case' evidence.file.missing log/evidence/4/quote.attest in_case log/evidence/4/quote.attest log/evidence/4/QUOTE.ATT
tamper 'a page in other case' share.unknown INDEX.HTML in_case index.html INDEX.HTML

# what an old file system would give back
upper() { find . -mindepth 1 -depth | while IFS= read -r f; do b=${f##*/}; [ "$b" = "${b^^}" ] || mv "$f" "${f%/*}/${b^^}" || return; done; }
fresh base
(cd "$share" && upper)
expect_status 3 'a whole share in capitals' verify --trust "$trust" "$share"
said 'is not known as one' '[target.unknown]'
below() { (cd results && upper) && (cd events && upper) && (cd log && upper); }
tamper 'all in capitals but the top' result.manifest.missing results/2026/000002-2-FILES/manifest.sha256 below
tamper 'with its checkpoint' log.checkpoint.missing log/checkpoint below
