# SPDX-License-Identifier: Apache-2.0
# labseal cal: a laboratory's registry, from its first key to a revocation
requires: openssl python3
$ mkdir "$W/keys" && for k in nmi lab tech nmitech other; do openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$W/keys/$k.pem" && openssl pkey -in "$W/keys/$k.pem" -pubout -out "$W/keys/$k.pub" || exit 1; done

# a new registry
P cal init --origin registry.example/cal --log-key "$W/keys/log.pem" --make-key "$W/r"
out: registry registry.example/cal+
N 2 cal init --log-key "$W/keys/log.pem" "$W/r2"
err: --origin NAME is missing
N 2 cal init --origin "two words" --log-key "$W/keys/log.pem" "$W/r2"
err: is no name for a registry
N 1 cal init --origin registry.example/cal --log-key "$W/keys/log.pem" "$W/r"
err: is not empty
N 3 cal issue --registry "$W/none" heartbeat
err: none' cannot be opened

# organisations, technicians, devices
P cal issue --registry "$W/r" organisation --name "NMI of Example" --level 0 --certified-by root --from 2020-01-01 --until 2040-01-01 --key "$W/keys/nmi.pem" --scope "temperature \\degreecelsius -80 300 0.0001 2"
out: organisation NMI of Example
P cal issue --registry "$W/r" organisation --name "Lab 1" --level 1 --certified-by "NMI of Example" --from 2020-01-01 --until 2038-01-01 --public "$W/keys/lab.pub" --key "$W/keys/nmi.pem" --scope "temperature \\degreecelsius -40 150 0.02 2"
P cal issue --registry "$W/r" technician --name "N. Nmi" --organisation "NMI of Example" --from 2020-01-01 --until 2038-01-01 --public "$W/keys/nmitech.pub" --key "$W/keys/nmi.pem"
P cal issue --registry "$W/r" technician --name "A. Tech" --organisation "Lab 1" --from 2020-01-01 --until 2038-01-01 --public "$W/keys/tech.pub" --key "$W/keys/lab.pem"
P cal issue --registry "$W/r" device --name "NMI cell 1" --level 0 --from 2020-01-01 --technician "N. Nmi" --make-key "$W/keys/cell.pem" --key "$W/keys/nmitech.pem"
P cal issue --registry "$W/r" device --name "Pt100 7" --level 1 --from 2020-01-01 --technician "A. Tech" --make-key "$W/keys/pt100.pem" --key "$W/keys/tech.pem"

# all that is wrong is told at once, and nothing is logged
$ cp -r "$W/r/log" "$W/log.before"
N 2 cal issue --registry "$W/r" organisation --nam x --level 300 --scope "temperature celsius 1 2"
err: there is no option '--nam' here; is it '--name'?
err: --name is missing
err: --certified-by is missing
err: --level '300' is no number from 0 to 255
err: --scope 'temperature celsius 1 2' is not
err: --until is missing
err: its public key
N 2 cal issue --registry "$W/r" device --name "Pt100 7" --level 0 --from 2020-01-01 --technician "A. Tech" --public "$W/keys/nmi.pub" --key "$W/keys/nmi.pem"
err: its key is the key of another holder already
err: there is a device 'Pt100 7' in the registry already
err: its level 0 is less than 1
N 2 cal issue --registry "$W/r" technician --name "B. Tech" --organisation "Lab 1" --from 2020-01-01 --until 2038-01-01 --public "$W/keys/other.pub" --key "$W/keys/other.pem"
err: signature 1 (certifier) is by the organisation 'Lab 1', whose key is not among those of --key
N 2 cal issue --registry "$W/r" technician --name "B. Tech" --organisation "Lab 2" --from 2020-01-01 --until 2038-01-01 --public "$W/keys/none.pub" --key "$W/keys/other.pem"
err: --organisation: the registry has no organisation 'Lab 2'
err: none.pub
N 2 cal issue --registry "$W/r" organisation --name "Lab 0" --level 0 --certified-by "NMI of Example" --from 2020-01-01 --until 2038-01-01 --public "$W/keys/other.pub" --key "$W/keys/nmi.pem"
err: a root is of level 0, and nobody else is
$ diff -r "$W/log.before" "$W/r/log"

# reports: the NMI's own, then one against it
P cal issue --registry "$W/r" report --device "NMI cell 1" --technician "N. Nmi" --performed 2021-01-10 --due 2030-01-10 --number NMI-1 --quantity "temperature \\degreecelsius -40 200" --point "0 0 0.001 2 -" --point "100 0 0.002 2 -" --key "$W/keys/nmitech.pem" --key "$W/keys/nmi.pem"
out: report NMI-1
P cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-02-01 --due 2037-02-01 --number L-1 --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
N 2 cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2020-02-01 --due 2020-01-01 --number L-2 --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
err: --due is not after --performed
err: no device with a report that was in force then
N 2 cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-02-01 --number L-1 --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
err: the device has a report with the number 'L-1' already
N 2 cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --performed 2021-03-01 --number L-3 --point "0 0.01 0.02 2 -" --quantity "temperature celsius 0 1" --key "$W/keys/tech.pem"
err: --point stands before the --quantity that it is of
N 2 cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --performed 2021-03-01 --number L-3 --quantity "temperature celsius 0 1" --point "0 0.01 0.02 2 -" --key "$W/keys/tech.pem"
err: the details

# what the laboratory is not certified for is refused before it is logged, where it can still be mended
N 2 cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-02-05 --number L-S --quantity "temperature \\degreecelsius -40 151" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
err: 'temperature' in its range is not in the scope of 'Lab 1'
err: (cal.scope)
N 2 cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-02-05 --number L-S --quantity "humidity \\percent 0 50" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
err: 'humidity' in its range is not in the scope of 'Lab 1'
N 2 cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-02-05 --number L-S --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.019 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
err: u = 0.0095 \degreecelsius is below the smallest in the scope of 'Lab 1'
err: (cal.scope.uncertainty)
N 2 cal issue --registry "$W/r" organisation --name "Lab 9" --level 2 --certified-by "Lab 1" --from 2020-01-01 --until 2038-01-01 --public "$W/keys/other.pub" --key "$W/keys/lab.pem" --scope "temperature \\degreecelsius -40 160 0.02 2"
err: its scope 'temperature' is wider, or finer, than that of 'Lab 1'
$ [ "$(sed -n 2p "$W/r/log/checkpoint")" = 8 ]

# what was issued is traced to the institute
$ { echo labseal/calibration-trust/v1; echo "registry $(cat "$W/r/log.vkey")"; echo "nmi $(openssl pkey -pubin -in "$W/keys/nmi.pub" -outform DER | base64 -w0) NMI of Example"; echo "max-age 604800"; echo "max-depth 60"; } >"$W/trust"
P cal issue --registry "$W/r" heartbeat --output "$W/beat"
$ grep -qx "revocations 0 $(sha256sum </dev/null | cut -d' ' -f1)" "$W/beat"
# another one in the same second would be the same record: it is of the next
P cal issue --registry "$W/r" heartbeat
P cal issue --registry "$W/r" heartbeat
# an output that cannot be written is told once, with the reason
$ once() { s=0; "$labseal" cal "$@" --registry "$W/r" --trust "$W/trust" >/dev/full 2>"$W/said" || s=$?; [ $s -eq 4 ] && [ "$(cat "$W/said")" = "labseal cal $1: cannot write to standard output: No space left on device" ] || { echo "$s: $*"; cat "$W/said"; return 1; }; }
$ once trace "Pt100 7" && once trace --json "Pt100 7" && once due && once due --json && once stats && once stats --json
P cal trace --registry "$W/r" --trust "$W/trust" "Pt100 7"
out: TRACEABLE

# a certificate that says the same is kept by its hash (tests/command/cal-documents.tst compares)
N 2 cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-02-03 --number L-D --document /etc/hostname --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
err: its certificate cannot be read: '/etc/hostname'
$ python3 tests/tools/make_dcc.py --unsigned L-D "Lab 1" 7 2021-02-03 0 0.01 0.02 >"$W/dcc.xml"
P cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-02-03 --number L-D --document "$W/dcc.xml" --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
$ cmp "$W/dcc.xml" "$W/r/documents/$(sha256sum <"$W/dcc.xml" | cut -d" " -f1)"

# keys at different places: a draft goes from one to the other
P cal issue --registry "$W/r" report --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-03-01 --number L-4 --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.02 2 -" --draft "$W/draft"
err: signatures are missing
N 1 cal append --registry "$W/r" "$W/draft"
err: needs the signature 'parent' next
N 2 cal sign --registry "$W/r" --key "$W/keys/tech.pem" "$W/draft"
err: is by the device 'NMI cell 1', whose key is not among those of --key
P cal sign --key "$W/keys/cell.pem" "$W/draft"
err: needs the signature 'technician' next
P cal sign --registry "$W/r" --key "$W/keys/tech.pem" --output "$W/record" "$W/draft"
err: has all its signatures
$ cp "$W/record" "$W/forged" && sed -i 's/^number L-4/number L-5/' "$W/forged"
N 1 cal append --registry "$W/r" "$W/forged"
err: not those that the report names
P cal append --registry "$W/r" "$W/record"
N 1 cal append --registry "$W/r" "$W/record"
err: the registry has record
err: nothing was logged
$ sed 's/^performed 2021/performed 2020/' "$W/record" >"$W/forged"
N 1 cal append --registry "$W/r" "$W/forged"
err: is not by the technician 'A. Tech'

# a private report's details are its owner's
N 2 cal issue --registry "$W/r" report --private --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-04-01 --number SECRET-9 --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem"
err: --output FILE is missing
P cal issue --registry "$W/r" report --private --device "Pt100 7" --technician "A. Tech" --parent "NMI cell 1" --performed 2021-04-01 --number SECRET-9 --quantity "temperature \\degreecelsius -40 150" --point "0 0.01 0.02 2 -" --key "$W/keys/cell.pem" --key "$W/keys/tech.pem" --output "$W/secret"
$ grep -q SECRET-9 "$W/secret" && ! grep -rq SECRET-9 "$W/r"

# a batch is logged with one checkpoint, or not at all
$ for i in 1 2 3; do echo "device --name 'Sensor $i' --level 2 --from 2020-01-01 --technician 'A. Tech' --make-key $W/keys/s$i.pem --key $W/keys/tech.pem"; echo "report --device 'Sensor $i' --technician 'A. Tech' --parent 'Pt100 7' --performed 2021-05-0$i --number S-$i --quantity 'temperature \\degreecelsius 0 50' --point '20 0.1 0.2 2 -' --key $W/keys/pt100.pem --key $W/keys/tech.pem"; done >"$W/batch"; echo "heartbeat" >>"$W/batch"
$ sed 's/Sensor 2/Sensor 1/; s/make-key/public/' "$W/batch" >"$W/wrong"; cp "$W/r/log/checkpoint" "$W/checkpoint.before"
N 2 cal issue --registry "$W/r" --batch "$W/wrong"
err: line 1:
$ cmp "$W/r/log/checkpoint" "$W/checkpoint.before"
P cal issue --registry "$W/r" --batch "$W/batch"
out: report S-3
out: heartbeat -
N 2 cal issue --registry "$W/r" --batch "$W/batch" heartbeat
err: one of them

# revocations, by those who may
P cal revoke --registry "$W/r" --record "Sensor 1" --reason damage --words "fell down" --key "$W/keys/tech.pem"
N 2 cal revoke --registry "$W/r" --record "NMI cell 1" --by "A. Tech" --reason damage --key "$W/keys/tech.pem"
err: who revokes it may not
N 2 cal revoke --registry "$W/r" --record "Sensor 1" --reason fun --key "$W/keys/tech.pem"
err: --reason 'fun' is none of
P cal revoke --registry "$W/r" --record "A. Tech" --reason competence --key "$W/keys/lab.pem"
P cal issue --registry "$W/r" heartbeat --output "$W/beat"
# a heartbeat says how many revocations there are, and their ids' digest, so that evidence can leave none out
$ grep -q '^revocations 2 ' "$W/beat"
P cal evidence --registry "$W/r" --trust "$W/trust" --at "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)" --output "$W/evidence" "Pt100 7"
$ "$labseal" cal trace --json --evidence "$W/evidence" --trust "$W/trust" "Pt100 7" >"$W/verdict.json"; ! grep -q 'does not show that there is no revocation' "$W/verdict.json"
N 2 cal issue --registry "$W/r" device --name "Sensor 4" --level 2 --from 2020-01-01 --technician "A. Tech" --public "$W/keys/other.pub" --key "$W/keys/tech.pem"
err: the technician is revoked

# a mirror: from a folder, from a mirror; nothing is kept of a source that lies
N 2 cal sync "$W/r" "$W/m"
err: is no mirror yet: with --trust FILE
P cal sync --trust "$W/trust" "$W/r" "$W/m"
out: each verified
P cal sync "$W/r" "$W/m"
out: 0 of them new
$ cmp "$W/dcc.xml" "$W/m/documents/$(sha256sum <"$W/dcc.xml" | cut -d" " -f1)"
P cal sync --trust "$W/trust" --json "$W/m" "$W/m2"
out: "before": 0
P cal sync --check "$W/m2"
out: each verified
$ diff -r "$W/m/log" "$W/m2/log"
$ cp -r "$W/m" "$W/bad" && printf 'X' | dd of="$(find "$W/bad/log/tile/entries" -type f | sort -t/ -k9n | tail -n 1)" bs=1 seek=100 conv=notrunc
N 1 cal sync --check "$W/bad"
err: do not make the root
N 1 cal sync --trust "$W/trust" "$W/bad" "$W/m3"
err: has other entries than the tree under its checkpoint
$ [ ! -e "$W/m3/log/checkpoint" ]
P cal sync --trust "$W/trust" "$W/r" "$W/m3"
N 3 cal sync --trust "$W/trust" "$W/none" "$W/m"
err: cannot be opened
N 3 cal sync --trust "$W/none" "$W/r" "$W/m"
N 2 cal sync --trust "$W/trust" ftp://example.org "$W/m"
err: a source is a folder, http:// or https://
N 3 cal sync --max-bytes 1000 --trust "$W/trust" "$W/r" "$W/m4"
err: more than the 1000 bytes of --max-bytes

# a disk without room: the mirror stays whole, whichever file it is that does not fit, and goes on when there is room
$ "$BUILD/tests/tools/make_registry" --devices 100 --levels 3 "$W/full" && cp -r "$W/full/registry" "$W/less" && cp "$W/full/yesterday" "$W/less/log/checkpoint" && rm -rf "$W/less/cache"
P cal sync --trust "$W/full/trust.txt" "$W/less" "$W/kept"
$ crowd() { rm -rf "$W/crowded" && cp -r "$W/kept" "$W/crowded" && s=0 && (ulimit -f "$1"; exec "$labseal" cal sync "$W/full/registry" "$W/crowded") >"$W/told" 2>"$W/said" || s=$?; }
$ whole() { [ $s -eq 4 ] && [ "$(wc -l <"$W/said")" = 1 ] && grep -q "^labseal cal sync: there is no room for the mirror '$W/crowded', which stays whole: make room there, then sync again: .*$1" "$W/said" && "$labseal" cal sync --check "$W/crowded" && "$labseal" cal trace --registry "$W/crowded" --trust "$W/full/trust.txt" --at 2026-06-01T00:00:00Z 'Thermometer 3-000001' && "$labseal" cal sync "$W/full/registry" "$W/crowded" && diff -r "$W/full/registry/log/tile" "$W/crowded/log/tile" && cmp "$W/full/registry/log/checkpoint" "$W/crowded/log/checkpoint"; }
$ crowd 1 && whole "'log/tile/entries/.*' cannot be written: File too large" || { echo "$s"; cat "$W/said"; false; }
$ crowd 48 && whole "the registry's index: " || { echo "$s"; cat "$W/said"; false; }
# a list of what is missing that cannot be read is not taken for an empty one
$ cp -r "$W/m" "$W/odd" && mkdir -p "$W/odd/documents/wanted"
N 4 cal sync "$W/r" "$W/odd"
err: the mirror's 'documents/wanted' cannot be read

# the registry's key signs another history: proven, and the mirror stays as it was
$ cp -r "$W/r" "$W/fork" && "$labseal" cal issue --registry "$W/r" heartbeat && "$labseal" cal issue --registry "$W/fork" heartbeat --issued 2024-01-01
P cal sync "$W/r" "$W/m"
N 1 cal sync "$W/fork" "$W/m"
err: signed two logs that cannot both be true
$ [ -s "$W/m/misbehaviour" ] && "$labseal" cal sync --check "$W/m"
$ "$labseal" cal issue --registry "$W/fork" heartbeat
N 1 cal sync "$W/fork" "$W/m"
err: signed two logs
$ cp -r "$W/m2" "$W/old"
N 3 cal sync "$W/old" "$W/m"
err: the source is behind

# checkpoints with a line by an Ed25519 key, too
$ second() { openssl pkey -in "$1" -pubout -outform DER | tail -c 32 | base64; }
P cal init --origin registry.example/two --log-key "$W/keys/two.pem" --ed25519-key "$W/keys/two-ed25519.pem" --make-key "$W/two" >"$W/two.keys"
$ sed -n 2p "$W/two.keys" | grep '^registry-ed25519 registry.example/two+' && cut -d ' ' -f 2 "$W/two.keys" | cmp - "$W/two/log.vkey" && [ "$(stat -c %a "$W/keys/two-ed25519.pem")" = 600 ]
$ [ "$(tail -n 1 "$W/two/log.vkey" | cut -d + -f 3- | base64 -d | tail -c 32 | base64)" = "$(second "$W/keys/two-ed25519.pem")" ]
N 1 cal init --origin registry.example/three --log-key "$W/keys/three.pem" --ed25519-key "$W/keys/two-ed25519.pem" --make-key "$W/three"
err: two-ed25519.pem
$ [ ! -e "$W/keys/three.pem" ] && [ ! -e "$W/three" ]
P cal issue --registry "$W/two" organisation --name NMI --level 0 --certified-by root --from 2020-01-01 --until 2040-01-01 --key "$W/keys/nmi.pem" --public "$W/keys/nmi.pub"
P cal issue --registry "$W/two" heartbeat
$ [ "$(grep -c '^— registry.example/two ' "$W/two/log/checkpoint")" = 2 ] && for f in "$W/two/log/checkpoints/"*; do [ "$(grep -c ^— "$f")" = 2 ] || exit 1; done
# the second line is by that key, as openssl sees it
$ sed '/^$/,$d' "$W/two/log/checkpoint" >"$W/two.text" && tail -n 1 "$W/two/log/checkpoint" | cut -d ' ' -f 3 | base64 -d | tail -c 64 >"$W/two.sig" && openssl pkeyutl -verify -rawin -inkey "$W/keys/two-ed25519.pem" -in "$W/two.text" -sigfile "$W/two.sig"
# where it lies is noted; another key, none, or one that is gone logs nothing
$ openssl genpkey -algorithm ED25519 -out "$W/keys/stranger.pem" && cp -r "$W/two/log" "$W/two.before"
N 2 cal issue --registry "$W/two" --ed25519-key "$W/keys/stranger.pem" heartbeat
err: this is not the Ed25519 key of the registry 'registry.example/two'
N 1 cal issue --registry "$W/two" --ed25519-key "$W/keys/nmi.pem" heartbeat
err: it is no Ed25519 private key in PEM
N 2 cal issue --registry "$W/r" --ed25519-key "$W/keys/stranger.pem" heartbeat
err: the registry 'registry.example/cal' has no Ed25519 key
$ mv "$W/two/writer" "$W/two.writer"
N 3 cal append --registry "$W/two" --log-key "$W/keys/two.pem" "$W/none"
err: where is the registry's Ed25519 key? Say --ed25519-key
$ mv "$W/two.writer" "$W/two/writer" && diff -r "$W/two.before" "$W/two/log"

# who knows the key wants its line; who does not keeps it for who does
$ { echo labseal/calibration-trust/v1; head -n 1 "$W/two.keys"; echo "nmi $(openssl pkey -in "$W/keys/nmi.pem" -pubout -outform DER | base64 -w 0) NMI"; printf 'max-age 604800\nmax-depth 60\n'; } >"$W/two.first" && sed "2r /dev/stdin" "$W/two.first" < <(sed -n 2p "$W/two.keys") >"$W/two.both"
P cal sync --trust "$W/two.both" "$W/two" "$W/two.m"
P cal sync --trust "$W/two.first" "$W/two" "$W/two.n"
P cal sync --check --trust "$W/two.both" "$W/two.n"
$ cp -r "$W/two" "$W/two.bare" && for f in "$W/two.bare/log/checkpoint" "$W/two.bare/log/checkpoints/"*; do sed -i '$d' "$f"; done
N 3 cal sync --trust "$W/two.both" "$W/two.bare" "$W/two.o"
err: the source's 'log/checkpoint': the checkpoint has no line by the registry's Ed25519 key
P cal sync --trust "$W/two.first" "$W/two.bare" "$W/two.o"
N 3 cal sync --check --trust "$W/two.both" "$W/two.o"
err: no line by the registry's Ed25519 key
N 3 cal stats --registry "$W/two.o" --trust "$W/two.both"
err: no line by the registry's Ed25519 key
# a mirror without it is mended by the next copy from its own place
P cal sync --trust "$W/two.both" "$W/two" "$W/two.o"
P cal sync --check --trust "$W/two.both" "$W/two.o"
$ cp -r "$W/two" "$W/two.false" && python3 -c 'import sys,base64; p=sys.argv[1]; L=open(p).read().split("\n"); w=L[-2].split(" "); b=bytearray(base64.b64decode(w[2])); b[9]^=1; w[2]=base64.b64encode(b).decode(); L[-2]=" ".join(w); open(p,"w").write("\n".join(L))' "$W/two.false/log/checkpoint"
N 1 cal sync --trust "$W/two.both" "$W/two.false" "$W/two.q"
err: the Ed25519 signature is not by this key
# one that was copied before the key was known does not stand in the way either
P cal sync --trust "$W/two.first" "$W/two.false" "$W/two.q"
P cal sync --trust "$W/two.both" "$W/two" "$W/two.q"
P cal sync --check --trust "$W/two.both" "$W/two.q"

# a registry that was begun without such a key is given one; who knows it wants its line from then on
$ cp -r "$W/r" "$W/given" && "$labseal" cal sync --trust "$W/trust" "$W/given" "$W/given.m" >"$W/said"
N 2 cal add-key "$W/given"
err: which key? Say --ed25519-key
N 3 cal add-key --ed25519-key "$W/keys/none.pem" "$W/given"
err: none.pem
N 1 cal add-key --ed25519-key "$W/keys/nmi.pem" "$W/given"
err: it is no Ed25519 private key in PEM
N 1 cal add-key --ed25519-key "$W/keys/stranger.pem" --make-key "$W/given"
err: stranger.pem
$ diff -r "$W/r" "$W/given"
P cal add-key --ed25519-key "$W/keys/given.pem" --make-key "$W/given" >"$W/given.keys"
$ cut -d ' ' -f 2 "$W/given.keys" | cmp - "$W/given/log.vkey" && [ "$(sed -n 1p "$W/given.keys")" = "registry $(cat "$W/r/log.vkey")" ] && [ "$(stat -c %a "$W/keys/given.pem")" = 600 ]
$ [ "$(tail -n 1 "$W/given/log.vkey" | cut -d + -f 3- | base64 -d | tail -c 32 | base64)" = "$(second "$W/keys/given.pem")" ]
$ for f in "$W/given/log/checkpoint" "$W/given/log/checkpoints/"*; do [ "$(grep -c '^— registry.example/cal ' "$f")" = 2 ] || { echo "$f"; exit 1; }; done
# again is the same, and another key, or a new one, is refused
$ cp -r "$W/given" "$W/given.before"
P cal add-key --ed25519-key "$W/keys/given.pem" "$W/given"
N 2 cal add-key --ed25519-key "$W/keys/stranger.pem" "$W/given"
err: this is not the Ed25519 key of the registry
N 1 cal add-key --ed25519-key "$W/keys/given2.pem" --make-key "$W/given"
err: has an Ed25519 key already
$ diff -r "$W/given.before" "$W/given" && [ ! -e "$W/keys/given2.pem" ]
# it goes on with both, and where the key lies is noted
P cal issue --registry "$W/given" heartbeat
$ [ "$(grep -c '^— registry.example/cal ' "$W/given/log/checkpoint")" = 2 ]
$ { sed -n 1p "$W/trust"; cat "$W/given.keys"; sed 1,2d "$W/trust"; } >"$W/given.trust"
# a mirror from before is not believed by who names the key, and is by who does not; its next copy mends it
N 3 cal sync --check --trust "$W/given.trust" "$W/given.m"
err: no line by the registry's Ed25519 key
P cal sync --check --trust "$W/trust" "$W/given.m"
P cal sync --trust "$W/given.trust" "$W/given" "$W/given.m"
P cal sync --check --trust "$W/given.trust" "$W/given.m"
P cal sync --check --trust "$W/trust" "$W/given.m"
N 3 cal sync --trust "$W/given.trust" "$W/r" "$W/given.n"
err: no line by the registry's Ed25519 key

# a million names of documents that are not there, chosen to be alike: bounded in time and memory, and the log is copied all the same
$ python3 -c 'f = open("'"$W"'/two.m/documents/wanted", "w"); [f.write("%032x%032x\n" % (0xab << 120, i)) for i in range(1, 1000001)]'
P cal issue --registry "$W/two" organisation --name "Lab 9" --level 1 --certified-by NMI --from 2021-01-01 --until 2030-01-01 --make-key "$W/keys/lab9.pem" --key "$W/keys/nmi.pem"
$ python3 -c 'import resource, subprocess, sys, time; b = time.time(); subprocess.run(sys.argv[1:], check=True); print(time.time() - b, "s"); sys.exit(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 1 << 20)' timeout 100 "$labseal" cal sync --json --trust "$W/two.both" "$W/two" "$W/two.m" >"$W/said" 2>"$W/told"
$ grep -q '"size": 3, .*"documents_missing": 10000, "documents_not_asked": 990000, "documents_left_out": 0' "$W/said" && grep -q '990000 more that reports name were not asked for' "$W/told" && [ "$(wc -l <"$W/two.m/documents/wanted")" = 1000000 ]
