# SPDX-License-Identifier: Apache-2.0
# An authority's master key that a TPM keeps: a software TPM here, whose folder takes the device's place.
requires: swtpm python3
$ mkdir "$W/tpm" "$W/tpm2"; echo 'correct horse' >"$W/pass"; echo battery >"$W/other"

# what cannot be is said before a TPM is looked for, and leaves nothing
N 2 dna authority init --name One --tpm "$W/tpm" "$W/a"
err: --tpm goes with --sealed
N 2 dna authority init --name One --pcrs 0 "$W/a"
err: --pcrs goes with --sealed
N 2 dna authority init --name One --sealed --pcrs 0,24 "$W/a"
err: --pcrs '0,24' is no list of different PCRs 0 to 23
N 2 dna authority init --name One --sealed --pcrs 7,7 "$W/a"
err: is no list of different PCRs
N 2 dna authority init --name One --sealed --pcrs 7, "$W/a"
err: is no list of different PCRs
N 3 dna authority init --name One --sealed --tpm "$W/no-such-device" "$W/a"
err: cannot open the TPM
err: [keeper.tpm]
N 2 dna authority init --name One --sealed --tpm "$W/pass" "$W/a"
err: is no TPM
# the auditor's program has no TPM library in it
$ s=0; "$BUILD/labseal-audit" dna authority init --name One --sealed "$W/a" 2>"$W/said" || s=$?; [ $s -eq 3 ] && grep -q 'this program reaches no TPM.*keeper.none' "$W/said"
$ [ ! -e "$W/a" ]

# sealed: no passphrase is asked for, and no byte of the file opens anything elsewhere
P dna authority init --name "Core facility" --paper --sealed --tpm "$W/tpm" "$W/a"
out: authority: Core facility
out: profiles: standard, standard-full, aggregate, paper
err: has a software TPM: whoever can read that folder
$ [ "$(stat -c %a "$W/a/master.pem" "$W/a/parameters.pem" | tr '\n' ' ')" = '600 644 ' ]
P dna authority show "$W/a"
out: master key: sealed to a TPM
no-out: passphrase
$ keep "$W/a/master.pem"
P dna authority extract --orcid 0000-0002-1825-0097 --output "$W/alice" --no-passphrase --tpm "$W/tpm" "$W/a"
$ python3 tests/dna/make_plasmid.py 3000 1 >"$W/p.gb" && "$labseal" dna sign --key "$W/alice" --id 42 --at auto --rules none --output "$W/signed.gb" "$W/p.gb"
P dna verify --trust "$W/a/parameters.pem" "$W/signed.gb"
out: VERIFIED: valid
N 3 dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --no-passphrase --tpm "$W/tpm2" "$W/a"
err: the master key in
err: another TPM sealed it
err: [tpm.kept.elsewhere]
$ s=0; "$BUILD/labseal-audit" dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --no-passphrase "$W/a" 2>"$W/said" || s=$?; [ $s -eq 3 ] && grep -q 'it is sealed to a TPM: this program reaches no TPM' "$W/said"
$ [ ! -e "$W/k" ]
same: $W/a/master.pem
# each command that needs it takes it from there
$ "$labseal" dna authority own --orcid 0000-0002-1694-233X --output "$W/own" --request "$W/own.request" --no-passphrase "$W/a/parameters.pem"
P dna authority publish --add "$W/own.request" --tpm "$W/tpm" "$W/a"
out: directory-1.pem
P dna authority log --origin example.org/sealed --log-key "$W/log.key" --make-key --log-passphrase-file "$W/pass" "$W/a"
P dna authority append --add "$W/own.request" --tpm "$W/tpm" --log-passphrase-file "$W/pass" "$W/a"
out: entries
P dna authority withdraw --orcid 0000-0002-1694-233X --reason superseded --tpm "$W/tpm" --log-passphrase-file "$W/pass" "$W/a"
N 3 dna authority withdraw --orcid 0000-0002-1694-233X --reason superseded --tpm "$W/tpm2" --log-passphrase-file "$W/pass" "$W/a"
err: [tpm.kept.elsewhere]

# cut short at many places, and altered: refused, and never a key
$ cp -r "$W/a" "$W/cut"; n=$(stat -c %s "$W/a/master.pem"); for at in $(seq 0 24 "$n"); do head -c "$at" "$W/a/master.pem" >"$W/cut/master.pem"; s=0; "$labseal" dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --no-passphrase --tpm "$W/tpm" "$W/cut" 2>"$W/said" || s=$?; [ $s -eq 3 ] && grep -q 'the master key in' "$W/said" && [ ! -e "$W/k" ] || { echo "$at: $s"; cat "$W/said"; exit 1; }; done
$ alter() { python3 -c 'import base64,sys; t=open(sys.argv[1]).read().splitlines(); b=bytearray(base64.b64decode("".join(t[1:-1]))); b[int(sys.argv[2])]^=1; e=base64.b64encode(bytes(b)).decode(); print("\n".join([t[0]]+[e[i:i+64] for i in range(0,len(e),64)]+[t[-1]]))' "$W/a/master.pem" "$1" >"$W/cut/master.pem"; }; for at in -1 -33 -49 -50 -60 -150 -250 20; do alter "$at"; s=0; "$labseal" dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --no-passphrase --tpm "$W/tpm" "$W/cut" 2>"$W/said" || s=$?; [ $s -eq 3 ] && [ ! -e "$W/k" ] || { echo "$at: $s"; cat "$W/said"; exit 1; }; done

# a passphrase and the TPM: neither is enough
P dna authority init --name Both --sealed --pcrs 0,7 --passphrase-file "$W/pass" --tpm "$W/tpm" "$W/both"
P dna authority show "$W/both"
out: master key: sealed to a TPM, and under a passphrase
N 1 dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --no-passphrase --tpm "$W/tpm" "$W/both"
err: [key.passphrase]
N 1 dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --no-passphrase --passphrase-file "$W/other" --tpm "$W/tpm" "$W/both"
err: this passphrase does not open it
N 3 dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --no-passphrase --passphrase-file "$W/pass" --tpm "$W/tpm2" "$W/both"
err: [tpm.kept.elsewhere]
P dna authority extract --orcid 0000-0002-1825-0097 --output "$W/of-both" --no-passphrase --passphrase-file "$W/pass" --tpm "$W/tpm" "$W/both"

# a master key under a passphrase is sealed later; its copy in a safe place is what another TPM gets it from
P dna authority init --name Later --passphrase-file "$W/pass" "$W/later"
$ cp "$W/later/master.pem" "$W/safe.pem"; keep "$W/later/master.pem"; keep "$W/later/parameters.pem"
N 1 dna authority seal --passphrase-file "$W/other" --tpm "$W/tpm" "$W/later"
err: this passphrase does not open it
same: $W/later/master.pem
N 3 dna authority seal --passphrase-file "$W/pass" --tpm "$W/none" "$W/later"
err: is as it was
same: $W/later/master.pem
P dna authority seal --passphrase-file "$W/pass" --tpm "$W/tpm" "$W/later"
out: master.pem: sealed
same: $W/later/parameters.pem
$ [ "$(stat -c %a "$W/later/master.pem")" = 600 ] && ! cmp -s "$W/later/master.pem" "$W/safe.pem"
P dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k1" --no-passphrase --tpm "$W/tpm" "$W/later"
P dna authority seal --tpm "$W/tpm" --new-passphrase-file "$W/pass" "$W/later"
P dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k2" --no-passphrase --passphrase-file "$W/pass" --tpm "$W/tpm" "$W/later"
$ cmp "$W/k1" "$W/k2"
$ cp "$W/safe.pem" "$W/later/master.pem"
P dna authority seal --passphrase-file "$W/pass" --tpm "$W/tpm2" "$W/later"
P dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k3" --no-passphrase --tpm "$W/tpm2" "$W/later"
$ cmp "$W/k1" "$W/k3"

# what an interrupted init left is completed, and not written over
$ mkdir "$W/half" && cp "$W/a/master.pem" "$W/half/"; keep "$W/half/master.pem"
N 2 dna authority init --name Another --no-passphrase "$W/half"
err: 'Core facility', whose making was interrupted
same: $W/half/master.pem
$ cmp "$W/half/parameters.pem" "$W/a/parameters.pem"
# two at once in one folder
$ mkdir "$W/busy"
$ s=0; flock "$W/busy" "$labseal" dna authority init --name Busy --no-passphrase "$W/busy" 2>"$W/said" || s=$?; [ $s -ne 0 ] && grep -q 'dna.authority.busy' "$W/said" && [ -z "$(ls -A "$W/busy")" ]
