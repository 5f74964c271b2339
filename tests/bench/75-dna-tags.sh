#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# How well and how fast a block's tags are found, beside the similarities that the papers compare; and how small
# annotation gets, beside general compressors.
#   TAG_ROUNDS=5 TAG_MEGABASES=1 DNA_PICTURES=docs/bench tests/bench/75-dna-tags.sh
# With LABSEAL_DATA on the plasmids there, else on made-up ones.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 4
build=${BUILD:-build}
make -s BUILD="$build" "$build/tests/bench/tags" "$build/tests/bench/curves" "$build/audit/dna/document/document_test" || exit 4
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
pictures=${DNA_PICTURES:-$work/pictures}
mkdir -p "$pictures"

# Each plasmid's letters on one line.
for file in "${LABSEAL_DATA:-/nonexistent}"/plasmids/*.gb*; do
	[ -f "$file" ] || continue
	sed '1,/^ORIGIN/d' "$file" | tr -cd 'acgtACGT' >>"$work/molecules"
	echo >>"$work/molecules"
done
molecules=()
[ -s "$work/molecules" ] && molecules=("$work/molecules")

"$build/tests/bench/tags" accuracy "${TAG_ROUNDS:-5}" "${molecules[@]}" >"$work/accuracy" || exit 4
for kind in substitutions insertions deletions; do
	echo "tags: the true place alone is best, percent, with 0, 1, 2, 3 $kind in each tag:"
	awk -F '\t' -v kind=$kind '$2 == kind { if (!($1 in row)) order[++n] = $1; row[$1] = row[$1] sprintf(" %6s", $4) }
		END { for (i = 1; i <= n; i++) printf "tags:   %-28s%s\n", order[i], row[order[i]] }' "$work/accuracy"
done
for kind in substitutions insertions deletions; do
	# a curve's axis is logarithmic: nothing found is drawn as a tenth of a percent
	awk -F '\t' -v kind=$kind '$2 == kind { print $1 "\t" $3 "\t" ($4 > 0.1 ? $4 : 0.1) }' "$work/accuracy" | sort -s -t "$(printf '\t')" -k 1,1 |
		"$build/tests/bench/curves" "Tags with $kind" "$kind in each tag" 'percent: the true place alone is best' linear >"$pictures/dna-tags-$kind.svg" || exit 4
done

"$build/tests/bench/tags" time "${TAG_MEGABASES:-1}" >"$work/time" || exit 4
awk -F '\t' '{ printf "tags: %-44s %8.1f ms a megabase\n", $1, $2 * 1000 }' "$work/time"
for megabases in 1 2 4; do
	"$build/tests/bench/tags" time "$megabases" | awk -F '\t' -v n=$megabases '{ print $1 "\t" n "\t" $2 * n * 1000 }' >>"$work/times" || exit 4
done
sort -s -t "$(printf '\t')" -k 1,1 "$work/times" |
	"$build/tests/bench/curves" 'Tags looked for in a genome' 'megabases' 'milliseconds of the processor' linear >"$pictures/dna-tags-time.svg" || exit 4

# --- annotation -----------------------------------------------------------------------------------
if [ ${#molecules[@]} -gt 0 ]; then
	"$build/audit/dna/document/document_test" real_plasmids | sed -n 's/^  all: \([0-9]*\) in \([0-9]*\) bytes, .*/\1 \2/p' >"$work/ours"
	read -r text packed <"$work/ours"
	row() { awk -v name="$1" -v n="$2" -v all="$text" 'BEGIN { printf "annotation: %-24s %7d of %d bytes, %.3f\n", name, n, all, n / all }'; }
	row 'labseal, dictionary 1' "$packed"
	for tool in 'gzip -9' 'xz -9e' 'brotli -q 11' 'zstd --ultra -22'; do
		command -v "${tool%% *}" >/dev/null || continue
		sum=0
		for file in "$LABSEAL_DATA"/plasmids/*.gb*; do
			# shellcheck disable=SC2086
			sum=$((sum + $(sed '/^ORIGIN/q' "$file" | $tool -c 2>/dev/null | wc -c)))
		done
		row "$tool" "$sum"
	done
fi
