#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A disk without room for the outbox: the exporter says so, waits, loses nothing, and goes on when there is room.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine
small=$work/small
mkdir "$small"
[ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=1m tmpfs "$small" 2>/dev/null ||
	skip_all 'only root can mount a small disk'
at_end='end_wine; umount "$small"'
start_catch --pty
data=$work/data

head -c 500000 /dev/zero >"$small/filler"
for n in 1 2 3 4; do new_file 150000 "$data/$n.bin"; done
start_exporter COM5 --outbox 'W:\small\outbox'
check 'what there is room for arrives' wait_for 60 files_are_here 3
check 'that the disk is full is said' wait_for 60 grep -q 'cannot write to the outbox' "$work/said.exporter"
check 'what is small still fits' let_pass 3
check 'that it is full was said once' test "$(grep -c 'cannot write to the outbox' "$work/said.exporter")" -eq 1
check 'the exporter still runs' kill -0 "$exporting"
check 'what is small arrives' wait_for 60 files_are_here 6
check 'no half copy counts' test "$(grep -c '^file ' "$work/log")" -eq 6
rm "$small/filler"
check 'with room the last arrives, too' wait_for 60 files_are_here 7

# Full to the last byte: not even a journal's record fits, and a killed exporter comes back.
cat /dev/zero >"$small/filler" 2>/dev/null
said=$(grep -c 'outbox' "$work/said.exporter")
for n in 5 6; do new_file 20 "$data/$n.bin"; done
said_twice_more() { [ "$(grep -c 'outbox' "$work/said.exporter")" -ge $((said + 2)) ]; }
check 'that neither fits is said' wait_for 60 said_twice_more
check 'the exporter survives a disk without one byte' kill -0 "$exporting"
kill_exporter
rm "$small/filler"
start_exporter COM5 --outbox 'W:\small\outbox'
check 'and everything arrives' wait_for 60 files_are_here 9
check 'and once more' wait_for 30 sent_twice 9
check 'to the end' all_is_read
check 'each exactly once, byte for byte' all_came_once "$data"
check 'the receiver misses nothing' nothing_missing
