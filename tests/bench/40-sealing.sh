#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Sealing under load and alone, with a TPM whose signatures take 200 ms and with one as fast as it can be (docs/bench.md).
#
#     BENCH_FOLDER=DIR   a folder on the disk to measure (default: beside the build)
set -u
cd "$(dirname "$0")/../.." || exit 4
build=${BUILD:-build}
command -v swtpm >/dev/null || { echo 'sealing: skipped: swtpm is not installed'; exit 0; }
BENCH_FOLDER=$(mktemp -d "${BENCH_FOLDER:-$build}/sealing-XXXXXX") || exit 4
trap 'rm -rf "$BENCH_FOLDER"' EXIT
export BENCH_FOLDER
"$build/tests/bench/sealing"
