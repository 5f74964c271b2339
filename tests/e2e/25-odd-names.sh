#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files whose names break careless programs, files with nothing in them, files that share a name: each arrives,
# in an output folder that has such a name itself.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

input=$work/in\ put
out="$work/out 'put\" 100%"
mkdir -p "$input"/{a,b,c/d/e,empty}
number=0
for name in -rf $'line\nfeed.txt' "it's \"quoted\" \$(id) \`id\`.eds" '100% sure %41.txt' '😀 plate.txt' CON.txt \
	'a:b*c?.txt' 'back\slash.txt' 'trailing ' $'\u202egnp.exe.txt' $'broken\xff\xfe.txt' '<b>bold<!--&amp;.txt' \
	"$(printf 'x%.0s' $(seq 251)).eds" a/same.txt b/same.txt c/d/e/same.txt; do
	number=$((number + 1))
	echo "content $number" >"$input/$name"
done
: >"$input/nothing.txt"
: >"$input/nothing.eds"
ln -s a/same.txt "$input/link.txt"
mkdir "$input/.hidden"
echo no >"$input/.hidden/file.txt"
echo no >"$input/left.tmp"

check 'the demo carries odd names' demo "$input" "$out"
said 'and says what it left out' 'skipped    3 in'
rm -r "$input/.hidden" "$input/left.tmp"
check 'every file is on the share, byte for byte' every_file_on "$out/share" "$input"
check 'files with nothing in them, too' \
	test "$(find "$out/share/results" -path '*/original/*' -type f -empty | wc -l)" -eq 2
stock_checks 'odd names' "$out/share" "$out/trust.txt"
expect_status 0 'labseal verify holds' "$labseal" verify --trust "$out/trust.txt" "$out/share"
check 'no name on the share needs quoting' \
	test -z "$(cd "$out/share" && find . -name '*[!A-Za-z0-9._-]*')"
# shellcheck disable=SC2016 # the web page's own text
check 'index.html takes no markup from a name' sh -c '! grep -qF "<b>bold" "$1"' - "$out/share/index.html"
