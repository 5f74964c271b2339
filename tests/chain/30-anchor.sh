#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A checkpoint's digest in a contract: written, proven, refused.
set -uo pipefail
# shellcheck source=tests/chain/lib.sh
. "$(dirname "$0")/lib.sh"
need_node
start_node anvil
deploy
scenario 1
prove() { "$labseal" cal anchor --check --node "$url" --trust "$work/trust" "$@"; }

pin
expect_status 1 'what was not anchored' prove "$work/s/checkpoint"
said 'what was not anchored: it is proven that it is not there' 'no checkpoint with the digest'
check 'a checkpoint is anchored' "$labseal" cal anchor --node "$url" --contract "$contract" --from "$account_1" "$work/s/checkpoint"
expect_status 1 'before the pinned block it was not' prove "$work/s/checkpoint"
pin
check 'as of the newest block it is' prove "$work/s/checkpoint"
said 'as of the newest block it is: since when' 'was there by 20'
rpc evm_increaseTime '[3600]' >/dev/null
check 'anchored again' "$labseal" cal anchor --node "$url" --contract "$contract" --from "$account_0" "$work/s/checkpoint"
prove "$work/s/checkpoint" >"$work/first" 2>&1
pin
check 'the first time stands' prove "$work/s/checkpoint"
check 'the first time stands: it is the same' test "$(sed 's/; proven.*//' "$work/said")" = "$(sed 's/; proven.*//' "$work/first")"

sed '2s/.*/5/' "$work/s/checkpoint" >"$work/altered"
expect_status 1 'a checkpoint that the registry did not sign' prove "$work/altered"
expect_status 2 'no trust file' "$labseal" cal anchor --check "$work/s/checkpoint"
said 'no trust file: and says so' '--check needs --trust'
expect_status 3 'no node' "$labseal" cal anchor --check --node http://127.0.0.1:1 --trust "$work/trust" "$work/s/checkpoint"
said 'no node: and says so' 'does not answer'
end_listening
