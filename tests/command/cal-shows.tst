# SPDX-License-Identifier: Apache-2.0
# labseal cal impact, due, stats, probe, evidence: what a registry shows besides a verdict
requires: python3 jq
$ "$BUILD/tests/tools/make_registry" --devices 30 --levels 3 --organisations 3 --fault report-revoked "$W/r"
$ at='--at 2026-06-01T00:00:00Z'
$ of="--registry $W/r/registry --trust $W/r/trust.txt $at"

# --- impact: everything below a bad standard, and nothing else
P cal impact $of --since 2026-05-20 'Thermometer 1-000000'
out: device Thermometer 1-000000, bad since 2026-05-20T00:00:00Z: 21 reports on 21 devices are touched, 21 of them in force
out: Thermometer 3-000015
no-out: Thermometer 3-000016
P cal impact $of --since 2026-05-20 --json 'Thermometer 1-000000'
$ "$labseal" cal impact $of --since 2026-05-20 --json 'Thermometer 1-000000' >"$W/impact.json" && jq -e '[.touched[] | select(.steps == 1)] | length == 4' "$W/impact.json"
# what was done before it went bad stays
P cal impact $of --since 2026-05-21T12:00:00Z 'Thermometer 1-000000'
out: 1 reports on 1 devices are touched
# to the second: what was calibrated at that very time is touched
P cal impact $of --since 2026-05-21T00:00:00Z 'Thermometer 1-000000'
out: 21 reports on 21 devices
P cal impact $of --since 2026-05-21T00:00:01Z 'Thermometer 1-000000'
out: 1 reports on 1 devices are touched
# by the key, by the record's id, by the report, by a technician, by a laboratory: the national institute touches all
$ key=$(grep -a -A1 'name Thermometer 1-000000$' "$W/r/registry/log/tile/entries/000.p/"* | sed -n 's/^.*key //p' | head -n 1 | base64 -d | sha256sum | cut -d ' ' -f 1)
P cal impact $of --since 2026-05-20 $key
out: 21 reports on 21 devices
P cal impact $of --since 2026-05-20 $(jq -r '.touched[0].device.id' "$W/impact.json")
out: 21 reports on 21 devices
P cal impact $of --since 2026-05-20 $(jq -r '.touched[0].report.id' "$W/impact.json")
out: report
out: 21 reports on 21 devices
P cal impact $of --since 2026-01-01 'Technician 2-1'
out: technician
no-out: Technician 2-0
P cal impact $of --since 2026-01-01 'National Metrology Institute'
out: 41 reports on 41 devices
N 3 cal impact $of --since 2026-01-01 'Thermometer 8'
err: is in the registry neither as an id or a key's SHA-256
N 2 cal impact $of 'Thermometer 1-000000'
err: since when is it bad? Say --since DATE
N 2 cal impact $of --since soon 'Thermometer 1-000000'
err: '--since' takes a time
N 2 cal impact $of --since 2026-01-01 'Thermometer 1-000000' /nowhere
err: Shares follow --results
N 3 cal impact $of --since 2026-01-01 --results "$W/nowhere" 'Thermometer 1-000000'
err: nowhere

# and each sealed result that was measured under a touched report
$ printf '{"verdict":"TRACEABLE","device":"Thermometer","device_id":"%s","quantity":null,"report":"%s","performed":"2026-05-22T00:00:00.000Z","due":null,"registry":{"origin":"calibration.example/registry","size":100,"root":"%064d","time":null},"checked":"2026-05-25T00:00:00.000Z","reason":null}' "$(jq -r '.touched[5].device.id' "$W/impact.json")" "$(jq -r '.touched[5].report.id' "$W/impact.json")" 1 >"$W/status"
$ "$BUILD/tests/tools/make_share" --results 2 --events 1 --start 1779667200 --calibration "$W/status" "$W/calibrated" && "$BUILD/tests/tools/make_share" --results 3 --events 0 "$W/plain"
P cal impact $of --since 2026-05-20 --results "$W/calibrated/share" 'Thermometer 1-000000' "$W/plain/share"
out: 2 of 5 sealed results are touched; 3 say nothing of their calibration
out: $W/calibrated/share/results/2026/000001-
no-out: $W/plain/share/results
$ "$labseal" cal impact $of --since 2026-05-20 --json --results "$W/calibrated/share" 'Thermometer 1-000000' >"$W/results.json" && jq -e '.results[0].report == .touched[5].report.id and .touched[5].results == 2' "$W/results.json"
P cal impact $of --since 2026-05-20 --results "$W/calibrated/share" 'Thermometer 1-000001'
out: 0 of 2 sealed results are touched
# of the device's own results those that were received when it was bad, to the second; its report was in force then
$ instrument=$(jq -r '.touched[5].device.id' "$W/impact.json") first=$(jq -r '.results[0].received' "$W/results.json") second=$(jq -r '.results[1].received' "$W/results.json")
$ after() { date -u -d "@$(($(date -d "$1" +%s) + 1))" +%Y-%m-%dT%H:%M:%SZ; }
P cal impact $of --since "$first" --results "$W/calibrated/share" "$instrument"
out: 2 of 2 sealed results are touched
P cal impact $of --since "$(after "$first")" --results "$W/calibrated/share" "$instrument"
out: 1 of 2 sealed results are touched
P cal impact $of --since "$second" --results "$W/calibrated/share" "$instrument"
out: 1 of 2 sealed results are touched
P cal impact $of --since "$(after "$second")" --results "$W/calibrated/share" "$instrument"
out: 0 of 2 sealed results are touched
out: 1 reports on 1 devices

# --- due: the recall list
P cal due $of --within 353
out: 3 devices are due within 353 days of 2026-06-01; the calibration of 0 of them is over
out: Thermometer 1-000001
no-out: Thermometer 2-
P cal due $of --within 400 --organisation 'Laboratory 2-0'
no-out: Laboratory 2-1
no-out: Laboratory 1
N 1 cal due --registry "$W/r/registry" --trust "$W/r/trust.txt" --at 2027-05-20T12:00:00Z --within 0
out: OVER
N 3 cal due $of --organisation 'Laboratory 9'
err: there is no organisation 'Laboratory 9' in the registry
N 2 cal due $of --within soon
err: '--within' takes days
N 2 cal due $of x
err: 'x' is no option

# --- stats: the whole, and one organisation's part, which shows nothing of others
P cal stats $of
out: 41 devices
out: 36  TRACEABLE
out: 5  NOT TRACEABLE
out: The report is not revoked [cal.revoked.report]
out: temperature
P cal stats $of --organisation 'Laboratory 2-0'
out: calibrated by Laboratory 2-0
no-out: Laboratory 2-1
no-out: 41 devices
$ [ "$(for l in 'National Metrology Institute' 'Laboratory 1-0' 'Laboratory 1-1' 'Laboratory 2-0' 'Laboratory 2-1' 'Laboratory 2-2'; do "$labseal" cal stats $of --json --organisation "$l" | jq .devices; done | paste -sd + | bc)" = 41 ]

# --- probe: a reference is measured
P cal probe $of --reference 300 --uncertainty 0.0001 --reading 300.0003 'Thermometer 3-000020'
out: AS CALIBRATED: Thermometer 3-000020
N 1 cal probe $of --reference 300 --uncertainty 0.0001 --reading 300.01 'Thermometer 3-000020'
out: NOT AS CALIBRATED
out: OUTSIDE
N 3 cal probe $of --reference 100 --uncertainty 0.0001 --reading 100 'Thermometer 3-000020'
out: not calibrated there
# an instrument whose own chain does not hold is not as calibrated, whatever it reads
N 1 cal probe $of --reference 300 --uncertainty 0.0001 --reading 300.0003 'Thermometer 3-000000'
out: its calibration is NOT TRACEABLE
$ printf 'reference,uncertainty,reading\n260,0.0001,260.0001\n300,0.0001,300.0002\n340,0.0001,340.1\n' >"$W/good.csv"
N 1 cal probe $of --csv "$W/good.csv" 'Thermometer 3-000020'
out: 3 measurements of temperature: 1 outside
$ printf 'reference,uncertainty,reading\n260,0.0001\n' >"$W/bad.csv"
N 3 cal probe $of --csv "$W/bad.csv" 'Thermometer 3-000020'
err: line 2 is not three numbers
N 2 cal probe $of --reference 300 'Thermometer 3-000020'
err: what was measured?
N 2 cal probe $of --reference warm --uncertainty 1 --reading 2 'Thermometer 3-000020'
err: '--reference' takes a number, not 'warm'
N 2 cal probe $of --reference 3 --uncertainty -1 --reading 2 'Thermometer 3-000020'
err: '--uncertainty' takes a not negative number
N 3 cal probe $of --quantity pressure --reference 3 --uncertainty 1 --reading 2 'Thermometer 3-000020'
err: has no calibration in force, or none of this quantity

# --- evidence: one file, which needs nothing but the trust file
P cal evidence $of --output "$W/e" 'Thermometer 3-000020'
$ mkdir "$W/alone" && cp "$W/e" "$W/r/trust.txt" "$W/alone"
P cal trace --evidence "$W/alone/e" --trust "$W/alone/trust.txt" 'Thermometer 3-000020'
out: TRACEABLE: Thermometer 3-000020
out: 2026-06-01T00:00:00Z, by the evidence's word
$ "$BUILD/tests/tools/no_sockets" "$labseal" cal trace --evidence "$W/alone/e" --trust "$W/alone/trust.txt" 'Thermometer 3-000020'
# a revocation is in it
P cal evidence $of --output "$W/revoked" 'Thermometer 3-000000'
N 1 cal trace --evidence "$W/revoked" --trust "$W/r/trust.txt" 'Thermometer 3-000000'
out: [cal.revoked.report
# the whole log shows also what is not there
P cal evidence $of --complete --output "$W/complete" 'Thermometer 3-000020'
P cal trace --evidence "$W/e" --trust "$W/r/trust.txt" 'Thermometer 3-000020'
out: that the device has no newer report is the word of who put this evidence together
P cal trace --evidence "$W/complete" --trust "$W/r/trust.txt" 'Thermometer 3-000020'
out: 0 warn
# of another device it says nothing; of another registry nothing is believed
N 3 cal trace --evidence "$W/e" --trust "$W/r/trust.txt" 'Thermometer 3-000007'
$ "$BUILD/tests/tools/make_registry" --devices 3 --seed 2 "$W/other"
N 3 cal trace --evidence "$W/e" --trust "$W/other/trust.txt" 'Thermometer 3-000020'
N 3 cal evidence $of --output "$W/none" 'Thermometer 9-000000'
err: there is no device 'Thermometer 9-000000' in the registry
$ [ ! -e "$W/none" ]
N 2 cal evidence $of 'Thermometer 3-000020'
err: where to? Say --output FILE
N 4 cal evidence $of --output "$W/no/e" 'Thermometer 3-000020'
# left out, exchanged, cut: it does not verify, or nothing is shown
$ python3 tests/tools/evidence_without.py "$W/revoked" 'kind revocation' "$W/without" && s=0; "$labseal" cal trace --evidence "$W/without" --trust "$W/r/trust.txt" 'Thermometer 3-000000' >"$W/said" || s=$?; [ $s -eq 3 ] && ! grep -q '^TRACEABLE' "$W/said"
$ python3 tests/tools/evidence_without.py "$W/e" 'kind report' "$W/without" && s=0; "$labseal" cal trace --evidence "$W/without" --trust "$W/r/trust.txt" 'Thermometer 3-000020' >"$W/said" || s=$?; [ $s -ne 0 ]
$ head -c -1 "$W/e" >"$W/cut"
N 1 cal trace --evidence "$W/cut" --trust "$W/r/trust.txt" 'Thermometer 3-000020'
err: a record in it is cut short
N 1 cal trace --evidence "$W/good.csv" --trust "$W/r/trust.txt" 'Thermometer 3-000020'
err: this is no evidence of a calibration
N 3 cal trace --evidence "$W/nothing" --trust "$W/r/trust.txt" 'Thermometer 3-000020'
$ "$BUILD/tests/tools/mutate_calibration" evidence "$W/e" "$W/r/trust.txt" 2026-06-01T00:00:00Z 'Thermometer 3-000020' 211

# --- the JSON of each is as documented
$ for n in 000000 000020; do "$labseal" cal trace --json $of --memory "$W/memory" "Thermometer 3-$n" >"$W/trace$n.json"; "$labseal" cal probe --json $of --csv "$W/good.csv" "Thermometer 3-$n" >"$W/probe$n.json"; done; "$labseal" cal trace --json $of x >"$W/tracex.json"; "$labseal" cal trace --json $of --quantity temperature 'Thermometer 0-000000' >"$W/traceq.json"; "$labseal" cal probe --json $of --reference 1 --uncertainty 1 --reading 1 'Thermometer 3-000020' >"$W/probe.json"; "$labseal" cal due --json $of --within 400 >"$W/due.json"; "$labseal" cal stats --json $of >"$W/stats.json"; "$labseal" cal stats --json $of --organisation 'Laboratory 2-0' >"$W/stats2.json"; true
$ python3 tests/report/shape.py 'docs/formats/calibration-json.md#trace' "$W"/trace*.json
$ python3 tests/report/shape.py 'docs/formats/calibration-json.md#impact' "$W/impact.json" "$W/results.json"
$ python3 tests/report/shape.py 'docs/formats/calibration-json.md#due' "$W/due.json"
$ python3 tests/report/shape.py 'docs/formats/calibration-json.md#stats' "$W"/stats*.json
$ python3 tests/report/shape.py 'docs/formats/calibration-json.md#probe' "$W"/probe*.json
