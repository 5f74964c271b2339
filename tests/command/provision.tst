# SPDX-License-Identifier: Apache-2.0
# Provisioning with a software TPM, step by step; then the trust file and the status.
requires: labseald labseal-enclave swtpm

$ echo kernel > "$W/k"; echo initrd > "$W/i"
$ policy() { printf 'version: 1\ninstrument: {id: t-1}\nstate: %s\nvm: {connection: "qemu:///embed", type: tcg, cpu: qemu64, display: none, boot: {kernel: %s/k, initrd: %s/i}}\nsigning: {key: %s}\npublish: {share: %s}\ndevelopment: true\n' "$W/$1" "$W" "$W" "$2" "$W/share-$1"; }
$ policy state tpm > "$W/p.yaml"

# before: nothing is there, and asking makes nothing
N 3 status "$W/p.yaml"
err: cannot open the state folder '$W/state'
N 3 trust "$W/p.yaml"
err: cannot open the state folder
N 3 trust --json "$W/p.yaml"
no-out: {
P provision --dry-run "$W/p.yaml"
out: would make  $W/state
out: would make  keys/authority.key.pem
out: would make  keys/tpm-auth
out: would make  TPM 0x01804c01
out: would make  TPM 0x01804c02
out: would make  TPM 0x81010001
out: would make  TPM 0x81010023
out: would make  keys/signing-key.blob
out: would make  approval of 
out: dry run: nothing was changed
$ [ ! -e "$W/state" ] && [ ! -e "$W/share-state" ]

P provision "$W/p.yaml"
out: made        $W/state
out: made        keys/authority.key.pem
out: made        keys/ca.cert.pem
out: made        keys/tpm-auth
out: made        TPM 0x81000001
out: made        TPM 0x01804c01
out: made        TPM 0x01804c02
out: made        TPM 0x81010001
out: made        TPM 0x81010023
out: made        keys/signing-key.blob
out: made        keys/signer.cert.pem
out: made        approvals/0001.json
out: made        trust.txt
out: provisioned
$ [ "$(stat -c %a "$W/state" "$W/state/keys" "$W/state/keys/authority.key.pem" "$W/state/keys/ca.key.pem" "$W/state/keys/tpm-auth" "$W/state/keys/signing-key.blob" "$W/state/keys/signer.cert.pem" "$W/share-state" | tr '\n' ' ')" = '700 700 600 600 600 600 644 755 ' ]
$ openssl verify -CAfile "$W/state/keys/ca.cert.pem" "$W/state/keys/signer.cert.pem"
$ openssl pkey -in "$W/state/keys/authority.key.pem" -pubout | cmp - "$W/state/keys/authority.pub.pem"
$ ! pgrep -f "swtpm.*$W"

$ grep -qx 'owner [0-9a-f]\{32\}' "$W/state/keys/tpm-auth" && [ "$(wc -l < "$W/state/keys/tpm-auth")" = 3 ]
$ [ "$(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["counter"])' "$W/state/approvals/0001.json")" = 1 ]

# a second run changes nothing
$ rm -rf "$W/state/tpm/swtpm.log"; keep "$W/state"
P provision "$W/p.yaml"
out: is there    keys/tpm-auth
out: is there    TPM 0x01804c01
out: is there    TPM 0x81010001
out: is there    TPM 0x81010023
out: is there    keys/signing-key.blob
out: is there    approvals/0001.json
out: provisioned already; nothing was changed
no-out: made
$ diff -r --exclude lock "$W/state" "$(kept "$W/state")"
P provision --dry-run "$W/p.yaml"
out: provisioned already; nothing was changed

# the trust file
P trust "$W/p.yaml"
out: labseal-trust/v1
out: instrument t-1
out: key-kind software TPM
out: endorsement-key 
out: attestation-key 
out: approved 1 pcr23:
out:  counter:1
out: BEGIN CERTIFICATE
err: fingerprint of the trust file: 
P trust --output "$W/trust.txt" "$W/p.yaml"
no-out: labseal
$ "$labseal" trust "$W/p.yaml" | cmp - "$W/trust.txt"
$ openssl verify -CAfile "$W/trust.txt" "$W/state/keys/signer.cert.pem"
$ [ "$("$labseal" trust "$W/p.yaml" 2>&1 >/dev/null | sed 's/.*: //; s/ //g')" = "$(sha256sum < "$W/trust.txt" | cut -c 1-64)" ]
P trust --json "$W/p.yaml"
$ "$labseal" trust --json "$W/p.yaml" | python3 -c 'import json,sys; d=json.load(sys.stdin); assert list(d)==["schema","instrument","origin","key","development","fingerprint","approved","text","ed25519","ed25519_key","time_stamp_cas","witnesses","quorum","person_cas"], list(d); assert d["ed25519"] is None and d["witnesses"]==[] and d["quorum"]==0; assert d["schema"]=="labseal/trust/v1" and d["key"]=="software TPM" and d["origin"]=="labseal/t-1" and d["development"] is True; assert [a["version"] for a in d["approved"]]==[1]; assert d["text"]==open(sys.argv[1]).read()' "$W/trust.txt"
$ cmp "$W/trust.txt" "$W/state/trust.txt"
# others whom the policy names
$ openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=tsa -keyout "$W/tsa.key" -out "$W/tsa.pem" 2>/dev/null
$ sed "s|key: tpm|&, timestamp: {url: \"http://127.0.0.1:9/\", ca: $W/tsa.pem}, witnesses: [\"one.example/w+f2172d8b+BGa+fjMsekUzMr2dCn99sFX1xe8aBq2mbZizn7aBDEc6 http://127.0.0.1:9/\"]|" "$W/p.yaml" > "$W/o.yaml"
P trust "$W/o.yaml"
out: quorum 1
$ "$labseal" trust --json "$W/o.yaml" | jq -e --arg ca "$(openssl x509 -in "$W/tsa.pem" -outform DER | sha256sum | cut -c 1-64)" '.time_stamp_cas == [$ca] and .quorum == 1 and .person_cas == [] and .witnesses == ["one.example/w+f2172d8b+BGa+fjMsekUzMr2dCn99sFX1xe8aBq2mbZizn7aBDEc6"]'
N 4 trust --output "$W/none/trust.txt" "$W/p.yaml"
err: trust.txt
# a device given by mistake stays what it is
$ mkfifo "$W/device"
N 4 trust --output "$W/device" "$W/p.yaml"
err: device' is there and is no regular file
$ [ -p "$W/device" ]

# the status, before labseald ever ran, while something holds the lock, and after
N 3 status "$W/p.yaml"
out: instrument   t-1 (development)
out: labseald     not running
no-out: machine
$ write_status() { printf '{"schema":"labseal/status/v1","state":"%s","written":"%s","started":"2026-03-01T08:00:00Z","instrument":"t-1","development":true,"vm":{"name":"labseal-t-1","state":"running","pid":77,"type":"tcg","restarts":0},"channel":{"type":"file","qemu_descriptor":"%s","other_ways":0,"last_heard":"2026-03-01T07:59:58Z","silent":false},"signer":{"kind":"software TPM","state":"ready","restarts":1},"queue":3,"sealed":42,"last_seal":{"number":42,"label":"plate7.eds","time":"2026-03-01T09:00:00Z"},"last_result":{"number":41,"label":"plate6.eds","time":"2026-03-01T08:59:00Z"},"calibration":"off","disk":{"spool":{"free":5368709120,"size":10737418240,"room":"enough"},"share":{"free":1073741824,"size":10737418240,"room":"low"}},"measurement":"ab","approval":1,"next_try":"","problem":"%s","processes":[{"name":"labseal-diode","pid":9,"memory_peak_kib":4000},{"name":"qemu","pid":10,"memory_peak_kib":5000}]}' "$@" > "$W/state/status.json"; }
$ write_status running "$(date -u +%FT%TZ)" write-only ''
N 3 status "$W/p.yaml"
out: labseald     not running; this is what it wrote last, at 20
out: machine      labseal-t-1: not running
out: channel      none: the machine is not running
no-out: ONE-WAY
no-out: one-way
$ flock "$W/state/lock" sleep 600 & echo $! > "$W/pid"; for i in $(seq 600); do flock -n "$W/state/lock" true || break; sleep 0.05; done
P status "$W/p.yaml"
out: labseald     running
out: machine      labseal-t-1: running, tcg, process 77
out: channel      one-way: type file, QEMU's descriptor write-only, other ways 0
out: heartbeat    2026-03-01T07:59:58Z
out: signer       software TPM: ready
out: restarts     machine 0, signer 1
out: waiting      3
out: sealed       42 since 2026-03-01T08:00:00Z
out: last seal    42 plate7.eds at 2026-03-01T09:00:00Z
out: last result  41 plate6.eds at 2026-03-01T08:59:00Z
out: lock         as approved: approval 1, measurement ab
out: calibration  off: the policy names no device
out: disk         spool 5.0 of 10.0 GiB free, share 1.0 of 10.0 GiB free (LOW)
no-out: SILENT
no-out: next try
out: peak memory  labseal-diode 4000 KiB, qemu 5000 KiB
out: problem      -
P status --json "$W/p.yaml"
$ "$labseal" status --json "$W/p.yaml" | python3 -c 'import json,sys; d=json.load(sys.stdin); assert list(d)==["schema","policy","instrument","running","holds","labseald","status"], list(d); assert d["schema"]=="labseal/status-answer/v1" and d["running"] is True and d["holds"] is True and d["status"]["vm"]["state"]=="running"'
$ write_status running "$(date -u +%FT%TZ)" readable ''
N 1 status "$W/p.yaml"
out: channel      NOT ONE-WAY: type file, QEMU's descriptor readable
$ write_status 'not sealing' "$(date -u +%FT%TZ)" write-only 'the TPM\u001b[31m went away'
N 1 status "$W/p.yaml"
out: labseald     not sealing
out: problem      the TPM%1B[31m went away
N 1 status --json "$W/p.yaml"
out: "holds": false
# what is not as it should be, one after the other, though labseald runs and has no problem
$ change() { write_status running "$(date -u +%FT%TZ)" write-only ''; python3 -c 'import json,sys; p=sys.argv[1]; d=json.load(open(p)); exec(sys.argv[2]); json.dump(d, open(p, "w"))' "$W/state/status.json" "$1"; }
$ change 'd["channel"]["silent"] = True'
N 1 status "$W/p.yaml"
out: SILENT: the guest hangs, or its exporter is gone
$ change 'd["calibration"] = "NOT TRACEABLE"; d["calibrated"] = {"device": "7500-01", "due": "2026-03-01T00:00:00Z", "registry": "2026-03-02T00:00:00Z", "reason": "cal.in-force: it was due", "results": "kept"}'
N 1 status "$W/p.yaml"
out: calibration  NOT TRACEABLE: device 7500-01, due 2026-03-01T00:00:00Z, registry of 2026-03-02T00:00:00Z; cal.in-force: it was due; RESULTS ARE KEPT, NOT SEALED
$ change 'd["calibration"] = "CANNOT BE SHOWN"; d["calibrated"] = {"device": "7500-01", "due": "", "registry": "", "reason": "calibration.late: no answer", "results": "sealed"}'
N 1 status "$W/p.yaml"
out: calibration  CANNOT BE SHOWN: device 7500-01; calibration.late: no answer
no-out: KEPT
$ change 'd["calibration"] = "TRACEABLE"; d["calibrated"] = {"device": "7500-01", "due": "2036-03-01T00:00:00Z", "registry": "2026-03-02T00:00:00Z", "reason": "", "results": "sealed"}'
P status "$W/p.yaml"
out: calibration  TRACEABLE: device 7500-01, due 2036-03-01T00:00:00Z, registry of 2026-03-02T00:00:00Z
$ change 'd["disk"]["share"]["room"] = "full"'
N 1 status "$W/p.yaml"
out: (FULL: results wait)
$ change 'd["audit"] = {"looked": True, "more": False, "violations": [{}, {}]}'
N 1 status "$W/p.yaml"
out: lock         NOT AS APPROVED: 2 differences (labseal audit): approval 1
$ change 'd["next_try"] = "2026-03-01T09:09:09Z"; d["state"] = "machine down"'
N 1 status "$W/p.yaml"
out: labseald     machine down
out: restarts     machine 0, signer 1; next try at 2026-03-01T09:09:09Z
$ change 'd["last_result"] = {}'
P status "$W/p.yaml"
out: last result  none since then
# one that hangs: what it was last, and since when; that is no verdict
$ write_status running 2026-03-01T08:00:00Z write-only ''
N 3 status "$W/p.yaml"
out: labseald     does not answer: its status is 
out: s old, of 2026-03-01T08:00:00Z
out: signer       software TPM: ready
$ echo '{}' > "$W/state/status.json"
N 3 status "$W/p.yaml"
out: does not answer
out: machine      -: not running
$ rm "$W/state/status.json"
N 1 status "$W/p.yaml"
out: labseald     starting
# one owner at a time
N 4 provision "$W/p.yaml"
err: is in use by
$ pkill -P "$(cat "$W/pid")" sleep; for i in $(seq 600); do flock -n "$W/state/lock" true && break; sleep 0.05; done; flock -n "$W/state/lock" true
$ echo '{' > "$W/state/status.json"
N 3 status "$W/p.yaml"
err: is damaged
$ rm "$W/state/status.json"

# a state that changed is approved anew, when the authority's key is at hand
$ echo kernel2 > "$W/k"
P provision --dry-run "$W/p.yaml"
out: changed     
out: would make  approval of 
P provision "$W/p.yaml"
out: base-image 'kernel' was changed
out: made        approvals/0002.json
$ echo kernel > "$W/k"
P provision "$W/p.yaml"
out: is there    approvals/0001.json
$ [ "$("$labseal" trust "$W/p.yaml" 2>/dev/null | grep -c ^approved)" = 2 ]
$ mv "$W/state/keys/authority.key.pem" "$W/authority.pem"
P provision "$W/p.yaml"
out: provisioned already; nothing was changed
$ echo kernel3 > "$W/k"
N 1 provision "$W/p.yaml"
err: this state is not approved
err: base-image 'kernel' was changed
err: --authority FILE
N 1 provision --dry-run "$W/p.yaml"
err: this state is not approved
P provision --authority "$W/authority.pem" "$W/p.yaml"
out: made        approvals/0003.json
$ [ ! -e "$W/state/keys/authority.key.pem" ]
N 3 provision --authority "$W/none.pem" "$W/p.yaml"
err: the private key '$W/none.pem'
$ openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$W/other.pem"
N 1 provision --authority "$W/other.pem" "$W/p.yaml"
err: is not the private key of 'keys/authority.pub.pem'
N 1 provision --authority "$W/trust.txt" "$W/p.yaml"
err: the private key '$W/trust.txt'

# the passwords of a TPM that lost them are not made up anew
$ mv "$W/state/keys/tpm-auth" "$W/tpm-auth"
N 1 provision --authority "$W/authority.pem" "$W/p.yaml"
err: the TPM's passwords are set and 'keys/tpm-auth' is not in the state folder
err: clear the TPM
$ head -c 20 "$W/tpm-auth" > "$W/state/keys/tpm-auth"; mv "$W/state/keys/signing-key.blob" "$W/blob"
N 1 provision --authority "$W/authority.pem" "$W/p.yaml"
err: 'keys/tpm-auth': the file with the TPM's passwords is damaged
$ sed '1s/.*/owner 00000000000000000000000000000000/' "$W/tpm-auth" > "$W/state/keys/tpm-auth"
N 1 provision --authority "$W/authority.pem" "$W/p.yaml"
err: the TPM's owner password is not the one that labseal keeps
$ mv "$W/tpm-auth" "$W/state/keys/tpm-auth"; mv "$W/blob" "$W/state/keys/signing-key.blob"
P provision --authority "$W/authority.pem" "$W/p.yaml"
out: provisioned already; nothing was changed

# approvals of an earlier version, which no counter could retire
$ cp "$W/state/approvals/0003.json" "$W/a3"; sed -i '/"counter"/d' "$W/state/approvals/0003.json"
N 1 provision --authority "$W/authority.pem" "$W/p.yaml"
err: an approval is of an earlier labseal
err: approve the state anew
$ mv "$W/a3" "$W/state/approvals/0003.json"

# an authority that was made elsewhere
$ policy brought tpm > "$W/b.yaml"
P provision --authority "$W/other.pem" "$W/b.yaml"
out: made        approvals/0001.json
$ [ ! -e "$W/brought/keys/authority.key.pem" ] && openssl pkey -in "$W/other.pem" -pubout | cmp - "$W/brought/keys/authority.pub.pem"

# what does not fit together is refused, and not repaired
$ cp "$W/state/keys/signer.cert.pem" "$W/brought/keys/"
N 1 provision --authority "$W/other.pem" "$W/b.yaml"
err: is for another key than the signing key
$ cp "$W/state/keys/signing-key.blob" "$W/brought/keys/"
N 1 provision --authority "$W/other.pem" "$W/b.yaml"
err: the signing key 'keys/signing-key.blob'
$ echo x > "$W/brought/keys/ca.cert.pem"; rm "$W/brought/keys/signer.cert.pem" "$W/brought/keys/signing-key.blob"
N 1 provision --authority "$W/other.pem" "$W/b.yaml"
err: the certificate 'keys/ca.cert.pem'

# the offline authority's private CA key may go too
$ policy ca tpm > "$W/c.yaml"
P provision "$W/c.yaml"
$ rm "$W/ca/keys/ca.key.pem" "$W/ca/keys/authority.key.pem"
P provision "$W/c.yaml"
out: provisioned already; nothing was changed

# a key in a file, and no TPM
$ policy file file > "$W/f.yaml"
P provision "$W/f.yaml"
out: keys/signing-key.pem
no-out: tpm
P provision "$W/f.yaml"
out: provisioned already; nothing was changed
P trust "$W/f.yaml"
out: key-kind file
no-out: authority

# the Ed25519 key beside it: sealed by the TPM, or a file; made once, also when the policy asks for it later
$ sed 's|key: file|key: file, ed25519: true|' "$W/f.yaml" > "$W/e.yaml"; grep -q ed25519 "$W/e.yaml"
P provision --dry-run "$W/e.yaml"
out: would make  keys/log-ed25519.pub
P provision "$W/e.yaml"
out: made        keys/log-ed25519.pub
P provision "$W/e.yaml"
out: is there    keys/log-ed25519.pub
out: provisioned already; nothing was changed
P trust "$W/e.yaml"
out: log-ed25519
P trust "$W/f.yaml"
no-out: log-ed25519
$ sed 's|key: tpm|key: tpm, ed25519: true|' "$W/c.yaml" > "$W/e.yaml"; grep -q ed25519 "$W/e.yaml"
N 1 provision "$W/e.yaml"
out: made        keys/log-ed25519.pub
err: the policy authority's key is not here
$ [ "$(stat -c %a "$W/ca/keys/log-ed25519.blob")" = 600 ] && [ ! -e "$W/ca/keys/log-ed25519.seed" ]
P trust "$W/e.yaml"
out: sealed by a software TPM, software-held
$ "$labseal" trust --json "$W/e.yaml" | jq -e '.ed25519_key == "sealed by a software TPM, software-held" and (.ed25519 | startswith("labseal/"))'
$ cp "$W/ca/keys/signing-key.blob" "$W/ca/keys/log-ed25519.blob"
N 1 provision "$W/e.yaml"
err: the Ed25519 key 'keys/log-ed25519.blob'

# a TPM or an image that is not there
$ sed 's|key: tpm|tpm: /dev/no-such-tpm|; s|state: .*/state|&-x|' "$W/p.yaml" > "$W/t.yaml"
N 3 provision "$W/t.yaml"
err: cannot open the TPM '/dev/no-such-tpm'
err: 'tpm: embedded'
$ rm "$W/i"
N 3 provision "$W/p.yaml"
err: $W/i'
$ echo initrd > "$W/i"
$ printf 'version: 1\ninstrument: {id: t-1}\nstate: %s/disk\nvm: {connection: "qemu:///embed", type: tcg, disk: {path: %s/k, format: raw, sha256: %064d}}\npublish: {share: %s/share-disk}\ndevelopment: true\n' "$W" "$W" 1 "$W" > "$W/d.yaml"
N 1 provision "$W/d.yaml"
err: $W/k'
