# SPDX-License-Identifier: Apache-2.0
# Authorities of DNA signatures: keys given out, directories published, and what is refused.
$ echo 'correct horse' >"$W/pass"; echo battery >"$W/other"

N 2 dna authority
N 2 dna authority init "$W/a"
err: --name is missing
N 2 dna authority init --name "two  blanks" --no-passphrase "$W/a"
err: [dna.authority.name]
N 2 dna authority init --name One --no-passphrase --passphrase-file "$W/pass" "$W/a"
err: a passphrase and none at once
$ [ ! -e "$W/a" ]
P dna authority init --name "Core facility" --paper --passphrase-file "$W/pass" "$W/a"
out: authority: Core facility
out: profiles: standard, standard-full, aggregate, paper
$ [ "$(stat -c %a "$W/a/master.pem" "$W/a/parameters.pem" | tr '\n' ' ')" = '600 644 ' ]
$ keep "$W/a/master.pem"
N 2 dna authority init --name "Another" --no-passphrase "$W/a"
err: there is an authority in
same: $W/a/master.pem

# another authority's parameters, alone: nothing is written beside them
$ mkdir "$W/foreign" && cp "$W/a/parameters.pem" "$W/foreign/"; keep "$W/foreign/parameters.pem"
N 2 dna authority init --name "Another" --no-passphrase "$W/foreign"
err: [dna.authority.exists]
same: $W/foreign/parameters.pem
$ [ ! -e "$W/foreign/master.pem" ]

# identities: the check digit is checked, X is one
N 2 dna authority extract --orcid 0000-0002-1825-0098 --output "$W/k" --passphrase-file "$W/pass" --no-passphrase "$W/a"
err: its check digit would be 7
N 2 dna authority extract --output "$W/k" "$W/a"
err: --orcid is missing
N 1 dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --passphrase-file "$W/other" --no-passphrase "$W/a"
err: this passphrase does not open it
N 3 dna authority extract --orcid 0000-0002-1825-0097 --output "$W/k" --no-passphrase "$W/none"
err: cannot open the authority's folder
$ [ ! -e "$W/k" ]
P dna authority extract --orcid 0000-0002-1825-0097 --output "$W/alice" --passphrase-file "$W/pass" --key-passphrase-file "$W/other" "$W/a"
P dna authority extract --orcid https://orcid.org/000000021694233x --output "$W/bob" --passphrase-file "$W/pass" --no-passphrase "$W/a"
$ [ "$(stat -c %a "$W/alice")" = 600 ]
$ keep "$W/bob"
N 2 dna authority extract --orcid 0000-0002-1825-0097 --output "$W/bob" --passphrase-file "$W/pass" --no-passphrase "$W/a"
err: is there already
same: $W/bob

# keys of one's own, and the directory
N 2 dna authority own --orcid 0000-0002-1694-233X --output "$W/own" --no-passphrase "$W/a/parameters.pem"
err: --request is missing
N 3 dna authority own --orcid 0000-0002-1694-233X --output "$W/own" --request "$W/no-folder/own.request" --no-passphrase "$W/a/parameters.pem"
err: no-folder/own.request
$ [ ! -e "$W/own" ]
P dna authority own --orcid 0000-0002-1694-233X --output "$W/own" --request "$W/own.request" --no-passphrase "$W/a/parameters.pem"
N 2 dna authority publish --passphrase-file "$W/pass" "$W/a"
err: nothing to publish
N 3 dna authority publish --add "$W/bob" --passphrase-file "$W/pass" "$W/a"
err: no PEM block 'LABSEAL DNA KEY REQUEST'
N 3 dna authority publish --withdraw 0000-0002-1694-233X --passphrase-file "$W/pass" "$W/a"
err: the directory has no key of '0000-0002-1694-233X'
P dna authority publish --add "$W/own.request" --passphrase-file "$W/pass" "$W/a"
out: directory-1.pem
P dna authority show "$W/a"
out: master key: under a passphrase
out: directory: 1, 20
out: key: 0000-0002-1694-233X
no-out: withdrawn
P dna authority publish --withdraw 0000-0002-1694-233X --passphrase-file "$W/pass" "$W/a"
out: directory-2.pem
P dna authority show "$W/a"
out: key: 0000-0002-1694-233X withdrawn
# a withdrawn key is not taken up again, not even after another took its place
N 2 dna authority publish --add "$W/own.request" --passphrase-file "$W/pass" "$W/a"
err: was withdrawn by directory 2
$ [ ! -e "$W/a/directory-3.pem" ]
P dna authority own --orcid 0000-0002-1694-233X --output "$W/own2" --request "$W/own2.request" --no-passphrase "$W/a/parameters.pem"
P dna authority publish --add "$W/own2.request" --passphrase-file "$W/pass" "$W/a"
out: directory-3.pem
N 2 dna authority publish --add "$W/own.request" --passphrase-file "$W/pass" "$W/a"
err: [dna.directory.withdrawn]
$ [ ! -e "$W/a/directory-4.pem" ]

N 3 dna verify --trust "$W/a" "$W/p.none"
err: parameters.pem' [dna.trust.folder]

# a request to another authority
P dna authority init --name Strangers --no-passphrase "$W/b"
P dna authority show "$W/b"
out: master key: under no passphrase, and not sealed
# how the master key is kept: it is told of the file as it is, and only of this authority's
$ mkdir "$W/public" && cp "$W/a/parameters.pem" "$W/public/"
P dna authority show "$W/public"
out: master key: not in this folder
$ cp "$W/b/master.pem" "$W/public/"
N 3 dna authority show "$W/public"
err: it is another authority's than 'parameters.pem' [dna.key.mismatch]
$ head -c 300 "$W/a/master.pem" >"$W/public/master.pem"
N 3 dna authority show "$W/public"
err: the master key in '
N 1 dna authority publish --add "$W/own.request" "$W/b"
err: the request is to another authority than 'Strangers'

# what was signed in each profile is verified, and by a withdrawn key it is not
$ python3 tests/dna/make_plasmid.py 3000 1 >"$W/p.gb"
$ sign() { "$labseal" dna sign --id 42 --at auto --rules none --output "$W/signed.gb" "$@" "$W/p.gb"; }
$ rm -f "$W/signed.gb"; sign --key "$W/bob" --profile paper 2>"$W/paper.said" && grep -q "warning: profile paper is at the paper's level, not for new use" "$W/paper.said"
P dna verify --trust "$W/a/parameters.pem" "$W/signed.gb"
out: VERIFIED: valid
out: profile     paper (paper level, not for new use)
P dna inspect "$W/signed.gb"
out: profile        paper (paper level, not for new use)
# without the paper's program that record cannot be checked, and the next one still is
$ mkdir "$W/alone" && cp "$BUILD/labseal-audit" "$W/alone/" && cat "$W/signed.gb" "$W/p.gb" >"$W/two.gb"
$ s=0; "$W/alone/labseal-audit" dna verify --trust "$W/a/parameters.pem" "$W/two.gb" >"$W/said" 2>&1 || s=$?; [ $s -eq 1 ] && grep -q 'COULD NOT BE CHECKED' "$W/said" && grep -q 'dna.paper.missing' "$W/said" && grep -q 'NOT VERIFIED: no-block' "$W/said"
$ rm -f "$W/signed.gb"; sign --key "$W/own" --profile aggregate
P dna verify --trust "$W/a/parameters.pem" --trust "$W/a/directory-1.pem" "$W/signed.gb"
out: VERIFIED: valid
$ s=0; "$labseal" dna verify --trust "$W/a/parameters.pem" --trust "$W/a/directory-1.pem" --trust "$W/a/directory-2.pem" "$W/signed.gb" >"$W/said" 2>&1 || s=$?; [ $s -ne 0 ] && ! grep -q ': valid' "$W/said"
$ s=0; "$labseal" dna verify --trust "$W/a/parameters.pem" --trust "$W/a/directory-1.pem" --trust "$W/a/directory-3.pem" "$W/signed.gb" >"$W/said" 2>&1 || s=$?; [ $s -eq 1 ] && grep -q 'directory 2 of .*not given.*dna.directory.missing' "$W/said"
# two sign together: one signature, both named; a directory that has one of them only is not enough
$ "$labseal" dna authority init --name Both --no-passphrase "$W/c"
$ for who in 0000-0002-1825-0097 0000-0001-5109-3700; do "$labseal" dna authority own --orcid $who --output "$W/$who" --request "$W/$who.request" --no-passphrase "$W/c/parameters.pem" && "$labseal" dna authority publish --add "$W/$who.request" "$W/c"; done
$ "$labseal" dna sign --id 42 --at auto --rules none --output "$W/both.gb" --key "$W/0000-0002-1825-0097" --key "$W/0000-0001-5109-3700" --profile aggregate "$W/p.gb"
P dna verify --trust "$W/c/parameters.pem" --trust "$W/c/directory-2.pem" "$W/both.gb"
out: VERIFIED: valid
out: 0000-0002-1825-0097
out: 0000-0001-5109-3700
$ s=0; "$labseal" dna verify --trust "$W/c/parameters.pem" --trust "$W/c/directory-1.pem" "$W/both.gb" >"$W/said" 2>&1 || s=$?; [ $s -ne 0 ] && ! grep -q ': valid' "$W/said"
N 2 dna sign --id 42 --at auto --key "$W/0000-0002-1825-0097" --key "$W/own" --profile aggregate "$W/p.gb"
err: one authority's directory
$ s=0; "$labseal" dna verify --trust "$W/a/directory-1.pem" "$W/signed.gb" >"$W/said" 2>&1 || s=$?; [ $s -eq 3 ] && grep -q 'before it' "$W/said"

# --- the log of keys: made, grown, withdrawn from, mirrored, and one file of it
$ "$labseal" dna authority init --name Logged --no-passphrase "$W/l" && for n in 1 2 3; do "$labseal" dna authority own --orcid 0000-0002-1825-0097 --output "$W/l$n" --request "$W/l$n.request" --no-passphrase "$W/l/parameters.pem"; done && "$labseal" dna authority own --orcid 0000-0001-5109-3700 --output "$W/lb" --request "$W/lb.request" --no-passphrase "$W/l/parameters.pem"
N 3 dna authority append --add "$W/l1.request" "$W/l"
err: [dna.keys.none]
N 2 dna authority publish --snapshot "$W/none" "$W/l"
err: only a log of keys has snapshots
N 2 dna authority log --origin example.org/dna-keys "$W/l"
err: --log-key
$ printf 'pw\n' >"$W/logpass" && "$labseal" dna authority log --origin example.org/dna-keys --log-key "$W/log.pem" --make-key --log-passphrase-file "$W/logpass" "$W/l" >"$W/l.trust"
$ grep -q '^labseal/dna-trust/v1$' "$W/l.trust" && grep -q '^registry example.org/dna-keys+' "$W/l.trust"
N 2 dna authority log --origin example.org/dna-keys --log-key "$W/log.pem" --log-passphrase-file "$W/logpass" "$W/l"
err: [dna.keys.exists]
P dna authority append --add "$W/l1.request" --from 2020-01-01 --log-passphrase-file "$W/logpass" "$W/l"
out: keys: 2 entries
P dna authority append --add "$W/lb.request" --from 2020-01-01 --until 2021-01-01 --log-passphrase-file "$W/logpass" "$W/l"
N 2 dna authority append --add "$W/l2.request" --from 2021-01-01 --until 2020-01-01 --log-passphrase-file "$W/logpass" "$W/l"
err: [dna.keys.interval]
N 2 dna authority append --add "$W/l1.request" --log-passphrase-file "$W/logpass" "$W/l"
err: [dna.keys.known]
N 1 dna authority append --add "$W/own.request" --log-passphrase-file "$W/logpass" "$W/l"
err: [dna.request.authority]
N 2 dna authority publish --add "$W/l2.request" "$W/l"
err: 'append' and 'withdraw' change it
P dna authority publish --snapshot "$W/l.snapshot" --log-passphrase-file "$W/logpass" "$W/l"
P dna authority sync --trust "$W/l.trust" "$W/l/keys" "$W/l.mirror"
out: each verified
$ "$labseal" dna sign --id 42 --at auto --rules none --profile aggregate --key "$W/l1" --output "$W/l1.gb" "$W/p.gb" && "$labseal" dna sign --id 42 --at auto --rules none --profile aggregate --key "$W/l1" --key "$W/lb" --output "$W/l1b.gb" "$W/p.gb"
P dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1.gb"
out: keys: example.org/dna-keys:
out: (heartbeat)
out: 604800 allowed
out: VERIFIED: valid
P dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.snapshot" "$W/l1.gb"
out: VERIFIED: valid
# a log whose checkpoints an Ed25519 key signs, too: who was told of it wants its line, in a mirror as in a snapshot
$ "$labseal" dna authority init --name Two --no-passphrase "$W/two" && "$labseal" dna authority own --orcid 0000-0002-1825-0097 --output "$W/two1" --request "$W/two1.request" --no-passphrase "$W/two/parameters.pem"
N 2 dna authority log --origin example.org/two --log-key "$W/two-log.pem" --ed25519-key "$W/log.pem" --make-key --log-passphrase-file "$W/logpass" "$W/two"
err: log.pem
$ [ ! -e "$W/two/keys" ] && [ ! -e "$W/two-log.pem" ]
P dna authority log --origin example.org/two --log-key "$W/two-log.pem" --ed25519-key "$W/two-ed25519.pem" --make-key --log-passphrase-file "$W/logpass" "$W/two" >"$W/two.trust"
$ cut -d ' ' -f 2 "$W/two.trust" | sed -n '3,4p' | cmp - "$W/two/keys/log.vkey" && [ "$(cut -d ' ' -f 1 "$W/two.trust" | paste -sd ' ')" = 'labseal/dna-trust/v1 authority registry registry-ed25519 max-age' ]
$ [ "$(stat -c %a "$W/two-ed25519.pem")" = 600 ] && openssl pkey -in "$W/two-ed25519.pem" -passin "file:$W/logpass" -pubout -outform DER | tail -c 32 | base64 | grep -qxF "$(tail -n 1 "$W/two/keys/log.vkey" | cut -d + -f 3- | base64 -d | tail -c 32 | base64)"
P dna authority append --add "$W/two1.request" --from 2020-01-01 --log-passphrase-file "$W/logpass" "$W/two"
P dna authority publish --snapshot "$W/two.snapshot" --log-passphrase-file "$W/logpass" "$W/two"
$ for f in "$W/two/keys/log/checkpoint" "$W/two/keys/log/checkpoints/"*; do [ "$(grep -c '^— example.org/two ' "$f")" = 2 ] || exit 1; done
$ sed '/^$/,$d' "$W/two/keys/log/checkpoint" >"$W/two.text" && tail -n 1 "$W/two/keys/log/checkpoint" | cut -d ' ' -f 3 | base64 -d | tail -c 64 >"$W/two.sig" && openssl pkeyutl -verify -rawin -inkey "$W/two-ed25519.pem" -passin "file:$W/logpass" -in "$W/two.text" -sigfile "$W/two.sig"
P dna authority sync --trust "$W/two.trust" "$W/two/keys" "$W/two.mirror"
$ "$labseal" dna sign --id 42 --at auto --rules none --profile aggregate --key "$W/two1" --output "$W/two1.gb" "$W/p.gb"
P dna verify --trust "$W/two/parameters.pem" --trust "$W/two.trust" --keys "$W/two.mirror" "$W/two1.gb"
out: VERIFIED: valid
P dna verify --trust "$W/two/parameters.pem" --trust "$W/two.trust" --keys "$W/two.snapshot" "$W/two1.gb"
out: VERIFIED: valid
$ grep -v '^registry-ed25519' "$W/two.trust" >"$W/two.first" && cp -r "$W/two.mirror" "$W/two.bare" && for f in "$W/two.bare/log/checkpoint" "$W/two.bare/log/checkpoints/"*; do sed -i '$d' "$f"; done
P dna verify --trust "$W/two/parameters.pem" --trust "$W/two.first" --keys "$W/two.bare" "$W/two1.gb"
N 3 dna verify --trust "$W/two/parameters.pem" --trust "$W/two.trust" --keys "$W/two.bare" "$W/two1.gb"
err: no line by the registry's Ed25519 key
N 3 dna authority sync --trust "$W/two.trust" "$W/two.bare" "$W/two.none"
err: no line by the registry's Ed25519 key
$ python3 -c 'import re,sys; b=open(sys.argv[1],"rb").read(); lines=list(re.finditer("— example.org/two [A-Za-z0-9+/=]*\n".encode(),b)); assert len(lines)==2; open(sys.argv[2],"wb").write(b[:lines[1].start()]+b[lines[1].end():])' "$W/two.snapshot" "$W/two.cut"
N 3 dna verify --trust "$W/two/parameters.pem" --trust "$W/two.trust" --keys "$W/two.cut" "$W/two1.gb"
# nothing is logged without the key
$ cp -r "$W/two/keys/log" "$W/two.before" && mv "$W/two-ed25519.pem" "$W/two-away.pem"
N 3 dna authority publish --log-passphrase-file "$W/logpass" "$W/two"
err: two-ed25519.pem
$ diff -r "$W/two.before" "$W/two/keys/log"
# a log that was begun without one is given one, as a registry is
$ cp -r "$W/l" "$W/given"
P cal add-key --ed25519-key "$W/given.pem" --make-key --passphrase-file "$W/logpass" "$W/given/keys"
out: registry-ed25519 example.org/dna-keys+
P dna authority publish --log-passphrase-file "$W/logpass" "$W/given"
$ [ "$(grep -c '^— example.org/dna-keys ' "$W/given/keys/log/checkpoint")" = 2 ]
# whose log, which log, and none at all
N 3 dna verify --trust "$W/l/parameters.pem" --keys "$W/l.mirror" "$W/l1.gb"
err: [dna.keys.trust]
N 3 dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" "$W/l1.gb"
err: [dna.keys.missing]
N 3 dna verify --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1.gb"
err: [dna.keys.authority]
$ sed 's/^authority .*/authority nonsense/' "$W/l.trust" >"$W/bad.trust"
N 3 dna verify --trust "$W/l/parameters.pem" --trust "$W/bad.trust" --keys "$W/l.mirror" "$W/l1.gb"
err: [dna.keys.trust]
# a key whose time is over: it holds as of when it was valid, if that is known
N 1 dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1b.gb"
out: [dna.directory.expired]
P dna verify --at 2020-06-01 --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1b.gb"
out: VERIFIED: valid
out: 0000-0001-5109-3700
N 1 dna verify --at 2019-06-01 --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1b.gb"
out: is valid from
# replaced by another: what it signed holds, and that it was replaced is told; compromised: only what is known to be older
P dna authority append --add "$W/l2.request" --from 2022-01-01 --log-passphrase-file "$W/logpass" "$W/l"
N 2 dna authority withdraw --orcid 0000-0002-1825-0097 --reason rain --log-passphrase-file "$W/logpass" "$W/l"
err: --reason 'rain' is none of
N 3 dna authority withdraw --orcid 0000-0002-1694-233X --reason ceased --log-passphrase-file "$W/logpass" "$W/l"
err: [dna.directory.unknown]
P dna authority withdraw --orcid 0000-0002-1825-0097 --reason superseded --since 2022-01-01 --log-passphrase-file "$W/logpass" "$W/l"
P dna authority sync --trust "$W/l.trust" "$W/l/keys" "$W/l.mirror"
P dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1.gb"
out: VERIFIED: valid
out: withdrawn   a key of 0000-0002-1825-0097 as of 2022-01-01T00:00:00Z (superseded)
P dna authority withdraw --orcid 0000-0002-1825-0097 --reason key-compromise --since 2023-01-01 --log-passphrase-file "$W/logpass" "$W/l"
N 2 dna authority append --add "$W/l1.request" --log-passphrase-file "$W/logpass" "$W/l"
err: [dna.directory.withdrawn]
P dna authority sync --trust "$W/l.trust" "$W/l/keys" "$W/l.mirror"
N 1 dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1.gb"
out: [dna.directory.withdrawn]
P dna verify --at 2021-06-01 --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1.gb"
out: VERIFIED: valid
out: (key-compromise)
N 1 dna verify --at 2023-06-01 --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1.gb"
out: was withdrawn as of 2022-01-01
$ "$labseal" dna verify --json --at 2021-06-01 --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" "$W/l1.gb" | python3 -c 'import json,sys; d=json.load(sys.stdin); k=d["keys"][0]; assert list(k)==["log","entries","as_of","clock","age","max_age"] and k["clock"]=="heartbeat" and k["max_age"]==604800, k; w=d["records"][0]["withdrawn"]; assert all(x["signer"]=="0000-0002-1825-0097" and x["reason"]=="key-compromise" for x in w) and len(w)==2, w'
# reading what was documented believes the same log
$ "$labseal" dna sign --id 42 --at auto --rules none --profile aggregate --document --key "$W/l1" --output "$W/l1.doc.gb" "$W/p.gb"
P dna read --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.snapshot" --output "$W/l1.read.gb" "$W/l1.doc.gb"
err: VERIFIED: valid, signed by 0000-0002-1825-0097
$ cmp "$W/l1.read.gb" "$W/p.gb"
N 1 dna read --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" --output "$W/l1.none.gb" "$W/l1.doc.gb"
err: was withdrawn as of
err: [dna.read.not-verified]
$ [ ! -e "$W/l1.none.gb" ]
P dna read --at 2021-06-01 --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.mirror" --output "$W/l1.at.gb" "$W/l1.doc.gb"
N 3 dna read --trust "$W/l/parameters.pem" --trust "$W/l.trust" "$W/l1.doc.gb"
err: [dna.keys.missing]
N 2 dna read --keys "$W/l.mirror" "$W/l1.doc.gb"
err: --keys and --at go with --trust
N 2 dna read --at yesterday --trust "$W/l/parameters.pem" "$W/l1.doc.gb"
err: --at
# an older snapshot still says what it said, until it is too old
P dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.snapshot" "$W/l1.gb"
out: VERIFIED: valid
$ sed 's/^max-age .*/max-age 1/' "$W/l.trust" >"$W/short.trust"; sleep 2
N 3 dna verify --trust "$W/l/parameters.pem" --trust "$W/short.trust" --keys "$W/l.snapshot" "$W/l1.gb"
err: [dna.keys.stale]
N 3 dna verify --trust "$W/l/parameters.pem" --trust "$W/short.trust" --keys "$W/l.mirror" "$W/l1.gb"
err: [dna.keys.stale]
N 3 dna read --trust "$W/l/parameters.pem" --trust "$W/short.trust" --keys "$W/l.snapshot" "$W/l1.doc.gb"
err: [dna.keys.stale]
# an entry left out, or altered; another key's log
$ "$labseal" dna authority publish --snapshot "$W/l.whole" --log-passphrase-file "$W/logpass" "$W/l" >/dev/null && python3 -c 'import sys; b=open(sys.argv[1],"rb").read(); i=b.rindex(b"kind withdrawal"); open(sys.argv[2],"wb").write(b[:i]+b"kind witHdrawal"+b[i+15:]); s=b.rindex(b"labseal/dna-key/v1")-2; n=int.from_bytes(b[s:s+2],"big"); open(sys.argv[3],"wb").write(b[:s]+b[s+2+n:])' "$W/l.whole" "$W/l.altered" "$W/l.cut"
N 3 dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.altered" "$W/l1.gb"
err: [dna.keys.damaged]
N 3 dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.cut" "$W/l1.gb"
err: [dna.keys.damaged]
$ printf 'labseal/dna-key-snapshot/v1\n' >"$W/l.short"
N 3 dna verify --trust "$W/l/parameters.pem" --trust "$W/l.trust" --keys "$W/l.short" "$W/l1.gb"
err: [dna.keys.snapshot]
$ "$labseal" dna authority init --name Foreign --no-passphrase "$W/m" >/dev/null && "$labseal" dna authority log --origin example.org/dna-keys --log-key "$W/log2.pem" --make-key --log-passphrase-file "$W/logpass" "$W/m" >"$W/m.trust"
$ s=0; "$labseal" dna verify --trust "$W/l/parameters.pem" --trust "$W/m.trust" --keys "$W/l.mirror" "$W/l1.gb" >"$W/said" 2>&1 || s=$?; [ $s -eq 3 ] && ! grep -q VERIFIED "$W/said"

# --- several signers in several places: a draft, each one's part of his own copy, and one signature of them
N 3 dna sign --part "$W" --key "$W/0000-0002-1825-0097" "$W/p.gb"
err: '$W' is not a regular file
$ A=0000-0002-1825-0097; B=0000-0001-5109-3700; "$labseal" dna sign --draft --authority "$W/c/parameters.pem" --signer $A --signer $B --id 7 --at 2680 --errors 2 --output "$W/draft" "$W/p.gb" && for who in $A $B; do "$labseal" dna sign --part "$W/draft" --key "$W/$who" --output "$W/$who.part" "$W/p.gb"; done
P dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" --with "$W/0000-0001-5109-3700.part" --output "$W/joined.gb" "$W/p.gb"
P dna verify --trust "$W/c/parameters.pem" --trust "$W/c/directory-2.pem" "$W/joined.gb"
out: VERIFIED: valid
out: signed by   0000-0002-1825-0097
out: signed by   0000-0001-5109-3700
# the copy of who signs may begin elsewhere and show the other strand; who joins needs the drafter's
$ python3 -c 'import sys; s="".join(l.strip() for l in open(sys.argv[1]) if l[0]!=">"); s=s[700:]+s[:700]; t=s[::-1].translate(str.maketrans("acgtACGT","tgcaTGCA")); open(sys.argv[2],"w").write(">turned\n"+t+"\n")' <(printf '>p\n'; sed '1,/^ORIGIN/d; /^\/\//d' "$W/p.gb" | tr -d ' 0-9') "$W/turned.fa" && "$labseal" dna sign --part "$W/draft" --key "$W/0000-0001-5109-3700" --output "$W/turned.part" "$W/turned.fa"
P dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" --with "$W/turned.part" --fasta "$W/p.gb"
N 1 dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" --with "$W/turned.part" --fasta "$W/turned.fa"
err: [dna.draft.place]
# refused, each by name
N 1 dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" "$W/p.gb"
err: the part of '0000-0001-5109-3700' is missing [dna.part.missing]
N 1 dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" --with "$W/0000-0002-1825-0097.part" "$W/p.gb"
err: '0000-0002-1825-0097' has two parts [dna.part.twice]
$ python3 tests/dna/make_plasmid.py 3000 2 >"$W/p2.gb"
N 1 dna sign --part "$W/draft" --key "$W/0000-0002-1825-0097" "$W/p2.gb"
err: [dna.part.molecule]
N 1 dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" --with "$W/0000-0001-5109-3700.part" "$W/p2.gb"
err: [dna.part.molecule]
$ "$labseal" dna sign --draft --authority "$W/c/parameters.pem" --signer 0000-0002-1825-0097 --signer 0000-0001-5109-3700 --id 8 --at 2680 --errors 2 --output "$W/draft8" "$W/p.gb" && "$labseal" dna sign --part "$W/draft8" --key "$W/0000-0001-5109-3700" --output "$W/b8.part" "$W/p.gb"
N 1 dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" --with "$W/b8.part" "$W/p.gb"
err: the part of '0000-0001-5109-3700' is of another draft [dna.part.draft]
N 2 dna sign --part "$W/draft" --key "$W/own" "$W/p.gb"
err: [dna.part.key]
N 2 dna sign --part "$W/draft" --key "$W/bob" "$W/p.gb"
err: [dna.sign.profile]
$ "$labseal" dna authority own --orcid 0000-0002-1694-233X --output "$W/third" --request "$W/third.request" --no-passphrase "$W/c/parameters.pem"
N 2 dna sign --part "$W/draft" --key "$W/third" "$W/p.gb"
err: [dna.part.signer]
# a key without its proof of possession (as a rogue key would be), and a signature that is another draw's
$ python3 -c 'import sys; a=open(sys.argv[1]).read().split("\n"); b=open(sys.argv[2]).read().split("\n"); r=b[:]; r[4]=a[4]; open(sys.argv[3],"w").write("\n".join(r)); s=b[:]; i=[k for k,l in enumerate(s) if l.startswith("signature ")]; v=[s[k] for k in i]; v=v[1:]+v[:1]; [s.__setitem__(k,x) for k,x in zip(i,v)]; open(sys.argv[4],"w").write("\n".join(s))' "$W/0000-0002-1825-0097.part" "$W/0000-0001-5109-3700.part" "$W/rogue.part" "$W/shifted.part"
N 1 dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" --with "$W/rogue.part" "$W/p.gb"
err: [dna.part.proof]
N 1 dna sign --join "$W/draft" --with "$W/0000-0002-1825-0097.part" --with "$W/shifted.part" "$W/p.gb"
err: the part of '0000-0001-5109-3700' is not his signature over this molecule [dna.part.signature]
N 3 dna sign --join "$W/draft" --with "$W/draft" "$W/p.gb"
err: [dna.part.form]
N 3 dna sign --part "$W/p.gb" --key "$W/0000-0002-1825-0097" "$W/p.gb"
err: [dna.draft.form]
N 2 dna sign --draft --authority "$W/c/parameters.pem" --signer 0000-0002-1825-0097 --signer 0000-0002-1825-0097 --id 7 --at auto "$W/p.gb"
err: [dna.signers.twice]
N 2 dna sign --draft --id 7 --at auto "$W/p.gb"
err: --authority PARAMETERS
N 2 dna sign --part "$W/draft" --id 7 --key "$W/third" "$W/p.gb"
err: plasmid ID and place are the draft's
N 2 dna sign --join "$W/draft" "$W/p.gb"
err: --with PART
# documentation and segments go the same way
$ "$labseal" dna sign --draft --document --authority "$W/c/parameters.pem" --signer 0000-0002-1825-0097 --id 7 --at 2680 --output "$W/ddraft" "$W/p.gb" && "$labseal" dna sign --part "$W/ddraft" --key "$W/0000-0002-1825-0097" --output "$W/d.part" "$W/p.gb" && "$labseal" dna sign --join "$W/ddraft" --with "$W/d.part" --output "$W/djoined.gb" "$W/p.gb" && "$labseal" dna verify --trust "$W/c/parameters.pem" --trust "$W/c/directory-2.pem" "$W/djoined.gb" | grep -q 'VERIFIED: valid$'
# nobody signs documentation that he has not seen: a copy without annotation, or with another, needs --show
N 1 dna sign --part "$W/ddraft" --key "$W/0000-0002-1825-0097" --output "$W/unseen.part" "$W/turned.fa"
err: [dna.part.document]
$ sed 's/^DEFINITION .*/DEFINITION  harmless./' "$W/p.gb" >"$W/reworded.gb"; cmp -s "$W/p.gb" "$W/reworded.gb" && sed 's/^\(LOCUS  *\)[^ ]*/\1other/' "$W/p.gb" >"$W/reworded.gb"; ! cmp -s "$W/p.gb" "$W/reworded.gb"
N 1 dna sign --part "$W/ddraft" --key "$W/0000-0002-1825-0097" --output "$W/unseen.part" "$W/reworded.gb"
err: annotation that is not your file's: have it written with --show
$ [ ! -e "$W/unseen.part" ]
P dna sign --part "$W/ddraft" --key "$W/0000-0002-1825-0097" --show "$W/shown.gb" --output "$W/seen.part" "$W/turned.fa"
$ cmp "$W/shown.gb" "$W/p.gb" && cmp "$W/seen.part" "$W/d.part"
N 2 dna sign --part "$W/ddraft" --key "$W/0000-0002-1825-0097" --show "$W/shown.gb" "$W/turned.fa"
err: [dna.output.exists]
N 3 dna sign --part "$W/draft" --key "$W/0000-0002-1825-0097" --show "$W/shown2.gb" "$W/p.gb"
err: [dna.document.none]
N 2 dna sign --draft --show "$W/shown2.gb" --authority "$W/c/parameters.pem" --signer 0000-0002-1825-0097 --id 7 --at 2680 "$W/p.gb"
err: --show goes with --part
N 2 dna sign --draft --document --for 0000-0001-5109-3700 --authority "$W/c/parameters.pem" --signer 0000-0002-1825-0097 --id 7 --at 2680 "$W/p.gb"
err: the signers would sign what they cannot read
N 2 dna sign --part "$W/ddraft" --document --key "$W/0000-0002-1825-0097" "$W/p.gb"
err: documentation, segment and parity are the draft's
N 2 dna sign --join "$W/ddraft" --with "$W/d.part" --errors 2 "$W/p.gb"
err: documentation, segment and parity are the draft's
# a linear molecule's is shown as well, from either strand
$ sed '1s/circular/linear  /' "$W/p.gb" >"$W/lin.gb" && "$labseal" dna sign --draft --document --authority "$W/c/parameters.pem" --signer 0000-0002-1825-0097 --id 7 --at 2680 --output "$W/ldraft" "$W/lin.gb" && python3 -c 'import sys; s="".join(c for l in open(sys.argv[1]).read().split("ORIGIN")[1].splitlines() for c in l if c in "acgtACGT"); open(sys.argv[2],"w").write(">back\n"+s[::-1].translate(str.maketrans("acgtACGT","tgcaTGCA"))+"\n")' "$W/lin.gb" "$W/back.fa"
P dna sign --part "$W/ldraft" --key "$W/0000-0002-1825-0097" --show "$W/lshown.gb" --output "$W/l.part" "$W/back.fa"
$ cmp "$W/lshown.gb" "$W/lin.gb"
# a draft that was made by hand, with what nobody can read, or there twice
$ hide() { python3 -c 'import base64,sys; t=open(sys.argv[1]).read().split("\n"); i=[k for k,l in enumerate(t) if l.startswith("document ")][0]; w=t[i].split(" "); w[2]=base64.b64encode(base64.b64decode(w[2])+bytes.fromhex(sys.argv[2])).decode(); t[i]=" ".join(w); open(sys.argv[3],"w").write("\n".join(t))' "$W/ddraft" "$1" "$W/hidden-$2"; }; hide 04000107 readers; hide 09000107 unknown; hide 02000107 twice
N 1 dna sign --part "$W/hidden-readers" --key "$W/0000-0002-1825-0097" --show "$W/shown3.gb" "$W/p.gb"
err: [dna.part.hidden]
N 1 dna sign --part "$W/hidden-unknown" --key "$W/0000-0002-1825-0097" --show "$W/shown3.gb" "$W/p.gb"
err: [dna.part.hidden]
N 1 dna sign --part "$W/hidden-twice" --key "$W/0000-0002-1825-0097" --show "$W/shown3.gb" "$W/p.gb"
err: [dna.part.hidden]
$ [ ! -e "$W/shown3.gb" ]
$ "$labseal" dna sign --draft --authority "$W/c/parameters.pem" --signer 0000-0002-1825-0097 --id 7 --segment 1200..1900 --at 1600 --output "$W/sdraft" "$W/p.gb" && "$labseal" dna sign --part "$W/sdraft" --key "$W/0000-0002-1825-0097" --output "$W/s.part" "$W/p.gb" && "$labseal" dna sign --join "$W/sdraft" --with "$W/s.part" --output "$W/sjoined.gb" "$W/p.gb" && "$labseal" dna verify --trust "$W/c/parameters.pem" --trust "$W/c/directory-2.pem" "$W/sjoined.gb" | grep -q 'VERIFIED: valid-segment'
