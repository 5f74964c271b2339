#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A trace of some levels: the contract's own functions on Anvil and on Ganache (eth_call), labseal over that contract with
# every word proven, and labseal on a mirror of the same registry, in one run.  docs/bench.md says what each checks, and
# tests/chain/40-verdict.sh shows it.  The last lines are a table.
#   CONTRACT_TURNS=21 CONTRACT_SECONDS=60 CONTRACT_LEVELS='1 6 20 50' tests/bench/65-contract.sh
# A figure is the median of CONTRACT_TURNS, or of as many as CONTRACT_SECONDS had room for: Ganache takes seconds for a call of many
# levels.  CONTRACT_SKIP=ganache leaves one out.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 4
build=${BUILD:-build}
turns=${CONTRACT_TURNS:-5} seconds=${CONTRACT_SECONDS:-5} levels=${CONTRACT_LEVELS:-1 6 20}
modules=${DEPS:-.deps}/npm/test/node_modules
if ! command -v node >/dev/null || [ ! -d "$modules/ganache" ]; then
	echo 'contract: not measured: Node.js or the packages of scripts/npm/test are not there (make deps)'
	exit 0
fi
make -s BUILD="$build" "$build/labseal-audit" "$build/tests/bench/tracing" "$build/tests/tools/make_registry" || exit 4
work=$(mktemp -d) || exit 4
node_id=''
trap '[ -z "$node_id" ] || kill "$node_id"; rm -rf "$work"' EXIT
at=2026-06-02T00:00:00Z
begin=1780272060 # of the chain: a minute after the registry's last record
deepest=$(tr ' ' '\n' <<<"$levels" | sort -n | tail -n 1)

start() { # NAME: sets url
	: >"$work/$1"
	case $1 in
	anvil) "$(echo "$modules"/@foundry-rs/anvil-*/bin/anvil)" --host 127.0.0.1 --port 0 --timestamp $begin --gas-limit 3000000000 >"$work/$1" 2>&1 & ;;
	ganache) node tests/chain/ganache.js "$modules" "$begin" >"$work/$1" 2>&1 & ;;
	esac
	node_id=$!
	for _ in $(seq 600); do
		url=http://$(sed -n 's/^Listening on //p' "$work/$1")
		[ "$url" = http:// ] || return 0
		sleep 0.1
	done
	cat "$work/$1"
	exit 4
}

# process_time COMMAND ...: the clock's milliseconds of a whole process, median; at most so many turns, or seconds.
process_time() {
	local i before until=$((SECONDS + seconds))
	for ((i = 0; i < turns && (i == 0 || SECONDS < until); i++)); do
		before=${EPOCHREALTIME/./}
		"$@" >"$work/said" 2>&1 || { cat "$work/said" >&2; exit 4; }
		echo $((${EPOCHREALTIME/./} - before))
	done | sort -n | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] / 1000 }'
}

trust_with_pin() {
	"$build/labseal-audit" cal chain pin --node "$url" --contract "$1" >"$work/pin" || exit 4
	awk -v pin="$(cat "$work/pin")" '/^nmi / && !done { print pin; done = 1 } { print }' "$work/made/trust.txt" >"$work/trust"
}

"$build/tests/tools/make_registry" --devices 3 --levels 1 --organisations 1 --deep "$deepest" "$work/made" || exit 4
for name in anvil ganache; do
	[ "${CONTRACT_SKIP:-}" = "$name" ] && continue
	start "$name"
	# shellcheck disable=SC2086 # levels are words
	node tests/bench/contract.js "$url" "$work/made/registry" audit/chain/CalibrationRegistry.hex "$turns" "$seconds" $levels >"$work/calls" || exit 4
	sed -n "s/^gas /contract: $name: gas of /p" "$work/calls"
	trust_with_pin "$(sed -n 's/^contract //p' "$work/calls")"
	while read -r level _ plain _ _ _ _ sealed _ _ _ _ gas _ device; do
		proven=$(process_time "$build/labseal-audit" cal trace --node "$url" --trust "$work/trust" --at $at "$device") || exit 4
		echo "contract: $name: $level levels: TraceCal_READ $plain ms, TraceCal_SEALED $sealed ms ($gas gas); labseal over it, all proven, whole process $proven ms"
		echo "$plain $sealed $proven" >"$work/$name.$level"
	done < <(sed -n 's/^call //p' "$work/calls")
	kill "$node_id"
	wait "$node_id" 2>/dev/null
	node_id=''
done

for level in $levels; do
	device=$(sed -n "s/^call $level .* device //p" "$work/calls")
	said=$("$build/tests/bench/tracing" one "$work/made/registry" "$work/made/trust.txt" $at "$turns" "$device") || exit 4
	whole=$(process_time "$build/labseal-audit" cal trace --registry "$work/made/registry" --trust "$work/made/trust.txt" --at $at "$device") || exit 4
	awk -v level="$level" -v whole="$whole" '{ v[$1] = $2 } END {
		printf "contract: mirror: %s levels: labseal cold %.2f ms, warm %.3f ms (%d signatures); whole process %s ms\n", level, v["cold"] * 1000, v["warm"] * 1000, v["signatures"], whole
		printf "%.2f %.3f %s %d\n", v["cold"] * 1000, v["warm"] * 1000, whole, v["signatures"] >("'"$work"'/mirror." level) }' <<<"$said"
done

row() { cat "$work/$1" 2>/dev/null || echo - - -; }
echo '| levels | Anvil: no signatures, seals | labseal over it | Ganache: no signatures, seals | labseal over it | labseal, mirror: cold, warm | whole process | its signatures |'
echo '|---|---|---|---|---|---|---|---|'
for level in $levels; do
	echo "$level $(row "anvil.$level") $(row "ganache.$level") $(row "mirror.$level")" |
		awk '{ printf "| %s | %s, %s | %s | %s, %s | %s | %s, %s | %s | %s |\n", $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 }'
done
