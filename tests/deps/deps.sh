#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What scripts/install-deps.sh brings from npm: pinned, without an address, and what it says when it cannot.
set -u
cd "$(dirname "$0")/../.." || exit 4
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
locks=$(ls scripts/npm/*/package-lock.json)

holds() { # NAME COMMAND ...
	local name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED deps: $name"
	fi
}

no_address() { ! grep -nE '"resolved"|://' scripts/npm/*/package*.json; }

# shellcheck disable=SC2086 # the files are words
all_pinned() {
	jq -e '[.packages | to_entries[] | select(.key != "" and .value.inBundle != true and .value.integrity == null)] == []' $locks >/dev/null
}

exact_versions() { jq -es 'all(.[].dependencies[]; test("^[0-9.]+$"))' scripts/npm/*/package.json >/dev/null; }

# Programs of a platform: npm leaves an optional one out, without a word, where Node.js is older than it asks for, as
# Debian's may be.
# shellcheck disable=SC2086 # the files are words
no_program_is_optional() {
	jq -es '[.[].packages[] | select(.optional == true and (.os or .cpu))] == []' $locks >/dev/null
}

# a registry that nobody answers at, and a cache with nothing in it
alone() {
	env npm_config_registry=http://127.0.0.1:9/ npm_config_cache="$work/cache" npm_config_fetch_retries=0 "$@" >"$work/said" 2>&1
}

needs_no_registry_again() { alone scripts/install-deps.sh build test; }

says_what_to_do() {
	alone env DEPS_FOLDER="$work/deps" scripts/install-deps.sh build
	[ $? -eq 1 ] && grep -q 'install-deps: npm could not bring what scripts/npm/build names' "$work/said" &&
		[ -z "$(ls "$work/deps/npm")" ]
}

another_lock_file_is_brought_anew() {
	mkdir -p "$work/other/npm/build"
	echo '{}' >"$work/other/npm/build/package-lock.json"
	alone env DEPS_FOLDER="$work/other" scripts/install-deps.sh build
	[ $? -eq 1 ] && [ "$(cat "$work/other/npm/build/package-lock.json")" = '{}' ]
}

make_names_the_script() {
	! make DEPS="$work/none" BUILD="$work/build" "$work/build/libblst.a" >"$work/said" 2>&1 &&
		grep -q 'run scripts/install-deps.sh build' "$work/said"
}

holds 'no address is in the tree' no_address
holds 'every package has its hash' all_pinned
holds 'versions are exact' exact_versions
holds 'no program is one that npm may leave out' no_program_is_optional
holds 'what is there needs no registry' needs_no_registry_again
holds 'a registry that does not answer is said, and nothing is left behind' says_what_to_do
holds 'what came from another lock file does not count, and stays until there is better' another_lock_file_is_brought_anew
holds 'make without it names the script' make_names_the_script
echo "deps: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
