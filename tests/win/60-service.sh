#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The exporter as a service, set up by an .ini beside it: installed, started, stopped, killed, removed.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine
start_catch --pty

# Wine ends all services when no other program runs, and starts them again for the next one: one stays.
echo >"$work/keep"
check 'one program stays' is_held "$work/held" show 'W:\keep' 'W:\never'

mkdir -p "$work/Program Files/labseal"
cp "$exporter" "$work/Program Files/labseal/"
home=$work/'Program Files/labseal'
exe='W:\Program Files\labseal\labseal-export.exe'
log=$home/labseal-export.log
# as Notepad writes it: lines end in CR LF, letters are the code page's (1252 here) or "Unicode"
settings() {
	printf '%s\r\n' '[labseal-export]' '; the port, and the rest' 'port = COM5' 'outbox = W:\outbox' \
		'watch = W:\Läufe' 'stable = 400' 'scan = 100' 'beat = 300' 'resend = 800' 'resend-max = 3000'
}
mkdir "$work/Läufe"
state() { w sc query labseal-export 2>/dev/null | tr -d '\r'; }
is_running() { state | grep 'STATE.*RUNNING'; } # to its end: who still writes when grep has gone would be what failed

expect_status 2 'without an .ini it is not installed' w "$exe" --install
settings >"$home/labseal-export.ini"
expect_status 0 'it is installed' w "$exe" --install
expect_status 0 'again, too' w "$exe" --install
check 'to start with the system, as LocalSystem' grep -q LocalSystem <(w reg query \
	'HKLM\System\CurrentControlSet\Services\labseal-export' 2>/dev/null)
check 'and by a quoted path' grep -qF '"W:\Program Files\labseal\labseal-export.exe" "--service"' <(w reg query \
	'HKLM\System\CurrentControlSet\Services\labseal-export' /v ImagePath 2>/dev/null)
expect_status 0 'it is started' w "$exe" --start
check 'it runs' is_running
new_file 50000 "$work/Läufe/Prüfung 1.bin"
check 'and sends' wait_for 60 came_once "$work/Läufe/Prüfung 1.bin" 'Prüfung 1.bin'
expect_status 0 'it is stopped' w "$exe" --stop
check 'it does not run' eval '! is_running'
check 'what it did is in its log' grep -q stopped "$log"
check 'it ended in order' grep -q '^event session' "$work/log"

for code in WINDOWS-1252 UTF-16LE-BOM UTF-8-BOM; do
	case $code in
	WINDOWS-1252) settings | iconv -t CP1252 ;;
	UTF-16LE-BOM) printf '\377\376' && settings | iconv -t UTF-16LE ;;
	UTF-8-BOM) printf '\357\273\277' && settings ;;
	esac >"$home/labseal-export.ini"
	w "$exe" --start >"$work/said" 2>&1
	new_file 500 "$work/Läufe/$code.bin"
	check "with an .ini in $code it sends" wait_for 60 came_once "$work/Läufe/$code.bin" "$code.bin"
	w "$exe" --stop >>"$work/said" 2>&1
done

echo 'nonsense = 1' >"$home/labseal-export.ini"
expect_status 4 'with a wrong .ini it does not start' w "$exe" --start
check 'and says why' grep -q "there is no setting 'nonsense'" "$log"
settings >"$home/labseal-export.ini"
expect_status 0 'with the right one it does' w "$exe" --start
expect_status 0 'removing stops it' w "$exe" --remove
check 'it is gone' grep -q 1060 <(w sc query labseal-export 2>&1; w "$exe" --start 2>&1)
expect_status 4 'what is not there cannot be removed' w "$exe" --remove
expect_status 2 'nobody but the manager runs it with --service' w "$exe" --service
expect_status 2 'an unknown option' w "$exe" --nonsense 1
expect_status 0 'help' w "$exe" --help
check 'all arrived exactly once' all_came_once "$work/Läufe"
