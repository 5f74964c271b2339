#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run each fuzz target for FUZZ_SECONDS on its seeds (tests/corpus/NAME) and
# what earlier runs found (kept in the build folder); as many at a time as
# there are processors.  Those that FUZZ_MINUTE names run for a minute at the least.
#
#   FUZZ_SECONDS=20 FUZZ_MINUTE='frame assemble' tests/fuzz.sh PROGRAM ...
set -u
seconds=${FUZZ_SECONDS:-60}
minute=${FUZZ_MINUTE:-}

# One target; memory is bounded, so that a parser that allocates what it is told is found.
fuzz_one() {
	local program=$1 seconds=$seconds name log corpora
	name=$(basename "$program" _fuzz)
	if [[ " $minute " == *" $name "* ]] && [ "$seconds" -lt 60 ]; then seconds=60; fi
	log=$program.log
	corpora=("$program.corpus")
	mkdir -p "$program.corpus"
	[ -d "tests/corpus/$name" ] && corpora+=("tests/corpus/$name")
	if ASAN_OPTIONS=allocator_may_return_null=0 "$program" -max_total_time="$seconds" -rss_limit_mb=512 \
		-timeout=10 -artifact_prefix="$program." -print_final_stats=1 "${corpora[@]}" >"$log" 2>&1 </dev/null; then
		echo "ok $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs in $seconds s"
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

# A target that is not there would never be missed.
for name in $minute; do
	[[ " $* " == *"/${name}_fuzz "* ]] || {
		echo "fuzz: FUZZ_MINUTE names '$name', and there is no such target"
		exit 2
	}
done

said=$(mktemp) || exit 4
trap 'rm -f "$said"' EXIT
printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 1 "$0" --one | tee "$said"
passed=$(grep -c '^ok ' "$said")
failed=$(($# - passed))
echo "fuzz: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
