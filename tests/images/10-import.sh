#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# xp-import: what it makes of a disk in each format, and what it refuses, on made-up disks.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need qemu-img qemu-utils
need mkntfs ntfs-3g
need sfdisk fdisk
"$python" -c 'import hivex' 2>/dev/null || skip_all 'no hivex (package python3-hivex)'
[ -x "$make_ntfs" ] || skip_all 'no library to make NTFS with (package ntfs-3g-dev)'
make_parts || exit 4
xp_files
make_volume "$work/volume" "${files[@]}" && make_disk "$work/volume" "$work/disk.img" || exit 4
before=$(sha256sum "$work/disk.img")
out=$work/base.qcow2
import() { "$xp_import" "$@"; }

expect_status 0 'a disk can be looked at alone' import --check "$work/disk.img"
said 'it says what it did not check' 'Not checked, since that takes the Windows itself'
said 'and which image it was' "reading '$work/disk.img' (raw)"
import "$work/disk.img" "$out" >"$work/policy" 2>"$work/said" && ok 'a raw disk is imported' || not_ok 'a raw disk is imported' "$work/said"
said 'what changed is said' 'device pci#ven_8086&dev_7010 is driven by intelide'
said "the old processor's driver, too" 'intelppm'
check 'the source is what it was' test "$before" = "$(sha256sum "$work/disk.img")"
check 'its SHA-256 is in the lines for the policy' grep -q "^    sha256: $(sha256sum <"$out" | cut -c1-64)$" "$work/policy"
check 'nothing else is left' test -z "$(find "$work" -name '*.tmp' -o -name '.xp*')"

# The lines are a policy's, as they are.
{ printf 'version: 1\ninstrument:\n  id: 7500-01\n' && cat "$work/policy"; } >"$work/policy.yaml"
expect_status 0 'labseal takes these lines' "$labseal" check "$work/policy.yaml"

# What is in the image, by other means than the importer's.
qemu-img convert -O raw "$out" "$work/made.img"
dd if="$work/made.img" of="$work/made.volume" bs=512 skip=$start count=$sectors status=none
ntfscat "$work/made.volume" /WINDOWS/system32/config/system >"$work/made.system"
value() { printf 'cd %s\nlsval %s\n' "$1" "$2" | hivexsh "$work/made.system"; }
if command -v hivexsh >/dev/null; then
	check 'the IDE controller of the machine has its driver' test "$(value \
		'\ControlSet001\Control\CriticalDeviceDatabase\pci#ven_8086&dev_7010' Service)" = intelide
	check 'which starts with Windows' test "$(value '\ControlSet001\Services\IntelIde' Start)" = 0
	check 'as does that of the channels' test "$(value '\ControlSet001\Services\atapi' Start)" = 0
	check 'the driver of the old processor does not' test "$(value '\ControlSet001\Services\intelppm' Start)" = 4
else
	skip 'what is in the registry' 'no hivexsh (package libhivex-bin)'
fi
check 'the volume is clean' ntfsresize --info "$work/made.volume"
check 'the disk is the same outside the volume' cmp -n $((start * 512)) "$work/disk.img" "$work/made.img"
check 'and its files are' eval 'ntfscat "$work/made.volume" /WINDOWS/system32/config/software | cmp - "$work/parts/software"'
expect_status 0 'what is prepared is imported once more' import --output-format raw "$work/made.img" "$work/again.img"
check 'and nothing in it changes' eval '! grep -q "is driven by" "$work/said" && cmp "$work/made.img" "$work/again.img"'

for format in vpc vdi vmdk vhdx qcow2; do
	qemu-img convert -O "$format" "$work/disk.img" "$work/disk.$format"
	expect_status 0 "$format is imported" import --check "$work/disk.$format"
	said "$format is known by its marks" "($format)"
done
qemu-img convert -O vpc -o subformat=fixed,force_size=on "$work/disk.img" "$work/disk.fixed"
expect_status 0 'a fixed VHD is' import --check --format vpc "$work/disk.fixed"
refused 'another format than said' 'is raw, not vdi' import --check --format vdi "$work/disk.img"

# --- what is no disk to import ---
disk_refused() { refused "$1" "$2" import "${3:-$work/bad.img}" "$work/none.qcow2"; }
head -c $((5000 * 512 + 100)) "$work/disk.img" >"$work/bad.img"
disk_refused 'a raw image that ends within a sector' 'it was cut off'
head -c $((20000 * 512)) "$work/disk.img" >"$work/bad.img"
disk_refused 'a raw image that ends within the volume' 'the image was cut off'
head -c 200000 "$work/disk.qcow2" >"$work/bad.qcow2"
disk_refused 'a qcow2 that is cut off' "'$work/bad.qcow2'" "$work/bad.qcow2"
head -c 200000 "$work/disk.vmdk" >"$work/bad.vmdk"
disk_refused 'a VMDK that is cut off' "'$work/bad.vmdk'" "$work/bad.vmdk"
head -c 200000 "$work/disk.vdi" >"$work/bad.vdi"
disk_refused 'a VDI that is cut off' "'$work/bad.vdi'" "$work/bad.vdi"
head -c 100 "$work/disk.img" >"$work/bad.img"
disk_refused 'a handful of bytes' 'which is no disk'
disk_refused 'a folder' 'is no file' "$work"
qemu-img create -q -f qcow2 -b "$work/disk.img" -F raw "$work/bad.qcow2"
disk_refused 'a snapshot without what is below it' 'merge its snapshots first' "$work/bad.qcow2"
printf '# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 100 FLAT "/etc/passwd" 0\n' >"$work/bad.vmdk"
disk_refused 'a VMDK that names a file elsewhere' 'only files beside it are opened' "$work/bad.vmdk"
refused 'an output that is there' 'nothing is written over' import "$work/disk.img" "$out"
expect_status 2 'no output' import "$work/disk.img"
refused 'a folder that is not there' "'$work/none' is no folder" import "$work/disk.img" "$work/none/x.qcow2"

# --- partitions ---
truncate -s 10M "$work/bad.img"
disk_refused 'an empty disk' 'no partition table'
disk_refused 'the image of C: alone' 'C: alone' "$work/volume"
cp --sparse=always "$work/disk.img" "$work/bad.img"
printf 'label: gpt\nstart=2048, size=4096\n' | sfdisk -q --no-reread --wipe always "$work/bad.img"
disk_refused 'a GPT' 'partition table is GPT'
parted_refused() {
	make_disk "$work/volume" "$work/bad.img" "$3"
	disk_refused "$1" "$2"
}
parted_refused 'no active partition' '0 partitions are active' "start=$start, size=$sectors, type=7"
parted_refused 'two active partitions' '2 partitions are active' "start=$start, size=$sectors, type=7, bootable
start=$((start + sectors)), size=1000, type=7, bootable"
parted_refused 'an active partition of Linux' 'of the type 0x83' "start=$start, size=$sectors, type=83, bootable"
parted_refused 'a partition smaller than its volume' 'was changed' "start=$start, size=$((sectors - 100)), type=7, bootable"
make_disk "$work/volume" "$work/bad.img" "start=$((start + sectors)), size=1500, type=5
start=$start, size=$sectors, type=7, bootable"
expect_status 0 'an extended partition before it, which boot.ini does not count' import --check "$work/bad.img"
make_disk "$work/volume" "$work/bad.img" "start=$((start + sectors)), size=1500, type=de
start=$start, size=$sectors, type=7, bootable"
disk_refused 'a maker'"'"'s own partition before it, which it does' 'the active one is partition 2'
made_for=2048 make_volume "$work/bad.volume" "${files[@]}"
make_disk "$work/bad.volume" "$work/bad.img"
disk_refused 'a volume made for another place' 'so it does not start'
heads=240 make_volume "$work/bad.volume" "${files[@]}"
make_disk "$work/bad.volume" "$work/bad.img"
expect_status 0 'other numbers of heads' import --check "$work/bad.img"
said 'are noted' '240 heads'

# --- volumes ---
boot_sector() {
	make_disk "$work/volume" "$work/bad.img"
	printf '%b' "$1" | dd of="$work/bad.img" bs=1 seek=$((start * 512 + ${2:-3})) conv=notrunc status=none
}
boot_sector '-FVE-FS-'
disk_refused 'BitLocker' 'encrypted by BitLocker'
boot_sector 'MSDOS5.0'
disk_refused 'FAT' 'convert C: /fs:ntfs'
boot_sector '\x12\x34\x56\x78\x9a\xbc\xde\xf0'
disk_refused 'an unknown boot sector' 'or the disk is encrypted'
boot_sector '\0\0' 510
disk_refused 'a boot sector without its mark' 'boot sector is damaged'
volume_refused() {
	make_disk "$work/bad.volume" "$work/bad.img"
	disk_refused "$1" "$2"
}
cp "$work/volume" "$work/bad.volume"
"$make_ntfs" "$work/bad.volume" dirty
volume_refused 'a volume that was not shut down' "run 'chkdsk C: /f'"
printf 'hibr and more' >"$work/hiberfil"
make_volume "$work/bad.volume" "${files[@]}" /hiberfil.sys "$work/hiberfil"
volume_refused 'a Windows that is hibernated' 'Windows is hibernated'
{ printf 'wake' && head -c 8188 /dev/zero; } >"$work/hiberfil"
make_volume "$work/bad.volume" "${files[@]}" /hiberfil.sys "$work/hiberfil"
make_disk "$work/bad.volume" "$work/bad.img"
expect_status 0 'one that was woken is imported' import --check "$work/bad.img"

# --- Windows ---
with_files() {
	xp_files
	make_volume "$work/bad.volume" "${files[@]}"
	volume_refused "$1" "$2"
}
make_volume "$work/bad.volume"
volume_refused 'a volume without Windows' 'no ntldr or no boot.ini'
drivers='atapi disk pciidex' with_files 'a Windows without drivers' 'lacking: intelide.sys, pciide.sys'
mkdir "$work/cab"
cp "$work/parts/driver.sys" "$work/cab/intelide.sys"
refused 'with one of two' 'pciide.sys: take it out of' import --drivers "$work/cab" "$work/bad.img" "$work/none.qcow2"
cp "$work/parts/driver.sys" "$work/cab/pciide.sys"
expect_status 0 'with both it is imported' import --check --drivers "$work/cab" "$work/bad.img"
printf '[boot loader]\r\ndefault=multi(0)disk(0)rdisk(0)partition(2)\\WINDOWS\r\n' >"$work/boot.ini"
boot_ini=$work/boot.ini with_files 'a Windows on another partition' 'partition 2, and the active one is partition 1'
printf '[boot loader]\r\ndefault=scsi(0)disk(0)rdisk(0)partition(1)\\WINDOWS\r\n' >"$work/boot.ini"
boot_ini=$work/boot.ini with_files 'a Windows on SCSI' "names no Windows on an IDE disk"
printf '[boot loader]\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\WINNT\r\n' >"$work/boot.ini"
boot_ini=$work/boot.ini with_files 'a folder that is not there' 'there is no /WINNT/system32/config/software'
"$python" tests/images/make_hive.py software "$work/other" CurrentVersion=5.0 'ProductName=Microsoft Windows 2000'
software=$work/other with_files 'another Windows' 'Microsoft Windows 2000 (version 5.0)'
"$python" tests/images/make_hive.py software "$work/other" 'CSDVersion=Service Pack 2'
software=$work/other xp_files
make_volume "$work/bad.volume" "${files[@]}" && make_disk "$work/bad.volume" "$work/bad.img"
expect_status 0 'an older service pack' import --check "$work/bad.img"
said 'is noted' 'has Service Pack 2: the exporter needs Service Pack 3'
{ printf 'junk' && tail -c +5 "$work/parts/system"; } >"$work/other"
system=$work/other with_files 'a damaged registry' "'system' is damaged"
head -c 5000 "$work/parts/system" >"$work/other"
system=$work/other with_files 'a registry that is cut off' "'system' is damaged"
{ head -c 4 "$work/parts/system" && printf '\011\0\0\0\010\0\0\0' && tail -c +13 "$work/parts/system"; } >"$work/other"
system=$work/other with_files 'a registry that was being written' 'was being written when the image was taken'
{ head -c 4128 "$work/parts/system" && head -c 200 /dev/zero | tr '\0' '\377' && tail -c +4329 "$work/parts/system"; } >"$work/other"
system=$work/other with_files 'a registry that is damaged within' 'is damaged'
"$python" tests/images/make_hive.py system "$work/other" Current=2 Default=2 LastKnownGood=2
system=$work/other with_files 'a registry without its control set' 'no control set'

# --- interrupted: a stand-in for qemu-img that does not end ---
mkdir "$work/bin"
printf '#!/bin/sh\ncase $1 in convert) : >"%s"; exec sleep 600 ;; esac\nexec %s "$@"\n' "$work/converting" "$(command -v qemu-img)" >"$work/bin/qemu-img"
chmod 0755 "$work/bin/qemu-img"
for signal in TERM:143 INT:130; do
	rm -f "$work/converting"
	# as from a terminal: a background job of a script is deaf to INT
	PATH="$work/bin:$PATH" "$python" -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
os.execv(sys.argv[1], sys.argv[1:])' "$xp_import" "$work/disk.img" "$work/none.qcow2" >"$work/said" 2>&1 &
	importing=$!
	check "${signal%:*}: it works" wait_for 30 test -e "$work/converting"
	kill -"${signal%:*}" $importing
	wait $importing
	check 'and ends at once' test $? -eq "${signal#*:}"
done
check 'of all that was refused nothing is left' test -z "$(find "$work" -name 'none*' -o -name '*.tmp' -o -name '.xp*')"
