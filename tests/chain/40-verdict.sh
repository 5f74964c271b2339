#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One registry as a log and in a contract: the same verdict, levels and checks, to the byte; for a traceable device, and for each of
# many faults.  What may differ is by whose word the registry is how old: the log's heartbeats, or the chain's blocks.
set -uo pipefail
# shellcheck source=tests/chain/lib.sh
. "$(dirname "$0")/lib.sh"
need_node
registry=calibration.example/registry
device='Thermometer 3-000000'
at=2026-06-02T00:00:00Z
begin=1780272060 # of the chains: a minute after the last record of the log

# of FAULT: its registry in $work/FAULT, and every record of its log in $work/FAULT/records, in their order
of() {
	[ -d "$work/$1" ] && return
	"$build/tests/tools/make_registry" --devices 1 --levels 3 --organisations 1 --fault "$1" "$work/$1" >"$work/made" &&
		node "$here/entries.js" "$work/$1/registry" "$work/$1/records" || exit 4
}

# pinned FAULT: its trust file, with the contract's newest block
pinned() {
	"$labseal" cal chain pin --node "$url" --contract "$contract" >"$work/pin" || exit 4
	awk -v pin="$(cat "$work/pin")" '/^nmi / && !done { print pin; done = 1 } { print }' "$work/$1/trust.txt" >"$work/trust"
}

trace() { "$labseal" cal trace --json --trust "$work/trust" --at $at "$@" "$device"; }

# without_clock FILE: all of a verdict but whose clock it goes by, and when each report was in its log.
without_clock() {
	jq -S 'del(.registry.clock, .registry.root, .registry.time, .links[].logged) |
		(.checks[] | select(.check == "cal.freshness")) |= del(.words)' "$1"
}

# alone: whether the contract by itself (TraceCal_READ) has the device that was traced as traceable.
alone() {
	rpc eth_call "[{\"to\": \"0x$contract\", \"data\": \"0x0a6609b6$(jq -r .device.id "$work/node.json")\"}, \"latest\"]" |
		jq -r 'if .[-1:] == "1" then "traceable" else "not" end'
}

# same FAULT STATUS ALONE: contract and mirror say the same, which is this; and what the contract says alone.
same() {
	local log_status=0 node_status=0
	of "$1"
	deploy
	put "$work/$1"/records/*.txt >"$work/said" 2>&1 || {
		not_ok "$node: $1: the contract takes it" "$work/said"
		return
	}
	pinned "$1"
	trace --registry "$work/$1/registry" >"$work/log.json" 2>"$work/said" || log_status=$?
	trace --node "$url" >"$work/node.json" 2>>"$work/said" || node_status=$?
	if [ "$log_status $node_status" != "$2 $2" ]; then
		not_ok "$node: $1: exit status $log_status on the log, $node_status on the contract, instead of $2" "$work/said"
	elif ! diff <(without_clock "$work/log.json") <(without_clock "$work/node.json") >"$work/said" 2>&1; then
		not_ok "$node: $1: they differ" "$work/said"
	else
		check "$node: $1: the contract alone: $3" test "$(alone)" = "$3"
		ok "$node: $1: $(jq -r '.verdict + (if .first then ", " + .first.check else "" end)' "$work/node.json")"
	fi
}

# The contract does not even take it: for this reason.
refused() {
	of "$1"
	deploy
	expect_status 1 "$node: $1 is refused by the contract" put "$work/$1"/records/*.txt
	said "$node: $1 is refused by the contract: and why" "$2"
}

for node in ganache anvil; do
	start_node "$node" $begin
	same none 0 traceable
	check "$node: both have four levels" test "$(jq '[.links[].level] == [3, 2, 1, 0]' "$work/node.json")" = true
	check "$node: both say what the registry has" test "$(jq -c '[.registry.origin, .registry.size]' "$work/node.json")" = \
		"$(jq -c '[.registry.origin, .registry.size]' "$work/log.json")"
	check "$node: each by its own clock" test "$(jq -r .registry.clock "$work/log.json" "$work/node.json" | paste -sd ' ')" = 'heartbeat block'
	same technician-revoked 1 not
	same organisation-revoked 1 not
	same organisation-expired 1 traceable
	same scope-range 1 traceable
	same parent-older 1 traceable
	if [ "$node" = ganache ]; then # the rest is not the node's
		end_listening
		continue
	fi
	same overdue 1 traceable
	same report-revoked 1 not
	same device-revoked 1 not
	same technician-expired 1 traceable
	same parent-signature 1 traceable
	same technician-signature 1 traceable
	same nmi-unknown 1 traceable
	same uncertainty-smaller 1 traceable
	same revoked-later 0 not
	refused parent-unknown 'record: what is named is not here'
	refused cycle "level: a parent's is less"
	end_listening
done
