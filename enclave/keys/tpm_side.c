/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/keys/tpm_side.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/event_log.h"
#include "lib/tpm/nv.h"

int ls_key_read_approval(const struct ls_start *start, struct ls_tpm_approval *ret,
			 struct ls_error *err)
{
	struct ls_digest approved;
	*ret = (struct ls_tpm_approval){
		.ref = start->policy_ref.data,
		.ref_size = start->policy_ref.size,
		.counter = start->approval_counter,
		.signature = start->approval_signature.data,
		.signature_size = start->approval_signature.size,
	};
	ls_policy_approved_digest(&start->pcr23, start->approval_counter, &approved);
	if (start->approval.size != LS_DIGEST_SIZE ||
	    memcmp(start->approval.data, approved.bytes, LS_DIGEST_SIZE) != 0)
		return ls_fail(err, -EACCES, "enclave.key.approval",
			       "the approval is not for the state that was measured; approve this "
			       "state if it is meant to be");
	ret->approved = approved;
	return ls_p256_public_parse(start->authority.data, start->authority.size, &ret->authority,
				    err);
}

int ls_key_connect_tpm(const struct ls_key_channel *channel, struct ls_tpm **ret_tpm,
		       struct ls_error *err)
{
	struct ls_tpm_transport *transport;
	int rc = ls_tpm_transport_brokered(channel->stream, LS_TPM_TIMEOUT_MS, &channel->waiting,
					   &transport, err);
	if (rc < 0)
		return rc;
	rc = ls_tpm_open(transport, ret_tpm, err);
	if (rc < 0)
		ls_tpm_transport_free(transport);
	return rc;
}

int ls_key_tpm_attest(struct ls_tpm *tpm, struct ls_tpm_guard *guard,
		      const struct ls_nv_checkpoint *checkpoint, struct ls_key_attestation *ret,
		      struct ls_error *err)
{
	int rc = ls_tpm_guard_write_checkpoint(guard, checkpoint, err);
	if (rc == 0)
		rc = ls_tpm_quote(tpm, UINT32_C(1) << LS_MEASURED_PCR, &checkpoint->note,
				  &ret->quote, err);
	if (rc == 0)
		rc = ls_tpm_nv_certify(tpm, LS_NV_COUNTER, NULL, &checkpoint->note, &ret->counter,
				       err);
	if (rc == 0)
		rc = ls_tpm_nv_certify(tpm, LS_NV_CHECKPOINT, ls_tpm_guard_policy(guard),
				       &checkpoint->note, &ret->checkpoint, err);
	return rc;
}
