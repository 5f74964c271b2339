#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# demo.sh: what `make demo` runs: packages, programs, stand-in guest, then the demo itself.
#
# Environment: BUILD (default build), INPUT (default: made-up files), OUTPUT (default labseal-demo); make's own
# variables (CC, V ...) come through it too.
set -eu
unset MAKEFLAGS MFLAGS MAKELEVEL

BUILD=${BUILD:-build}
INPUT=${INPUT:-}
OUTPUT=${OUTPUT:-labseal-demo}

run_make() { make -s -j"$(nproc)" BUILD="$BUILD" "$@"; }
step() { printf '== %s\n' "$1"; }

cd "$(dirname "$0")/.."
step 'packages: what the build and the demo need'
scripts/install-deps.sh build run
step 'programs'
run_make all
step 'stand-in guest: kernel and initramfs'
run_make image
if [ -z "$INPUT" ]; then
	step 'made-up instrument files'
	run_make demo-input
	INPUT=$BUILD/images/input
fi
step "demo: files from '$INPUT', results in '$OUTPUT'"
exec "$BUILD/labseal" demo --input "$INPUT" --output "$OUTPUT" \
	--kernel "$BUILD/images/vmlinuz" --initrd "$BUILD/images/base.cpio"
