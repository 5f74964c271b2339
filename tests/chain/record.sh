#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes tests/corpus/chain anew: what Anvil and Ganache answer to audit/chain/store_test's session.
set -uo pipefail
# shellcheck source=tests/chain/lib.sh
. "$(dirname "$0")/lib.sh"
need_node
corpus=$top/tests/corpus/chain
mkdir -p "$corpus"
scenario 2

for name in anvil ganache; do
	start_node "$name"
	deploy
	check "$name: records" put "$work"/s/0*.txt
	rpc evm_increaseTime '[60]' >/dev/null # the revocation comes later than the rest
	check "$name: the revocation" put "$work/s/revocation.txt"
	pin
	{ printf 'labseal/calibration-block/v1\nregistry %s\n' "$registry" && cat "$work/pin"; } >"$corpus/$name.pin"
	start proxy node "$here/proxy.js" "$url" "$corpus/$name.json"
	proxy=${listening##* }
	check "$name: the session" env CHAIN_NODE="$url" CHAIN_PIN="$corpus/$name.pin" "$build/audit/chain/store_test" "records_that_$name"
	kill "$proxy"
	wait "$proxy"
	listening=${listening% *}
done
