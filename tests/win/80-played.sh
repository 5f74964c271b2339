#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Parts of the exporter against a Windows that is played: what no driver and no user does on demand; and at moments that no script
# meets. The test programs are tests/win/port_driver_test.c, console_test.c and source_test.c.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine

cd "$work" || exit 4
for program in port_driver console source; do
	w "$build/win/x64/${program}_test.exe" >"$work/played" 2>&1
	status=$?
	tr -d '\r' <"$work/played" >"$work/told"
	while read -r word name; do
		case $word in
		ok) ok "$name" ;;
		FAILED) not_ok "$name" "$work/told" ;;
		esac
	done <"$work/told"
	check "$program: it ended in order" test $status -eq 0
	check "$program: and tested something" grep -q '^[1-9][0-9]* passed, 0 failed' "$work/told"
done
