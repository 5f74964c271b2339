#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A zip copy of a share is read in place, and says what the folder says; a hostile one does no harm.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 3 --events 1 --size 3000 --evidence
copy=$work/base/share zip=$work/copy.zip trust=$work/base/trust.txt
r=results/2026/000002-plate2.eds
plate=$r/original/plate2.eds

# within 10 s of processor time and 512 MiB, or it is a failure of its own
verify() {
	(ulimit -t 10 && { [ -n "${SANITIZE:-}" ] || ulimit -v 524288; } && exec timeout 60 "$audit" verify "$@")
}

# zipped HOW [ENTRY]: a zip copy with that about it, which finds() then verifies
zipped() {
	rm -f "$zip"
	python3 tests/verify/zips.py "$1" "$copy" "$zip" "${2:-}"
	share=$zip
}

# --- as the folder
zipped plain
check 'a zip copy holds' verify --trust "$trust" --json "$zip"
cp "$work/said" "$work/zip.json"
verify --trust "$trust" --json "$copy" >"$work/folder.json"
same() { jq -S 'del(.seconds, .target)' "$1"; }
check 'and its report is the one of the folder' cmp <(same "$work/zip.json") <(same "$work/folder.json")
check 'nothing was unpacked beside it' test "$(cd "$work" && echo copy*)" = copy.zip
for how in stored below zip64 bzip2; do
	zipped $how
	check "a zip copy: $how" verify --trust "$trust" "$zip"
done
rm -f "$zip"
(cd "$work/base" && zip -qr "$zip" share)
check 'a zip copy that zip made, of the folder itself' verify --trust "$trust" "$zip"
(cd "$copy/$r" && rm -f "$zip" && zip -qr - . >"$zip")
check "a result's folder, zipped into a pipe" verify --trust "$trust" "$zip"
said 'it is a result' '  result       '
if command -v 7z >/dev/null; then
	rm -f "$zip"
	(cd "$work/base" && 7z a -tzip "$zip" share >/dev/null)
	check 'a zip copy that 7z made' verify --trust "$trust" "$zip"
fi
zipped backslashes
check 'a program that writes backslashes' verify --trust "$trust" "$zip"
said 'it is warned of' '[zip.backslashes]'
zipped plain
check 'with a memory' verify --trust "$trust" --memory "$work/memory" "$zip"
check 'the folder continues it' verify --trust "$trust" --memory "$work/memory" "$copy"

# --- altered
zipped altered $plate
finds 'a payload byte' 1 result.payload.altered $plate
zipped removed $plate
finds 'a payload left out' 1 result.payload.missing $plate
zipped removed log/checkpoint
finds 'the checkpoint left out' 1 log.checkpoint.missing log/checkpoint
zipped symlink $plate
finds 'a symbolic link for a payload' 1 result.payload.symlink $plate
zipped device $r/record.json
finds 'a device for a record' 1 result.record.special $r/record.json
zipped doubled $plate
finds 'a name twice' 1 zip.doubled $plate
zipped folder $plate
finds 'a file that is a folder as well' 1 zip.doubled $plate/below
zipped dots
finds 'a name that leads out' 1 zip.name ../../escaped
zipped inner-dots
finds 'a name with .. inside' 1 zip.name results/../results/x
zipped absolute
finds 'an absolute name' 1 zip.name /etc/passwd
zipped drive
finds 'a drive letter' 1 zip.name C:/Windows/x
zipped long
finds 'a name of 4000 bytes' 1 zip.name "results/$(printf 'x%.0s' {1..4000})"
zipped steering
finds 'a name that steers a terminal' 1 share.unknown 'results/2026/a%0A%E2%80%AEb'
zipped bomb $plate
finds '128 MiB of zeros for a payload' 1 result.payload.altered $plate
zipped bomb $r/record.json
finds '128 MiB of zeros for a record' 1 result.record.too-large $r/record.json

# --- what cannot be read is no verdict
zipped encrypted
finds 'an encrypted one' 3 log.checkpoint.encrypted log/checkpoint
zipped damaged $plate
finds 'a damaged entry' 3 result.payload.damaged $plate
zipped liar $plate
finds 'an entry that unfolds to more than it says' 3 result.payload.damaged $plate
zipped escape
finds 'a control character in a name' 3 target.unreadable "$zip"
zipped other-name $plate
finds 'another name in the header than in the directory' 3 target.unreadable "$zip"
said 'it is said what to do' 'unpack it and verify the folder'
zipped second-end $plate
finds 'a second directory at its end, in the comment of the first' 3 target.unreadable "$zip"
zipped cut
finds 'cut short' 3 target.unreadable "$zip"
zipped many
finds 'a directory that claims thousands of millions of entries' 3 target.unreadable "$zip"
zipped nothing
: >"$zip"
finds 'an empty file' 3 target.unknown "$zip"
head -c 100000 /dev/urandom >"$zip"
finds 'a file that is no archive' 3 target.unreadable "$zip"
mkfifo "$work/fifo"
share=$work/fifo
finds 'a FIFO' 3 target.unreadable "$work/fifo"
share=/dev/null
finds 'a device' 3 target.unreadable /dev/null
