#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Table-driven tests of the commands.
#
#   tests/command/run.sh [FILE.tst ...]      (default: all beside this script)
#
# A table is read line by line:
#
#   # a comment
#   $ COMMAND            set-up: shell, must succeed
#   P WORDS              `labseal WORDS` must exit 0 ...
#   N STATUS WORDS       ... or with this status, which is not 0
#   out: TEXT            and the lines below say what its standard output
#   err: TEXT            or its standard error must contain,
#   no-out: TEXT         or must not contain;
#   no-err: TEXT
#   out-is: FILE         or that standard output is this file
#   same: FILE           FILE is still what it was when `$ keep FILE` was said
#
# WORDS and FILE are expanded by the shell.  $W is the table's own empty folder,
# $T the tree; the working folder is $T.  `requires: PROGRAM ...` skips the rest
# of a table where a program is not there (build/PROGRAM or in PATH); root is who
# runs it.
set -u
cd "$(dirname "$0")/../.." || exit 4
T=$PWD
BUILD=$(cd "${BUILD:-build}" && pwd) || exit 4
labseal=$BUILD/labseal
export T BUILD labseal
passed=0 failed=0 skipped=0

keep() { cp -a "$1" "$W/.kept-$(echo "$1" | sha256sum | cut -c 1-16)"; }
kept() { echo "$W/.kept-$(echo "$1" | sha256sum | cut -c 1-16)"; }

# The case that is open: its name, and what was wrong with it.
open='' wrong=''

close_case() {
	[ -n "$open" ] || return 0
	if [ -z "$wrong" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $open:$wrong"
		sed 's/^/    out: /' "$W/.out" | head -n 20
		sed 's/^/    err: /' "$W/.err" | head -n 20
	fi
	open='' wrong=''
}

run_case() { # PLACE STATUS WORDS
	local status=0
	open="$1: labseal $3"
	eval "timeout 120 \"\$labseal\" $3" >"$W/.out" 2>"$W/.err" </dev/null || status=$?
	[ "$status" -eq "$2" ] || wrong="$wrong exit status $status and not $2;"
	[ "$2" -eq 0 ] || [ -s "$W/.out" ] || [ -s "$W/.err" ] || wrong="$wrong it says nothing;"
}

setup() { # PLACE COMMAND
	local status=0
	in_setup="$1: set-up: $2"
	eval "$2" >"$W/.said" 2>&1 </dev/null || status=$?
	in_setup=''
	[ $status -ne 0 ] || return 0
	failed=$((failed + 1))
	echo "FAILED $1: set-up: $2"
	sed 's/^/    /' "$W/.said" | tail -n 20
}

# A set-up may name variables and functions for what follows, so that its `exit` is the whole run's: it is no silent end.
in_setup=''
exec {told}>&1
finish() {
	[ -n "$in_setup" ] || return
	echo "FAILED $in_setup: it ended the run"
	sed 's/^/    /' "$W/.said" | tail -n 20
	echo "command: $passed passed, $((failed + 1)) failed, $skipped skipped"
	exit 1
}
trap 'finish >&"$told"' EXIT

expect() { # KIND TEXT
	local file=$W/.${1#no-} negative=no
	case $1 in no-*) negative=yes ;; esac
	if grep -qF -- "$2" "$file"; then
		[ $negative = no ] || wrong="$wrong $1 '$2' is there;"
	else
		[ $negative = yes ] || wrong="$wrong $1 '$2' is not there;"
	fi
}

has() {
	local program
	for program; do
		[ "$program" = root ] && [ "$(id -u)" = 0 ] && continue
		[ -x "$BUILD/$program" ] || command -v "$program" >/dev/null || return 1
	done
}

run_line() { # PLACE LINE
	local rest=${2#* } file
	case $2 in
	'' | '#'*) ;;
	'$ '*)
		close_case
		setup "$1" "$rest"
		;;
	'P' | 'P '*)
		close_case
		run_case "$1" 0 "${2#P}"
		;;
	'N '*)
		close_case
		run_case "$1" "${rest%% *}" "${rest#"${rest%% *}"}"
		;;
	'out: '* | 'err: '* | 'no-out: '* | 'no-err: '*) expect "${2%%:*}" "$(eval "echo \"${rest//\"/\\\"}\"")" ;;
	'out-is: '*)
		file=$(eval "echo $rest")
		cmp -s "$W/.out" "$file" || wrong="$wrong it is not '$file';"
		;;
	'same: '*)
		file=$(eval "echo $rest")
		diff -rq "$file" "$(kept "$file")" >/dev/null || wrong="$wrong '$file' was changed;"
		;;
	*)
		failed=$((failed + 1))
		echo "FAILED $1: what is '$2'?"
		;;
	esac
}

run_table() {
	local line number=0
	W=$(mktemp -d "${TMPDIR:-/tmp}/labseal-cmd-XXXXXX") || exit 4
	export W LABSEAL_ROOT=$W/root # never this machine's own files
	while IFS= read -r line <&3; do
		number=$((number + 1))
		case $line in 'requires: '*)
			# shellcheck disable=SC2086 # words are wanted
			has ${line#requires: } && continue
			close_case
			skipped=$((skipped + 1))
			echo "skipped $1:$number: needs ${line#requires: }"
			break
			;;
		esac
		run_line "$1:$number" "$line"
	done 3<"$1"
	close_case
	rm -rf "$W"
}

[ $# -gt 0 ] || set -- tests/command/*.tst
for table; do run_table "$table"; done
echo "command: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
