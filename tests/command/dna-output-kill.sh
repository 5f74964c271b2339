#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each command of `labseal dna` that writes a file, killed at each of its writes, syncs and names: under the name that was asked for
# there is nothing, or all of it; what is left besides is hidden, and in nobody's way.
set -u
cd "$(dirname "$0")/../.." || exit 4
build=$(cd "${BUILD:-build}" && pwd) || exit 4
passed=0 failed=0
if ! strace -o /dev/null true 2>/dev/null; then
	echo 'skipped: strace is not there, or may not be used'
	echo 'dna-output-kill: 0 passed, 0 failed, 1 skipped'
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/labseal-kill-XXXXXX") || exit 4
trap 'rm -rf "$work"' EXIT
out=$work/out/result.gb

dna() { "$build/labseal-audit" dna "$@" >"$work/said" 2>&1; }
injected() { # "INJECTION ..." WORDS
	local inject=()
	for i in $1; do inject+=(-e "inject=$i"); done
	strace -f -o /dev/null -e trace=write,fchmod,fsync,renameat2,linkat,unlinkat "${inject[@]}" \
		"$build/labseal-audit" dna "${@:2}" >"$work/said" 2>&1
}

check() { # NAME COMMAND ...
	if "${@:2}"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1:"
		sed 's/^/    /' "$work/said"
		ls -la "$work/out"
	fi
}

# Nothing under the name, or what WHOLE says is whole; no other name that a person would take for it.
nothing_or_whole() { # WHOLE
	[ -z "$(find "$work/out" -mindepth 1 ! -path "$out" ! -name '.labseal-*')" ] || return 1
	[ ! -e "$out" ] || "$1"
}

signed() {
	dna verify --trust "$work/auth/parameters.pem" "$out" && rm -f "$work/back" && dna strip --output "$work/back" "$out" &&
		cmp "$work/back" "$work/p.gb"
}
same_as_plain() { cmp "$out" "$work/p.gb"; }
usable_key() {
	rm -f "$work/again"
	dna sign --key "$out" --id 1 --at auto --rules none --output "$work/again" "$work/p.gb" &&
		[ "$(stat -c %a "$out")" = 600 ]
}
usable_draft() {
	rm -f "$work/again"
	dna sign --part "$out" --key "$work/own.key" --output "$work/again" "$work/p.gb"
}
usable_part() {
	rm -f "$work/again"
	dna sign --join "$work/draft" --with "$out" --output "$work/again" "$work/p.gb"
}
joined() { dna verify --trust "$work/auth/parameters.pem" --trust "$work/auth/directory-1.pem" "$out"; }

killed() { # WHOLE WORDS: WAY is what the file system cannot do
	local call number
	for call in write fchmod fsync renameat2 linkat unlinkat; do
		[[ "$WAY" == *"$call"* ]] && continue
		for number in 1 2 3 4 5 6 7 8; do
			rm -rf "$work/out" && mkdir "$work/out"
			injected "$WAY $call:signal=SIGKILL:when=$number" "${@:2}"
			[ $? -eq 137 ] || break
			check "$2 ${WAY:+($WAY) }killed at $call $number" nothing_or_whole "$1"
			[ "$call" != fsync ] || check "$2 ${WAY:+($WAY) }after a kill at $call" again "$@"
		done
	done 2>/dev/null
	rm -rf "$work/out" && mkdir "$work/out"
	check "$2 ${WAY:+($WAY)}" whole_in_this_way "$WAY" "$@"
	: >"$out"
	check "$2 ${WAY:+($WAY) }over a file" leaves_alone "$WAY" "$@"
}
again() { [ -e "$out" ] || { dna "${@:2}" && "$1"; }; }
whole_in_this_way() { injected "$1" "${@:3}" && "$2" && [ "$(ls -A "$work/out")" = result.gb ] && [ "$(stat -c %h "$out")" = 1 ]; }
leaves_alone() { ! injected "$1" "${@:3}" && [ ! -s "$out" ] && [ "$(ls -A "$work/out")" = result.gb ]; }

python3 tests/dna/make_plasmid.py 3000 1 >"$work/p.gb"
{
	dna authority init --name Core --no-passphrase "$work/auth" &&
		dna authority extract --orcid 0000-0002-1825-0097 --no-passphrase --output "$work/key" "$work/auth" &&
		dna authority own --orcid 0000-0002-1694-233X --no-passphrase --output "$work/own.key" --request "$work/request" \
			"$work/auth/parameters.pem" &&
		dna authority publish --add "$work/request" "$work/auth" &&
		dna sign --key "$work/key" --id 1 --at auto --document --output "$work/s.gb" "$work/p.gb" &&
		dna sign --draft --authority "$work/auth/parameters.pem" --signer 0000-0002-1694-233X --id 1 --at auto --output "$work/draft" "$work/p.gb" &&
		dna sign --part "$work/draft" --key "$work/own.key" --output "$work/part" "$work/p.gb"
} || { cat "$work/said"; failed=1; }
WAY=''
killed signed sign --key "$work/key" --id 1 --at auto --document --rules none --output "$out" "$work/p.gb"
for WAY in renameat2:error=EINVAL 'renameat2:error=EINVAL linkat:error=EPERM' ''; do
	killed same_as_plain strip --output "$out" "$work/s.gb"
done
killed same_as_plain read --output "$out" "$work/s.gb"
killed usable_draft sign --draft --authority "$work/auth/parameters.pem" --signer 0000-0002-1694-233X --id 1 --at auto --output "$out" "$work/p.gb"
killed usable_part sign --part "$work/draft" --key "$work/own.key" --output "$out" "$work/p.gb"
killed joined sign --join "$work/draft" --with "$work/part" --output "$out" "$work/p.gb"
killed usable_key authority extract --orcid 0000-0002-1825-0097 --no-passphrase --output "$out" "$work/auth"
echo "dna-output-kill: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 60 ]
