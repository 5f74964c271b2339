# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the tests of the contract share: nodes on the loopback. Sourced after `set -uo pipefail`.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

here=$top/tests/chain
modules=$top/${DEPS:-.deps}/npm/test/node_modules
registry=example.org/calibration
listening=''
at_end='end_listening'

end_listening() {
	[ -z "$listening" ] || kill $listening 2>/dev/null # ours alone, by their ids
	listening=''
}

# need_node: ends the test, skipped, where npm's packages are not there.
need_node() {
	command -v node >/dev/null && [ -d "$modules/solc" ] && [ -d "$modules/ganache" ] && return
	skip "$(basename "$0" .sh)" 'Node.js or the packages of scripts/npm/test are not there (make deps)'
	exit
}

# start NAME COMMAND ...: in the background, until it says where it listens; $url is its address.
start() {
	local name=$1
	shift
	: >"$work/$name.out"
	"$@" >"$work/$name.out" 2>&1 &
	listening="$listening $!"
	for _ in $(seq 600); do
		url=http://$(sed -n 's/^Listening on //p' "$work/$name.out")
		[ "$url" = http:// ] || return 0
		kill -0 $! 2>/dev/null || break
		sleep 0.1
	done
	cat "$work/$name.out"
	exit 4
}

# start_node anvil|ganache [SECONDS]: the time at which its chain begins, now; $account_0 and $account_1 are two of its accounts.
# shellcheck disable=SC2034 # who sources this uses them
start_node() {
	case $1 in
	anvil) start anvil "$(echo "$modules"/@foundry-rs/anvil-*/bin/anvil)" --host 127.0.0.1 --port 0 ${2:+--timestamp "$2"} ;;
	ganache) start ganache node "$here/ganache.js" "$modules" ${2:+"$2"} ;;
	esac
	account_0=$(rpc eth_accounts | jq -r '.[0]')
	account_1=$(rpc eth_accounts | jq -r '.[1]')
}

# rpc METHOD [PARAMS]: the result.
rpc() {
	jq -n --arg method "$1" --argjson params "${2:-[]}" '{jsonrpc: "2.0", id: 1, method: $method, params: $params}' |
		curl -sS --max-time 60 -H 'Content-Type: application/json' --data-binary @- "$url" | jq -c .result
}

# deploy: an empty registry; $contract is its address.
deploy() {
	"$labseal" cal chain deploy --node "$url" --from "$account_0" --registry "$registry" >"$work/deployed" 2>"$work/said" || {
		cat "$work/said"
		exit 4
	}
	contract=$(sed -n 's/^contract [0-9]* //p' "$work/deployed")
}

put() { "$labseal" cal chain put --node "$url" --contract "$contract" --from "${from:-$account_0}" "$@"; }

# pin: the newest block's lines go into a trust file.
pin() {
	"$labseal" cal chain pin --node "$url" --contract "$contract" >"$work/pin" || exit 4
	cat "$work/s/trust.head" "$work/pin" "$work/s/trust.tail" >"$work/trust"
}

# scenario LEVELS: records in $work/s, begun a month ago.
scenario() {
	rm -rf "$work/s"
	node "$here/scenario.js" "$work/s" "$1" $(($(date +%s) - 30 * 86400)) || exit 4
}
