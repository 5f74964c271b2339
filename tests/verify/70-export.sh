#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# export-share: a copy at one checkpoint, verified; nothing else is overwritten; what ends it early can be gone on with,
# and never looks whole.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

export_share() { timeout 120 "$audit" export-share "$@"; }
# same A B: the same files with the same bytes, modes and times, but for what an exporter leaves aside.
same() { diff <(cd "$1" && find . -type f -printf '%p %s %m %T@\n' | sort) <(cd "$2" && find . -type f -printf '%p %s %m %T@\n' | sort) && diff -r "$1" "$2"; }

# one log at two sizes: the second continues the first, and fills a tile
new early --results 20 --events 2 --size 2000 --keys "$work/keys"
new late --results 30 --events 3 --size 2000 --keys "$work/keys"
new fork --results 30 --events 3 --size 2000 --keys "$work/keys" --seed 2
new other --results 3 --events 1 --instrument other
new before --results 250 --events 0 --size 9 --keys "$work/keys" --batch 250
new after --results 260 --events 0 --size 9 --keys "$work/keys" --batch 250
trust=$work/late/trust.txt
copy=$work/copy

expect_status 2 'where to is asked' export_share --trust "$trust" "$work/late/share"
said 'in words' 'a share, and where to: two folders'
expect_status 2 'with what it is verified is asked' export_share "$work/late/share" "$copy"
said 'in words' 'Say --trust FILE'

expect_status 0 'a share is copied, and the copy verifies' export_share --trust "$trust" "$work/late/share" "$copy"
said 'by the words of verify' 'VERIFIED: all 30 results and 3 events of 7500-01'
check 'the copy is the share, times and all' same "$work/late/share" "$copy"
if command -v rsync >/dev/null; then
	check 'rsync has nothing left to do' test -z "$(rsync -an --itemize-changes --omit-dir-times "$work/late/share/" "$copy/")"
fi
expect_status 0 'a second time nothing is copied' export_share --trust "$trust" "$work/late/share" "$copy"
said 'as it says' 'copied      0 files, 0 bytes'
rm -r "$copy"

# a checkpoint of before, though the share has gone on: partial tiles of its size may be gone by then
cp -a "$work/late/share" "$work/growing"
cp -a "$work/early/share/log/checkpoint" "$work/growing/log/checkpoint"
expect_status 0 'a share that goes on is copied as it was at its checkpoint' export_share --trust "$trust" "$work/growing" "$copy"
said 'with what that covers' 'seals       22'
said 'and no more' 'VERIFIED: all 20 results and 2 events'
expect_status 0 'and brought up to date later' export_share --trust "$trust" "$work/late/share" "$copy"
said 'with what is new' 'seals       33'
expect_status 0 'it verifies by itself' verify --trust "$trust" "$copy"

cp -a "$work/after/share" "$work/filled"
cp -a "$work/before/share/log/checkpoint" "$work/filled/log/checkpoint"
expect_status 0 'also where a full tile has replaced the partial one' export_share --trust "$trust" "$work/filled" "$work/cut"
check 'which is then cut from it' cmp "$work/cut/log/tile/entries/000.p/250" "$work/before/share/log/tile/entries/000.p/250"
check 'hashes, too' cmp "$work/cut/log/tile/0/000.p/250" "$work/before/share/log/tile/0/000.p/250"
rm -rf "$work/cut" "$work/filled"

# nothing else is overwritten
expect_status 1 'an older state does not replace a newer one' export_share --trust "$trust" "$work/early/share" "$copy"
said 'which is said' 'its copy holds 33 seals, and the share only 22'
expect_status 1 'nor another history of the log' export_share --trust "$work/fork/trust.txt" "$work/fork/share" "$copy"
said 'which is said, too' 'another history'
expect_status 1 'nor another log' export_share --trust "$work/other/trust.txt" "$work/other/share" "$copy"
said 'by name' 'it holds a copy of another log'
expect_status 0 'the copy still verifies' verify --trust "$trust" "$copy"
mkdir "$work/full" && echo mine >"$work/full/mine"
expect_status 1 'nor what a person has there' export_share --trust "$trust" "$work/late/share" "$work/full"
said 'which is said, as well' 'there is something else in it'
check 'and it is there' test "$(ls -A "$work/full")" = mine
expect_status 1 'a copy into the share itself is refused' export_share --trust "$trust" "$work/late/share" "$work/late/share/copy"
said 'by its place' 'is in the share'
check 'nothing is left there' test ! -e "$work/late/share/copy"
expect_status 1 'a trust file of another lab is refused before anything is copied' export_share --trust "$work/other/trust.txt" "$work/late/share" "$work/nowhere"
check 'nothing was made' test ! -e "$work/nowhere"
expect_status 3 'a share that is not there' export_share --trust "$trust" "$work/none" "$work/nowhere"

# what the share must not have
cp -a "$work/early/share" "$work/strange" && ln -s /etc/passwd "$work/strange/results/2026/000002-plate2.eds/original/link"
expect_status 1 'a link is not followed' export_share --trust "$trust" "$work/strange" "$work/nowhere"
said 'and named' 'original/link'"'"' is not what labseal wrote'
rm -rf "$work/strange" "$work/nowhere"
cp -a "$work/early/share" "$work/strange" && flip "$work/strange/log/tile/0/000.p/22" 40
expect_status 1 'a log that does not hash to its checkpoint is not copied' export_share --trust "$trust" "$work/strange" "$work/nowhere"
rm -rf "$work/strange" "$work/nowhere"
cp -a "$work/early/share" "$work/strange" && flip "$work/strange/results/2026/000002-plate2.eds/original/plate2.eds" 7
expect_status 1 'an altered file is copied, and told' export_share --trust "$trust" "$work/strange" "$work/nowhere"
said 'by verify' 'NOT VERIFIED'
rm -rf "$work/strange" "$work/nowhere"
if [ "$(id -u)" -ne 0 ]; then
	cp -a "$work/early/share" "$work/strange" && chmod 0 "$work/strange/results/2026/000002-plate2.eds/record.json"
	expect_status 3 'a file that cannot be read ends it' export_share --trust "$trust" "$work/strange" "$work/nowhere"
	said 'by name' 'record.json'
	chmod u+r "$work/strange/results/2026/000002-plate2.eds/record.json"
	expect_status 0 'and it goes on' export_share --trust "$trust" "$work/strange" "$work/nowhere"
else
	skip 'a file that cannot be read ends it' 'root reads it all the same'
fi

# a disk that is full: the message says so, what is there does not look whole, and with room it goes on
small() {
	unshare --mount bash -c '
		mkdir -p "$1" && mount -t tmpfs -o size=200k tmpfs "$1" || exit 77
		"$2" export-share --trust "$3" "$4" "$1/copy" >"$5/no-room" 2>&1; echo $? >>"$5/no-room"
		"$2" verify --trust "$3" "$1/copy" >"$5/whole" 2>&1; echo $? >>"$5/whole"
		mount -o remount,size=16m "$1" && "$2" export-share --trust "$3" "$4" "$1/copy"' \
		- "$work/small" "$audit" "$trust" "$work/late/share" "$work"
}
if [ "$(id -u)" -eq 0 ] && unshare --mount true 2>/dev/null; then
	expect_status 0 'a full disk ends it, and with room it goes on' small
	check 'it said so' grep -q 'cannot write .* run it again when that can be, and it goes on: No space left' "$work/no-room"
	check 'with the status of a system that failed' test "$(tail -n 1 "$work/no-room")" = 4
	check 'what was there did not look whole' test "$(tail -n 1 "$work/whole")" -ne 0
else
	skip 'a full disk ends it, and with room it goes on' 'only root can mount a small one'
fi

# killed at each kind of step, early and late: never whole before its end, the old copy verifies till the new one comes
killed() { # CALL WHEN
	{
		strace -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
			"$audit" export-share --trust "$trust" "$work/late/share" "$work/killed"
	} >/dev/null 2>&1
}
if command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null; then
	for at in write:30 fchmod:40 utimensat:90 renameat:1 renameat:50 syncfs:2; do
		rm -rf "$work/killed"
		killed "${at%:*}" "${at#*:}"
		status=0
		verify --trust "$trust" "$work/killed" >"$work/said" 2>&1 || status=$?
		if [ $status -eq 0 ] && ! grep -q 'all 30 results' "$work/said"; then
			not_ok "killed at $at it does not look whole" "$work/said"
			continue
		fi
		if export_share --trust "$trust" "$work/late/share" "$work/killed" >"$work/said" 2>&1 && same "$work/late/share" "$work/killed" >/dev/null
		then ok "killed at $at it goes on"; else not_ok "killed at $at it goes on" "$work/said"; fi
	done
	rm -rf "$work/killed" && export_share --trust "$trust" "$work/growing" "$work/killed" >/dev/null 2>&1
	killed write 12
	expect_status 0 'an older copy that is being brought up to date verifies till the end' verify --trust "$trust" "$work/killed"
	said 'as the older one' 'VERIFIED: all 20 results and 2 events'
	expect_status 0 'and is brought up to date' export_share --trust "$trust" "$work/late/share" "$work/killed"
	# what was aside when the machine lost its power may have its size and not its bytes
	rm -rf "$work/killed"
	killed renameat 2
	aside=$work/killed/.staging/export/tree/results/2026/000002-plate2.eds/original/plate2.eds
	check 'a file lies aside' test -s "$aside"
	chmod u+w "$aside" && flip "$aside" 100
	expect_status 0 'what lies aside with other bytes is copied again' export_share --trust "$trust" "$work/late/share" "$work/killed"
else
	skip 'killed at each step it goes on' 'strace does not work here'
fi
