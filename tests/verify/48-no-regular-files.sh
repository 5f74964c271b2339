#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each kind of file of a share as a link, a FIFO, a folder, and larger than it can be: told under its own id, never followed.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

new base --results 2 --events 2 --size 30 --evidence --witnessed early
r=results/2026/000002-plate2.eds
link() { mv "$1" "$work/elsewhere" && ln -s "$work/elsewhere" "$1"; }
fifo() { rm "$1" && mkfifo "$1"; }
folder() { rm "$1" && mkdir "$1"; }
large() { truncate -s 1G "$1"; }

# each ID FILE [large] [ID-OF-A-FOLDER]: an original has no largest size
each() {
	local id=$1 file
	# shellcheck disable=SC2086 # a pattern
	file=$(cd "$work/base/share" && echo $2)
	[ -f "$work/base/share/$file" ] || { not_ok "$id: there is no '$file'"; return; }
	tamper "$id: a link" "$id.symlink" "$file" link "$file"
	rm -f "$work/elsewhere"
	tamper "$id: a FIFO" "$id.special" "$file" fifo "$file"
	tamper "$id: a folder" "${4:-$id.special}" "$file" folder "$file"
	[ "${3:-}" = large ] || tamper "$id: too large" "$id.too-large" "$file" large "$file"
}

each result.manifest $r/manifest.sha256
each result.signature $r/manifest.sha256.p7s
each result.proof $r/manifest.tlog-proof
each result.record $r/record.json
each result.payload $r/original/plate2.eds large
each log.checkpoint log/checkpoint
each log.entries log/tile/entries/000.p/4
each log.tile log/tile/0/000.p/4
each evidence.file log/evidence/4/quote.attest
each evidence.events 'log/evidence/events/*'
each evidence.key 'log/evidence/keys/*.creation'
each evidence.enrolment 'log/evidence/keys/*.certificate'
each witness.file log/witnessed/2 '' log.unknown
