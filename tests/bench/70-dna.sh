#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# DNA signatures: what verifying costs (docs/bench.md).
exec "${BUILD:-build}/tests/bench/dna_scheme"
