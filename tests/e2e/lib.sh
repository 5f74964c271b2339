# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the end-to-end tests share: TAP-like results, running the demo, and the checks that use no code of labseal.
# Sourced by NN-NAME.sh after `set -uo pipefail`; the environment has BUILD, and LABSEAL_DATA where there is one.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$top" || exit 4
build=$(cd "${BUILD:-build}" && pwd) || exit 4
labseal=$build/labseal
passed=0 failed=0 skipped=0
work=$(mktemp -d "${TMPDIR:-/tmp}/labseal-e2e-XXXXXX") || exit 4
chmod 0755 "$work"

# What a test has to end or unmount before its folder goes; a command, eval'ed.
at_end=''

# Who left with `exit 4`, because something that the checks need could not be made, has failed, and so has who checked nothing.
finish() {
	local status=$?
	eval "$at_end"
	if [ "$status" -gt 1 ] || [ $((passed + failed + skipped)) -eq 0 ]; then
		not_ok "$(basename "$0" .sh) came to its end (status $status)"
	fi
	if [ -n "${KEEP:-}" ]; then echo "# kept: $work"; else rm -rf "$work"; fi
	echo "$(basename "$0" .sh): $passed passed, $failed failed, $skipped skipped"
	exit $((failed > 0))
}
trap finish EXIT
trap 'exit 130' INT TERM

ok() {
	passed=$((passed + 1))
	echo "ok $1"
}

# not_ok NAME [FILE]: the file holds what was said.
not_ok() {
	failed=$((failed + 1))
	echo "not ok $1"
	[ -z "${2:-}" ] || tail -n 30 "$2" | sed 's/^/    /'
}

skip() {
	skipped=$((skipped + 1))
	echo "skipped $1: $2"
}

# check NAME COMMAND ...: ok if it succeeds.
check() {
	local name=$1
	shift
	if "$@" >"$work/said" 2>&1; then ok "$name"; else not_ok "$name (status $?)" "$work/said"; fi
}

# expect_status STATUS NAME COMMAND ...: ok if it ends with this status.
expect_status() {
	local wanted=$1 name=$2 status=0
	shift 2
	"$@" >"$work/said" 2>&1 || status=$?
	if [ "$status" -eq "$wanted" ]; then
		ok "$name"
	else
		not_ok "$name: exit status $status instead of $wanted" "$work/said"
	fi
}

# said NAME TEXT ...: whether the last command of check or expect_status said all this.
said() {
	local name=$1 text
	shift
	for text; do
		grep -qF -- "$text" "$work/said" || { not_ok "$name: it did not say '$text' but" "$work/said"; return; }
	done
	ok "$name"
}

# policy_of ID STATE SHARE KERNEL INITRD: the beginning of a policy, for development, as every test here has it; what it
# measures and publishes, and the stand-in guest.  The test adds its lines of vm (two blanks in front), channel, signing.
policy_of() {
	cat <<-END
		version: 1
		instrument: {id: $1}
		state: $2
		publish: {share: $3}
		development: true
		vm:
		  connection: qemu:///embed
		  type: auto
		  cpu: qemu64
		  clock: utc
		  display: none
		  memory: 256 MiB
		  boot: {kernel: $4, initrd: $5, cmdline: quiet no_timer_check}
	END
}

# wait_for SECONDS COMMAND ...: until it succeeds.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >"$work/waited" 2>&1; do
		[ $SECONDS -lt $end ] || {
			cat "$work/waited"
			return 1
		}
		sleep 0.1
	done
}

# writes_on COMMAND ...: labseald writes its status (status FILTER gives a member of it) once more, and this succeeds then.
writes_on() {
	local was
	was=$(status .written)
	written_again() { [[ $(status .written) > $was ]]; }
	wait_for 150 written_again && "$@"
}

# demo INPUT OUTPUT: the command line of a demo run, to be put after timeout, setsid or setpriv.
demo() {
	"${as[@]}" timeout --foreground 400 "$labseal" demo --input "$1" --output "$2" \
		--kernel "$build/images/vmlinuz" --initrd "$build/images/base.cpio" </dev/null
}
as=() # a prefix such as setpriv

# every_file_on SHARE INPUT: each input file is on the share, byte for byte (by SHA-256, as names there are made safe).
every_file_on() {
	local missing=0 file sum
	find "$1/results" -path '*/original/*' -type f -exec sha256sum {} + | cut -c1-64 | sort -u >"$work/sums"
	while IFS= read -r -d '' file; do
		sum=$(sha256sum <"$file" | cut -c1-64)
		grep -q "$sum" "$work/sums" || {
			echo "not on the share: $file"
			missing=1
		}
	done < <(find "$2" -type f -print0)
	return $missing
}

# One line a seal; at least one.
seal_folders() { find "$1/results" "$1/events" -mindepth 2 -maxdepth 2 -type d | sort | grep .; }

# The stock commands, each over the whole share.

sums_hold() {
	local folder
	seal_folders "$1" | while IFS= read -r folder; do
		(cd "$folder" && sha256sum --check --strict --quiet manifest.sha256) || return 1
	done
}

cms_holds() {
	local folder
	seal_folders "$1" | while IFS= read -r folder; do
		openssl cms -verify -binary -inform DER -in "$folder/manifest.sha256.p7s" \
			-content "$folder/manifest.sha256" -CAfile "$2" -out /dev/null || return 1
	done
}

# log_key TRUST FILE: the log's key, which the trust file has as a vkey (NAME+ID+base64 of a type byte and the SPKI).
log_key() {
	grep -o '+[0-9a-f]\{8\}+[A-Za-z0-9/+=]*$' "$1" | head -n 1 | cut -c11- | base64 -d | tail -c +2 |
		openssl pkey -pubin -inform DER -pubout -out "$2"
}

# checkpoint_holds SHARE TRUST: the signature line's ECDSA signature over the note's text.
checkpoint_holds() {
	log_key "$2" "$work/log.pem" || return 1
	sed '/^$/,$d' "$1/log/checkpoint" >"$work/note"
	sed -n 's/^— [^ ]* //p' "$1/log/checkpoint" | head -n 1 | base64 -d | tail -c +5 >"$work/note.sig"
	openssl dgst -sha256 -verify "$work/log.pem" -signature "$work/note.sig" "$work/note"
}

# stock_checks NAME SHARE TRUST: all of them.
stock_checks() {
	check "$1: sha256sum -c in every seal's folder" sums_hold "$2"
	check "$1: openssl cms -verify of every manifest" cms_holds "$2" "$3"
	check "$1: openssl dgst -verify of the checkpoint" checkpoint_holds "$2" "$3"
	check "$1: the root, recomputed by other code" python3 tests/e2e/recompute_root.py "$2"
}

# flip FILE OFFSET: change one bit of one byte.
flip() {
	local old
	old=$(od -An -tu1 -j "$2" -N 1 "$1")
	# shellcheck disable=SC2059 # the format is the byte
	printf "\\$(printf '%o' $((old ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# saving_guest INITRD: a guest whose instrument saves a small file every two seconds.
saving_guest() {
	mkdir -p "$work/root/instrument"
	cat >"$work/root/instrument/save-runs" <<'END'
#!/bin/busybox sh
n=0
while n=$((n + 1)); do
	echo "run $n" >"$2/run-$n.txt"
	sleep 2
done
END
	chmod 0755 "$work/root/instrument/save-runs"
	images/make-variant.sh "$build/images/base.cpio" "$work/root" "$1"
}
