#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/deploy.md: its commands work as they stand, from a made-up old disk to a policy that labseal takes; the machine of
# the first start has the hardware of the locked one; the installed programs find each other.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need qemu-img qemu-utils
need qemu-system-i386 qemu-system-x86
need mkntfs ntfs-3g
need xorriso xorriso
"$python" -c 'import hivex' 2>/dev/null || skip_all 'no hivex (package python3-hivex)'
[ -x "$make_ntfs" ] || skip_all 'no library to make NTFS with (package ntfs-3g-dev)'

expect_status 0 'make install' make -s install-xp NO_DEPS=1 BUILD="$build" PREFIX="$work/usr" DESTDIR=
for page in labseal-xp-import labseal-xp-media labseal-guest-config; do
	check "$page has its manual page" test -e "man/$page.1"
	check "its options are in it" eval '"$work/usr/bin/$page" --help | grep -o -e "--[a-z-]*" | sort -u |
		while read -r option; do [ "$option" = --help ] || grep -qF -e "Fl -${option#--}" "man/$page.1" || { echo "$option"; exit 1; }; done'
	! command -v mandoc >/dev/null || check "and mandoc takes it" mandoc -T lint -W warning "man/$page.1"
done
echo exporter >"$work/usr/share/labseal/labseal-export.exe"
cp "$labseal" "$work/usr/bin/labseal"
export PATH=$work/usr/bin:$PATH

make_parts || exit 4
xp_files
mkdir "$work/images"
make_volume "$work/volume" "${files[@]}" && make_disk "$work/volume" "$work/images/old-pc.img" || exit 4
block() { python3 tests/e2e/readme.py --block "$1" docs/deploy.md; }
cd "$work/images" || exit 4
run_block() {
	(cd "$top" && block "$1") >"$work/block"
	[ -s "$work/block" ] || echo false >"$work/block"
	expect_status 0 "deploy.md, '$1'" bash -e "$work/block"
}
for name in look import pack iso keep policy; do run_block "$name"; done
check 'the lines for the policy are there' grep -q 'sha256: [0-9a-f]\{64\}$' disk.yaml
check 'the policy holds' labseal check policy.yaml
labseal xml --accelerator kvm policy.yaml >"$work/locked.xml"

# The first start: QEMU takes the command (stopped before the first instruction), and the hardware is the policy's.
(cd "$top" && block start) >"$work/start"
for pair in 'machine="pc-i440fx-7.2"|pc-i440fx-7.2' '>qemu32<|-cpu qemu32' 'policy="disable" name="nx"|qemu32,-nx' \
	'unit="MiB">1024<|-m 1024' 'offset="localtime"|base=localtime' 'name="hpet" present="no"|hpet=off' \
	'dev="hda" bus="ide"|if=ide,index=0' 'dev="hdb" bus="ide"|if=ide,index=1' 'type="vga"|-vga std' \
	'model="ich9-ehci1"|ich9-usb-ehci1' 'model="ich9-uhci3"|ich9-usb-uhci3' 'type="isa-serial"|-serial null'; do
	check "locked and unlocked have ${pair#*|}" eval 'grep -qF -- "${pair%%|*}" "$work/locked.xml" && grep -qF -- "${pair#*|}" "$work/start"'
done
sed -e 's/-accel kvm/-accel tcg -S -monitor stdio/' -e 's/-display gtk/-display none/' "$work/start" >"$work/block"
check 'QEMU takes the command' grep -q 'VM status: paused' <(printf 'info status\nquit\n' | timeout 60 bash "$work/block" 2>&1)
