#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# clang-tidy over the sources (not the tests), as many at a time as there are processors.
#
#   tests/tidy.sh CLANG_TIDY FLAG ...
#
# What was found clean is not looked at again: a mark named by the digest of the preprocessed source, the flags and
# .clang-tidy stands for it in TIDY_CACHE (default build/tidy).  A fault leaves no mark.
set -u
cd "$(dirname "$0")/.." || exit 4
export TIDY_CACHE=${TIDY_CACHE:-build/tidy}

if [ "${1:-}" = --one ]; then
	tidy=$2 source=$3
	shift 3
	text=$("$tidy" --version && cat .clang-tidy && echo "$source $*" && cc "$@" -std=gnu11 -E "$source") || exit 1
	mark=$TIDY_CACHE/$(sha256sum <<<"$text" | cut -c 1-64)
	[ ! -e "$mark" ] || exit 0
	"$tidy" --quiet "$source" -- "$@" -std=gnu11 2>/dev/null || exit 1
	: >"$mark"
	exit
fi

tidy=$1
shift
mkdir -p "$TIDY_CACHE"
if git ls-files '*.c' | grep -vE '_(test|fuzz)\.c$|^tests/|win32' |
	xargs -P "$(nproc)" -I{} "$0" --one "$tidy" {} "$@"; then
	echo 'tidy: 1 passed, 0 failed, 0 skipped'
	exit 0
fi
echo 'tidy: 0 passed, 1 failed, 0 skipped'
exit 1
