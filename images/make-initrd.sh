#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# make-initrd.sh BASE INPUT OUT: make OUT, an initrd of BASE (build-base.sh) and the files below the folder INPUT.
#
# The kernel unpacks the two archives one after the other; INPUT's files appear below /inputs in the guest, sub-folders
# and names kept. Only regular files are taken; what is skipped is named on stderr. OUT appears whole or not at all.
# Exit status: 0, or 1 with the reason on stderr.
set -eu

fail() {
	printf 'make-initrd: %s\n' "$1" >&2
	exit 1
}

[ $# -eq 3 ] || fail 'usage: make-initrd.sh BASE INPUT OUT'
base=$1 input=$2 out=$3
[ -r "$base" ] || fail "cannot read the base image '$base'; make it with: make image"
[ -d "$input" ] || fail "'$input' is not a folder"

stage=$(mktemp -d "${TMPDIR:-/tmp}/labseal-initrd-XXXXXX")
trap 'rm -rf "$stage"; rm -f "$out.tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
ln -s "$(cd "$input" && pwd)" "$stage/inputs"

cd_find() { (cd "$stage" && find inputs/ "$@" -print0); }

cd_find -mindepth 1 ! -type f ! -type d | tr '\0' '\n' |
	sed 's/^/make-initrd: skipped, as it is no regular file: /' >&2
[ "$(cd_find -type f | tr -dc '\0' | wc -c)" -gt 0 ] || fail "there is no file in '$input'"

# cpio -L follows the one link there can be: inputs itself. The file list makes a missing or unreadable file an error.
cp "$base" "$out.tmp"
chmod u+w "$out.tmp"
(
	cd "$stage"
	find inputs/ -mindepth 1 \( -type f -o -type d \) -print0 | LC_ALL=C sort -z >list
	cpio --null --quiet -o -L -H newc -R 0:0 --reproducible <list
) >>"$out.tmp" || fail "could not read every file in '$input'"
mv "$out.tmp" "$out"
