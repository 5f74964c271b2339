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
