# SPDX-License-Identifier: Apache-2.0
# A person signs a result with a key in a file or in a token, and hands it in; whose signatures count.
requires: labseal-audit labseal-countersign openssl jq

$ "$BUILD/tests/tools/make_share" --results 2 --events 1 "$W/lab"
$ result=$W/lab/share/results/2026/000001-plate1.eds event=$(echo "$W"/lab/share/events/2026/*)
$ openssl ecparam -genkey -name prime256v1 -noout -out "$W/ca.key" && openssl req -x509 -new -key "$W/ca.key" -subj '/CN=Staff CA' -days 30 -out "$W/ca.pem"
# person NAME SUBJECT DAYS MORE: NAME.key and NAME.pem
$ person() { openssl ecparam -genkey -name "${CURVE:-prime256v1}" -noout -out "$W/$1.key" && openssl req -new -key "$W/$1.key" -subj "$2" -out "$W/$1.csr" && printf 'keyUsage = digitalSignature, nonRepudiation\n' > "$W/ext" && openssl x509 -req -in "$W/$1.csr" -CA "$W/ca.pem" -CAkey "$W/ca.key" -CAcreateserial -days "$3" -extfile "$W/ext" -out "$W/$1.pem"; }
$ person ada '/O=Lab/CN=Ada Lovelace' 30 && person bob '/O=Lab/CN=Bob' 30 && CURVE=brainpoolP256r1 person big '/CN=Big' 30 && person nameless '/O=Lab' 30
$ sign="countersign --yes --meaning review --certificate $W/ada.pem --key $W/ada.key"

# what is missing is asked for by name
N 2 countersign "$result"
err: what does it mean? Say --meaning review, approval, responsibility or authorship
N 2 countersign --meaning disapproval --certificate "$W/ada.pem" --key "$W/ada.key" --output "$W/x" "$result"
err: what does it mean?
N 2 countersign --meaning review "$result"
err: who signs? Say --certificate FILE
N 2 countersign --meaning review --certificate "$W/ada.pem" "$result"
err: which key? Say --key FILE, or a token's URI
N 2 countersign --meaning review --certificate "$W/ada.pem" --key "$W/ada.key" "$result"
err: where to? Say --output FILE
N 2 countersign --hand-in "$W/x" --meaning review "$W/p.yaml"
err: sign, or hand in?

# a person signs what is shown
P $sign --output "$W/ada.countersign" "$result"
out: # labseal/countersignature/v1
out: # instrument 7500-01
out: # seal 1
out: # meaning review
out: # name Ada Lovelace
out: certificate CN=Ada Lovelace,O=Lab
out: written     $W/ada.countersign
$ jq -j .statement "$W/ada.countersign" > "$result/statement" && (cd "$result" && sha256sum --check --strict --status statement) && jq -r .signature "$W/ada.countersign" | base64 -d > "$W/sig"
$ openssl cms -verify -binary -inform DER -in "$W/sig" -content "$result/statement" -purpose any -CAfile "$W/ca.pem" -out /dev/null; rm "$result/statement"
N 4 $sign --output "$W/ada.countersign" "$result"
err: ada.countersign'
N 4 countersign --meaning review --certificate "$W/ada.pem" --key "$W/ada.key" --output "$W/x" "$result"
err: say --yes

# the passphrase is asked for on the terminal and not shown
$ openssl pkcs8 -topk8 -in "$W/ada.key" -passout 'pass:open sesame' -out "$W/locked.key"
$ python3 tests/command/pty.py 0 'sign this? [y/N] =y' "locked.key': =~open sesame" '=written' -- "$labseal" countersign --meaning approval --certificate "$W/ada.pem" --key "$W/locked.key" --output "$W/typed" "$result"
$ jq -e '.statement | contains("# meaning approval\n")' "$W/typed"

# a certificate as a laboratory's CA gives it: RSA, by a CA below the one that is trusted (docs/formats/countersignature.md)
$ openssl genrsa -out "$W/between.key" 2048 && openssl req -new -key "$W/between.key" -subj '/O=Lab/CN=Issuing CA' -out "$W/between.csr" && printf 'basicConstraints = critical, CA:TRUE, pathlen:0\nkeyUsage = critical, keyCertSign\n' > "$W/ext" && openssl x509 -req -in "$W/between.csr" -CA "$W/ca.pem" -CAkey "$W/ca.key" -CAcreateserial -days 30 -extfile "$W/ext" -out "$W/issuing.pem"
# below NAME COMMAND...: NAME.key by that command, and NAME.pem by the issuing CA
$ below() { local name=$1; shift; "$@" -out "$W/$name.key" && openssl req -new -key "$W/$name.key" -subj "/O=Lab/CN=Grace Hopper" -out "$W/$name.csr" && printf 'keyUsage = critical, nonRepudiation\nextendedKeyUsage = emailProtection\n' > "$W/ext" && openssl x509 -req -in "$W/$name.csr" -CA "$W/issuing.pem" -CAkey "$W/between.key" -CAcreateserial -days 30 -extfile "$W/ext" -out "$W/$name.pem"; }
$ below grace openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 && below curve openssl ecparam -genkey -noout -name secp384r1 && below weak openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 && cat "$W/grace.pem" "$W/issuing.pem" "$W/ca.pem" > "$W/all.pem"
$ by="countersign --yes --meaning approval"
P $by --certificate "$W/grace.pem" --chain "$W/issuing.pem" --key "$W/grace.key" --output "$W/grace.countersign" "$result"
out: # name Grace Hopper
P $by --certificate "$W/all.pem" --key "$W/grace.key" --output "$W/all.countersign" "$result"
P $by --certificate "$W/curve.pem" --chain "$W/issuing.pem" --key "$W/curve.key" --output "$W/curve.countersign" "$result"
$ stock() { jq -j .statement "$1" > "$W/statement" && jq -r .signature "$1" | base64 -d > "$W/sig" && openssl cms -verify -binary -inform DER -in "$W/sig" -content "$W/statement" -CAfile "$2" -purpose any ${3:-} -out /dev/null; }
$ stock "$W/grace.countersign" "$W/ca.pem" && stock "$W/all.countersign" "$W/ca.pem" && stock "$W/curve.countersign" "$W/ca.pem" && stock "$W/curve.countersign" "$W/issuing.pem" -partial_chain
N 1 $by --certificate "$W/weak.pem" --key "$W/weak.key" --output "$W/x" "$result"
err: the certificate's RSA key has 1024 bits, and 2048 to 8192 are what counts
N 1 $by --certificate "$W/grace.pem" --key "$W/curve.key" --output "$W/x" "$result"
err: is not of the signing key
$ for i in 1 2 3 4; do cat "$W/issuing.pem"; done > "$W/long.pem"
N 1 $by --certificate "$W/grace.pem" --chain "$W/long.pem" --key "$W/grace.key" --output "$W/x" "$result"
err: there are more than 4 certificates
N 1 $by --certificate "$W/grace.pem" --chain "$W/grace.key" --key "$W/grace.key" --output "$W/x" "$result"
err: it holds no PEM certificate
P $by --certificate "$W/grace.pem" --key "$W/grace.key" --output "$W/short.countersign" "$result"

# what is not to be signed
N 1 $sign --output "$W/x" "$event"
err: this is an event, and results are what persons sign
N 3 $sign --output "$W/x" "$W/nowhere"
err: cannot open the result's folder '$W/nowhere'
N 3 $sign --output "$W/x" "$W/lab/share"
err: manifest.sha256
$ cp -r "$result" "$W/changed" && chmod -R u+w "$W/changed" && printf x >> "$W/changed/original/plate1.eds"
N 1 $sign --output "$W/x" "$W/changed"
err: 'original/plate1.eds' is not the file that was sealed; do not sign this result
$ rm "$W/changed/original/plate1.eds" && ln -s /etc/passwd "$W/changed/original/plate1.eds"
N 4 $sign --output "$W/x" "$W/changed"
err: cannot read the result's file 'original/plate1.eds'

# nor with these
N 1 countersign --yes --meaning review --certificate "$W/bob.pem" --key "$W/ada.key" --output "$W/x" "$result"
err: is not of the signing key
N 1 countersign --yes --meaning review --certificate "$W/ca.pem" --key "$W/ca.key" --output "$W/x" "$result"
err: it is a CA's, or its key usage allows no signatures
N 1 countersign --yes --meaning review --certificate "$W/big.pem" --key "$W/big.key" --output "$W/x" "$result"
err: is on the curve brainpoolP256r1, and P-256, P-384 and P-521 are what counts
N 1 countersign --yes --meaning review --certificate "$W/nameless.pem" --key "$W/nameless.key" --output "$W/x" "$result"
err: its subject has no common name
N 3 countersign --yes --meaning review --certificate "$W/none.pem" --key "$W/ada.key" --output "$W/x" "$result"
err: none.pem'
$ [ ! -e "$W/x" ]

# whose signatures count is what the state folder says, and the trust file
$ echo kernel > "$W/k"; echo initrd > "$W/i"
$ printf 'version: 1\ninstrument: {id: 7500-01}\nstate: %s\nvm: {connection: "qemu:///embed", type: tcg, cpu: qemu64, display: none, boot: {kernel: %s/k, initrd: %s/i}}\nsigning: {key: file}\npublish: {share: %s}\ndevelopment: true\n' "$W/state" "$W" "$W" "$W/share" > "$W/p.yaml"
P provision "$W/p.yaml"
P trust --person-ca "$W/ca.pem" --output "$W/trust.txt" "$W/p.yaml"
$ "$labseal" trust --json "$W/p.yaml" | jq -e --arg ca "$(openssl x509 -in "$W/ca.pem" -outform DER | sha256sum | cut -c 1-64)" '.person_cas == [$ca]'
$ sed -n 's/^person-ca //p' "$W/trust.txt" | base64 -d | cmp - <(openssl x509 -in "$W/ca.pem" -outform DER) && grep -q '^person-ca ' "$W/state/trust.txt"
N 4 trust --person-ca "$W/ca.pem" "$W/p.yaml"
err: this person CA is there already
N 1 trust --person-ca "$W/ada.pem" "$W/p.yaml"
err: it is no CA's
N 1 trust --person-ca "$W/state/keys/ca.cert.pem" "$W/p.yaml"
err: this is the CA that certifies the instrument; persons need one of their own
P trust --revoke "$W/bob.pem" --output "$W/trust.txt" "$W/p.yaml"
$ grep -q "^person-revoked $(openssl x509 -in "$W/bob.pem" -outform DER | sha256sum | cut -c 1-64) 20" "$W/trust.txt"
N 4 trust --revoke "$W/bob.pem" "$W/p.yaml"
err: revoked already

# handed in, as bytes, once
P countersign --hand-in "$W/ada.countersign" "$W/p.yaml"
out: handed in   $W/state/countersign/
P countersign --hand-in "$W/ada.countersign" "$W/p.yaml"
$ [ "$(ls "$W/state/countersign")" = "$(sha256sum < "$W/ada.countersign" | cut -c 1-16).countersign" ]
$ head -c 28673 /dev/zero > "$W/large"
N 4 countersign --hand-in "$W/large" "$W/p.yaml"
err: large'
N 3 countersign --hand-in "$W/none" "$W/p.yaml"
err: none'

# the process that looks at it: what is to be sealed, or why not
$ judge() { "$BUILD/labseal-countersign" --instrument "${2:-7500-01}" --development 3< "$1" 4< "$W/lab/share" 5> "$W/answer" 6< "$W/state/persons.txt"; }
$ judge "$W/ada.countersign" && cmp "$W/answer" "$W/ada.countersign"
$ says() { local status=0; judge "$1" "${3:-}" || status=$?; [ $status -eq 1 ] && grep -qF -- "$2" "$W/answer"; }
P countersign --yes --meaning review --certificate "$W/bob.pem" --key "$W/bob.key" --output "$W/bob.countersign" "$result"
$ says "$W/bob.countersign" 'was revoked at 20'
$ judge "$W/grace.countersign" && cmp "$W/answer" "$W/grace.countersign" && judge "$W/all.countersign" && judge "$W/curve.countersign"
$ says "$W/short.countersign" "the certificate of the issuer 'CN=Issuing CA,O=Lab' is neither in the signature (labseal countersign --chain) nor in the trust file"
$ says "$W/ada.countersign" "it is of instrument '7500-01', not of 'other'" other
$ says "$W/large" 'it is larger than 28672 bytes'
$ says "$W/p.yaml" 'this is no countersignature of labseal'
$ ! "$BUILD/labseal-countersign" --instrument a --development 3< "$W/ada.countersign" 4< "$W/p.yaml" 5> "$W/answer"
# a CA between the person and the trust file's that is revoked takes its persons with it
P trust --revoke "$W/issuing.pem" "$W/p.yaml"
$ says "$W/grace.countersign" "the certificate 'CN=Issuing CA,O=Lab', by which 'CN=Grace Hopper,O=Lab' is certified, was revoked at 20"
