# SPDX-License-Identifier: Apache-2.0
# The install phase, in which nothing is sealed, and its end.
requires: labseald labseal-enclave qemu-img qemu-system-i386

$ I=$W/img/base.qcow2; mkdir "$W/img"; chmod 755 "$W" "$W/img"; qemu-img create -q -f qcow2 "$I" 64M; qemu-io -c 'write -P 1 0 64k' "$I"; cp "$I" "$W/first.qcow2"
$ hash_of() { sha256sum <"$1" | cut -d ' ' -f 1; }
$ printf '# ours\nversion: 1\ninstrument: {id: l-1}\nstate: %s/state\nvm:\n  connection: qemu:///embed\n  type: tcg\n  disk: # the first\n    path: %s\n    sha256: %s # by hand\nsigning: {key: file}\npublish: {share: %s/share}\ndevelopment: true\n' "$W" "$I" "$(hash_of "$I")" "$W" > "$W/p.yaml"
$ head -c 65536 /dev/zero > "$W/cd.iso"; truncate -s 1440K "$W/floppy.img"
$ sed "s|  disk:.*|  boot: {kernel: $W/cd.iso}|; /path: .*qcow2/d; /sha256/d" "$W/p.yaml" > "$W/kernel.yaml"

# what does not go
N 2 install
err: which policy?
N 3 install --cdrom "$W/none.iso" "$W/p.yaml"
err: cannot find the CD '$W/none.iso'
N 1 install --floppy "$W" "$W/p.yaml"
err: the floppy '$W' is no image file
N 1 install "$W/kernel.yaml"
err: has no disk to install on
N 1 lock "$W/kernel.yaml"
err: has no disk to install on
$ s=0; "$BUILD/labseald" --cdrom x "$W/p.yaml" 2>"$W/said" || s=$?; [ $s -eq 2 ] && grep -q 'are for --install' "$W/said"

# provisioned and locked; then it is opened again
P provision "$W/p.yaml"
P lock "$W/p.yaml"
out: locked; the state is approved
$ install() { "$labseal" install --cdrom "$W/cd.iso" --floppy "$W/floppy.img" "$W/p.yaml" 2>"$W/install.log" & pid=$!; for i in $(seq 600); do grep -q 'is running' "$W/install.log" && break; kill -0 $pid 2>/dev/null || break; sleep 0.1; done; grep -q 'is running' "$W/install.log"; }
$ install; qemu=$(pgrep -f "qemu-system-i386.*$W/img"); tr '\0' '\n' </proc/$qemu/cmdline >"$W/words"; kill $pid; wait $pid
$ cat "$W/install.log"; grep -q 'INSTALL PHASE' "$W/install.log" && grep -q "$W/cd.iso" "$W/words" && grep -q "$W/floppy.img" "$W/words" && ! grep -qE 'fdset|fifo' "$W/words" && grep -q 'guest=labseal-l-1-install' "$W/words"
$ [ "$(cat "$W/state/install-phase")" = installing ] && [ -s "$W/img/labseal-l-1.install.qcow2" ] && cmp "$I" "$W/first.qcow2"
$ ! pgrep -f "qemu-system-i386.*$W/img"

# nothing is sealed meanwhile
N 1 run "$W/p.yaml"
err: the machine is in the install phase, in which nothing is sealed
$ cp "$W/state/install-phase" "$W/phase"; echo x > "$W/state/install-phase"
N 1 run "$W/p.yaml"
err: 'install-phase' in the state folder is damaged
N 1 lock "$W/p.yaml"
err: 'install-phase' in the state folder is damaged
$ cp "$W/phase" "$W/state/install-phase"

# what was installed becomes the base image; the policy is lab IT's to write
$ qemu-io -c 'write -P 2 1M 64k' "$W/img/labseal-l-1.install.qcow2"
N 1 lock "$W/p.yaml"
out:     sha256: 
err: the machine is not locked yet
$ cmp "$I" "$W/first.qcow2" && [ -e "$W/img/labseal-l-1.install.qcow2" ] && [ -e "$W/state/install-phase" ]
$ cp "$W/p.yaml" "$W/before.yaml"; echo "# $(hash_of "$I")" >> "$W/p.yaml"
N 1 lock --write-policy "$W/p.yaml"
err: does not stand in '$W/p.yaml' exactly once
$ cp "$W/before.yaml" "$W/p.yaml"; chmod 640 "$W/p.yaml"
P lock --write-policy --yes "$W/p.yaml"
out: p.yaml:10: the SHA-256 of the image was written
out: base.qcow2.before-
out: locked
$ [ "$(diff "$W/before.yaml" "$W/p.yaml" | grep -c '^>')" = 1 ] && grep -q "    sha256: $(hash_of "$I") # by hand" "$W/p.yaml" && [ "$(stat -c %a "$W/p.yaml")" = 640 ]
$ cmp "$W/img"/base.qcow2.before-* "$W/first.qcow2" && [ ! -e "$W/state/install-phase" ] && [ "$(ls "$W/img" | wc -l)" = 2 ]
$ qemu-io -r -c 'read -P 1 0 64k' -c 'read -P 2 1M 64k' "$I" && ! qemu-img info "$I" | grep -q backing
$ [ "$(ls "$W/state/approvals"/*.json | wc -l)" = 2 ]
P provision "$W/p.yaml"
out: provisioned already; nothing was changed

# killed between two steps: the next run goes on
$ "$BUILD/labseal" check "$W/p.yaml"; cp "$I" "$W/second.qcow2"; printf 'locking %s\n' "$(hash_of "$I")" > "$W/state/install-phase"; qemu-img create -q -f qcow2 -F qcow2 -b "$I" "$W/img/labseal-l-1.install.qcow2"
N 1 run "$W/p.yaml"
err: the machine is in the install phase
P lock --yes "$W/p.yaml"
out: locked
$ cmp "$I" "$W/second.qcow2" && [ ! -e "$W/img/labseal-l-1.install.qcow2" ] && [ ! -e "$W/state/install-phase" ]
# switched on meanwhile, by whatever: the image is not touched
$ qemu-img create -q -f qcow2 -F qcow2 -b "$I" "$W/img/labseal-l-1.install.qcow2"; qemu-system-i386 -display none -nodefaults -S -drive "file=$W/img/labseal-l-1.install.qcow2,format=qcow2" & echo $! > "$W/pid"; for i in $(seq 200); do qemu-img info "$W/img/labseal-l-1.install.qcow2" >/dev/null 2>&1 || break; sleep 0.05; done
N 4 lock "$W/p.yaml"
err: is the machine switched off
$ kill "$(cat "$W/pid")"; cmp "$I" "$W/second.qcow2"
