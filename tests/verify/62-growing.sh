#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Results are sealed while verify reads: the checkpoint that it read first is what it speaks of, and no word is wrong.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

# the same seals, and more after them: the same keys, payloads, records and manifests
new short --results 40 --events 0 --keys "$work/keys"
new long --results 80 --events 0 --keys "$work/keys" --all-tiles
fresh short
from=$work/long/share
trust=$work/long/trust.txt

# seal N: as the publisher does it: folder, entries, tile, then the checkpoint that covers them
seal() {
	local folder checkpoint=$work/checkpoint
	folder=$(cd "$from" && echo results/2026/"$(printf %06d "$1")"-*)
	cp -a "$from/$folder" "$share/$folder"
	mkdir -p "$share/log/tile/entries/000.p" "$share/log/tile/0/000.p"
	cp "$from/log/tile/entries/000.p/$1" "$share/log/tile/entries/000.p/"
	cp "$from/log/tile/0/000.p/$1" "$share/log/tile/0/000.p/"
	sed '1,/^$/d' "$share/$folder/manifest.tlog-proof" >"$checkpoint"
	mv "$checkpoint" "$share/log/checkpoint"
}
odd=0 rounds=0 grown=0 growing=1
(for n in {41..80}; do seal "$n"; done) &
while [ $growing -eq 1 ]; do
	[ -n "$(jobs -r)" ] || growing=0 # once more when it is done
	status=0
	verify --trust "$trust" --memory "$work/memory" "$share" >"$work/said" 2>&1 || status=$?
	rounds=$((rounds + 1))
	if grep -qF '[share.growing]' "$work/said"; then grown=$((grown + 1)); fi
	if [ $status -ne 0 ]; then odd=$((odd + 1)) && cp "$work/said" "$work/odd"; fi
done
wait
echo "# $rounds audits, of which $grown while something was sealed"
if [ $odd -eq 0 ]; then ok 'VERIFIED each time, and each continues the one before'; else not_ok "$odd of $rounds were not VERIFIED" "$work/odd"; fi
check 'at the end, too' verify --trust "$trust" --memory "$work/memory" "$share"
said 'all of it' 'all 80 results'

# a seal whose checkpoint has not come yet
fresh short
folder=$(cd "$from" && echo results/2026/000041-*)
cp -a "$from/$folder" "$share/$folder"
finds 'a folder before its checkpoint, and sealing has stopped' 3 log.checkpoint.behind log/checkpoint
