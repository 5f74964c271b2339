#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The port's code against a driver that is played: what no driver does on demand. The test program is
# tests/win/port_driver_test.c.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine

cd "$work" || exit 4
w "$build/win/x64/port_driver_test.exe" >"$work/played" 2>&1
status=$?
tr -d '\r' <"$work/played" >"$work/told"
while read -r word name; do
	case $word in
	ok) ok "$name" ;;
	FAILED) not_ok "$name" "$work/told" ;;
	esac
done <"$work/told"
check 'it ended in order' test $status -eq 0
check 'and tested something' grep -q '^[1-9][0-9]* passed, 0 failed' "$work/told"
