#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `labseal cal impact` over a share: every result's record is read and parsed.  The baseline is cat over the same files, found by find.
#   IMPACT_RESULTS=10000 tests/bench/62-impact.sh
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 4
build=${BUILD:-build}
results=${IMPACT_RESULTS:-10000}
make -s BUILD="$build" "$build/labseal-audit" "$build/tests/tools/make_registry" "$build/tests/tools/make_share" || exit 4
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
labseal=$build/labseal-audit

"$build/tests/tools/make_registry" --devices 30 --levels 3 "$work/r" || exit 4
impact() { # ARGUMENT ...
	"$labseal" cal impact --registry "$work/r/registry" --trust "$work/r/trust.txt" --at 2026-06-01T00:00:00Z --since 2026-05-20 \
		"$@" 'Thermometer 1-000000'
}
impact --json >"$work/impact" || exit 4
jq -c '.touched[5] | {verdict: "TRACEABLE", device: "Thermometer", device_id: .device.id, quantity: null, report: .report.id,
	performed: "2026-05-22T00:00:00.000Z", due: null, registry: {origin: "calibration.example/registry", size: 100, root: ("0" * 64), time: null},
	checked: "2026-05-25T00:00:00.000Z", reason: null}' "$work/impact" | sed 's/"root":"0/"root":"1/' >"$work/status"
"$build/tests/tools/make_share" --results "$results" --events 1 --size 10 --batch 100 --start 1779667200 --calibration "$work/status" "$work/share" || exit 4

# timed COMMAND ...: its seconds, and its processor's; the second time, when the files are in memory.
timed() {
	"$@" >/dev/null || exit 4
	/usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@" >"$work/said" || exit 4
	awk '{ print $1, $2 + $3, $4 }' "$work/time"
}
read_all() { find "$work/share/share/results" -name record.json -exec cat {} +; }
export -f read_all
export work
read -r baseline _ <<<"$(timed bash -c read_all)"
export labseal
export -f impact
read -r seconds cpu kilobytes <<<"$(timed bash -c "impact --json --results '$work/share/share'")"
touched=$(jq '.results | length' "$work/said")
awk -v n="$results" -v t="$touched" -v s="$seconds" -v c="$cpu" -v b="$baseline" -v k="$kilobytes" 'BEGIN {
	printf "impact: a share of %d results, %d of them touched: %.2f s (%.2f s of processor, %d KiB), %.0f a second; cat of all records %.2f s: ratio %.1f\n", n, t, s, c, k, n / s, b, s / b }'
