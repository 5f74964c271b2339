#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A machine in a libvirt that others may use, too: `labseal audit` sees what is done to it, labseald seals that it
# drifted before it does anything else, and then does as the policy says.
#
# The libvirt is a daemon of this test's own, in a mount namespace that ends with it.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

if [ "$(id -u)" -ne 0 ] || ! unshare --mount true 2>/dev/null || ! command -v libvirtd virsh >/dev/null; then
	skip 'drift of a machine in a shared libvirt' 'needs root, mount namespaces, libvirtd and virsh'
	exit
fi
if [ -z "${IN_NAMESPACE:-}" ]; then
	# the results are those of the copy inside
	rm -rf "$work"
	trap - EXIT
	IN_NAMESPACE=yes exec unshare --mount --propagation private "$0"
fi

input=$build/images/input
home=$work/lab
mkdir -m 0755 "$home"

# What provision makes of the host is made of a copy.
cp -a /etc "$work/etc" && mount --bind "$work/etc" /etc || exit 4
for folder in /run/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /etc/libvirt; do
	mkdir -p "$folder" && mount -t tmpfs -o mode=0755 tmpfs "$folder" || exit 4
done
mkdir -p /var/lib/libvirt/qemu /etc/libvirt/qemu
# the account that Debian's package of the system instance makes
if ! getent passwd libvirt-qemu >/dev/null; then
	echo 'libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
	echo 'libvirt-qemu:x:64055:' >>/etc/group
fi
printf '%s\n' 'auth_unix_rw = "none"' 'auth_unix_ro = "none"' >/etc/libvirt/libvirtd.conf
printf '%s\n' 'user = "libvirt-qemu"' 'group = "libvirt-qemu"' 'stdio_handler = "file"' 'security_driver = "none"' \
	'cgroup_controllers = []' 'namespaces = []' 'remember_owner = 0' >/etc/libvirt/qemu.conf
# one that does not work, or that QEMU's user may not open, has libvirt ask QEMU again and again what it can
if [ -e /dev/kvm ]; then
	touch "$work/no-kvm" && chmod 000 "$work/no-kvm" && mount --bind "$work/no-kvm" /dev/kvm || exit 4
fi
# a host with USB ports, in which nothing is plugged
mount -t tmpfs -o mode=0755 tmpfs /sys/bus && mkdir -p /sys/bus/usb/devices || exit 4
start_libvirtd() {
	libvirtd --pid-file "$work/libvirtd.pid" >>"$work/libvirtd.log" 2>&1 </dev/null &
	libvirtd=$!
}
start_libvirtd
daemon=''
leave() {
	stop
	kill -TERM "$libvirtd" 2>/dev/null
	wait "$libvirtd"
	umount -l /etc/libvirt /etc
}
# The guest is not waited for: it has nothing to lose.
stop() {
	[ -n "$daemon" ] || return 0
	virsh destroy labseal-drift >/dev/null 2>&1
	kill -TERM "$daemon" 2>/dev/null
	wait "$daemon"
	daemon=''
}
at_end=leave
virsh() { command virsh -q -c qemu:///system "$@"; }
answers() { virsh list; }
if ! wait_for 150 answers >/dev/null 2>&1; then
	not_ok 'a libvirtd of our own runs' "$work/libvirtd.log"
	exit
fi

# policy RESPONSE
policy() {
	cat >"$home/policy.yaml" <<END
version: 1
instrument:
  id: drift
state: $home/state
vm:
  type: tcg
  cpu: qemu64
  clock: utc
  memory: 256 MiB
  usb: ["04b4:8613"]
  disk:
    path: $home/base.img
    sha256: $(sha256sum <"$home/base.img" | cut -c1-64)
    format: raw
  boot:
    kernel: $home/vmlinuz
    initrd: $home/initrd
    cmdline: quiet no_timer_check
publish:
  share: $home/share
on-drift: $1
development: true
END
}

status() { jq -r "$1" "$home/state/status.json" 2>/dev/null; }
is() { [ "$(status "$1")" = "$2" ]; }
is_running() { is .state running && is .signer.state ready && is .vm.state running && is .audit.looked true; }
start() {
	: >"$work/log" # or what the run before said would be taken for what this one says
	"$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
	daemon=$!
	if wait_for 240 is_running; then ok "$1"; else not_ok "$1" "$work/log"; fi
}
# sealed KIND: such an event is on the share.
sealed() { ls -d "$home"/share/events/*/*-"$1" >/dev/null 2>&1; }
# found ID PATH: audit says so.
found() {
	{ "$labseal" audit --json "$home/policy.yaml" 2>"$work/err" || true; } |
		jq -e --arg id "$1" --arg path "$2" '.violations[] | select(.id == $id and .path == $path)' >"$work/found"
}
seen() {
	if wait_for 150 found "$2" "$3"; then ok "audit sees $1"; else not_ok "audit sees $1: $2 at $3" "$work/err"; fi
}

truncate -s 1M "$home/base.img"
cp "$build/images/vmlinuz" "$home/vmlinuz"
images/make-initrd.sh "$build/images/base.cpio" "$input" "$home/initrd" || exit 4
policy flag
check 'provision' "$labseal" provision "$home/policy.yaml"
expect_status 3 'a machine that is not there is no verdict' "$labseal" audit "$home/policy.yaml"
said 'by its name' "labseal-drift"
start 'it runs in a shared libvirt'

"$labseal" audit --json "$home/policy.yaml" >"$work/audit.json" 2>"$work/said"
check 'audit finds the machine as it was approved' jq -e '
	.complete and .source == "libvirt" and ([.violations[].id] - ["host.polkit-rule", "host.access-driver"]) == []' "$work/audit.json"

# What calls itself the instrument, and is no device that QEMU could open.
port=/sys/bus/usb/devices/1-2
plug() {
	mkdir "$port" && echo 04b4 >"$port/idVendor" && echo 8613 >"$port/idProduct" && echo 1 >"$port/busnum" &&
		echo 7 >"$port/devnum" && echo "$1" >"$port/bDeviceClass"
}
logged() { grep -q "$1" "$work/log"; }
holds() {
	{ "$labseal" audit --json "$home/policy.yaml" 2>/dev/null || true; } |
		jq -e '.complete and ([.violations[] | select(.path | startswith("/host/") | not)] == [])'
}
check 'that the instrument is not plugged in is said' logged "usb.absent: the USB device '04b4:8613' is not plugged in"
plug ff
if wait_for 150 logged 'usb.attach: '; then ok 'a device that cannot be had is told of'; else not_ok 'a device that cannot be had is told of' "$work/log"; fi
check 'and is no drift' holds
rm -r "$port" && plug 08
if wait_for 150 logged 'usb.class: .* is mass storage'; then ok 'nor does a disk come in'; else not_ok 'nor does a disk come in' "$work/log"; fi
check 'by the name of the instrument' holds
rm -r "$port"

# viewers COUNT: so many look on, by the socket that libvirt has QEMU make, until the process is ended.
viewers() {
	python3 -c '
import os, socket, sys, time
held = []
for n in range(int(sys.argv[2])):
    held.append(socket.socket(socket.AF_UNIX))
    held[-1].connect(sys.argv[1])
    assert held[-1].recv(12)
parent = os.getppid()
while os.getppid() == parent:
    time.sleep(0.1)' "$(virsh dumpxml labseal-drift | grep -o "/[^']*vnc.sock" | head -n 1)" "$1" 2>"$work/viewers" &
	viewer=$!
}
nic="<interface type='user'><model type='ne2k_pci'/></interface>"
echo "$nic" >"$work/nic.xml"
viewers 1
virsh autostart labseal-drift >/dev/null
seen 'autostart' domain.autostart /machine/autostart
if wait_for 150 sealed drift; then ok 'the drift is sealed'; else not_ok 'the drift is sealed' "$work/log"; fi
check 'one viewer is none' bash -c '! grep -q display.viewers "$1"' - "$work/log"
kill "$viewer"
virsh autostart --disable labseal-drift >/dev/null
virsh attach-device labseal-drift "$work/nic.xml" --config >/dev/null
seen 'an edited definition' xml.unexpected inactive:/domain/devices/interface
virsh attach-device labseal-drift "$work/nic.xml" --live >/dev/null
seen 'a device that was attached' xml.unexpected live:/domain/devices/interface
virsh qemu-monitor-command labseal-drift '{"execute": "query-name"}' >/dev/null
seen 'a monitor command' domain.taint /machine/taint
virsh snapshot-create-as labseal-drift s --disk-only --no-metadata >/dev/null
seen 'another disk' xml.value live:/domain/devices/disk/source/@file
printf x >>"$home/base.img"
seen 'another base image' host.image /host/image
truncate -s 1M "$home/base.img"
check 'with on-drift: flag sealing goes on' is .signer.state ready
expect_status 1 'labseal status says it' "$labseal" status "$home/policy.yaml"
said 'what and where' 'is no longer the approved one'

stop
policy stop-sealing
check 'another policy is approved' "$labseal" provision "$home/policy.yaml"
start 'it runs again'
viewers 2
is_over() { is .state 'not sealing'; }
if wait_for 150 is_over; then ok 'with on-drift: stop-sealing a second viewer ends the sealing'; else not_ok 'with on-drift: stop-sealing a second viewer ends the sealing' "$work/log"; fi
check 'which the log says' logged 'display.viewers: '
check 'the machine runs on' is .vm.state running
check 'no process can sign any more' bash -c "! jq -e '.processes[] | select(.name == \"labseal-enclave\")' '$home/state/run.json'"
kill "$viewer"
expect_status 1 'labseal status says it, also when the viewers are gone' "$labseal" status "$home/policy.yaml"
stop
start 'started into the approved state it seals again'

stop
policy stop-vm
check 'another policy is approved' "$labseal" provision "$home/policy.yaml"
start 'it runs again, without what was done to it'

# libvirt's daemon goes away and comes back: the machine, which nobody watched meanwhile, is started anew.
qemu=$(jq -r .vm.pid "$home/state/status.json")
kill -KILL "$libvirtd"
wait "$libvirtd" 2>/dev/null
start_libvirtd
came_back() { is .state running && is .vm.state running && ! is .vm.pid "$qemu" && is .problem ''; }
if wait_for 240 came_back; then ok "libvirt's daemon is restarted, and all comes back"; else not_ok "libvirt's daemon is restarted, and all comes back" "$work/log"; fi
check 'the log says so' grep -q 'domain.left: ' "$work/log"
expect_status 0 'so does the status' "$labseal" status "$home/policy.yaml"
virsh qemu-monitor-command labseal-drift '{"execute": "query-name"}' >/dev/null
ended() { ! kill -0 "$daemon" 2>/dev/null; }
if wait_for 150 ended; then ok 'with on-drift: stop-vm labseald ends'; else not_ok 'with on-drift: stop-vm labseald ends' "$work/log"; fi
status=0
wait "$daemon" || status=$?
daemon=''
if [ "$status" -eq 1 ]; then ok 'with status 1'; else not_ok "with status 1 and not $status" "$work/log"; fi
check 'and the machine with it' bash -c '! virsh -q -c qemu:///system domstate labseal-drift 2>/dev/null | grep -q running'

# What was made of the host is not taken away from under those who use it.
start 'it runs for the last time'
expect_status 4 'deprovision while labseald runs is refused' "$labseal" deprovision "$home/policy.yaml"
said 'and says who is in the way' "is in use by process $daemon (labseald); stop that first"
stop
setpriv --reuid _labseal-enclave sleep 600 &
other=$!
runs_as_it() { grep -q "^Uid:[[:space:]]*$(id -u _labseal-enclave)" "/proc/$other/status"; }
wait_for 150 runs_as_it
expect_status 4 'so it is while something else runs as one of its users' "$labseal" deprovision "$home/policy.yaml"
said 'and says what to stop' "process $other (sleep) runs as the user '_labseal-enclave': stop labseald first"
check 'nothing was taken away' getent group labseal-operators
kill "$other"
wait "$other" 2>/dev/null
check 'when nobody does, it goes' "$labseal" deprovision "$home/policy.yaml"
check 'the users, too' bash -c '! getent passwd _labseal-enclave'
"$labseal" trust "$home/policy.yaml" >"$work/trust.txt" 2>/dev/null
expect_status 0 'the share verifies' "$labseal" verify --trust "$work/trust.txt" "$home/share"
said 'and says what was done' 'domain.taint /machine/taint'
