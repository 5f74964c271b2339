# SPDX-License-Identifier: Apache-2.0
# Keys in a PKCS#11 token: the signing key, provisioned with its PIN sealed or in a file, and the policy authority's.
requires: labseald labseal-enclave swtpm softhsm2-util pkcs11-tool strace

$ echo kernel > "$W/k"; echo initrd > "$W/i"; mkdir "$W/tokens"
$ printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$W" > "$W/softhsm2.conf"
$ export SOFTHSM2_CONF=$W/softhsm2.conf module=/usr/lib/softhsm/libsofthsm2.so
$ token() { softhsm2-util --init-token --free --label "$1" --so-pin 00000000 --pin "$2"; }
$ p11() { pkcs11-tool --module "$module" --token-label "$1" --login --pin "$2" "${@:3}"; }
$ token lab 482913 && token offline 1234
$ pin() { (umask 077 && echo "$2" > "$W/$1"); }
$ pin pin 482913; pin offline.pin 1234; pin wrong.pin 0000; pin wide.pin 482913; chmod 640 "$W/wide.pin"
# policy NAME TPM TOKEN MORE
$ policy() { printf 'version: 1\ninstrument: {id: t-1}\nstate: %s\nvm: {connection: "qemu:///embed", type: tcg, cpu: qemu64, display: none, boot: {kernel: %s/k, initrd: %s/i}}\nsigning: {key: pkcs11, tpm: %s, pkcs11: {module: %s, variable: SOFTHSM2_CONF, configuration: %s, folder: %s/tokens, token: %s%s}}\npublish: {share: %s}\ndevelopment: true\n' "$W/$1" "$W" "$W" "$2" "$module" "$SOFTHSM2_CONF" "$W" "$3" "$4" "$W/share-$1" > "$W/$1.yaml"; }
$ policy sealed embedded lab ''
$ policy plain none lab ", label: plain, pin-file: $W/pin"
$ policy missing none elsewhere ", pin-file: $W/pin"
$ policy wide none lab ", label: w, pin-file: $W/wide.pin"
$ policy bad none lab ", label: b, pin-file: $W/wrong.pin"

# what cannot be is refused, and nothing is half made in the token
P check "$W/sealed.yaml"
N 3 provision "$W/missing.yaml"
err: has no token 'elsewhere': there is '
N 3 provision "$W/wide.yaml"
err: others may read or write the PIN file '$W/wide.pin' (mode 0640)
N 1 provision "$W/bad.yaml"
err: token 'lab': the PIN is wrong
N 1 provision "$W/sealed.yaml"
err: the token 'lab' needs its PIN and there is no terminal to ask on; say --pin-file FILE
N 1 provision --pin-file "$W/wrong.pin" "$W/sealed.yaml"
err: token 'lab': the PIN is wrong
$ ! p11 lab 482913 --list-objects | grep -q label

# the PIN is sealed by the TPM, also beside a key that libp11 stumbles over
$ p11 lab 482913 --keypairgen --key-type EC:edwards25519 --label beside
P provision --dry-run "$W/sealed.yaml"
out: would make  keys/signing-key.pub.pem
out: dry run: nothing was changed
P provision --pin-file "$W/pin" "$W/sealed.yaml"
out: made        keys/signing-key.pin
out: made        keys/signing-key.pub.pem
out: made        approvals/0001.json
out: provisioned
$ grep -qx 'software HSM, PIN sealed to the approved state by a software TPM' "$W/sealed/keys/signing-key.kind"
$ [ "$(stat -c %a "$W/sealed/keys/signing-key.pin")" = 600 ] && ! grep -q 482913 -r "$W/sealed"
$ grep -q "$module" "$W/sealed/approvals/0001.events.jsonl" && grep -q "$W/softhsm2.conf" "$W/sealed/approvals/0001.events.jsonl"
$ p11 lab 482913 --list-objects --type privkey | grep -A9 labseal-t-1 > "$W/key"; grep -q 'sensitive, always sensitive, never extractable, local' "$W/key" && grep -qE 'Usage: *sign$' "$W/key"
P provision "$W/sealed.yaml"
out: is there    keys/signing-key.pin
out: provisioned already; nothing was changed
P trust "$W/sealed.yaml"
out: key-kind software HSM, PIN sealed to the approved state by a software TPM
out: attestation-key
out: approved 1

# a PIN that was changed is sealed anew; a run that ended in between goes on; another key is never taken
$ rm "$W/sealed/keys/signing-key.pin"; cp "$W/sealed/keys/signing-key.pub.pem" "$W/public"
P provision --pin-file "$W/pin" "$W/sealed.yaml"
out: made        keys/signing-key.pin
$ rm "$W/sealed/keys/signing-key.pub.pem"
P provision --pin-file "$W/pin" "$W/sealed.yaml"
out: made        keys/signing-key.pub.pem
$ cmp "$W/public" "$W/sealed/keys/signing-key.pub.pem"
$ rm "$W/sealed/keys/signing-key.pin"; p11 lab 482913 --delete-object --type privkey --label labseal-t-1
N 3 provision --pin-file "$W/pin" "$W/sealed.yaml"
err: there is no private key 'labseal-t-1' in the token 'lab'

# the Ed25519 key beside it lies in the same token
$ policy both none lab ", label: both, pin-file: $W/pin"; sed -i 's|key: pkcs11|key: pkcs11, ed25519: true|' "$W/both.yaml"
P provision "$W/both.yaml"
out: made        keys/log-ed25519.pub
P provision "$W/both.yaml"
out: is there    keys/log-ed25519.pub
out: provisioned already; nothing was changed
P trust "$W/both.yaml"
out: software HSM
$ p11 lab 482913 --list-objects --type privkey | grep -q 'label: *both-ed25519$'
$ rm "$W/both/keys/log-ed25519.pub"; cp "$W/both/trust.txt" "$W/both.txt"
P provision "$W/both.yaml"
out: made        keys/log-ed25519.pub
$ cmp "$W/both/trust.txt" "$W/both.txt"

# without a TPM, from a file that is root's alone; the words say that nothing is measured
P provision "$W/plain.yaml"
out: made        keys/signing-key.pub.pem
no-out: signing-key.pin
no-out: TPM 0x
P trust "$W/plain.yaml"
out: key-kind software HSM, no measurement
no-out: approved 1
$ [ ! -e "$W/plain/tpm" ]

# ended at the moment in which the kind, the sealed PIN or the public key is written, it goes on with the same key
$ policy killed embedded lab ', label: killed'
$ kill_at() { strace -o "$W/trace" -e trace=renameat -e inject=renameat:signal=SIGKILL:when=$1 "$labseal" provision --pin-file "$W/pin" "$W/killed.yaml"; tail -n 2 "$W/trace" | grep -q "$2"; }
$ keys_called() { p11 lab 482913 --list-objects --type privkey | grep -c "label: *$1\$"; }
$ kill_at 8 signing-key.kind && kill_at 2 signing-key.pin && kill_at 3 signing-key.pub
$ [ "$(keys_called killed)" -eq 1 ] && [ ! -e "$W/killed/keys/signing-key.pub.pem" ]
P provision --pin-file "$W/pin" "$W/killed.yaml"
out: made        keys/signing-key.pub.pem
$ [ "$(keys_called killed)" -eq 1 ]

# a key that labseal did not make is held to what one of its own is
$ p11 lab 482913 --keypairgen --key-type EC:prime256v1 --label loose --usage-sign --sensitive
$ policy loose none lab ", label: loose, pin-file: $W/pin"
$ policy edwards none lab ", label: beside, pin-file: $W/pin"
N 1 provision "$W/loose.yaml"
err: the key 'loose' in the token 'lab' has not CKA_
N 1 provision "$W/edwards.yaml"
err: the key 'beside' in the token 'lab' is an Edwards key (Ed25519)

# the policy authority's key in a token: made once, asked for by a URI without a PIN
$ offline="pkcs11:token=offline;object=authority?module-path=$module"
N 1 authority init --pin-file "$W/offline.pin" "pkcs11:token=offline"
err: no 'module-path' that is absolute
N 1 authority init "pkcs11:token=offline;object=a?module-path=$module&pin-value=1234"
err: the PIN does not belong into the URI
N 1 authority init "$offline"
err: there is no terminal to ask on; say --pin-file FILE
N 3 authority init --pin-file "$W/offline.pin" "pkcs11:token=other;object=a?module-path=$module"
err: has no token 'other'
N 1 authority init --pin-file "$W/wrong.pin" "$offline"
err: the PIN is wrong
P authority init --pin-file "$W/offline.pin" "$offline"
out: made        pkcs11:token=offline
err: keep it offline
N 4 authority init --pin-file "$W/offline.pin" "$offline"
err: there is a private key 'authority' in the token 'offline' already

# it approves at provisioning, later, and for another machine
$ policy far embedded lab ', label: far'
P provision --authority "$offline" --authority-pin-file "$W/offline.pin" --pin-file "$W/pin" "$W/far.yaml"
out: made        approvals/0001.json
no-out: authority.key.pem
$ echo '# changed' >> "$W/far.yaml"
N 1 approve --yes "$W/far.yaml"
err: the policy authority's key is not here
P approve --yes --authority "$offline" --pin-file "$W/offline.pin" "$W/far.yaml"
out: approved    approvals/0002.json
$ echo '# changed again' >> "$W/far.yaml"
P approve --request "$W/request" "$W/far.yaml"
N 1 authority sign --key "$offline" --pin-file "$W/wrong.pin" --yes "$W/request"
err: the PIN is wrong
P authority sign --key "$offline" --pin-file "$W/offline.pin" --yes "$W/request"
out: signed
P approve --signed "$W/request" "$W/far.yaml"
out: approved    approvals/0003.json
$ openssl pkey -pubin -in "$W/far/keys/authority.pub.pem" -noout

# a person's key in a token
$ openssl ecparam -genkey -name prime256v1 -noout -out "$W/staff.key" && openssl req -x509 -new -key "$W/staff.key" -subj '/CN=Staff CA' -days 2 -out "$W/staff.pem"
$ openssl req -new -key "$W/staff.key" -subj '/CN=Ada Lovelace' -out "$W/ada.csr" && openssl x509 -req -in "$W/ada.csr" -force_pubkey "$W/far/keys/authority.pub.pem" -CA "$W/staff.pem" -CAkey "$W/staff.key" -CAcreateserial -days 1 -out "$W/ada.pem"
$ "$BUILD/tests/tools/make_share" --results 1 --events 1 "$W/lab"; result=$W/lab/share/results/2026/000002-plate2.eds; [ -d "$result" ] || result=$W/lab/share/results/2026/000001-plate1.eds
P countersign --yes --meaning responsibility --certificate "$W/ada.pem" --key "$offline" --pin-file "$W/offline.pin" --output "$W/ada.countersign" "$result"
out: # name Ada Lovelace
$ jq -j .statement "$W/ada.countersign" > "$W/statement" && jq -r .signature "$W/ada.countersign" | base64 -d > "$W/sig" && openssl cms -verify -binary -inform DER -in "$W/sig" -content "$W/statement" -purpose any -CAfile "$W/staff.pem" -out /dev/null
$ openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$W/rsa.key" && softhsm2-util --import "$W/rsa.key" --token offline --label rsa --id 77 --pin "$(cat "$W/offline.pin")"
N 1 countersign --yes --meaning review --certificate "$W/ada.pem" --key "${offline/object=*\?/object=rsa?}" --pin-file "$W/offline.pin" --output "$W/x" "$result"
err: RSA, P-384 and P-521 work from a file: the key 'rsa' in the token 'offline' is an RSA key
N 1 countersign --yes --meaning review --certificate "$W/ada.pem" --key "$offline" --pin-file "$W/wrong.pin" --output "$W/x" "$result"
err: token 'offline': the PIN is wrong
N 1 countersign --yes --meaning review --certificate "$W/ada.pem" --key "$offline&pin-value=1234" --output "$W/x" "$result"
err: the PIN does not belong into the URI
