#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build-base.sh IMAGES EXPORTER: build IMAGES/base.cpio, the stand-in guest's initramfs without input files.
#
# IMAGES is the folder fetch-kernel.sh filled; EXPORTER the static labseal-export. No root is needed, and the same
# parts give the same bytes: fixed order, owner, times (SOURCE_DATE_EPOCH) and inode numbers.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
epoch=${SOURCE_DATE_EPOCH:-1577836800}
busybox=${BUSYBOX:-/bin/busybox}

fail() {
	printf 'build-base: %s\n' "$1" >&2
	exit 1
}

# A program the guest can run has no interpreter (dynamic loader) in it.
require_static() {
	[ -x "$1" ] || fail "there is no program '$1'"
	if LC_ALL=C readelf -lW "$1" | grep -q INTERP; then
		fail "'$1' is not static, and the guest has no libraries ($2)"
	fi
}

[ $# -eq 2 ] || fail 'usage: build-base.sh IMAGES EXPORTER'
images=$(cd "$1" && pwd)
exporter=$2
require_static "$busybox" 'install busybox-static'
require_static "$exporter" 'build it with: make all'

stage=$images/base.tmp
rm -rf "$stage"
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir -p "$stage/bin" "$stage/modules" "$stage/instrument" "$stage/inputs"
install -m 0755 "$busybox" "$stage/bin/busybox"
install -m 0755 "$exporter" "$stage/bin/labseal-export"
install -m 0755 "$here/guest/init" "$here/guest/exporter" "$stage/"
install -m 0755 "$here/guest/save-runs" "$stage/instrument/save-runs"
install -m 0644 "$images"/modules/*.ko "$stage/modules/"
install -m 0644 "$here/guest/modules" "$stage/modules/order"
chmod -R u=rwX,go=rX "$stage"
find "$stage" -exec touch -h -d "@$epoch" {} +

(cd "$stage" && find . -mindepth 1 -print0 | LC_ALL=C sort -z |
	cpio --null --quiet -o -H newc -R 0:0 --reproducible) >"$images/base.cpio.tmp"
mv "$images/base.cpio.tmp" "$images/base.cpio"
