#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The pack that locks Windows XP down: each file is as Windows reads it, all say the same, and what is wrong is refused.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need python3 python3
checker=$top/tests/guest-config/check_pack.py
pack=$work/pack

expect_status 0 'the pack is made' "$guest_config" --no-exporter --output "$pack"
check 'each file is as Windows XP reads it, and all say the same' python3 "$checker" "$pack"
check 'the same settings give the same bytes' eval '"$guest_config" --no-exporter --output "$work/again" &&
	diff -r "$pack" "$work/again"'
check 'the table in docs/guest-config.md is that of the settings' diff \
	<("$guest_config" --table) <(sed -n '/<!-- settings -->/,/<!-- end of settings -->/p' docs/guest-config.md | sed '1d;$d')

# in_utf16 FILE SED: changed as if it were UTF-8
in_utf16() {
	iconv -f UTF-16LE -t UTF-8 "$1" | sed "$2" >"$work/utf8"
	iconv -f UTF-8 -t UTF-16LE "$work/utf8" >"$1"
}

# fault_found NAME COMMAND ...: the checker sees what the command does in a copy of the pack.
fault_found() {
	local name=$1
	shift
	rm -rf "$work/mutant"
	cp -r "$pack" "$work/mutant"
	(cd "$work/mutant" && "$@")
	! diff -rq "$pack" "$work/mutant" >/dev/null || not_ok "$name: nothing was changed"
	expect_status 1 "the checker sees $name" python3 "$checker" "$work/mutant"
}
fault_found 'another number' in_utf16 lockdown.reg 's/"Start"=dword:00000004/"Start"=dword:00000003/'
fault_found 'a missing value' in_utf16 lockdown.reg '/NoAutoUpdate/d'
fault_found 'an added value' in_utf16 lockdown.reg 's/^"NoAutoUpdate.*/&\n"Evil"=dword:00000001\r/'
fault_found 'another rule' in_utf16 lockdown.reg 's/^"ItemData"=hex(2):25,00/"ItemData"=hex(2):26,00/'
fault_found 'a string without its end' in_utf16 lockdown.reg 's/,00,00\r$/\r/'
fault_found 'a damaged key' in_utf16 lockdown.reg 's/^\[HKEY_LOCAL_MACHINE/[HKLM/'
fault_found 'a line end of Unix' in_utf16 lockdown.reg '3s/\r$//'
fault_found 'a missing mark' sed -i '1s/^\xff\xfe//' lockdown.reg
fault_found 'another header' in_utf16 lockdown.reg '1s/5.00/4.00/'
fault_found 'a comment that is gone' in_utf16 lockdown.reg '/^; removable.usb-write/d'
fault_found 'another right' in_utf16 security.inf 's/^SeDebugPrivilege/SeDebugPrivileges/'
fault_found 'somebody else with a right' in_utf16 security.inf 's/^SeDebugPrivilege = .*/SeDebugPrivilege = Users\r/'
fault_found 'a number out of range' in_utf16 security.inf 's/^MinimumPasswordLength = .*/MinimumPasswordLength = 99\r/'
fault_found 'a damaged descriptor' in_utf16 security.inf 's/"D:PAR(A;;FA;;;BA)"/"D:PAR(A;;FA;;BA)"/'
fault_found 'another signature' in_utf16 security.inf 's/CHICAGO/CHIGACO/'
fault_found 'a right that undo forgets' in_utf16 rights.inf '/^SeDebugPrivilege/d'
fault_found 'a label that is not there' sed -i 's/^:same/:sam/' verify.cmd
fault_found 'a list that verify does not know' sed -i 's/^svc|/serv|/' settings.lst
fault_found 'a list that differs' sed -i 's/|EnableDCOM|REG_SZ|N/|EnableDCOM|REG_SZ|Y/' settings.lst
fault_found 'a page that lacks one' sed -i '/^network.dcom/d' SETTINGS.txt

# What a site may say.
site() { sed "$1" guest-config/site.conf >"$work/site.conf"; }
site_refused() {
	site "$2"
	refused "$1" "$3" "$guest_config" --no-exporter --site "$work/site.conf" --output "$work/refused"
}
site_refused 'a drive as a folder of programs' 's/^    C:\\Applied Biosystems$/    C:\\/' "'C:\\' is no folder"
site_refused 'a folder that holds the profiles' 's/^    C:\\Applied Biosystems$/    C:\\Documents and Settings/' 'operators write there'
site_refused 'programs where operators write' 's/^    C:\\Applied Biosystems\\7500\\experiments$/    C:\\Applied Biosystems/' 'operators could change them'
site_refused 'Windows where operators write' '0,/experiments$/s/^    C:.*experiments$/    C:\\WINDOWS/' 'operators could change them'
site_refused 'a variable in a folder' 's/^    C:\\Applied Biosystems$/    %SystemDrive%\\x/' 'is no folder'
site_refused 'a folder above' 's/^    C:\\Applied Biosystems$/    C:\\x\\../' 'is no folder'
site_refused 'a letter that batch files change' 's/^    C:\\Applied Biosystems$/    C:\\Geräte/' 'has letters'
site_refused 'all of the software hive' 's/^    HKLM.*/    HKLM\\SOFTWARE\\Microsoft/' "Windows' own"
site_refused 'an account with a quote' 's/^operator = .*/operator = "x"/' "no account's name"
site_refused 'an unknown key' 's/^port = /prot = /' "[exporter] has no 'prot'"
site_refused 'no port' '/^port = /d' 'port: one is needed'
site_refused 'an outbox beneath what is watched' 's/^outbox = .*/outbox = C:\\Applied Biosystems\\7500\\experiments\\outbox/' 'would send what it sent'
site_refused 'no folder to watch' '/^watch/,/experiments/d' 'watch: a folder is needed'
refused 'a site that is not there' 'cannot read' "$guest_config" --no-exporter --site "$work/none" --output "$work/refused"
refused 'a folder that is there' 'nothing is written over' "$guest_config" --no-exporter --output "$pack"
refused 'an exporter that is not there' "there is no '$work/none'" "$guest_config" --exporter "$work/none" --output "$work/refused"
expect_status 2 'nothing to make' "$guest_config" --no-exporter
check 'nothing is left of what was refused' test ! -e "$work/refused"

mkdir "$work/settings"
printf '[a.b]\nservice = X\ndefault = 2\nsource = s\n' >"$work/settings/10-x.conf"
refused 'a setting that does not say what it prevents' "'prevents' is missing" \
	"$guest_config" --no-exporter --settings "$work/settings" --output "$work/refused"

if command -v xorriso >/dev/null; then
	echo exporter >"$work/labseal-export.exe"
	expect_status 0 'a CD image is made' "$guest_config" --exporter "$work/labseal-export.exe" --iso "$work/pack.iso"
	check 'it has the names of Windows, and the exporter' eval \
		'isoinfo -J -f -i "$work/pack.iso" 2>/dev/null | grep -x /labseal-export.exe ||
		xorriso -read_fs any -indev "$work/pack.iso" -find / -name labseal-export.exe 2>/dev/null | grep labseal-export.exe'
	check 'with the exporter it is checked, too' grep -q '^exporter|' <(xorriso -osirrox on -indev "$work/pack.iso" \
		-extract /settings.lst "$work/on-cd" 2>/dev/null; cat "$work/on-cd")
else
	skip 'a CD image' 'no xorriso'
fi
