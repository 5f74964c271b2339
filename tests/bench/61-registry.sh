#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A registry of calibrations: how fast records are logged, a mirror is copied and verified, and the index made from the log.
#   REGISTRY_RECORDS=20000 REGISTRY_DEVICES=20000 tests/bench/61-registry.sh
# REGISTRY_MADE=DIR takes a registry that tests/tools/make_registry made.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 4
build=${BUILD:-build}
records=${REGISTRY_RECORDS:-20000} devices=${REGISTRY_DEVICES:-20000}
make -s BUILD="$build" "$build/labseal-audit" "$build/tests/tools/make_registry" || exit 4
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
labseal=$build/labseal-audit

# timed COMMAND ...: sets seconds, cpu and kilobytes
timed() {
	/usr/bin/time -f '%e %U %S %M' -o "$work/time" "$@" >"$work/said" || exit 4
	read -r seconds user system kilobytes <"$work/time"
	cpu=$(awk "BEGIN { print $user + $system }")
}

rate() { awk "BEGIN { printf \"%.0f\", $1 / ($2 > 0.01 ? $2 : 0.01) }"; }

"$labseal" cal init --origin registry.example/bench --log-key "$work/key" --make-key "$work/own" >/dev/null || exit 4
awk "BEGIN { for (i = 0; i < $records; i++) printf \"heartbeat --issued 20%02d-%02d-%02dT%02d:%02d:00Z\\n\", 10 + i / 483840, 1 + i / 40320 % 12, 1 + i / 1440 % 28, i / 60 % 24, i % 60 }" >"$work/batch"
timed "$labseal" cal issue --registry "$work/own" --batch "$work/batch"
echo "registry: $records records signed, checked and logged by one batch: $seconds s, $(rate "$records" "$seconds") a second; $kilobytes KiB"

made=${REGISTRY_MADE:-$work/made}
[ -f "$made/trust.txt" ] || "$build/tests/tools/make_registry" --devices "$devices" "$made" || exit 4
timed "$labseal" cal sync --trust "$made/trust.txt" "$made/registry" "$work/mirror"
entries=$(sed -n 2p "$work/mirror/log/checkpoint") bytes=$(du -sb "$work/mirror/log" | cut -f 1)
echo "registry: a mirror of $entries entries ($((bytes / 1048576)) MiB), each verified and indexed: $seconds s, $(rate "$entries" "$seconds") a second ($cpu s of processor); $kilobytes KiB"
timed "$labseal" cal sync --check "$work/mirror"
echo "registry: all of it hashed again, every tile compared, the index made anew: $seconds s, $(rate "$entries" "$seconds") entries a second; $kilobytes KiB (aim 1048576)"
timed "$labseal" cal sync "$made/registry" "$work/mirror"
echo "registry: a copy with nothing new: $seconds s"
