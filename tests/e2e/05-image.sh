#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The builders: the stand-in guest, the made-up files, and what installs packages. No virtual machine is started.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

images=$build/images

# The made-up files.
check 'made-up files are made' images/instrument/generate.sh "$work/made"
check 'and are the same bytes every time' diff -r "$work/made" "$images/input"
check 'a made-up run file is a ZIP' unzip -tqq "$work/made/experiments/plate7.eds"

# An input folder with names that break careless scripts.
input=$work/input
mkdir -p "$input/sub folder/-n" "$input/empty"
printf 'x' >"$input/-rf"
printf 'line\n' >"$input/sub folder/-n/Prüfung № 1 \$(reboot) 'a' \"b\".txt"
head -c 100000 /dev/urandom >"$input/random.bin"
: >"$input/nothing"

# The base image.
cp -r "$images/modules" "$work/modules"
mkdir -p "$work/image" && mv "$work/modules" "$work/image/"
check 'the base image is built without labseal'\''s help' images/build-base.sh "$work/image" "$build/labseal-export"
check 'and is the same bytes every time' cmp "$work/image/base.cpio" "$images/base.cpio"
expect_status 1 'a program that needs libraries is refused' images/build-base.sh "$work/image" /bin/ls
said 'with the reason' 'is not static'

# The initrd with files.
check 'an initrd takes every name' images/make-initrd.sh "$images/base.cpio" "$input" "$work/initrd"
unpack() { mkdir -p "$work/unpacked" && tail -c "+$(($(stat -c %s "$images/base.cpio") + 1))" "$work/initrd" |
	(cd "$work/unpacked" && cpio -idm --quiet); }
check 'the initrd unpacks' unpack
check 'the initrd holds the files' diff -r "$input" "$work/unpacked/inputs"
mkfifo "$input/fifo"
check 'a FIFO is skipped' images/make-initrd.sh "$images/base.cpio" "$input" "$work/initrd"
said 'and named' 'inputs/fifo'
rm "$input/fifo"
expect_status 1 'a folder without files is refused' images/make-initrd.sh "$images/base.cpio" "$input/empty" "$work/none"
expect_status 1 'a missing folder is refused' images/make-initrd.sh "$images/base.cpio" "$input/no-such" "$work/none"
expect_status 1 'a missing base is refused' images/make-initrd.sh "$work/no-such" "$input" "$work/none"
check 'a refusal leaves no file' test ! -e "$work/none" -a ! -e "$work/none.tmp"

# The instrument, outside its guest.
mkdir -p "$work/results" "$work/saving"
cp -r "$input" "$work/to-save"
sed "s|/instrument/list|$work/saving/list|" images/guest/save-runs >"$work/saving/save-runs"
check 'the instrument saves' busybox sh "$work/saving/save-runs" "$work/to-save" "$work/results"
rmdir "$input/empty"
check 'what it saved is the input' diff -r "$input" "$work/results"

# Packages.
expect_status 2 'install-deps without a group is wrong usage' scripts/install-deps.sh
expect_status 2 'an unknown group is wrong usage' scripts/install-deps.sh no-such-group
check 'nothing to do where all is there' scripts/install-deps.sh build run
mkdir "$work/bin"
printf '#!/bin/sh\nexit 1\n' | tee "$work/bin/dpkg-query" "$work/bin/sudo" >/dev/null
printf '#!/bin/sh\necho 1000\n' >"$work/bin/id"
chmod +x "$work/bin"/*
expect_status 1 'missing packages without root or sudo' env PATH="$work/bin:$PATH" scripts/install-deps.sh run
said 'are named' swtpm
said 'with what to do' 'ask for: apt-get install'
