#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Go's checksum database client reads the log: checkpoint, tiles, entries, inclusion, consistency, the seals' proofs.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/../verify/lib.sh"

xmod() { timeout 120 "$build/tests/clients/xmod/xmod" "$@" "$trust" "$share"; }

# refused NAME WORDS [OPTION ...]: it finds this.
refused() {
	local name=$1 words=$2
	shift 2
	expect_status 1 "$name" xmod "$@"
	said "$name: and says so" "$words"
}

# --- shares with all their folders, at sizes at which tiles fill
for size in 1 2 255 256 257; do
	rm -rf "$work/base"
	new base --results "$size" --events 0 --size 10 --batch 64
	share=$work/base/share trust=$work/base/trust.txt
	check "$size seals" xmod
	said "$size seals: each entry, each proof" "$size entries, "
	said "$size seals: all of them" " $size inclusions, $size proofs, $size consistencies"
done

# --- the log of a long life, and its tiles of levels 0 to 2
new long --results 70000 --events 0 --no-folders
share=$work/long/share trust=$work/long/trust.txt
check '70000 seals' xmod -every 97
said '70000 seals: each entry' '70000 entries, 551 tiles, 723 inclusions'

# --- what it must refuse, in a share that keeps the tiles of the past
rm -rf "$work/base"
new base --results 300 --events 2 --size 10 --batch 20 --all-tiles
fresh base
check 'the tiles of the past' xmod
flip "$share/log/tile/0/000" 77
refused 'a byte of a tile' 'tile/0/000: it does not hold the hashes of the entries'
fresh base
flip "$share/log/tile/0/000.p/40" 77
refused 'a byte of a tile of the past' 'tile/0/000.p/40: it does not hold the hashes of the entries'
fresh base
flip "$share/log/tile/entries/001.p/46" -4
refused 'a byte of an entry' "the entries do not hash to the checkpoint's root"
fresh base
python3 - "$share/log/tile/entries/000" <<-'END'
	import sys
	data = open(sys.argv[1], "rb").read()
	open(sys.argv[1], "wb").write(data[2 + int.from_bytes(data[:2], "big"):])
END
refused 'an entry dropped' 'tile/entries/000: it has 255 entries instead of 256'
fresh base
mv "$share/log/tile/0/001.p/46" "$share/log/tile/0/001.p/47"
refused 'a tile under the name of a wider one' 'tile/0/001.p/47: '
fresh base
rm -r "$share/results/2026/000003-plate3.eds"
refused 'a seal without its folder' 'there are 301 folders for 302 entries'
fresh base
(cd "$share/results/2026" && cp 000003-plate3.eds/manifest.tlog-proof 000004-plate4.eds/)
refused "another seal's proof" '000004-plate4.eds: invalid transparency proof'
fresh base
flip_signature "$share/results/2026/000003-plate3.eds/manifest.tlog-proof"
refused "a proof's signature" '000003-plate3.eds: invalid signature for key labseal/7500-01'
fresh base
flip_signature "$share/log/checkpoint"
refused "the checkpoint's signature" 'log/checkpoint: invalid signature for key labseal/7500-01'
fresh base
sed -i '2s/302/301/' "$share/log/checkpoint"
refused "the checkpoint's size" 'log/checkpoint: invalid signature for key labseal/7500-01'
new other --results 302 --events 0 --size 10 --batch 64
fresh base
trust=$work/other/trust.txt
refused 'a checkpoint of another key' 'log/checkpoint: note has no verifiable signatures'

# --- the line that x/mod knows by itself
new both --results 20 --events 1 --size 10 --ed25519
share=$work/both/share trust=$work/both/trust.txt
check 'both lines' xmod -lines 2
said 'both lines: checked' 'good: 2 lines, 21 entries'
grep -v '^log ' "$work/both/trust.txt" >"$work/ed25519.txt"
trust=$work/ed25519.txt
check 'the Ed25519 line alone' xmod
said 'the Ed25519 line alone: checked' 'good: 1 lines, 21 entries'
fresh both
trust=$work/ed25519.txt
flip_signature "$share/log/checkpoint"
refused 'the Ed25519 line altered' 'log/checkpoint: invalid signature for key labseal/7500-01'
fresh base
refused 'a log that has no such line' 'log/checkpoint: only 1 lines are by keys of the trust file' -lines 2

# --- a checkpoint seen before
new short --results 40 --events 0 --size 10 --keys "$work/keys"
new grown --results 300 --events 0 --size 10 --keys "$work/keys" --batch 64
new fork --results 300 --events 0 --size 10 --keys "$work/keys" --batch 64 --seed 2
trust=$work/short/trust.txt share=$work/grown/share
check 'the log has grown' xmod -old "$work/short/share/log/checkpoint"
share=$work/fork/share
refused 'another log of the same key' 'invalid transparency proof' -old "$work/short/share/log/checkpoint"
share=$work/short/share
refused 'the log rolled back' 'the log was rolled back from 300 entries to 40' -old "$work/grown/share/log/checkpoint"
