#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The checkpoints' second line, where the trust file names the Ed25519 key that makes it.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 3 --events 1 --ed25519
r=results/2026/000002-plate2.eds
[ -d "$work/base/share/$r" ] || r=$(cd "$work/base/share" && echo results/*/000002-*)
fresh base
expect_status 0 'both lines' verify --trust "$trust" "$share"
said 'both lines are counted' "the trust file's log key: 2 signatures"

tamper 'the Ed25519 line altered' log.checkpoint.altered log/checkpoint flip_signature log/checkpoint
expect_status 1 'the Ed25519 line altered: why' verify --trust "$trust" "$share"
said 'the Ed25519 line altered: it is named' 'the Ed25519 signature is not by this key'
tamper "a proof's Ed25519 line altered" result.proof.signature $r/manifest.tlog-proof flip_signature $r/manifest.tlog-proof
first_altered() { # the ECDSA line, which is the one before the last
	python3 - "$1" <<-'END'
		import base64, sys
		lines = open(sys.argv[1], encoding="utf-8").read().split("\n")
		words = lines[-3].split(" ")
		value = bytearray(base64.b64decode(words[2]))
		value[20] ^= 1
		words[2] = base64.b64encode(value).decode()
		lines[-3] = " ".join(words)
		open(sys.argv[1], "w", encoding="utf-8").write("\n".join(lines))
	END
}
tamper 'the other line altered' log.checkpoint.altered log/checkpoint first_altered log/checkpoint
tamper 'the other line taken away' log.checkpoint.other-key log/checkpoint sed -i 5d log/checkpoint
fresh base
sed -i 6d "$share/log/checkpoint"
finds 'the Ed25519 line taken away' 3 log.checkpoint.no-ed25519 log/checkpoint

# --- who does not know the key does not ask for it; who knows another one is told
fresh base
grep -v '^log-ed25519 ' "$trust" >"$work/without.txt"
trust=$work/without.txt
expect_status 0 'a trust file without that key' verify --trust "$trust" "$share"
new other --results 1 --events 0 --ed25519
fresh base
{ sed -n '1,/^log /p' "$trust"; grep '^log-ed25519 ' "$work/other/trust.txt"; sed '1,/^log-ed25519 /d' "$trust"; } >"$work/mixed.txt"
trust=$work/mixed.txt
finds 'a trust file with another Ed25519 key' 3 log.checkpoint.no-ed25519 log/checkpoint
fresh base
sed 's/^\(log-ed25519 .*\) file$/\1 HSM/' "$trust" >"$work/elsewhere.txt"
trust=$work/elsewhere.txt
finds 'a key that lives elsewhere than the trust file says' 1 result.measurement.ed25519-kind $r/record.json
sed 's/^\(log-ed25519 .*\) file$/\1 cupboard/' "$work/base/trust.txt" >"$work/elsewhere.txt"
finds 'a kind that is none' 3 trust.unreadable "$work/elsewhere.txt"

# --- what is said of one that a TPM seals
new sealed --results 2 --events 1 --hardware --ed25519
fresh sealed
expect_status 0 'a key that the TPM seals' verify --trust "$trust" "$share"
said 'it is named as such' 'sealed by a TPM, software-held'
