#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `labseal lock` killed at each change: run again, the machine is locked, no image is lost, and the policy is whole.
set -u
cd "$(dirname "$0")/../.." || exit 4
build=$(cd "${BUILD:-build}" && pwd) || exit 4
passed=0 failed=0
if ! command -v qemu-io >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
	echo 'skipped: qemu-io or strace is not there'
	echo 'lock-kill: 0 passed, 0 failed, 1 skipped'
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/labseal-kill-XXXXXX") || exit 4
trap 'rm -rf "$work"' EXIT
base=$work/i/base.qcow2 overlay=$work/i/labseal-kill-1.install.qcow2

fresh() {
	rm -rf "$work/i" "$work/state"
	mkdir -p "$work/i" "$work/state"
	qemu-img create -q -f qcow2 "$base" 8M && qemu-io -c 'write -P 1 0 64k' "$base" >/dev/null &&
		cp "$base" "$work/before" && qemu-img create -q -f qcow2 -F qcow2 -b "$base" "$overlay" &&
		qemu-io -c 'write -P 2 1M 64k' "$overlay" >/dev/null && echo installing >"$work/state/install-phase" || exit 4
	cat >"$work/p.yaml" <<-END
		version: 1 # ours
		instrument: {id: kill-1}
		state: $work/state
		vm:
		  connection: qemu:///embed
		  type: tcg
		  disk: {path: $base, sha256: $(sha256sum <"$base" | cut -d ' ' -f 1)}
		signing: {key: file}
		publish: {share: $work/share}
		development: true
	END
}

is_locked() {
	"$build/labseal" lock --write-policy "$work/p.yaml" >"$work/said" 2>&1 && grep -q '^locked' "$work/said" &&
		qemu-io -r -c 'read -P 1 0 64k' -c 'read -P 2 1M 64k' "$base" >"$work/said" &&
		! grep -q 'verification failed' "$work/said" &&
		cmp "$(printf '%s\n' "$work"/i/base.qcow2.before-* | head -n 1)" "$work/before" >"$work/said" 2>&1 &&
		grep -q "sha256: $(sha256sum <"$base" | cut -d ' ' -f 1)" "$work/p.yaml" &&
		grep -q '# ours' "$work/p.yaml" && [ ! -e "$overlay" ] && [ ! -e "$work/state/install-phase" ]
}

for call in rename renameat link unlink unlinkat; do
	number=1
	while [ $number -lt 20 ] && fresh; do
		strace -o /dev/null -e "trace=$call" -e "inject=$call:signal=SIGKILL:when=$number" \
			"$build/labseal" lock --write-policy "$work/p.yaml" >"$work/said" 2>&1
		[ $? -eq 137 ] || break
		if is_locked; then
			passed=$((passed + 1))
		else
			failed=$((failed + 1))
			echo "FAILED killed at $call $number:"
			sed 's/^/    /' "$work/said"
			ls "$work/i"
		fi
		number=$((number + 1))
	done
done 2>/dev/null
echo "lock-kill: $passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
