#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The stand-in guest on a host that names its port late, as a busy one does: it waits for the port, and no result goes to
# the serial port, which nobody reads. The guest is started by hand, so that its port can be plugged in when it is up.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

console=$work/console sent=$work/sent
check 'an initrd is made' images/make-initrd.sh "$build/images/base.cpio" "$build/images/input" "$work/initrd"
mkfifo "$work/monitor"
qemu-system-x86_64 -nodefaults -no-user-config -display none -machine pc -accel tcg -cpu qemu64 -m 256 \
	-kernel "$build/images/vmlinuz" -initrd "$work/initrd" -append 'console=ttyS0 no_timer_check' \
	-serial "file:$console" -device virtio-serial-pci -chardev "file,id=port,path=$sent" -monitor stdio \
	<"$work/monitor" >"$work/monitor.out" 2>&1 &
qemu=$!
at_end="kill $qemu"
exec 3>"$work/monitor"

check 'the guest waits for a port with a name' wait_for 240 grep -aq 'no port has its name yet' "$console"
echo 'device_add virtserialport,chardev=port,name=org.labseal.0' >&3
check 'results leave by the port' wait_for 240 test -s "$sent"
check 'which the guest found' grep -aq 'port org.labseal.0 is vport' "$console"
check 'and nothing but words left by the serial port' eval '! LC_ALL=C grep -aqP "[^\x01-\x7f]" "$console"'
