#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# report.html in Chromium, from file://: a plate of 96, one of 384, hostile names, a sealed file without a run.
# SHOTS=FOLDER keeps the pictures.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/../verify/lib.sh"

python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
export_of() { python3 tests/tools/make_export.py "$@"; }

export_of --target 'RNase P' --target IPC --sample "$(printf '</title></svg><script>alert(1)</script>\xe2\x80\xae%0120d' 7)" --melt >"$work/hostile.txt"
export_of --wells 384 --melt >"$work/large.txt"
for name in hostile large; do
	check "labseal report $name" "$build/labseal-audit" report --html "$work/$name.html" "$work/$name.txt"
done
check 'a page of 384 wells is small' test "$(stat -c %s "$work/large.html")" -lt 1500000
new made --results 1 --events 0
expect_status 3 'a sealed file without a run' "$build/labseal-audit" report --html "$work/sealed.html" "$work"/made/share/results/*/*
PYTHONDONTWRITEBYTECODE=1 "$python" tests/pages/report.py "$work" >"$work/said" 2>"$work/errors"
grep -E '^(not ok|skipped)' "$work/said"
counts=$(sed -n 's/^report: \([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$work/said")
if [ -z "$counts" ]; then
	not_ok 'the pages were looked at' "$work/errors"
else
	read -r p f s <<<"$counts"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
fi
