#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Interrupted at any moment, the demo leaves nothing running and nothing locked, and the next run goes on.
# E2E_MOMENTS (seconds after the start) widens or narrows the list.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

input=$build/images/input
out=$work/out
moments=${E2E_MOMENTS:-0.2 1 2.5 4 6}

# run_folder: the run's folder under /tmp, as the state names it.
run_folder() { grep -ao '/tmp/labseal-[A-Za-z0-9]*' "$out/state/run.json" 2>/dev/null | sort -u | head -n 1; }

# ours: processes of this output: programs of this build, and whatever names the output or its run folder.
ours() {
	local folder entry pid words
	folder=$(tail -n 1 "$work/folders" 2>/dev/null)
	for entry in /proc/[0-9]*; do
		pid=${entry#/proc/}
		case $pid in "$$" | "$BASHPID") continue ;; esac
		words="$(readlink "/proc/$pid/exe") $(tr '\0' ' ' <"/proc/$pid/cmdline")" 2>/dev/null
		case "$words" in
		"$build"/labseal* | *"$out"* | *"${folder:-no folder}"*) echo "$pid $words" ;;
		esac
	done
}

# gone: within ten seconds nothing of ours is left.
gone() {
	local left tries
	for tries in $(seq 100); do
		left=$(ours)
		[ -n "$left" ] || return 0
		sleep 0.1
	done
	echo "left after $((tries / 10)) s:"
	echo "$left"
	return 1
}

# no_folder_left: none of the runs' folders.
no_folder_left() {
	local folder
	while IFS= read -r folder; do
		[ ! -e "$folder" ] || return 1
	done <"$work/folders"
}

# interrupted SIGNAL MOMENT WHOM: start a run, send the signal after MOMENT seconds to the command or its whole group.
interrupted() {
	local signal=$1 moment=$2 whom=$3 pid status=0
	setsid "$labseal" demo --input "$input" --output "$out" --kernel "$build/images/vmlinuz" \
		--initrd "$build/images/base.cpio" >"$work/said" 2>&1 </dev/null &
	pid=$!
	sleep "$moment"
	run_folder >>"$work/folders"
	if [ "$whom" = group ]; then kill -s "$signal" -- "-$pid"; else kill -s "$signal" "$pid"; fi
	wait "$pid" || status=$?
	if [ "$status" -eq 0 ]; then
		skip "SIG$signal to the $whom after $moment s" 'the demo had already ended'
	else
		check "SIG$signal to the $whom after $moment s leaves no process" gone
	fi
}

for moment in $moments; do
	interrupted INT "$moment" group
	interrupted TERM "$moment" command
	interrupted KILL "$moment" command
	interrupted KILL "$moment" group
done
check 'the next run goes on' demo "$input" "$out"
check 'every file is on the share, byte for byte' every_file_on "$out/share" "$input"
stock_checks 'after interruptions' "$out/share" "$out/trust.txt"
expect_status 0 'labseal verify holds' "$labseal" verify --trust "$out/trust.txt" "$out/share"
check 'and nothing is left of it' gone
check 'no run folder is left' no_folder_left
