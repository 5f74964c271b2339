# SPDX-License-Identifier: Apache-2.0
# any machine's XML against a policy
P audit --xml policy/examples/minimal.xml policy/examples/minimal.yaml
out: policy/examples/minimal.yaml: holds: the machine 'labseal-7500-01' is the one that the policy describes
P audit --xml tests/corpus/domain_audit/good-minimal-live.xml policy/examples/minimal.yaml
P audit --xml policy/examples/imported-disk.xml policy/examples/imported-disk.yaml
N 1 audit --xml policy/examples/minimal.xml policy/examples/7500-fast-usb.yaml
out: does not hold: 
N 1 audit --xml tests/corpus/domain_audit/seed-virt-manager policy/examples/minimal.yaml
out: /domain/devices/interface  (xml.unexpected)
out:     found     <interface type='network'> <mac address='52:54:00:3c:11:7a'> <source network='default'>
out:     why       a network card is a way in for malware
out:     do        take it out of the machine
out: policy/examples/minimal.yaml: does not hold: 43 violations
no-err: labseal

# what is no verdict
N 3 audit --xml "$W/none.xml" policy/examples/minimal.yaml
err: none.xml'
out: policy/examples/minimal.yaml: could not be checked
N 3 audit --xml tests/corpus/domain_audit/bad-entities policy/examples/minimal.yaml
err: document type definition
N 3 audit --xml tests/corpus/domain_audit/bad-cut policy/examples/minimal.yaml
err: this is not XML, in line 
N 3 audit --xml tests/corpus/domain_audit/bad-root policy/examples/minimal.yaml
err: it starts with 'domainsnapshot' and not with 'domain'; 'virsh dumpxml NAME' prints one
N 3 audit --xml "$W" policy/examples/minimal.yaml
N 3 audit policy/examples/minimal.yaml
err: labseal audit: cannot 
N 3 audit --xml policy/examples/minimal.xml "$W/none.yaml"
N 1 audit --xml policy/examples/minimal.xml tests/command/audit.tst
N 2 audit
N 2 audit --xml policy/examples/minimal.yaml
N 2 audit --polkit-rule --json policy/examples/minimal.yaml
err: '--polkit-rule' goes with no other option

# the machine of an embedded libvirt is seen by its labseald alone
$ sed "s|/var/tmp/labseal-demo/state|$W/state|" policy/examples/demo.yaml > "$W/demo.yaml" && mkdir -m 0700 "$W/state"
N 3 audit "$W/demo.yaml"
err: labseald does not run

# the rule for operators
P audit --polkit-rule policy/examples/minimal.yaml
out: action.lookup("domain_name") == "labseal-7500-01"
out: isInGroup("labseal-operators")

# the schema of --json
P audit --json --xml policy/examples/minimal.xml policy/examples/minimal.yaml
$ "$labseal" audit --json --xml policy/examples/minimal.xml policy/examples/minimal.yaml | python3 -c 'import json,sys; d=json.load(sys.stdin); assert d=={"schema":"labseal/audit/v1","policy":"policy/examples/minimal.yaml","instrument":"7500-01","machine":"labseal-7500-01","source":"file","holds":True,"complete":True,"reason":"","violations":[],"more_violations":False}, d'
N 1 audit --json --xml tests/corpus/domain_audit/seed-virt-manager policy/examples/minimal.yaml
out: "holds": false
$ { "$labseal" audit --json --xml tests/corpus/domain_audit/seed-virt-manager policy/examples/minimal.yaml || true; } | python3 -c 'import json,sys; d=json.load(sys.stdin); v=d["violations"]; assert len(v)==43 and all(list(x)==["id","path","found","expected","why","remedy"] for x in v); assert {x["id"] for x in v} <= {"xml.unexpected","xml.missing","xml.value","xml.attribute","xml.foreign","xml.text"}; assert d["complete"] and not d["more_violations"]'
N 3 audit --json --xml "$W/none.xml" policy/examples/minimal.yaml
out: "complete": false
out: none.xml'

# every id that the code has is in its page
$ (for id in $(grep -ohE '"(xml|domain|machine|process|channel|display|host|usb)\.[a-z-]+"' policy/domain_tree.c host/supervisor/inspection.c host/supervisor/qemu_judge.c host/supervisor/host_checks.c host/supervisor/usb_device.c host/command/audit.c | tr -d '"' | sort -u | grep -vE '^(usb.bus|domain.xml)$'); do grep -qF "$id" docs/formats/audit.md || { echo "$id is not in docs/formats/audit.md"; exit 1; }; done)
