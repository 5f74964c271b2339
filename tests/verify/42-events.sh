#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What sealed events say is in the report: what was refused, what is missing, who went back in time.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

# says NAME KIND DETAIL TEXT: a share with such an event verifies, and the report has this text.
says() {
	rm -rf "$work/share"
	new share --results 1 --events 1 --event "$2" --detail "$3"
	expect_status 0 "$1: it verifies" verify --trust "$work/share/trust.txt" "$work/share/share"
	cp "$work/said" "$work/report"
	said "$1: the report says so" "$4"
}

# silent NAME KIND DETAIL: the report has no such part.
silent() {
	rm -rf "$work/share"
	new share --results 1 --events 1 --event "$2" --detail "$3"
	expect_status 0 "$1: it verifies" verify --trust "$work/share/trust.txt" "$work/share/share"
	check "$1: nothing is to be known" bash -c '! grep -q "by the sealed events" "$1"' - "$work/said"
}

hash=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
says 'a refused file' refused \
	"{\"reason\":\"name-pattern\",\"session\":\"00\",\"number\":7,\"sha256\":\"$hash\",\"size\":99,\"name\":\"a.exe\"}" \
	"refused: name-pattern, bytes 99, SHA-256 $hash, number 7, claimed name a.exe"
said 'in its part' 'Refused, missing or unusual, by the sealed events'
said 'with its place' 'events/2026/000002-refused/record.json [event.refused] seal 2, log index 1'
says 'a file that the enclave refused' refused \
	"{\"reason\":\"enclave\",\"text\":\"because\",\"session\":\"00\",\"number\":7,\"sha256\":\"$hash\",\"size\":5}" \
	"refused: enclave: because, bytes 5, SHA-256 $hash, number 7"
says 'noise' refused '{"reason":"noise","bad-frames":12,"from":1,"until":2}' 'reason noise, bad-frames 12'
says 'a gap' gap '{"what":"missing","missing":[[4,9]]}' 'what missing, missing [[4,9]]'
says 'a fork' session '{"what":"fork","number":3}' 'what fork, number 3'
says 'a silence' silence '{"what":"silent","limit":600}' 'what silent, limit 600'
says 'a name that would steer a terminal' refused \
	"{\"reason\":\"size\",\"sha256\":\"$hash\",\"size\":1,\"name\":\"\\u001b[2J\\u202e\"}" 'claimed name %1B[2J%E2%80%AE'
long=$(printf 'x%.0s' $(seq 3000))
says 'a long name' refused "{\"reason\":\"size\",\"sha256\":\"$hash\",\"size\":1,\"name\":\"$long\"}" 'claimed name xxx'
silent 'a new session' session '{"what":"new-session"}'
silent 'a heartbeat' heartbeat '{"files":3}'
