# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the tests of the Windows exporter share: Wine with a prefix of its own, the receiver, and who waits for what.
# Wine's drive W: is the test's folder. The serial line is COM5: Wine itself links com1 to the machine's first real one.

. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

catch=$build/tests/tools/diode_catch
export WINEPREFIX=$build/win/wine WINEDEBUG=-all
wine=/usr/lib/wine/wine64
exporter=$build/win/x64/labseal-export.exe
catcher='' exporting='' said_before=0

skip_all() {
	skip "$(basename "$0" .sh)" "$1"
	exit 0
}

need_mingw() { [ -x "$exporter" ] || skip_all 'no cross compiler (gcc-mingw-w64-i686 and gcc-mingw-w64-x86-64)'; }

# need_wine: the prefix, made once; nothing in it belongs to anybody else.
need_wine() {
	need_mingw
	[ -x "$wine" ] || skip_all "no Wine (package wine64)"
	if [ ! -e "$WINEPREFIX/dosdevices/c:" ]; then
		timeout 180 "$wine" wineboot -i >"$work/said" 2>&1 || {
			not_ok 'a Wine prefix' "$work/said"
			exit 1
		}
	fi
	ln -sfn "$work" "$WINEPREFIX/dosdevices/w:"
	mkdir "$work/data"
}

# w PROGRAM ARGUMENT ...: run a Windows program.
w() { "$wine" "$@" </dev/null; }

end_wine() {
	# one that has ended may have been waited for by the shell, and its number be another process's by now
	[ -z "$exporting" ] || ! jobs -pr | grep -qx "$exporting" || kill -9 "$exporting" 2>/dev/null
	[ -z "$catcher" ] || { kill "$catcher" && wait "$catcher"; } 2>/dev/null
	[ ! -x "$wine" ] || timeout 30 /usr/lib/wine/wineserver64 -k 2>/dev/null
	rm -f "$WINEPREFIX/dosdevices/com"[5-9]
}
at_end=end_wine

# start_catch [--pty]: the real receiver; with a terminal it is COM5. What it gets is in $work/log.
start_catch() {
	local more=()
	[ "${1:-}" != --pty ] || more=(--pty "$work/line")
	"$catch" "$build/labseal-diode" "$work/catch" "${more[@]}" >"$work/log" 2>"$work/catch.err" &
	catcher=$!
	wait_for 60 grep -q '^diode ' "$work/log" || not_ok 'the receiver starts' "$work/catch.err"
	[ ${#more[@]} -eq 0 ] || ln -sfn "$(readlink "$work/line")" "$WINEPREFIX/dosdevices/com5"
}

# start_exporter PORT OPTION ...: a quick one, as a process of ours; what it says is in $work/said.exporter.
start_exporter() {
	local port=$1
	shift
	touch "$work/said.exporter"
	said_before=$(wc -l <"$work/said.exporter")
	"$wine" "$exporter" --port "$port" --outbox 'W:\outbox' --watch 'W:\data' --stable 400 --scan 100 --beat 300 \
		--resend 800 --resend-max 3000 --structure-wait 3000 --verbose "$@" </dev/null >>"$work/said.exporter" 2>&1 &
	exporting=$!
}

kill_exporter() {
	kill -9 "$exporting"
	wait "$exporting" 2>/dev/null
	exporting=''
}

# is_held FILE HOW FILE UNTIL: hold_file, in the background, until it has it; what it says is in FILE.
is_held() {
	local to=$1
	shift
	"$wine" "$build/win/x64/hold_file.exe" "$@" </dev/null >"$to" 2>&1 &
	wait_for 60 grep -qs open "$to"
}

# said_since_start PATTERN: the lines that the exporter said since it was last started.
said_since_start() { tail -n "+$((said_before + 1))" "$work/said.exporter" | grep -a "$1"; }

# sent_twice N: so many files were sent at least twice since the exporter was last started.
sent_twice() {
	[ "$(said_since_start '^labseal-export: sent' | grep -o '(file [0-9]*, attempt [2-9]' | sort -u | wc -l)" -ge "$1" ]
}

# let_pass N: the exporter has looked for N times as long as a file must stand still, by its own clock: it took N small
# files that were made one after the other. They count as files.
passed_by=0
let_pass() {
	local end=$((passed_by + $1))
	while [ $passed_by -lt $end ]; do
		passed_by=$((passed_by + 1))
		new_file 16 "$work/data/passed-by-$passed_by.bin"
		wait_for 30 said_since_start "took .*passed-by-$passed_by.bin" || return 1
	done
}

# all_is_read: what was sent before has come through the receiver, as what is sent after it has. It counts as a file.
all_is_read() {
	passed_by=$((passed_by + 1))
	new_file 16 "$work/data/passed-by-$passed_by.bin"
	wait_for 30 came_once "$work/data/passed-by-$passed_by.bin" "passed-by-$passed_by.bin"
}

files_are_here() { [ "$(grep -c '^file ' "$work/log")" -ge "$1" ]; }

# came_once FILE NAME: a whole copy of FILE arrived, under this name, exactly once.
came_once() {
	local sum
	sum=$(sha256sum <"$1" | cut -c1-64)
	[ "$(grep -c "^file [0-9]* $sum [0-9]* [0-9a-f]* $2\$" "$work/log")" -eq 1 ] || {
		echo "not exactly once: $2 ($sum)"
		return 1
	}
}

# all_came_once FOLDER: every file in it; only final versions are asked for.
all_came_once() {
	local file bad=0
	while IFS= read -r -d '' file; do
		came_once "$file" "${file#"$1"/}" || bad=1
	done < <(find "$1" -type f -print0)
	return $bad
}

# bytes N: so many bytes that no program compresses.
bytes() { head -c "$1" /dev/urandom; }

# new_file N FILE: a file of so many such bytes, which is there at once, and whole. (Written where it is watched it is empty until the
# program that fills it runs, which is longer than a file must stand still when the machine is busy.)
new_file() { bytes "$1" >"$work/new" && mv "$work/new" "$2"; }

# rewrite FROM FILE: the file gets these bytes in place, by one write.
rewrite() { dd if="$1" of="$2" bs=1M conv=notrunc status=none; }

nothing_missing() { ! grep -a '^event gap' "$work/log"; }
