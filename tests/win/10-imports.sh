#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The shipped program loads on Windows XP SP3 as far as its headers and imports tell; the check itself finds what
# would not.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_mingw

exe=$build/win/labseal-export.exe
imports() { "$top/tests/win-imports.sh" "$1"; }

# patched NAME OFFSET BYTE: a copy of the program with one byte of its PE header (from its signature on) changed.
patched() {
	local header
	header=$(od -An -tu4 -j 60 -N 4 "$exe")
	cp "$exe" "$work/$1"
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf '%o' "$3")" | dd of="$work/$1" bs=1 seek=$((header + $2)) conv=notrunc status=none
}

expect_status 0 'the program imports what XP SP3 has' imports "$exe"
expect_status 1 'a program that needs GetTickCount64 is found' imports "$build/win/too-new.exe"
said 'and the name is said' "'GetTickCount64' of KERNEL32.DLL"
patched newer-system.exe 64 6
expect_status 1 'a program for operating system 6.1 is found' imports "$work/newer-system.exe"
said 'and that is said' 'operating system 6.1'
patched newer-subsystem.exe 72 6
expect_status 1 'a program for subsystem 6.1 is found' imports "$work/newer-subsystem.exe"
said 'and that is said, too' 'subsystem version 6.1'
sed 's/msvcrt\.dll/ucrtbase.dll/; s/msvcrt.dll/mscoree.dll/' <"$exe" >"$work/other-library.exe"
expect_status 1 'a program that needs another library is found' imports "$work/other-library.exe"
head -c 500 "$exe" >"$work/cut.exe"
expect_status 3 'a cut file could not be checked' imports "$work/cut.exe"

mkdir "$work/again"
check 'it is built again in another folder' env -u MAKEFLAGS make --no-print-directory BUILD="$work/again" \
	"$work/again/win/labseal-export.exe"
check 'and is the same, byte for byte' cmp "$exe" "$work/again/win/labseal-export.exe"
