# SPDX-License-Identifier: Apache-2.0
# labseal cal: a laboratory's keys in a PKCS#11 token
requires: openssl softhsm2-util
$ mkdir "$W/tokens" && printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' "$W" >"$W/softhsm2.conf"
$ export SOFTHSM2_CONF=$W/softhsm2.conf module=/usr/lib/softhsm/libsofthsm2.so
$ for t in log lab; do softhsm2-util --init-token --free --label $t --so-pin 00000000 --pin 1234 || exit 1; done; echo 1234 >"$W/pin" && echo 4321 >"$W/wrong" && chmod 600 "$W/pin" "$W/wrong"
$ log="pkcs11:token=log;object=registry?module-path=$module" nmi="pkcs11:token=lab;object=nmi?module-path=$module"

P cal init --origin registry.example/hsm --log-key "$log" --make-key --pin-file "$W/pin" "$W/r"
out: registry registry.example/hsm+
N 2 cal issue --registry "$W/r" --pin-file "$W/pin" organisation --name NMI --level 0 --certified-by root --until 2040-01-01
err: its public key
P cal issue --registry "$W/r" --pin-file "$W/pin" organisation --name NMI --level 0 --certified-by root --until 2040-01-01 --make-key "$nmi" --key "$nmi"
out: organisation NMI
P cal issue --registry "$W/r" --pin-file "$W/pin" heartbeat
N 3 cal issue --registry "$W/r" --pin-file "$W/wrong" heartbeat
err: PIN
N 3 cal issue --registry "$W/r" heartbeat
err: --pin-file
N 2 cal issue --registry "$W/r" --log-key "pkcs11:token=log" heartbeat
err: the URI has no
P cal sync --check "$W/r"
out: 2 entries

# a laboratory's keys in one token, the Ed25519 key of its checkpoints among them: it is logged in to once
$ softhsm2-util --init-token --free --label all --so-pin 00000000 --pin 1234 && one() { printf 'pkcs11:token=all;object=%s?module-path=%s' "$1" "$module"; }
P cal init --origin registry.example/one --log-key "$(one log)" --ed25519-key "$(one log-ed25519)" --make-key --pin-file "$W/pin" "$W/one"
out: registry registry.example/one+
out: registry-ed25519 registry.example/one+
P cal issue --registry "$W/one" --pin-file "$W/pin" organisation --name NMI --level 0 --certified-by root --from 2020-01-01 --until 2040-01-01 --scope 'temperature \degreecelsius -40 200 0.001 2' --make-key "$(one nmi)" --key "$(one nmi)"
P cal issue --registry "$W/one" --pin-file "$W/pin" technician --name "N. Nmi" --organisation NMI --from 2020-01-01 --until 2040-01-01 --make-key "$(one tech)" --key "$(one nmi)"
P cal issue --registry "$W/one" --pin-file "$W/pin" device --name Cell --level 0 --from 2020-01-01 --technician "N. Nmi" --make-key "$(one cell)" --key "$(one tech)"
P cal issue --registry "$W/one" --pin-file "$W/pin" report --device Cell --technician "N. Nmi" --performed 2021-01-10 --due 2030-01-10 --number N-1 --quantity 'temperature \degreecelsius -40 200' --point '0 0 0.001 2 -' --key "$(one tech)" --key "$(one nmi)"
out: report N-1
N 3 cal issue --registry "$W/one" --pin-file "$W/pin" --ed25519-key "$(one log)" heartbeat
err: labseal needs one on Ed25519
P cal sync --check "$W/one"
out: 4 entries
