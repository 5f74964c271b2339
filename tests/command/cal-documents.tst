# SPDX-License-Identifier: Apache-2.0
# Certificates (DCC) of a registry: held against the report that names them, when it is issued and when it is traced.
requires: python3 xmlsec1 jq
$ python3 tests/tools/make_dcc.py "$W/made"
$ mkdir "$W/keys" && for k in ni lab l d; do openssl ecparam -name prime256v1 -genkey -noout -out "$W/keys/$k.pem" && openssl pkey -in "$W/keys/$k.pem" -pubout -out "$W/keys/$k.pub" || exit 1; done
$ made=$W/made r=$W/r m=$W/m
$ hash_of() { sha256sum <"$1" | cut -d' ' -f1; }
$ lab=$(hash_of "$made/chain/laboratory.xml") dev=$(hash_of "$made/chain/device.xml") ni=$(hash_of "$made/chain/institute.xml")
P cal init --origin example.org/cal --log-key "$W/keys/log.pem" --make-key "$r"
P cal issue --registry "$r" organisation --name "National Institute" --level 0 --certified-by root --from 2024-01-01 --until 2034-01-01 --public "$W/keys/ni.pub" --scope "temperature \\degreecelsius -50 150 0.001 2" --key "$W/keys/ni.pem"
P cal issue --registry "$r" organisation --name Laboratory --level 1 --certified-by "National Institute" --from 2024-01-01 --until 2034-01-01 --public "$W/keys/lab.pub" --scope "temperature \\degreecelsius -50 150 0.005 2" --key "$W/keys/ni.pem"
P cal issue --registry "$r" technician --name "Bob Example" --organisation Laboratory --from 2024-01-01 --until 2034-01-01 --public "$W/keys/l.pub" --key "$W/keys/lab.pem"
P cal issue --registry "$r" device --name "Acme T1 D-1" --level 2 --technician "Bob Example" --from 2024-01-01 --public "$W/keys/d.pub" --key "$W/keys/l.pem"
P cal issue --registry "$r" device --name "Other" --level 2 --technician "Bob Example" --from 2024-01-01 --make-key "$W/keys/x.pem" --key "$W/keys/l.pem"
P cal import --registry "$r" --trust "$made/trust.txt" "$made/chain/laboratory.xml"
err: --parent-document
P cal import --registry "$r" --trust "$made/trust.txt" "$made/chain/institute.xml"

# issuing: a record that contradicts its certificate is refused by name, and nothing of it is kept
$ report() { "$labseal" cal issue --registry "${into:-$r}" report --device "${device:-Acme T1 D-1}" --technician "Bob Example" --parent-document "$lab" --performed "${performed:-2025-02-20T12:00:00Z}" --due 2043-02-20 --number LAB-2 --quantity "temperature \\degreecelsius 0 100" --point "0 ${error:-0.001} 0.05 ${cover:-2} -" --point "50 0.002 ${U:-0.05} 2 -" --point "100 0.003 0.05 2 -" --key "$W/keys/lab.pem" --key "$W/keys/l.pem" "$@" 2>"$W/said"; }
$ refused() { [ "$1" = 2 ] && grep -qF "$2" "$W/said" && grep -q '(cal\.document)' "$W/said" || { cat "$W/said"; return 1; }; }
$ cp -r "$r" "$W/before"
$ U=0.04 report --document "$made/chain/device.xml"; refused $? "'temperature', point 2: the report and the certificate have another uncertainty"
$ error=0.0011 report --document "$made/chain/device.xml"; refused $? 'point 1: the report and the certificate have another error'
$ cover=2.1 report --document "$made/chain/device.xml"; refused $? 'another coverage factor'
$ performed=2025-02-21T12:00:00Z report --document "$made/chain/device.xml"; refused $? 'it was performed at 2025-02-21T12:00:00Z, the certificate from 2025-02-20 to 2025-02-20'
$ device=Other report --document "$made/chain/device.xml"; refused $? "the certificate is of 'Acme T1 D-1', and whether that is 'Other' cannot be seen"
$ report --document "$made/chain/institute.xml"; refused $? 'performed at'
$ report --document "$made/single/tampered.xml"; refused $? "the certificate's signature: the document is not the one that was signed"
$ report --document /etc/hostname; refused $? "'/etc/hostname': line 1: no well-formed XML"
$ U=0.04 report --document "$lab"; refused $? "its certificate 'documents/$lab'"
$ diff -r "$r" "$W/before"
$ [ "$(printf 'report --device "Acme T1 D-1" --technician "Bob Example" --parent-document %s --performed 2025-02-20T12:00:00Z --number LAB-2 --quantity "temperature \\\\degreecelsius 0 100" --point "0 0.002 0.05 2 -" --document %s --key %s --key %s\n' "$lab" "$made/chain/device.xml" "$W/keys/lab.pem" "$W/keys/l.pem" | "$labseal" cal issue --registry "$r" --batch - 2>&1 | grep -c 'line 1: its certificate')" = 1 ]
$ diff -r "$r" "$W/before"

# a record from elsewhere, when the registry has its certificate
$ cp -r "$r" "$W/other" && into=$W/other U=0.04 report --document "$dev" --output "$W/record" || { cat "$W/said"; exit 1; }
P cal import --registry "$r" --trust "$made/trust.txt" "$made/chain/device.xml"
N 1 cal append --registry "$r" "$W/record"
err: its certificate 'documents/
err: another uncertainty (cal.document)
err: nothing was logged

# the same numbers are taken, and the file is kept as what was read
$ rm "$r/documents/$dev" && report --document "$made/chain/device.xml" || { cat "$W/said"; exit 1; }
$ cmp "$r/documents/$dev" "$made/chain/device.xml"
P cal issue --registry "$r" heartbeat
$ { echo labseal/calibration-trust/v1; echo "registry $(cat "$r/log.vkey")"; echo "nmi $(openssl pkey -pubin -in "$W/keys/ni.pub" -outform DER | base64 -w0) National Institute"; sed 1d "$made/trust.txt"; } >"$W/trust"

# tracing: the mirror's documents are found by their hash, as what is named and as parents
# the institute's certificate is named by the laboratory's alone: it comes as well; nothing of a source's other files is kept
$ mv "$r/documents/$ni" "$W/ni.xml" && sed 's/Ada/Eve/' "$W/ni.xml" >"$r/documents/$ni" && truncate -s 100 "$r/documents/$dev"
P cal sync --json --trust "$W/trust" "$r" "$m"
out: "documents": 1, "documents_missing": 2
err: the source does not have 2 certificates
$ [ "$(ls "$m/documents" | sort)" = "$(printf '%s\n' "$lab" wanted | sort)" ] && [ "$(sort "$m/documents/wanted")" = "$(printf '%s\n' "$ni" "$dev" | sort)" ]
$ cp "$W/ni.xml" "$r/documents/$ni" && cp "$made/chain/device.xml" "$r/documents/$dev"
P cal sync --json "$r" "$m"
out: "documents": 2, "documents_missing": 0
$ [ ! -e "$m/documents/wanted" ] && diff -r "$r/documents" "$m/documents"
P cal sync --json --trust "$W/trust" "$m" "$W/m2"
out: "documents": 3, "documents_missing": 0
$ cp -r "$m" "$W/as-it-was"
P cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
out: TRACEABLE: Acme T1 D-1
out: Acme T1 L-1  LAB-1
out: Acme T1 S-1  NI-1
out: holds      The certificate that it names says the same [cal.document, C1]: 1 of 1
$ diff -r "$m/documents" "$W/as-it-was/documents" && diff -r "$m/log" "$W/as-it-was/log"

# evidence takes the certificates along that the trace has read, and shows the same without the mirror
$ at=$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)
P cal evidence --registry "$m" --trust "$W/trust" --at "$at" --output "$W/e" "Acme T1 D-1"
$ [ "$(sed -n 's/^document \([0-9a-f]*\) .*/\1/p' "$W/e")" = "$(printf '%s\n' "$lab" "$dev" "$ni" | sort)" ]
$ mkdir "$W/alone" && cp "$W/e" "$W/trust" "$W/alone"
P cal trace --evidence "$W/alone/e" --trust "$W/alone/trust" "Acme T1 D-1"
out: TRACEABLE: Acme T1 D-1
out: Acme T1 S-1  NI-1
out: holds      The certificate that it names says the same [cal.document, C1]: 1 of 1
P cal evidence --registry "$m" --trust "$W/trust" --at "$at" --complete --output "$W/complete" "Acme T1 D-1"
P cal trace --evidence "$W/complete" --trust "$W/trust" "Acme T1 D-1"
out: TRACEABLE
$ "$labseal" cal trace --json --evidence "$W/complete" --trust "$W/trust" "Acme T1 D-1" >"$W/of-evidence" && "$labseal" cal trace --json --registry "$m" --trust "$W/trust" --at "$at" "Acme T1 D-1" >"$W/of-mirror" && [ "$(jq -S '[.verdict, .links, [.checks[] | select(.check != "cal.freshness")]]' "$W/of-evidence")" = "$(jq -S '[.verdict, .links, [.checks[] | select(.check != "cal.freshness")]]' "$W/of-mirror")" ]
# a certificate of it altered, cut, twice, or left out
$ sed 's/Ada Example/Eve Example/' "$W/e" >"$W/altered"
N 1 cal trace --evidence "$W/altered" --trust "$W/trust" "Acme T1 D-1"
err: a certificate in it does not have the SHA-256
$ head -c -1 "$W/e" >"$W/cut"
N 1 cal trace --evidence "$W/cut" --trust "$W/trust" "Acme T1 D-1"
err: a certificate in it is cut short
$ { cat "$W/e"; printf 'record 1\nx\n'; } >"$W/behind"
N 1 cal trace --evidence "$W/behind" --trust "$W/trust" "Acme T1 D-1"
err: something is behind the last one
$ python3 tests/tools/evidence_without.py "$W/e" "uniqueIdentifier>LAB-1<" "$W/without" document
N 3 cal trace --evidence "$W/without" --trust "$W/trust" "Acme T1 D-1"
out: CANNOT BE SHOWN
$ "$BUILD/tests/tools/mutate_calibration" evidence "$W/e" "$W/trust" "$at" "Acme T1 D-1" 503

# an altered one is named as the registry names it, wherever the mirror lies
$ sed -i 's/Ada/Eve/' "$m/documents/$dev"
N 3 cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
out: CANNOT BE SHOWN
out: 'documents/
out: the file does not have the SHA-256 that is its name: it was altered
$ "$labseal" cal trace --json --registry "$m" --trust "$W/trust" --at 2026-01-01 "Acme T1 D-1" >"$W/1.json"; "$labseal" cal trace --json --registry "$m" --trust "$W/trust" "Acme T1 D-1" >"$W/1.json"; ! grep -F "$W" "$W/1.json" && grep -q "documents/$dev" "$W/1.json"
$ echo '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' >"$m/documents/$dev"
N 3 cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
out: document type declaration
$ rm "$m/documents/$dev" && mkdir "$m/documents/$dev"
N 3 cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
out: CANNOT BE SHOWN
out: is not a regular file
$ rmdir "$m/documents/$dev"

# one that is not here is told in words, since whoever hands the mirror on may have kept it back; the trust file may want it
P cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
out: 2 warn
out: warning    The certificate that it names says the same [cal.document, C1]: 0 of 1
out: link 1: the certificate that it names is not here, so whether it says the same was not looked at
$ "$labseal" cal trace --json --registry "$m" --trust "$W/trust" "Acme T1 D-1" | jq -e '.checks[] | select(.check == "cal.document") | .outcome == "warns" and (.advice | contains("labseal cal sync"))'
$ sed '/^severity cal.scope/i severity cal.document cannot' "$W/trust" >"$W/wants"
N 3 cal trace --registry "$m" --trust "$W/wants" "Acme T1 D-1"
out: CANNOT BE SHOWN
out: the certificate that it names is not here
# a parent that is not here cannot be shown, nor one that was altered
$ cp "$r/documents/$dev" "$m/documents/$dev" && sed -i 's/Ada/Eve/' "$m/documents/$lab"
N 3 cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
out: CANNOT BE SHOWN
$ rm "$m/documents/$lab"
N 3 cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
out: CANNOT BE SHOWN
$ mv "$m/documents" "$W/aside" && echo >"$m/documents"
N 3 cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
err: documents': Not a directory
$ rm "$m/documents"
N 3 cal trace --registry "$m" --trust "$W/trust" "Acme T1 D-1"
out: CANNOT BE SHOWN
