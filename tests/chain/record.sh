#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Makes tests/corpus/chain anew: what Anvil and Ganache answer to audit/chain/store_test's session, and seal_test's.
set -uo pipefail
# shellcheck source=tests/chain/lib.sh
. "$(dirname "$0")/lib.sh"
need_node
corpus=$top/tests/corpus/chain
mkdir -p "$corpus"
scenario 2

# recorded NAME FILE env ...: what it asks the node, and is answered, in FILE.
recorded() {
	local name=$1 file=$2 proxy
	shift 3
	start proxy node "$here/proxy.js" "$url" "$file"
	proxy=${listening##* }
	check "$name" env CHAIN_NODE="$url" "$@"
	kill "$proxy"
	wait "$proxy"
	listening=${listening% *}
}

for name in anvil ganache; do
	start_node "$name"
	deploy
	check "$name: records" put "$work"/s/0*.txt
	rpc evm_increaseTime '[60]' >/dev/null # the revocation comes later than the rest
	check "$name: the revocation" put "$work/s/revocation.txt"
	pin
	{ printf 'labseal/calibration-block/v1\nregistry %s\n' "$registry" && cat "$work/pin"; } >"$corpus/$name.pin"
	real_url=$url
	recorded "$name: the session" "$corpus/$name.json" env CHAIN_PIN="$corpus/$name.pin" "$build/audit/chain/store_test" "records_that_$name"

	url=$real_url
	deploy
	check "$name: a level with accounts" put --seal "$work"/s/00[0-6]-*.txt
	printf '%s\n%s\n' "$contract" "$account_0" >"$corpus/seal-$name.accounts"
	cp "$work/s/007-report.txt" "$corpus/seal-$name.record"
	recorded "$name: seals" "$corpus/seal-$name.json" env CHAIN_SEAL="$corpus/seal-$name" "$build/audit/chain/seal_test" "seals_that_$name"
done
