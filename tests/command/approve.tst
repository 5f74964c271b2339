# SPDX-License-Identifier: Apache-2.0
# The policy authority: its offline key, approvals on one machine and on two, retiring, adopting.
requires: labseald labseal-enclave swtpm

$ echo kernel > "$W/k"; echo initrd > "$W/i"
$ policy() { printf 'version: 1\ninstrument: {id: t-1}\nstate: %s\nvm: {connection: "qemu:///embed", type: tcg, cpu: qemu64, display: none, boot: {kernel: %s/k, initrd: %s/i}}\nsigning: {key: %s}\npublish: {share: %s}\ndevelopment: true\n' "$W/$1" "$W" "$W" "$2" "$W/share-$1"; }
$ policy state tpm > "$W/p.yaml"
$ version() { python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$W/state/approvals/$1.json" counter; }

# the offline key: never over another, root's alone to read, with a passphrase where wanted
N 2 authority
err: labseal authority: init or sign?
N 2 authority remove x
err: 'remove' is neither init nor sign
N 2 authority init
err: which file?
P authority init "$W/authority.pem"
out: made        $W/authority.pem
err: keep it offline
$ [ "$(stat -c %a "$W/authority.pem")" = 600 ] && openssl pkey -in "$W/authority.pem" -noout -check
$ cp "$W/authority.pem" "$W/first.pem"
N 4 authority init "$W/authority.pem"
err: authority.pem'
$ cmp "$W/first.pem" "$W/authority.pem"
$ echo 'open sesame' > "$W/pass"; echo wrong > "$W/wrong"; : > "$W/empty"
P authority init --passphrase-file "$W/pass" "$W/locked.pem"
$ grep -q 'BEGIN ENCRYPTED PRIVATE KEY' "$W/locked.pem" && openssl pkey -in "$W/locked.pem" -passin "file:$W/pass" -noout
N 1 authority init --passphrase-file "$W/empty" "$W/none.pem"
err: the first line of '$W/empty' is no passphrase
$ [ ! -e "$W/none.pem" ]

# asked for at a terminal: twice, not shown, and the terminal is as it was even after Ctrl-C
$ at_terminal() { python3 tests/command/pty.py "$@"; }
$ at_terminal 0 "passphrase of '$W/typed.pem': =~open sesame" 'once more: =~open sesame' "=made        $W/typed.pem" -- "$labseal" authority init --passphrase "$W/typed.pem"
$ openssl pkey -in "$W/typed.pem" -passin 'pass:open sesame' -noout && ! openssl pkey -in "$W/typed.pem" -passin pass:wrong -noout
$ at_terminal 1 "typed2.pem': =~one" 'once more: =~two' '=no passphrase was given, or not twice the same' -- "$labseal" authority init --passphrase "$W/typed2.pem"
$ at_terminal 1 "typed2.pem': =" '=no passphrase was given' -- "$labseal" authority init --passphrase "$W/typed2.pem"
$ at_terminal 1 "typed2.pem': =~$(printf 'x%.0s' $(seq 1024))" '=no passphrase was given' -- "$labseal" authority init --passphrase "$W/typed2.pem"
$ at_terminal 130 "typed2.pem': =^C" -- "$labseal" authority init --passphrase "$W/typed2.pem"
$ at_terminal 130 "typed2.pem': =~one" 'once more: =^C' -- "$labseal" authority init --passphrase "$W/typed2.pem"
$ [ ! -e "$W/typed2.pem" ]
N 1 authority init --passphrase "$W/typed2.pem"
err: needs a passphrase and there is no terminal to ask on; say --passphrase-file FILE

# before anything is there
N 3 approve "$W/p.yaml"
err: cannot open the state folder
P provision --authority "$W/authority.pem" "$W/p.yaml"
out: made        approvals/0001.json
$ [ ! -e "$W/state/keys/authority.key.pem" ]

# the difference is shown, the key is asked for, and a person
$ echo kernel2 > "$W/k"
N 1 approve --yes "$W/p.yaml"
out: changed   base-image    kernel
out: $(sha256sum < $W/k | cut -c 1-64)
out: was
out: $(echo kernel | sha256sum | cut -c 1-64)
out: same      
out: approval    2, for the version counter up to 2
err: the policy authority's key is not here
err: --request FILE
N 4 approve --authority "$W/authority.pem" "$W/p.yaml"
err: approve this state?: there is no terminal to ask on; say --yes if that is meant
N 1 approve --yes --authority "$W/locked.pem" --passphrase-file "$W/pass" "$W/p.yaml"
err: is not the private key of 'keys/authority.pub.pem'
N 1 approve --yes --authority "$W/locked.pem" --passphrase-file "$W/wrong" "$W/p.yaml"
err: the passphrase is not the private key's
$ [ ! -e "$W/state/approvals/0002.json" ]
P approve --yes --authority "$W/authority.pem" "$W/p.yaml"
out: approved    approvals/0002.json: it holds from labseald's next start
$ [ "$(version 0002)" = 2 ] && [ "$("$labseal" trust "$W/p.yaml" 2>/dev/null | grep -c ^approved)" = 2 ] && grep -q '^approved 2 ' "$W/state/trust.txt"
P provision "$W/p.yaml"
out: is there    approvals/0002.json
# records that come and go are said, too
$ sed 's|, initrd: [^}]*||' "$W/p.yaml" > "$W/without.yaml"
N 1 approve --yes "$W/without.yaml"
out: removed   base-image    initrd
out: changed   policy

# on two machines: the key stays where it is
$ echo kernel3 > "$W/k"
P approve --request "$W/request" "$W/p.yaml"
out: changed   base-image    kernel
out: request     $W/request: sign it where the key is
$ [ ! -e "$W/state/approvals/0003.json" ]
N 1 approve --signed "$W/request" "$W/p.yaml"
err: the approval of this measured state
N 2 authority sign "$W/request"
err: which key? Say --key FILE
N 4 authority sign --key "$W/authority.pem" "$W/request"
out: changed   base-image    kernel
err: there is no terminal
# a person says no, yes and a wrong passphrase, yes
$ cp "$W/request" "$W/asked"
$ at_terminal 4 '=changed   base-image    kernel' 'approve this state? [y/N] =n' '=not confirmed: nothing was changed' -- "$labseal" authority sign --key "$W/typed.pem" "$W/asked"
$ at_terminal 4 'approve this state? [y/N] =' '=not confirmed' -- "$labseal" authority sign --key "$W/typed.pem" "$W/asked"
$ at_terminal 1 'approve this state? [y/N] =y' "passphrase of '$W/typed.pem': =~wrong" "=the passphrase is not the private key's" -- "$labseal" authority sign --key "$W/typed.pem" "$W/asked"
$ cmp "$W/request" "$W/asked"
$ at_terminal 0 'approve this state? [y/N] =y' "passphrase of '$W/typed.pem': =~open sesame" "=signed      $W/asked" -- "$labseal" authority sign --key "$W/typed.pem" "$W/asked"
N 1 approve --signed "$W/asked" "$W/p.yaml"
err: the approval of this measured state
$ at_terminal 4 'approve this state? [y/N] =n' '=not confirmed' -- "$labseal" approve --authority "$W/authority.pem" "$W/p.yaml"
$ [ ! -e "$W/state/approvals/0003.json" ]
$ cp "$W/request" "$W/forged"; sed -i 's/"instrument": "t-1"/"instrument": "t-2"/' "$W/forged"
P authority sign --yes --key "$W/authority.pem" "$W/forged"
N 1 approve --signed "$W/forged" "$W/p.yaml"
err: is of the instrument 't-2'
$ sed 's/base-image/base-imagf/' "$W/request" > "$W/forged"
N 1 authority sign --yes --key "$W/authority.pem" "$W/forged"
err: $W/forged'
$ sed 's|labseal-enclave/v1|another-use/v1|' "$W/request" > "$W/forged"
N 1 authority sign --yes --key "$W/authority.pem" "$W/forged"
err: is for another use of the authority's key
$ sed 's|\\"counter\\": [0-9]*|\\"counter\\": 4000000000|' "$W/request" > "$W/forged"
P authority sign --yes --key "$W/authority.pem" "$W/forged"
out: for the version counter up to 4000000000
N 1 approve --signed "$W/forged" "$W/p.yaml"
err: could never be retired; make a new request
$ echo '{}' > "$W/forged"
N 1 authority sign --yes --key "$W/authority.pem" "$W/forged"
err: a request is malformed
P authority sign --yes --key "$W/authority.pem" "$W/request"
out: signed      $W/request
P approve --signed "$W/request" "$W/p.yaml"
out: approved    approvals/0003.json
N 4 approve --signed "$W/request" "$W/p.yaml"
err: is of an earlier time: approval 3 is there already

# retiring: what stops is said, the newest stays
N 1 approve --yes --retire 3 "$W/p.yaml"
err: approval 3 is the newest one
N 3 approve --yes --retire 4 "$W/p.yaml"
err: approvals/0004.json
N 1 approve --yes --retire x "$W/p.yaml"
err: 'x' is no approval's number
N 4 approve --retire 1 "$W/p.yaml"
out: stops       approval 1
out: goes on     approval 2
err: there is no terminal
P approve --yes --retire 2 "$W/p.yaml"
out: stops       approval 1
out: stops       approval 2
out: goes on     approval 3
out: retired     the TPM's version counter is 3 now
$ grep -q '^2 2 ' "$W/state/approvals/retired"
$ keep "$W/state/approvals/retired"
P approve --yes --retire 2 "$W/p.yaml"
out: the TPM's version counter is 3 now
same: $W/state/approvals/retired
P approve --yes --retire 1 "$W/p.yaml"
out: retired     approval 2
out: the TPM's version counter is 3 now
same: $W/state/approvals/retired
# one that was begun and not finished gives way: it did not happen
$ cp -a "$W/state/approvals" "$W/kept-approvals"; echo '3 3 2026-03-04T14:22:19Z' > "$W/state/approvals/retired"
P approve --yes --retire 2 "$W/p.yaml"
$ grep -q '^2 2 ' "$W/state/approvals/retired"; rm -r "$W/state/approvals"; mv "$W/kept-approvals" "$W/state/approvals"
$ echo damaged > "$W/state/approvals/retired"
P approve --yes --retire 2 "$W/p.yaml"
$ grep -q '^2 2 ' "$W/state/approvals/retired"
N 2 approve --retire 1 --request x "$W/p.yaml"
err: one of --request, --signed and --retire is enough
N 2 approve --retire 1 --adopt-log "$W/p.yaml"
err: --retire and --adopt-log are two things
N 2 approve --adopt-log --request x --signed x "$W/p.yaml"
err: one of --request, --signed and --retire is enough

# while labseald runs a state is approved, and the TPM is not to be had
$ flock "$W/state/lock" sleep 600 & echo $! > "$W/pid"; for i in $(seq 600); do flock -n "$W/state/lock" true || break; sleep 0.05; done
$ echo kernel4 > "$W/k"
P approve --yes --authority "$W/authority.pem" "$W/p.yaml"
out: approved    approvals/0004.json
N 4 approve --yes --retire 3 "$W/p.yaml"
err: labseald runs and holds the TPM; stop it first
N 4 approve --yes --adopt-log --authority "$W/authority.pem" "$W/p.yaml"
err: stop it first
$ pkill -P "$(cat "$W/pid")" sleep; for i in $(seq 600); do flock -n "$W/state/lock" true && break; sleep 0.05; done; flock -n "$W/state/lock" true
$ flock "$W/state/approvals" sleep 600 & echo $! > "$W/pid"; for i in $(seq 600); do flock -n "$W/state/approvals" true || break; sleep 0.05; done
N 4 approve --yes --authority "$W/authority.pem" "$W/p.yaml"
err: somebody else approves at this moment
$ pkill -P "$(cat "$W/pid")" sleep; for i in $(seq 600); do flock -n "$W/state/approvals" true && break; sleep 0.05; done; flock -n "$W/state/approvals" true

# adopting a log: what the TPM remembers and what the share holds
N 1 approve --yes --adopt-log "$W/p.yaml"
err: the policy authority's key is not here
# with the key on another machine
P approve --adopt-log --request "$W/adoption" "$W/p.yaml"
out: log         labseal/t-1
out: remembered  nothing
out: request     $W/adoption: sign it where the key is
$ [ ! -e "$W/state/approvals/adoption.txt" ] && grep -qx 'signature ' "$W/adoption"
N 1 approve --adopt-log --signed "$W/adoption" "$W/p.yaml"
err: '$W/adoption': the adoption of the log
N 4 authority sign --key "$W/authority.pem" "$W/adoption"
out: share       0 entries
err: adopt the log as the share holds it?: there is no terminal
P authority sign --yes --key "$W/locked.pem" --passphrase-file "$W/pass" "$W/adoption"
N 1 approve --adopt-log --signed "$W/adoption" "$W/p.yaml"
err: '$W/adoption': the adoption of the log
$ sed 's/^log 0 /log 1 /' "$W/adoption" > "$W/stale"; sed 's|^origin .*|origin labseal/t-2|' "$W/adoption" > "$W/foreign"; sed '/^log /d' "$W/adoption" > "$W/malformed"
P authority sign --yes --key "$W/authority.pem" "$W/stale"
N 4 approve --adopt-log --signed "$W/stale" "$W/p.yaml"
err: is of an earlier time: the TPM remembers, or the share holds, something else than it says
P authority sign --yes --key "$W/authority.pem" "$W/foreign"
N 1 approve --adopt-log --signed "$W/foreign" "$W/p.yaml"
err: is of the log 'labseal/t-2'
N 1 authority sign --yes --key "$W/authority.pem" "$W/malformed"
err: the adoption of the log is malformed
$ [ ! -e "$W/state/approvals/adoption.txt" ]
P authority sign --yes --key "$W/authority.pem" "$W/adoption"
out: signed      $W/adoption
P approve --adopt-log --signed "$W/adoption" "$W/p.yaml"
out: adopted     at labseald's next start
$ cmp "$W/adoption" "$W/state/approvals/adoption.txt" && rm "$W/state/approvals/adoption.txt"
P approve --yes --adopt-log --authority "$W/authority.pem" "$W/p.yaml"
out: remembered  nothing
out: share       0 entries
out: adopted     at labseald's next start
$ grep -qx 'remembered nothing' "$W/state/approvals/adoption.txt" && grep -q '^signature ' "$W/state/approvals/adoption.txt"
$ mkdir -p "$W/share-state/log"; echo x > "$W/share-state/log/checkpoint"
N 1 approve --yes --adopt-log --authority "$W/authority.pem" "$W/p.yaml"
err: labseal approve

# a key in a file: approvals without a signature, and nothing to retire or adopt
$ policy file file > "$W/f.yaml"
P provision "$W/f.yaml"
$ echo kernel5 > "$W/k"
P approve --yes "$W/f.yaml"
out: approved    approvals/0002.json
N 1 approve --yes --retire 1 "$W/f.yaml"
err: no TPM guards this signing key
$ ! pgrep -f "swtpm.*$W"
