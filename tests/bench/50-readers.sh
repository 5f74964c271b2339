#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# 50 readers verify while 1000 results are sealed (docs/bench.md).
READERS_COUNT=${READERS_COUNT:-50} READERS_RESULTS=${READERS_RESULTS:-1000} exec "$(dirname "$0")/../readers/run.sh"
