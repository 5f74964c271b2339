#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What docs/formats/share.md lists as not covered by a seal is not mistaken for tampering.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 3 --events 1
r=results/2026/000001-plate1.eds

# untouched NAME COMMAND ...: the share holds after this, too
untouched() {
	fresh base
	(cd "$share" && "${@:2}") || { not_ok "$1: the change failed"; return; }
	expect_status 0 "$1" verify --trust "$trust" "$share"
}
write() { echo something else >"$1"; }
untouched 'README.txt' write README.txt
untouched 'index.html' write index.html
untouched 'verify.html' write verify.html
untouched 'README.txt removed' rm README.txt
untouched 'the copies under trust/' write trust/trust.txt
untouched 'a report' write $r/report.html
untouched 'the pages of full thousands' mkdir index
untouched "the publisher's .staging" mkdir -p .staging/incoming
untouched 'an empty year' mkdir results/2027
untouched 'times and modes' touch -d 2001-01-01 $r/original/plate1.eds log/checkpoint
untouched 'modes' chmod 0600 $r/record.json
witness='— witness.example/w1 AAAAAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
add_witness() { echo "$witness" >>"$1"; }
untouched "a witness's line on the checkpoint" add_witness log/checkpoint
untouched "a witness's line on a proof" add_witness $r/manifest.tlog-proof
untouched 'a snapshot folder of the file system' mkdir -p .snapshot/hourly
said 'it is warned of' '.snapshot [share.ignored]'

# but what stands in their place must be what it should be
tamper 'index.html as a symlink' share.unknown index.html ln -sf /etc/passwd index.html
tamper 'verify.html as a folder' share.unknown verify.html mkdir verify.html
tamper 'a report as a symlink' result.file.unknown $r/report.html ln -s /etc/passwd $r/report.html
swap() { rm -r trust && touch trust; }
tamper 'trust/ as a file' share.unknown trust swap

# the page's list is what it is in truth, whatever name is added or file written over
new full --results 1 --events 2 --size 40 --evidence --witnessed good
fresh full
check "docs/formats/share.md lists what no seal covers, and nothing else" \
	python3 tests/verify/uncovered.py "$audit" "$share" "$trust"
sed -n 's/^[0-9]* names in/# &/p' "$work/said"
