#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run each fuzz target for FUZZ_SECONDS on its seeds (tests/corpus/NAME) and
# what earlier runs found (kept in the build folder).
#
#   tests/fuzz.sh PROGRAM ...
set -u
seconds=${FUZZ_SECONDS:-60}
passed=0 failed=0
for program; do
	name=$(basename "$program" _fuzz)
	found=$program.corpus
	corpora=("$found")
	[ -d "tests/corpus/$name" ] && corpora+=("tests/corpus/$name")
	mkdir -p "$found"
	log=$program.log
	# memory is bounded, so that a parser that allocates what it is told is found
	if ASAN_OPTIONS=allocator_may_return_null=0 "$program" -max_total_time="$seconds" -rss_limit_mb=512 \
		-timeout=10 -artifact_prefix="$program." -print_final_stats=1 "${corpora[@]}" \
		>"$log" 2>&1 </dev/null; then
		passed=$((passed + 1))
		echo "ok $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
	else
		failed=$((failed + 1))
		echo "FAILED $name: see $log"
		grep -aE 'ERROR|SUMMARY|Test unit written' "$log" | head -n 5
	fi
done
echo "fuzz: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
