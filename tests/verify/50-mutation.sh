#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The mutation campaign: MUTATION_STEP=1 flips each byte of each sealed file (a minute), 11 each eleventh.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"
# three seals: that after the first batch's is one that an interruption would leave
new base --results 2 --events 1 --size 40 --batch 2 --evidence
fresh base
check "each ${MUTATION_STEP:=11}th byte flipped, each file cut, removed, exchanged, doubled" \
	"$build/tests/tools/mutate_share" --step "$MUTATION_STEP" "$share" "$trust"
sed -n 's/^mutation: .* changes/# &/p' "$work/said"
finish_state=$(diff -r "$work/base" "$work/copy") || not_ok 'the campaign left the share changed'
[ -z "$finish_state" ] && ok 'and the share is as it was'
