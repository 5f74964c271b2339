#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From the FIFO to durable files in the spool, against cat to a file with fsync (docs/bench.md).
set -u
cd "$(dirname "$0")/../.." || exit 4
exec "${BUILD:-build}/tests/bench/receiver"
