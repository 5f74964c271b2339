#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Files that were saved again: the version before is looked for on the whole share; one that is gone or altered shows as that.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 3 --events 0 --size 50 --versions good
r=results/2026/000001-plate1.eds

fresh base
check 'results that were saved again' verify --trust "$trust" "$share"
# said_not NAME TEXT
said_not() {
	if grep -qF -- "$2" "$work/said"; then not_ok "$1" "$work/said"; else ok "$1"; fi
}
said_not 'of none of them an original is looked for in vain' result.version.original
check 'and each is counted' bash -c "'$audit' verify --json --trust '$trust' '$share' |
	python3 -c 'import json, sys; c = json.load(sys.stdin)[\"checks\"]; assert [x[\"passed\"] for x in c if x[\"check\"] == \"result.versions\"] == [2], c'"

tamper 'the original removed' result.folder.missing $r rm -r $r
said 'and who was made of it is told' 'seal 2 holds a file that was saved again'
said_not 'but not of whom it is no matter' 'seal 3 holds a file that was saved again'
tamper "the original's file removed" result.payload.missing $r/original/plate1.eds rm $r/original/plate1.eds
tamper 'the original altered' result.payload.altered $r/original/plate1.eds flip $r/original/plate1.eds 7
tamper "the original's record altered" result.record.altered $r/record.json flip $r/record.json 200
said 'then it is not known to be there' 'seal 2 holds a file that was saved again'
tamper 'the claim taken out' result.record.altered results/2026/000002-plate2.eds/record.json \
	sed -i 's/"parent": ".*"/"parent": null/' results/2026/000002-plate2.eds/record.json

# what the guest claims, and nobody sealed: it may have been saved when nobody listened, so it is told, and no more
new unsealed --results 2 --events 0 --size 50 --versions unsealed
fresh unsealed
expect_status 0 'an original that was never sealed' verify --trust "$trust" "$share"
said 'it is warned of' '[result.version.original]'
said 'with its seal' 'seal 1 holds a file that was saved again'
