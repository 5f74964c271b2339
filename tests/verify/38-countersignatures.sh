#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A person's signature over a result: who, when and what for is told; one that does not hold is NOT VERIFIED, one by
# a person that the trust file's person CAs do not know COULD NOT be CHECKED.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

record=events/2026/000004-countersignature/record.json

# countersigned NAME HOW: a share of three seals and a countersignature of the first.
countersigned() {
	rm -rf "$work/base"
	new base --keys "$work/keys" --results 3 --events 1 --event countersignature --countersign "$1"
	fresh base
}

# refused NAME HOW STATUS ID: it is told of, and counts as this.
refused() {
	countersigned "$2"
	finds "$1" "$3" "$4" "$record"
}

countersigned good
expect_status 0 'a countersigned share verifies' verify --trust "$trust" "$share"
said 'in a part of its own' 'Countersigned by persons, beside the instrument'"'"'s seal'
said 'the name, the meaning and both times' \
	'approval, Ada Lovelace, signed 2026-01-01T00:39:00Z, sealed 2026-01-01T00:40:00Z as seal 4: holds'
said 'and the certificate' 'certificate CN=Ada Lovelace, SHA-256 '
verify --trust "$trust" --json "$share" >"$work/json"
check 'the same for programs' jq -e '.countersignatures.total == 1 and (.countersignatures.items[0] |
	.seal == 1 and .event == 4 and .state == "holds" and .meaning == "approval" and .name == "Ada Lovelace" and
	.certificate.subject == "CN=Ada Lovelace")' "$work/json"
check 'it is counted as a check' jq -e '.checks[] | select(.check == "result.countersignature") | .passed == 1' "$work/json"

verify --trust "$trust" --html "$work/page.html" "$share" >/dev/null 2>&1
check 'and on paper' bash -c "xmllint --noout '$work/page.html' 2>/dev/null || ! command -v xmllint >/dev/null
	tr -d '\n' <'$work/page.html' | grep -q 'Ada Lovelace.*approval.*2026-01-01T00:39:00Z.*2026-01-01T00:40:00Z, seal 4.*holds'"

# with stock tools, from the result's folder: docs/formats/countersignature.md
jq -r .detail.statement "$share/$record" | head -c -1 >"$share/results/2026/000001-plate1.eds/statement"
jq -r .detail.signature "$share/$record" | base64 -d >"$work/signature"
sed -n 's/^person-ca //p' "$trust" | base64 -d | openssl x509 -inform DER -out "$work/persons.pem"
check 'openssl agrees' openssl cms -verify -binary -inform DER -in "$work/signature" -attime 1767228000 \
	-content "$share/results/2026/000001-plate1.eds/statement" -CAfile "$work/persons.pem" -out /dev/null
check 'and so does sha256sum' bash -c 'cd "$1" && sha256sum --check --strict --status statement' - \
	"$share/results/2026/000001-plate1.eds"
check 'the CA of the seals did not certify it' bash -c '! openssl cms -verify -binary -inform DER -in "$1" \
	-attime 1767228000 -content "$2" -CAfile "$3" -out /dev/null 2>/dev/null' - "$work/signature" \
	"$share/results/2026/000001-plate1.eds/statement" "$trust"

fresh base
verify --trust "$trust" "$share/${record%/*}" >"$work/said" 2>&1
said 'the event alone: the signature is checked, the result is not' '[countersignature.alone]'

refused 'a person CA that is not known' unknown-ca 3 countersignature.unknown
refused 'a trust file without person CAs' no-ca 3 countersignature.unknown
refused 'a certificate that was expired' expired 1 countersignature.expired
refused 'a certificate that was revoked' revoked 1 countersignature.revoked
refused 'another name than the certificate'"'"'s' other-name 1 countersignature.name
refused 'a signature from the future' signed-later 1 countersignature.time
refused 'another manifest' other-manifest 1 countersignature.other
refused 'another instrument' other-instrument 1 countersignature.other
refused 'taken to another result' other-result 1 countersignature.other
refused 'of a result that is not sealed yet' later-result 1 countersignature.other
refused 'the seals'"'"' key as a person'"'"'s' device 1 countersignature.device
refused 'a signature that is cut short' cut 1 countersignature.signature
refused 'a signature over something else' over-manifest 1 countersignature.signature

rm -rf "$work/base"
new base --results 3 --events 1 --event countersignature --detail '{"statement":"","signature":""}'
fresh base
finds 'an event that holds none' 1 countersignature.form "$record"
