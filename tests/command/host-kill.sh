#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What `labseal provision` makes of the host and `labseal deprovision` takes away, killed at each change, in a root folder
# that is not this machine's: run again all is there, and after deprovision the host is as before.
set -u
cd "$(dirname "$0")/../.." || exit 4
build=$(cd "${BUILD:-build}" && pwd) || exit 4
passed=0 failed=0
if [ "$(id -u)" -ne 0 ] || ! strace -o /dev/null true 2>/dev/null; then
	echo 'skipped: only root makes users, and strace is needed'
	echo 'host-kill: 0 passed, 0 failed, 1 skipped'
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/labseal-kill-XXXXXX") || exit 4
trap 'rm -rf "$work"' EXIT
export LABSEAL_ROOT=$work/root
echo k >"$work/k"
cat >"$work/p.yaml" <<-END
	version: 1
	instrument: {id: kill-1}
	state: $work/state
	vm: {type: tcg, cpu: qemu64, display: none, boot: {kernel: $work/k}}
	signing: {key: file}
	publish: {share: $work/share}
	development: true
END

fresh() {
	rm -rf "$work/state" "$work/share" "$LABSEAL_ROOT"
	mkdir -p "$LABSEAL_ROOT/etc/apparmor.d" "$LABSEAL_ROOT/etc/libvirt"
	touch "$LABSEAL_ROOT"/etc/{passwd,group,shadow,gshadow,libvirt/qemu.conf}
}

labseal() { "$build/labseal" "$@" "$work/p.yaml" >"$work/said" 2>&1; }

is_as_before() {
	labseal provision --write-qemu-conf && labseal provision --write-qemu-conf &&
		grep -q 'nothing was changed' "$work/said" && labseal deprovision || return 1
	rm -f "$LABSEAL_ROOT"/etc/{*-,.*.lock,*.lock}
	diff -r "$LABSEAL_ROOT" "$work/before" >"$work/said" 2>&1
}

check() { # NAME
	is_as_before && passed=$((passed + 1)) && return
	failed=$((failed + 1))
	echo "FAILED $1:"
	sed 's/^/    /' "$work/said"
}

kill_at() { # CALL NUMBER COMMAND OPTION ...: whether it was killed
	strace -o /dev/null -e "trace=$1" -e "inject=$1:signal=SIGKILL:when=$2" \
		"$build/labseal" "${@:3}" "$work/p.yaml" >"$work/said" 2>&1
	[ $? -eq 137 ]
}

fresh && cp -a "$LABSEAL_ROOT" "$work/before"
for call in renameat mkdirat; do
	number=1
	while [ $number -lt 60 ] && fresh && kill_at $call $number provision --write-qemu-conf; do
		check "provision, killed at $call $number"
		number=$((number + 3))
	done
done 2>/dev/null
for call in renameat rename unlink rmdir; do
	number=1
	while [ $number -lt 60 ] && fresh && labseal provision --write-qemu-conf && kill_at $call $number deprovision; do
		check "deprovision, killed at $call $number"
		number=$((number + 2))
	done
done 2>/dev/null
echo "host-kill: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
