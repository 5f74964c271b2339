# SPDX-License-Identifier: Apache-2.0
P xml policy/examples/minimal.yaml
out-is: policy/examples/minimal.xml
P xml policy/examples/7500-fast-usb.yaml
out-is: policy/examples/7500-fast-usb.xml
P xml --accelerator kvm policy/examples/plate-reader-rs232.yaml
out-is: policy/examples/plate-reader-rs232.xml
P xml policy/examples/calibrated.yaml
out-is: policy/examples/calibrated.xml
P xml policy/examples/dna-control.yaml
out-is: policy/examples/dna-control.xml
P xml policy/examples/imported-disk.yaml
out-is: policy/examples/imported-disk.xml
P xml --accelerator=tcg policy/examples/demo.yaml
out-is: policy/examples/demo.xml
P xml --accelerator kvm policy/examples/demo.yaml
out: <domain type="kvm">
# `auto` and development: by probing, whatever the answer
P xml policy/examples/demo.yaml
out: <name>labseal-demo-7500</name>
N 1 xml --accelerator tcg policy/examples/minimal.yaml
err: TCG isolates nothing
N 3 xml "$W/none.yaml"
err: none.yaml'
