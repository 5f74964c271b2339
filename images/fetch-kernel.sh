#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fetch-kernel.sh OUT: fetch the stand-in guest's kernel and unpack it, without root and without installing it.
#
# Downloads the package that linux-image-cloud-amd64 stands for, and leaves in OUT
#     vmlinuz          the kernel
#     modules/*.ko     the modules listed in guest/modules
#     kernel.version   package and version, one line
# apt checks the package against the signed lists of the machine's own sources. Where the machine has no lists, or
# they are too old, lists are fetched into OUT/apt: apt's own state is never written.
#
# LABSEAL_KERNEL_DEB=FILE takes a package that is already there (a machine without network).
# Exit status: 0, or 1 with the reason on stderr.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
meta=linux-image-cloud-amd64

fail() {
	printf 'fetch-kernel: %s\n' "$1" >&2
	exit 1
}

[ $# -eq 1 ] || fail 'usage: fetch-kernel.sh OUT'
mkdir -p "$1"
out=$(cd "$1" && pwd)
work=$out/kernel.tmp
rm -rf "$work"
mkdir -p "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# No sandbox user when this is root: it could not write into our folder, and nothing here needs it. (Others have none.)
apt_options="-qq -o APT::Sandbox::User=root -o Acquire::Retries=2"

# Lists and caches of our own, beside the system's sources and keys.
use_own_lists() {
	mkdir -p "$out/apt/lists/partial" "$out/apt/cache/archives/partial"
	apt_options="$apt_options -o Dir::State::Lists=$out/apt/lists -o Dir::Cache=$out/apt/cache"
	printf 'fetch-kernel: fetching package lists into %s (once)\n' "$out/apt" >&2
	# shellcheck disable=SC2086 # the options are words
	apt-get $apt_options update >"$work/log" 2>&1 || true
}

# The one exact package behind the meta package: "name=version", or nothing.
exact_package() {
	# shellcheck disable=SC2086
	apt-cache $apt_options show --no-all-versions "$meta" 2>/dev/null |
		sed -n 's/^Depends: \(linux-image-[^ ,]*\) (= \([^)]*\)).*/\1=\2/p' | head -n 1
}

# Downloads it into $work; the package's name is left in $package.
download() {
	package=$(exact_package)
	[ -n "$package" ] || return 1
	# shellcheck disable=SC2086
	(cd "$work" && apt-get $apt_options download "$package" >log 2>&1)
}

unpack() {
	deb=$1
	mkdir -p "$work/root"
	{
		printf '%s\n' './boot/vmlinuz-*'
		sed -n 's/^\([a-z_]*\)$/*\/\1.ko/p' "$here/guest/modules"
	} >"$work/wanted"
	dpkg-deb --fsys-tarfile "$deb" | tar -C "$work/root" -x --no-same-owner --wildcards -T "$work/wanted" ||
		fail "could not unpack '$deb': it lacks a file the guest needs (listed in images/guest/modules)"
	rm -rf "$out/modules"
	mkdir -p "$out/modules"
	find "$work/root/lib/modules" -name '*.ko' -exec cp {} "$out/modules/" \;
	# shellcheck disable=SC2016 # dpkg-deb's fields, not the shell's
	dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb" >"$work/kernel.version"
	mv "$work/kernel.version" "$out/kernel.version"
	touch "$work"/root/boot/vmlinuz-* # newer than this script, for make
	mv "$work"/root/boot/vmlinuz-* "$out/vmlinuz"
}

if [ -n "${LABSEAL_KERNEL_DEB:-}" ]; then
	[ -r "$LABSEAL_KERNEL_DEB" ] || fail "cannot read '$LABSEAL_KERNEL_DEB' (from LABSEAL_KERNEL_DEB)"
	unpack "$LABSEAL_KERNEL_DEB"
	exit 0
fi

command -v apt-get >/dev/null ||
	fail "there is no apt-get here; put the .deb of $meta's kernel somewhere and set LABSEAL_KERNEL_DEB to it"
if ! download; then
	use_own_lists
	download || {
		cat "$work/log" >&2
		fail "could not download the kernel behind '$meta' (apt's words are above): check the network and /etc/apt/sources.list, then run again"
	}
fi
unpack "$(find "$work" -maxdepth 1 -name '*.deb')"
