#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ports that are no serial line (they have no state to set), that are not there yet, that go away.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine
start_catch
data=$work/data

start_exporter COM6
new_file 200000 "$data/a.bin"
check 'a port that is not there is said' wait_for 60 said_since_start 'cannot open port'
check 'it is tried again every second' let_pass 4
check 'and waited for' kill -0 "$exporting"
check 'which is not said again' test "$(grep -c "cannot open port" "$work/said.exporter")" -eq 1
ln -s "$work/catch/fifo" "$WINEPREFIX/dosdevices/com6"
check 'a FIFO takes it' wait_for 60 came_once "$data/a.bin" a.bin
kill_exporter

: >"$work/stream"
new_file 100000 "$data/b.bin"
start_exporter 'W:\stream'
check 'a plain file takes it' wait_for 60 eval '[ "$(stat -c %s "$work/stream")" -gt 600000 ]'
check 'and more' wait_for 60 eval '[ "$(stat -c %s "$work/stream")" -gt 900000 ]'
kill_exporter
cat "$work/stream" >"$work/catch/fifo"
check 'what was recorded is as good' wait_for 60 came_once "$data/b.bin" b.bin
check 'each exactly once' all_came_once "$data"
check 'the receiver misses nothing' nothing_missing
