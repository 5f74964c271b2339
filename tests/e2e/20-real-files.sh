#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files real instruments saved, from LABSEAL_DATA/instrument; and another lab's trust file.
set -uo pipefail
. "$(dirname "$0")/lib.sh"

input=$LABSEAL_DATA/instrument
[ -d "$input" ] || {
	skip 'real instrument files' "there is no folder '$input' (LABSEAL_DATA)"
	exit
}
check 'the demo carries real instrument files' demo "$input" "$work/out"
check 'every file is on the share, byte for byte' every_file_on "$work/out/share" "$input"
stock_checks 'real files' "$work/out/share" "$work/out/trust.txt"
expect_status 0 'labseal verify holds' "$labseal" verify --trust "$work/out/trust.txt" "$work/out/share"
