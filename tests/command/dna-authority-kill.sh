#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `labseal dna authority init` and `seal`, killed at each write, sync and rename: there is no authority, or a whole one that the
# next `init` leaves alone; a master key is as it was, or sealed.
set -u
cd "$(dirname "$0")/../.." || exit 4
build=$(cd "${BUILD:-build}" && pwd) || exit 4
passed=0 failed=0
for program in swtpm strace; do
	if ! command -v "$program" >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
		echo "skipped: $program is not there, or may not be used"
		echo 'dna-authority-kill: 0 passed, 0 failed, 1 skipped'
		exit 0
	fi
done
work=$(mktemp -d "${TMPDIR:-/tmp}/labseal-kill-XXXXXX") || exit 4
trap 'rm -rf "$work"' EXIT
mkdir "$work/tpm"
echo 'correct horse' >"$work/pass"

authority() { "$build/labseal" dna authority "$@" >"$work/said" 2>&1; }
extract() { # FOLDER OPTION ...
	rm -f "$work/key"
	authority extract --orcid 0000-0002-1825-0097 --output "$work/key" --no-passphrase "${@:2}" "$1"
}

kill_at() { # CALL NUMBER WORDS: whether it was killed
	strace -o /dev/null -e "trace=$1" -e "inject=$1:signal=SIGKILL:when=$2" \
		"$build/labseal" dna authority "${@:3}" >"$work/said" 2>&1
	[ $? -eq 137 ]
}

check() { # NAME COMMAND ...
	if "${@:2}"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1:"
		sed 's/^/    /' "$work/said"
		ls -l "$work/a"
	fi
}

# A second init makes the authority, or completes it and says so; then its parts belong together.
init_is_whole() {
	if [ -e "$work/a/master.pem" ]; then
		! authority init --name Again --sealed --tpm "$work/tpm" "$work/a" && grep -q 'dna.authority.exists' "$work/said" || return 1
	else
		[ ! -e "$work/a/parameters.pem" ] && authority init --name Again --sealed --tpm "$work/tpm" "$work/a" || return 1
	fi
	extract "$work/a" --tpm "$work/tpm" && authority show "$work/a" || return 1
	[ "$(sed 1d "$work/a/parameters.pem" | head -n 4)" = "$(sed 1d "$work/a/master.pem" | head -n 4)" ]
}

seal_is_whole() {
	extract "$work/a" --passphrase-file "$work/pass" || extract "$work/a" --tpm "$work/tpm" || return 1
	cmp "$work/key" "$work/whole.key" && authority seal --passphrase-file "$work/pass" --tpm "$work/tpm" "$work/a" &&
		extract "$work/a" --tpm "$work/tpm" && cmp "$work/key" "$work/whole.key"
}

authority init --name Sealed --sealed --tpm "$work/tpm" "$work/first" || { cat "$work/said"; failed=1; }
for call in mkdir openat write fchmod fsync renameat; do
	number=1
	while [ $number -lt 400 ] && rm -rf "$work/a" && kill_at $call $number init --name One --sealed --tpm "$work/tpm" "$work/a"; do
		check "init, killed at $call $number" init_is_whole
		number=$((number + (number < 8 ? 1 : 13)))
	done
done 2>/dev/null
authority init --name Two --passphrase-file "$work/pass" "$work/two" && extract "$work/two" --passphrase-file "$work/pass" && cp "$work/key" "$work/whole.key"
for call in write fchmod fsync renameat; do
	number=1
	while [ $number -lt 40 ] && rm -rf "$work/a" && cp -r "$work/two" "$work/a" &&
		kill_at $call $number seal --passphrase-file "$work/pass" --tpm "$work/tpm" "$work/a"; do
		check "seal, killed at $call $number" seal_is_whole
		number=$((number + (number < 8 ? 1 : 13)))
	done
done 2>/dev/null
echo "dna-authority-kill: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 12 ]
