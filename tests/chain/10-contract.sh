#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contract: what labseal embeds is what solc makes of the source; who may write what, and in which form.
set -uo pipefail
# shellcheck source=tests/chain/lib.sh
. "$(dirname "$0")/lib.sh"
need_node

check 'solc takes the contract, without a warning' \
	node "$here/compile.js" "$modules" audit/chain/CalibrationRegistry.sol "$work/hex" "$work/layout"
check 'its code is the one that labseal embeds' cmp "$work/hex" audit/chain/CalibrationRegistry.hex
check 'its storage is laid out as docs/formats/calibration-contract.md says' \
	test "$(jq -r '.storage.storage[] | "\(.slot) \(.label)"' "$work/layout")" = \
	"$(sed -n 's/^| \([0-9]\) | `\([a-z]*\)` .*/\1 \2/p' docs/formats/calibration-contract.md)"

start_node anvil
deploy
scenario 2

# refused NAME WORDS RECORD ...: by the contract, in these words.
refused() {
	local name=$1 words=$2
	shift 2
	expect_status 1 "$name is refused" put "$@"
	said "$name is refused: and why" "$words"
}

# altered NAME SED-EXPRESSION: a record with a changed line, in $work/altered.
altered() { sed "$2" "$work/s/$1" >"$work/altered"; }

from=$account_1 refused 'a root by another than the owner' "only the contract's owner names a root" "$work/s/000-organisation.txt"
refused 'a technician of an organisation that is not there' 'what is named is not here' "$work/s/001-technician.txt"
altered 000-organisation.txt 's/^registry .*/registry example.org\/other/'
refused 'a record of another registry' 'the record names another' "$work/altered"
check 'the root' put --account "$account_1" "$work/s/000-organisation.txt"
said 'the root: its gas is told' ' gas '
refused 'the same again' 'it is here already' "$work/s/000-organisation.txt"
refused 'a technician by another than his organisation' 'not the account of who answers for it' "$work/s/001-technician.txt"
from=$account_1
check 'technician, device and report, by who may' put "$work"/s/00[123]-*.txt
check 'a laboratory below it' put "$work/s/004-organisation.txt"
check 'and its technician' put "$work/s/005-technician.txt"
altered 006-device.txt 's/^level 1/level 0/'
refused 'a device above its organisation' "the organisation's is not more" "$work/altered"
check 'its device' put "$work/s/006-device.txt"
altered 007-report.txt 's/^level 1/level 2/'
refused "a report with another level than its device's" "it is the device's" "$work/altered"
check 'its report' put "$work/s/007-report.txt"
from=$account_0 refused 'a revocation by a stranger' "not the revoker's account" "$work/s/revocation.txt"
# what labseal itself would not send: revoke(bytes), as it is
revoke_call() {
	local bytes pad
	bytes=$(od -An -v -tx1 "$1" | tr -d ' \n')
	pad=$(((64 - ${#bytes} % 64) % 64))
	jq -n --arg to "0x$contract" --arg from "$account_1" --arg data "$(printf '0x0b467b9b%064x%064x%s%*s' 32 $((${#bytes} / 2)) "$bytes" $pad '' | tr ' ' 0)" \
		'{jsonrpc: "2.0", id: 1, method: "eth_call", params: [{$to, $from, $data}, "latest"]}' |
		curl -sS --max-time 60 -H 'Content-Type: application/json' --data-binary @- "$url" | jq -r '.error.message // .result'
}
for since in 2026-06-31T00:00:00Z 2026-02-29T00:00:00Z 2100-02-29T00:00:00Z 2026-00-01T00:00:00Z 2026-13-01T00:00:00Z 2026-06-00T00:00:00Z 2026-06-01T24:00:00Z \
	2026-06-01T00:60:00Z 2026-06-01T00:00:60Z 2026-06-01 '2026-06-01 00:00:00Z' 2026-06-01T00:00:0xZ 2026-06-01T00:00:00+; do
	altered revocation.txt "s/^since .*/since $since/"
	check "a revocation since '$since' is refused by the contract" test "$(revoke_call "$work/altered")" = \
		'execution reverted: form: a time is as 2026-03-04T14:22:19Z'
done
for since in 2024-02-29T00:00:00Z 2000-02-29T23:59:59Z 2026-12-31T00:00:00Z 9999-12-31T23:59:59Z 1969-12-31T23:59:59Z 0001-01-01T00:00:00Z; do
	altered revocation.txt "s/^since .*/since $since/"
	check "a revocation since '$since' is not" grep -qE '^0x[0-9a-f]{64}$' <<<"$(revoke_call "$work/altered")"
done

# read_trace: whether the contract by itself (TraceCal_READ) has the last device as traceable: 1, or 0
read_trace() { rpc eth_call "[{\"to\": \"0x$contract\", \"data\": \"0x0a6609b6$(cat "$work/s/names")\"}, \"latest\"]" | jq -r '.[-1:]'; }
# since RECORD: the word that the contract holds of it since when it is, or counts as, revoked
since() { rpc eth_call "[{\"to\": \"0x$contract\", \"data\": \"0x9a5e4eb4$(sed '/^signature /,$d' "$1" | sha256sum | cut -d' ' -f1)\"}, \"latest\"]" | jq -r ".[$((2 + 64 * 8)):$((2 + 64 * 9))]" | sed 's/^0*//'; }
announced=$(printf %x "$(date -d "$(sed -n 's/^since //p' "$work/s/revocation-announced.txt")" +%s)")
check 'announced: a revocation from a later day on' put "$work/s/revocation-announced.txt"
check 'announced: and one of his report' put "$work/s/revocation-report.txt"
check 'announced: the contract holds since when' test "$(since "$work/s/revocation-announced.txt") $(since "$work/s/005-technician.txt")" = "$announced $announced"
check 'announced: until then the chain holds' test "$(read_trace)" = 1
altered 006-device.txt 's/^name .*/name In between/'
check 'announced: until then he may write' put "$work/altered"
rpc evm_setNextBlockTimestamp "[$((0x$announced - 1))]" >/dev/null
rpc evm_mine >/dev/null
check 'announced: a second before the chain holds' test "$(read_trace)" = 1
rpc evm_setNextBlockTimestamp "[$((0x$announced))]" >/dev/null
rpc evm_mine >/dev/null
check 'announced: from then on it does not' test "$(read_trace)" = 0
altered 006-device.txt 's/^name .*/name Another/'
refused 'announced: from then on he writes nothing' 'was revoked' "$work/altered"
pin
trace_at() { "$labseal" cal trace --node "$url" --trust "$work/trust" --at "$(date -u -d "@$((0x$announced + $1))" +%FT%TZ)" "$(cat "$work/s/names")"; }
check 'announced: labseal, of the second before' trace_at -1
expect_status 1 'announced: labseal, of the day' trace_at 0
said 'announced: and why' 'is revoked since'

deploy # on a chain whose day has come: one that is from an earlier day
from=$account_0
check 'revoked: the root' put --account "$account_1" "$work/s/000-organisation.txt"
from=$account_1
check 'revoked: the rest' put "$work"/s/00[1-7]-*.txt
check 'revoked: from an earlier day on' put "$work/s/revocation.txt"
check 'revoked: TraceCal_READ says so' test "$(read_trace)" = 0
check 'revoked: a later day after it' put "$work/s/revocation-announced.txt"
check 'revoked: which takes nothing back' test "$(since "$work/s/005-technician.txt")" = "$(printf %x "$(date -d "$(sed -n 's/^since //p' "$work/s/revocation.txt")" +%s)")"
refused 'a device by a revoked technician' 'was revoked' "$work/altered"

# the record's own times, as the contract reads them
deploy
from=$account_0
check 'times: the root' put --account "$account_1" "$work/s/000-organisation.txt"
from=$account_1
check 'times: the rest' put "$work"/s/00[1-7]-*.txt
for since in 9999-12-31T23:59:59Z 2400-02-29T12:34:56Z 2100-03-01T00:00:00Z 2028-02-29T23:59:59Z 2000-01-01T00:00:01Z 1970-01-01T00:00:01Z; do
	altered revocation.txt "s/^since .*/since $since/"
	check "times: since $since" put "$work/altered"
	check "times: since $since, as the contract reads it" test "$(since "$work/altered")" = "$(printf %x "$(date -d $since +%s)")"
done
altered revocation.txt "s/^since .*/since 1969-12-31T23:59:59Z/"
check 'times: what is from before 1970' put "$work/altered"
check 'times: what is from before 1970 is 1' test "$(since "$work/altered")" = 1
end_listening

# the paper's signatures: of the parent's device and the technician, by their accounts
start_node anvil
deploy
scenario 3
from=$account_0 device=$(cat "$work/s/names")
sealed_trace() { # of the contract itself: whether every seal is good, and how many reports there are
	rpc eth_call "[{\"to\": \"0x$contract\", \"data\": \"0x057eb1bb$device\"}, \"latest\"]" | jq -r '.[66:130] + " " + .[130:]' |
		sed 's/0\{62\}//g'
}
check 'sealed: a chain of three' put --seal --account "$account_1" "$work"/s/000-*.txt
from=$account_1 # the organisation's account, which is to be all the others'
check 'sealed: the rest of it' put --seal "$work"/s/00[1-6]-*.txt
from=$account_1 refused 'sealed: a report without its seals' 'seal: one for each parent' "$work/s/007-report.txt"
# lied_to LIE WORDS: a node that lies to who seals: the contract refuses the report
lied_to() {
	local true_url=$url
	start lie node "$here/lie.js" "$url" "$1" "$(rpc eth_accounts | jq -r '.[2]')"
	expect_status 1 "sealed: a node with $1 is refused" put --seal "$work/s/007-report.txt"
	said "sealed: a node with $1: and why" "$2"
	url=$true_url
}
lied_to 'no account' 'seal: one for each parent'
lied_to 'another account' "seal: not made by the account of the parent's device"
lied_to 'another signature' "seal: not made by the account of the parent's device"
check 'sealed: with them' put --seal "$work"/s/00[789]-*.txt "$work"/s/01*.txt
check 'sealed: the contract finds every seal good' test "$(sealed_trace)" = '03 01'
pin
check 'sealed: labseal says so, too' "$labseal" cal trace --node "$url" --trust "$work/trust" "$device"

end_listening
