#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install-deps.sh GROUP ...: see that the packages of these groups of packages.txt are installed.
#
# Asks nothing. What is there is skipped, so that on a machine that has everything neither root nor network is needed.
# The rest is installed as root, or through sudo. Where that cannot be, it names what is missing and how to get it.
# Exit status: 0 all there, 1 something is missing, 2 wrong usage.
set -eu
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

list=$(cd "$(dirname "$0")" && pwd)/packages.txt

say() { printf '%s\n' "$1" >&2; }

packages_of() { sed -n "s/^$1  *\([a-z0-9.+-]*\).*/\1/p" "$list"; }

is_installed() {
	# shellcheck disable=SC2016 # dpkg-query's field, not the shell's
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
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
[ -n "$missing" ] || exit 0

if ! can_be_root; then
	say "install-deps: not installed:$missing"
	say "install-deps: this user may not install packages (no root, no sudo); ask for: apt-get install --no-install-recommends$missing"
	exit 1
fi
say "install-deps: installing$missing"
# The lists may be absent or too old for the mirror: fetch them only then.
# shellcheck disable=SC2086 # the packages are words
install_missing $missing || {
	as_root apt-get update -q >&2
	install_missing $missing
} || {
	say "install-deps: could not install$missing; apt's words are above"
	exit 1
}
