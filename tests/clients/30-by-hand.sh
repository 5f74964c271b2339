#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# docs/verify-by-hand.md: each of its blocks is run, one after the other in one shell, on a good share and on altered ones.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/../verify/lib.sh"

page=docs/verify-by-hand.md
# The page's blocks as one script that stops where something fails, and says before each block which it is.
{
	echo 'set -eu -o pipefail'
	awk '/^```$/ { inside = 0 } inside { print } /^```sh / { inside = 1; print "echo block " $2 }' "$page"
} >"$work/page.sh"
blocks=$(sed -n 's/^```sh //p' "$page" | tr '\n' ' ')

# by_hand RESULT: as an auditor would, in an empty folder.
by_hand() {
	rm -rf "$work/desk" && mkdir "$work/desk" &&
		(cd "$work/desk" && SHARE=$share TRUST=$trust RESULT=$share/$1 timeout 60 bash "$work/page.sh")
}

# stops BLOCK NAME: the page's commands fail, and in this block.
stops() {
	local name=$2 status=0
	by_hand "$r" >"$work/said" 2>&1 || status=$?
	if [ "$status" -eq 0 ]; then
		not_ok "$name: nothing failed" "$work/said"
	elif [ "$(sed -n 's/^block //p' "$work/said" | tail -n 1)" != "$1" ]; then
		not_ok "$name: it did not fail in the block '$1'" "$work/said"
	else
		ok "$name: seen in the block '$1'"
	fi
}

others=(--event time-stamp --stamped good --witnessed good)
new base --results 11 --events 2 --size 100 --batch 4 --evidence --ed25519 "${others[@]}"
fresh base
check 'every block of the page has a name' bash -c "! grep -n '^\`\`\`sh\$' $page"
for folder in "$share"/results/*/*; do
	r=${folder#"$share/"}
	check "by hand: $(basename "$folder")" by_hand "$r"
done
[ "$(sed -n 's/^block //p' "$work/said" | tr '\n' ' ')" = "$blocks" ] && ok 'every block was run' || not_ok 'every block was run' "$work/said"
said 'openssl speaks of the log' 'Verified OK'
said 'openssl speaks of the manifest' 'CMS Verification successful'

r=results/2026/000007-plate7.eds
[ -d "$share/$r" ] || r=$(cd "$share" && echo results/*/000007-*)
altered() { # BLOCK NAME COMMAND ...
	fresh base
	(cd "$share" && "${@:3}") || { not_ok "$2: the tampering failed"; return; }
	stops "$1" "$2"
}
# Digests and signatures differ from run to run: what is put in the place of a letter must not be that letter.
replace() { sed -i "$@"; }
altered hash 'a byte of the file' flip "$r/original/plate7.eds" 3
altered signature 'a byte of the signature' flip "$r/manifest.sha256.p7s" -3
remade() { # manifest and file fit each other again
	flip "$r/original/plate7.eds" 3
	(cd "$r" && sed -i "s|^[0-9a-f]*  original.*|$(sha256sum original/plate7.eds)|" manifest.sha256)
}
altered signature 'file and manifest' remade
altered checkpoint "the checkpoint's root" replace '/^$/,${s/^\(.\{10\}\)[^A]\(.*=\)$/\1A\2/;t;s/^\(.\{10\}\)A\(.*=\)$/\1B\2/}' "$r/manifest.tlog-proof"
altered checkpoint "the checkpoint's signature" replace '/^—/s/\(.\{60\}\).../\1AAA/' "$r/manifest.tlog-proof"
altered inclusion 'a hash of the proof' replace '3s/^[^A]/A/;3t;3s/^A/B/' "$r/manifest.tlog-proof"
altered inclusion 'a hash of the proof too many' replace '3{p;p;p;p;p;p;p;p}' "$r/manifest.tlog-proof"
altered inclusion 'a hash of the proof too few' replace 3d "$r/manifest.tlog-proof"
altered inclusion 'another place' replace '2s/index 6/index 7/' "$r/manifest.tlog-proof"
in_entry() { # its instrument, in the log's copy of this manifest
	python3 - log/tile/entries/000.p/13 "$r/manifest.sha256" <<-'END'
		import sys
		data, manifest = (open(path, "rb").read() for path in sys.argv[1:])
		open(sys.argv[1], "wb").write(data.replace(manifest, manifest.replace(b"7500-01", b"7500-02")))
	END
}
altered entry 'the log has another text' in_entry
other_entry() { # one that the log has at another place
	python3 - log/tile/entries/000.p/13 <<-'END'
		import sys
		data = open(sys.argv[1], "rb").read()
		at, entries = 0, []
		while at < len(data):
		    size = int.from_bytes(data[at:at + 2], "big")
		    entries.append(data[at:at + 2 + size])
		    at += 2 + size
		entries[5], entries[6] = entries[6], entries[5]
		open(sys.argv[1], "wb").write(b"".join(entries))
	END
}
altered entry 'two entries exchanged' other_entry
altered evidence "the evidence's checkpoint" replace 2s/13/12/ log/evidence/13/checkpoint
altered quote-signature "the quote's signature" flip log/evidence/13/quote.signature 20
altered quote-signature 'what was quoted' flip log/evidence/13/quote.attest -3
altered quote "another checkpoint's quote" cp log/evidence/12/quote.attest log/evidence/12/quote.signature log/evidence/13/
altered quote "another value of PCR 23" replace 's/ ../ 00/' log/evidence/13/pcrs.txt
altered enrolled "the attestation key's certificate" flip "log/evidence/keys/$(sed -n 's/^enrolled //p' "$work/base/trust.txt").certificate" -3

stamp=events/2026/000013-time-stamp
altered time-stamp 'the time stamp removed' rm -r $stamp
altered time-stamp "the time stamp's record" flip $stamp/record.json 300
restamped() { # its detail, the manifest fits again
	sed -i "$1" $stamp/record.json
	sed -i "s|^[0-9a-f]*  record.json|$(sha256sum $stamp/record.json)|" $stamp/manifest.sha256
	cmp -s $stamp/record.json "$work/base/share/$stamp/record.json" && return 1
	return 0
}
altered time-stamp 'the token' restamped 's/\("token" *: *".\{900\}\)..../\1AAAA/'
altered time-stamp 'what was stamped' restamped 's/\("checkpoint" *: *"labseal.7500-0\)1/\12/'
altered witness 'a line' flip_signature log/witnessed/13
altered witness 'what was cosigned' replace '3s/^[^A]/A/;3t;3s/^A/B/' log/witnessed/13
altered witness 'one of two lines' replace '$d' log/witnessed/13

# --- another laboratory's trust file, and another CA's colleague
new other --results 1 --events 1 --evidence
fresh base
trust=$work/other/trust.txt
stops signature "another lab's trust file"
fresh base
sed 's/^\(approved [0-9]* pcr23:\)../\100/' "$trust" >"$work/unapproved.txt"
trust=$work/unapproved.txt
stops quote 'a state that is not approved'
fresh base
sed '/^endorsement-key /s/.\{8\}$/AAAAAAAA/' "$trust" >"$work/elsewhere.txt"
trust=$work/elsewhere.txt
stops quote 'another TPM'
fresh base
sed -E '/^witness /s/\+B[^+]{6}/+BAAAAAA/' "$trust" >"$work/strangers.txt"
trust=$work/strangers.txt
stops witness "others' keys"
new authority --keys "$work/other-keys" --results 1 --events 1 --event time-stamp --stamped good
fresh base
sed -E "s|^time-stamp-ca .*|$(grep '^time-stamp-ca ' "$work/authority/trust.txt")|" "$trust" >"$work/authority.txt"
trust=$work/authority.txt
stops time-stamp 'another authority'

# --- a long log, whose bundles have names of several parts
new long --results 300 --events 2 --evidence --batch 100 --size 10 "${others[@]}"
fresh long
r=$(cd "$share" && echo results/*/000256-*)
check 'the last entry of a full bundle' by_hand "$r"
r=$(cd "$share" && echo results/*/000299-*)
check 'an entry of the partial bundle' by_hand "$r"
