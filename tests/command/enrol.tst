# SPDX-License-Identifier: Apache-2.0
# Enrolment: step by step with the CA elsewhere, all at once, and what each side refuses (host/command/enrol_test.c has more).
requires: labseald labseal-enclave swtpm

$ echo kernel > "$W/k"
$ policy() { printf 'version: 1\ninstrument: {id: t-1}\nstate: %s\nvm: {connection: "qemu:///embed", type: tcg, cpu: qemu64, display: none, boot: {kernel: %s/k}}\nsigning: {key: %s}\npublish: {share: %s}\ndevelopment: true\n' "$W/$1" "$W" "$2" "$W/share-$1"; }
$ policy state tpm > "$W/p.yaml"; policy plain file > "$W/plain.yaml"

# the words
N 2 enrol
err: which policy?
N 2 enrol "$W/p.yaml"
err: where is the CA's key? Say --ca FOLDER
N 2 enrol request "$W/p.yaml"
err: where to? Say --output FILE
N 2 enrol activate --output "$W/x" "$W/p.yaml"
err: which challenge? Say --challenge FILE
N 2 enrol install "$W/p.yaml"
err: which certificate? Say --certificate FILE
N 2 enrol issue --ca "$W" --accept-unproven --output "$W/x" "$W/x"
err: there is no option '--accept-unproven'
N 2 enrol challenge --ca "$W" --output "$W/x"
err: which request?
P help enrol
out: challenge --ca FOLDER

# before anything is there
N 3 enrol request --output "$W/request" "$W/p.yaml"
err: cannot open the state folder
P provision "$W/plain.yaml"
no-out: attestation-key.cert.pem
N 1 enrol request --output "$W/request" "$W/plain.yaml"
err: there is no TPM to enrol

# provisioning enrols a software TPM of its own with the CA it made, and says which it is
P provision --dry-run "$W/p.yaml"
out: would make  keys/attestation-key.cert.pem
P provision "$W/p.yaml"
out: made        keys/attestation-key.cert.pem       the attestation key's certificate (a software TPM)
$ openssl verify -CAfile "$W/state/keys/ca.cert.pem" "$W/state/keys/attestation-key.cert.pem"
$ ! openssl verify -purpose smimesign -CAfile "$W/state/keys/ca.cert.pem" "$W/state/keys/attestation-key.cert.pem"
$ openssl x509 -in "$W/state/keys/attestation-key.cert.pem" -noout -text > "$W/text"; grep -q '2.23.133.8.3' "$W/text" && grep -q "labseal-enrolment/v1 $(sha256sum < "$W/state/keys/endorsement-key.public" | cut -c 1-64) software" "$W/text"
$ [ -z "$(find "$W/state/keys/enrolments" -name secret)" ]
P provision "$W/p.yaml"
out: is there    keys/attestation-key.cert.pem
out: provisioned already; nothing was changed

# the CA's key is taken to another machine: its folder, and nothing of the instrument
$ mkdir "$W/ca"; mv "$W/state/keys/ca.key.pem" "$W/ca"; cp "$W/state/keys/ca.cert.pem" "$W/ca"; rm -r "$W/state/keys/enrolments"
P enrol request --output "$W/request" "$W/p.yaml"
out: request     $(sha256sum < $W/request | cut -c 1-64)
out: labseal enrol challenge --ca FOLDER
N 1 enrol challenge --ca "$W/ca" --output "$W/challenge" "$W/request"
out: instrument  t-1
out: TPM         a software TPM, which can be copied
err: nothing proves that this is a TPM of a manufacturer: it says itself that it is a software TPM, which can be copied; say --accept-unproven
$ [ ! -e "$W/challenge" ] && [ -z "$(find "$W/ca" -name secret)" ]
P enrol challenge --ca "$W/ca" --accept-unproven --output "$W/challenge" "$W/request"
out: EK          $(sha256sum < $W/state/keys/endorsement-key.public | cut -c 1-64)
out: AK          $(sha256sum < $W/state/keys/attestation-key.public | cut -c 1-64)
$ [ "$(stat -c %a "$W/ca/enrolments" "$W"/ca/enrolments/*/secret | tr '\n' ' ')" = '700 600 ' ]
P enrol activate --challenge "$W/challenge" --output "$W/response" "$W/p.yaml"
out: labseal enrol issue --ca FOLDER
P enrol issue --ca "$W/ca" --output "$W/ak.pem" "$W/response"
out: labseal enrol install --certificate
P enrol install --certificate "$W/ak.pem" "$W/p.yaml"
out: enrolled    CN=labseal AK t-1
out: TPM         a software TPM, which can be copied
out: gets onto the share with labseald's next start
$ cmp "$W/ak.pem" "$W/state/keys/attestation-key.cert.pem"
P provision "$W/p.yaml"
out: provisioned already; nothing was changed

# each is refused with what is wrong, and nothing is changed
$ keep "$W/state/keys/attestation-key.cert.pem"; cat "$W/request" > "$W/trailing"; echo >> "$W/trailing"
N 1 enrol challenge --ca "$W/ca" --accept-unproven --output "$W/x" "$W/trailing"
err: '$W/trailing': it is no whole enrolment request, or something follows it
N 1 enrol challenge --ca "$W/ca" --accept-unproven --output "$W/x" "$W/request"
err: this request was answered already
N 1 enrol issue --ca "$W/ca" --output "$W/x" "$W/response"
err: this request was answered already: its certificate is 'enrolments/
N 3 enrol activate --challenge "$W/challenge" --output "$W/x" "$W/p.yaml"
err: no request is open here
P enrol request --output "$W/request2" "$W/p.yaml"
N 1 enrol activate --challenge "$W/challenge" --output "$W/x" "$W/p.yaml"
err: the challenge is for another request than the one that was made here last
P enrol challenge --ca "$W/ca" --accept-unproven --output "$W/challenge2" "$W/request2"
$ python3 -c 'import base64,sys; l=open(sys.argv[1]).read().split("\n"); b=bytearray(base64.b64decode(l[3].split()[1])); b[-1]^=1; l[3]="credential "+base64.b64encode(b).decode(); open(sys.argv[2],"w").write("\n".join(l))' "$W/challenge2" "$W/altered"
N 1 enrol activate --challenge "$W/altered" --output "$W/x" "$W/p.yaml"
err: the credential was altered, or was made for another attestation key than this TPM's
err: 0x1df
P enrol activate --challenge "$W/challenge2" --output "$W/response2" "$W/p.yaml"
$ sed 's/^proof ..../proof 0000/' "$W/response2" > "$W/forged"
N 1 enrol issue --ca "$W/ca" --output "$W/x" "$W/forged"
err: it does not show the challenge's secret
$ sed "s/^request .*/request $(sha256sum < "$W/k" | cut -c 1-64)/" "$W/response2" > "$W/forged"
N 1 enrol issue --ca "$W/ca" --output "$W/x" "$W/forged"
err: no challenge of this CA is open for the request
N 1 enrol install --certificate "$W/state/keys/signer.cert.pem" "$W/p.yaml"
err: it is no attestation key's certificate
N 3 enrol issue --ca "$W" --output "$W/x" "$W/response2"
err: there is no 'ca.key.pem' in '$W'
N 3 enrol challenge --ca "$W/ca" --ek-roots "$W/none.pem" --accept-unproven --output "$W/x" "$W/request2"
err: none.pem
$ [ ! -e "$W/x" ]
P enrol issue --ca "$W/ca" --output "$W/ak2.pem" "$W/response2"
same: $W/state/keys/attestation-key.cert.pem

# another instrument's certificate; and one that is there already is not overwritten
$ policy other tpm > "$W/other.yaml"; "$labseal" provision "$W/other.yaml"
N 1 enrol install --certificate "$W/other/keys/attestation-key.cert.pem" "$W/p.yaml"
err: the certificate is for another attestation key than this TPM's
$ cp "$W/ak2.pem" "$W/ak2.kept"; cp "$W/other/keys/attestation-key.cert.pem" "$W/state/keys/attestation-key.cert.pem"
N 1 enrol install --certificate "$W/ak2.pem" "$W/p.yaml"
err: there is a certificate already, and not this key's
N 1 provision "$W/p.yaml"
err: 'keys/attestation-key.cert.pem': the certificate is for another attestation key than this TPM's

# all at once, and while another holds the state
$ rm "$W/state/keys/attestation-key.cert.pem"
P provision "$W/p.yaml"
out: missing     keys/attestation-key.cert.pem
out: see 'labseal enrol'
out: made        trust.txt
P provision "$W/p.yaml"
out: provisioned already; nothing was changed
N 1 enrol --ca "$W/ca" "$W/p.yaml"
err: --accept-unproven
P enrol --ca "$W/ca" --accept-unproven "$W/p.yaml"
out: AK          $(sha256sum < $W/state/keys/attestation-key.public | cut -c 1-64)
out: enrolled    CN=labseal AK t-1
$ openssl verify -CAfile "$W/state/keys/ca.cert.pem" "$W/state/keys/attestation-key.cert.pem"
$ touch "$W/hold"; { flock 9 && touch "$W/held"; while [ -e "$W/hold" ]; do sleep 0.1; done; } 9<>"$W/state/lock" & until [ -e "$W/held" ]; do sleep 0.1; done
N 4 enrol --ca "$W/ca" --accept-unproven "$W/p.yaml"
err: labseald holds the TPM while it runs; stop it first
$ rm "$W/hold"
