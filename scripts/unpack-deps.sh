#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# unpack-deps.sh FOLDER: the packages of packages.txt's group "unpack", which a test runs and whose installation would
# start a server on this machine: downloaded with what they need and is not here, and unpacked into FOLDER/root.
# Nothing is installed; neither root nor a service is needed. What cannot be had is said, and the test does without.
set -eu
export LC_ALL=C

list=$(cd "$(dirname "$0")" && pwd)/packages.txt
[ $# -eq 1 ] || {
	echo "unpack-deps: usage: unpack-deps.sh FOLDER" >&2
	exit 2
}
mkdir -p "$1"
folder=$(cd "$1" && pwd)
packages=$(sed -n 's/^unpack  *\([a-z0-9.+-]*\).*/\1/p' "$list")

missing=''
for package in $packages; do
	# shellcheck disable=SC2016 # dpkg-query's field, not the shell's
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

cannot() {
	echo "unpack-deps: could not get$missing; what they test is skipped" >&2
	rm -rf "$folder/root" "$folder/archives"
	exit 0
}
rm -rf "$folder/root"
mkdir -p "$folder/root" "$folder/archives/partial"
echo "unpack-deps: unpacking$missing" >&2
# shellcheck disable=SC2086 # the packages are words
apt-get install -y -q --no-install-recommends --download-only -o Dir::Cache::archives="$folder/archives" \
	-o Debug::NoLocking=1 $missing >"$folder/said" 2>&1 </dev/null || { tail -n 3 "$folder/said" >&2; cannot; }
for archive in "$folder/archives"/*.deb; do
	dpkg-deb -x "$archive" "$folder/root" || cannot
done
rm -rf "$folder/archives"
