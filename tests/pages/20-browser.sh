#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# index.html and verify.html in Chromium, from file://: clicked through, looked at on a phone, a laptop and paper.
# SHOTS=FOLDER keeps the pictures.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/../verify/lib.sh"
make_pages=$build/tests/tools/make_pages

# Debian's Python has Debian's selenium, whichever python3 comes first
python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3

new small --results 40 --events 14 --event vm-start,session,gap,vm-stop,vm-start,refused,drift --claimed '<b>Müller</b> & "Co" '
new other --results 1 --events 0
new big --results 1990 --events 110 --size 10 --batch 700 --event vm-start,session,gap,vm-stop
for name in small big; do
	check "the pages of $name" "$make_pages" "$work/$name/share"
	expect_status 0 "$name is VERIFIED, pages and all" verify --trust "$work/$name/trust.txt" "$work/$name/share"
done
PYTHONDONTWRITEBYTECODE=1 "$python" tests/pages/click.py "$work" >"$work/said" 2>"$work/errors"
grep -E '^(not ok|skipped)' "$work/said"
counts=$(sed -n 's/^click: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$work/said")
if [ -z "$counts" ]; then
	not_ok 'the clicks ended' "$work/errors"
else
	read -r p f s <<<"$counts"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
fi
