#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The batch files of guest-config under Wine: they lock, find what deviates, and put back what there was. Wine has no
# secedit, net user and cscript of Windows: standin.c plays them. Registry, reg.exe and cmd.exe are Wine's.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need python3 python3
export WINEPREFIX=$work/wine WINEDEBUG=-all
wine=/usr/lib/wine/wine64
standin=$build/win/x64/standin.exe
[ -x "$wine" ] || skip_all 'no Wine (package wine64)'
[ -x "$standin" ] || skip_all 'no cross compiler (gcc-mingw-w64-x86-64)'
at_end='[ ! -d "$WINEPREFIX" ] || timeout 30 /usr/lib/wine/wineserver64 -k 2>/dev/null'
# Each runs hundreds of programs; the bound is for one that never ends.
w() { timeout 900 "$wine" "$@" </dev/null; }

timeout 600 "$wine" wineboot -i >"$work/said" 2>&1 || {
	not_ok 'a Wine prefix' "$work/said"
	exit 1
}
# Until its services have ended, too: else they are there twice, those of the next program beside them.
timeout 120 /usr/lib/wine/wineserver64 -w
# One program stays: with the last one Wine's services end, and with them what is still to be done.
mkfifo "$work/stays"
"$wine" cmd <"$work/stays" >/dev/null 2>&1 &
exec 9>"$work/stays"
drive=$WINEPREFIX/drive_c
mkdir -p "$drive/standin" "$drive/bin"
cp "$standin" "$drive/windows/system32/secedit.exe"
for program in secedit net cscript powercfg; do cp "$standin" "$drive/bin/$program.exe"; done
printf 'Administrator\noperator\n' >"$drive/standin/users.txt"
printf 'Administrator\noperator\n' >"$drive/standin/Administrators.txt"
printf '[System Access]\r\nMinimumPasswordLength = 0\r\n[Privilege Rights]\r\nSeSystemtimePrivilege = *S-1-5-32-547\r\n' \
	>"$drive/standin/policy.txt"
cp "$drive/standin/policy.txt" "$work/policy.before"
# Not by a batch file: after call, Wine's cmd knows no exit status but 0 and 1.
export WINEPATH='C:\bin' LABSEAL_HIVE='HKCU\Labseal-operator'
run() { w cmd /c "C:\\$1" "${@:2}"; }

# All settings: Wine's regedit reads the file, and what it then has is what the checker read in it.
"$guest_config" --no-exporter --output "$work/whole" || exit 4
cp "$work/whole/lockdown.reg" "$drive/"
expect_status 0 'the registry file is imported' w reg import 'C:\lockdown.reg'
for key in SYSTEM SOFTWARE; do w reg export "HKLM\\$key" "C:\\$key.reg" /y >/dev/null; done
check 'and read back it is the same' python3 tests/guest-config/read_back.py "$drive/lockdown.reg" "$drive/SYSTEM.reg" "$drive/SOFTWARE.reg"
w reg delete 'HKLM\SOFTWARE\Policies' /f >/dev/null
w reg add 'HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer' /f >/dev/null

# Some of each kind through the batch files: each reg.exe takes its time under Wine. (None with a %, which Wine's cmd
# replaces in variables of for, too.)
mkdir "$work/settings"
python3 tests/guest-config/some_settings.py guest-config/settings "$work/settings" removable.usb-write removable.autorun-inf \
	network.dcom services.irmon services.bits software.default-level software.file-types software.labseal \
	accounts.password-length accounts.right-network accounts.right-clock accounts.driver-signing accounts.labseal-folder \
	operator.screen-saver operator.run system.logon-password system.hibernation
# The exporter's port is not COM1: Wine has the machine's own under this name.
sed 's/^port = .*/port = COM5/' guest-config/site.conf >"$work/site.conf"
exporter=(--no-exporter)
[ ! -x "$build/win/x64/labseal-export.exe" ] || exporter=(--exporter "$build/win/x64/labseal-export.exe")
"$guest_config" "${exporter[@]}" --site "$work/site.conf" --settings "$work/settings" --output "$drive/pack" || exit 4
echo asleep >"$drive/hiberfil.sys"
w reg add 'HKLM\SOFTWARE\Microsoft\Ole' /v EnableDCOM /d Y /f >/dev/null
w reg add 'HKLM\SYSTEM\CurrentControlSet\Services\BITS' /v Start /t REG_DWORD /d 3 /f >/dev/null
w reg add 'HKLM\SYSTEM\CurrentControlSet\Control\StorageDevicePolicies' /v WriteProtect /t REG_DWORD /d 0 /f >/dev/null
w reg delete 'HKLM\SYSTEM\CurrentControlSet\Services\irmon' /f >/dev/null 2>&1
w reg delete 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\IniFileMapping\Autorun.inf' /f >/dev/null 2>&1
w reg add 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon' /v DefaultPassword /d 'sec&ret' /f >/dev/null
state() { for key in 'SOFTWARE\Microsoft\Ole' 'SYSTEM\CurrentControlSet\Services' 'SOFTWARE\Policies' \
	'SYSTEM\CurrentControlSet\Control\StorageDevicePolicies' 'SOFTWARE\Microsoft\Windows NT\CurrentVersion\IniFileMapping'; do
	w reg export "HKLM\\$key" 'C:\state.reg' /y >/dev/null 2>&1 && iconv -f UTF-16 -t UTF-8 "$drive/state.reg"
	rm -f "$drive/state.reg"
done; }
state >"$work/before"

expect_status 4 'another Windows is refused' run 'pack\apply.cmd'
said 'and said so' 'this is no Windows XP'
w reg add 'HKCU\Software\Wine' /v Version /d winxp64 /f >/dev/null
w reg add 'HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language' /v InstallLanguage /d 0409 /f >/dev/null
expect_status 2 'a wrong option is refused' run 'pack\apply.cmd' /nonsense
mv "$drive/pack/security.inf" "$drive/"
expect_status 4 'a pack that lacks a file is refused' run 'pack\apply.cmd'
said 'and the file is named' 'security.inf'
mv "$drive/security.inf" "$drive/pack/"
mv "$drive/windows/system32/secedit.exe" "$drive/"
expect_status 4 'Windows XP Home is refused' run 'pack\apply.cmd'
said 'and named' 'Windows XP Home'
mv "$drive/secedit.exe" "$drive/windows/system32/"
check 'what was refused changed nothing' diff "$work/before" <(state)

expect_status 1 'before, it deviates' run 'pack\verify.cmd'
for id in network.dcom system.logon-password system.hibernation services.bits software.labseal accounts.right-clock operator.run; do
	said "$id is named" "DEVIATES $id: "
done
said 'and that the operator is an administrator' "account 'operator' is 'a member of Administrators'"
check 'looking changed nothing' diff "$work/before" <(state)

# reg.exe does not always come to an answer, and what it did not say is neither there nor gone.
# reg_fails N STATUS: one query in N prints nothing and ends so.
reg_fails() { cp "$standin" "$drive/bin/reg.exe" && rm -f "$drive/standin/reg.turn" && echo "$1 $2" >"$drive/standin/reg.txt"; }
reg_works() { rm -f "$drive/bin/reg.exe" "$drive/standin/reg.txt"; }
reg_fails 1 1
expect_status 4 'what cannot be read is not saved as not there' run 'pack\apply.cmd'
said 'and it is said' 'could not be saved'
check 'and undo would delete nothing' eval '! grep "reg delete" "$drive/labseal/undo/values.cmd"'
reg_works

expect_status 0 'it is locked, and all holds' run 'pack\apply.cmd'
said 'nothing deviates' ' hold, 0 deviate, 0 could not be checked'
check 'the operator is an administrator no more' eval '! grep -q operator "$drive/standin/Administrators.txt"'
check 'a password in the registry is gone, also from what is kept for undo' eval '! w reg query \
	"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon" /v DefaultPassword 2>/dev/null && ! grep -r "sec&ret" "$drive/labseal"'
check 'Windows is not put to sleep any more' test ! -e "$drive/hiberfil.sys"
if [ ${#exporter[@]} -eq 2 ]; then
	check 'the exporter is a service that starts with Windows' grep -q '0x2' <(w reg query \
		'HKLM\SYSTEM\CurrentControlSet\Services\labseal-export' /v Start 2>/dev/null)
	check 'and has the settings of the site' grep -q '^port = COM5' "$drive/labseal/labseal-export.ini"
fi
check 'looking is possible without the CD' run 'labseal\pack\verify.cmd'
check 'a service that is not there was not made' eval '! w reg query "HKLM\SYSTEM\CurrentControlSet\Services\irmon" 2>/dev/null'
cp -r "$drive/pack" "$drive/few"
few() { grep -E "^[a-z]+[|]($1)[|]" "$drive/pack/settings.lst" >"$drive/few/settings.lst"; }
few 'network.dcom|services.bits|accounts.driver-signing'
reg_fails 3 1
expect_status 0 'reg.exe that fails now and then is asked again' run 'few\verify.cmd'
said 'and all is found' ' 3 hold, 0 deviate, 0 could'
reg_fails 3 0
expect_status 0 'and so is one that says nothing' run 'few\verify.cmd'
few 'network.dcom|services.irmon|system.logon-password'
reg_fails 1 1
expect_status 3 'one that always fails shows nothing' run 'few\verify.cmd'
said 'and that is said' ' 0 hold, 0 deviate, 3 could not be checked' 'NOT CHECKED network.dcom' \
	'NOT CHECKED services.irmon' 'NOT CHECKED system.logon-password'
reg_works
check 'what is kept for undo is what undo needs' test ! -e "$drive/labseal/undo/value.txt"
cp -r "$drive/labseal/undo" "$work/undo"

w reg add 'HKLM\SOFTWARE\Microsoft\Ole' /v EnableDCOM /d Y /f >/dev/null
w reg delete 'HKLM\SOFTWARE\Policies\Microsoft\Windows\Safer\CodeIdentifiers' /v DefaultLevel /f >/dev/null
# The operator may write anything into his own settings; the one who looks is an administrator.
w reg add 'HKCU\Labseal-operator\Control Panel\Desktop' /v ScreenSaveActive /d 'x" & echo >C:\hacked & rem "%TEMP%' /f >/dev/null
printf 'Analyzing\r\nMismatch - c:\\Labseal.\r\n' >"$drive/standin/mismatch.txt"
expect_status 1 'what is changed afterwards is found' run 'pack\verify.cmd'
said 'and what it is' "network.dcom: HKLM\\SOFTWARE\\Microsoft\\Ole EnableDCOM is 'Y' (REG_SZ), should be 'N'"
said 'and what is gone' "DefaultLevel is 'not there', should be '0x0'"
said 'and permissions' 'accounts.labseal-folder: C:\labseal permissions'
said 'and what the operator wrote' 'operator.screen-saver: HKCU\Labseal-operator\Control Panel\Desktop ScreenSaveActive is'
said 'and no more' ' 4 deviate, 0 could'
check 'what the operator wrote is not run' test ! -e "$drive/hacked"
rm "$drive/standin/mismatch.txt"
expect_status 0 'a second run mends it' run 'pack\apply.cmd'
check 'and keeps the first undo' diff -r "$work/undo" "$drive/labseal/undo"
w reg add 'HKLM\SYSTEM\CurrentControlSet\Control\Nls\Language' /v InstallLanguage /d 0407 /f >/dev/null
expect_status 3 'in another language permissions are not checked' run 'pack\verify.cmd'
said 'and said so' 'NOT CHECKED accounts.labseal-folder'

expect_status 3 'undo in the pack, where nothing was saved, is refused' run 'pack\undo.cmd'
# undo.cmd removes the exporter, too. Wine's services do not always know what a program that has ended just did, so here
# it is removed by itself (tests/win/60-service.sh says that it can be).
if [ ${#exporter[@]} -eq 2 ]; then
	removed() { w 'C:\labseal\labseal-export.exe' --remove; ! w reg query 'HKLM\SYSTEM\CurrentControlSet\Services\labseal-export' 2>/dev/null; }
	check 'the exporter can be removed' wait_for 60 removed
	rm "$drive/labseal/labseal-export.exe"
fi
expect_status 0 'it is undone' run 'labseal\undo\undo.cmd'
check 'the registry is as it was' diff "$work/before" <(state)
check 'and the rights and passwords' diff "$work/policy.before" <(grep -a -e '^\[[SP]' -e '^M' -e '^S' "$drive/standin/policy.txt")
