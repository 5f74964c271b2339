#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A disk or network that stalls or fails while a share is read: verify ends, in time, and names the file.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 3 --events 1 --size 3000
trust=$work/base/trust.txt
r=results/2026/000001-plate1.eds

# stalled NAME FILE STATUS ARGUMENT ...: reads of that file do not come back, and it ends all the same.
stalled() {
	expect_status "$3" "$1" env LD_PRELOAD="$build/tests/verify/stall.so" ASAN_OPTIONS=verify_asan_link_order=0 \
		STALL_FILE="$2" timeout 50 "$audit" verify --trust "$trust" --timeout 1 "${@:4}" "$share"
}
fresh base
for file in log/checkpoint results/2026 $r/original/plate1.eds; do
	stalled "what does not come: $file" "$file" 3
	said 'it is named' "  $file [share.stalled]"
done
said 'what to do is said' 'give it longer (--timeout)'
said 'what was read before is told' 'log.root'
stalled 'for machines, too' log/checkpoint 3 --json
check 'it is well-formed' jq -e '.unable.items[0].id == "share.stalled"' "$work/said"
stalled 'a trust file that does not come' trust.txt 3
flip "$share/log/tile/0/000.p/4" 40
stalled 'what was proven before stays proven' results/2026/000004-plate4.eds/original/plate4.eds 1
fresh base
(cd "$work/base" && zip -qr "$work/copy.zip" share)
share=$work/copy.zip
stalled 'a zip archive that does not come' copy.zip 3
said 'it is named' "  $share [share.stalled]"
expect_status 2 'a timeout that is none' verify --timeout soon "$share"
expect_status 2 'a timeout of more than a day' verify --timeout 86401 "$share"

# failing NAME FILE ID [CALL]: the disk says no
failing() {
	fresh base
	expect_status 3 "$1" strace -f -o /dev/null -P "$share/$2" -e "inject=${4:-read}:error=EIO" \
		"$audit" verify --trust "$trust" "$share"
	said "$1: it is named" "  $2 [$3]"
}
if strace -o /dev/null true 2>/dev/null; then
	failing 'a payload that cannot be read' $r/original/plate1.eds result.payload.unreadable
	said 'it is said why' 'Input/output error'
	failing 'a manifest that cannot be read' $r/manifest.sha256 result.manifest.unreadable
	failing 'a record that cannot be read' $r/record.json result.record.unreadable
	failing 'a signature that cannot be read' $r/manifest.sha256.p7s result.signature.unreadable
	failing 'a proof that cannot be read' $r/manifest.tlog-proof result.proof.unreadable
	failing 'entries that cannot be read' log/tile/entries/000.p/4 log.entries.unreadable
	failing 'a tile that cannot be read' log/tile/0/000.p/4 log.tile.unreadable
	failing 'a checkpoint that cannot be read' log/checkpoint log.checkpoint.unreadable
	failing 'a folder that cannot be listed' results/2026 share.unreadable getdents64
	said 'then what is in it is not said to be removed' '[result.folder.unlisted] seal 1'
else
	skip 'a disk that says no' 'strace may trace nothing here'
fi

# --- progress: on a terminal, and only there
terminal() { python3 tests/command/pty.py "$@"; }
fresh base
# slowly FILE ARGUMENT ...: half a second for each read of that file
slowly() {
	LD_PRELOAD="$build/tests/verify/stall.so" ASAN_OPTIONS=verify_asan_link_order=0 STALL_FILE=$1 STALL_MS=${SLOW_MS:-500} \
		"$audit" verify --trust "$trust" "${@:2}" "$share"
}
export -f slowly
export share trust audit build
check 'progress of the log on a terminal' terminal 0 '=log: 0 of 4 entries (0 %)' '=VERIFIED: ' -- bash -c 'slowly log/tile/0/000.p/4'
check 'progress of the results' terminal 0 '=results and events: ' '= of 4 seals' '=VERIFIED: ' -- bash -c "slowly $r/original/plate1.eds"
# two reads of four seconds each
check 'slow is not stalled' bash -c 'SLOW_MS=4000 slowly log/checkpoint --timeout 7'
said 'no progress but on a terminal' 'VERIFIED: '
check 'nothing of it is there' test "$(grep -c 'of 4' "$work/said")" -eq 0
check 'with --json there is a report, and no progress' \
	terminal 0 '=labseal/verify/v1' '!of 4 entries' -- bash -c 'slowly log/tile/0/000.p/4 --json'
