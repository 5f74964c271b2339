#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Over a serial line to the real receiver: files written in every way, with names of every kind, once and byte for byte.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need_wine
start_catch --pty
start_exporter COM5 --structure-wait 600000

data=$work/data
new_file 300000 "$data/plain.bin"

# slowly, held open by the writer; and kept open, without a word, for longer than a file must stand still
check 'a writer is at work' is_held "$work/held.slow" write 'W:\data\slow.log' 'W:\release'
check 'and one has written' is_held "$work/held.kept" keep 'W:\data\kept.log' 'W:\release'

# in pieces under a temporary name, then renamed
(
	for _ in 1 2 3 4 5 6; do
		bytes 20000
		sleep 0.3
	done >"$data/plate7.tmp"
	mv "$data/plate7.tmp" "$data/plate7.bin"
) &

# a ZIP archive without its directory is not whole, though it stands still
mkdir "$work/zip"
bytes 50000 >"$work/zip/experiment.xml"
(cd "$work/zip" && zip -q plate.eds experiment.xml)
head -c 30000 "$work/zip/plate.eds" >"$work/zip/part.eds" && mv "$work/zip/part.eds" "$data/plate.eds"

# rewritten in place: two versions, the second names the first
new_file 70000 "$data/again.bin"
first=$(sha256sum <"$data/again.bin" | cut -c1-64)

# names: umlauts, another script, a pair of surrogates, blanks, signs that shells know, a subfolder
mkdir -p "$data/Läufe 2026/März"
for name in 'Prüfung.txt' '測定結果.bin' 'plate 🧪 7.bin' 'ΔRn — final.csv' "it's & 100%.bin" \
	'Läufe 2026/März/Übersicht (1).bin'; do
	new_file 5000 "$data/$name"
done
long=$(printf 'very-long-name-%.0s' {1..15}).bin
mkdir -p "$data/$(printf 'f%.0s' {1..120})"
new_file 1000 "$data/$(printf 'f%.0s' {1..120})/$long"

check 'the first version arrives' wait_for 60 grep -q ' again.bin$' "$work/log"
bytes 90000 >"$work/again.bin" && rewrite "$work/again.bin" "$data/again.bin"
second=$(sha256sum <"$data/again.bin" | cut -c1-64)
check 'time goes by' let_pass 3
check 'a file that is being written is not sent' test -z "$(grep ' slow.log$' "$work/log")"
check 'nor one that its writer keeps open' test -z "$(grep ' kept.log$' "$work/log")"
check 'an archive without its end is not sent' test -z "$(grep ' plate.eds$' "$work/log")"
rewrite "$work/zip/plate.eds" "$data/plate.eds"
touch "$work/release"

check 'all files arrive' wait_for 60 files_are_here 17
check 'and are sent again' wait_for 60 sent_twice 17
check 'to the end' all_is_read
check 'each exactly once, byte for byte, by its name' all_came_once "$data"
check 'the version before came, too' grep -q "^file [0-9]* $first [0-9]* 0\{64\} again.bin\$" "$work/log"
check 'and is named by the next' grep -q "^file [0-9]* $second [0-9]* $first again.bin\$" "$work/log"
check 'nothing else came' test "$(grep -c '^file ' "$work/log")" -eq 18
check 'the receiver misses nothing' nothing_missing
check 'the exporter said nothing bad' test -z "$(grep -v "took\|sent\|the port is open\|written again" "$work/said.exporter")"

# It ends by itself when told to, and goes on where it was.
check 'it is still there' kill -0 "$exporting"
kill_exporter
new_file 4000 "$data/later.bin"
start_exporter COM5
check 'a later run sends what is new' wait_for 60 came_once "$data/later.bin" later.bin
check 'all is sent again' wait_for 60 sent_twice 19
check 'to the end, too' all_is_read
check 'and nothing twice' test "$(grep -c '^file ' "$work/log")" -eq 20
check 'as a new run of the same session' grep -q '^event session .*new-run' "$work/log"
