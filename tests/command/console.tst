# SPDX-License-Identifier: Apache-2.0
# The viewer gets an open descriptor of the one machine, and a policy without a screen has none.

$ mkdir "$W/bin"; printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' > "$W/bin/virt-viewer"; chmod +x "$W/bin/virt-viewer"
$ viewer() { printf '%s\n' --attach --wait --reconnect --connect qemu:///system "$@" > "$W/words"; }
$ real=$labseal; printf '#!/bin/sh\nPATH=%s:$PATH exec %s "$@"\n' "$W/bin" "$real" > "$W/with"; printf '#!/bin/sh\nPATH=%s/none exec %s "$@"\n' "$W" "$real" > "$W/without"; chmod +x "$W/with" "$W/without"
N 2 console
err: which policy?
$ printf 'version: 1\ninstrument: {id: a}\nvm: {display: none, disk: {path: /a, sha256: %064d}}\n' 1 > "$W/n.yaml"
N 1 console "$W/n.yaml"
err: has no screen
$ sed 's|display: none|connection: "qemu:///embed"|; $a development: true' "$W/n.yaml" > "$W/e.yaml"
N 1 console "$W/e.yaml"
err: hands its screen to nobody; for a console put 'connection: qemu:///system' into the policy's 'vm'
$ labseal=$W/without
N 3 console policy/examples/minimal.yaml
err: the package virt-viewer has it
$ labseal=$W/with
$ viewer -- labseal-7500-01
P console policy/examples/minimal.yaml
out-is: $W/words
$ viewer --kiosk --kiosk-quit=never -- labseal-7500-01-install
P console --kiosk --install policy/examples/minimal.yaml
out-is: $W/words
$ labseal=$real
