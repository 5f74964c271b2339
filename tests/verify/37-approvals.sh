#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The order of approvals: each is in the log before it is used, signed by the authority, and not used after its retirement.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

# approvals NAME OPTION ...: a log of seven seals, events among them, looked at as it was sealed.
approvals() {
	local name=$1
	shift
	new "$name" --results 4 --events 3 --size 20 --keys "$work/keys" --hardware "$@"
	share=$work/$name/share trust=$work/$name/trust.txt
}

# counts NAME KEY PASSED FAILED: what --json says of a check.
counts() {
	verify --trust "$trust" --json "$share" >"$work/json" 2>&1
	if jq -e --arg k "$2" --argjson p "$3" --argjson f "$4" \
		'.checks[] | select(.check == $k) | .passed == $p and .failed == $f' "$work/json" >"$work/said"; then
		ok "$1"
	else
		not_ok "$1" "$work/json"
	fi
}

approvals first
expect_status 0 'the approval is the first seal' verify --trust "$trust" "$share"
counts 'the check is counted' log.approvals 1 0

approvals none --approve 0
finds 'no approval at all' 1 log.approval.missing "results/2026/000001-plate1.eds/record.json"
said 'it names the index' 'index 0'

approvals late --approve 3
finds 'used before its approval' 1 log.approval.late "results/2026/000001-plate1.eds/record.json"
said 'it says where the approval is' 'in the log only from seal 3 on'
counts 'the check failed once' log.approvals 0 1

approvals foreign --foreign
finds "another authority's approval" 1 log.approval.wrong "events/2026/000001-approval/record.json"
finds 'with it the state has none' 1 log.approval.missing "events/2026/000001-approval/record.json"

approvals retired --retire 5
finds 'sealed after its retirement' 1 log.approval.retired "events/2026/000007-heartbeat/record.json"
said 'it says when it was retired' 'retired at seal 5'

# a checkpoint that was vouched for in a state that was not in the log yet
approvals quoted --approve 3 --batch 2 --evidence
finds 'quoted before its approval' 1 log.approval.late log/evidence/2/pcrs.txt

# what cannot be read proves nothing
echo >>"$work/first/share/events/2026/000001-approval/record.json"
share=$work/first/share trust=$work/first/trust.txt
finds 'an approval that was altered' 1 log.approval.unable "results/2026/000002-plate2.eds/record.json"

new own --results 0 --events 3 --event clock-back --approve 2 --keys "$work/keys" --hardware
share=$work/own/share trust=$work/own/trust.txt
expect_status 0 "the enclave's own word may come first" verify --trust "$trust" "$share"

# a trust file that knows no authority, and a result alone
share=$work/none/share/results/2026/000001-plate1.eds trust=$work/none/trust.txt
expect_status 0 'a result alone' verify --trust "$trust" "$share"
said 'it says what was not looked at' 'its approval'
