#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [TEST.sh ...]: run tests (default: the end-to-end tests, beside this script) one after
# another and sum up, under the name of their folder.
# Environment: BUILD; LABSEAL_DATA (default ../shared/data), real instrument files; KEEP=1 keeps the outputs.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
export BUILD=${BUILD:-build} LABSEAL_DATA=${LABSEAL_DATA:-$top/../shared/data}
[ $# -gt 0 ] || set -- "$here"/[0-9]*.sh
suite=$(basename "$(dirname "$(realpath "$1")")")

passed=0 failed=0 skipped=0
log=$(mktemp) || exit 4
trap 'rm -f "$log"' EXIT
for test; do
	echo "# $(basename "$test")"
	began=$SECONDS
	timeout "${TEST_TIMEOUT:-900}" bash "$test" 2>&1 </dev/null | tee "$log"
	counts=$(sed -n 's/^[0-9a-z-]*: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" | tail -n 1)
	if [ -z "$counts" ]; then
		echo "not ok $(basename "$test") did not end"
		counts='0 1 0'
	fi
	read -r p f s <<<"$counts"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "# $(basename "$test") took $((SECONDS - began)) s"
done
echo "$suite: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
