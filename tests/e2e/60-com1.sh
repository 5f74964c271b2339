#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The channel as COM1, which needs no driver in Windows XP: a receiver that stands still, and one that dies again and
# again while the guest keeps sending. labseald holds the FIFO open, so the emulated line drops nothing (without that it
# would: a UART cannot wait), and every file is on the share once.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

input=$work/input
mkdir "$input"
for n in $(seq 12); do head -c $((n * 60000)) /dev/urandom >"$input/run-$n.bin"; done
find "$build/images/input" -type f -size -1024k -exec cp {} "$input" \;
images/make-initrd.sh "$build/images/base.cpio" "$input" "$work/initrd" || exit 4
count=$(find "$input" -type f | wc -l)

# lab FOLDER [SETTING]: a provisioned instrument's state and share there, with this setting of the channel.
lab() {
	home=$work/$1
	mkdir -m 0700 "$home"
	{
		policy_of test-60 "$home/state" "$home/share" "$build/images/vmlinuz" "$work/initrd"
		printf 'channel: {type: com1%s}\nsigning: {tpm: embedded}\n' "${2:+, $2}"
	} >"$home/policy.yaml"
	check "$1: provision" "$labseal" provision "$home/policy.yaml"
	check "$1: trust" "$labseal" trust --output "$home/trust.txt" "$home/policy.yaml"
	"$build/labseald" "$home/policy.yaml" >"$home/log" 2>&1 </dev/null &
	daemon=$!
}
daemon=''
at_end='[ -z "$daemon" ] || kill "$daemon" 2>/dev/null; wait'

# process NAME: its number in this run; another_process NAME OLD: whether there is one that is not the old one.
process() { jq -r ".processes[] | select(.name == \"$1\") | .pid" "$home/state/run.json" 2>/dev/null; }
another_process() {
	local now
	now=$(process "$1")
	[ -n "$now" ] && [ "$now" != "$2" ] && kill -0 "$now"
}
is_running() { jq -e '.state == "running" and .vm.state == "running"' "$home/state/status.json"; }
sealed() { grep -c 'sealed: result' "$home/log"; }
so_many_sealed() { [ "$(sealed)" -ge "$1" ]; }
all_arrived() { every_file_on "$home/share" "$input"; }
each_once() {
	find "$home/share/results" -path '*/original/*' -type f -exec sha256sum {} + | cut -c1-64 | sort | uniq -d >"$work/twice"
	[ ! -s "$work/twice" ]
}
no_gap() { [ -z "$(find "$home/share/events" -name '*-gap' 2>/dev/null)" ]; }

# bytes_waiting LEAST: are there so many in the FIFO?  Asked by a descriptor of our own, for writing, as its mode lets its owner.
bytes_waiting() {
	python3 - "$(jq -r .folder "$home/state/run.json")/results.fifo" "$1" <<-'END'
		import fcntl, os, struct, sys, termios
		fifo = os.open(sys.argv[1], os.O_WRONLY | os.O_NONBLOCK)
		waiting, = struct.unpack("i", fcntl.ioctl(fifo, termios.FIONREAD, b"\0" * 4))
		sys.exit(waiting < int(sys.argv[2]))
	END
}

# finished NAME: what holds for every share.
finished() {
	check "$1: every file is on the share" wait_for 300 all_arrived
	local status=0
	kill -TERM "$daemon"
	wait "$daemon" || status=$?
	daemon=''
	check "$1: labseald ends in order" test "$status" -eq 0
	check "$1: no result is there twice" each_once
	check "$1: nothing was missing at any time" no_gap
	expect_status 0 "$1: labseal verify holds" "$labseal" verify --trust "$home/trust.txt" "$home/share"
}

lab stalled
check 'the machine runs' wait_for 240 is_running
check 'with a serial line to the FIFO' "$labseal" status "$home/policy.yaml"
said 'and status calls it one-way' one-way
check 'results come over COM1' wait_for 150 so_many_sealed 2
diode=$(process labseal-diode)
kill -STOP "$diode"
before=$(sealed)
# more than any one of the small files stands in the FIFO by now
check 'the guest goes on writing while it stands still' wait_for 240 bytes_waiting 100000
check 'a receiver that stands still stops the rest' test "$(sealed)" -le $((before + 1))
check 'and not the machine' is_running
kill -CONT "$diode"
finished stalled
check 'stalled: not one byte was lost' grep -q "diode.stop: $count files received, .* 0 dropped, 0 bad frames" "$home/log"

# what a receiver takes with it is sent again, and on a busy host without KVM a minute is little for a round of all files
lab killed 'gap-after: 240'
check 'the machine runs' wait_for 240 is_running
check 'results come over COM1' wait_for 150 so_many_sealed 1
for n in 1 2 3 4; do
	diode=$(process labseal-diode)
	kill -KILL "$diode"
	check "killed: another receiver comes ($n)" wait_for 120 another_process labseal-diode "$diode"
	sleep "1.$((RANDOM % 10))"
done
check 'the same machine still runs' test "$(jq .vm.restarts "$home/state/status.json")" = 0
finished killed
