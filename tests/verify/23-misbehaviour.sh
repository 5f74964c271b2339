#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Two states of one log that cannot both be true: the audit that sees it leaves a proof, which others check with the
# trust file alone; and no proof can be made against an honest log.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

# one key, three histories: short, the same grown, and another one
new short --results 300 --events 0 --batch 64 --size 10 --keys "$work/k"
new grown --results 700 --events 0 --batch 64 --size 10 --keys "$work/k"
new fork --results 700 --events 0 --batch 64 --size 10 --keys "$work/k" --seed 2
trust=$work/short/trust.txt
proof=$work/memory.misbehaviour
seen() { # NAME: audited again, with what SHARE was remembered
	rm -f "$proof"
	cp "$work/$1/share/log/checkpoint" "$work/memory"
	share=$work/$2/share
}
judged() { # STATUS NAME [OPTION ...]
	local wanted=$1 name=$2
	shift 2
	expect_status "$wanted" "$name" verify --misbehaviour "$proof" --trust "$trust" "$@"
}

seen grown fork
finds 'another log of the same size' 1 memory.fork log/checkpoint --memory "$work/memory"
said 'it is said where the proof is' "the proof for others is in '$proof'"
judged 0 'the proof, with the trust file alone'
said 'what it proves' "VERIFIED: the key of the log 'labseal/7500-01' signed two states that cannot both be true, of size 700 and of size 700"
cp "$proof" "$work/same-size"

seen short fork
finds 'another log that is longer' 1 memory.fork log/checkpoint --memory "$work/memory"
judged 0 'its proof'
said 'what it proves, of two sizes' 'of size 300 and of size 700'
said 'and the two roots' "size 300, root $(sed -n 3p "$work/short/share/log/checkpoint")"
check 'a proof stands alone: no share is needed' bash -c "mv '$work/fork' '$work/away' && '$audit' verify --misbehaviour '$proof' --trust '$trust'; status=\$?; mv '$work/away' '$work/fork'; exit \$status"
check 'as JSON' bash -c "'$audit' verify --misbehaviour '$proof' --trust '$trust' --json | python3 -c '
import json, sys
seen = json.load(sys.stdin)
assert sorted(seen) == [\"exit\", \"format\", \"sentence\", \"signed\", \"verdict\"], seen
assert (seen[\"format\"], seen[\"verdict\"], seen[\"exit\"]) == (\"labseal/misbehaviour/v1\", \"VERIFIED\", 0)
assert [state[\"size\"] for state in seen[\"signed\"]] == [300, 700]'"
cp "$proof" "$work/fork-proof"

finds 'the same again' 1 memory.fork log/checkpoint --memory "$work/memory"
said 'a proof is not written over' "there is a proof in '$proof' already, which is kept"
check 'and it is the same' cmp "$proof" "$work/fork-proof"

# --- what is no contradiction for others
seen grown short
finds 'the whole share put back' 1 memory.rollback log/checkpoint --memory "$work/memory"
said 'it is said what the notes show' 'the two notes show others only that both states were signed'
check 'no proof is made of it' [ ! -e "$proof" ]
seen short grown
expect_status 0 'the log has grown' verify --trust "$trust" --memory "$work/memory" "$share"
check 'no proof against an honest log' [ ! -e "$proof" ]
seen grown fork
expect_status 1 'without a trust file a fork is seen' verify --memory "$work/memory" "$share"
said 'and not proven' 'without a trust file nobody knows whose signatures they are'
check 'so nothing is written' [ ! -e "$proof" ]

# --- proofs that prove nothing
forged() { # STATUS NAME WORDS COMMAND ...: of the fork's proof
	cp "$work/fork-proof" "$proof"
	"${@:4}" "$proof" || { not_ok "$2: the tampering failed"; return; }
	judged "$1" "$2"
	said "$2: and says so" "$3"
}
forged 1 'a root of nothing' 'the hashes do not show what the larger one begins with' sed -i '2s/^root ../root AA/'
forged 1 'the root of the smaller one' 'the larger log begins with the smaller one' sed -i "2s|.*|root $(sed -n 3p "$work/short/share/log/checkpoint")|"
forged 1 'a hash of it altered' 'the hashes do not show what the larger one begins with' sed -i '4s/^hash ../hash AA/'
forged 1 'no hashes' 'a log grows, and no root shows' sed -i '2,/^$/{/^$/!d}'
forged 1 'a note altered' 'the second note: the note' flip_signature
forged 1 'cut short' 'malformed' truncate -s -1
forged 1 'something behind it' 'something follows its second note' sed -i '$a x'
forged 1 'no proof at all' 'it does not begin with' sed -i '1s/v1/v2/'
cp "$work/same-size" "$proof"
new other --results 1 --events 0
trust=$work/other/trust.txt
judged 1 "another log's key"
said 'it proves nothing against that one' "it is no proof against the log 'labseal/7500-01': the first note: the note carries no signature"

# --- what could not be checked, wrong usage
trust=$work/nowhere.txt
judged 3 'a trust file that is not there'
expect_status 3 'no trust file' verify --misbehaviour "$proof"
said 'it is asked for' 'no trust file was given (--trust FILE)'
trust=$work/short/trust.txt
proof=$work/nowhere
judged 3 'a proof that is not there'
expect_status 2 'a proof and a share' verify --misbehaviour "$proof" "$share"
expect_status 2 'a proof and a memory' verify --misbehaviour "$proof" --memory "$work/memory"
