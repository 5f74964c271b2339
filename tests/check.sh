#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Run test suites (make targets) one after another and sum what they counted.
#
#   tests/check.sh [VARIABLE=value ...] TARGET ...
#
# A suite counts by its last line `NAME: N passed, N failed, N skipped` (or
# `NAME: N breaches`).  One that fails without such a line counts as one failed.
set -u
variables=()
passed=0 failed=0 skipped=0
log=$(mktemp) || exit 4
trap 'rm -f "$log"' EXIT

for word; do
	case $word in *=*)
		variables+=("$word")
		continue
		;;
	esac
	echo "== $word ${variables[*]}"
	${MAKE:-make} --no-print-directory "${variables[@]}" "$word" 2>&1 </dev/null | tee "$log"
	status=${PIPESTATUS[0]}
	counts=$(grep -aoE '[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' "$log" | tail -n 1)
	if [ -n "$counts" ]; then
		read -r p _ f _ s _ <<<"${counts//,/}"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + ${s:-0}))
		[ "$status" -eq 0 ] || [ "$f" -gt 0 ] || failed=$((failed + 1))
	elif [ "$status" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "FAILED $word: status $status, and nothing counted"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
