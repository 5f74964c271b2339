#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What others than the laboratory say of the log: an authority, when; witnesses, that there is one history.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

record=events/2026/000004-time-stamp/record.json

# stamped HOW: six results, and time stamps as seals 4 and 8.
stamped() {
	rm -rf "$work/base"
	new base --keys "$work/keys" --results 6 --events 2 --event time-stamp --stamped "$1"
	fresh base
}

# refused NAME HOW ID [FILE]: NOT VERIFIED, for this.
refused() {
	stamped "$2"
	finds "$1" 1 "$3" "${4-$record}"
}

stamped good
expect_status 0 'a stamped share verifies' verify --trust "$trust" "$share"
said 'how far the newest reaches is said' '1 of 8 seals by others than the laboratory' '2026-01-01T01:20:00Z' \
	'covers the first 7'
verify --trust "$trust" --json "$share" >"$work/json"
check 'they are counted' jq -e '.checks[] | select(.check == "time-stamps") | .passed == 2' "$work/json"

# a folder alone
expect_status 0 'a result alone has no time stamp' verify --trust "$trust" "$share"/results/2026/000001-*
said 'which is said' 'not in a result'"'"'s folder; verify the share, or a bundle [evidence.time-stamps]' '[witness.none]'
expect_status 0 'a time stamp alone verifies' verify --trust "$trust" "$share/events/2026/000004-time-stamp"
said 'as far as it goes' "of the log's first 3 seals as they were at 2026-01-01T00:40:00Z" '[time-stamp.alone]'
verify --trust "$trust" --json "$share/events/2026/000004-time-stamp" >"$work/json"
check 'it is counted' jq -e '.checks[] | select(.check == "time-stamps") | .passed == 1' "$work/json"
grep -v '^time-stamp-ca ' "$trust" >"$work/unnamed.txt"
expect_status 0 'nor does it need an authority' verify --trust "$work/unnamed.txt" "$share/events/2026/000004-time-stamp"
said 'but says so' 'names no time-stamping authority, and the folder holds 1 [evidence.time-stamps]'

# with stock tools: docs/formats/time-stamp.md
jq -j .detail.checkpoint "$share/$record" >"$work/checkpoint"
jq -r .detail.token "$share/$record" | base64 -d >"$work/token.tsr"
sed -n 's/^time-stamp-ca //p' "$trust" | base64 -d | openssl x509 -inform DER -out "$work/tsa.pem"
check 'openssl agrees' openssl ts -verify -data "$work/checkpoint" -in "$work/token.tsr" -CAfile "$work/tsa.pem"
check 'and tells the time' bash -c 'openssl ts -reply -in "$1" -text | grep -q "Jan  1 00:40:00 2026 GMT"' - \
	"$work/token.tsr"

refused 'a time stamp before what it covers was received' early clock.ahead ''
said 'in words' 'seal 3 says that it was received at 2026-01-01T00:30:00Z, and was sealed before 2025-12-31T00:40:00Z' \
	"the laboratory's clock was ahead"
refused 'results received before a time stamp, and sealed after it' late clock.behind ''
said 'in words' 'seal 5 says that it was received at 2026-01-01T00:50:00Z, and was sealed after 2026-01-02T00:40:00Z' \
	'back-dated'
refused 'a token of another checkpoint' other-checkpoint time-stamp.token
refused 'a token by another authority' other-authority time-stamp.certificate
refused 'a token by a certificate that is for code' code-signing time-stamp.certificate
refused 'a token by a certificate that was expired' expired time-stamp.certificate
refused 'a checkpoint of another log' other-log time-stamp.checkpoint
refused 'a checkpoint from the future' future time-stamp.checkpoint
refused 'a checkpoint of another history' fork time-stamp.fork ''
refused 'an event without a token' malformed time-stamp.malformed

# alone NAME HOW ID: the folder of such a time stamp is NOT VERIFIED by itself.
alone() {
	stamped "$2"
	expect_status 1 "alone, $1" verify --trust "$trust" "$share/events/2026/000004-time-stamp"
	said 'by its check' "[$3]"
}
alone 'a token of another checkpoint' other-checkpoint time-stamp.token
alone 'a token by another authority' other-authority time-stamp.certificate
alone 'a checkpoint of another log' other-log time-stamp.checkpoint

new none --keys "$work/keys" --results 2 --events 0 --stamped good
fresh none
expect_status 3 'an authority is named, and there is no time stamp' verify --trust "$trust" "$share"
said 'so that could not be checked' 'the log holds no time stamp' '[time-stamp.none]'
new unnamed --keys "$work/keys2" --results 6 --events 0
fresh unnamed
expect_status 0 'a trust file that names nobody' verify --trust "$trust" "$share"
said 'says so' 'names no time-stamping authority, and the share holds 0 [evidence.time-stamps]' 'names no witness [witness.none]'

# witnessed HOW: five seals, two witnesses.
witnessed() {
	rm -rf "$work/base"
	new base --keys "$work/keys" --results 5 --events 0 --witnessed "$1"
	fresh base
}

witnessed good
expect_status 0 'a cosigned log verifies' verify --trust "$trust" "$share"
verify --trust "$trust" --json "$share" >"$work/json"
check 'the quorum is counted' jq -e '.checks[] | select(.check == "witnesses") | .passed == 1' "$work/json"
rm "$share/log/witnessed/5"
expect_status 0 'the lines on the checkpoint are enough' verify --trust "$trust" "$share"
witnessed one-is-enough
expect_status 0 'a quorum of one of two' verify --trust "$trust" "$share"
witnessed early
expect_status 0 'an older checkpoint was cosigned' verify --trust "$trust" "$share"
said 'how far it reaches is said' 'the last 3 of 5 seals' 'covers the first 2'
witnessed one-of-two
finds 'one of two that are demanded' 3 witness.quorum log/checkpoint
said 'in words' 'is cosigned by 2 of the trust file' '(at most by 1)'
witnessed none
finds 'none' 3 witness.quorum log/checkpoint
witnessed forged
finds 'a forged line' 1 witness.signature log/checkpoint
witnessed fork
finds 'another history was cosigned' 1 witness.fork log/witnessed/2
said 'in words' "the log's key signed two histories"
witnessed rollback
finds 'a longer log was cosigned' 1 witness.rollback log/witnessed/15
witnessed unsigned
finds 'a cosigned checkpoint that the log did not sign' 1 witness.checkpoint log/witnessed/2

witnessed good
finds_after() {
	fresh base
	"${@:4}"
	finds "$1" 1 "$2" "$3"
}
finds_after 'a byte of a kept one' witness.checkpoint log/witnessed/5 flip "$work/copy/share/log/witnessed/5" 60
finds_after 'its file renamed' witness.checkpoint log/witnessed/4 \
	mv "$work/copy/share/log/witnessed/5" "$work/copy/share/log/witnessed/4"
finds_after 'another file there' log.unknown log/witnessed/x touch "$work/copy/share/log/witnessed/x"
finds_after 'a link in its place' witness.file.symlink log/witnessed/5 \
	ln -sf /etc/passwd "$work/copy/share/log/witnessed/5"
