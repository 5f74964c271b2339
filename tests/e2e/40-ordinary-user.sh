#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The demo as an ordinary user: no root, no groups, no home.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || {
	skip 'the demo as another, ordinary user' 'this is one already, and every test here ran as it'
	exit
}
nobody=65534
as=(setpriv --reuid="$nobody" --regid="$nobody" --clear-groups --bounding-set=-all --inh-caps=-all --
	env -i PATH="$PATH" LANG=C.UTF-8)
"${as[@]}" test -x "$labseal" || {
	skip 'the demo as an ordinary user' "user $nobody cannot reach the programs in '$build'"
	exit
}
mkdir "$work/user"
chown $nobody:$nobody "$work/user"
cd / || exit 4
check 'the demo runs as an ordinary user' demo "$build/images/input" "$work/user/out"
cd "$top" || exit 4
check 'every file is on the share, byte for byte' every_file_on "$work/user/out/share" "$build/images/input"
stock_checks 'ordinary user' "$work/user/out/share" "$work/user/out/trust.txt"
expect_status 0 'an auditor verifies it' "$labseal" verify --trust "$work/user/out/trust.txt" "$work/user/out/share"
