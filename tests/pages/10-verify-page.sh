#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# verify.html without a browser: what its checks say of results that are whole, and of all that are not.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/../verify/lib.sh"

# every check of the page says the same in labseal verify's tests; here it is JavaScript that says it
new lab --results 5 --events 1 --batch 6
new other-lab --results 5 --events 1 --batch 6
new many --results 2 --events 0 --originals 5
new hardware --results 3 --events 1 --hardware
new ed25519 --results 3 --events 0 --ed25519
new countersigned --results 3 --events 1 --event countersignature --countersign good
new witnessed --results 3 --events 1 --event time-stamp --stamped good --witnessed good

check 'its SHA-256 is the one in SECURITY.md' tests/pages/page-hash.sh
check 'its policy allows its own style and scripts, and no connection' grep -qE \
	"content=\"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'\"" "$build/verify.html"

if ! command -v node >/dev/null; then
	skip 'the checks' 'there is no node: install nodejs'
	exit
fi
node tests/pages/verify.js "$work" host/publish/verify/{der,signature,formats,result}.js >"$work/said" 2>&1
grep '^not ok' "$work/said"
counts=$(sed -n 's/^verify-page: \([0-9]*\) passed, \([0-9]*\) failed, .*/\1 \2/p' "$work/said")
if [ -z "$counts" ]; then
	not_ok 'the checks ended' "$work/said"
else
	read -r p f <<<"$counts"
	passed=$((passed + p)) failed=$((failed + f))
fi
