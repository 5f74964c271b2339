#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Readers verify while results are sealed, in memory where there is a file system for that: the disk is not the question.
set -u
cd "$(dirname "$0")/../.." || exit 4
build=${BUILD:-build}
place=${TMPDIR:-/tmp}
[ ! -w /dev/shm ] || place=/dev/shm
folder=$(mktemp -d "$place/labseal-readers-XXXXXX") || exit 4
trap 'rm -rf "$folder"' EXIT
"$build/tests/readers/readers" "$folder" "$build/labseal-audit"
