# SPDX-License-Identifier: Apache-2.0
# What provision makes of the host, in a root folder that is not this machine's, and how deprovision takes it away.
requires: labseald labseal-enclave

$ echo kernel > "$W/k"
$ policy() { printf 'version: 1\ninstrument: {id: %s}\nstate: %s/state-%s\nvm: {type: tcg, cpu: qemu64, display: none, boot: {kernel: %s/k}}\nsigning: {key: file}\npublish: {share: %s/share-%s}\ndevelopment: true\n' "$1" "$W" "$1" "$W" "$W" "$1"; }
$ policy h-1 > "$W/p.yaml"; policy h-2 > "$W/q.yaml"
$ fresh() { rm -rf "$LABSEAL_ROOT" "$W"/state-* "$W"/share-*; mkdir -p "$LABSEAL_ROOT/etc/libvirt" "$LABSEAL_ROOT/etc/apparmor.d"; printf 'root:x:0:0:root:/root:/bin/bash\n' > "$LABSEAL_ROOT/etc/passwd"; printf 'root:x:0:\n' > "$LABSEAL_ROOT/etc/group"; printf 'root:*:1::::::\n' > "$LABSEAL_ROOT/etc/shadow"; printf 'root:*::\n' > "$LABSEAL_ROOT/etc/gshadow"; printf '#stdio_handler = "logd"\nuser = "q"\n' > "$LABSEAL_ROOT/etc/libvirt/qemu.conf"; chmod 600 "$LABSEAL_ROOT/etc/libvirt/qemu.conf"; touch "$LABSEAL_ROOT/etc/libvirt/libvirtd.conf"; }
$ fresh; cp -a "$LABSEAL_ROOT" "$W/before"
$ E=$LABSEAL_ROOT/etc

# a dry run says it all and makes nothing
P provision --dry-run --nfs 192.0.2.0/24 --write-qemu-conf "$W/p.yaml"
out: would make  labseal-operators
out: would make  _labseal-diode
out: would make  _labseal-enclave
out: would make  _labseal-publish
out: would make  _labseal-report
out: would make  _labseal-calibration
out: would make  _labseal-sync
out: would make  /etc/labseal/instruments.d/h-1
out: would make  /etc/polkit-1/rules.d/50-labseal-h-1.rules
out: would make  /etc/samba/labseal-h-1.conf
out: would make  /etc/exports.d/labseal-h-1.exports
out: would make  /etc/apparmor.d/labseal
out: would make  /etc/libvirt/qemu.conf
out: missing     /etc/libvirt/libvirtd.conf
out: access_drivers = [ "polkit" ]
out: dry run: nothing was changed
$ diff -r "$LABSEAL_ROOT" "$W/before" && [ ! -e "$W/state-h-1" ]

# what does not go
N 1 provision --nfs '*' "$W/p.yaml"
err: '*' does not name clients
N 1 provision --nfs 'a(rw)' "$W/p.yaml"
err: 'a(rw)' does not name clients
N 1 provision --nfs 'a,,b' "$W/p.yaml"
err: does not name clients
$ sed 's|share: .*/share|share: "/srv/100% done/share|; s|-h-1}$|-h-1"}|' "$W/p.yaml" > "$W/odd.yaml"
N 1 provision "$W/odd.yaml"
err: '/srv/100% done/share-h-1' has a character
$ ! said=$(LABSEAL_ROOT=not/absolute "$labseal" provision --dry-run "$W/p.yaml" 2>&1 >/dev/null); grep -qF "LABSEAL_ROOT is 'not/absolute'" <<<"$said"
$ diff -r "$LABSEAL_ROOT" "$W/before"
# an ordinary user
$ [ "$(id -u)" = 0 ] || { said=$(env -u LABSEAL_ROOT "$labseal" provision "$W/p.yaml" 2>&1); [ $? = 3 ] && grep -q 'are root.s' <<<"$said"; }
N 3 deprovision "$W/p.yaml"
err: cannot open the state folder
N 2 deprovision
err: which policy?

# only root makes users, in whatever folder
requires: root
P provision "$W/p.yaml"
out: made        labseal-operators
out: made        _labseal-diode
out: made        /etc/polkit-1/rules.d/50-labseal-h-1.rules
out: missing     /etc/libvirt/qemu.conf
out: add: stdio_handler = "file"
no-out: exports.d
out: provisioned
$ grep -q '^_labseal-diode:x:[0-9]*:[0-9]*:labseal receiver:/nonexistent:/usr/sbin/nologin$' "$E/passwd" && grep -q '^labseal-operators:' "$E/group" && ! getent passwd _labseal-h-1
$ cmp "$E/libvirt/qemu.conf" "$W/before/etc/libvirt/qemu.conf"
$ cmp <("$labseal" audit --polkit-rule "$W/p.yaml") "$E/polkit-1/rules.d/50-labseal-h-1.rules"

# the rule in polkit's own engine, Samba's and AppArmor's own readers, and a real smbd
$ ! command -v duk || tests/command/polkit.sh "$E/polkit-1/rules.d/50-labseal-h-1.rules" labseal-h-1
$ [ -z "$(command -v duk)" ] || { sed 's/return polkit.Result.NO;/return polkit.Result.YES;/' "$E/polkit-1/rules.d/50-labseal-h-1.rules" > "$W/open.rules"; ! tests/command/polkit.sh "$W/open.rules" labseal-h-1; }
$ chmod 755 "$W"; "$BUILD/tests/tools/make_share" --results 3 --events 1 "$W/lab"; cp -r "$W/lab/share/." "$W/share-h-1"; mkdir -p "$W/share-h-1/.staging"; echo half > "$W/share-h-1/.staging/half"; ln -s /etc/passwd "$W/share-h-1/results/out"; ln -s /etc "$W/share-h-1/results/folder"; ln -s ../../../../etc "$W/share-h-1/results/up"
$ ! command -v testparm || tests/command/samba.sh "$E/samba/labseal-h-1.conf" labseal-h-1 "$W/share-h-1" "$W/lab/trust.txt"
$ find "$W/share-h-1" -mindepth 1 -delete
$ ! command -v apparmor_parser || { [ "$(apparmor_parser --skip-kernel-load --skip-cache --base "$E/apparmor.d" --Include /etc/apparmor.d --names "$E/apparmor.d/labseal" | tr '\n' ' ')" = 'labseal-diode labseal-publish ' ] && apparmor_parser --skip-kernel-load --skip-cache --base "$E/apparmor.d" --Include /etc/apparmor.d "$E/apparmor.d/labseal"; }

# again: nothing; more is asked for: that alone
P provision "$W/p.yaml"
out: is there    _labseal-publish
out: provisioned already; nothing was changed
P provision --nfs 192.0.2.0/24,lab.example.org --write-qemu-conf "$W/p.yaml"
out: made        /etc/exports.d/labseal-h-1.exports
out: made        /etc/libvirt/qemu.conf
$ [ "$(tail -n 1 "$E/libvirt/qemu.conf")" = 'stdio_handler = "file"' ] && [ "$(stat -c %a "$E/libvirt/qemu.conf" "$E/libvirt/qemu.conf.before-labseal" | tr '\n' ' ')" = '600 600 ' ]
$ grep -qxF "\"$W/share-h-1\" 192.0.2.0/24(ro,root_squash,all_squash,sync,no_subtree_check) lab.example.org(ro,root_squash,all_squash,sync,no_subtree_check)" "$E/exports.d/labseal-h-1.exports"
P provision --write-qemu-conf "$W/p.yaml"
out: provisioned already; nothing was changed

# a second instrument shares what is for all, and keeps it from going
P provision "$W/q.yaml"
out: is there    _labseal-diode
out: made        /etc/polkit-1/rules.d/50-labseal-h-2.rules
out: is there    /etc/libvirt/qemu.conf
P deprovision --dry-run "$W/p.yaml"
out: would remove  /etc/polkit-1/rules.d/50-labseal-h-1.rules
out: dry run: nothing was changed
$ [ -e "$E/polkit-1/rules.d/50-labseal-h-1.rules" ]
P deprovision "$W/p.yaml"
out: removed       /etc/polkit-1/rules.d/50-labseal-h-1.rules
out: kept          _labseal-diode
out: another instrument of this host needs it
out: kept          /etc/libvirt/qemu.conf
$ [ ! -e "$E/samba/labseal-h-1.conf" ] && [ -e "$E/samba/labseal-h-2.conf" ] && grep -q ^_labseal-diode "$E/passwd" && grep -qx 'stdio_handler = "file"' "$E/libvirt/qemu.conf"
P deprovision "$W/q.yaml"
P deprovision "$W/p.yaml"
out: removed       /etc/libvirt/qemu.conf
out: as it was before is back
out: removed       _labseal-diode
out: kept          $W/share-h-1
out: kept          $W/state-h-1
out: deprovisioned
$ rm -f "$E"/*- "$E"/.*.lock; diff -r "$LABSEAL_ROOT" "$W/before"
$ [ ! -e "$W/state-h-1/made.json" ] && [ -e "$W/state-h-1/keys/signing-key.pem" ]
P deprovision "$W/p.yaml"
out: there was nothing to take away

# what a person wrote or changed is left, and named
$ fresh; mkdir -p "$E/samba"; echo mine > "$E/samba/labseal-h-1.conf"
P provision "$W/p.yaml"
out: kept        /etc/samba/labseal-h-1.conf
$ [ "$(cat "$E/samba/labseal-h-1.conf")" = mine ]
$ echo '// mine' >> "$E/polkit-1/rules.d/50-labseal-h-1.rules"
P provision "$W/p.yaml"
out: kept        /etc/polkit-1/rules.d/50-labseal-h-1.rules
N 1 deprovision "$W/p.yaml"
out: kept          /etc/polkit-1/rules.d/50-labseal-h-1.rules
out: a person changed it since
out: kept          /etc/polkit-1/rules.d 
out: deprovisioned, but for what a person changed
$ grep -q mine "$E/polkit-1/rules.d/50-labseal-h-1.rules" && [ "$(cat "$E/samba/labseal-h-1.conf")" = mine ] && ! grep -q _labseal "$E/passwd"
$ rm "$E/polkit-1/rules.d/50-labseal-h-1.rules"
P deprovision "$W/p.yaml"
out: removed       /etc/polkit-1/rules.d/50-labseal-h-1.rules  is gone already
$ [ ! -e "$E/polkit-1" ] && [ -e "$E/samba" ]

# a user that a person made, or who has files that stay
$ fresh; useradd --prefix "$LABSEAL_ROOT" --system --comment 'not yours' _labseal-enclave
P provision "$W/p.yaml"
out: is there    _labseal-enclave
$ mkdir "$W/share-h-1/results"; chown "$(sed -n 's/^_labseal-publish:x:\([0-9]*\):.*/\1/p' "$E/passwd")" "$W/share-h-1/results"
P deprovision "$W/p.yaml"
out: kept          _labseal-publish
out: has files in '$W/share-h-1', and its number is not to be another's
out: removed       _labseal-diode
no-out: _labseal-enclave
$ grep -q '^_labseal-enclave:.*:not yours:' "$E/passwd" && grep -q '^_labseal-publish:' "$E/passwd" && [ -d "$W/share-h-1/results" ]

# who keeps the mirror of a registry of calibrations
$ fresh; { cat "$W/p.yaml"; printf 'calibration: {device: d-1, registry: %s/mirror, trust: %s/trust}\n' "$W" "$W"; } >"$W/calibrated.yaml"; mkdir -p "$W/mirror"
P provision "$W/p.yaml"
out: made        _labseal-sync
$ touch "$W/mirror/log"; chown "$(sed -n 's/^_labseal-sync:x:\([0-9]*\):.*/\1/p' "$E/passwd")" "$W/mirror/log"
P deprovision "$W/calibrated.yaml"
out: kept          _labseal-sync
out: has files in '$W/mirror', and its number is not to be another's
out: removed       _labseal-calibration
$ grep -q '^_labseal-sync:' "$E/passwd"

# libvirt's file: a setting that a person made, a copy that is in the way, a change since
$ fresh; echo 'stdio_handler="logd" # ours' >> "$E/libvirt/qemu.conf"
N 1 provision --write-qemu-conf "$W/p.yaml"
err: sets stdio_handler to "logd" already
$ echo 'stdio_handler = "file"' > "$E/libvirt/qemu.conf"; echo 'access_drivers = [ "polkit" ]' > "$E/libvirt/libvirtd.conf"
P provision --write-qemu-conf "$W/p.yaml"
out: is there    /etc/libvirt/qemu.conf
out: is there    /etc/libvirt/libvirtd.conf
$ fresh; touch "$E/libvirt/qemu.conf.before-labseal"
N 4 provision --write-qemu-conf "$W/p.yaml"
err: qemu.conf.before-labseal' is there and not of this instrument's making
$ rm "$E/libvirt/qemu.conf.before-labseal"
P provision --write-qemu-conf "$W/p.yaml"
$ echo '# theirs' >> "$E/libvirt/qemu.conf"
N 1 deprovision "$W/p.yaml"
out: kept          /etc/libvirt/qemu.conf
$ grep -q theirs "$E/libvirt/qemu.conf"
$ fresh
P provision --write-qemu-conf "$W/p.yaml"
$ echo '# theirs' >> "$E/libvirt/qemu.conf.before-labseal"
N 1 deprovision "$W/p.yaml"
err: take labseal's line out of it by hand
$ fresh; rm "$E/libvirt/qemu.conf"
N 3 provision --write-qemu-conf "$W/p.yaml"
err: etc/libvirt/qemu.conf'
P provision "$W/p.yaml"
out: missing     /etc/libvirt/qemu.conf

# the list of what was made: damaged, or of another root
$ cp -a "$W/state-h-1/made.json" "$W/made.json"; sed -i 's|"root": "[^"]*"|"root": "/elsewhere"|' "$W/state-h-1/made.json"
N 1 deprovision "$W/p.yaml"
err: lies below '/elsewhere/', and LABSEAL_ROOT is '$LABSEAL_ROOT'
$ head -c 100 "$W/made.json" > "$W/state-h-1/made.json"
N 1 deprovision "$W/p.yaml"
err: 'made.json' in the state folder, is damaged
N 1 provision "$W/p.yaml"
err: is damaged
$ sed 's|"kind": "user"|"kind": "pope"|' "$W/made.json" > "$W/state-h-1/made.json"
N 1 deprovision "$W/p.yaml"
err: is damaged
$ cp "$W/made.json" "$W/state-h-1/made.json"
$ flock "$W/state-h-1/lock" sleep 600 & echo $! > "$W/pid"; for i in $(seq 600); do flock -n "$W/state-h-1/lock" true || break; sleep 0.05; done
N 4 deprovision "$W/p.yaml"
err: is in use by
$ pkill -P "$(cat "$W/pid")" sleep; for i in $(seq 600); do flock -n "$W/state-h-1/lock" true && break; sleep 0.05; done
P deprovision "$W/p.yaml"
out: deprovisioned
