#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# make-variant.sh BASE FOLDER OUT: make OUT, an initrd of BASE (build-base.sh) with the files of FOLDER over its root.
#
# The kernel unpacks the two archives one after the other, so that a file of FOLDER takes the place of BASE's.
# Exit status: 0, or 1 with the reason on stderr.
set -eu

fail() {
	printf 'make-variant: %s\n' "$1" >&2
	exit 1
}

[ $# -eq 3 ] || fail 'usage: make-variant.sh BASE FOLDER OUT'
base=$1 folder=$2 out=$3
[ -r "$base" ] || fail "cannot read the base image '$base'; make it with: make image"
[ -d "$folder" ] || fail "'$folder' is not a folder"

trap 'rm -f "$out.tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
cp "$base" "$out.tmp"
chmod u+w "$out.tmp"
(cd "$folder" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
	cpio --null --quiet -o -H newc -R 0:0 --reproducible) >>"$out.tmp" || fail "could not read every file in '$folder'"
mv "$out.tmp" "$out"
