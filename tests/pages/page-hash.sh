#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Is the SHA-256 of verify.html the one that SECURITY.md publishes?  --update writes it there.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 4
page=${BUILD:-build}/verify.html
hash=$(sha256sum "$page" | cut -d' ' -f1) || exit 4
published=$(grep -oE '\b[0-9a-f]{64}\b' SECURITY.md)
[ "${1:-}" != --update ] || sed -i "s/$published/$hash/" SECURITY.md
grep -qF "$hash" SECURITY.md || {
	echo "$page has the SHA-256 $hash, SECURITY.md says $published; write it there: tests/pages/page-hash.sh --update"
	exit 1
}
