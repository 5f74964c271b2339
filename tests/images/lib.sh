# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Made-up disks and discs of a Windows XP, for the tests of images/xp-import and images/xp-media. Nothing of Windows is
# in them: files have the names and a few words.

. "$(dirname "${BASH_SOURCE[0]}")/../guest-config/lib.sh"

PATH=$PATH:/usr/sbin:/sbin
export xp_import=$top/images/xp-import xp_media=$top/images/xp-media
make_ntfs=$build/tests/images/make_ntfs
python=/usr/bin/python3 # the one that Debian's hivex belongs to
sectors=49152 start=63  # of the volume, of the disk before it

# make_volume OUT [PATH FILE]...: an NTFS volume with these files.
make_volume() {
	local out=$1
	shift
	rm -f "$out"
	truncate -s $((sectors * 512)) "$out"
	mkntfs -q -F -Q -p "${made_for:-$start}" -s 512 -H "${heads:-255}" -S 63 "$out" 2>/dev/null || return 1
	[ $# -eq 0 ] || "$make_ntfs" "$out" "$@"
}

# make_disk VOLUME OUT [LINES]: a disk with the volume, by these lines of sfdisk.
make_disk() {
	truncate -s 0 "$2"
	truncate -s $(((start + sectors + 2048) * 512)) "$2"
	printf 'label: dos\nlabel-id: 0x4c414253\n%s\n' "${3:-start=$start, size=$sectors, type=7, bootable}" |
		sfdisk -q --no-reread "$2" || return 1
	dd if="$1" of="$2" bs=512 seek=$start conv=notrunc,sparse status=none
}

# make_parts: the files that the disks are made of, in $work/parts.
make_parts() {
	local parts=$work/parts
	mkdir "$parts"
	"$python" tests/images/make_hive.py system "$parts/system" && "$python" tests/images/make_hive.py software "$parts/software" &&
		echo 'not the driver' >"$parts/driver.sys" && echo loader >"$parts/ntldr" &&
		printf '[boot loader]\r\ntimeout=30\r\ndefault=multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS\r\n' >"$parts/boot.ini"
}

# xp_files: PATH FILE ... of a whole Windows XP, in the array files.
xp_files() {
	local parts=$work/parts name
	files=(/NTLDR "$parts/ntldr" /boot.ini "${boot_ini:-$parts/boot.ini}"
		/WINDOWS/system32/config/system "${system:-$parts/system}"
		/WINDOWS/system32/config/software "${software:-$parts/software}")
	for name in ${drivers:-atapi intelide pciide pciidex disk}; do
		files+=("/WINDOWS/system32/drivers/$name.sys" "$parts/driver.sys")
	done
}
