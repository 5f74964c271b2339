# SPDX-License-Identifier: Apache-2.0
# labseal cal show, import and trace --dcc: digital calibration certificates
requires: python3 xmlsec1
$ python3 tests/tools/make_dcc.py "$W/made"
$ made=$W/made trust=$W/made/trust.txt

# what it says, who signed it, where its links lead
P cal show --trust "$trust" --folder "$made/chain" "$made/chain/device.xml"
out: LAB-2 (DCC 3.3.0)
out: Signature     HOLDS
out: O=Laboratory
out: is here:
out: U 0.05  k 2
N 3 cal show "$made/chain/device.xml"
out: CANNOT BE CHECKED: the signer's certificate chains to no authority
N 1 cal show --trust "$trust" "$made/single/tampered.xml"
out: DOES NOT HOLD: the document is not the one that was signed
N 1 cal show --trust "$trust" "$made/single/revoked-by-crl.xml"
out: revoked since 2025-01-01T00:00:00Z
N 3 cal show --trust "$trust" --folder "$made/link-analogue" "$made/single/unsigned.xml"
out: it is not signed
P cal show --trust "$trust" "$made/link-placeholder/device.xml"
out: the hash of its certificate is a placeholder
P cal show --trust "$trust" "$made/claim-alone/device.xml"
out: a claim, no evidence
P cal show --trust "$trust" --folder "$made/single" "$made/chain/device.xml"
err: files of
err: were left out; the first: 'attributes.xml'
$ "$labseal" cal show --json --trust "$trust" --folder "$made/chain" "$made/chain/device.xml" >"$W/device.json"
$ jq -e '.format == "labseal/dcc/v1" and .signature.outcome == "HOLDS" and .links[0].outcome == "holds" and .quantities[1].u == ["0.05"] and .signature.signatures[0].time_source == "signer"' "$W/device.json"

# the whole way
P cal trace --trust "$trust" --folder "$made/chain" --dcc "$made/chain/device.xml"
out: TRACEABLE
out: National Institute
# a laboratory's scope is in no certificate: the auditor is told what to look up, and what to add
$ grep -v '^severity cal.scope ' "$trust" >"$W/no-scope"
N 3 cal trace --trust "$W/no-scope" --folder "$made/chain" --dcc "$made/chain/device.xml"
out: the scope of accreditation of its laboratory, 'Laboratory'
out: severity cal.scope warns
out: document-nmi NAME
N 1 cal trace --trust "$trust" --folder "$made/parent-revoked" --dcc "$made/parent-revoked/device.xml"
out: NOT TRACEABLE
out: revoked since
# a revocation list that lies in the folder, in DER or in PEM, counts as one in the signature does
N 3 cal trace --trust "$trust" --folder "$made/list-beside" --dcc "$made/list-beside/device.xml"
out: CANNOT BE SHOWN
$ for form in DER PEM; do cp -r "$made/list-beside" "$W/list-$form" && openssl crl -inform DER -in "$made/issuer.crl" -outform $form -out "$W/list-$form/issuer.crl" || exit 1; done
N 1 cal trace --trust "$trust" --folder "$W/list-DER" --dcc "$W/list-DER/device.xml"
out: NOT TRACEABLE
out: revoked since 2025-01-01T00:00:00Z
N 1 cal trace --trust "$trust" --folder "$W/list-PEM" --dcc "$W/list-PEM/device.xml"
out: revoked since 2025-01-01T00:00:00Z
$ head -c 200 "$made/issuer.crl" >"$W/list-DER/issuer.crl"
N 3 cal trace --trust "$trust" --folder "$W/list-DER" --dcc "$W/list-DER/device.xml"
err: 'issuer.crl': it is no revocation list
N 3 cal trace --trust "$trust" --folder "$made/link-analogue" --dcc "$made/link-analogue/device.xml"
out: CANNOT BE SHOWN
out: paper
N 1 cal trace --trust "$trust" --folder "$made/link-wrong-hash" --dcc "$made/link-wrong-hash/device.xml"
out: is not the one whose hash is named

# what is refused says what it is
N 3 cal show "$made/single/entity-bomb.xml"
err: document type declaration
N 3 cal show "$made/single/pkcs7.xml"
err: openssl cms -verify
N 3 cal show "$made/single/none.xml"
err: none.xml
N 3 cal show --trust /etc/hostname "$made/single/good.xml"
err: trust file '/etc/hostname'
N 3 cal show --folder "$W/none" "$made/single/good.xml"
err: none
N 2 cal show
err: certificate
N 2 cal show --trusst x y
err: --trusst

# into a registry's documents
$ mkdir "$W/registry"
P cal import --registry "$W/registry" --trust "$trust" "$made/chain/device.xml"
err: --document
$ (cd "$W/registry/documents" && [ "$(ls)" = "$(sha256sum "$made/chain/device.xml" | cut -d' ' -f1)" ])
P cal import --registry "$W/registry" --trust "$trust" "$made/chain/device.xml"
N 1 cal import --registry "$W/registry" --trust "$trust" "$made/single/tampered.xml"
err: DOES NOT HOLD
N 3 cal import --registry "$W/registry" --trust "$trust" "$made/single/unsigned.xml"
err: it is not signed
N 3 cal import --registry "$W/none" --trust "$trust" "$made/chain/device.xml"
err: none
N 1 cal import --registry "$W/registry" --trust "$trust" --report tests/corpus/cal_record/good-report-0 "$made/chain/device.xml"
err: no report that names this certificate
$ [ "$(ls "$W/registry/documents" | wc -l)" = 1 ]
N 2 cal import "$made/chain/device.xml"
err: which registry
N 2 cal import --registry "$W/registry" "$made/chain/device.xml"
err: whose signature is believed
