#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Others vouch for the log of a machine that runs: an authority's time stamp is sealed, a witness's line is on the
# checkpoint, labseal verify demands both; and yesterday's share, put back, is one that the witness does not cosign.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

input=$build/images/input
home=$work/lab
mkdir -m 0700 "$home" && mkdir "$work/witness"

# an authority and a witness, on ports of their own
PYTHONPATH=tests/notary python3 -u - "$work" >"$work/authority" 2>&1 <<-'END' &
	import os, sys, time
	import tsa
	server = tsa.serve(tsa.Authority(sys.argv[1]), None)
	print(f"http://127.0.0.1:{server.server_port}/good")
	parent = os.getppid()
	while os.getppid() == parent:
	    time.sleep(1)
END
authority=$!
"$build/labseal-witness" init --name witness.example/e2e "$work/witness.key" >"$work/witness.vkey"
check 'the authority answers' wait_for 150 grep -q '^http://' "$work/authority"

policy() { # URL OF WITNESS
	policy_of test-80 "$home/state" "$home/share" "$home/vmlinuz" "$home/initrd"
	cat <<-END
		channel: {type: virtio, max-file-size: 1 GiB}
		signing:
		  tpm: embedded
		  timestamp: {url: "$(cat "$work/authority")", ca: $work/ca.pem, every: 10}
		  witnesses: ["$(cat "$work/witness.vkey") $1"]
	END
}

status() { jq -r "$1" "$home/state/status.json" 2>/dev/null; }
is() { [ "$(status "$1")" = "$2" ]; }
is_running() { is .state running && is .signer.state ready; }
share=$home/share
all_arrived() { every_file_on "$share" "$input"; }
is_stamped() { compgen -G "$share/events/*/*-time-stamp/record.json"; }
is_cosigned() { grep -q '^— witness.example/e2e ' "$share"/log/witnessed/*; }
entries() { sed -n 2p "$1/log/checkpoint"; }

cp "$build/images/vmlinuz" "$home/vmlinuz"
images/make-initrd.sh "$build/images/base.cpio" "$input" "$home/initrd" || exit 4
# the witness needs the log's key, which is made with the policy, which names the witness: its port comes first, at an address
# of the loopback where nobody else takes it meanwhile
address=127.80.$((RANDOM % 256)).$((1 + RANDOM % 254))
port=$(python3 -c 'import socket, sys; s = socket.socket(); s.bind((sys.argv[1], 0)); print(s.getsockname()[1])' $address)
policy "http://$address:$port/" >"$home/policy.yaml"
check 'it is provisioned' "$labseal" provision "$home/policy.yaml"
check 'the trust file names both' bash -c "'$labseal' trust --output '$work/trust.txt' '$home/policy.yaml' &&
	grep -q '^time-stamp-ca ' '$work/trust.txt' && grep -q '^witness witness.example/e2e+' '$work/trust.txt' &&
	grep -qx 'quorum 1' '$work/trust.txt'"
sed -n 's/^log //p' "$work/trust.txt" >"$work/logs"
"$build/labseal-witness" run --key "$work/witness.key" --logs "$work/logs" --state "$work/witness" \
	--listen "$address:$port" --development 2>"$work/witnessed" &
witness=$!
check 'the witness listens' wait_for 150 grep -q witness.listening "$work/witnessed"

"$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
daemon=$!
"$build/labseal-notary" "$home/policy.yaml" >"$work/notary" 2>&1 </dev/null &
notary=$!
check 'it runs' wait_for 240 is_running
check 'everything arrives' wait_for 240 all_arrived
check 'a time stamp is sealed' wait_for 150 is_stamped
# by it a notary that was killed knows what it need not ask for again
check 'and kept for the notary' wait_for 150 jq -e '.size > 0' "$home/state/notary/stamped"
check 'a witness cosigned' wait_for 150 is_cosigned
check 'labseald says when' wait_for 150 eval "[ -n \"\$(status .time_stamp)\" ] && [ -n \"\$(status .cosigned)\" ]"
expect_status 0 'and labseal status shows it' "$labseal" status "$home/policy.yaml"
said 'the time stamp' 'time stamp   20'
said 'the witness' 'cosigned     20'
check 'and no trouble' is .notary ''
kill -TERM "$notary"
check 'the notary ends in order' wait "$notary"
check 'which labseald says' wait_for 150 eval '[[ $(status .notary) == "labseal-notary does not run"* ]]'
expect_status 0 'and labseal status shows, as sealing goes on' "$labseal" status "$home/policy.yaml"
said 'in words' 'notary       labseal-notary does not run'
kill -TERM "$daemon"
check 'labseald ends in order' wait "$daemon"
expect_status 0 'the share verifies, with both' timeout 60 "$labseal" verify --trust "$work/trust.txt" "$share"
check 'as stock tools say of the token' bash -c "
	record=\$(compgen -G '$share/events/*/*-time-stamp/record.json' | head -n 1) &&
	jq -j .detail.checkpoint \"\$record\" >'$work/checkpoint' &&
	jq -r .detail.token \"\$record\" | base64 -d >'$work/token.tsr' &&
	openssl ts -verify -data '$work/checkpoint' -in '$work/token.tsr' -CAfile '$work/ca.pem'"

# an older share than the witness saw, perhaps also of what it cosigned last, when the notary was ending
cosigned=$(sed -n 3p "$work"/witness/*.checkpoint)
cp "$(compgen -G "$share/events/*/000001-*/manifest.tlog-proof" | head -n 1)" "$work/proof"
chmod u+w "$share/log/checkpoint" # what is published is read-only, to its owner as well
sed '1,/^$/d' "$work/proof" >"$share/log/checkpoint"
"$build/labseal-notary" "$home/policy.yaml" >"$work/notary" 2>&1 </dev/null &
notary=$!
check 'a log that was taken back is not cosigned, and it is said' wait_for 150 \
	grep -q "error: witness.fork: .*cosigned this log at size $cosigned" "$work/notary"
kill -TERM "$notary" "$witness" "$authority"
wait "$notary" "$witness" "$authority" 2>/dev/null || true
