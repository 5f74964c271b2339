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
check 'every file is on the share, byte for byte' every_file_on "$share" "$input"
stock_checks 'first run' "$share" "$trust"
expect_status 0 'labseal verify holds' "$labseal" verify --trust "$trust" --memory "$work/memory" "$share"
expect_status 3 'labseal verify without a trust file could not check' "$labseal" verify "$share"
expect_status 0 'labseal-audit verify holds, too' "$build/labseal-audit" verify --trust "$trust" "$share"

size=$(sed -n 2p "$share/log/checkpoint")
cp "$share/log/checkpoint" "$work/old-checkpoint"
check 'a second run on the same output' demo "$input" "$out"
check 'the log has grown' test "$(sed -n 2p "$share/log/checkpoint")" -gt "$size"
stock_checks 'second run' "$share" "$trust"
expect_status 0 'the log extends the one remembered' "$labseal" verify --trust "$trust" --memory "$work/memory" "$share"

# Tampering: each on a copy, each must be named.
one=$(cd "$share" && find results -mindepth 2 -maxdepth 2 -type d | sort | head -n 1)
payload=$(cd "$share" && find "$one/original" -type f | head -n 1)

# tampered NAME WORD COMMAND: run COMMAND in a copy of the share; verify must end with 1 and its words contain WORD.
tampered() {
	local name=$1 word=$2
	shift 2
	rm -rf "$work/copy"
	cp -a "$share" "$work/copy"
	chmod -R u+w "$work/copy"
	(cd "$work/copy" && "$@") || {
		not_ok "tampered: $name (could not tamper)"
		return
	}
	expect_status 1 "tampered: $name is found" "$labseal" verify --trust "$trust" --memory "$work/memory" "$work/copy"
	said "tampered: $name is named" "$word"
}

cp "$work/memory" "$work/memory.before"
tampered 'a payload byte' "$(basename "$payload")" flip "$payload" 100
tampered 'a manifest byte' manifest.sha256 flip "$one/manifest.sha256" 80
tampered 'record.json' record.json flip "$one/record.json" 20
tampered 'the CMS signature' manifest.sha256.p7s flip "$one/manifest.sha256.p7s" 200
tampered 'the proof' manifest.tlog-proof flip "$one/manifest.tlog-proof" 60
tampered 'a tile' tile flip "$(cd "$share" && find log/tile/0 -type f | sort | tail -n 1)" 5
tampered 'an entry bundle' tile flip "$(cd "$share" && find log/tile/entries -type f | sort | tail -n 1)" 50
tampered 'the checkpoint' checkpoint flip log/checkpoint 40
tampered 'a removed result' "$(basename "$one" | cut -c1-6)" rm -rf "$one"
tampered 'a result under another number' "$(basename "$one" | cut -c8-)" \
	mv "$one" "$(dirname "$one")/009999-$(basename "$one" | cut -c8-)"
tampered 'a rolled back checkpoint' checkpoint cp "$work/old-checkpoint" log/checkpoint
check 'no failed verification changed the memory' cmp "$work/memory" "$work/memory.before"
