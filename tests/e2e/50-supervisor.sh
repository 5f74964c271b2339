#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# labseald itself: one at a time, one-way by the kernel's word, everything that dies is started again and no result is
# lost, a changed state is refused by name, and no privilege is taken that is not needed.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

input=$build/images/input
home=$work/lab
mkdir -m 0700 "$home"

# policy FILE: the demo's machine with two disks.
policy() {
	{
		policy_of test-50 "$home/state" "$home/share" "$home/vmlinuz" "$home/initrd" |
			sed "/^publish:/s|}|, metrics: $home/labseal.prom}|"
		cat <<-END
			  disk:
			    path: $work/base.img
			    sha256: $base_sum
			    format: raw
			    overlay: keep
			  results-disk:
			    path: $work/results.qcow2
			    size: 64 MiB
			channel: {type: virtio, max-file-size: 1 GiB}
			signing: {tpm: embedded, ed25519: true}
		END
	} >"$1"
}

status() { jq -r "$1" "$home/state/status.json" 2>/dev/null; }
process() { jq -r ".processes[] | select(.name == \"$1\") | .pid" "$home/state/run.json" 2>/dev/null; }

is() { [ "$(status "$1")" = "$2" ]; }
is_running() { is .state running && is .signer.state ready && is .vm.state running; }
all_arrived() { every_file_on "$home/share" "$input"; }

# With the rights that the service file leaves it, without network, and a service manager that is played.
unit=host/service/labseald@.service.in
if [ "$(id -u)" -eq 0 ] && unshare --net true 2>/dev/null; then
	rights=$(sed -n 's/^CapabilityBoundingSet=//p' $unit | tr ' ' '\n' | sed 's/^CAP_/+/' | tr 'A-Z\n' 'a-z,')
	as=(unshare --net setpriv --no-new-privs --bounding-set="-all,${rights%,}")
fi
as+=(env "NOTIFY_SOCKET=$work/notify" WATCHDOG_USEC=3000000)
python3 -u -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
s.settimeout(1)
parent = os.getppid()
while os.getppid() == parent:
    try:
        print(s.recv(4096).decode())
    except TimeoutError:
        pass' "$work/notify" >"$work/notified" 2>/dev/null </dev/null &
manager=$!
wait_for 150 test -S "$work/notify" || exit 4
notified() { grep -qx -- "$1" "$work/notified"; }

daemon=''
start() {
	: >"$work/log" # or what the run before said would be taken for what this one says
	"${as[@]}" "$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
	daemon=$!
}

# stop: its exit status.
stop() {
	local status=0
	kill -TERM "$daemon"
	wait "$daemon" || status=$?
	return $status
}

# person FOLDER: a CA of the staff there, and somebody's key and certificate.
person() {
	openssl ecparam -genkey -name prime256v1 -noout -out "$1/staff.key"
	openssl req -x509 -new -key "$1/staff.key" -subj '/CN=Staff CA' -days 2 -out "$1/staff.pem"
	openssl ecparam -genkey -name prime256v1 -noout -out "$1/ada.key"
	openssl req -new -key "$1/ada.key" -subj '/CN=Ada Lovelace' -out "$1/ada.csr"
	openssl x509 -req -in "$1/ada.csr" -CA "$1/staff.pem" -CAkey "$1/staff.key" -CAcreateserial -days 1 -out "$1/ada.pem"
} >/dev/null 2>&1

# replaced NAME OLD: another process has the name, and all runs.
replaced() {
	local now
	now=$(process "$1")
	[ -n "$now" ] && [ "$now" != "$2" ] && is_running
}

# killed NAME: that process, and it is started again.
killed() {
	local pid
	pid=$(process "$1")
	if [ -z "$pid" ] || ! kill -KILL "$pid"; then
		not_ok "$1 is there to be killed" "$work/log"
		return
	fi
	if wait_for 150 replaced "$1" "$pid"; then
		ok "$1, killed, is started again"
	else
		not_ok "$1, killed, is started again" "$work/log"
	fi
}

truncate -s 1M "$work/base.img"
base_sum=$(sha256sum <"$work/base.img" | cut -c1-64)
[ "$(id -u)" -ne 0 ] || chmod 0711 "$work" # QEMU's user has to get at the disks
cp "$build/images/vmlinuz" "$home/vmlinuz"
images/make-initrd.sh "$build/images/base.cpio" "$input" "$home/initrd" || exit 4
policy "$home/policy.yaml"

expect_status 4 'nothing starts before it is provisioned' timeout 60 "$build/labseald" "$home/policy.yaml"
said 'and it says what to do' "labseal provision"
check 'provision below a folder that only its owner can enter' "$labseal" provision "$home/policy.yaml"

start
if wait_for 150 is_running; then ok 'it runs'; else not_ok 'it runs' "$work/log"; fi
check 'which the service manager is told, and that it lives' wait_for 150 eval 'notified READY=1 && notified WATCHDOG=1'
expect_status 4 'a second one on the same state ends' "$build/labseald" "$home/policy.yaml"
said 'and names the first' "is in use by process $daemon"
check "QEMU's descriptor of the channel is write-only, says labseald" is .channel.qemu_descriptor write-only
check 'and the kernel says so of every descriptor of it' bash -c "
	for fd in /proc/$(process qemu)/fd/*; do
		case \$(readlink \"\$fd\") in */results.fifo)
			grep -q '^flags:.*1\$' \"\${fd/fd/fdinfo}\" || exit 1
			seen=yes ;;
		esac
	done
	[ -n \"\$seen\" ]"
overlay=$work/labseal-test-50.${base_sum:0:16}.overlay.qcow2
check 'QEMU writes to the kept overlay and to the results disk, and only reads the base image' bash -c "
	mode() { for fd in /proc/$(process qemu)/fd/*; do
		[ \"\$(readlink \"\$fd\")\" != \"\$1\" ] || sed -n 's/^flags:.*\\(.\\)\$/\\1/p' \"\${fd/fd/fdinfo}\"; done; }
	[ \"\$(mode '$overlay')\" = 2 ] && [ \"\$(mode '$work/results.qcow2')\" = 2 ] && [ \"\$(mode '$work/base.img')\" = 0 ]"
check 'no other way leads out of the machine' is .channel.other_ways 0
check "neither QEMU nor libvirt's process is root" bash -c "
	! grep -hq '^Uid:[[:space:]]*0' /proc/$(process qemu)/status /proc/$(process labseald-machine)/status"
check 'no other user can read what the machine boots or writes' bash -c "
	[ -z \"\$(find '$(jq -r .folder "$home/state/run.json")' -maxdepth 1 -type f -perm /007)\" ]"
enclave=$(process labseal-enclave)
# The kernel's word on the enclave; only root, or its user, may look.
measured() {
	jq -r 'select(.content.event == "enclave-file") |
		.content.sha256 + "  ./" + (.content.path | ltrimstr("/"))' "$home/state/event-log.jsonl" | sort
}
in_its_root() { (cd "/proc/$enclave/root/" && find . -type f -exec sha256sum {} +) | sort; }
check "the enclave's namespaces are its own" bash -c "
	for ns in user mnt pid ipc uts net; do
		[ \"\$(readlink /proc/$enclave/ns/\$ns)\" != \"\$(readlink /proc/$daemon/ns/\$ns)\" ] || exit 1
	done"
# An ordinary user cannot read the program in it, nor see what it holds open.
if [ "$(id -u)" -eq 0 ]; then
	check 'its root has exactly the measured files' diff <(measured) <(in_its_root)
else
	check 'its root has exactly the measured files' diff <(measured | grep -v '  ./labseal-enclave$') <(in_its_root 2>/dev/null)
fi
check 'and is all that is mounted, read-only' bash -c "
	[ \$(wc -l </proc/$enclave/mountinfo) -eq 1 ] && grep -q ' / / ro,nosuid,nodev.* - tmpfs .* ro' /proc/$enclave/mountinfo"
if [ -r "/proc/$enclave/fd" ]; then
	check 'it has three channels, the log and nothing else open' test \
		"$(find "/proc/$enclave/fd" -type l -printf '%f\n' | sort -n | tr '\n' ' ')" = '0 1 2 3 4 5 '
else
	skip 'it has three channels, the log and nothing else open' 'only root may look'
fi
check 'no core, no right, two filters' bash -c "
	grep -q '^Max core file size *0 *0 ' /proc/$enclave/limits && grep -q '^CapEff:.0*\$' /proc/$enclave/status &&
	grep -q '^CapBnd:.0*\$' /proc/$enclave/status && grep -q '^NoNewPrivs:.1' /proc/$enclave/status &&
	grep -q '^Seccomp_filters:.2' /proc/$enclave/status"
if [ "$(id -u)" -eq 0 ]; then
	check 'it is not root' bash -c "! grep -q '^Uid:.*[[:space:]]0[[:space:]]' /proc/$enclave/status"
fi
# All of it, which takes the right to raise the limit.
if prlimit --memlock=536870912:536870912 true 2>/dev/null; then
	check 'its memory is locked' bash -c "[ \$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\).*/\1/p' /proc/$enclave/status) -gt 4096 ]"
else
	skip 'its memory is locked' 'who runs this may not raise the limit for locked memory'
fi
heard() { jq -e '.channel.last_heard != ""' "$home/state/status.json"; }
if wait_for 150 heard; then ok 'it says when the guest was last heard'; else not_ok 'it says when the guest was last heard' "$work/log"; fi
check 'labseal status says it runs' "$labseal" status "$home/policy.yaml"
audited() { "$labseal" audit --json "$home/policy.yaml" >"$work/audit.json" && jq -e '.holds and .source == "labseald"' "$work/audit.json"; }
if wait_for 120 audited; then ok 'labseal audit finds nothing'; else not_ok 'labseal audit finds nothing' "$work/audit.json"; fi
metric() { grep -qx "$1{instrument=\"test-50\"} $2" "$home/labseal.prom"; }
check 'so do its metrics' wait_for 150 eval 'metric labseal_running 1 && metric labseal_channel_one_way 1'
restarts=$(status .signer.restarts)
killed labseal-report
check 'nobody else was started anew for it' is .signer.restarts "$restarts"
killed labseal-diode
killed labseal-enclave
killed labseal-publish
killed swtpm

# A TPM that hangs: it is told while it does, and since when; nothing is started anew, and it goes on by itself.
tpm_is_silent() {
	is .signer.state 'waiting for the TPM' && [[ $(status .problem) == 'the TPM does not answer since '*'Z; results wait'* ]]
}
goes_on() { [ "$(status .problem)" = '' ] && [ "$(process qemu)" != "$1" ] && is_running; }
swtpm=$(process swtpm) restarts=$(status .signer.restarts) qemu=$(process qemu)
kill -STOP "$swtpm"
kill -KILL "$qemu" # its stop is to be sealed
if wait_for 150 tpm_is_silent; then ok 'a TPM that hangs is told of'; else not_ok 'a TPM that hangs is told of' "$home/state/status.json"; fi
tpm_is_waited_for() { is .signer.state 'waiting for the TPM' || { cat "$home/state/status.json" && return 1; }; }
check 'while labseald goes on' writes_on tpm_is_waited_for
kill -CONT "$swtpm"
if wait_for 150 goes_on "$qemu"; then ok 'and when it answers all goes on'; else not_ok 'and when it answers all goes on' "$work/log"; fi
check 'with the same TPM and enclave' test "$(process swtpm) $(status .signer.restarts)" = "$swtpm $restarts"
killed labseald-machine

# All of it at once, in the middle of a run, as when the host loses its power.
jq -r '.processes[].pid' "$home/state/run.json" | { mapfile -t pids; kill -KILL "$daemon" "${pids[@]}"; } 2>/dev/null
wait "$daemon" 2>/dev/null
expect_status 3 'labseal status says that it is gone' "$labseal" status "$home/policy.yaml"
said 'and since when' 'not running; this is what it wrote last, at 20'
was=$(status .started) # what the killed one wrote says that it runs
runs_anew() { [ "$(status .started)" != "$was" ] && is_running; }
start
if wait_for 150 runs_anew; then ok 'after that it runs again'; else not_ok 'after that it runs again' "$work/log"; fi
check 'and says what had happened' grep -q 'run.interrupted: the run before this one did not end in order: it was killed' "$work/log"
is_heard_anew() { jq -e '.channel.last_heard > .started and .queue == 0' "$home/state/status.json"; }
if wait_for 150 is_heard_anew; then ok 'and the guest is heard'; else not_ok 'and the guest is heard' "$work/log"; fi
if wait_for 240 all_arrived; then ok 'every file arrives all the same'; else not_ok 'every file arrives all the same' "$work/log"; fi
# A person signs a result and hands that in; what no known person signed is put aside. labseald reads neither.
person "$work"
check 'the CA of the staff is made known while it runs' "$labseal" trust --person-ca "$work/staff.pem" "$home/policy.yaml"
for result in "$home"/share/results/*/*; do :; done
check 'a person countersigns a result' "$labseal" countersign --yes --meaning approval --certificate "$work/ada.pem" \
	--key "$work/ada.key" --output "$work/ada.countersign" "$result"
echo '{}' >"$work/nothing.countersign"
ln -s "$work/ada.countersign" "$home/state/link.countersign"
for handed in nothing ada; do
	check "$handed is handed in" "$labseal" countersign --hand-in "$work/$handed.countersign" "$home/policy.yaml"
done
mv "$home/state/link.countersign" "$home/state/countersign/"
is_countersigned() {
	compgen -G "$home/share/events/*/*-countersignature" && [ "$(ls "$home/state/countersign")" = refused ]
}
if wait_for 150 is_countersigned; then ok 'it is sealed'; else not_ok 'it is sealed' "$work/log"; fi
check 'what is none is put aside' test "$(find "$home/state/countersign/refused" | wc -l)" -eq 3
check 'and told' grep -q 'countersign.refused: the countersignature .* this is no countersignature of labseal' "$work/log"
check 'it stops in order' stop
check 'its state says so' is .state stopped
check 'the service manager was told' wait_for 150 notified STOPPING=1
kill "$manager"
check 'its metrics say so' metric labseal_running 0
check 'its last seal is the stop' is .last_seal.label vm-stop
check 'the disks stay' test -s "$overlay" -a -s "$work/results.qcow2"
check 'the run folder is gone' test ! -e "$home/state/run.json"
"$labseal" trust "$home/policy.yaml" >"$work/trust.txt" 2>/dev/null
expect_status 0 'the share verifies' "$labseal" verify --trust "$work/trust.txt" "$home/share"
said 'and names who approved the result' 'approval, Ada Lovelace, signed 20'
stock_checks 'after all that' "$home/share" "$work/trust.txt"
check 'that receiver, enclave and publisher were started again is on record' test -n "$(compgen -G "$home/share/events/*/*-signing-restart")"

# A library that is another one, as this one start of labseald sees it.
library=$(jq -r 'select(.content.path | endswith("/libjansson.so.4")) | .content.path' "$home/state/event-log.jsonl")
cp "$library" "$work/library"
printf x >>"$work/library"
if unshare --mount true 2>/dev/null; then
	expect_status 1 'a library of the enclave that was changed is refused' unshare --mount bash -c "
		mount --bind '$work/library' '$library' && exec timeout 60 '$build/labseald' '$home/policy.yaml'"
	said 'by its path' "enclave-file '$library' was changed"
else
	skip 'a library of the enclave that was changed is refused' 'only root can mount another one over it'
fi

printf x >>"$home/vmlinuz"
expect_status 1 'a kernel that was changed is refused' timeout 60 "$build/labseald" "$home/policy.yaml"
said 'by name' "base-image 'kernel' was changed"
cp "$build/images/vmlinuz" "$home/vmlinuz"
printf '# a comment\n' >>"$home/policy.yaml"
expect_status 1 'so is a policy that was changed' timeout 60 "$build/labseald" "$home/policy.yaml"
said 'by its name' "policy 'policy.yaml' was changed"
