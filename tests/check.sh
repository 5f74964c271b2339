#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run test suites (make targets) side by side, one more than there are processors since each waits a good part of its
# time, and sum what they counted.
#
#   tests/check.sh [VARIABLE=value ...] TARGET ...
#
# What they need is built first (make suites-built), so that no two build the same file.  A suite's words are printed
# whole when it ends; with CHECK_JOBS=1 they run one after another and are heard at once.
#
# A suite counts by its last line `NAME: N passed, N failed, N skipped` (or
# `NAME: N breaches`).  One that fails without such a line counts as one failed.
set -u
variables=() suites=()
passed=0 failed=0 skipped=0
jobs=${CHECK_JOBS:-$(($(nproc) + 1))}
logs=$(mktemp -d) || exit 4
trap 'rm -rf "$logs"' EXIT

for word; do
	case $word in
	*=*) variables+=("$word") ;;
	*) suites+=("$word") ;;
	esac
done

run_make() {
	"${MAKE:-make}" --no-print-directory "${variables[@]}" "$@" 2>&1 </dev/null
}

# run_suite TARGET: its words to its log, its exit status beside it.  The processor's time does not depend on what else
# runs; that of processes which left the suite (a guest's QEMU) is not in it.
run_suite() {
	local TIMEFORMAT="== $1 took %0R s, the processor %0U s and the kernel %0S s"
	echo "== $1 ${variables[*]}"
	{ time {
		run_make "$1"
		echo $? >"$logs/$1.status"
	}; } 2>&1
}

count() {
	local counts status=4
	[ ! -s "$logs/$1.status" ] || read -r status <"$logs/$1.status"
	counts=$(grep -aoE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$logs/$1" | tail -n 1)
	if [ -n "$counts" ]; then
		read -r p _ f _ s _ <<<"${counts//,/}"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
		[ "$status" -eq 0 ] || [ "$f" -gt 0 ] || failed=$((failed + 1))
	elif [ "$status" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "FAILED $1: status $status, and nothing counted"
		failed=$((failed + 1))
	fi
}

run_make -j"$jobs" SUITES="${suites[*]}" suites-built || {
	echo "what the suites need could not be built"
	echo '0 passed, 1 failed, 0 skipped'
	exit 1
}
if [ "$jobs" -eq 1 ]; then
	for suite in "${suites[@]}"; do run_suite "$suite" | tee "$logs/$suite"; done
else
	for suite in "${suites[@]}"; do
		while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
		echo "== $suite begins"
		{
			run_suite "$suite" >"$logs/$suite"
			flock "$logs/lock" cat "$logs/$suite"
		} &
	done
	wait
fi
for suite in "${suites[@]}"; do count "$suite"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
