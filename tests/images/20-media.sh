#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# xp-media: what it makes of a disc laid out like one of Windows XP, and what it refuses.
set -uo pipefail
. "$(dirname "$0")/lib.sh"
need xorriso xorriso
need genisoimage genisoimage

# a disc, in $work/disc; its files are made up
disc=$work/disc
mkdir -p "$disc/I386"
printf '[SetupData]\r\nMajorVersion = 5\r\nMinorVersion = 1\r\n[nls]\r\nDefaultLayout = E0010409\r\n' >"$disc/I386/TXTSETUP.SIF"
printf '[Pid]\r\nExtraData=x\r\nPid=76487270\r\n' >"$disc/I386/SETUPP.INI"
echo loader >"$disc/I386/SETUPLDR.BIN"
for tag in WIN51 WIN51IP WIN51IP.SP3; do echo tag >"$disc/$tag"; done
head -c 3000000 /dev/urandom >"$disc/I386/DRIVER.CAB"
head -c 2048 /dev/urandom >"$work/sector"
# burn FOLDER OUT: as a disc of Windows XP boots
burn() {
	cp "$work/sector" "$1/boot.bin"
	genisoimage -quiet -o "$2" -V GRTMPVOL_EN -b boot.bin -c boot.cat -no-emul-boot -boot-load-size 4 -hide boot.bin \
		-hide boot.cat -iso-level 2 -J -l -D -N -relaxed-filenames "$1" 2>/dev/null
	rm "$1/boot.bin"
}
burn "$disc" "$work/xp.iso" || exit 4
before=$(sha256sum "$work/xp.iso")
key=BCDFG-HJKMP-QRTVW-XY234-6789B
(umask 077 && echo "$key" >"$work/key")
mkdir -p "$work/drivers/vioser/xp"
echo driver | tee "$work/drivers/vioser/xp/vioser.inf" >"$work/drivers/vioser/xp/vioser.sys"
echo exporter >"$work/export.exe"
out=$work/media.iso
media() { "$xp_media" --exporter "$work/export.exe" --key "$work/key" --passwords "$work/passwords" "$@"; }

expect_status 0 'media are made' media --drivers "$work/drivers" --timezone 110 --computer PCR-1 "$work/xp.iso" "$out"
said 'what it cannot know is said' "Not checked, since that takes the disc's own setup"
said 'and what kind of disc it is' 'it is a volume licence disc'
said 'and its language' 'E0010409'
said 'and that it holds secrets' 'destroy it when Windows is installed'
check 'the disc is what it was' test "$before" = "$(sha256sum "$work/xp.iso")"
check 'only the owner can read it' test "$(stat -c %a "$out")" = 600
check 'nor the passwords' test "$(stat -c %a "$work/passwords")" = 600
check 'the key was not said' eval '! grep -q "$key" "$work/said"'
check 'nothing else is left' test -z "$(find "$work" -maxdepth 1 -name '.xp*')"

mkdir "$work/read"
xorriso -osirrox on -indev "$out" -extract / "$work/read" 2>/dev/null
chmod -R u+rwX "$work/read"
sif=$work/read/I386/WINNT.SIF
check 'what was on the disc is on it' eval 'for f in $(cd "$disc" && find . -type f); do cmp "$disc/$f" "$work/read/$f" || exit 1; done'
check 'it has the label' test "$(isoinfo -d -i "$out" | sed -n 's/^Volume id: //p')" = GRTMPVOL_EN
lba=$(isoinfo -d -i "$out" | sed -n 's/^ *Bootoff [0-9A-F]* //p')
check 'and boots by the same sector' cmp <(dd if="$out" bs=2048 skip="$lba" count=1 status=none) "$work/sector"
check 'without emulation, as setup wants it' eval 'isoinfo -d -i "$out" >"$work/about" && grep "Boot media 0" "$work/about" && grep "Nsect 4" "$work/about"'
check 'the loader finds its files by capitals' eval 'isoinfo -f -i "$out" >"$work/names" && grep -x /I386/SETUPLDR.BIN "$work/names" && ! grep "[a-z;]" "$work/names"'
check 'the answer file is in lines of DOS' eval '! grep -qv $'"'\\r\$'"' "$sif" && ! grep -qP "[^\x00-\x7f]" "$sif"'
for line in 'OemPreinstall=Yes' 'UnattendMode=FullUnattended' "ProductKey=\"$key\"" 'ComputerName=PCR-1' 'TimeZone=110' \
	'OemPnPDriversPath="labseal\drivers\vioser\xp"' 'AutoPartition=0' 'Repartition=No' \
	"AdminPassword=\"$(sed -n 's/^Administrator //p' "$work/passwords")\""; do
	check "it says ${line%%\"*}" grep -qxF "$line"$'\r' "$sif"
done
check 'each section is there once' test -z "$(grep '^\[' "$sif" | sort | uniq -d)"
check 'passwords are long, and two' eval '[ "$(sed "s/.* //" "$work/passwords" | sort -u | grep -cE "^[A-Za-z0-9]{14}$")" -eq 2 ]'
check 'the account is made by setup' grep -q "net user \"operator\" \"$(sed -n 's/^operator //p' "$work/passwords")\" /add" "$work/read/\$OEM\$/operator.cmd"
check 'which runs it' grep -q '"operator.cmd"' "$work/read/\$OEM\$/cmdlines.txt"
check 'the pack is there, whole' python3 tests/guest-config/check_pack.py "$work/read/\$OEM\$/\$1/labseal/pack"
check 'and the exporter' cmp "$work/export.exe" "$work/read/\$OEM\$/\$1/labseal/pack/labseal-export.exe"
check 'and the driver' test -e "$work/read/\$OEM\$/\$1/labseal/drivers/vioser/xp/vioser.sys"

mv "$work/passwords" "$work/passwords.first"
expect_status 0 'media that erase the disk' media --whole-disk "$work/xp.iso" "$work/erase.iso"
said 'say so' 'ERASES the first disk'
check 'and each medium has other passwords' test "$(cat "$work/passwords" "$work/passwords.first" | sort -u | wc -l)" -eq 4
rm "$work/passwords"

# --- refused ---
media_refused() { refused "$1" "$2" media "${@:3}" "$work/none.iso"; }
touch "$work/passwords"
media_refused 'a file of passwords that is there' 'nothing is written over' "$work/xp.iso"
rm "$work/passwords"
refused 'an output that is there' 'nothing is written over' media "$work/xp.iso" "$out"
chmod 644 "$work/key"
media_refused "a key that others can read" 'chmod 600' "$work/xp.iso"
chmod 600 "$work/key"
echo 'AAAAA-AAAAA-AAAAA-AAAAA-AAAAA' >"$work/key"
media_refused 'what is no key' 'holds no product key' "$work/xp.iso"
check 'and it is not said' eval '! grep -q AAAAA "$work/said"'
echo "$key" >"$work/key"
mv "$work/key" "$work/key.real" && ln -s "$work/key.real" "$work/key"
media_refused 'a key behind a link' 'cannot read the key' "$work/xp.iso"
rm "$work/key" && mv "$work/key.real" "$work/key"
media_refused 'a disc that is not there' 'is no file' "$work/nothing.iso"
media_refused 'no image of a CD' 'is no image of a CD' "$work/sector"
head -c 1500000 "$work/xp.iso" >"$work/bad.iso"
media_refused 'a disc that is cut off' 'it was cut off' "$work/bad.iso"
genisoimage -quiet -o "$work/bad.iso" -J "$disc" 2>/dev/null
media_refused 'a copy that does not boot' 'does not boot' "$work/bad.iso"
mkdir "$work/empty"
media_refused 'drivers without drivers' 'there is no driver' --drivers "$work/empty" "$work/xp.iso"
mkdir -p "$work/odd/a b" && touch "$work/odd/a b/x.inf"
media_refused 'a driver in a folder with a blank' 'does not take' --drivers "$work/odd" "$work/xp.iso"
sed 's/^port = .*//' guest-config/site.conf >"$work/site.conf"
media_refused 'a wrong site' 'port: one is needed' --site "$work/site.conf" "$work/xp.iso"
expect_status 2 'a name that no computer has' media --computer 'a b' "$work/xp.iso" "$work/none.iso"
disc_refused() {
	local name=$1 text=$2
	shift 2
	rm -rf "$work/bad"
	cp -r "$disc" "$work/bad"
	(cd "$work/bad" && "$@")
	burn "$work/bad" "$work/bad.iso"
	media_refused "$name" "$text" "$work/bad.iso"
}
disc_refused 'no disc of Windows' 'it lacks I386\TXTSETUP.SIF' rm I386/TXTSETUP.SIF
disc_refused 'a disc without a loader' 'it lacks I386\SETUPLDR.BIN' rm I386/SETUPLDR.BIN
disc_refused 'another Windows' 'its TXTSETUP.SIF says 5.2' sed -i 's/MinorVersion = 1/MinorVersion = 2/' I386/TXTSETUP.SIF
disc_refused 'Windows 2000' 'no Windows XP (5.1)' rm WIN51
disc_refused 'Windows XP Home' 'is Windows XP Home' touch WIN51IC
disc_refused 'no Professional' 'no file WIN51IP' rm WIN51IP
disc_refused 'an older service pack' 'no Service Pack 3' rm WIN51IP.SP3
disc_refused '64 bits' 'is a 64-bit Windows' mkdir AMD64
disc_refused 'a disc with an answer file' 'has an answer file already' touch I386/winnt.sif
disc_refused 'a disc with additions' 'has a folder $OEM$ already' mkdir '$OEM$'
check 'of what was refused nothing is left' test -z "$(find "$work" -maxdepth 1 -name 'none*' -o -maxdepth 1 -name passwords -o -maxdepth 1 -name '.xp*')"
