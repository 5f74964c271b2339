#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# test-clean-root.sh FOLDER: does `make demo` and `make check` work on a fresh Debian 12, as root and as a user with sudo?
#
# Needs root, debootstrap and a mirror. Makes minimal systems (with make, sudo and git added, which a person brings) in
# FOLDER/root and FOLDER/user, puts this tree's committed files into them, and runs both targets in namespaces of
# their own. Takes about ten minutes and 5 GB; both systems are removed afterwards unless KEEP=1. The mirror is the
# machine's own unless MIRROR is set. TARGETS (default "demo check") chooses what is run, USERS (default "root lab", lab
# being the one with sudo) by whom.
# Exit status: 0 all worked, 1 something did not, 77 this machine cannot run it.
set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
mirror=${MIRROR:-http://deb.debian.org/debian}
targets=${TARGETS:-demo check}

skip() {
	echo "skipped test-clean-root: $1"
	exit 77
}

[ $# -eq 1 ] || {
	echo 'usage: test-clean-root.sh FOLDER' >&2
	exit 2
}
[ "$(id -u)" -eq 0 ] || skip 'needs root'
command -v debootstrap >/dev/null || skip 'needs debootstrap'
mkdir -p "$1"
folder=$(cd "$1" && pwd)
trap '[ -n "${KEEP:-}" ] || rm -rf "$folder/root" "$folder/user" "$folder/base"' EXIT

if [ ! -e "$folder/base/complete" ]; then
	rm -rf "$folder/base"
	debootstrap --variant=minbase --include=ca-certificates,make,sudo,git bookworm "$folder/base" "$mirror" >"$folder/debootstrap.log"
	cat >"$folder/base/etc/apt/sources.list" <<-LIST
		deb $mirror bookworm main
		deb $mirror bookworm-updates main
		deb ${mirror%/debian}/debian-security bookworm-security main
	LIST
	rm -rf "$folder"/base/var/lib/apt/lists/*
	echo '127.0.0.1 localhost' >"$folder/base/etc/hosts" # the installer's work, not debootstrap's
	# a site that looks into its TLS has its own authorities, which an administrator puts there
	if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
		cp /usr/local/share/ca-certificates/*.crt "$folder/base/usr/local/share/ca-certificates/"
		chroot "$folder/base" update-ca-certificates >>"$folder/debootstrap.log"
	fi
	chroot "$folder/base" useradd -m lab
	echo 'lab ALL=(ALL) NOPASSWD: ALL' >"$folder/base/etc/sudoers.d/lab"
	touch "$folder/base/complete"
fi

# in_system ROOT USER COMMAND: run it there, with processes, mounts and /tmp of its own.
in_system() {
	# shellcheck disable=SC2016 # the inner shell's variables
	unshare --mount --pid --ipc --uts --fork --kill-child -- /bin/bash -ec '
		mount --make-rprivate /
		mount --bind "$0" "$0"
		mount -t proc proc "$0/proc"
		mount --rbind /dev "$0/dev"
		mount -t sysfs -o ro sysfs "$0/sys"
		mount -t tmpfs tmpfs "$0/tmp"
		mount -t tmpfs tmpfs "$0/run"
		cp /etc/resolv.conf "$0/etc/resolv.conf"
		# a root of its own, not a chroot, in which nobody may make a user namespace
		cd "$0"
		pivot_root . mnt
		umount -l /mnt
		exec setpriv --reuid "$1" --regid "$1" --init-groups \
			env -i HOME="/home/$1" USER="$1" PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 CI=true \
			/bin/sh -ec "$2" </dev/null' "$1" "$2" "$3"
}

failed=0
for user in ${USERS:-root lab}; do
	system=$folder/$([ "$user" = root ] && echo root || echo user)
	rm -rf "$system"
	cp -a --reflink=auto "$folder/base" "$system"
	mkdir -p "$system/home/$user/labseal"
	git -C "$top" archive HEAD | tar -x -C "$system/home/$user/labseal"
	chroot "$system" chown -R "$user:" "/home/$user"
	for target in $targets; do
		log=$folder/$user-$target.log
		began=$SECONDS
		if in_system "$system" "$user" "cd ~/labseal 2>/dev/null || cd /home/$user/labseal; git init -q . && git add -A; make $target" >"$log" 2>&1; then
			echo "ok: make $target as $user on a fresh Debian 12, $((SECONDS - began)) s"
		else
			echo "FAILED: make $target as $user on a fresh Debian 12, $((SECONDS - began)) s; the end of $log:"
			tail -n 20 "$log"
			failed=1
		fi
	done
done
exit $failed
