#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A guest that restarts itself and one that hangs: labseald tells and seals it, touches neither the machine nor the rest,
# and all comes back by itself. And an end that is asked for while the machine starts.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

home=$work/lab
mkdir -m 0700 "$home"

# The instrument saves a file and restarts the computer; after that, which it knows by the clock that it set, another.
root=$work/root
mkdir -p "$root/instrument"
cat >"$root/instrument/save-runs" <<'END'
#!/bin/busybox sh
if [ "$(date +%Y)" -gt 2010 ]; then
	echo 'before the restart' >"$2/before.txt"
	# the exporter takes it when it may, on a loaded host much later; nothing tells a guest what came out
	for _ in $(seq 60); do
		! grep -rq 'before the restart' /var/lib/labseal-export || break
		sleep 1
	done
	sleep 10
	date -s 2001-02-03 && hwclock -u -w && reboot -f
else
	echo 'after the restart' >"$2/after.txt"
fi
END
chmod 0755 "$root/instrument/save-runs"
images/make-variant.sh "$build/images/base.cpio" "$root" "$home/initrd" || exit 4
{
	policy_of test-65 "$home/state" "$home/share" "$build/images/vmlinuz" "$home/initrd"
	printf 'channel: {type: virtio, silence-after: 10}\nsigning: {tpm: embedded}\n'
} >"$home/policy.yaml"

status() { jq -r "$1" "$home/state/status.json" 2>/dev/null; }
is() { [ "$(status "$1")" = "$2" ]; }
is_running() { is .state running && is .signer.state ready && is .vm.state running && is .problem ''; }
arrived() { compgen -G "$home/share/results/*/*/original/$1" >/dev/null; }
logged() { grep -q "$1" "$work/log"; }
# sealed KIND: how many such events are on the share.
sealed() { compgen -G "$home/share/events/*/*-$1" | wc -l; }
was_sealed() { [ "$(sealed "$1")" -ge 1 ]; }
eventually() {
	local name=$1 seconds=$2
	shift 2
	if wait_for "$seconds" "$@"; then ok "$name"; else not_ok "$name" "$work/log"; fi
}

daemon=''
start() {
	: >"$work/log" # or what the run before said would be taken for what this one says
	"$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
	daemon=$!
}
stop() {
	local status=0
	kill -TERM "$daemon"
	wait "$daemon" || status=$?
	daemon=''
	return $status
}
at_end='[ -z "$daemon" ] || stop 2>/dev/null'

check 'it is provisioned' "$labseal" provision "$home/policy.yaml"
start
eventually 'a result arrives' 240 arrived before.txt
qemu=$(status .vm.pid)
eventually 'the guest restarts itself, and the log says so' 150 logged 'machine.reboot: the guest of '
eventually 'which is sealed' 150 was_sealed vm-reboot
eventually 'results arrive again' 240 arrived after.txt
check 'all of it runs' is_running
check 'in the same machine' is .vm.pid "$qemu"
check 'which was not started anew, nor was the rest' test "$(status .vm.restarts) $(status .signer.restarts)" = '0 0'

kill -STOP "$qemu"
eventually 'a guest that hangs is told of' 120 logged 'diode.silence: '
eventually 'in the status, too' 150 is .channel.silent true
check 'while labseald goes on' writes_on is .channel.silent true
kill -CONT "$qemu"
eventually 'that it goes on, too' 120 logged 'diode.heard: '
eventually 'and the status' 150 is .channel.silent false
check 'all of it still runs' is_running
check 'in the same machine' is .vm.pid "$qemu"
check 'it stops in order' stop

# Whatever moment of the start it is.
for moment in 'signing.ready' 'machine.state'; do
	start
	eventually "it comes to '$moment'" 150 logged "$moment: "
	check 'and stops in order' stop
	check 'as often as the machine was started it was stopped, on record' test "$(sealed vm-start)" = "$(sealed vm-stop)"
	check 'no machine is left' test ! -e "$home/state/run.json"
done
"$labseal" trust "$home/policy.yaml" >"$work/trust.txt" 2>/dev/null
expect_status 0 'the share verifies' "$labseal" verify --trust "$work/trust.txt" "$home/share"
