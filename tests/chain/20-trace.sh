#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Traces out of a contract, on each of two nodes: verdicts, as of earlier, pins, and a node that lies.
set -uo pipefail
# shellcheck source=tests/chain/lib.sh
. "$(dirname "$0")/lib.sh"
need_node

trace() { "$labseal" cal trace --node "$url" --trust "$work/trust" "$@"; }
utc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
newest_time() { printf '%d' "$(rpc eth_getBlockByNumber '["latest", false]' | jq -r .timestamp)"; }

# lies NAME STATUS WORDS: a node that lies so is found, and said.
lies() {
	local true_url=$url
	start lie node "$here/lie.js" "$url" "$1"
	expect_status "$2" "$node: $1" trace --at "$later" "$device"
	said "$node: $1: and says so" "$3"
	url=$true_url
}

# live_session: a contract with two levels and a revocation, looked at by the store's own test, as its recorded answers are.
live_session() {
	deploy
	scenario 2
	check "$node: two levels" put "$work"/s/0*.txt
	rpc evm_increaseTime '[60]' >/dev/null
	check "$node: two levels and a revocation" put "$work/s/revocation.txt"
	pin
	{ printf 'labseal/calibration-block/v1\nregistry %s\n' "$registry" && cat "$work/pin"; } >"$work/block"
	check "$node: the store's own test" env CHAIN_NODE="$url" CHAIN_PIN="$work/block" "$build/audit/chain/store_test" "records_that_$node"
}

for node in ganache anvil; do
	start_node "$node"
	deploy
	scenario 3
	device=$(cat "$work/s/names")
	check "$node: a chain of three is recorded" put "$work"/s/0*.txt
	pin
	cp "$work/trust" "$work/trust.before"
	before=$(newest_time)
	check "$node: by its record" trace "$device"
	said "$node: by its record: it is traceable" 'TRACEABLE'
	check "$node: by its name" trace --json 'Thermometer 1'
	expect_status 3 "$node: as of before the contract" trace --at 2026-01-01 "$device"
	expect_status 1 "$node: an unknown device" trace 'Thermometer 7'

	rpc evm_increaseTime '[7200]' >/dev/null
	check "$node: his organisation revokes the technician" put "$work/s/revocation.txt"
	later=$(utc $(($(newest_time) + 60)))
	check "$node: the old pin knows nothing of it" trace --at "$later" "$device"
	pin
	expect_status 1 "$node: the new pin does" trace --at "$later" "$device"
	said "$node: the new pin does: and says why" 'is revoked since'
	check "$node: as of before, with the new pin" trace --at "$(utc $((before + 60)))" "$device"

	if [ "$node" = ganache ]; then # the rest is not the node's
		live_session
		end_listening
		continue
	fi
	lies 'no revocation' 1 'it says another storage value than it proves'
	lies 'another header' 1 'the node lies'
	lies 'another record' 1 'is not what the contract holds'
	lies 'no record' 1 'does not give record'
	lies 'no block' 3 'does not have block'

	# a pin that the registry signed
	sed '/^block /d' "$work/trust" >"$work/trust.unpinned"
	mv "$work/trust.unpinned" "$work/trust"
	expect_status 3 "$node: no block is pinned" trace "$device"
	said "$node: no block is pinned: and says so" 'no signed pin was given'
	check "$node: a signed pin is made" "$labseal" cal chain pin --node "$url" --contract "$contract" \
		--registry "$registry" --key "$work/s/registry.pem" --output "$work/note"
	expect_status 1 "$node: a signed pin is believed" trace --at "$later" --pin "$work/note" "$device"
	sed 's/^block [0-9]*/block 3/' "$work/note" >"$work/altered"
	expect_status 1 "$node: an altered pin is not" trace --pin "$work/altered" "$device"
	said "$node: an altered pin is not: and says so" 'the pinned block'
	openssl ecparam -name prime256v1 -genkey -noout -out "$work/other.pem" || exit 4
	check "$node: another's pin is made" "$labseal" cal chain pin --node "$url" --contract "$contract" \
		--registry "$registry" --key "$work/other.pem" --output "$work/note"
	expect_status 3 "$node: another's pin is not believed" trace --pin "$work/note" "$device"

	live_session
	end_listening
done
