#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# An instrument whose policy names signed DNA controls: every result names them, their sequence files are on the share, and an
# auditor's verdict tells the signed one from the one that another signed.  A file that is not the policy's ends the start.
set -uo pipefail
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

ada=0000-0002-1825-0097 bob=0000-0002-1694-233X
home=$work/lab
mkdir -m 0700 "$home"
(
	cd "$home" && set -e
	"$labseal" dna authority init --name 'Core facility' --no-passphrase auth
	"$labseal" dna authority extract --orcid $ada --no-passphrase --output ada.key auth
	"$labseal" dna authority extract --orcid $bob --no-passphrase --output bob.key auth
	python3 "$top/tests/dna/make_plasmid.py" 3000 1 >p.gb
	"$labseal" dna sign --key ada.key --id 42 --at auto --output ada.gb p.gb
	"$labseal" dna sign --key bob.key --id 43 --at auto --output bob.gb p.gb
) >"$work/said" 2>&1 || { cat "$work/said"; exit 4; }
sha256() { sha256sum "$1" | cut -d ' ' -f 1; }

saving_guest "$home/initrd" || exit 4
# policy FILE: whose second control is that file, of ada's, as the laboratory believes.
policy() {
	policy_of test-58 "$home/state" "$home/share" "$build/images/vmlinuz" "$home/initrd"
	cat <<-END
		channel: {type: virtio}
		signing: {tpm: embedded}
		samples:
		  - {name: control 1, sequence: $home/ada.gb, sha256: $(sha256 "$home/ada.gb"), signed-by: $ada}
		  - {name: control 2, sequence: $1, signed-by: $ada}
	END
}
policy "$home/bob.gb" >"$home/policy.yaml"

daemon=''
start() {
	: >"$work/log" # or what the run before said would be taken for what this one says
	"$build/labseald" "$home/policy.yaml" >"$work/log" 2>&1 </dev/null &
	daemon=$!
}
stop() {
	local status=0
	kill -TERM "$daemon" 2>/dev/null
	wait "$daemon" || status=$?
	daemon=''
	return $status
}
at_end='[ -z "$daemon" ] || stop 2>/dev/null'
results() { compgen -G "$home/share/results/*/*/record.json" | wc -l; }
sealed() { [ "$(results)" -ge "$1" ]; }

check 'labseal check looks at the files' "$labseal" check "$home/policy.yaml"
check 'it is provisioned' "$labseal" provision "$home/policy.yaml"
start
check 'results are sealed' wait_for 240 sealed 2
check 'it stops in order' stop
check 'each names both controls' bash -c "cat '$home'/share/results/*/*/record.json |
	jq -es 'all(.[]; (.samples | map(.name)) == [\"control 1\", \"control 2\"] and .samples[0].signed_by == \"$ada\")'"
check 'whose files are on the share' cmp "$home/ada.gb" "$home/share/sequences/$(sha256 "$home/ada.gb")"
check 'read-only' test "$(stat -c %a "$home/share/sequences/$(sha256 "$home/bob.gb")")" = 444
check 'and nothing else is' test "$(ls "$home/share/sequences" | wc -l)" = 2
"$labseal" trust "$home/policy.yaml" >"$work/trust.txt" 2>/dev/null
check 'the share verifies' "$labseal" verify --trust "$work/trust.txt" "$home/share"
said 'no signature in DNA was judged' 'not checked: give --dna-trust'
expect_status 1 'with a DNA trust file the second control is not what the laboratory says' "$labseal" verify --trust "$work/trust.txt" \
	--dna-trust "$home/auth/parameters.pem" "$home/share"
said 'the first one is' "VERIFIED: valid, signed by $ada"
said 'the second is by name' "the sample 'control 2', to be signed by $ada: signed-by-another"

cp "$home/bob.gb" "$home/ada.gb"
expect_status 1 'labseal check finds the first file exchanged' "$labseal" check "$home/policy.yaml"
said 'and says what to do' 'put the right file there'
expect_status 1 'labseald does not start on it' timeout 120 "$build/labseald" "$home/policy.yaml"
said 'by name' 'sample.digest'
