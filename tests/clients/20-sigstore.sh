#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Sigstore's JavaScript client (@sigstore/verify, pinned) opens our checkpoints and checks each seal's inclusion.
# npm fetches it once, by this machine's own configuration; without npm, or without a network, this is skipped.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/../verify/lib.sh"

here=$top/tests/clients/sigstore
modules=$build/tests/clients/sigstore
installed() { [ -f "$modules/node_modules/@sigstore/verify/package.json" ] && cmp -s "$here/package-lock.json" "$modules/package-lock.json"; }
install() {
	mkdir -p "$modules" && cp "$here/package.json" "$here/package-lock.json" "$modules/" &&
		(cd "$modules" && timeout 60 npm ci --ignore-scripts --no-audit --no-fund --fetch-retries 0 --fetch-timeout 20000)
}
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	skip 'Sigstore reads the log' 'npm is not installed'
	exit
fi
if ! installed && ! install >"$work/npm" 2>&1; then
	rm -rf "$modules"
	skip 'Sigstore reads the log' "npm could not fetch it: $(tail -n 1 "$work/npm")"
	exit
fi

client() { timeout 60 node "$here/client.js" "$modules" "$trust" "$share"; }

# refused NAME WORDS
refused() {
	expect_status 1 "$1" client
	said "$1: and says so" "$2"
}

new base --results 20 --events 2 --size 10 --batch 3 --ed25519
r=results/2026/000003-plate3.eds
fresh base
check 'Sigstore reads the log' client
said 'Sigstore reads the log: each seal' 'good: 22 seals and the checkpoint'
sed -i 's/plate3/plate4/' "$share/$r/manifest.sha256"
refused 'a manifest altered' '000003-plate3.eds: calculated root hash does not match inclusion proof'
fresh base
sed -i '1,/^$/!s/^[0-9][0-9]*$/1&/' "$share/$r/manifest.tlog-proof"
refused 'a checkpoint altered' '000003-plate3.eds: invalid checkpoint signature'
fresh base
sed -i '2s/index 2/index 1/' "$share/$r/manifest.tlog-proof"
refused 'another place in the log' '000003-plate3.eds: '
fresh base
sed -i '2s/22/21/' "$share/log/checkpoint"
refused 'the checkpoint altered' 'log/checkpoint: invalid checkpoint signature'
new other --results 1 --events 0 --size 10
trust=$work/other/trust.txt share=$work/base/share
refused 'a checkpoint of another key' 'log/checkpoint: invalid checkpoint signature'
