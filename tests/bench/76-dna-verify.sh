#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whole molecules: what verifying them costs, plasmids, genomes and what misleads; a thousand files at once; and how long
# signatures are, beside the papers' (docs/bench.md).
#   DNA_MEGABASES=5 DNA_FILES=1000 tests/bench/76-dna-verify.sh
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 4
build=${BUILD:-build} files=${DNA_FILES:-1000}
make -s BUILD="$build" "$build/tests/bench/dna_verify" "$build/labseal-audit" || exit 4
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
labseal=$build/labseal-audit

"$build/tests/bench/dna_verify" "${DNA_MEGABASES:-5}" || exit 4

# --- files at once --------------------------------------------------------------------------------
mkdir "$work/files"
python3 tests/dna/make_plasmid.py 10000 1 >"$work/p.gb" || exit 4
{
	"$labseal" dna authority init --name Bench --no-passphrase "$work/auth" &&
		"$labseal" dna authority extract --orcid 0000-0002-1825-0097 --no-passphrase --output "$work/key" "$work/auth" &&
		"$labseal" dna sign --key "$work/key" --id 1 --at auto --errors 2 --output "$work/s.gb" "$work/p.gb"
} >/dev/null || exit 4
for ((i = 0; i < files; i++)); do cp "$work/s.gb" "$work/files/$i.gb"; done
for jobs in 1 "$(nproc)"; do
	began=$EPOCHREALTIME
	"$labseal" dna verify --jobs "$jobs" --trust "$work/auth/parameters.pem" "$work"/files/*.gb >"$work/said" || exit 4
	ended=$EPOCHREALTIME
	[ "$(grep -c 'VERIFIED: valid$' "$work/said")" = "$files" ] || exit 4
	awk -v n="$files" -v jobs="$jobs" -v a="$began" -v b="$ended" 'BEGIN {
		printf "dna: %d plasmids of 10 kb, --jobs %d: %.2f s, %.2f ms each\n", n, jobs, b - a, (b - a) * 1000 / n }'
done

# --- lengths --------------------------------------------------------------------------------------
"$labseal" dna cost 3000 | sed 's/^/dna: /'
