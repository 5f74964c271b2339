#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# win-imports.sh PROGRAM.exe ...: whether Windows XP SP3 can load and run each of these i686 programs.
#
# Every import must be on our list of names that XP SP3 exports (tests/win/xp-sp3-imports.txt), so only from KERNEL32,
# ADVAPI32, USER32 and msvcrt; no import by number alone, none that is looked up later; operating system and subsystem
# version 5.1 (a higher one XP refuses, a lower one changes behaviour); no SSE, which the oldest processors that run XP
# have not. Exit status: 0 all can, 1 one cannot (its faults are named), 3 could not check.
set -u
export LC_ALL=C
list=$(dirname "$0")/win/xp-sp3-imports.txt
objdump=${OBJDUMP:-i686-w64-mingw32-objdump}
status=0

fault() {
	echo "$program: $1"
	status=1
}

# value NAME: a field of the headers.
value() { printf '%s\n' "$headers" | sed -n "s/^$1[[:space:]]*\\([0-9a-f]*\\).*/\\1/p" | head -n 1; }

# imports: lines "DLL NAME"; the name is "<none>" for an import by number.
imports() {
	printf '%s\n' "$headers" | awk '
		/^\tDLL Name: / { dll = toupper($3); next }
		/^$/ { dll = "" }
		dll != "" && /^\t[0-9a-f]+[ \t]/ { print dll, $NF }'
}

check_program() {
	case $headers in *'file format pei-i386'*) ;; *) fault 'is no i686 program' ;; esac
	[ "$(value MajorOSystemVersion).$(value MinorOSystemVersion)" = 5.1 ] ||
		fault "asks for operating system $(value MajorOSystemVersion).$(value MinorOSystemVersion), not 5.1"
	[ "$(value MajorSubsystemVersion).$(value MinorSubsystemVersion)" = 5.1 ] ||
		fault "asks for subsystem version $(value MajorSubsystemVersion).$(value MinorSubsystemVersion), not 5.1"
	printf '%s\n' "$headers" | grep -q '^Entry d 0* 0* Delay' || fault 'has imports that are looked up later'
	[ -n "$(imports)" ] || fault 'imports nothing, which no program can'
	while read -r import; do
		grep -qxF -- "$import" "$list" || fault "imports '${import#* }' of ${import%% *}, which is not on the list"
	done < <(imports)
	if "$objdump" -d "$program" | grep -q '%xmm'; then fault 'has SSE instructions'; fi
}

command -v "$objdump" >/dev/null || {
	echo "win-imports: there is no '$objdump'; it is in package binutils-mingw-w64-i686"
	exit 3
}
[ $# -gt 0 ] || {
	echo 'win-imports: usage: win-imports.sh PROGRAM.exe ...'
	exit 2
}
for program; do
	headers=$("$objdump" -p "$program" 2>&1) || {
		echo "win-imports: cannot read '$program'"
		exit 3
	}
	check_program
done
exit $status
