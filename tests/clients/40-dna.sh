#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# DNA signatures by others: @noble/curves, which shares no code with labseal, checks the vectors and signs one itself;
# and the scheme's shape over SM9's curve gives SM9's published signature.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/../verify/lib.sh"

modules=$top/.deps/npm/test/node_modules
vectors=$top/tests/corpus/dna_file
scheme() { timeout 300 node "$top/tests/clients/dna/scheme.mjs" "$modules" "$@"; }

check 'the shape over the curve of SM9 gives its published signature, and no other' timeout 300 python3 "$top/tests/clients/dna/sm9.py"
if ! command -v node >/dev/null || [ ! -d "$modules/@noble/curves" ]; then
	skip 'the vectors hold by @noble/curves' 'it is not there: scripts/install-deps.sh test'
	exit
fi
check 'the vectors hold by @noble/curves' scheme check "$vectors"
signed_by_another() { [ "$(scheme sign "$vectors")" = "$(jq -r '."standard by another"' "$vectors/vectors.json")" ]; }
check 'what @noble/curves signs is the vector that labseal verifies' signed_by_another

mkdir -p "$work/altered"
cp "$vectors"/* "$work/altered/"
jq '.standard |= (.[0:4] + (if .[4:5] == "0" then "1" else "0" end) + .[5:])' "$vectors/vectors.json" >"$work/altered/vectors.json"
not() { ! "$@"; }
check 'an altered one does not hold' not scheme check "$work/altered"
