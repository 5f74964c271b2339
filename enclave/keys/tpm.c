/* SPDX-License-Identifier: Apache-2.0 */
/* A key in the TPM that works only in an approved measured state; the supervisor brokers. */
#include "enclave/keys/key.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attest/event_log.h"
#include "lib/tpm/attestation_key.h"
#include "lib/tpm/keys.h"

struct ls_key {
	struct ls_tpm *tpm;
	struct ls_tpm_signing_key *signing;
	struct ls_digest policy; /* the signing key's own */
};

/* The TPM library's own use of OpenSSL; the descriptor is never used. */
static void warm_up(void)
{
	_cleanup_tpm_ struct ls_tpm *tpm = NULL;
	if (ls_tpm_open_fd(-1, &tpm, NULL) < 0)
		return;
}

/* The record will say which state the key is bound to: hold the approval to it. */
static int read_approval(const struct ls_start *start, struct ls_tpm_approval *ret,
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

static int connect_tpm(const struct ls_key_channel *channel, struct ls_tpm **ret_tpm,
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

static void close_key(struct ls_key *key)
{
	ls_tpm_signing_key_close(key->signing);
	ls_tpm_close(key->tpm);
	free(key);
}

static int open_key(const struct ls_start *start, const struct ls_key_channel *channel,
		    struct ls_key **ret_key, struct ls_error *err)
{
	struct ls_tpm_approval approval;
	int rc = read_approval(start, &approval, err);
	if (rc < 0)
		return rc;
	struct ls_key *key = calloc(1, sizeof(*key));
	if (!key)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for the signing key");
	struct ls_tpm_name authority;
	ls_authority_name(&approval.authority, &authority);
	ls_policy_authorize_digest(&authority, approval.ref, approval.ref_size, &key->policy);
	rc = connect_tpm(channel, &key->tpm, err);
	if (rc == 0)
		rc = ls_tpm_signing_key_open(key->tpm, start->key.data, start->key.size, &approval,
					     &key->signing, err);
	if (rc < 0)
		close_key(key);
	else
		*ret_key = key;
	return rc;
}

static void make_signer(struct ls_key *key, struct ls_signer *ret_signer)
{
	ls_tpm_signing_key_signer(key->signing, ret_signer);
}

static int read_checkpoint(struct ls_key *key, struct ls_nv_checkpoint *ret_checkpoint,
			   struct ls_error *err)
{
	return ls_tpm_signing_key_read_checkpoint(key->signing, ret_checkpoint, err);
}

static int write_checkpoint(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
			    struct ls_error *err)
{
	return ls_tpm_signing_key_write_checkpoint(key->signing, checkpoint, err);
}

static int attest(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
		  struct ls_key_attestation *ret, struct ls_error *err)
{
	int rc = ls_tpm_signing_key_write_checkpoint(key->signing, checkpoint, err);
	if (rc == 0)
		rc = ls_tpm_quote(key->tpm, UINT32_C(1) << LS_MEASURED_PCR, &checkpoint->note,
				  &ret->quote, err);
	if (rc == 0)
		rc = ls_tpm_nv_certify(key->tpm, LS_NV_COUNTER, NULL, &checkpoint->note,
				       &ret->counter, err);
	if (rc == 0)
		rc = ls_tpm_nv_certify(key->tpm, LS_NV_CHECKPOINT, &key->policy, &checkpoint->note,
				       &ret->checkpoint, err);
	return rc;
}

const struct ls_key_backend ls_key_tpm = {
	.name = "tpm",
	.kinds = "\nTPM\nsoftware TPM",
	.measured = true,
	.warm_up = warm_up,
	.open = open_key,
	.signer = make_signer,
	.read_checkpoint = read_checkpoint,
	.write_checkpoint = write_checkpoint,
	.attest = attest,
	.close = close_key,
};
