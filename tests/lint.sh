#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Rules of the house that a machine can check.  Prints each breach as
# FILE:LINE: what is wrong, and ends with the count.
#
#   tests/lint.sh [FOLDER]     a tree to look at (default: this one)
set -u
rules=$(cd "$(dirname "$0")" && pwd)/lint.awk
cd "${1:-$(dirname "$0")/..}" || exit 4
said=$(mktemp) || exit 4
trap 'rm -f "$said"' EXIT

sources() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard -- "$@"
	else
		find . \( -path './build*' -prune \) -o -type f -print | sed 's|^\./||' | while IFS= read -r file; do
			for pattern; do
				# shellcheck disable=SC2254 # a pattern
				case $file in $pattern) echo "$file" ;; esac
			done
		done
	fi
}

# shellcheck disable=SC2016 # perl's variables
check_ends() {
	xargs -r -d '\n' perl -e 'for my $file (@ARGV) {
		my $last = "";
		open(my $bytes, "<", $file) or die "$file: $!\n";
		read($bytes, $last, 1) if seek($bytes, -1, 2);
		print "$file: no line end at the end of the file\n" if $last ne "\n";
	}'
}

# docs/architecture.md names each folder that has sources of the programs.
check_rooms() {
	[ ! -e docs/architecture.md ] || sources '*.c' | grep -v '^tests/' | sed 's|/[^/]*$||' | sort -u |
		while IFS= read -r room; do
			grep -qE "(^|[^A-Za-z/])$room([^A-Za-z]|$)" docs/architecture.md ||
				echo "docs/architecture.md:1: it does not name the folder '$room'"
		done
}

check_scripts() {
	command -v shellcheck >/dev/null || return 0
	sources '*.sh' images/guest/init images/guest/exporter images/guest/save-runs .ci/run |
		xargs -r -d '\n' -P 2 -n 16 shellcheck -x -P SCRIPTDIR -S warning -f gcc
}

# a file that is staged for removal is listed and not there
sources '*.c' '*.h' '*.sh' '*.md' '*.mk' '*.awk' Makefile |
	while IFS= read -r file; do [ ! -e "$file" ] || echo "$file"; done >"$said.files"
{
	xargs -r -d '\n' awk -f "$rules" <"$said.files"
	check_ends <"$said.files"
	check_rooms
	check_scripts
} >"$said" 2>&1
rm -f "$said.files"

cat "$said"
breaches=$(wc -l <"$said")
echo "lint: $((breaches == 0)) passed, $breaches failed, 0 skipped"
[ "$breaches" -eq 0 ]
