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
check 'a revocation' put "$work/s/revocation.txt"
altered 006-device.txt 's/^name .*/name Another/'
refused 'a device by a revoked technician' 'was revoked' "$work/altered"

# the paper's signatures: of the parent's device and the technician, by their accounts
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
