#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# --resume: what was hashed is not hashed again, it is said how much, and nothing altered is overlooked.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 6 --events 1 --size 3000
fresh base
state=$work/state
r=results/2026/000002-plate2.eds/original/plate2.eds

# resume STATUS NAME ARGUMENT ...: and the report as JSON in $work/json
resume() {
	expect_status "$1" "$2" verify --trust "$trust" --resume "$state" "${@:3}" "$share"
	cp "$work/said" "$work/text"
}
# taken NAME WANTED: so many files were taken over, so many were hashed
taken() {
	verify --trust "$trust" --json --resume "$state" "$share" >"$work/json" 2>/dev/null
	check "$1" jq -e ".counts.taken_over == $2 and .counts.files == $3" "$work/json"
}

resume 0 'the first time'
check 'everything is hashed' grep -q 'looked at    6 sealed files' "$work/text"
check 'nothing is said of earlier audits' bash -c "! grep -q 'earlier audit' '$work/text'"
resume 0 'the second time'
check 'the verdict line says what was taken over' \
	bash -c "head -n 1 '$work/text' | grep -q '; 6 of its 6 files were hashed at an earlier audit and not read again'"
taken 'all are taken over' 6 0
check 'the whole is as many as ever' jq -e '.checks[] | select(.check == "result.payload") | .passed == 6' "$work/json"
check 'the file is a line and 16 bytes a file' test "$(stat -c %s "$state")" -eq $((25 + 6 * 16))

# what is not as it was is read
touch -d 2001-01-01 "$share/$r"
taken 'another time: hashed again' 5 1
cp "$share/$r" "$work/x" && mv "$work/x" "$share/$r"
taken 'another file with the same bytes: hashed again' 5 1
before=$(stat -c %y "$share/$r")
flip "$share/$r" 100
resume 1 'an altered one'
check 'it is named' grep -q "$r \[result.payload.altered\]" "$work/text"
touch -d "$before" "$share/$r"
resume 1 'an altered one with its old times'
flip "$share/$r" 100
resume 0 'mended'
fresh base
resume 0 'another copy of the share'
check 'nothing is taken over from the first' bash -c "! grep -q 'earlier audit' '$work/text'"
sed -i '5s/^[^0]/0/; 5t; 5s/^0/1/' "$share/results/2026/000001-plate1.eds/manifest.sha256"
resume 1 'a manifest that names another hash'
rm -r "$share/results/2026/000001-plate1.eds"
resume 1 'a result that was hashed and removed'

# interrupted: what was done stays done
fresh base
rm "$state"
if strace -o /dev/null true 2>/dev/null; then
	# on one processor, and so by one thread: each has its own fourth write, and with many of them none would come to it
	one=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
	(taskset -c "$one" strace -f -o /dev/null -P "$state" -e inject=write:signal=KILL:when=4 \
		"$audit" verify --trust "$trust" --resume "$state" "$share") >/dev/null 2>&1
	marks=$((($(stat -c %s "$state") - 25) / 16))
	check 'it was interrupted' test $marks -gt 1 -a $marks -lt 6
	truncate -s -5 "$state"
	taken 'an interrupted audit goes on, without the mark that was cut' $((marks - 1)) $((7 - marks))
	taken 'then all is known' 6 0
else
	skip 'interrupted' 'strace may trace nothing here'
fi

# what cannot be used is no verdict, and is not written to
echo 'my thesis' >"$state"
resume 3 'a file that is something else'
check 'it is said' grep -q 'it is no file that --resume made' "$work/text"
check 'and it is as it was' test "$(cat "$state")" = 'my thesis'
rm "$state" && ln -s "$work/elsewhere" "$state"
resume 3 'a symbolic link'
rm "$state" && mkfifo "$state"
resume 3 'a FIFO'
rm "$state" && verify --trust "$trust" --resume "$state" "$share" >/dev/null
expect_status 3 'two audits at once' flock "$state" "$audit" verify --trust "$trust" --resume "$state" "$share"
said 'it is said' 'another audit uses it'
(cd "$work/copy" && zip -qr "$work/copy.zip" share)
check 'a zip archive' verify --trust "$trust" --resume "$state" "$work/copy.zip"
said 'everything is hashed' '[resume.unused]'
check 'one result' verify --trust "$trust" --resume "$state" "$share/results/2026/000003-plate3.eds"
said 'everything is hashed' '[resume.unused]'
