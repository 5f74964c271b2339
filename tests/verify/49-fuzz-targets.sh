#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/formats/share.md names a fuzz target for each kind of file that a share has, and each is there with its seeds' parser.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

sed -n '/^## Who reads it/,/^## What no seal/p' docs/formats/share.md | grep '^| ' | sed 1d >"$work/table"
check 'the table is there' test "$(wc -l <"$work/table")" -gt 15

check 'each target that it names is one' bash -c '
	grep -o "[a-z/_]*_fuzz\.c" "$1" | sort -u | while read -r f; do
		grep -q LLVMFuzzerTestOneInput "$f" || { echo "there is no $f"; exit 1; }
	done' - "$work/table"
check 'each line names one, or says that the file is not read' bash -c '! grep -v "_fuzz\.c\|not read" "$1"' - "$work/table"

new base --results 2 --events 2 --size 30 --evidence --witnessed early
mapfile -t patterns < <(cut -d'|' -f2 "$work/table" | grep -o '`[^`]*`' | tr -d '`')
cd "$work/base/share" || exit 4
while IFS= read -r file; do
	line=
	for pattern in "${patterns[@]}"; do
		# shellcheck disable=SC2053
		[[ $file == $pattern ]] && line=$pattern
	done
	[ -n "$line" ] || echo "$file"
done < <(find . -type f | sed 's|^\./||') >"$work/without"
cd "$top" || exit 4
check 'each file of a share is in a line' bash -c '! grep . "$1"' - "$work/without"
