#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a trace of a calibration costs, against the signature checks in it alone (`openssl speed` in the same run).
#   CAL_DEVICES=1000000 CAL_TURNS=21 CAL_SIZES='10 100 1000 10000 100000 1000000' CAL_LEVELS='1 2 5 10 20 50' \
#   CAL_PICTURES=docs/bench tests/bench/60-calibration.sh
# CAL_REGISTRY=DIR keeps the large registry there, and takes it up when it is there; CAL_DEVICES is then what DIR/devices says.
set -uo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 4
build=${BUILD:-build}
turns=${CAL_TURNS:-11} levels=${CAL_LEVELS:-1 2 5 10 20 50}
make -s BUILD="$build" "$build/tests/bench/tracing" "$build/tests/bench/curves" "$build/tests/tools/make_registry" || exit 4
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
pictures=${CAL_PICTURES:-$work/pictures}
mkdir -p "$pictures"
at=2026-06-01T00:00:00Z

# How many ECDSA P-256 signatures OpenSSL verifies in a second of the processor.
verifications() {
	openssl speed -mr -seconds 3 ecdsap256 2>/dev/null | sed -n 's/^+F4:[0-9]*:[0-9]*:[^:]*:\([0-9.e+-]*\)$/\1/p' | tail -n 1
}

field() { sed -n "s/^$1 //p"; }
calculate() { awk "BEGIN { printf \"%.$1f\", $2 }"; }

# measure FOLDER DEVICE: sets links, signatures, opened, cold (by the clock), both (of all processors meanwhile), alone (one
# thread, of the processor), warm, limit (seconds)
measure() {
	local said
	said=$("$build/tests/bench/tracing" one "$1/registry" "$1/trust.txt" $at "$turns" "$2") || exit 4
	links=$(field links <<<"$said") signatures=$(field signatures <<<"$said") opened=$(field open <<<"$said")
	cold=$(field cold <<<"$said") both=$(field processor <<<"$said")
	alone=$(field alone <<<"$said") warm=$(field warm <<<"$said")
	limit=$(calculate 9 "$signatures / $rate")
}

tell() { # WHAT
	echo "calibration: $1: $links links, $signatures signatures: cold by the clock, $(nproc) threads: $(calculate 3 "$cold * 1000") ms, $(calculate 2 "$cold / $limit") times the signatures alone by one ($(calculate 3 "$limit * 1000") ms, aim 1.3), $(calculate 2 "$both / $limit") times of the processors; by one thread $(calculate 3 "$alone * 1000") ms of the processor, $(calculate 2 "$alone / $limit") times; warm $(calculate 4 "$warm * 1000") ms; opening $(calculate 3 "$opened * 1000") ms"
}

large=${CAL_REGISTRY:-$work/large}
devices=${CAL_DEVICES:-$(cat "$large/devices" 2>/dev/null || echo 20000)}
# powers of ten; the large registry is one of them where it is as large
sizes=${CAL_SIZES:-$(awk "BEGIN { for (n = 10; n <= $devices; n *= 10) printf \"%d \", n }")}
echo "calibration: $(nproc) processors, load before: $(cut -d ' ' -f 1-3 /proc/loadavg)"
rate=$(verifications)
if [ ! -f "$large/trust.txt" ]; then
	start=$EPOCHREALTIME
	"$build/tests/tools/make_registry" --devices "$devices" --deep 50 "$large" || exit 4
	echo "$devices" >"$large/devices"
	echo "calibration: a registry of $devices field devices and their standards was made in $(calculate 1 "$EPOCHREALTIME - $start") s"
fi
# the index, which opening makes where it is not there, is not what is measured
"$build/labseal-audit" cal trace --registry "$large/registry" --trust "$large/trust.txt" --at $at 'Thermometer 50-000000' >/dev/null || exit 4
last=$(awk "BEGIN { n = $devices; l = 0; while (10 ^ l < n) l++; print l ? l : 1 }")
measure "$large" "Thermometer $last-000001"
tell "$devices devices, $last levels below the national standard"
measure "$large" 'Thermometer 50-000000'
tell "$devices devices, 50 levels"

# All of a process: what the libraries it is linked with take to load is in it, as often as there is a question.
process() { # COMMAND ...: milliseconds of the processor, the median
	local i
	for ((i = 0; i < turns; i++)); do
		/usr/bin/time -a -o "$work/processes" -f '%U %S' "$@" >"$work/said" || exit 4
	done
	awk '{ print ($1 + $2) * 1000 }' "$work/processes" | sort -n | sed -n "$((turns / 2 + 1))p"
	rm -f "$work/processes"
}
echo "calibration: a process that traces 50 levels: $(process "$build/labseal-audit" cal trace --registry "$large/registry" --trust "$large/trust.txt" --at $at 'Thermometer 50-000000') ms; one that tells its version: $(process "$build/labseal-audit" --version) ms (of the processor, to 10 ms)"

said=$("$build/tests/bench/tracing" all "$large/registry" "$large/trust.txt" $at 2) || exit 4
seconds=$(field seconds <<<"$said") all=$(field devices <<<"$said") signatures=$(field signatures <<<"$said")
processor=$(field processor <<<"$said") meanwhile=$(field meanwhile <<<"$said")
# What cannot be done without: each signature of the log once.  A device's one report has two, all else one; what the
# memo had no more room for is verified again, and counts for nothing.
once=$(($(sed -n 2p "$large/registry/log/checkpoint") + all))
rate=$(calculate 1 "($rate + $(verifications)) / 2")
echo "calibration: the whole registry, $all devices ($(field traceable <<<"$said") TRACEABLE), two threads: $(calculate 1 "$seconds") s by the clock, $(calculate 1 "$processor") s of the processors, $(calculate 2 "$processor * $rate / $once") times each of its $once signatures once by what was verified a second before and after ($(calculate 0 "$rate")), $(calculate 2 "$processor * $meanwhile / $once") by what was verified a second meanwhile ($(calculate 0 "$meanwhile"); aim 1.3; $signatures were verified); $(field kilobytes <<<"$said") KiB (aim 1048576)"

for n in $sizes; do
	made=$work/n$n
	if [ "$n" -eq "$devices" ]; then
		made=$large
	else
		"$build/tests/tools/make_registry" --devices "$n" "$made" || exit 4
	fi
	last=$(awk "BEGIN { n = $n; l = 0; while (10 ^ l < n) l++; print l ? l : 1 }")
	measure "$made" "Thermometer $last-000000"
	printf '%s\t%s\n' "$n" "$(calculate 6 "$cold * 1000")" >>"$work/size-cold"
	printf '%s\t%s\n' "$n" "$(calculate 6 "$alone * 1000")" >>"$work/size-alone"
	printf '%s\t%s\n' "$n" "$(calculate 6 "$warm * 1000")" >>"$work/size-warm"
	printf '%s\t%s\n' "$n" "$(calculate 6 "$limit * 1000")" >>"$work/size-limit"
	rm -rf "$work/n$n"
done
"$build/tests/tools/make_registry" --devices 10 --deep 50 "$work/deep" || exit 4
for l in $levels; do
	measure "$work/deep" "Thermometer $l-00000$([ "$l" -gt 1 ] && echo 0 || echo 9)"
	printf '%s\t%s\n' "$links" "$(calculate 6 "$cold * 1000")" >>"$work/level-cold"
	printf '%s\t%s\n' "$links" "$(calculate 6 "$alone * 1000")" >>"$work/level-alone"
	printf '%s\t%s\n' "$links" "$(calculate 6 "$warm * 1000")" >>"$work/level-warm"
	printf '%s\t%s\n' "$links" "$(calculate 6 "$limit * 1000")" >>"$work/level-limit"
done
series() { # NAME: the lines of its four curves
	sed "s/^/cold, by the clock: $(nproc) threads\t/" "$work/$1-cold"
	sed 's/^/cold, by one thread\t/' "$work/$1-alone"
	sed 's/^/warm: asked again\t/' "$work/$1-warm"
	sed 's/^/the signatures alone (openssl speed)\t/' "$work/$1-limit"
}
series size | "$build/tests/bench/curves" 'A trace in registries of many sizes' 'field devices, power of ten' 'milliseconds' log >"$pictures/calibration-devices.svg" || exit 4
series level | "$build/tests/bench/curves" 'A trace over many levels' 'links from the device to the national standard' 'milliseconds' linear >"$pictures/calibration-levels.svg" || exit 4
echo "calibration: pictures are in $pictures; load after: $(cut -d ' ' -f 1-3 /proc/loadavg)"

# Certificates (DCC): a folder of them is read, each one's signature, path and revocation list checked, and indexed.
# At the least that is three ECDSA verifications each: of the document, of its signer's certificate, of the list.
documents=${CAL_DOCUMENTS:-100}
import() {
	local start seconds
	python3 tests/tools/make_dcc.py --many "$documents" "$work/documents" || return
	start=$EPOCHREALTIME
	"$build/labseal-audit" cal show --trust "$work/documents.trust" --folder "$work/documents" "$work/documents/0.xml" >/dev/null || return
	seconds=$(calculate 4 "$EPOCHREALTIME - $start")
	echo "calibration: $documents certificates (DCC) of $(($(stat -c %s "$work/documents/1.xml") / 1024)) KiB read and checked in $seconds s, $(calculate 0 "$documents / $seconds") a second on one core; its signatures alone take 1/$(calculate 1 "$seconds * $rate / 3 / $documents") of that"
}
if command -v xmlsec1 >/dev/null && command -v python3 >/dev/null; then import || exit 4; fi
