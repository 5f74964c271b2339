#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `labseal provision` killed at any moment goes on where it stopped: every run
# but the last is killed a little later than the one before, and then all is
# there, fits together, and is changed no more.
set -u
cd "$(dirname "$0")/../.." || exit 4
build=$(cd "${BUILD:-build}" && pwd) || exit 4
rounds=${ROUNDS:-6}
passed=0 failed=0 skipped=0
for program in labseald labseal-enclave swtpm; do
	if [ ! -x "$build/$program" ] && ! command -v "$program" >/dev/null; then
		echo "skipped: $program is not there"
		echo 'provision-kill: 0 passed, 0 failed, 1 skipped'
		exit 0
	fi
done
work=$(mktemp -d "${TMPDIR:-/tmp}/labseal-kill-XXXXXX") || exit 4
trap 'rm -rf "$work"' EXIT
export LABSEAL_ROOT=$work/root # never this machine's own files
echo k >"$work/k"
cat >"$work/p.yaml" <<-END
	version: 1
	instrument: {id: kill-1}
	state: $work/state
	vm: {connection: "qemu:///embed", type: tcg, cpu: qemu64, display: none, boot: {kernel: $work/k}}
	publish: {share: $work/share}
	development: true
END

provision() { "$build/labseal" provision "$work/p.yaml"; }

is_whole() {
	local keys=$work/state/keys
	provision >"$work/said" 2>&1 || return 1
	provision >"$work/said" 2>&1 && grep -q 'nothing was changed' "$work/said" || return 1
	openssl verify -CAfile "$keys/ca.cert.pem" "$keys/signer.cert.pem" >"$work/said" 2>&1 || return 1
	openssl verify -CAfile "$keys/ca.cert.pem" "$keys/attestation-key.cert.pem" >"$work/said" 2>&1 || return 1
	"$build/labseal" trust "$work/p.yaml" >"$work/said" 2>&1 || return 1
	[ "$(find "$work/state/approvals" -name '*.json' | wc -l)" -eq 1 ]
}

check() { # NAME
	if is_whole; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED $1:"
		sed 's/^/    /' "$work/said"
	fi
}

for round in $(seq "$rounds"); do
	rm -rf "$work/state" "$work/share"
	for step in $(seq 0 19); do
		timeout -s KILL "0.$(printf '%03d' $((step * 4 + round)))" "$build/labseal" provision "$work/p.yaml"
	done >/dev/null 2>&1
	check "killed, round $round"
done

# exactly: at the first, second, ... call of each kind (where strace is there)
kill_at() { # CALL NUMBER: whether it was killed
	rm -rf "$work/state" "$work/share"
	strace -o /dev/null -e "trace=$1" -e "inject=$1:signal=SIGKILL:when=$2" \
		"$build/labseal" provision "$work/p.yaml" >/dev/null 2>&1
	[ $? -eq 137 ]
}
if strace -o /dev/null true 2>/dev/null; then
	for call in mkdirat openat write fsync renameat sendto; do
		number=1
		while [ $number -lt 60 ] && kill_at $call $number 2>/dev/null; do
			check "killed at $call $number"
			number=$((number + 1))
		done
	done 2>/dev/null
else
	echo 'skipped the exact moments: strace does not work here'
	skipped=1
fi
provision >"$work/said" 2>&1

# each file alone is made again, or its loss is refused; never is anything mixed
for file in authority.pub.pem ca.cert.pem signer.cert.pem attestation-key.cert.pem; do
	rm "$work/state/keys/$file"
	check "without $file"
done
for i in $(seq 30); do
	pgrep -f "swtpm.*$work" >/dev/null || break
	[ "$i" -lt 30 ] || { failed=$((failed + 1)) && echo 'FAILED a swtpm is left'; }
	sleep 0.1
done
echo "provision-kill: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
