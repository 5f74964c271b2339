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

# seal_all: 41 to 80, as the publisher does it: folder, entries, tile, then the checkpoint that covers them, each made aside and
# renamed at once.  By one process: between programs of its own the processor can be away for the two seconds after which an audit
# takes the sealing for interrupted.
seal_all() {
	cp -a "$from" "$work/aside"
	python3 - "$work/aside" "$share" <<-'END'
		import glob, os, sys, time
		aside, share = sys.argv[1:]
		for tile in ("entries", "0"):
		    os.makedirs(f"{share}/log/tile/{tile}/000.p", exist_ok=True)
		for n in range(41, 81):
		    folder = os.path.relpath(glob.glob(f"{aside}/results/2026/{n:06}-*")[0], aside)
		    with open(f"{aside}/{folder}/manifest.tlog-proof") as proof, open(f"{aside}/next", "w") as checkpoint:
		        checkpoint.write(proof.read().split("\n\n", 1)[1])
		    for path in (folder, f"log/tile/entries/000.p/{n}", f"log/tile/0/000.p/{n}"):
		        os.rename(f"{aside}/{path}", f"{share}/{path}")
		        time.sleep(0.03)
		    os.rename(f"{aside}/next", f"{share}/log/checkpoint")
	END
}
odd=0 rounds=0 grown=0 growing=1
seal_all &
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
