#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --json: its shape is the documented one, and it says what the text says.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 4 --events 2 --keys "$work/keys"
new fork --results 4 --events 2 --keys "$work/keys" --seed 2
fresh base

# json NAME STATUS ARGUMENT ...: the report goes to $work/NAME.json
json() {
	local name=$1 wanted=$2 status=0
	shift 2
	verify --json "$@" >"$work/$name.json" 2>"$work/said" || status=$?
	if [ "$status" -eq "$wanted" ] && [ "$(field "$name" exit)" = "$wanted" ]; then
		ok "--json: $name"
	else
		not_ok "--json: $name: status $status instead of $wanted" "$work/$name.json"
	fi
}

# field NAME KEY ...: a member of that report
field() {
	python3 - "$work/$1.json" "${@:2}" <<-'END'
		import json, sys
		value = json.load(open(sys.argv[1]))
		for key in sys.argv[2:]:
		    value = value[int(key) if isinstance(value, list) else key]
		print(value)
	END
}

is() { # WANTED NAME KEY ...
	local seen
	seen=$(field "${@:2}")
	if [ "$seen" = "$1" ]; then ok "--json: ${*:2} is '$1'"; else not_ok "--json: ${*:2} is '$seen', not '$1'"; fi
}

json verified 0 --trust "$trust" --memory "$work/memory" "$share"
is VERIFIED verified verdict
is labseal/verify/v1 verified format
is 4 verified counts results
is 2 verified counts events
is 6 verified log size
is None verified first_failing_index
is result.payload verified checks 3 check
is 4 verified checks 3 passed
json untrusted 3 "$share"
is 'COULD NOT CHECK' untrusted verdict
is None untrusted trust
is trust.none untrusted not_checked items 0 id
json result 0 --trust "$trust" "$share/results/2026/000001-plate1.eds"
is result result target kind
json nothing 3 --trust "$work/nowhere" "$work/nowhere"
json contradicted 1 --trust "$trust" --memory "$work/memory" "$work/fork/share"
check 'both notes are in it' cmp <(field contradicted memory remembered | head -c -1) "$work/memory"
new refusing --results 1 --events 1 --event refused --keys "$work/keys" --detail \
	'{"reason": "size", "session": "00", "number": 7, "sha256": "ab12", "size": 123456, "name": "..%5cbig.bin"}'
json refusing 0 --trust "$trust" "$work/refusing/share"
is VERIFIED refusing verdict
is 1 refusing events total
is event.refused refusing events items 0 id
is events/2026/000002-refused/record.json refusing events items 0 file
is 2 refusing events items 0 seal
is 'refused: size, bytes 123456, SHA-256 ab12, number 7, claimed name ..%255cbig.bin' refusing events items 0 message
flip "$share/results/2026/000004-plate4.eds/original/plate4.eds" 3
rm -r "$share/results/2026/000002-plate2.eds"
json altered 1 --trust "$trust" "$share"
is 2 altered failed total
is 1 altered first_failing_index
is results/2026/000002-plate2.eds altered failed items 0 file
is result.payload.altered altered failed items 1 id
is 4 altered failed items 1 seal
is 3 altered failed items 1 index
new attested --results 2 --events 1 --evidence
json attested 0 --trust "$work/attested/trust.txt" "$work/attested/share"
is TPM attested evidence tpm
is 3 attested evidence last
is labseald attested evidence states 0 measured 0 path
is manufacturer attested evidence enrolled origin
is 3 attested evidence enrolled checkpoints
new countersigned --results 3 --events 1 --event countersignature --countersign good
json countersigned 0 --trust "$work/countersigned/trust.txt" "$work/countersigned/share"
is holds countersigned countersignatures items 0 state
new cut --results 3 --events 1 --event countersignature --countersign cut
json cut 1 --trust "$work/cut/trust.txt" "$work/cut/share"
is None cut countersignatures items 0 certificate
(cd "$work" && set -e && "$audit" dna authority init --name Core --no-passphrase auth &&
	"$audit" dna authority extract --orcid 0000-0002-1825-0097 --no-passphrase --output ada.key auth &&
	python3 "$top/tests/dna/make_plasmid.py" 3000 1 >p.gb &&
	"$audit" dna sign --key ada.key --id 1 --at auto --output signed.gb p.gb) >"$work/said" 2>&1 || exit 4
new sampled --results 2 --events 0 --sample "a=$work/signed.gb=0000-0002-1825-0097" --sample "b=$work/p.gb"
json sampled 0 --trust "$work/sampled/trust.txt" --dna-trust "$work/auth/parameters.pem" "$work/sampled/share"
is valid sampled samples 0 dna outcome
is 0000-0002-1825-0097 sampled samples 0 signed_by
is no-block sampled samples 1 dna outcome
(cd "$work" && set -e && printf 'pw\n' >pass && "$audit" dna authority log --origin example.org/keys --log-key log.key --make-key --log-passphrase-file pass auth >log.trust &&
	"$audit" dna authority publish --snapshot dna.snapshot --log-passphrase-file pass auth) >"$work/said" 2>&1 || exit 4
json logged 0 --trust "$work/sampled/trust.txt" --dna-trust "$work/auth/parameters.pem" --dna-trust "$work/log.trust" --dna-keys "$work/dna.snapshot" "$work/sampled/share"
is heartbeat logged dna_keys 0 clock
json unasked 0 --trust "$work/sampled/trust.txt" "$work/sampled/share"
is None unasked samples 0 dna
is 'as sealed' unasked samples 0 file
truncate -s 30 "$share/log/checkpoint"
json malformed 1 --trust "$trust" "$share"
check 'the shape is the documented one' python3 tests/verify/shape.py docs/formats/verify-json.md "$work"/*.json

# every id in the source is in the document
ids() {
	grep -ohE '"(countersignature|result|log|share|zip|resume|trust|memory|target|measurement|calibration|dna|sequence|evidence|unsealed)\.[a-z.-]+"' \
		audit/verify/*.c audit/verify/checks.c | tr -d '"' | sort -u
}
missing_ids() {
	python3 - docs/formats/verify-json.md <(ids) <<-'END'
		import re, sys
		text = open(sys.argv[1]).read()
		words = set()
		for line in text.splitlines():
		    base = ""
		    for word in re.findall(r"`([a-z0-9.-]+)`", line):
		        if word.startswith("."):
		            word = base.rsplit(".", 1)[0] + word
		        words.add(word)
		        base = word
		prefixes = {"result.payload", "result.record", "result.manifest", "result.signature", "result.proof",
		            "log.entries", "log.tile", "log.checkpoint", "evidence.file", "evidence.events", "evidence.key",
		            "evidence.enrolment"}
		missing = [i for i in open(sys.argv[2]).read().split()
		           if i not in words and i not in prefixes and not i.endswith(".json")]
		print("\n".join(missing))
		sys.exit(bool(missing))
	END
}
check 'every id is documented' missing_ids
