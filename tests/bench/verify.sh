#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Speed of `labseal verify`, as ratios to baselines measured in the same run: sha256sum over the payloads alone, and a
# shell loop of sha256sum, openssl cms -verify and openssl dgst over a hundred of the results.
#   VERIFY_RESULTS=10000 VERIFY_SIZE=30000 VERIFY_ENTRIES=1000000 tests/bench/verify.sh
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 4
build=${BUILD:-build}
results=${VERIFY_RESULTS:-3000} size=${VERIFY_SIZE:-30000} entries=${VERIFY_ENTRIES:-200000}
make -s BUILD="$build" "$build/labseal-audit" "$build/tests/tools/make_share" || exit 4
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT

# best COMMAND ...: the shortest of three runs, in seconds
best() {
	local least='' start seconds
	for _ in 1 2 3; do
		start=$EPOCHREALTIME
		"$@" >/dev/null 2>&1
		seconds=$(echo "$EPOCHREALTIME - $start" | bc)
		if [ -z "$least" ] || [ "$(echo "$seconds < $least" | bc)" = 1 ]; then least=$seconds; fi
	done
	echo "$least"
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
v=$(best verify) p=$(best payloads) l=$(best loop)
rss=$( { /usr/bin/time -f %M "$build/labseal-audit" verify --trust "$trust" "$share" >/dev/null; } 2>&1 | tail -n 1)
echo "verify: $results results of $size bytes: $v s, $(echo "scale=1; $results / $v" | bc) results/s, peak $rss KiB"
echo "verify: sha256sum of the payloads alone: $p s; ratio $(echo "scale=2; $p / $v" | bc)"
echo "verify: a shell loop would take $(echo "scale=1; $l * $results / 100" | bc) s; ratio $(echo "scale=1; $l * $results / 100 / $v" | bc)"

"$build/tests/tools/make_share" --no-folders --results "$entries" --events 0 --size 0 "$work/log" || exit 4
share=$work/log/share trust=$work/log/trust.txt
bytes=$(find "$share/log/tile/entries" -type f -print0 | xargs -0 cat | wc -c)
rates=$(openssl speed -mr -seconds 1 -bytes $((bytes / entries)) -evp sha256 2>/dev/null | sed -n 's/^+F:[0-9]*:[^:]*:\([0-9.]*\).*/\1/p')
nodes=$(openssl speed -mr -seconds 1 -bytes 65 -evp sha256 2>/dev/null | sed -n 's/^+F:[0-9]*:[^:]*:\([0-9.]*\).*/\1/p')
v=$(best verify)
bare=$(echo "scale=3; ($bytes / $rates + $entries * 65 / $nodes) / $(nproc)" | bc)
echo "verify: a log of $entries entries, its folders gone: $v s; SHA-256 alone on $(nproc) processors: $bare s; ratio $(echo "scale=2; $bare / $v" | bc)"
