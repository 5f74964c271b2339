#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The main job on made-up files: everything arrives, verifies with labseal and without it, and a second run goes on.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

input=$build/images/input
out=$work/out
share=$out/share
trust=$out/trust.txt

check 'the demo runs' demo "$input" "$out"
said 'it says VERIFIED' VERIFIED
cp "$work/said" "$work/first-run"
check 'README shows what it says' python3 tests/e2e/readme.py README.md "$work/first-run"
check 'every file is on the share, byte for byte' every_file_on "$share" "$input"
stock_checks 'first run' "$share" "$trust"
each_has_a_report() {
	local folder
	for folder in "$share"/results/*/*/; do
		grep -q '<strong>Sealed as number' "$folder/report.html" || { echo "no report in $folder"; return 1; }
		[ "$(stat -c %a "$folder/report.html")" = 444 ] || { echo "its mode"; return 1; }
	done
}
check 'every result has a report.html' each_has_a_report
check 'and no event has one' bash -c "! ls '$share'/events/*/*/report.html"
check 'the share has a copy of the trust file' cmp "$share/trust/trust.txt" "$trust"
check 'and of its keys' test -s "$share/trust/ca.pem" -a -s "$share/trust/log.pem" -a -s "$share/trust/log.vkey"
expect_status 0 'labseal verify holds' "$labseal" verify --trust "$trust" --memory "$work/memory" "$share"
said 'and says in which TPM the attestation key is' "is in this TPM, by the lab's CA"
said 'and what that is worth' 'a software TPM, which can be copied'
expect_status 3 'labseal verify without a trust file could not check' "$labseal" verify "$share"
expect_status 0 'labseal-audit verify holds, too' "$build/labseal-audit" verify --trust "$trust" "$share"

# README's own commands, in a folder that looks as theirs does.
readme_block() { (cd "$work/readme" && bash -e -c "$(python3 "$top/tests/e2e/readme.py" --block "$1" "$top/README.md")"); }
mkdir "$work/readme"
ln -s "$out" "$work/readme/labseal-demo"
ln -s "$build" "$work/readme/build"
check "README's stock commands hold" readme_block stock
check "README's page of a result is drawn" readme_block report
check 'with its plate' grep -q '<title id="plate-t">' "$out/result.html"
rm -f "$out/result.html"
check "README's bundle is made and VERIFIED" readme_block bundle
rm -f "$out/result.zip"
expect_status 1 "README's tampering is found" readme_block tamper
said 'and named' result.payload.altered
rm -rf "$out/tampered"

check "README's look at the attestation key's certificate holds" readme_block enrolled
check "README's approval is made" readme_block approve
said 'the difference is shown' 'changed   policy        policy.yaml'
said 'and the approval added' 'approved    approvals/0002.json'
said 'what was sealed before holds' 'VERIFIED: '
check 'the policy is as the demo wrote it, again' sed -i '/^# looked through/d' "$out/policy.yaml"

size=$(sed -n 2p "$share/log/checkpoint")
cp "$share/log/checkpoint" "$work/old-checkpoint"
check 'a second run on the same output' demo "$input" "$out"
check 'the log has grown' test "$(sed -n 2p "$share/log/checkpoint")" -gt "$size"
stock_checks 'second run' "$share" "$trust"
expect_status 0 'the log extends the one remembered' "$labseal" verify --trust "$trust" --memory "$work/memory" "$share"

# Another lab: the same policy with a state of its own, and so keys of its own.
mkdir -p "$work/other"
sed -e "s|\"$out/state\"|\"$work/other/state\"|" -e "s|\"$out/share\"|\"$work/other/share\"|" "$out/policy.yaml" >"$work/other/policy.yaml"
check 'another lab is provisioned' "$labseal" provision "$work/other/policy.yaml"
check 'and exports its trust file' "$labseal" trust --output "$work/other/trust.txt" "$work/other/policy.yaml"
expect_status 1 "another lab's trust file does not verify this share" "$labseal" verify --trust "$work/other/trust.txt" "$share"

# Tampering: each on a copy, each must be named.
one=$(cd "$share" && find results -mindepth 2 -maxdepth 2 -type d | sort | head -n 1)
payload=$(cd "$share" && find "$one/original" -type f | head -n 1)

# tampered NAME ID FILE COMMAND: run COMMAND in a copy of the share; verify must end with 1, and name this
# check (the beginning of its id) and this file (a part of its path) among what does not hold.
tampered() {
	local name=$1 id=$2 file=$3
	shift 3
	rm -rf "$work/copy"
	cp -a "$share" "$work/copy"
	chmod -R u+w "$work/copy"
	(cd "$work/copy" && "$@") || {
		not_ok "tampered: $name (could not tamper)"
		return
	}
	expect_status 1 "tampered: $name is found" \
		"$labseal" verify --json --trust "$trust" --memory "$work/memory" "$work/copy"
	cp "$work/said" "$work/verdict.json"
	# shellcheck disable=SC2016 # variables of jq
	check "tampered: $name is named" jq -e --arg id "$id" --arg file "$file" \
		'.failed.items[] | select((.id | startswith($id)) and (.file | contains($file)))' "$work/verdict.json"
}

name=$(basename "$one" | cut -c8-)
tile=$(cd "$share" && find log/tile/0 -type f | sort -V | tail -n 1)
bundle=$(cd "$share" && find log/tile/entries -type f | sort -V | tail -n 1)
cp "$work/memory" "$work/memory.before"
tampered 'a payload byte' result.payload "$payload" flip "$payload" 100
tampered 'a manifest byte' result.manifest "$one/manifest.sha256" flip "$one/manifest.sha256" 80
tampered 'record.json' result.record "$one/record.json" flip "$one/record.json" 20
tampered 'the CMS signature' result.signature "$one/manifest.sha256.p7s" flip "$one/manifest.sha256.p7s" 200
tampered 'the proof' result.proof "$one/manifest.tlog-proof" flip "$one/manifest.tlog-proof" 60
tampered 'a tile' log.tile "$tile" flip "$tile" 5
tampered 'an entry bundle' log. "$bundle" flip "$bundle" 50
tampered 'the checkpoint' log.checkpoint log/checkpoint flip log/checkpoint 40
tampered 'a removed result' result.folder.missing "$one" rm -rf "$one"
tampered 'a result under another number' result.folder.renamed "009999-$name" mv "$one" "$(dirname "$one")/009999-$name"
tampered 'a rolled back checkpoint' memory log/checkpoint cp "$work/old-checkpoint" log/checkpoint
check 'no failed verification changed the memory' cmp "$work/memory" "$work/memory.before"
