#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What records say of the instrument's calibration is held against a registry of calibrations that the auditor has: as
# of the time of receipt, and by what has become known since.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/registry.sh
. "$top/tests/e2e/registry.sh"
make_registry=$build/tests/tools/make_registry
device='Thermometer 1-000000'

# registry NAME OPTION ...: of ten devices, as of the new year: make_share's first result is received ten minutes later.
registry() {
	"$make_registry" --devices 10 --end 1767225600 "${@:2}" "$work/$1" || exit 4
}

# status REGISTRY FILTER: what labseal-calibration says of the device by that registry, changed by jq's filter.  The last
# of its lines counts: the one before says that the mirror has no index yet.
status() {
	"$build/labseal-calibration" --registry "$work/$1/registry" --device "$device" --max-age 86400 --development \
		--trust "$work/$1/trust.txt" 3>"$work/answer" || exit 4
	tail -n 1 "$work/answer" | jq -c "$2" >"$work/status.json" || exit 4
}
traceable='.verdict = "TRACEABLE" | .reason = null'

# asked NAME REGISTRY OPTION ...: labseal verify of that share, with that registry.
asked() { verify --trust "$work/$1/trust.txt" --calibration "$work/$2/registry" --calibration-trust "$work/$2/trust.txt" "${@:3}" "$work/$1/share"; }

registry good
status good "$traceable"
new share --results 12 --events 2 --calibration "$work/status.json"
expect_status 0 'without a registry nothing is asked' verify --trust "$work/share/trust.txt" "$work/share/share"
said 'and that is said' '12 seals with results say TRACEABLE, and no registry was given'
expect_status 0 'what records say comes out again' asked share good
said 'of each' 'ok      result.calibration'
said 'and all' 'by the registry as it stood then: 12 records'
expect_status 2 'a registry alone is no question' verify --calibration "$work/good/registry" "$work/share/share"
said 'and why' 'go together'
result=$(echo "$work"/share/share/results/2026/000001-*)
expect_status 0 'a result alone' verify --trust "$work/share/trust.txt" --calibration "$work/good/registry" \
	--calibration-trust "$work/good/trust.txt" "$result"
said 'is asked, too' 'by the registry as it stood then: 1 records'
check 'as JSON' bash -c "'$audit' verify --json --trust '$work/share/trust.txt' --calibration '$work/good/registry' \
	--calibration-trust '$work/good/trust.txt' '$work/share/share' |
	jq -e '.calibration.records.traceable == 12 and .calibration.entries > 10 and .calibration.origin == \"calibration.example/registry\"'"
check 'as a page' bash -c "'$audit' verify --html '$work/page.html' --trust '$work/share/trust.txt' --calibration '$work/good/registry' \
	--calibration-trust '$work/good/trust.txt' '$work/share/share' >'$work/out' &&
	grep -q 'registry calibration.example/registry, [0-9]* entries' '$work/page.html'"
expect_status 3 'a registry that is not there is asked in vain' verify --trust "$work/share/trust.txt" \
	--calibration "$work/nothing" --calibration-trust "$work/good/trust.txt" "$work/share/share"
said 'and that is said' '[calibration.registry]'

# the host's program stays when it has answered, until the mirror is renewed
watches() {
	local registry=$work/watched/registry watcher lines
	cp -r "$work/good" "$work/watched" && mkfifo "$work/pipe" || return 1
	{ cat "$work/pipe" && echo whole; } >"$work/answer" &
	"$build/labseal-calibration" --registry "$registry" --device "$device" --max-age 86400 --watch --development \
		--trust "$work/good/trust.txt" 3>"$work/pipe" 2>/dev/null &
	watcher=$!
	for _ in $(seq 300); do
		[ "$(tail -n 1 "$work/answer" 2>/dev/null)" = whole ] && break
		sleep 0.1
	done
	lines=$(wc -l <"$work/answer")
	sleep 2
	[ "$lines" -ge 2 ] && kill -0 $watcher || return 1
	touch "$registry/log/checkpoint"
	for _ in $(seq 100); do
		kill -0 $watcher 2>/dev/null || break
		sleep 0.1
	done
	kill $watcher 2>/dev/null && return 1
	wait $watcher
}
check 'labseal-calibration --watch answers, stays, and ends in order when the mirror is renewed' watches

# a claim that is false, by its name: the registry has the instrument's calibration as overdue, as signed by a stranger, ...
for fault in overdue technician-foreign report-revoked; do
	registry $fault --fault $fault --fault-level 1
	status $fault "$traceable"
	new false-$fault --results 3 --events 0 --calibration "$work/status.json"
	expect_status 1 "$fault, and the record says TRACEABLE" asked false-$fault $fault
	said "$fault: by name" '[calibration.claim] seal 1'
	said "$fault: with the reason" 'by the registry as it stood then it was NOT TRACEABLE: cal.'
	said "$fault: of each" 'result.calibration'
done

status good "$traceable | .report = .device_id"
new report --results 2 --events 0 --calibration "$work/status.json"
expect_status 1 'another report than the one in force' asked report good
said 'by name' '[calibration.report] seal 1'

# the name of one instrument and the id of another that was calibrated
status good "$traceable | .device = \"Thermometer 1-000001\""
new another --results 3 --events 0 --calibration "$work/status.json"
expect_status 1 'an instrument with the id of another' asked another good
said 'by name' '[calibration.device] seal 1'
said 'with both' "it says 'Thermometer 1-000001' and has another device's id"
status good "$traceable | .device = \"7500-01, never calibrated\""
new never --results 2 --events 0 --calibration "$work/status.json"
expect_status 1 'an instrument that the registry does not have, with the id of one that it has' asked never good
said 'by name' '[calibration.claim] seal 1'
said 'with the reason' "there is no device '7500-01, never calibrated'"

status good "$traceable | .registry.root = .device_id"
new fork --results 2 --events 0 --calibration "$work/status.json"
expect_status 1 'a registry that never was so' asked fork good
said 'by name' '[calibration.fork] seal 1'

status good "$traceable | .registry.origin = \"calibration.example/other\""
new other --results 2 --events 0 --calibration "$work/status.json"
expect_status 1 'another registry' asked other good
said 'by name' '[calibration.origin] seal 1'

status good "$traceable | .registry.size += 1000"
new ahead --results 2 --events 0 --calibration "$work/status.json"
expect_status 3 'a registry that is larger than the mirror' asked ahead good
said 'by name' '[calibration.behind] seal 1'
said 'and what to do' "labseal cal sync"

# an hour after the registry was seen last it says nothing of revocations
registry stale --max-age 3600
status stale "$traceable"
new aged --results 12 --events 0 --calibration "$work/status.json"
expect_status 3 'a registry too old for the later ones' asked aged stale
said 'the first ones hold' 'result.calibration     each instrument that a record says was traceable was so when the result was received, by the registry as it stood then: 6 records'
said 'the others by name' '[calibration.shown] seal 7'

# what is revoked after the host asked, from a day before: it could not know, and the auditor is told
registry_of "$device" >"$work/said" 2>&1 && calibrate "$device" L-1 "$(date -u -d '2 days ago' +%FT%TZ)" 2089-01-01 >"$work/said" 2>&1 || exit 4
mkdir "$work/today" && mv "$registry" "$work/today/registry" && cp "$registry_trust" "$work/today/trust.txt" && registry=$work/today/registry || exit 4
status today '.'
new since --results 4 --events 0 --calibration "$work/status.json" --start $(($(date +%s) - 590))
expect_status 0 'a registry of today' asked since today
said 'of which all hold' 'by the registry as it stood then: 4 records'
check 'the technician is revoked, from the day before yesterday' "$labseal" cal revoke --registry "$registry" --record Ada \
	--reason key-compromise --since "$(date -u -d '3 days ago' +%FT%TZ)" --by Lab --key "$keys/lab.pem"
expect_status 0 'which makes no record a lie' asked since today
said 'and is told' '[calibration.since] seal 1'
said 'with the reason' 'known since makes its instrument NOT TRACEABLE at that time: cal.device-certificate: the technician'

# what a record itself says is told, and no reason against the seal
status overdue '.'
new honest --results 3 --events 0 --calibration "$work/status.json"
expect_status 0 'a record that says NOT TRACEABLE is no lie' asked honest overdue
said 'and is told' "say that the calibration of '$device' was NOT TRACEABLE"

# certificates (DCC): the host looks at none, so that what rests on one CANNOT BE SHOWN to it; the auditor's mirror has them
if ! command -v xmlsec1 >/dev/null; then
	skip 'certificates' 'xmlsec1 is not there'
	exit
fi
device='Acme T1 D-1'
python3 "$top/tests/tools/make_dcc.py" "$work/made" >"$work/said" 2>&1 || exit 4
chain=$work/made/chain
digest() { sha256sum <"$1" | cut -d' ' -f1; }
# certified NAME U: a registry whose device is calibrated, with this uncertainty, by a standard that has a certificate only; its own certificate says 0.05
certified() {
	local r=$work/$1/registry k=$work/certified-keys name
	mkdir -p "$work/$1" "$k" || return 1
	"$labseal" cal init --origin example.org/cal --log-key "$k/$1.pem" --make-key "$r" &&
		for name in ni lab l d; do [ -e "$k/$name.pem" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$k/$name.pem"; openssl pkey -in "$k/$name.pem" -pubout -out "$k/$name.pub"; done &&
		"$labseal" cal issue --registry "$r" organisation --name 'National Institute' --level 0 --certified-by root --from 2024-01-01 --until 2089-01-01 --public "$k/ni.pub" --scope 'temperature \degreecelsius -50 150 0.001 2' --key "$k/ni.pem" &&
		"$labseal" cal issue --registry "$r" organisation --name Laboratory --level 1 --certified-by 'National Institute' --from 2024-01-01 --until 2089-01-01 --public "$k/lab.pub" --scope 'temperature \degreecelsius -50 150 0.005 2' --key "$k/ni.pem" &&
		"$labseal" cal issue --registry "$r" technician --name 'Bob Example' --organisation Laboratory --from 2024-01-01 --until 2089-01-01 --public "$k/l.pub" --key "$k/lab.pem" &&
		"$labseal" cal issue --registry "$r" device --name "$device" --level 2 --technician 'Bob Example' --from 2024-01-01 --public "$k/d.pub" --key "$k/l.pem" &&
		"$labseal" cal issue --registry "$r" report --device "$device" --technician 'Bob Example' --parent-document "$(digest "$chain/laboratory.xml")" --document "$(digest "$chain/device.xml")" \
			--performed 2025-02-20T12:00:00Z --due 2089-02-20 --number LAB-2 --quantity 'temperature \degreecelsius 0 100' --point '0 0.001 0.05 2 -' --point "50 0.002 $2 2 -" --point '100 0.003 0.05 2 -' --key "$k/lab.pem" --key "$k/l.pem" &&
		"$labseal" cal issue --registry "$r" heartbeat || return 1
	for name in institute laboratory device; do "$labseal" cal import --registry "$r" --trust "$work/made/trust.txt" "$chain/$name.xml" || return 1; done
	{ echo labseal/calibration-trust/v1 && echo "registry $(cat "$r/log.vkey")" && echo "nmi $(openssl pkey -pubin -in "$k/ni.pub" -outform DER | base64 -w0) National Institute" && sed 1d "$work/made/trust.txt"; } >"$work/$1/trust.txt"
}
certified standards 0.05 >"$work/said" 2>&1 || { cat "$work/said"; exit 4; }
status standards '.'
check 'the host cannot show what rests on a certificate' test "$(jq -r .verdict "$work/status.json")" = 'CANNOT BE SHOWN'
new cannot --results 3 --events 0 --calibration "$work/status.json" --start $(($(date +%s) - 590))
expect_status 0 'a record that says CANNOT BE SHOWN is no lie' asked cannot standards
said 'and that it can be shown by now, with the certificates, is told' '[calibration.shown-since] seal 1'
said 'in which way' "this registry, with the certificates in its mirror, shows that '$device' was TRACEABLE at that time"
status standards "$traceable"
new shown --results 3 --events 0 --calibration "$work/status.json" --start $(($(date +%s) - 590))
expect_status 0 'a record that says TRACEABLE, which certificates show' asked shown standards
said 'of each' 'by the registry as it stood then: 3 records'
check 'the documents are as they were' test "$(cd "$work/standards/registry/documents" && sha256sum [0-9a-f]* | awk '$1 != $2' | wc -l)" = 0
cp -r "$work/standards" "$work/without" && rm -r "$work/without/registry/documents" || exit 4
expect_status 3 'without the certificates it cannot be shown' asked shown without
said 'by name' '[calibration.shown] seal 1'
expect_status 0 'nor is there anything to tell of one that says so' asked cannot without
check 'which is not said' bash -c "! grep -q calibration.shown-since '$work/out'"
cp -r "$work/standards" "$work/altered" && sed -i 's/Ada/Eve/' "$work/altered/registry/documents/$(digest "$chain/laboratory.xml")" || exit 4
expect_status 3 'nor with an altered one' asked shown altered
certified contradicted 0.06 >"$work/said" 2>&1 || { cat "$work/said"; exit 4; }
status contradicted "$traceable"
new contradicted-share --results 2 --events 0 --calibration "$work/status.json" --start $(($(date +%s) - 590))
expect_status 1 'a report that its own certificate contradicts' asked contradicted-share contradicted
said 'by name' '[calibration.claim] seal 1'
said 'with the reason' 'NOT TRACEABLE: cal.document'
