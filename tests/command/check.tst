# SPDX-License-Identifier: Apache-2.0
P check policy/examples/minimal.yaml
out: policy/examples/minimal.yaml: holds: instrument '7500-01', SHA-256 
no-out: development
P check policy/examples/7500-fast-usb.yaml
P check policy/examples/plate-reader-rs232.yaml
P check policy/examples/hsm.yaml
P check policy/examples/calibrated.yaml
P check policy/examples/demo.yaml
out: 'development: true' is set: not for production

# what is not there, or is no file, could not be checked
N 3 check "$W/none.yaml"
err: none.yaml'
N 3 check "$W"
err: labseal check: 
$ mkfifo "$W/fifo"
N 3 check "$W/fifo"
err: fifo'
N 3 check /dev/null/x
err: labseal check: 

# every fault at once, on standard output, since they are the result
$ printf 'version: 1\ninstrument:\n  id: a b\n  modell: x\nvm:\n  memory: 1 GB\n' > "$W/bad.yaml"
N 1 check "$W/bad.yaml"
out: $W/bad.yaml:3:7: 'instrument.id' is 'a b': a name has letters
out: $W/bad.yaml:4:3: 'instrument' has no key 'modell'; did you mean 'model'?
out: $W/bad.yaml:5:1: 'vm' has nothing to start from: 'vm.disk' is missing
out: $W/bad.yaml:6:11: 'vm.memory' is '1 GB': it must be a whole number and one of B, KiB
out: $W/bad.yaml: does not hold: 4 faults

# ... and on standard error where they are not
N 1 xml "$W/bad.yaml"
err: $W/bad.yaml:4:3: 
no-out: bad.yaml
N 1 provision "$W/bad.yaml"
err: $W/bad.yaml:4:3: 
N 1 run "$W/bad.yaml"
err: $W/bad.yaml:4:3: 
N 1 status "$W/bad.yaml"
err: $W/bad.yaml:4:3: 
N 1 trust "$W/bad.yaml"
err: $W/bad.yaml:4:3: 
$ : > "$W/empty.yaml"
N 1 check "$W/empty.yaml"
out: empty.yaml:1:1: the file is empty
out: does not hold: 1 fault
$ head -c 65537 /dev/zero | tr '\0' '#' > "$W/large.yaml"
N 1 check "$W/large.yaml"
out: the file is larger than 65536 bytes
$ printf 'a: \033[31mred\n' > "$W/escape.yaml"
N 1 check "$W/escape.yaml"
out: control characters are not allowed
$ for i in $(seq 100); do echo "k$i: 1"; done > "$W/many.yaml"
N 1 check "$W/many.yaml"
out: there are more faults than the 64 above
out: 64 faults or more

# the schema of --json
P check --json policy/examples/minimal.yaml
$ "$labseal" check --json policy/examples/minimal.yaml | python3 -c 'import json,sys; d=json.load(sys.stdin); assert list(d)==["schema","policy","holds","instrument","sha256","faults","more_faults"], list(d); assert d["schema"]=="labseal/check/v1" and d["holds"] is True and d["faults"]==[] and d["more_faults"] is False and len(d["sha256"])==64'
N 1 check --json "$W/bad.yaml"
out: "holds": false
out: "line": 3
$ "$labseal" check --json "$W/bad.yaml" | python3 -c 'import json,sys; d=json.load(sys.stdin); assert d["instrument"] is None and d["sha256"] is None; assert [(f["line"],f["column"],f["id"]) for f in d["faults"]]==[(3,7,"policy.name"),(4,3,"policy.key.unknown"),(5,1,"policy.missing"),(6,11,"policy.unit")], d; assert all(f["text"] for f in d["faults"])'
N 3 check --json "$W/none.yaml"
no-out: {

# a full disk is said
N 4 check policy/examples/minimal.yaml > /dev/full
err: cannot write to standard output

# what docs/formats/policy.md shows is what is said
$ printf 'version: 1\ninstrument:\n  id: a b\n  modell: x\nvm:\n  memory: 1 GB\n  disk: {path: /a, sha256: %064d}\n' 0 | tr 0 1 | sed 's/1 GB/1 GB/' > "$W/policy.yaml"; (cd "$W" && "$labseal" check policy.yaml) > "$W/said"; [ "$(wc -l < "$W/said")" -eq 4 ]
$ while IFS= read -r l; do grep -qF -- "    $l" docs/formats/policy.md || { echo "$l"; exit 1; }; done < "$W/said"

# samples: their files are looked at, and not into
$ printf 'foo' > "$W/a.gb" && mkfifo "$W/pipe"
$ samples() { printf 'version: 1\ninstrument: {id: a-1}\nvm:\n  disk: {path: /i/a.img, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae}\nsamples:\n'; cat; }
$ samples > "$W/samples.yaml" <<< "- {name: control 1, sequence: $W/a.gb, sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae, signed-by: 0000-0002-1825-0097}"
P check "$W/samples.yaml"
$ samples > "$W/samples.yaml" <<< "- {name: control 1, sequence: $W/a.gb, sha256: fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9}"
N 1 check "$W/samples.yaml"
out: samples.yaml:6:3: '$W/a.gb', the sequence file of the sample 'control 1', has the SHA-256 2c26b46b
out: put the right file there
$ "$labseal" check --json "$W/samples.yaml" | jq -e '.holds == false and .instrument == null and .faults[0].id == "sample.digest"'
$ samples > "$W/samples.yaml" <<< "- {name: control 1, sequence: $W/none.gb}"
N 1 check "$W/samples.yaml"
out: cannot open '$W/none.gb', the sequence file of the sample 'control 1'; put it there, or take the sample out
$ samples > "$W/samples.yaml" <<< "- {name: control 1, sequence: $W/pipe}"
N 1 check "$W/samples.yaml"
out: is no regular file
$ samples > "$W/samples.yaml" <<< "- {name: control 1, sequence: $W/a.gb, signed-by: 0000-0002-1825-0098}"
N 1 check "$W/samples.yaml"
out: is no ORCID iD: its check digit would be 7
$ printf -- '- {name: a, sequence: %s}\n' "$W/a.gb" "$W/a.gb" | samples > "$W/samples.yaml"
N 1 check "$W/samples.yaml"
out: 'samples' has 'a' twice; the first is in line 6
