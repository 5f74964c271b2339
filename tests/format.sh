#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Is every C file as .clang-format wants it?  `make format` makes it so.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 4
if ! git rev-parse --git-dir >/dev/null 2>&1; then
	echo 'format: not a checkout, not looked at'
	echo 'format: 0 passed, 0 failed, 1 skipped'
	exit 0
fi
# a file that is staged for removal is listed and not there
wrong=$(git ls-files '*.c' '*.h' | while IFS= read -r file; do [ ! -e "$file" ] || echo "$file"; done |
	xargs -r -d '\n' -P 2 -n 64 "${CLANG_FORMAT:-clang-format}" --dry-run --Werror 2>&1 |
	sed -nE 's/^(.*\.[ch]):[0-9]+:[0-9]+: error: .*/\1/p' | sort -u)
[ -z "$wrong" ] || sed "s/\$/: not formatted; run 'make format'/" <<<"$wrong"
failed=$(printf '%s' "$wrong" | grep -c '')
echo "format: $((failed == 0)) passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
