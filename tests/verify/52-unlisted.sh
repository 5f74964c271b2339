#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each folder that a broken disk does not list: what may lie there is not told as removed, and what it says not as unsaid.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 2 --events 2 --size 30 --evidence --witnessed early
trust=$work/base/trust.txt
share=$work/base/share
r=results/2026/000002-plate2.eds

# unlisted ID FOLDER [AS-SAID]: sanitizers want to be loaded first
unlisted() {
	expect_status 3 "$2 is not listed" timeout 60 env STALL_HOW=error STALL_FILE="/share/$2" \
		ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$build/tests/verify/stall.so" \
		"$audit" verify --trust "$trust" "$share"
	said 'which is said' 'COULD NOT CHECK: ' "  ${3-$2} [$1]"
}

unlisted result.folder.unreadable $r $r/
unlisted result.folder.unreadable $r/original
unlisted share.unreadable results
unlisted share.unreadable results/2026
unlisted share.unreadable events
said 'approvals may be there' 'a folder cannot be listed' '[log.approval.unable]' '[result.folder.unlisted]'
unlisted share.unreadable events/2026
said 'approvals may be there' 'a folder cannot be listed' '[log.approval.unable]' '[result.folder.unlisted]'
unlisted log.unreadable log
unlisted log.unreadable log/tile
unlisted log.unreadable log/evidence
unlisted witness.unable log/witnessed
