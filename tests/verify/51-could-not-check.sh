#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each kind of file that a broken disk does not give, that changes while it is read, or that an archive holds damaged or
# encrypted: nothing is proven by that, so the verdict is COULD NOT CHECK, under an id of its own.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 2 --events 2 --size 30 --evidence --witnessed early
trust=$work/base/trust.txt
r=results/2026/000002-plate2.eds
(cd "$work/base" && zip -q -r -0 ../base.zip share) || exit 4

# faulty HOW FILE: verify with reads of this file that fail so; sanitizers want to be loaded first
faulty() {
	timeout 60 env STALL_HOW="$1" STALL_FILE="/share/$2" ASAN_OPTIONS=verify_asan_link_order=0 \
		LD_PRELOAD="$build/tests/verify/stall.so" "$audit" verify --trust "$trust" "$share"
}

# unable NAME ID FILE COMMAND ...: it ends with 3 and has this finding about this file.
unable() {
	local name=$1 id=$2 file=$3
	expect_status 3 "$name" "${@:4}"
	said 'under its id' 'COULD NOT CHECK: ' "  $file [$id]"
}

# spoil HOW FILE: this file's bytes in a copy of the archive, which are stored as they are, or their header's flag
spoil() {
	python3 - "$1" "share/$2" "$work/base.zip" "$work/spoilt.zip" <<-'END'
		import sys, zipfile
		how, name, source, to = sys.argv[1:]
		info = zipfile.ZipFile(source).getinfo(name)
		data = bytearray(open(source, "rb").read())
		at = info.header_offset
		if how == "damaged":
		    data[at + 30 + len(name) + int.from_bytes(data[at + 28:at + 30], "little")] ^= 1
		else:
		    data[at + 6] |= 1
		    entry = data.index(name.encode(), data.index(b"PK\1\2")) - 46
		    while data[entry:entry + 4] != b"PK\1\2" or \
		            int.from_bytes(data[entry + 28:entry + 30], "little") != len(name):
		        entry = data.index(name.encode(), entry + 47) - 46
		    data[entry + 8] |= 1
		open(to, "wb").write(data)
	END
}

# each ID FILE
each() {
	local id=$1 file
	# shellcheck disable=SC2086 # a pattern
	file=$(cd "$work/base/share" && echo $2)
	[ -f "$work/base/share/$file" ] || { not_ok "$id: there is no '$file'"; return; }
	share=$work/base/share
	unable "$id: the disk does not give it" "$id.unreadable" "$file" faulty error "$file"
	fresh base
	unable "$id: it changes" "$id.changed" "$file" faulty change "$file"
	for how in damaged encrypted; do
		spoil $how "$file"
		unable "$id: $how in an archive" "$id.$how" "$file" verify --trust "$trust" "$work/spoilt.zip"
	done
}

each result.manifest $r/manifest.sha256
each result.signature $r/manifest.sha256.p7s
each result.proof $r/manifest.tlog-proof
each result.record $r/record.json
each result.payload $r/original/plate2.eds
each log.checkpoint log/checkpoint
each log.entries log/tile/entries/000.p/4
each log.tile log/tile/0/000.p/4
each evidence.file log/evidence/4/quote.attest
each evidence.events 'log/evidence/events/*'
each evidence.key 'log/evidence/keys/*.creation'
each evidence.enrolment 'log/evidence/keys/*.certificate'
each witness.file log/witnessed/2
