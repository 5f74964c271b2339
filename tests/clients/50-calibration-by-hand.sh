#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/verify-calibration-by-hand.md: each of its blocks is run, one after the other in one shell, on good evidence and on altered one.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/../verify/lib.sh"

page=docs/verify-calibration-by-hand.md
{
	echo 'set -eu -o pipefail'
	awk '/^```$/ { inside = 0 } inside { print } /^```sh / { inside = 1; print "echo block " $2 }' "$page"
} >"$work/page.sh"
blocks=$(sed -n 's/^```sh //p' "$page" | tr '\n' ' ')

# by_hand EVIDENCE TRUST: as an auditor would, in an empty folder.
by_hand() {
	rm -rf "$work/desk" && mkdir "$work/desk" && (cd "$work/desk" && EVIDENCE=$1 TRUST=$2 timeout 400 bash "$work/page.sh")
}

# stops BLOCK WORDS NAME EVIDENCE TRUST: the page's commands fail, in this block, and with these words before.
stops() {
	local status=0
	by_hand "$4" "$5" >"$work/said" 2>&1 || status=$?
	if [ "$status" -eq 0 ]; then
		not_ok "$3: nothing failed" "$work/said"
	elif [ "$(sed -n 's/^block //p' "$work/said" | tail -n 1)" != "$1" ]; then
		not_ok "$3: it did not fail in the block '$1'" "$work/said"
	elif ! grep -qF -- "$2" "$work/said"; then
		not_ok "$3: it did not say '$2'" "$work/said"
	else
		ok "$3: seen in the block '$1'"
	fi
}

at=2026-06-01T00:00:00Z
# made NAME DEVICE OPTION ...: a registry, and a device's evidence out of it, in $work/NAME
made() {
	"$build/tests/tools/make_registry" --devices 4 --levels 2 --organisations 2 "${@:3}" "$work/$1" &&
		"$audit" cal evidence --registry "$work/$1/registry" --trust "$work/$1/trust.txt" --at $at --output "$work/$1/evidence" "$2" \
			>"$work/said" 2>&1 || {
		cat "$work/said"
		exit 4
	}
}
made good 'Thermometer 2-000003' --fault report-revoked
check 'every block of the page has a name' bash -c "! grep -n '^\`\`\`sh\$' $page"
check 'by hand: evidence' by_hand "$work/good/evidence" "$work/good/trust.txt"
[ "$(sed -n 's/^block //p' "$work/said" | tr '\n' ' ')" = "$blocks" ] && ok 'every block was run' || not_ok 'every block was run' "$work/said"
said 'by hand: the chain' 'the chain ends at an institute'
said 'by hand: revocations' 'all revocations until '
check 'by hand: three levels of it' test "$(grep -c '^level ' "$work/said")" = 3
made parents 'Thermometer 2-000001' --parents 2
check 'by hand: two standards for each' by_hand "$work/parents/evidence" "$work/parents/trust.txt"
check 'by hand: two standards for each: five links' test "$(grep -c '^level ' "$work/said")" = 5

# --- what somebody altered in the file
altered() { # BLOCK WORDS NAME SED-EXPRESSION
	sed "$4" "$work/good/evidence" >"$work/altered"
	cmp -s "$work/good/evidence" "$work/altered" && not_ok "$3: nothing was altered"
	stops "$1" "$2" "$3" "$work/altered" "$work/good/trust.txt"
}
altered split 'NOT GOOD' 'another version' '1s/v1/v2/'
altered checkpoint '' "the checkpoint's root" '/^calibration.example.registry$/,/^$/{s/^[^B]\(.*=\)$/B\1/;t;s/^B\(.*=\)$/C\1/}'
altered inclusion 'NOT GOOD: record' "a record's name" 's/^name Thermometer 2/name Thermometer 4/'
altered inclusion 'NOT GOOD: record' "a record's due date" 's/^due 20/due 30/'
altered inclusion 'NOT GOOD: record' "a record's signature" 's/^\(signature technician .\{20\}\)../\1AA/'
altered inclusion '' 'a place' 's/^index \(.*\)[2-7]$/index \18/'
python3 tests/tools/evidence_without.py "$work/good/evidence" 'kind revocation' "$work/without" || exit 4
stops revocations 'NOT GOOD: all revocations' 'a revocation left out' "$work/without" "$work/good/trust.txt"
python3 tests/tools/evidence_without.py "$work/good/evidence" 'kind technician' "$work/without" || exit 4
stops signatures '' 'a technician left out' "$work/without" "$work/good/trust.txt"

# --- what the registry logged, and is not good
fault() { # FAULT BLOCK WORDS
	made "$1" 'Thermometer 2-000000' --fault "$1"
	stops "$2" "$3" "$1" "$work/$1/evidence" "$work/$1/trust.txt"
}
fault nmi-unknown signatures ''
fault parent-signature signatures ''
fault report-revoked chain 'NOT GOOD: the report was not revoked'
fault technician-revoked chain 'NOT GOOD: not revoked: technician'
fault technician-expired chain 'NOT GOOD: valid '
fault overdue chain 'NOT GOOD: and not due yet'
fault level-equal chain 'NOT GOOD: its standard is above it'

# --- another laboratory's trust file
made other 'Thermometer 2-000003' --seed 2
stops checkpoint '' "another registry's trust file" "$work/good/evidence" "$work/other/trust.txt"
awk -v other="$(grep '^nmi ' "$work/other/trust.txt")" '/^nmi / { print other; next } { print }' "$work/good/trust.txt" >"$work/nmi.txt"
stops signatures '' "another institute" "$work/good/evidence" "$work/nmi.txt"
