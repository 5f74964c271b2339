#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An instrument's calibration becomes due while it measures: its results wait, durable and unsealed, as the policy wants it,
# until it is calibrated again; each record says what held when the result was received, and an auditor's registry agrees.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/registry.sh
. "$top/tests/e2e/registry.sh"

home=$work/lab
mkdir -m 0700 "$home"

saving_guest "$home/initrd" || exit 4
{
	policy_of test-57 "$home/state" "$home/share" "$build/images/vmlinuz" "$home/initrd"
	cat <<-END
		channel: {type: virtio}
		signing: {tpm: embedded}
		calibration: {device: 7500-01, registry: $work/registry, trust: $work/registry-trust.txt, quantity: temperature, after-due: refuse}
	END
} >"$home/policy.yaml"

status() { jq -r "$1" "$home/state/status.json" 2>/dev/null; }
is() { [ "$(status "$1")" = "$2" ]; }
logged() { grep -q "$1" "$work/log"; }
# says FILTER: some sealed result's record does.
says() { cat "$home"/share/results/*/*/record.json 2>/dev/null | jq -e -s "any(.[]; $1)"; }
results() { compgen -G "$home/share/results/*/*" | wc -l; }
eventually() {
	local name=$1 seconds=$2
	shift 2
	if wait_for "$seconds" "$@"; then ok "$name"; else not_ok "$name" "$work/log"; fi
}

daemon=''
stop() {
	local status=0
	kill -TERM "$daemon"
	wait "$daemon" || status=$?
	daemon=''
	return $status
}
at_end='[ -z "$daemon" ] || stop 2>/dev/null'

check 'it is provisioned' "$labseal" provision "$home/policy.yaml"
check 'a laboratory has a registry' registry_of 7500-01
check 'the instrument is calibrated' calibrate 7500-01 L-1 "$(date -u -d yesterday +%FT%TZ)" 2089-01-01
"$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
daemon=$!

eventually 'it is traceable' 120 is .calibration TRACEABLE
eventually 'which a result says, by its report and the registry' 150 says '.calibration.verdict == "TRACEABLE" and .calibration.registry.size > 8'
check 'it is calibrated anew, for a short time' calibrate 7500-01 L-2 "$(date -u +%FT%TZ)" "$(date -u -d '25 seconds' +%FT%TZ)"
eventually 'that it is due soon is told' 120 logged calibration.due-soon
eventually 'it becomes due' 150 is .calibration 'NOT TRACEABLE'
check 'and its results are kept' is .calibrated.results kept
kept() { [ "$(status .queue)" -ge "$1" ]; }
eventually 'they wait' 150 kept 3
before=$(results)
eventually 'more and more of them' 150 kept 6
check 'none of which is sealed' test "$(results)" -le $((before + 1)) # one may have been on its way
check 'while the change is, as an event' compgen -G "$home/share/events/*/*-calibration"
check 'and so was that it would be due' compgen -G "$home/share/events/*/*-calibration-due"
expect_status 1 'labseal status says that all is not well' "$labseal" status "$home/policy.yaml"
said 'and why' 'RESULTS ARE KEPT, NOT SEALED'
check 'the log says what to do' logged 'calibration.hold: results are not sealed, as the policy wants it.*labseal cal sync'

check 'it is calibrated for a year' calibrate 7500-01 L-3 "$(date -u +%FT%TZ)" "$(date -u -d '1 year' +%FT%TZ)"
eventually 'which takes effect at once' 30 is .calibration TRACEABLE
sealed_again() { says '.calibration.reason.id == "calibration.due"' && says ".calibration.due > \"$(date -u -d '300 days' +%F)\""; }
eventually 'what waited is sealed as received after the due date, what comes as traceable' 150 sealed_again
check 'labseal status says that all is well' "$labseal" status "$home/policy.yaml"
check 'it stops in order' stop
"$labseal" trust "$home/policy.yaml" >"$work/trust.txt" 2>/dev/null
check 'the share verifies, and the registry says what the records say' "$labseal" verify --trust "$work/trust.txt" \
	--calibration "$registry" --calibration-trust "$registry_trust" "$home/share"
said 'of those that say TRACEABLE' 'ok      result.calibration'
said 'and the others are told' 'it was received after the calibration was due'

# --- the trust file lies on a share whose server dies: opening it never comes back ---------------------------------

before=$(results)
"$build/tests/tools/hang_open" "$registry_trust" "$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
daemon=$!
more() { [ "$(results)" -gt "$((before + $1))" ]; }
eventually 'results are sealed beside a trust file that does not come' 150 more 3
waiting() { [ "$(cat "/proc/$(sed -n 's/^hangs //p' "$work/log" | tail -n 1)/comm")" = labseal-calibra ]; }
eventually 'labseal-calibration waits for it' 150 waiting
late() { is .calibration 'CANNOT BE SHOWN' && logged 'calibration.late'; }
eventually 'that it is late is told' 150 late
before=$(results)
eventually 'and results are sealed on' 150 more 3
check 'which say so' says '.calibration.reason.id == "calibration.late"'
check 'it stops in order, also now' stop
