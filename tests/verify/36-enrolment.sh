#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The attestation key's certificate: forged, foreign, expired, exchanged, removed, each ends NOT VERIFIED with file and check;
# without one the verdict holds, and says that the key is not shown to be in a TPM.
set -uo pipefail
# shellcheck source=tests/verify/lib.sh
. "$(dirname "$0")/lib.sh"

# share NAME HOW: a share of six seals whose attestation key is enrolled so; the keys are the same in all.
share() {
	new "$1" --results 4 --events 2 --size 50 --batch 2 --evidence --keys "$work/keys" --enrolled "$2"
}
share base good
certificate=$(cd "$work/base/share" && echo log/evidence/keys/*.certificate)

fresh base
check 'an enrolled key holds' verify --trust "$trust" "$share"
said 'it says who certified it' "is in this TPM, by the lab's CA (CN=labseal AK, until 2029-03-03T09:46:40Z)"
said 'and what was known of the TPM' "a TPM with its manufacturer's certificate"

share none none
fresh none
expect_status 0 'a key that is not enrolled' verify --trust "$trust" "$share"
said 'the chain says so' 'not enrolled: that key is not shown to be in a TPM'
said 'and what was not checked' '[evidence.not-enrolled]'

# the trust file is older than the enrolment: what lies there is checked all the same
share unnamed unnamed
fresh unnamed
check 'a trust file that does not name the certificate' verify --trust "$trust" "$share"
said 'it is taken' "is in this TPM, by the lab's CA"
share later later
fresh later
expect_status 0 'a key that was enrolled later' verify --trust "$trust" "$share"
said 'what was before is told' '1 of the checkpoints were vouched for before the attestation key was enrolled'

# how NAME ID: a share whose certificate is so, is refused with this finding about it.
how() {
	share "$1" "$1"
	fresh "$1"
	finds "$3" 1 "$2" "$(cd "$share" && echo log/evidence/keys/*.certificate)"
}
how foreign evidence.enrolment.untrusted "another CA's certificate"
how expired evidence.enrolment.expired 'a certificate that was over when the evidence was made'
how other-key evidence.enrolment.other-key "another key's certificate"
how other-tpm evidence.enrolment.wrong 'a certificate that names another TPM'
how software evidence.enrolment.wrong 'a certificate of a software TPM, where the trust file says that it is none'
how signer evidence.enrolment.wrong "a signer's certificate in its place"

# an auditor's trust file that does not name it is no way around
for name in foreign other-key signer; do
	sed '/^enrolled /d' "$work/$name/trust.txt" >"$work/unnamed.txt"
	fresh "$name"
	trust=$work/unnamed.txt
	check_status=0
	verify --trust "$trust" "$share" >"$work/said" 2>&1 || check_status=$?
	if [ "$check_status" -eq 1 ]; then ok "$name, not named"; else not_ok "$name, not named: $check_status" "$work/said"; fi
done

tamper 'a byte of the certificate' evidence.enrolment.altered "$certificate" flip "$certificate" 200
tamper 'the certificate cut' evidence.enrolment.altered "$certificate" truncate -s 100 "$certificate"
tamper 'the certificate removed' evidence.enrolment.missing "$certificate" rm "$certificate"
tamper 'the certificate as a link' evidence.enrolment.symlink "$certificate" ln -sf "$work/base/share/$certificate" "$certificate"
renamed=log/evidence/keys/$(printf '%064d' 0).certificate
tamper 'a certificate under another name' evidence.enrolment.altered "$renamed" mv "$certificate" "$renamed"
tamper 'a certificate under no name' log.unknown log/evidence/keys/ak.certificate cp "$certificate" log/evidence/keys/ak.certificate
# another instrument's certificate, put beside under its own name
other=$(cd "$work/other-key/share" && echo log/evidence/keys/*.certificate)
tamper 'a forged one beside the right one' evidence.enrolment.other-key "$other" cp "$work/other-key/share/$other" "$other"
