#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The channel's codec alone, against memcpy + CRC-32C + SHA-256 of the same bytes (docs/bench.md).
set -u
cd "$(dirname "$0")/../.." || exit 4
exec "${BUILD:-build}/tests/bench/codec"
