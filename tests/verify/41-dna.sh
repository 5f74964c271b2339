#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Samples that records name: their sequence files are held to the digests that were sealed, and the signatures in their DNA
# to the auditor's DNA trust file.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"
ada=0000-0002-1825-0097 bob=0000-0002-1694-233X

# An authority with two signers, another authority, and molecules: signed, changed afterwards, by another, unsigned, none at all.
(
	cd "$work" && set -e
	"$audit" dna authority init --name 'Core facility' --no-passphrase auth
	"$audit" dna authority extract --orcid $ada --no-passphrase --output ada.key auth
	"$audit" dna authority extract --orcid $bob --no-passphrase --output bob.key auth
	"$audit" dna authority init --name Strangers --no-passphrase strangers
	python3 "$top/tests/dna/make_plasmid.py" 3000 1 >p.gb
	"$audit" dna sign --key ada.key --id 42 --at auto --errors 2 --output signed.gb p.gb
	"$audit" dna sign --key bob.key --id 42 --at auto --output bob.gb p.gb
	"$audit" dna sign --key ada.key --id 42 --segment 1100..1300 --at 1200 --fasta --output segment.fa p.gb
	"$audit" dna sign --key ada.key --id 42 --at auto --errors 2 --fasta --output signed.fa p.gb
	# one base of it, and forty of it: a sequencer's error, and another molecule
	python3 - <<-'END'
		def changed(n):
		    lines = open("signed.fa").read().split("\n")
		    bases = list("".join(lines[1:]))
		    for i in range(n):
		        at = 300 + 61 * i
		        bases[at] = "acgt"[("acgt".index(bases[at].lower()) + 1) % 4]
		    return lines[0] + "\n" + "".join(bases) + "\n"
		open("one.fa", "w").write(changed(1))
		open("forged.fa", "w").write(changed(40))
		open("hostile.gb", "wb").write(b"LOCUS \xff\x1b[31m" + bytes(range(256)) * 64)
		open("many.fa", "w").write("".join(f">r{i}\nacgt\n" for i in range(5000)))
		open("empty.fa", "w").write(">nothing\n")
	END
) >"$work/made" 2>&1 || { cat "$work/made"; exit 4; }
authority=$work/auth/parameters.pem
sequence() { echo "sequences/$(sha256sum "$work/$1" | cut -d ' ' -f 1)"; }

# sampled NAME SAMPLE ...: a share of three results whose records name these samples.
sampled() {
	local name=$1 options=()
	for sample in "${@:2}"; do options+=(--sample "$sample"); done
	new "$name" --results 3 --events 1 "${options[@]}"
}
# judged NAME OPTION ...: labseal verify of that share with the authority.
judged() { verify --trust "$work/$1/trust.txt" --dna-trust "$authority" "${@:2}" "$work/$1/share"; }

sampled base "control 1=$work/signed.gb=$ada" "kontrolle ä=$work/one.fa"
expect_status 0 'without a DNA trust file nothing is judged' verify --trust "$work/base/trust.txt" "$work/base/share"
said 'and that is said' 'signature in DNA: not checked: give --dna-trust'
said 'and why' 'signatures in the DNA of 2 samples: whose are believed was not said (--dna-trust FILE)'
said 'the files are held to their digests' 'ok      result.sequence'
expect_status 0 'signed as the records say' judged base
said 'by its name' '  control 1'
said 'the verdict, the outcome, the signer' "signature in DNA: VERIFIED: valid, signed by $ada"
said 'one that a sequencer read with an error' "signature in DNA: VERIFIED: valid-after-correction, signed by $ada"
said 'in which seals' "in 3 seals, from seal "
said 'and whose it should be' "to be signed by $ada"
said 'the correction is told' '[dna.outcome]'
said 'each counts' 'the DNA trust file knows: 2 samples'
check 'as JSON' bash -c "'$audit' verify --json --trust '$work/base/trust.txt' --dna-trust '$authority' '$work/base/share' >'$work/report.json' &&
	jq -e '.samples | length == 2 and .[0].dna.outcome == \"valid\" and .[0].dna.signers == \"$ada\" and .[0].file == \"as sealed\" and
		.[0].seals.count == 3 and .[1].dna.records[0].corrections[0].base > 0 and .[1].signed_by == null' '$work/report.json'"
check 'as a page' bash -c "'$audit' verify --html '$work/page.html' --trust '$work/base/trust.txt' --dna-trust '$authority' '$work/base/share' >'$work/out' &&
	grep -q '<h2>Samples</h2>' '$work/page.html' && grep -q 'VERIFIED</strong>: valid<' '$work/page.html' && grep -q 'kontrolle ä' '$work/page.html' &&
	grep -q 'does not say what was in the tube' '$work/page.html' && xmllint --html --noout '$work/page.html' 2>/dev/null"
check 'as a page without a DNA trust file' bash -c "'$audit' verify --html '$work/page.html' --trust '$work/base/trust.txt' '$work/base/share' >'$work/out' &&
	grep -q 'not checked: give --dna-trust' '$work/page.html'"
expect_status 0 'a result alone' verify --trust "$work/base/trust.txt" --dna-trust "$authority" "$(echo "$work"/base/share/results/2026/000001-*)"
said 'does not have the file, which is said' '[sequence.elsewhere]'
(cd "$work/base" && zip -qr "$work/base.zip" share) || exit 4
expect_status 0 'in a zip copy' verify --trust "$work/base/trust.txt" --dna-trust "$authority" "$work/base.zip"
said 'it is judged as well' "VERIFIED: valid, signed by $ada"

# a sequence file that is not the one the records name
gb=$(sequence signed.gb)
tamper 'a base of a sequence file' sequence.altered "$gb" flip "$gb" 2000
said 'says what to do' 'ask the laboratory for the right one'
tamper 'another molecule in its place' sequence.altered "$gb" cp "$work/bob.gb" "$gb"
tamper 'a sequence file removed' sequence.missing "$gb" rm "$gb"
tamper 'its folder removed' sequence.missing "$gb" rm -r sequences
tamper 'a link in its place' sequence.symlink "$gb" ln -sf "$work/signed.gb" "$gb"
tamper 'a folder in its place' share.unknown "$gb" bash -c "rm '$gb' && mkdir '$gb'"
tamper 'a FIFO in its place' sequence.special "$gb" bash -c "rm '$gb' && mkfifo '$gb'"
tamper 'something else beside it' share.unknown sequences/notes.txt touch sequences/notes.txt
tamper 'a file under a name that is not its own' sequence.altered "sequences/$(printf '0%.0s' {1..63})1" cp "$work/bob.gb" "sequences/$(printf '0%.0s' {1..63})1"
fresh base
truncate -s 65M "$share/$gb"
finds 'a file as large as none can be' 1 sequence.too-large "$gb"
fresh base
record=$(cd "$share" && echo results/2026/000001-*/record.json)
sed -i 's/control 1/control 2/' "$share/$record"
finds 'another sample in a record' 1 result.record.altered "$record"
fresh base
rm "$share/$gb"
expect_status 1 'what is not there is not judged' verify --trust "$trust" --dna-trust "$authority" "$share"
said 'and that is said' 'signature in DNA: not checked: the sequence file is not the sealed one'
fresh base
cp "$work/bob.gb" "$share/$(sequence bob.gb)"
expect_status 0 'a sequence file more, under its own name, is no matter' verify --trust "$trust" "$share"

# outcomes: what is NOT VERIFIED of a sample is so of the share
# fails NAME STATUS ID WORDS SAMPLE
fails() {
	local name=$1
	rm -rf "$work/share"
	sampled share "$5"
	expect_status "$2" "$name" judged share
	said "$name: by name" "[$3]"
	said "$name: in words" "$4"
}
fails 'signed by another' 1 dna.not-verified "the sample 'c', to be signed by $ada: signed-by-another" "c=$work/bob.gb=$ada"
said 'and who that is' "NOT VERIFIED: signed-by-another, claims $bob"
fails 'a forged molecule' 1 dna.not-verified "the sample 'c', to be signed by $ada: altered" "c=$work/forged.fa=$ada"
fails 'a forged molecule, whoever should have signed it' 1 dna.not-verified "the sample 'c', whoever signed it: altered" "c=$work/forged.fa"
fails 'no signature where one is named' 1 dna.not-verified ': no-block' "c=$work/p.gb=$ada"
fails 'no signature where none is named' 0 dna.unsigned 'the records name nobody whose it should be' "c=$work/p.gb"
fails 'a segment alone' 0 dna.outcome "valid-segment, signed by $ada" "c=$work/segment.fa=$ada"
fails 'no molecule' 3 dna.unchecked 'unread' "c=$work/hostile.gb=$ada"
! grep -q $'\x1b' "$work/said" && ok 'what a file holds of escapes reaches no terminal' || not_ok 'an escape sequence reached the terminal' "$work/said"
fails 'a record without bases' 3 dna.unchecked 'unread' "c=$work/empty.fa=$ada"
fails 'more records than a sample has molecules' 1 dna.not-verified ': no-block' "c=$work/many.fa=$ada"
check 'of which so many are read' bash -c "'$audit' verify --json --trust '$work/share/trust.txt' --dna-trust '$authority' '$work/share/share' |
	jq -e '.samples[0].dna.records | length < 110 and (last.why | contains(\"more than 100 records\"))'"

sampled share "c=$work/signed.gb=$ada"
expect_status 1 'an authority that the auditor does not believe' verify --trust "$work/share/trust.txt" --dna-trust "$work/strangers/parameters.pem" "$work/share/share"
said 'by name' '[dna.not-verified]'
expect_status 0 'two authorities' verify --trust "$work/share/trust.txt" --dna-trust "$work/strangers/parameters.pem" --dna-trust "$authority" "$work/share/share"
expect_status 3 'a DNA trust file that is none' verify --trust "$work/share/trust.txt" --dna-trust "$work/p.gb" "$work/share/share"
said 'by name' '[dna.trust]'
expect_status 3 'a DNA trust file that is not there' verify --trust "$work/share/trust.txt" --dna-trust "$work/nothing" "$work/share/share"
expect_status 2 'a DNA trust file is of no use to a proof of misbehaviour' verify --misbehaviour "$work/nothing" --dna-trust "$authority"
new share2 --results 1 --events 0
expect_status 0 'records that name no sample' verify --trust "$work/share2/trust.txt" --dna-trust "$authority" "$work/share2/share"
said 'which is said' '[dna.none]'

# a copy is whole, and verifies as the share does
check 'a copy has the sequence files' "$audit" export-share --trust "$work/base/trust.txt" "$work/base/share" "$work/exported"
check 'as they are' cmp "$work/signed.gb" "$work/exported/$gb"

# a bundle has the sequence files of the samples that its record names, and they count as on the share
rm -rf "$work/bundle" && mkdir "$work/bundle"
expect_status 0 'a bundle is made' "$audit" bundle --trust "$work/base/trust.txt" --output "$work/bundle.zip" "$(echo "$work"/base/share/results/2026/000001-*)"
expect_status 0 'of whose samples is told' verify --trust "$work/base/trust.txt" --dna-trust "$authority" "$work/bundle.zip"
said 'as on the share' "signature in DNA: VERIFIED: valid, signed by $ada"
! grep -qF '[sequence.elsewhere]' "$work/said" && ok 'nothing of them is elsewhere' || not_ok 'sequence.elsewhere of a bundle' "$work/said"
(cd "$work/bundle" && unzip -q ../bundle.zip && mv ./*-bundle share && chmod -R u+w .) || exit 4
share=$work/bundle/share trust=$work/base/trust.txt
cp "$work/bob.gb" "$share/$gb"
finds 'another molecule in a bundle' 1 sequence.altered "$gb"
rm "$share/$gb"
expect_status 0 'a bundle as it was made before they were in it' verify --trust "$trust" "$share"
said 'says what it does not have' '[sequence.left-out]'
cp "$work/bob.gb" "$share/sequences/$(printf '0%.0s' {1..63})1"
finds 'a file in a bundle under a name that is not its own' 1 sequence.unknown "sequences/$(printf '0%.0s' {1..63})1"
# --- an authority's log of keys: a key that it withdrew, and a log that is too old
(
	cd "$work" && set -e
	"$audit" dna authority init --name Logged --no-passphrase logged
	"$audit" dna authority own --orcid $ada --output own.key --request own.request --no-passphrase logged/parameters.pem
	printf 'pw\n' >logpass
	"$audit" dna authority log --origin example.org/keys --log-key log.key --make-key --log-passphrase-file logpass logged >log.trust
	"$audit" dna authority append --add own.request --from 2020-01-01 --log-passphrase-file logpass logged
	"$audit" dna authority publish --snapshot before --log-passphrase-file logpass logged
	"$audit" dna sign --key own.key --profile aggregate --id 42 --at auto --output own.gb p.gb
	"$audit" dna authority withdraw --orcid $ada --reason key-compromise --since 2023-01-01 --log-passphrase-file logpass logged
	"$audit" dna authority sync --trust log.trust logged/keys mirror
	sed 's/^max-age .*/max-age 1/' log.trust >short.trust
	sed "s/^authority .*/authority $(printf '0%.0s' {1..64})/" log.trust >nobodys.trust
	"$audit" dna authority init --name Unlike --no-passphrase unlike
	"$audit" dna authority log --origin example.org/unlike --log-key unlike.key --make-key --log-passphrase-file logpass unlike >unlike.trust
	"$audit" dna authority publish --snapshot unlike.keys --log-passphrase-file logpass unlike
) >"$work/made" 2>&1 || { cat "$work/made"; exit 4; }
sampled logshare "c=$work/own.gb=$ada"
# by_log OPTION ...: labseal verify of that share with the authority and the trust file of its log
by_log() { verify --trust "$work/logshare/trust.txt" --dna-trust "$work/logged/parameters.pem" --dna-trust "$work/log.trust" "$@" "$work/logshare/share"; }
expect_status 0 'a key of the log, by a snapshot from before it was withdrawn' by_log --dna-keys "$work/before"
said 'is believed' "VERIFIED: valid, signed by $ada"
said 'and how old the log is, is told' 'keys by the log example.org/keys: '
expect_status 1 'by a mirror from after' by_log --dna-keys "$work/mirror"
said 'the key is withdrawn' '[dna.directory.withdrawn]'
said 'and the sample does not hold' '[dna.not-verified]'
expect_status 0 'and it was signed before, as is known' by_log --dna-keys "$work/mirror" --dna-at 2022-06-01
said 'so it is believed' "VERIFIED: valid, signed by $ada"
expect_status 1 'or not early enough' by_log --dna-keys "$work/mirror" --dna-at 2023-06-01
expect_status 3 'a log that nobody gave' by_log
said 'is asked for' '[dna.keys.missing]'
said 'and nothing is judged' 'signature in DNA: COULD NOT BE CHECKED'
sleep 2
expect_status 3 'a log that is older than the trust file allows' verify --trust "$work/logshare/trust.txt" \
	--dna-trust "$work/logged/parameters.pem" --dna-trust "$work/short.trust" --dna-keys "$work/mirror" "$work/logshare/share"
said 'is not believed' '[dna.keys.stale]'
expect_status 3 "another authority's log" by_log --dna-keys "$work/unlike.keys"
said 'is no word on this one' '[dna.keys.trust]'
expect_status 3 'two logs, of which one is the other authority'"'"'s' by_log --dna-keys "$work/before" --dna-keys "$work/unlike.keys"
expect_status 3 'a log of an authority that is not believed' verify --trust "$work/logshare/trust.txt" \
	--dna-trust "$work/logged/parameters.pem" --dna-trust "$work/nobodys.trust" --dna-keys "$work/mirror" "$work/logshare/share"
said 'by name' '[dna.keys.authority]'
expect_status 2 'a log without a trust file' verify --dna-keys "$work/mirror" "$work/logshare/share"
expect_status 2 'a time that is none' by_log --dna-keys "$work/mirror" --dna-at yesterday
check 'as JSON' bash -c "'$audit' verify --json --trust '$work/logshare/trust.txt' --dna-trust '$work/logged/parameters.pem' \
	--dna-trust '$work/log.trust' --dna-keys '$work/before' '$work/logshare/share' |
	jq -e '.dna_keys[0].log == \"example.org/keys\" and .dna_keys[0].entries >= 2 and .samples[0].dna.outcome == \"valid\"'"

# --- a bundle takes the sequence files of its result with it
one=$(echo "$work"/base/share/results/2026/000001-*)
zip=$work/sampled.zip
expect_status 0 'a result with samples is bundled' timeout 60 "$audit" bundle --trust "$work/base/trust.txt" --output "$zip" "$one"
said 'which is VERIFIED as it stands' 'VERIFIED: the one result of this bundle'
expect_status 0 'the bundle says by itself what the signatures come to' verify --trust "$work/base/trust.txt" --dna-trust "$authority" "$zip"
said 'of one sample' "VERIFIED: valid, signed by $ada"
said 'of the other' "VERIFIED: valid-after-correction, signed by $ada"
TZ=Pacific/Auckland "$audit" bundle --trust "$work/base/trust.txt" --output "$work/again.zip" "$one" >"$work/said"
check 'the same bytes again' cmp "$zip" "$work/again.zip"
mkdir "$work/unpacked" && (cd "$work/unpacked" && unzip -q "$zip") && folder=$(echo "$work"/unpacked/*-bundle) && chmod -R u+w "$folder" || exit 4
check 'both are in it, as they were' bash -c "cmp '$work/signed.gb' '$folder/$gb' && cmp '$work/one.fa' '$folder/$(sequence one.fa)' && [ \$(ls '$folder/sequences' | wc -l) -eq 2 ]"
check 'its README says what they are' grep -q 'sequences/  *the sequence files of the samples' "$folder/README.txt"
# torn NAME STATUS ID COMMAND ...: the bundle's folder after this
torn() {
	rm -rf "$work/torn" && cp -a "$folder" "$work/torn" && (cd "$work/torn" && "${@:4}") || { not_ok "$1: the tampering failed"; return; }
	expect_status "$2" "$1" verify --trust "$work/base/trust.txt" --dna-trust "$authority" "$work/torn"
	said "$1: by name" "[$3]"
}
torn 'a bundle without a sequence file' 0 sequence.left-out rm "$gb"
said 'which one is told' "the sequence file '$gb' of a sample that the record names: the bundle does not have it"
said 'its signature was not checked' 'signature in DNA: not checked: its sequence file is on the share, not here'
said 'the other one was' "VERIFIED: valid-after-correction, signed by $ada"
torn 'a bundle without any' 0 sequence.left-out rm -r sequences
for at in 0 300 -2; do
	torn "a sequence file altered at $at" 1 sequence.altered flip "$gb" $at
done
torn 'another molecule in its place' 1 sequence.altered cp "$work/bob.gb" "$gb"
torn 'a sequence file more' 1 sequence.unknown cp "$work/bob.gb" "$(sequence bob.gb)"
torn 'a link in its place' 1 sequence.symlink ln -sf "$work/signed.gb" "$gb"
torn 'something else beside it' 1 share.unknown touch sequences/notes.txt
fresh base
rm "$share/$gb"
expect_status 3 'a share without the sequence file: no bundle' timeout 60 "$audit" bundle --trust "$trust" --output "$work/none.zip" "$(echo "$share"/results/2026/000001-*)"
said 'by name' '[bundle.file]'
fresh base
flip "$share/$gb" 300
expect_status 1 'a share with an altered one: no bundle' timeout 60 "$audit" bundle --trust "$trust" --output "$work/none.zip" "$(echo "$share"/results/2026/000001-*)"
check 'and nothing is left' test ! -e "$work/none.zip"
