#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# labseal bundle: one result and all that belongs to it, in a zip archive that verifies by itself.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

bundle() {
	timeout 60 "$audit" bundle "$@"
}
# result NAME SEAL: its folder in that share
result() {
	printf '%s\n' "$work/$1/share/results/2026/$(printf %06d "$2")"-*
}
# nothing_at FOLDER: it is empty, so nothing was left behind
nothing_at() {
	[ -z "$(ls -A "$1")" ]
}

new base --evidence --results 20 --events 4 --batch 3 --size 5000
new other --evidence --results 20 --events 4 --batch 3 --size 5000
trust=$work/base/trust.txt
seven=$(result base 7)

# --- one that holds
zip=$work/seven.zip
expect_status 0 'a result is bundled' bundle --trust "$trust" --output "$zip" "$seven"
said 'it was verified as it stands' 'VERIFIED: the one result of this bundle is unaltered'
expect_status 0 'the archive is VERIFIED' verify --trust "$trust" "$zip"
said 'it says that it is a bundle' '  bundle       '
said 'its approval is in it' 'log.approvals'
said "so is the TPM's word" 'evidence.quote'
said 'and what only the share can tell is not checked' '[log.none]'
expect_status 3 'without a trust file: COULD NOT CHECK' verify "$zip"
expect_status 1 "another lab's trust file: NOT VERIFIED" verify --trust "$work/other/trust.txt" "$zip"
TZ=Pacific/Auckland bundle --trust "$trust" --output "$work/again.zip" "$seven" >"$work/said"
check 'the same bytes again, in another time zone' cmp "$zip" "$work/again.zip"
(cd "$work" && bundle "$seven") >"$work/said" 2>&1
said "by itself: with the share's copy of the trust file, which is said" "the share's own copy"
check "and its folder's name" test -s "$work/000007-plate7.eds-bundle.zip"
mkdir "$work/out"
(cd "$work/out" && unzip -q "$zip")
folder=$work/out/000007-plate7.eds-bundle
expect_status 0 'unpacked it is VERIFIED, too' verify --trust "$trust" "$folder"
check 'the trust file in it is called a copy' cmp "$folder/trust/COPY-of-trust.txt" "$trust"
check 'no other result is in it' sh -c '! grep -rq "plate8" "$1"' - "$folder"
verify --trust "$trust" --json "$zip" >"$work/said"
check 'JSON names the kind' jq -e '.target.kind == "bundle" and .verdict == "VERIFIED"' "$work/said"

# --- its README's commands
mkdir "$work/bin"
ln -s "$audit" "$work/bin/labseal"
cp "$trust" "$work/out/trust.txt"
sed -nE 's/^ {4}([^ ]| {4}[^ ])/\1/p' "$folder/README.txt" >"$work/commands"
# shellcheck disable=SC2016 # for the other shell
check "its README's commands" env PATH="$work/bin:$PATH" bash -c 'cd "$1" && bash -e "$2"' - "$folder" "$work/commands"
said 'labseal verify among them' 'VERIFIED: the one result'
said 'openssl cms among them' 'CMS Verification successful'
said 'openssl dgst among them' 'Verified OK'
expect_status 0 'they leave nothing behind' verify --trust "$trust" "$folder"

# --- whatever is in it
new many --results 2 --events 0 --originals 511 --size 10
expect_status 0 'a seal of 511 results' bundle --trust "$work/many/trust.txt" --output "$work/many.zip" "$(result many 1)"
new signed --results 3 --events 1 --event countersignature --countersign good
expect_status 0 'a result that was countersigned' bundle --trust "$work/signed/trust.txt" --output "$work/signed.zip" "$(result signed 1)"
verify --trust "$work/signed/trust.txt" "$work/signed.zip" >"$work/said"
said "the person's signature comes with it, and holds" 'sealed 2026-01-01T00:40:00Z as seal 4: holds'
check 'of heartbeats, which it does not hold, nothing is said' sh -c '! grep -q heartbeat "$1"' - "$work/said"
new transplanted --results 3 --events 1 --event countersignature --countersign other-manifest
expect_status 1 "one with a person's signature over another result" bundle --trust "$work/transplanted/trust.txt" \
	--output "$work/transplanted.zip" "$(result transplanted 1)"
expect_status 0 'another of that share' bundle --trust "$work/signed/trust.txt" --output "$work/unsigned.zip" "$(result signed 2)"
check 'has none' sh -c '! unzip -l "$1" | grep -q countersignature' - "$work/unsigned.zip"
new large --results 700 --events 2 --batch 50 --size 10
for seal in 1 256 257 600 702; do
	[ -d "$(result large $seal)" ] || continue
	expect_status 0 "seal $seal of 702" bundle --trust "$work/large/trust.txt" --output "$work/large-$seal.zip" "$(result large $seal)"
done
touch "$work/base/report" && cp "$work/base/report" "$seven/report.html"
expect_status 0 'a report comes with it' bundle --trust "$trust" --output "$work/report.zip" "$seven"
check 'and is in it' sh -c 'unzip -l "$1" | grep -q report.html' - "$work/report.zip"

# --- what others said of the log
# with_others NAME STAMPED WITNESSED: six results, time stamps as seals 4 and 8; unpacked at $folder.
with_others() {
	rm -rf "${work:?}/$1"{,-out,.zip}
	new "$1" --keys "$work/others-keys" --results 6 --events 2 --event time-stamp --stamped "$2" --witnessed "$3"
	mkdir "$work/$1-out"
	bundle --anyway --trust "$work/$1/trust.txt" --output "$work/$1.zip" "$(result "$1" 2)" >"$work/said" 2>&1
	(cd "$work/$1-out" && unzip -q "$work/$1.zip" && chmod -R u+w .)
	folder=$(echo "$work/$1-out"/*)
	cp "$work/$1/trust.txt" "$work/$1-out/trust.txt"
	share=$folder trust=$work/$1/trust.txt
}
with_others others good early
stamp=events/2026/000004-time-stamp/record.json
expect_status 0 'one that an authority stamped and witnesses cosigned' verify --trust "$trust" "$work/others.zip"
check 'nothing of either is unchecked' bash -c '! grep -qE "\[(evidence.)?(time-stamp|witness)" "$1"' - "$work/said"
verify --trust "$trust" --json "$work/others.zip" >"$work/json"
check 'both are counted' jq -e '[.checks[] | select(.check == "time-stamps" or .check == "witnesses") | .passed] == [1, 1]' "$work/json"
check 'the first time stamp, and no other' test "$(cd "$folder" && echo events/*/*)" = "${stamp%/*}"
check 'the cosigned checkpoint, and no other' test "$(cd "$folder" && echo log/witnessed/*)" = log/witnessed/2
check 'a proof for each' test "$(cd "$folder" && echo log/proofs/*)" = 'log/proofs/2.tlog-proof log/proofs/3.tlog-proof log/proofs/8.tlog-proof'
sed -nE 's/^ {4}([^ ]| {4}[^ ])/\1/p' "$folder/README.txt" >"$work/commands"
# shellcheck disable=SC2016 # for the other shell
check "its README's commands" env PATH="$work/bin:$PATH" bash -c 'cd "$1" && bash -e -o pipefail "$2"' - "$folder" "$work/commands"
said 'openssl ts among them' 'Verification: OK' 'Time stamp: Jan  1 00:40:00 2026 GMT'
expect_status 0 'they leave nothing behind' verify --trust "$trust" "$folder"
sed -E '/^(time-stamp-ca|witness|quorum)/d' "$trust" >"$work/nobody.txt"
expect_status 0 'for whom the trust file names nobody' verify --trust "$work/nobody.txt" "$folder"
said 'which is said' 'and the bundle holds 1 [evidence.time-stamps]' '[witness.none]'
expect_status 0 'a result younger than the newest of both' bundle --trust "$trust" --output "$work/young.zip" \
	"$(result others 7)"
verify --trust "$trust" "$work/young.zip" >"$work/said"
said 'is told of' "no checkpoint in this bundle is cosigned by 2 of the trust file's 2 witnesses" '[witness.after]'
others() { # NAME ID FILE COMMAND ...
	rm -rf "$work/damaged"
	cp -a "$folder" "$work/damaged"
	(cd "$work/damaged" && "${@:4}") || { not_ok "$1: the tampering failed"; return; }
	share=$work/damaged
	finds "$1" 1 "$2" "$3"
}
others "the stamped checkpoint's proof removed" bundle.proof.missing log/proofs/3.tlog-proof rm log/proofs/3.tlog-proof
others "the cosigned one's proof removed" bundle.proof.missing log/proofs/2.tlog-proof rm log/proofs/2.tlog-proof
others 'one for the other' bundle.proof.wrong log/proofs/3.tlog-proof cp log/proofs/2.tlog-proof log/proofs/3.tlog-proof
others "a time stamp's record" result.record.altered $stamp flip $stamp 300
others 'a cosigned checkpoint' witness.checkpoint log/witnessed/2 flip log/witnessed/2 60
others "a witness's line" witness.signature log/witnessed/2 flip_signature log/witnessed/2
others 'another file there' log.unknown log/witnessed/x touch log/witnessed/x
rm -rf "${folder:?}"/{events/*/*-time-stamp,log/witnessed,log/proofs/[23].tlog-proof}
expect_status 0 'both taken out' verify --trust "$trust" "$folder"
said 'is told of' 'no time stamp is in this bundle [time-stamp.after]' '[witness.after]'
with_others wrong early good
finds 'a time stamp before the result was received' 1 clock.ahead ''
check 'lines on log/checkpoint are enough' test ! -e "$folder/log/witnessed"
with_others wrong other-authority good
finds 'a time stamp by another authority' 1 time-stamp.certificate $stamp
with_others wrong fork good
finds 'a time stamp of another history' 1 bundle.proof.wrong log/proofs/3.tlog-proof
fresh base
trust=$work/base/trust.txt folder=$work/out/000007-plate7.eds-bundle

# --- refused, and nothing is left
mkdir "$work/empty"
refused() { # NAME STATUS ID ARGUMENT ...
	expect_status "$2" "$1" bundle --output "$work/empty/x.zip" "${@:4}"
	said "$1: [$3]" "[$3]"
	check "$1: nothing is left" nothing_at "$work/empty"
}
refused 'an event' 2 bundle.not-a-result --trust "$trust" "$work"/base/share/events/2026/000001-approval
refused 'a file' 2 bundle.not-a-result --trust "$trust" "$seven/record.json"
refused 'what is not there' 3 bundle.result --trust "$trust" "$work/nowhere"
cp -a "$seven" "$work/copied-away"
refused 'a result outside of a share' 2 bundle.not-a-result --trust "$trust" "$work/copied-away"
refused 'no trust file' 3 bundle.trust --trust "$work/nowhere" "$seven"
refused "another lab's trust file" 1 bundle.unverified --trust "$work/other/trust.txt" "$seven"
expect_status 2 'an output that is there' bundle --trust "$trust" --output "$zip" "$seven"
said 'which is not overwritten' '[bundle.exists]'
check 'and is as it was' cmp "$zip" "$work/again.zip"
expect_status 2 'two results' bundle "$seven" "$seven"

fresh base
seven=$share/results/2026/000007-plate7.eds
flip "$seven/original/plate7.eds" 3
refused 'an altered original' 1 bundle.unverified --trust "$trust" "$seven"
expect_status 1 'it can be bundled anyway' bundle --anyway --trust "$trust" --output "$work/altered.zip" "$seven"
expect_status 1 'and is then NOT VERIFIED' verify --trust "$trust" "$work/altered.zip"
rm "$seven/original/plate7.eds"
refused 'an original that is not there' 3 bundle.file --trust "$trust" "$seven"
ln -s /etc/hostname "$seven/original/plate7.eds"
refused 'a symbolic link in its place' 3 bundle.file --trust "$trust" "$seven"
fresh base
flip "$share/log/tile/entries/000.p/24" 100
flip "$share/log/tile/0/000.p/24" 100
refused 'a log that is damaged' 3 bundle.log --trust "$trust" "$share/results/2026/000007-plate7.eds"
rm "$share/trust/trust.txt"
refused 'a share without a copy of the trust file' 3 bundle.trust "$share/results/2026/000007-plate7.eds"
seven=$(result base 7)
mkdir "$work/small"
# shellcheck disable=SC2016 # for the other shell
if unshare -rm sh -c 'mount -t tmpfs -o size=16k none "$1"' - "$work/small" 2>/dev/null; then
	# shellcheck disable=SC2016
	expect_status 4 'a full disk' unshare -rm sh -c 'mount -t tmpfs -o size=16k none "$1" || exit 77
		"$2" bundle --trust "$3" --output "$1/x.zip" "$4"; status=$?
		[ -z "$(ls -A "$1")" ] || echo "left behind: $(ls "$1")"; exit $status' - "$work/small" "$audit" "$trust" "$seven"
	said 'says so' 'No space left on device'
	check 'and leaves nothing' sh -c '! grep -q "left behind" "$1"' - "$work/said"
else
	skip 'a full disk' 'no file system can be mounted here'
fi

# --- tampered with
damage() { # NAME ID FILE COMMAND ...
	rm -rf "$work/damaged"
	cp -a "$folder" "$work/damaged"
	chmod -R u+w "$work/damaged"
	(cd "$work/damaged" && "${@:4}") || { not_ok "$1: the tampering failed"; return; }
	share=$work/damaged
	finds "$1" 1 "$2" "$3"
}
f=results/2026/000007-plate7.eds
damage 'an original' result.payload.altered $f/original/plate7.eds flip $f/original/plate7.eds 9
damage 'the record' result.record.altered $f/record.json flip $f/record.json 200
damage 'a file added' result.file.unknown $f/original/more.eds touch $f/original/more.eds
damage 'the proof removed' bundle.proof.missing log/proofs/24.tlog-proof rm log/proofs/24.tlog-proof
damage "the evidence's proof removed" bundle.proof.missing log/proofs/9.tlog-proof rm log/proofs/9.tlog-proof
damage "the evidence's proof for the other" bundle.proof.wrong log/proofs/9.tlog-proof cp log/proofs/24.tlog-proof log/proofs/9.tlog-proof
damage 'a proof more' log.unknown log/proofs/12.tlog-proof cp log/proofs/9.tlog-proof log/proofs/12.tlog-proof
damage 'the checkpoint of another time' bundle.proof.missing log/proofs/9.tlog-proof sh -c 'cp log/evidence/9/checkpoint log/checkpoint; rm log/proofs/9.tlog-proof'
damage "another lab's checkpoint" log.checkpoint.other-key log/checkpoint cp "$work/other/share/log/checkpoint" log/checkpoint
damage 'a quote' evidence.quote.wrong log/evidence/9/quote.attest flip log/evidence/9/quote.attest 60
damage 'the approval removed' log.approval.missing $f/record.json rm -r events/2026/000001-approval
damage 'a second result' bundle.results results cp -a "$work/base/share/results/2026/000008-plate8.eds" results/2026
damage 'tiles' log.unknown log/tile cp -a "$work/base/share/log/tile" log
fresh base
mkdir "$share/log/proofs"
finds 'a share that pretends to be a bundle' 1 bundle.results results

# some bytes of each file: none ends VERIFIED, but for what no signature covers
chmod -R u+w "$folder" || exit 4
sampled=0 verified=''
while IFS= read -r file; do
	case $file in
	README.txt | */report.html | trust/*) continue ;;
	esac
	size=$(stat -c %s "$folder/$file")
	for at in 0 $((size / 3)) $((size - 2)); do
		cp "$folder/$file" "$work/kept" || exit 4
		flip "$folder/$file" "$at"
		sampled=$((sampled + 1))
		! verify --trust "$trust" "$folder" >/dev/null 2>&1 || verified="$verified $file:$at"
		cp "$work/kept" "$folder/$file"
	done
done < <(cd "$folder" && find . -type f | sed 's|^\./||')
if [ -z "$verified" ] && [ $sampled -gt 50 ]; then ok "bytes of each file ($sampled)"; else not_ok "bytes that nobody missed:$verified"; fi
