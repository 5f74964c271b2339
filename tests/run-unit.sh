#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run unit-test programs one after another; print only what a person wants to
# see: failures, skips with their reasons, and the sum.
#
#   tests/run-unit.sh PROGRAM ...
set -u
passed=0 failed=0 skipped=0
log=$(mktemp) || exit 4
trap 'rm -f "$log"' EXIT
for program; do
	timeout "${TEST_TIMEOUT:-300}" "$program" >"$log" 2>&1 </dev/null
	status=$?
	counts=$(grep -aE '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$' "$log" | tail -n 1)
	if [ -z "$counts" ] || { [ $status -ne 0 ] && [ $status -ne 77 ] && [ $status -ne 1 ]; }; then
		echo "FAILED $program: ended with status $status and said:"
		sed 's/^/    /' "$log" | tail -n 40
		failed=$((failed + 1))
		continue
	fi
	# shellcheck disable=SC2086 # the words of the line are wanted
	set -- $counts
	passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
	if [ "$3" -gt 0 ]; then
		echo "FAILED $program:"
		grep -aE '^  |^FAILED |^labseal[a-z-]*: (error|warning)' "$log" | sed 's/^/    /'
	fi
	grep -a '^skipped ' "$log" | sed "s|^|$program: |"
done
echo "unit: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
