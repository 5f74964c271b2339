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
