#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Is every C file as .clang-format wants it?  `make format` makes it so.
set -u
cd "$(dirname "$0")/.." || exit 4
if ! git rev-parse --git-dir >/dev/null 2>&1; then
	echo 'format: not a checkout, not looked at'
	echo 'format: 0 passed, 0 failed, 1 skipped'
	exit 0
fi
passed=0 failed=0
for file in $(git ls-files '*.c' '*.h'); do
	if "${CLANG_FORMAT:-clang-format}" --dry-run --Werror "$file" 2>/dev/null; then
		passed=$((passed + 1))
	else
		echo "$file: not formatted; run 'make format'"
		failed=$((failed + 1))
	fi
done
echo "format: $((passed > 0)) passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
