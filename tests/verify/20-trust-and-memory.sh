#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whose seal it is, what the auditor remembers, and what is said when something cannot be checked.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 4 --events 2 --instrument 7500-01
r=results/2026/000002-plate2.eds

# --- another lab's trust file
new other --results 1 --instrument 7500-02
new impostor --results 4 --events 2 --instrument 7500-01
fresh base
trust=$work/other/trust.txt
finds "another lab's trust file" 1 log.checkpoint.origin log/checkpoint
finds "another lab's trust file, each result" 1 result.signature.untrusted $r/manifest.sha256.p7s
trust=$work/impostor/trust.txt
finds 'a trust file with another key' 1 log.checkpoint.other-key log/checkpoint
finds 'a trust file with another key, the proofs' 1 result.proof.other-key $r/manifest.tlog-proof

# one CA, but another key than the log's: a colleague's certificate does not sign results
new colleague --results 4 --events 2 --keys "$work/keys"
rm "$work/keys/signer.pem"
new department --results 4 --events 2 --keys "$work/keys"
fresh department
cp "$work/colleague/share/$r/manifest.sha256.p7s" "$share/$r/"
finds "the right CA's certificate, another key" 1 result.signature.other-key $r/manifest.sha256.p7s

# --- without a trust file
fresh base
expect_status 3 'without a trust file' verify "$share"
said 'it says what was not checked' 'who signed, and whether the state that sealed was approved: no trust file was given (--trust FILE)'
said 'it says what still was: the payloads' 'ok      result.payload'
said 'it says what still was: the tree' 'ok      log.root'
flip "$share/$r/original/plate2.eds" 7
expect_status 1 'without a trust file, an altered payload is still found' verify "$share"
fresh base
(cd "$share/$r" && cp ../000001-plate1.eds/manifest.sha256.p7s .)
expect_status 1 'without a trust file, a CMS over something else is still found' verify "$share"
fresh base
cp "$share/log/checkpoint" "$work/garbage.txt"
expect_status 3 'a trust file that is none' verify --trust "$work/garbage.txt" "$share"
said 'it is named' "$work/garbage.txt [trust.unreadable]"
expect_status 3 'a trust file that is not there' verify --trust "$work/nowhere.txt" "$share"
rm "$share/trust/trust.txt" && cp "$work/impostor/trust.txt" "$share/trust/trust.txt"
expect_status 3 'the copy on the share is never used' verify "$share"

# --- the measured state
new tpm --results 2 --events 1 --hardware
fresh tpm
expect_status 0 'a share sealed in an approved state' verify --trust "$trust" "$share"
said 'the kind of key is said in the first line' "sealed with the trust file's key (TPM)"
said 'its measurements are counted' 'result.measurement     each was sealed by a measured state that the trust file approves: 3 records'
m=results/2026/000002-plate2.eds/record.json
edited() { # edit the trust file: sed's argument
	sed "$1" "$work/tpm/trust.txt" >"$work/edited.txt"
	trust=$work/edited.txt
}
edited 's/^approved 1 pcr23:..../approved 1 pcr23:ffff/'
finds 'another state than the approved' 1 result.measurement.pcr $m
edited 's/^approved 1 /approved 2 /'
finds 'a version that is not approved' 1 result.measurement.version $m
edited 's/ policy:..../ policy:ffff/'
finds 'another policy than the approved' 1 result.measurement.parts $m
edited 's/^\(.*key.*\) TPM$/\1 software TPM/'
finds 'another kind of key than the trust file says' 1 result.measurement.key-kind $m

# --- the memory.  The same keys, three logs: a short one, the same grown, and another one
new short --results 3 --events 0 --keys "$work/k"
new grown --results 7 --events 0 --keys "$work/k"
new fork --results 7 --events 0 --keys "$work/k" --seed 2
trust=$work/short/trust.txt
share=$work/short/share
expect_status 0 'the first audit' verify --trust "$trust" --memory "$work/memory" "$share"
check 'the memory is the checkpoint' cmp "$work/memory" "$share/log/checkpoint"
share=$work/grown/share
expect_status 0 'the log has grown' verify --trust "$trust" --memory "$work/memory" "$share"
said 'that is said' 'memory                 the log continues the one seen at the last audit: 1 checkpoints'
check 'the memory is the new checkpoint' cmp "$work/memory" "$share/log/checkpoint"
expect_status 0 'the same log again' verify --trust "$trust" --memory "$work/memory" "$share"
share=$work/short/share
finds 'the whole share put back' 1 memory.rollback log/checkpoint --memory "$work/memory"
said 'both notes are printed' "$(sed -n 3p "$work/memory")"
said 'both notes are printed: the other' "$(sed -n 3p "$share/log/checkpoint")"
check 'and the memory stays' cmp "$work/memory" "$work/grown/share/log/checkpoint"
share=$work/fork/share
finds 'another log of the same size' 1 memory.fork log/checkpoint --memory "$work/memory"
cp "$work/short/share/log/checkpoint" "$work/memory"
finds 'another log that is longer' 1 memory.fork log/checkpoint --memory "$work/memory"

# an older checkpoint that is still on the share, in a proof
rm -rf "$work/copy" && cp -a "$work/grown" "$work/copy" && share=$work/copy/share
cp "$share/log/checkpoint" "$work/memory"
older() { # SEAL
	sed '1,/^$/d' "$share/results/2026/00000$1-plate$1.eds/manifest.tlog-proof" >"$share/log/checkpoint"
}
older 4
finds 'the checkpoint rolled back, with a memory' 1 memory.rollback log/checkpoint --memory "$work/memory"
finds 'the checkpoint rolled back, without one' 1 log.checkpoint.older log/checkpoint
older 6
finds 'rolled back by one, with a memory' 1 memory.rollback log/checkpoint --memory "$work/memory"
finds 'rolled back by one: as an interruption leaves it' 3 log.checkpoint.behind log/checkpoint
# the next checkpoint comes when this one has been read, and before the folders are looked at
(wait_for 60 test -e "$work/held" && cp "$work/grown/share/log/checkpoint" "$share/log/checkpoint" && rm "$work/held") &
expect_status 0 'one seal beyond the checkpoint while sealing goes on' held "$work/held" /share/log/tile/0/000.p/7 --trust "$trust" "$share"
said 'that is said' 'what was sealed while the audit ran: seals after 6 [share.growing]'
wait
older 6
rm -r "$share/results/2026/000007-plate7.eds"
finds 'rolled back, its folder removed, its tiles left' 3 log.checkpoint.behind log/checkpoint

# memories that are none
share=$work/grown/share
printf 'nothing\n' >"$work/memory"
finds 'a memory that is none' 3 memory.unreadable "$work/memory" --memory "$work/memory"
cp "$work/other/share/log/checkpoint" "$work/memory"
finds 'a memory of another log' 3 memory.other-log "$work/memory" --memory "$work/memory"
cp "$work/base/share/log/checkpoint" "$work/memory"
finds 'a memory that another key signed' 3 memory.signature "$work/memory" --memory "$work/memory"
finds 'a memory that cannot be written' 3 memory.unwritable "$work/nowhere/memory" --memory "$work/nowhere/memory"
rm "$work/memory"
expect_status 3 'without a trust file nothing is remembered' verify --memory "$work/memory" "$share"
check 'no memory was written' test ! -e "$work/memory"
fresh base
flip "$share/log/tile/0/000.p/6" 3
flip "$share/log/tile/entries/000.p/6" 60
verify --trust "$trust" --memory "$work/memory" "$share" >/dev/null
check 'a log that does not hold is not remembered' test ! -e "$work/memory"

# who may write on a share can make a bundle, or one result, of it: that hides no rollback from who has a memory
fresh base
cp "$share/log/checkpoint" "$work/memory"
expect_status 0 'one result is bundled' "$audit" bundle --trust "$trust" --output "$work/bundle.zip" "$share/results/2026/000001-"*
mkdir "$work/unpacked" && (cd "$work/unpacked" && unzip -q ../bundle.zip) || exit 4
share=$(echo "$work"/unpacked/*)
finds 'a bundle in the place of a share' 3 memory.no-log "$work/memory" --memory "$work/memory"
share=$(echo "$share"/results/2026/000001-*)
finds 'a result in the place of a share' 3 memory.no-log "$work/memory" --memory "$work/memory"
said 'what to do' 'name the share, or leave --memory out'
rm "$work/memory"

# --- one result
fresh base
one=$share/$r
expect_status 0 'one result' verify --trust "$trust" "$one"
said 'it says what that leaves out' 'whether the log still holds it, the results before and after it, and its approval: verify the share'
expect_status 0 'one event' verify --trust "$trust" "$share/events/2026/000003-heartbeat"
cp -a "$one" "$work/taken-away"
expect_status 0 'one result, taken away under another name' verify --trust "$trust" "$work/taken-away"
check 'from inside the folder' bash -c "cd '$work/taken-away' && '$audit' verify --trust '$trust' ."
expect_status 3 'one result without a trust file' verify "$one"
share=$work/taken-away
flip "$share/original/plate2.eds" 7
finds 'one result, altered' 1 result.payload.altered original/plate2.eds
rm -rf "$share" && cp -a "$one" "$share"
flip "$share/record.json" 7
finds 'one result, its record altered' 1 result.record.altered record.json
rm -rf "$share" && cp -a "$one" "$share"
flip_signature "$share/manifest.tlog-proof"
finds 'one result, its proof altered' 1 result.proof.signature manifest.tlog-proof
rm "$share/manifest.tlog-proof"
finds 'one result, its proof removed' 1 result.proof.missing manifest.tlog-proof
trust=$work/impostor/trust.txt
finds "one result, another lab's trust file" 1 result.signature.untrusted manifest.sha256.p7s

# --- what is no share, wrong usage
expect_status 3 'a folder that is no share' verify --trust "$trust" "$top/docs"
expect_status 3 'a folder that is not there' verify --trust "$trust" "$work/nowhere"
expect_status 3 'a file' verify --trust "$trust" "$work/base/trust.txt"
expect_status 2 'no share named' verify
expect_status 2 'two shares named' verify a b
expect_status 2 'an option that is none' verify --nonsense a
said 'it is named' "there is no option '--nonsense'"
expect_status 2 'an option without its file' verify --trust

# --- what this user may not read
fresh base
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --regid=65534 --clear-groups "$audit" --version >/dev/null 2>&1; then
	as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups timeout 60 "$audit" verify --trust "$trust" "$share"; }
	chmod 0755 "$work/copy"
	expect_status 0 'an ordinary user' as_nobody
	chmod 0 "$share/$r/original/plate2.eds"
	expect_status 3 'a payload that may not be read' as_nobody
	said 'it is named' "$r/original/plate2.eds [result.payload.unreadable]"
	chmod 0 "$share/$r/original"
	expect_status 3 'a folder that may not be listed' as_nobody
	chmod 0 "$share/results/2026"
	expect_status 3 'whether results that may not be listed are missing cannot be told' as_nobody
	flip "$share/events/2026/000003-heartbeat/record.json" 9
	expect_status 1 'what is proven wins over what could not be read' as_nobody
else
	skip 'what an ordinary user may not read' 'needs root and a build that others may run'
fi
