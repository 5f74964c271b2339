#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/refusals.md names tests that are there.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 4
passed=0 failed=0
while IFS='|' read -r _ _ _ test _; do
	file=$(sed 's/^ *`\([^`]*\)`.*$/\1/' <<<"$test") name=$(sed 's/^ *`[^`]*` *//; s/ *$//' <<<"$test")
	if [ -f "$file" ] && { [ -z "$name" ] || grep -qF "TEST($name)" "$file"; }; then
		passed=$((passed + 1))
	else
		echo "docs/refusals.md: there is no test '$name' in '$file'"
		failed=$((failed + 1))
	fi
done < <(grep '^| .*`[a-z/]*[-_a-z0-9./]*\.\(c\|sh\)`' docs/refusals.md)
echo "refusals: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 40 ]
