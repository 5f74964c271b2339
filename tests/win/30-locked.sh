#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that other programs hold: waited for, never torn, and never kept from being saved.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine
start_catch --pty
data=$work/data

for name in denied shown locked written; do new_file 60000 "$data/$name.bin"; done
check 'one is denied to all' is_held "$work/held.denied" deny 'W:\data\denied.bin' 'W:\release'
check 'one is locked' is_held "$work/held.locked" lock 'W:\data\locked.bin' 'W:\release'
check 'one is written to' is_held "$work/held.written" write 'W:\data\written.bin' 'W:\release'
check 'one is shown' is_held "$work/held.shown" show 'W:\data\shown.bin' 'W:\never'
start_exporter COM5
check 'a file that another program only reads is sent meanwhile' wait_for 60 came_once "$data/shown.bin" shown.bin
check 'time goes by' let_pass 3
check 'and nothing of the others is sent' test "$(grep -c '^file [^ ]* [^ ]* 60' "$work/log")" -eq 1
touch "$work/release"
check 'they arrive when they are let go of' wait_for 60 files_are_here 7
check 'while one is still shown' test -z "$(grep closed "$work/held.shown")"
check 'each exactly once, byte for byte' all_came_once "$data"
check 'nobody was told that they cannot be read' test -z "$(grep -v 'took\|sent\|the port is open' "$work/said.exporter")"

# A program that opens its file again and again while it is being copied and sent is refused in the instant of asking alone, which
# is as long as the processor is away then (source_test.c: neither before nor after it).
new_file 3000000 "$data/busy.bin"
refused=0
for _ in $(seq 12); do
	w "$build/win/x64/hold_file.exe" again 'W:\data\busy.bin' 'W:\release' >/dev/null || refused=$((refused + 1))
done
check 'who saves while we look is not kept from it' test $refused -eq 0
check 'and the last version arrives' wait_for 60 came_once "$data/busy.bin" busy.bin

# A folder that is not there yet, and one that goes away.
kill_exporter
start_exporter COM5 --watch 'W:\later'
check 'a folder that is not there is said' wait_for 60 said_since_start "cannot list 'W:.later'"
check 'while others are looked at' let_pass 2
mkdir "$work/later"
new_file 100 "$work/later/x.bin"
check 'a folder that comes later is watched' wait_for 60 came_once "$work/later/x.bin" x.bin
check 'and its absence was said once' test "$(grep -c "cannot list 'W:.later'" "$work/said.exporter")" -eq 1
check 'the receiver misses nothing' nothing_missing
