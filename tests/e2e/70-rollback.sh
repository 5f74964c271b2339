#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Yesterday's state folder and share put back, and less: labseald refuses to seal, says what happened and what to do;
# and what the policy authority adopts goes on, with an event that says what was lost.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

input=$build/images/input
home=$work/lab
mkdir -m 0700 "$home"
{
	policy_of test-70 "$home/state" "$home/share" "$home/vmlinuz" "$home/initrd"
	printf 'channel: {type: virtio, max-file-size: 1 GiB}\nsigning: {tpm: embedded}\n'
} >"$home/policy.yaml"

status() { jq -r "$1" "$home/state/status.json" 2>/dev/null; }
is() { [ "$(status "$1")" = "$2" ]; }
is_running() { is .state running && is .signer.state ready; }
share=$home/share
all_arrived() { every_file_on "$share" "$input"; }
entries() { sed -n 2p "$1/log/checkpoint"; }

# One run of labseald, until everything is on the share; it ends in order.
run_once() {
	local daemon status=0
	"$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
	daemon=$!
	wait_for 240 is_running && wait_for 240 all_arrived || status=1
	kill -TERM "$daemon"
	wait "$daemon" || status=$?
	[ "$status" -eq 0 ] || cat "$work/log"
	return "$status"
}

put_back() { # WHAT FROM
	rm -rf "${home:?}/$1" && cp -a "$2" "$home/$1"
}

refuses() { # NAME TEXT
	local before
	before=$(entries "$home/share")
	expect_status 1 "$1" timeout 90 "$build/labseald" "$home/policy.yaml"
	said 'and says what happened' "$2"
	said 'and what can be done' "labseal approve --adopt-log"
	check 'and nothing was sealed' test "$(entries "$home/share")" = "$before"
}

cp "$build/images/vmlinuz" "$home/vmlinuz"
images/make-initrd.sh "$build/images/base.cpio" "$input" "$home/initrd" || exit 4
check 'it is provisioned' "$labseal" provision "$home/policy.yaml"
check 'a first day' run_once
first=$(entries "$home/share")
check "the first seal is the approval" test -e "$(echo "$home"/share/events/*/000001-approval)"
cp -a "$home/share" "$work/yesterday.share"
cp -a "$home/state" "$work/yesterday.state"
check 'a second day goes on' run_once
second=$(entries "$home/share")
check 'with more seals' test "$second" -gt "$first"
cp -a "$home/share" "$work/today.share"

# The first day's last evidence is named by the second day's first seal, so that it cannot be taken away.
check 'its first seal names the evidence of the day before' grep -q "^ \"evidence\": $first," \
	"$(echo "$home"/share/*/*/"$(printf %06d $((first + 1)))"-*/record.json)"
"$labseal" trust --output "$work/trust.txt" "$home/policy.yaml" >"$work/said" 2>&1
expect_status 0 'the share verifies' "$labseal" verify --trust "$work/trust.txt" "$home/share"
cp -a "$home/share" "$work/removed.share"
chmod -R u+w "$work/removed.share/log/evidence"
rm -r "$work/removed.share/log/evidence/$first"
expect_status 1 'and without that evidence it does not' "$labseal" verify --trust "$work/trust.txt" "$work/removed.share"
said 'by its name' "log/evidence/$first [evidence.removed] seal $((first + 1)), log index $first"

# The memory of a TPM is no file of the state folder; an embedded one's is, and stays what it is here.
put_back share "$work/yesterday.share"
refuses "yesterday's share is refused" "holds $first entries of the log and the TPM remembers $second"
cp -a "$home/state/tpm" "$work/today.tpm"
put_back state "$work/yesterday.state"
rm -rf "$home/state/tpm" && cp -a "$work/today.tpm" "$home/state/tpm"
refuses "and so are yesterday's share and state folder" "an older state of the share was put back"
put_back share "$work/today.share"
check 'the newest copy goes on' run_once
third=$(entries "$home/share")

# A loss: the authority adopts what is left.
put_back share "$work/yesterday.share"
check 'the authority adopts what is left' "$labseal" approve --adopt-log --yes "$home/policy.yaml"
said 'having been told what is lost' "lost        seals $((first + 1)) to $third"
check 'and it goes on' run_once
check 'after an event that says so' test -e "$(echo "$home"/share/events/*/"$(printf %06d $((first + 1)))"-log-adopted)"
check 'with what was lost' bash -c "
	jq -e '.detail.lost.from == $((first + 1)) and .detail.lost.to == $third' '$home'/share/events/*/*-log-adopted/record.json"
"$labseal" trust "$home/policy.yaml" >"$work/trust.txt" 2>/dev/null
expect_status 0 'the share verifies' "$labseal" verify --trust "$work/trust.txt" "$home/share"

# A new disk takes over (docs/deploy.md): the share's copy, and a policy that names it.
kept=$(entries "$home/share")
expect_status 0 'the share is copied to a new disk' "$labseal" export-share --trust "$work/trust.txt" "$home/share" "$home/disk"
said 'and verifies there' 'VERIFIED: '
cp "$home/policy.yaml" "$work/old.yaml"
sed -i "s|share: $home/share|share: $home/disk|" "$home/policy.yaml"

# An approval that was retired, with the state that it was for.
check 'a new state is approved' "$labseal" approve --yes "$home/policy.yaml"
said 'by its difference' 'changed   policy'
check 'and the old one retired' "$labseal" approve --yes --retire 1 "$home/policy.yaml"
share=$home/disk
check 'the new one goes on, on the new disk' run_once
check 'with the next number' test -n "$(echo "$home"/disk/*/*/"$(printf %06d $((kept + 1)))"-*)" -a "$(entries "$home/disk")" -gt "$kept"
check 'the old disk is as it was' test "$(entries "$home/share")" -eq "$kept"
check 'and says in the log what was retired' test -e "$(echo "$home"/disk/events/*/*-approval-retired)"
cp "$home/policy.yaml" "$work/new.yaml"
cp "$work/old.yaml" "$home/policy.yaml"
expect_status 1 'the old one does not start any more' timeout 90 "$build/labseald" "$home/policy.yaml"
said 'since it is retired' 'this approval is retired'

# The log shows all of that in its order: approved, used, approved anew, the first one retired.
cp "$work/new.yaml" "$home/policy.yaml"
"$labseal" trust --output "$work/trust.txt" "$home/policy.yaml" >"$work/said" 2>&1
expect_status 0 'approvals and retirement are in order' "$labseal" verify --trust "$work/trust.txt" "$home/disk"
said 'and were looked at' 'log.approvals          each approval is in the log before'
