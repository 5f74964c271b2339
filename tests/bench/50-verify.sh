#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Speed of `labseal verify`, as ratios to baselines measured in the same run: sha256sum over the payloads alone, and a
# shell loop of sha256sum, openssl cms -verify and openssl dgst over a hundred of the results.
#   VERIFY_RESULTS=10000 VERIFY_SIZE=300000 VERIFY_ENTRIES=1000000 VERIFY_TURNS=7 tests/bench/50-verify.sh
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 4
build=${BUILD:-build}
results=${VERIFY_RESULTS:-3000} size=${VERIFY_SIZE:-300000} entries=${VERIFY_ENTRIES:-1000000} turns=${VERIFY_TURNS:-5}
make -s BUILD="$build" "$build/labseal-audit" "$build/tests/tools/make_share" || exit 4
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT

# seconds COMMAND ...
seconds() {
	local start=$EPOCHREALTIME
	"$@" >/dev/null 2>&1
	echo "$EPOCHREALTIME - $start" | bc
}

median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }

# compare TURNS COMMAND BASELINE: both in turns; sets v and p to the medians, ratio to the median of the turns' ratios
compare() {
	local vs=() ps=() ratios=() i
	for ((i = 0; i < $1; i++)); do
		vs+=("$(seconds "$2")")
		ps+=("$(seconds "$3")")
		ratios+=("$(echo "scale=3; ${ps[i]} / ${vs[i]}" | bc)")
	done
	v=$(median "${vs[@]}") p=$(median "${ps[@]}") ratio=$(median "${ratios[@]}")
}

"$build/tests/tools/make_share" --results "$results" --events 0 --size "$size" "$work/share" || exit 4
share=$work/share/share trust=$work/share/trust.txt
verify() { "$build/labseal-audit" verify --trust "$trust" "$share"; }
payloads() { find "$share/results" -path '*/original/*' -type f -print0 | xargs -0 sha256sum; }
loop() {
	local folder
	for folder in $(find "$share/results" -mindepth 2 -maxdepth 2 -type d | head -n 100); do
		(cd "$folder" && sha256sum --check --quiet manifest.sha256)
		openssl cms -verify -binary -inform DER -in "$folder/manifest.sha256.p7s" -content "$folder/manifest.sha256" \
			-CAfile "$trust" -attime 1767225600 -out /dev/null
		sed '1,/^$/d; /^$/,$d' "$folder/manifest.tlog-proof" | openssl dgst -sha256
	done
}
# on as many processors as verify has
payloads_all() { find "$share/results" -path '*/original/*' -type f -print0 | xargs -0 -P "$(nproc)" -n 250 sha256sum; }
compare "$turns" verify payloads_all
all=$ratio
compare "$turns" verify payloads
l=$(median "$(seconds loop)" "$(seconds loop)" "$(seconds loop)")
rss=$( { /usr/bin/time -f %M "$build/labseal-audit" verify --trust "$trust" "$share" >/dev/null; } 2>&1 | tail -n 1)
echo "verify: $results results of $size bytes: $v s, $(echo "scale=1; $results / $v" | bc) results/s, peak $rss KiB"
echo "verify: sha256sum of the payloads alone, one process: $p s; ratio $ratio; as many processes as processors: ratio $all"
echo "verify: a shell loop would take $(echo "scale=1; $l * $results / 100" | bc) s; ratio $(echo "scale=1; $l * $results / 100 / $v" | bc)"

"$build/tests/tools/make_share" --no-folders --results "$entries" --events 0 --size 0 "$work/log" || exit 4
share=$work/log/share trust=$work/log/trust.txt
bytes=$(find "$share/log/tile/entries" -type f -print0 | xargs -0 cat | wc -c)
# SHA-256 of as many bytes, in pieces as long as an entry, and of as many nodes; in processes, as verify has threads
rate() { openssl speed -mr -seconds 1 -multi "$(nproc)" -bytes "$1" -evp sha256 2>/dev/null | sed -n 's/^+F:[0-9]*:[^:]*:\([0-9.]*\).*/\1/p'; }
ratios=()
for ((i = 0; i < turns; i++)); do
	v=$(seconds verify)
	bare=$(echo "scale=3; $bytes / $(rate $((bytes / entries))) + $entries * 65 / $(rate 65)" | bc)
	ratios+=("$(echo "scale=3; $bare / $v" | bc)")
done
rss=$( { /usr/bin/time -f %M "$build/labseal-audit" verify --trust "$trust" "$share" >/dev/null; } 2>&1 | tail -n 1)
echo "verify: a log of $entries entries, its folders gone: $v s, peak $rss KiB; SHA-256 alone: $bare s; ratio $(median "${ratios[@]}")"
