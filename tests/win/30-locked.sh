#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that other programs hold: waited for, never torn, and never kept from being saved.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine
start_catch --pty
data=$work/data

# hold HOW FILE MS: in the background, until it is open.
hold() {
	"$wine" "$build/win/x64/hold_file.exe" "$1" "W:\\data\\$2" "$3" </dev/null >"$work/held.$2" 2>&1 &
	wait_for 20 grep -qs open "$work/held.$2"
}

for name in denied shown locked written; do bytes 60000 >"$data/$name.bin"; done
hold deny denied.bin 5000
hold lock locked.bin 5000
hold write written.bin 5000
hold show shown.bin 12000
start_exporter COM5
check 'a file that another program only reads is sent meanwhile' wait_for 4 came_once "$data/shown.bin" shown.bin
check 'by then the others are still held' test -z "$(grep -l closed "$work"/held.*)"
check 'and nothing of them is sent' test "$(grep -c '^file ' "$work/log")" -eq 1
check 'they arrive when they are let go of' wait_for 20 files_are_here 4
check 'each exactly once, byte for byte' all_came_once "$data"
check 'nobody was told that they cannot be read' test -z "$(grep -v 'took\|the port is open' "$work/said.exporter")"

# A program that opens its file again and again while it is being copied and sent is never refused.
bytes 3000000 >"$data/busy.bin"
refused=0
for _ in $(seq 12); do
	w "$build/win/x64/hold_file.exe" write 'W:\data\busy.bin' 100 >/dev/null || refused=$((refused + 1))
done
check 'who saves while we look is never refused' test $refused -eq 0
check 'and the last version arrives' wait_for 20 came_once "$data/busy.bin" busy.bin

# A folder that is not there yet, and one that goes away.
kill_exporter
start_exporter COM5 --watch 'W:\later'
sleep 2
mkdir "$work/later"
bytes 100 >"$work/later/x.bin"
check 'a folder that comes later is watched' wait_for 20 came_once "$work/later/x.bin" x.bin
check 'its absence was said once' test "$(grep -c "cannot list 'W:.later'" "$work/said.exporter")" -eq 1
check 'the receiver misses nothing' nothing_missing
