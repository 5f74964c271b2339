#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over the sources (not the tests), two at a time.
#
#   tests/tidy.sh CLANG_TIDY FLAG ...
set -u
cd "$(dirname "$0")/.." || exit 4
tidy=$1
shift
git ls-files '*.c' | grep -vE '_(test|fuzz)\.c$|^tests/|win32' |
	xargs -P "$(nproc)" -n 4 sh -c '
		tidy=$1 flags=$2
		shift 2
		# shellcheck disable=SC2086 # flags are words
		"$tidy" --quiet "$@" -- $flags -std=gnu11 2>/dev/null' sh "$tidy" "$*"
status=$?
[ $status -eq 0 ] && echo 'tidy: 1 passed, 0 failed, 0 skipped' && exit 0
echo 'tidy: 0 passed, 1 failed, 0 skipped'
exit 1
