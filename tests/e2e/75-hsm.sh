#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The signing key in a PKCS#11 token (SoftHSM): results are sealed by it while a TPM gives out its PIN, or from a file
# without one; every verdict says which, and the enclave reads the token's folder and nothing else.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

home=$work/lab
module=/usr/lib/softhsm/libsofthsm2.so
[ -r "$module" ] || {
	skip 'keys in a token' 'softhsm2 is not installed'
	exit
}
mkdir -m 0700 "$home" "$home/tokens" "$home/input"
printf 'a result\n' >"$home/input/plate.txt"
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$home/tokens" >"$home/softhsm2.conf"
(umask 077 && echo 482913 >"$home/pin")
export SOFTHSM2_CONF=$home/softhsm2.conf

# policy LAB TPM [LINE]: with a state and a share of its own.
policy() {
	{
		policy_of test-75 "$home/$1" "$home/$1.share" "$home/vmlinuz" "$home/initrd"
		cat <<-END
			channel: {type: virtio, max-file-size: 1 GiB}
			signing:
			  key: pkcs11
			  tpm: $2
			  ed25519: true
			  pkcs11:
			    module: $module
			    variable: SOFTHSM2_CONF
			    configuration: $home/softhsm2.conf
			    folder: $home/tokens
			    token: lab
			    label: $1
			    ${3:-}
		END
	} >"$home/$1.yaml"
}

daemon='' lab=''
start() { # LAB
	lab=$1
	: >"$work/log" # or what the run before said would be taken for what this one says
	"$build/labseald" "$home/$lab.yaml" >"$work/log" 2>&1 </dev/null &
	daemon=$!
}
stop() {
	kill -TERM "$daemon"
	wait "$daemon"
}
status() { jq -r "$1" "$home/$lab/status.json" 2>/dev/null; }
is_running() { [ "$(status .state)" = running ] && [ "$(status .signer.state)" = ready ]; }
result_is_sealed() { every_file_on "$home/$lab.share" "$home/input"; }
started() { [ -n "$(find "$home/$lab.share/events" -name '*-vm-start' -path '*/events/*' 2>/dev/null)" ]; }
enclave() { jq -r '.processes[] | select(.name == "labseal-enclave") | .pid' "$home/$lab/run.json"; }

# In its root: what was measured, and the token's folder; not a path more at the top.
root_is_bare() {
	local pid
	pid=$(enclave)
	find "/proc/$pid/root/" -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ' | tee "$work/root"
	grep -qx 'labseal-enclave lib lib64 tmp usr ' "$work/root" || grep -qx 'labseal-enclave lib lib64 usr '"${home:1:3}"' ' "$work/root"
}
has_few_files_open() { [ "$(find "/proc/$(enclave)/fd" -mindepth 1 -printf '%l\n' | grep -vc 'socket:\|null$\|pipe:')" -le 2 ]; }

verified_as() { # WORDS
	"$labseal" trust "$home/$lab.yaml" >"$work/$lab.trust" 2>/dev/null
	expect_status 0 "$lab: the share verifies" "$labseal" verify --trust "$work/$lab.trust" "$home/$lab.share"
	said 'both lines of the checkpoint are good' "the trust file's log key: 2 signatures"
	said 'and the verdict says where the key is' "sealed with the trust file's key ($1, development)"
	check 'and every record' bash -c "! grep -L '\"key\": \"$1\"' '$home/$lab.share'/*/*/*/record.json | grep ."
}

cp "$build/images/vmlinuz" "$home/vmlinuz"
images/make-initrd.sh "$build/images/base.cpio" "$home/input" "$home/initrd" || exit 4
check 'there is a token' softhsm2-util --init-token --free --label lab --so-pin 00000000 --pin 482913

policy sealed embedded
check 'a key is made in it, its PIN sealed by a TPM' "$labseal" provision --pin-file "$home/pin" "$home/sealed.yaml"
mv "$home/pin" "$work/pin"
start sealed
check 'labseald starts without a PIN anywhere' wait_for 150 is_running
check 'the enclave has its files, the token, and nothing else' root_is_bare
check 'and none of them open' has_few_files_open
check 'a result is sealed' wait_for 240 result_is_sealed
check 'it ends in order' stop
words='software HSM, PIN sealed to the approved state by a software TPM'
verified_as "$words"
"$labseal" verify --trust "$work/sealed.trust" "$home/sealed.share" >"$work/said" 2>&1
said 'the TPM vouches for the state' 'in a token (HSM), whose PIN this TPM gives out in states that the authority approved'
said 'a PIN release is said to be one' '[trust.pin-release]'
said 'and what a token cannot show' '[evidence.token]'
stock_checks 'sealed' "$home/sealed.share" "$work/sealed.trust"

# Yesterday's share: the TPM remembers, as with a key of its own.
rm -rf "$home/sealed.share/log" "$home/sealed.share/results" "$home/sealed.share/events"
expect_status 1 'an older share is refused' timeout 90 "$build/labseald" "$home/sealed.yaml"
said 'since the TPM remembers the log' 'the TPM remembers'

policy plain none "pin-file: $home/pin"
mv "$work/pin" "$home/pin"
check 'without a TPM: a key is made, its PIN in a file' "$labseal" provision "$home/plain.yaml"
chmod 0644 "$home/pin"
expect_status 4 'a PIN that others can read is not used' timeout 90 "$build/labseald" "$home/plain.yaml"
said 'and it is said how to mend it' "chmod 0600 '$home/pin'"
chmod 0600 "$home/pin"
start plain
check 'labseald starts' wait_for 150 is_running
check 'and seals' wait_for 150 started
# a token locks after some wrong PINs: what is started again and again must not try again and again
cp "$home/pin" "$work/pin"
echo 000000 >"$home/pin"
kill -KILL "$(enclave)"
ended=0
wait "$daemon" || ended=$?
check 'with a PIN that is wrong now labseald ends' test "$ended" -ne 0
check 'after one try' test "$(grep -c 'hsm.pin.wrong' "$work/log")" -le 2
check 'and says so' grep -q 'the PIN is wrong; it was tried once' "$work/log"
cp "$work/pin" "$home/pin"
verified_as 'software HSM, no measurement'
"$labseal" verify --trust "$work/plain.trust" "$home/plain.share" >"$work/said" 2>&1
said 'nothing is said to be measured' '[measurement.none]'
said 'and a reader is told' '[trust.unmeasured-hsm]'
