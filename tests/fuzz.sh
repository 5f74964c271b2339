#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run each fuzz target for FUZZ_SECONDS on its seeds (tests/corpus/NAME) and
# what earlier runs found (kept in the build folder); as many at a time as
# there are processors.
#
#   tests/fuzz.sh PROGRAM ...
set -u
seconds=${FUZZ_SECONDS:-60}

# One target; memory is bounded, so that a parser that allocates what it is told is found.
fuzz_one() {
	local program=$1 name log corpora
	name=$(basename "$program" _fuzz)
	log=$program.log
	corpora=("$program.corpus")
	mkdir -p "$program.corpus"
	[ -d "tests/corpus/$name" ] && corpora+=("tests/corpus/$name")
	if ASAN_OPTIONS=allocator_may_return_null=0 "$program" -max_total_time="$seconds" -rss_limit_mb=512 \
		-timeout=10 -artifact_prefix="$program." -print_final_stats=1 "${corpora[@]}" >"$log" 2>&1 </dev/null; then
		echo "ok $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
		return 0
	fi
	echo "FAILED $name: see $log"
	grep -aE 'ERROR|SUMMARY|Test unit written' "$log" | head -n 5
	return 1
}

if [ "${1:-}" = --one ]; then
	fuzz_one "$2"
	exit
fi

said=$(mktemp) || exit 4
trap 'rm -f "$said"' EXIT
printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 1 "$0" --one | tee "$said"
passed=$(grep -c '^ok ' "$said")
failed=$(($# - passed))
echo "fuzz: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
