#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The TPM's word: altered, removed, exchanged, of another TPM, state or checkpoint, each ends NOT VERIFIED with file and check.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 4 --events 2 --size 50 --batch 2 --evidence --keys "$work/keys"
new other --results 4 --events 2 --size 50 --batch 2 --evidence --seed 2
new plain --results 2 --hardware
ev=log/evidence

fresh base
check 'an untouched share holds' verify --trust "$trust" "$share"
said 'it says which code' 'supervisor'
said 'approved by whom' 'approved by'
said 'in which TPM' 'vouched by'
said 'since when and how far' 'reaches      seals 1 to 6, by 3 checkpoints'
said 'the key was made there' 'made in this TPM'

tamper 'a byte of a quote' evidence.quote.wrong $ev/4/quote.attest flip $ev/4/quote.attest 100
tamper 'its magic' evidence.quote.wrong $ev/4/quote.attest flip $ev/4/quote.attest 0
tamper "a byte of a quote's signature" evidence.quote.wrong $ev/4/quote.signature flip $ev/4/quote.signature 20
tamper 'a byte of the PCR values' evidence.quote.wrong $ev/4/pcrs.txt sed -i 's/0$/1/; t; s/.$/0/' $ev/4/pcrs.txt
tamper 'PCR values that are none' evidence.quote.wrong $ev/4/pcrs.txt truncate -s 0 $ev/4/pcrs.txt
tamper 'a byte of a counter' evidence.counter.wrong $ev/4/counter.attest flip $ev/4/counter.attest -1
tamper 'a byte of the checkpoint that the TPM held' evidence.nv-checkpoint.wrong $ev/4/nv-checkpoint.attest \
	flip $ev/4/nv-checkpoint.attest -1
tamper 'a byte of the checkpoint' evidence.checkpoint.wrong $ev/4/checkpoint flip $ev/4/checkpoint 30
tamper 'a file removed' evidence.file.missing $ev/4/quote.signature rm $ev/4/quote.signature
tamper 'a file added' evidence.file.unknown $ev/4/more touch $ev/4/more
tamper 'a file as a link' evidence.file.symlink $ev/4/quote.attest ln -sf ../2/quote.attest $ev/4/quote.attest
tamper 'a folder that is none' log.unknown $ev/04 cp -r $ev/4 $ev/04
tamper 'another file beside' log.unknown $ev/x touch $ev/x
tamper 'an event log altered' evidence.events.altered "$(cd "$share" && echo $ev/events/*)" \
	sed -i 's/labseald/labsealx/' "$(cd "$share" && echo $ev/events/*)"
tamper 'an event log removed' evidence.events.missing "$(cd "$share" && echo $ev/events/*)" rm -r $ev/events
tamper "the key's certificate altered" evidence.key.wrong "$(cd "$share" && echo $ev/keys/*.creation)" \
	flip "$(cd "$share" && echo $ev/keys/*.creation)" 60
tamper "the key's certificate removed" evidence.key.missing "$(cd "$share" && echo $ev/keys/*.creation)" rm -r $ev/keys
replay() { cp "$ev/2/quote.attest" "$ev/2/quote.signature" "$ev/4/"; }
tamper 'a quote of another checkpoint' evidence.quote.wrong $ev/4/quote.attest replay
replay_all() { rm -r "$ev/4" && cp -r "$ev/2" "$ev/4"; }
tamper 'all evidence of another checkpoint' evidence.checkpoint.wrong $ev/4/checkpoint replay_all
swap() { mv "$ev/2" "$ev/x" && mv "$ev/4" "$ev/2" && mv "$ev/x" "$ev/4"; }
tamper 'two folders exchanged' evidence.checkpoint.wrong $ev/2/checkpoint swap

# evidence is made after its checkpoint is published: a checkpoint before that was put back
new single --results 2 --events 1 --size 50 --evidence
fresh single
cp "$share/$ev/2/checkpoint" "$share/log/checkpoint"
finds 'the checkpoint rolled back by one, which its evidence tells' 1 log.checkpoint.older log/checkpoint
said 'and how far it was' 'evidence on this share carries a signed checkpoint of size 3'
rm -r "$share/$ev/3"
finds 'where there is none yet, as an interruption leaves it' 3 log.checkpoint.behind log/checkpoint
foreign() { cp "$work/other/share/$ev/4/quote.attest" "$work/other/share/$ev/4/quote.signature" "$ev/4/"; }
tamper "another attestation key's quote" evidence.quote.wrong $ev/4/quote.attest foreign

# what the TPM says, and is not to say
says() { # WHAT HOW ID FILE
	new "$2" --results 4 --events 2 --size 50 --batch 2 --evidence --keys "$work/keys" --attested "$2"
	fresh "$2"
	finds "$1" 1 "$3" "$ev/4/$4"
}
says 'a clock that goes back' clock-back evidence.clock.backwards quote.attest
says 'resets that go back' resets-back evidence.clock.backwards quote.attest
says 'a clock that goes back over a reset in good order' clock-back-after-an-orderly-reset evidence.clock.backwards quote.attest
says 'a version counter that goes back' counter-back evidence.counter.backwards counter.attest
says 'a version counter that is past the approval' counter-past evidence.state.retired counter.attest
new reset --results 4 --events 2 --size 50 --batch 2 --evidence --attested clock-back-after-a-reset-without-order
fresh reset
expect_status 0 'a clock that stepped back over a reset of which the TPM says so' verify --trust "$trust" "$share"
fresh base
sed 's/^\(approved 1 pcr23:\)..../\1ffff/' "$trust" >"$work/edited.txt"
trust=$work/edited.txt
finds 'a quote of a state that is not approved' 1 evidence.state.unapproved $ev/2/pcrs.txt

# another TPM vouches for the same log
sed "$(awk '/^endorsement-key|^attestation-key|^enrolled/ { print NR }' "$work/base/trust.txt" | sed 's/$/d;/' | tr -d '\n')" \
	"$work/base/trust.txt" >"$work/unnamed.txt"
fresh base
expect_status 0 'a trust file that names no TPM' verify --trust "$work/unnamed.txt" "$share"
said 'it says that the evidence was not looked at' '[evidence.none]'

# removed: what a later seal names shows, and only what came after the last seal does not
gone() { rm -r "${ev:?}/$1"; }
tamper 'evidence that a later seal names' evidence.removed $ev/4 gone 4
said 'it names the seal that says so' 'the record of seal 5 says that it was published'
said 'and its index' 'seal 5, log index 4'
all_gone() { rm -r "$ev"; }
tamper 'all evidence' evidence.removed $ev/2 all_gone
newest_gone() { rm -r "$ev/4" "$ev/6"; }
tamper 'the newest of it' evidence.removed $ev/4 newest_gone
in_place() { rm -r "$ev/4" && touch "$ev/4"; }
tamper 'something else in its place' log.unknown $ev/4 in_place
fresh base
rm -r "${share:?}/$ev/6"
expect_status 0 'what came after the last seal' verify --trust "$trust" "$share"
said 'it says from where' 'evidence reaches to seal 4'

# records of before name none
new old --results 4 --events 2 --size 50 --batch 2 --evidence --unnamed
fresh old
expect_status 0 'records that name no evidence' verify --trust "$trust" "$share"
rm -r "${share:?}/$ev/4" "${share:?}/$ev/6"
expect_status 0 'with the newest of it removed' verify --trust "$trust" "$share"
said 'it says where it ends' 'evidence reaches to seal 2'
rm -r "${share:?}/$ev"
finds 'with none of it' 3 evidence.missing $ev

# what the enclave could not have of its confinement is told
new open --results 1 --events 0 --unconfined 'own user, Landlock'
fresh open
expect_status 0 'an enclave that was not confined in full' verify --trust "$trust" "$share"
said 'it says what it was without' 'it was without: own user, Landlock'
share=$share/results/2026/000001-plate1.eds
expect_status 0 'and a result of its alone' verify --trust "$trust" "$share"
said 'says so as well' '[record.unconfined] seal 1'
