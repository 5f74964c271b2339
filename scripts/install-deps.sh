#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install-deps.sh GROUP ...: see that the packages of these groups of packages.txt are installed.
#
# Asks nothing. What is there is skipped, so that on a machine that has everything neither root nor network is needed.
# The rest is installed as root, or through sudo. Where that cannot be, it names what is missing and how to get it.
#
# A group that has a folder scripts/npm/GROUP gets these packages of npm too, as the ordinary user: into
# .deps/npm/GROUP (DEPS_FOLDER instead of .deps), exactly the bytes that package-lock.json has the hashes of, from the
# registry that npm is set up for, or from npm's cache without one. No script of a package is run.
# Exit status: 0 all there, 1 something is missing, 2 wrong usage.
set -eu
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

scripts=$(cd "$(dirname "$0")" && pwd)
list=$scripts/packages.txt
deps=${DEPS_FOLDER:-$scripts/../.deps}

say() { printf '%s\n' "$1" >&2; }

packages_of() { sed -n "s/^$1  *\([a-z0-9.+-]*\).*/\1/p" "$list"; }

is_installed() {
	# shellcheck disable=SC2016 # dpkg-query's field, not the shell's
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] && return
	# Other packages of Node.js bring an npm of their own, and conflict with Debian's.
	[ "$1" = npm ] && command -v npm >/dev/null
}

# as_root COMMAND ...: run it as root. A sudo that would ask for a password may do so only at a terminal.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

can_be_root() {
	[ "$(id -u)" -eq 0 ] || { command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

install_missing() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" </dev/null >&2
}

# install_debian PACKAGE ...
install_debian() {
	if ! can_be_root; then
		say "install-deps: not installed: $*"
		say "install-deps: this user may not install packages (no root, no sudo); ask for: apt-get install --no-install-recommends $*"
		exit 1
	fi
	say "install-deps: installing $*"
	# The lists may be absent or too old for the mirror: fetch them only then.
	install_missing "$@" || {
		as_root apt-get update -q >&2
		install_missing "$@"
	} || {
		say "install-deps: could not install $*; apt's words are above"
		exit 1
	}
}

# bring_npm GROUP: what is there counts when it was made from this very lock file, and it is put there whole.
bring_npm() {
	pinned=$scripts/npm/$1 there=$deps/npm/$1
	cmp -s "$pinned/package-lock.json" "$there/package-lock.json" && return
	say "install-deps: bringing what scripts/npm/$1 names into $there"
	new=$there.new.$$
	mkdir -p "$new"
	trap 'rm -rf "$new"' EXIT
	cp "$pinned/package.json" "$new"
	cp "$pinned/package-lock.json" "$new"
	(cd "$new" && npm ci --ignore-scripts --prefer-offline --no-audit --no-fund --no-update-notifier \
		--fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=120000 </dev/null >&2) || {
		say "install-deps: npm could not bring what scripts/npm/$1 names: its words are above. It asks the registry that it is set up for"
		say "install-deps: (npm config get registry): run this once where that can be reached, or set npm up for one that can; nothing was changed"
		exit 1
	}
	rm -rf "$there"
	mv "$new" "$there"
	trap - EXIT
}

[ $# -gt 0 ] || {
	say "install-deps: usage: install-deps.sh GROUP ... (groups: $(sed -n 's/^\([a-z]*\) .*/\1/p' "$list" | sort -u | tr '\n' ' '))"
	exit 2
}
command -v dpkg-query >/dev/null || {
	say "install-deps: this is not a Debian system; install the equivalents of scripts/packages.txt by hand"
	exit 1
}

missing=''
for group; do
	[ -n "$(packages_of "$group")" ] || {
		say "install-deps: there is no group '$group' in scripts/packages.txt"
		exit 2
	}
	for package in $(packages_of "$group"); do
		is_installed "$package" || missing="$missing $package"
	done
done
# shellcheck disable=SC2086 # the packages are words
[ -z "$missing" ] || install_debian $missing

for group; do
	[ ! -d "$scripts/npm/$group" ] || bring_npm "$group"
done
