#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Interrupted at any moment, the demo leaves nothing running and nothing locked, and the next run goes on.
# E2E_LONG=1 tries every signal at every moment and every process; without it they take turns.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

input=$build/images/input
out=$work/out
: >"$work/folders"
# Programs of its own: another suite may run those of the build meanwhile.
programs=$work/programs
mkdir "$programs" && cp "$build"/labseal* "$programs" || exit 4
labseal=$programs/labseal

# run_note FILTER: what the running state says of itself (jq).
run_note() { jq -r "$1" "$out/state/run.json" 2>/dev/null; }

# ours: processes of this output: this test's programs, and whatever names the output or its run folder.
ours() {
	local folder entry pid words
	folder=$(tail -n 1 "$work/folders")
	for entry in /proc/[0-9]*; do
		pid=${entry#/proc/}
		case $pid in "$$" | "$BASHPID") continue ;; esac
		words=$({ readlink "/proc/$pid/exe"; tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null)
		case "$words" in
		*"$programs"/labseal* | *"$out"* | *"${folder:-no folder}"*) echo "$pid $words" ;;
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

# start_until WORD: start a run in a session of its own, and wait until it says WORD. Sets pid.
start_until() {
	: >"$work/demo.log"
	setsid "$labseal" demo --input "$input" --output "$out" --kernel "$build/images/vmlinuz" \
		--initrd "$build/images/base.cpio" >>"$work/demo.log" 2>&1 </dev/null &
	pid=$!
	for _ in $(seq 1200); do
		! grep -q "$1" "$work/demo.log" || break
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.05
	done
	sleep "0.$((RANDOM % 4))"
	run_note '.folder // empty' >>"$work/folders"
}

# ended: what the run started last ended with.
ended() {
	local status=0
	{ wait "$pid" || status=$?; } 2>/dev/null
	return $status
}

# interrupted SIGNAL WHOM WORD: the signal to the command, or its whole group, a moment after it said WORD.
interrupted() {
	local name="SIG$1 to the $2 after '$3'"
	start_until "$3"
	if [ "$2" = group ]; then kill -s "$1" -- "-$pid"; else kill -s "$1" "$pid"; fi 2>/dev/null
	if ended; then
		skip "$name" 'the demo had already ended'
	else
		check "$name leaves no process" gone
	fi
}

# killed NAME: SIGKILL to one of the processes while results are carried.
killed() {
	start_until ' session'
	local victim
	victim=$(run_note ".processes[] | select(.name == \"$1\") | .pid")
	if [ -z "$victim" ]; then
		not_ok "there is no process '$1' to kill" "$work/demo.log"
	else
		kill -KILL "$victim"
	fi
	ended
	echo "# the demo ended with status $? and said: $(tail -n 1 "$work/demo.log")"
	check "$1 killed: no process is left" gone
}

no_folder_left() {
	local folder
	while IFS= read -r folder; do
		[ ! -e "$folder" ] || return 1
	done <"$work/folders"
}

# That the search finds what there is to find.
start_until ' vm-start'
ours >"$work/found"
found_all() {
	local name
	for name in labseald labseal-diode labseal-enclave labseal-publish labseal-report swtpm qemu-system; do
		grep -q "/$name" "$work/found" || return 1
	done
}
check 'the search finds a running demo' found_all
kill -TERM "$pid"
ended
check 'SIGTERM leaves no process' gone

turns=('INT group' 'KILL command' 'TERM command' 'KILL group')
turn=0
for word in policy guest provision trust ' start' vm-start ' session' '1/6' '5/6' '6/6'; do
	for kind in "${turns[@]}"; do
		turn=$((turn + 1))
		[ -n "${E2E_LONG:-}" ] || [ $((turn % 3)) -eq 0 ] || continue
		# shellcheck disable=SC2086 # two words
		interrupted $kind "$word"
	done
done
for name in labseald labseald-machine swtpm labseal-diode labseal-enclave labseal-publish qemu; do
	turn=$((turn + 1))
	[ -n "${E2E_LONG:-}" ] || [ $((turn % 2)) -eq 0 ] || continue
	killed "$name"
done

check 'the next run goes on' demo "$input" "$out"
check 'every file is on the share, byte for byte' every_file_on "$out/share" "$input"
stock_checks 'after interruptions' "$out/share" "$out/trust.txt"
expect_status 0 'labseal verify holds' "$labseal" verify --trust "$out/trust.txt" "$out/share"
check 'and nothing is left of it' gone
check 'no run folder is left' no_folder_left
