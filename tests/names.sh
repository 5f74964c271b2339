#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# One name, one function: archives are linked together in ever new ways, and the linker takes the first it finds.
#
#   BUILD=dir tests/names.sh
set -uo pipefail
cd "$(dirname "$0")/.." || exit 4
archives=("${BUILD:-build}"/lib*.a)
[ -e "${archives[0]}" ] || {
	echo "names: there is no archive in '${BUILD:-build}'"
	exit 4
}
twice=$(nm -A --defined-only "${archives[@]}" |
	awk '$2 ~ /^[TDBR]$/ && $3 ~ /^ls_/ { split($1, place, ":"); at[$3] = at[$3] " " place[1] ":" place[2]; n[$3]++ }
		END { for (name in n) if (n[name] > 1) print name " is in" at[name] }' | sort)
[ -z "$twice" ] || echo "$twice"
failed=$(printf '%s' "$twice" | grep -c '')
echo "names: $((failed == 0)) passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
