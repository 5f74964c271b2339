#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An exporter that is killed at any moment, and a receiver that stands still: everything arrives once, byte for byte.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine
start_catch --pty
data=$work/data
kills=${WIN_KILLS:-12}

RANDOM=${WIN_SEED:-$(date +%s)}
echo "# seed $RANDOM"
count=0
for round in $(seq "$kills"); do
	start_exporter COM5
	for _ in 1 2 3 4; do
		count=$((count + 1))
		new_file $((RANDOM * 4 + 1)) "$data/file-$count.bin"
	done
	sleep "$((1 + RANDOM % 2)).$((RANDOM % 1000))"
	check "round $round: it runs until it is killed" kill -0 "$exporting"
	kill_exporter
done
start_exporter COM5
check "all $count files arrive" wait_for 60 files_are_here "$count"
check 'and are sent again' wait_for 60 sent_twice "$count"
check 'to the end' all_is_read
count=$((count + 1))
check 'each exactly once, byte for byte' all_came_once "$data"
check 'nothing else came' test "$(grep -c '^file ' "$work/log")" -eq "$count"
check 'the receiver misses nothing' nothing_missing

# The host takes nothing for a while: more than all buffers between hold.
diode=$(sed -n 's/^diode //p' "$work/log")
kill -STOP "$diode"
for _ in 1 2 3 4 5 6 7 8; do
	count=$((count + 1))
	new_file 700000 "$data/file-$count.bin"
done
# done_with WORD: it did so with the last eight.
done_with() {
	local n
	for n in $(seq $((count - 7)) "$count"); do said_since_start "$1 .*file-$n.bin" || return 1; done
}
check 'they are taken all the same' wait_for 60 done_with took
check 'a host that stands still does not end it' kill -0 "$exporting"
check 'and has not got them' eval '! done_with sent'
kill -CONT "$diode"
check 'and what it missed arrives' wait_for 60 files_are_here "$count"
check 'byte for byte' all_came_once "$data"
check 'the receiver misses nothing still' nothing_missing
check 'no bad frame but where it was killed' test -z "$(grep 'error' "$work/catch.err")"
