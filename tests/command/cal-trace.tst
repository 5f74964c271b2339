# SPDX-License-Identifier: Apache-2.0
# labseal cal trace: a device's chain, and each fault in it by its name
$ "$BUILD/tests/tools/make_registry" --devices 30 --levels 3 --parents 2 "$W/good"
$ trace() { echo "cal trace --registry $W/$1/registry --trust $W/$1/trust.txt --at 2026-06-01T00:00:00Z"; }
$ good=$(trace good)

P $good 'Thermometer 3-000001'
out: TRACEABLE: Thermometer 3-000001
out: 0 fail, 0 could not be made
out: National Metrology Institute
no-out: FAILS
P $good --quantity temperature --html "$W/chain.html" 'Thermometer 3-000001'
$ xmllint --noout "$W/chain.html"
$ grep -q '<svg' "$W/chain.html" && ! grep -q '<script' "$W/chain.html"
$ [ "$(grep -o 'class="box"' "$W/chain.html" | wc -l)" -ge 4 ]

# what a person can get wrong
N 2 cal trace
err: which device?
N 2 cal trace x
err: what is trusted? Say --trust FILE
N 2 cal trace --trust "$W/good/trust.txt" x
err: where to look? Say --registry MIRROR
N 2 $good --at yesterday x
err: '--at' is there twice
N 2 cal trace --registry a --evidence b --trust c x
err: --registry, --evidence or --node, one of them
N 2 cal trace --registry a --trust c --at yesterday x
err: '--at' takes a time as 2026-03-04T14:22:19Z
N 2 $good --quantity 'Hot Water' x
err: is no quantity's name
N 2 cal trace --evidence a --memory b --trust c x
err: --memory is of a registry
N 3 cal trace --registry "$W/good/registry" --trust "$W/none" x
err: none
N 3 cal trace --registry "$W/none" --trust "$W/good/trust.txt" x
err: none
N 3 cal trace --registry "$W/good/registry" --trust /etc/hostname x
err: trust file '/etc/hostname'
N 4 $good --html "$W/no/chain.html" 'Thermometer 3-000001'
err: chain.html

# who is not there, and what was not calibrated
N 1 $good 'Thermometer 9-000000'
out: NOT TRACEABLE
out: [cal.device
N 1 $good --quantity pressure 'Thermometer 3-000001'
out: [cal.quantity

# no socket is opened, whatever is asked
$ ! "$BUILD/tests/tools/no_sockets" bash -c 'exec 3<>/dev/tcp/127.0.0.1/9'
$ "$BUILD/tests/tools/no_sockets" "$labseal" $good 'Thermometer 3-000001'
$ "$BUILD/tests/tools/no_sockets" "$labseal" cal stats --registry "$W/good/registry" --trust "$W/good/trust.txt" --at 2026-06-01

# each fault has its own check, which is named first, and says what to do
$ faulty() { "$BUILD/tests/tools/make_registry" --devices 30 --levels 3 --fault "$1" "$W/$1"; }
$ first() { local s=0; faulty "$1" && "$labseal" $(trace "$1") --json 'Thermometer 3-000000' >"$W/$1.json" || s=$?; [ "$s $(jq -r '.first.check // "none"' "$W/$1.json")" = "$2" ] && { [ "$s" = 0 ] || [ -n "$(jq -r '.first.advice' "$W/$1.json")" ]; }; }
$ first nmi-unknown '1 cal.technician'
$ first organisation-signature '1 cal.technician'
$ first organisation-expired '1 cal.organisation'
$ first organisation-revoked '1 cal.device-certificate'
$ first technician-foreign '1 cal.technician'
$ first technician-expired '1 cal.technician'
$ first technician-revoked '1 cal.device-certificate'
$ first device-signature '1 cal.device-certificate'
$ first device-expired '1 cal.device-certificate'
$ first device-revoked '1 cal.revoked.device'
$ first parent-signature '1 cal.signature.parent'
$ first technician-signature '1 cal.signature.technician'
$ first report-revoked '1 cal.revoked.report'
$ first key-compromised '1 cal.revoked.device'
$ first parent-unknown '1 cal.parent'
$ first parent-older '1 cal.time.version'
$ first orphan '1 cal.root'
$ first cycle '1 cal.level.parent'
$ first level-equal '1 cal.level.parent'
$ first parent-later '1 cal.time.order'
$ first parent-overdue '1 cal.time.due'
$ first overdue '1 cal.in-force'
$ first quantity-other '1 cal.scope'
$ first range-outside '1 cal.range'
$ first uncertainty-smaller '1 cal.uncertainty.growth'
$ first scope-quantity '1 cal.scope'
$ first scope-range '1 cal.scope'
$ first scope-uncertainty '1 cal.scope.uncertainty'
$ first conformity-wrong '1 cal.conformity'
$ first found-out '3 cal.parent.out-of-tolerance'
# and what is none, though it looks like one
$ first revoked-later '0 none'
$ first revoked-by-stranger '0 none'
$ first private '0 none'
$ first adjusted-after '0 none'
$ jq -e '[.checks[] | select(.check == "cal.adjustment" and .outcome == "warns")] | length == 1' "$W/adjusted-after.json"
# what is private is never passed as if it had been looked at
$ jq -e '[.links[] | select(.private)] | length == 1' "$W/private.json"
$ jq -e '[.checks[] | select(.link == 2 and .check == "cal.range" and .outcome == "holds")] | length == 0' "$W/private.json"
N 3 $(trace private) --quantity temperature 'Thermometer 2-000000'
out: CANNOT BE SHOWN
# others than those below the fault are not touched by it
P $(trace parent-signature) 'Thermometer 3-000029'
N 1 $(trace parent-signature) --html "$W/bad.html" 'Thermometer 3-000000'
out: first failing: link 2
out: not by the key of the parent's device
$ grep -q '✗ fails first' "$W/bad.html" && xmllint --noout "$W/bad.html"

# yesterday's verdict comes again, byte for byte, after what came since
$ cp -r "$W/report-revoked/registry" "$W/then" && cp "$W/report-revoked/yesterday" "$W/then/log/checkpoint" && rm -rf "$W/then/cache"
$ for form in --json ''; do for when in then report-revoked/registry; do "$labseal" cal trace $form --registry "$W/$when" --trust "$W/report-revoked/trust.txt" --at 2026-05-31T12:00:00Z 'Thermometer 3-000000' >"$W/said-$(echo $when | tr / -)" || exit 1; done; cmp "$W/said-then" "$W/said-report-revoked-registry" || exit 1; done
N 1 $(trace report-revoked) 'Thermometer 3-000000'

# how old what is known may be: past it nothing is shown
N 3 cal trace --registry "$W/good/registry" --trust "$W/good/trust.txt" --at 2026-06-09 'Thermometer 3-000001'
out: [cal.freshness
P cal trace --registry "$W/good/registry" --trust "$W/good/trust.txt" --at 2026-06-07 'Thermometer 3-000001'

# a memory of what was seen
P $good --memory "$W/memory" 'Thermometer 3-000001'
out: memory      begun, with 100 entries
P $good --memory "$W/memory" 'Thermometer 3-000001'
out: memory      100 entries continue the 100 that were seen last
$ cp -r "$W/good/registry" "$W/back" && cp "$W/good/yesterday" "$W/back/log/checkpoint" && rm -rf "$W/back/cache"
N 1 cal trace --registry "$W/back" --trust "$W/good/trust.txt" --at 2026-05-31T12:00:00Z --memory "$W/memory" 'Thermometer 3-000001'
err: it was rolled back, or the mirror is an old one
$ "$BUILD/tests/tools/make_registry" --devices 31 --levels 3 --parents 2 "$W/fork"
N 1 cal trace --registry "$W/fork/registry" --trust "$W/good/trust.txt" --at 2026-06-01 --memory "$W/memory" 'Thermometer 3-000001'
err: it shows two histories; keep both
N 3 $good --memory "$W/good/trust.txt" 'Thermometer 3-000001'
err: is no checkpoint of this registry

# witnesses: their word on the log's age, and nothing without it
$ "$BUILD/tests/tools/make_registry" --devices 30 --levels 3 --witness "$W/witness"
P $(trace witness) 'Thermometer 3-000001'
out: by witnesses' word
$ sed '/witness.example/d' "$W/witness/registry/log/checkpoint" >"$W/alone" && mkdir -p "$W/lonely" && cp -r "$W/witness/." "$W/lonely" && cp "$W/alone" "$W/lonely/registry/log/checkpoint" && rm -rf "$W/lonely/registry/log/checkpoints" "$W/lonely/registry/cache"
N 3 $(trace lonely) 'Thermometer 3-000001'
out: [cal.freshness

# bytes that are not as they were: never TRACEABLE with another meaning
$ "$BUILD/tests/tools/make_registry" --devices 2 --levels 1 "$W/small"
$ "$BUILD/tests/tools/mutate_calibration" registry "$W/small/registry" "$W/small/trust.txt" 2026-06-01T00:00:00Z 'Thermometer 1-000000' 97
P $(trace small) 'Thermometer 1-000000'
