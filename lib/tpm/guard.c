/* SPDX-License-Identifier: Apache-2.0 */
/* The policy is met anew for each use of what it guards. */
#include "lib/tpm/guard.h"

#include <errno.h>
#include <openssl/ecdsa.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "lib/attest/event_log.h"
#include "lib/tpm/keys_internal.h"
#include "lib/tpm/nv.h"

#define BUSY_TRIES 5

struct ls_tpm_guard {
	struct ls_tpm *tpm;	 /* borrowed */
	ESYS_TR session;	 /* policy session, kept from one use to the next */
	TPMT_TK_VERIFIED ticket; /* the TPM's word that the authority signed the approval */
	TPM2B_DIGEST approved;
	TPM2B_NONCE ref;
	TPM2B_NAME authority;
	uint64_t counter;	 /* the approval holds while the version counter is not past it */
	struct ls_digest policy; /* what it guards has this authPolicy */
	ESYS_TR counter_index, checkpoint_index; /* borrowed */
};

/* DER to r and s, as the TPM takes them. */
static int tpm_signature(const struct ls_tpm_approval *a, TPMT_SIGNATURE *ret, struct ls_error *err)
{
	const uint8_t *der = a->signature;
	ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)a->signature_size);
	TPMS_SIGNATURE_ECC *ecdsa = &ret->signature.ecdsa;
	*ret = (TPMT_SIGNATURE){ .sigAlg = TPM2_ALG_ECDSA };
	ecdsa->hash = TPM2_ALG_SHA256;
	ecdsa->signatureR.size = ecdsa->signatureS.size = LS_P256_SCALAR_SIZE;
	bool ok = parsed &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(parsed), ecdsa->signatureR.buffer,
			       LS_P256_SCALAR_SIZE) == LS_P256_SCALAR_SIZE &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(parsed), ecdsa->signatureS.buffer,
			       LS_P256_SCALAR_SIZE) == LS_P256_SCALAR_SIZE;
	ECDSA_SIG_free(parsed);
	return ok ? 0
		  : ls_fail(err, -EKEYREJECTED, "tpm.approval.signature",
			    "the approval's signature is malformed");
}

/* Before the TPM is asked: its refusal would not say what is wrong. */
static int check_approval(const struct ls_tpm_approval *a, struct ls_digest *ret_digest,
			  struct ls_error *err)
{
	ls_policy_approval_digest(&a->approved, a->ref, a->ref_size, ret_digest);
	if (ls_p256_verify(&a->authority, ret_digest, a->signature, a->signature_size, NULL) == 0)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "tpm.approval.signature",
		       "the approval is not signed by this policy authority; approve the state "
		       "again with the right authority's key");
}

static int load_authority(struct ls_tpm_guard *guard, const struct ls_tpm_approval *a,
			  ESYS_TR *ret_object, struct ls_error *err)
{
	uint8_t area[LS_AUTHORITY_PUBLIC_SIZE];
	struct ls_tpm_name name;
	TPM2B_PUBLIC public = { 0 };
	ls_authority_public_area(&a->authority, area);
	TSS2_RC rc = Tss2_MU_TPMT_PUBLIC_Unmarshal(area, sizeof(area), NULL, &public.publicArea);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_LoadExternal(ls_tpm_esys(guard->tpm), ESYS_TR_NONE, ESYS_TR_NONE,
				       ESYS_TR_NONE, NULL, &public, ESYS_TR_RH_OWNER, ret_object);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(guard->tpm, rc, err, "cannot load the policy authority's key");
	ls_authority_name(&a->authority, &name);
	ls_policy_authorize_digest(&name, a->ref, a->ref_size, &guard->policy);
	guard->authority.size = LS_TPM_NAME_SIZE;
	memcpy(guard->authority.name, name.bytes, LS_TPM_NAME_SIZE);
	return 0;
}

/* Let the TPM check the approval; the ticket serves as long as the TPM is not cleared. */
static int take_approval(struct ls_tpm_guard *guard, const struct ls_tpm_approval *a,
			 struct ls_error *err)
{
	struct ls_digest digest;
	TPMT_SIGNATURE signature;
	ESYS_TR authority = ESYS_TR_NONE;
	TPM2B_DIGEST signed_digest = { .size = LS_DIGEST_SIZE };
	_cleanup_esys_ TPMT_TK_VERIFIED *ticket = NULL;
	int result = check_approval(a, &digest, err);
	if (result == 0)
		result = tpm_signature(a, &signature, err);
	if (result == 0)
		result = load_authority(guard, a, &authority, err);
	if (result < 0)
		return result;
	memcpy(signed_digest.buffer, digest.bytes, LS_DIGEST_SIZE);
	TSS2_RC rc = Esys_VerifySignature(ls_tpm_esys(guard->tpm), authority, ESYS_TR_NONE,
					  ESYS_TR_NONE, ESYS_TR_NONE, &signed_digest, &signature,
					  &ticket);
	if (rc == TSS2_RC_SUCCESS)
		guard->ticket = *ticket;
	else
		result = ls_tpm_fail(guard->tpm, rc, err,
				     "the TPM does not accept the policy authority's approval");
	ls_tpm_flush(guard->tpm, authority);
	guard->approved.size = LS_DIGEST_SIZE;
	memcpy(guard->approved.buffer, a->approved.bytes, LS_DIGEST_SIZE);
	guard->ref.size = (UINT16)a->ref_size;
	memcpy(guard->ref.buffer, a->ref, a->ref_size);
	guard->counter = a->counter;
	return result;
}

int ls_tpm_guard_open(struct ls_tpm *tpm, const struct ls_tpm_approval *approval,
		      struct ls_tpm_guard **ret_guard, struct ls_error *err)
{
	struct ls_tpm_guard *guard = calloc(1, sizeof(*guard));
	if (!guard)
		return ls_fail(err, -ENOMEM, "tpm.memory", "out of memory for an approval");
	guard->tpm = tpm;
	guard->session = guard->counter_index = guard->checkpoint_index = ESYS_TR_NONE;
	int rc = take_approval(guard, approval, err);
	if (rc == 0)
		rc = ls_tpm_nv_open(tpm, LS_NV_COUNTER, NULL, &guard->counter_index, err);
	if (rc < 0)
		ls_tpm_guard_close(guard);
	else
		*ret_guard = guard;
	return rc;
}

void ls_tpm_guard_close(struct ls_tpm_guard *guard)
{
	if (!guard)
		return;
	ls_tpm_flush(guard->tpm, guard->session);
	free(guard);
}

const struct ls_digest *ls_tpm_guard_policy(const struct ls_tpm_guard *guard)
{
	return &guard->policy;
}

/* --- meeting it ------------------------------------------------------------------------- */

/* secret_to: a key of the TPM whose owner alone can read what the TPM answers; or none. */
static int ensure_session(struct ls_tpm_guard *guard, ESYS_TR secret_to, struct ls_error *err)
{
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	const TPMT_SYM_DEF aes = { .algorithm = TPM2_ALG_AES,
				   .keyBits.aes = 128,
				   .mode.aes = TPM2_ALG_CFB };
	if (guard->session != ESYS_TR_NONE)
		return 0;
	TSS2_RC rc = Esys_StartAuthSession(ls_tpm_esys(guard->tpm), secret_to, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL,
					   TPM2_SE_POLICY, secret_to == ESYS_TR_NONE ? &none : &aes,
					   TPM2_ALG_SHA256, &guard->session);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(guard->tpm, rc, err, "cannot start a policy session");
}

static int satisfy_pcr(struct ls_tpm_guard *guard, struct ls_error *err)
{
	TPM2B_DIGEST current = { 0 }; /* empty: whatever the PCR holds */
	TPML_PCR_SELECTION pcrs = { .count = 1 };
	pcrs.pcrSelections[0].hash = TPM2_ALG_SHA256;
	pcrs.pcrSelections[0].sizeofSelect = 3;
	pcrs.pcrSelections[0].pcrSelect[LS_MEASURED_PCR / 8] = 1u << (LS_MEASURED_PCR % 8);
	TSS2_RC rc = Esys_PolicyPCR(ls_tpm_esys(guard->tpm), guard->session, ESYS_TR_NONE,
				    ESYS_TR_NONE, ESYS_TR_NONE, &current, &pcrs);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(guard->tpm, rc, err, "cannot use the measured state");
}

/* The counter's value, at this moment, is not past the approval's. */
static int satisfy_counter(struct ls_tpm_guard *guard, struct ls_error *err)
{
	TPM2B_OPERAND bound = { .size = LS_NV_COUNTER_SIZE };
	for (unsigned i = 0; i < LS_NV_COUNTER_SIZE; i++)
		bound.buffer[i] = (BYTE)(guard->counter >> (8 * (LS_NV_COUNTER_SIZE - 1 - i)));
	TSS2_RC rc = Esys_PolicyNV(ls_tpm_esys(guard->tpm), guard->counter_index,
				   guard->counter_index, guard->session, ESYS_TR_PASSWORD,
				   ESYS_TR_NONE, ESYS_TR_NONE, &bound, 0, TPM2_EO_UNSIGNED_LE);
	if (rc == TPM2_RC_POLICY)
		return ls_fail(err, -EACCES, "tpm.retired",
			       "this approval is retired: the TPM's version counter is past %llu; "
			       "run a newer approved state, or approve this one anew with 'labseal "
			       "approve' (TPM response 0x%x)",
			       (unsigned long long)guard->counter, rc);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(guard->tpm, rc, err, "cannot use the TPM's version counter");
}

/* PolicyPCR, PolicyNV, PolicyAuthorize: lib/attest/policy_digest.h says what they make. */
static int satisfy_policy(struct ls_tpm_guard *guard, struct ls_error *err)
{
	int result = satisfy_pcr(guard, err);
	if (result == 0)
		result = satisfy_counter(guard, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_PolicyAuthorize(ls_tpm_esys(guard->tpm), guard->session, ESYS_TR_NONE,
					  ESYS_TR_NONE, ESYS_TR_NONE, &guard->approved, &guard->ref,
					  &guard->authority, &guard->ticket);
	if (rc == (TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1))
		return ls_fail(err, -EACCES, "tpm.state",
			       "the measured state (PCR %d) is not the approved one; compare it "
			       "with 'labseal status' and approve it if it is meant to be (TPM "
			       "response 0x%x)",
			       LS_MEASURED_PCR, rc);
	return rc == TSS2_RC_SUCCESS ? 0
				     : ls_tpm_fail(guard->tpm, rc, err, "cannot use the approval");
}

int ls_tpm_guard_meet(struct ls_tpm_guard *guard, ESYS_TR secret_to, ESYS_TR *ret_session,
		      struct ls_error *err)
{
	int rc = ensure_session(guard, secret_to, err);
	if (rc == 0)
		rc = satisfy_policy(guard, err);
	*ret_session = guard->session;
	return rc;
}

/* A session that failed half-way holds who knows what: the next use gets a new one. */
void ls_tpm_guard_drop_session(struct ls_tpm_guard *guard)
{
	ls_tpm_flush(guard->tpm, guard->session);
	guard->session = ESYS_TR_NONE;
}

TSS2_RC ls_tpm_guard_use(const struct ls_tpm_guard *guard, ESYS_TR object,
			 struct ls_tpm_policy_use *ret)
{
	ESYS_CONTEXT *esys = ls_tpm_esys(guard->tpm);
	*ret = (struct ls_tpm_policy_use){ .auth = { .count = 1 } };
	ret->auth.auths[0].sessionAttributes = TPMA_SESSION_CONTINUESESSION;
	TSS2_RC rc = Esys_GetSysContext(esys, &ret->sys);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_GetTpmHandle(esys, object, &ret->object);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_GetTpmHandle(esys, guard->session, &ret->auth.auths[0].sessionHandle);
	return rc;
}

bool ls_tpm_use_again(struct ls_tpm_policy_use *use, TSS2_RC rc)
{
	return (rc == TPM2_RC_RETRY || rc == TPM2_RC_YIELDED || rc == TPM2_RC_TESTING) &&
	       ++use->tries < BUSY_TRIES;
}

int ls_tpm_guard_check(struct ls_tpm_guard *guard, struct ls_error *err)
{
	ESYS_TR session;
	int rc = ls_tpm_guard_meet(guard, ESYS_TR_NONE, &session, err);
	/* a session whose policy is met and not used cannot meet it again */
	ls_tpm_guard_drop_session(guard);
	return rc;
}

/* --- what the TPM remembers of the log ------------------------------------------------ */

int ls_tpm_guard_read_checkpoint(struct ls_tpm_guard *guard,
				 struct ls_nv_checkpoint *ret_checkpoint, struct ls_error *err)
{
	return ls_tpm_checkpoint_read(guard->tpm, &guard->policy, ret_checkpoint, err);
}

/* Kept from one writing to the next. */
static int open_checkpoint(struct ls_tpm_guard *guard, struct ls_error *err)
{
	return guard->checkpoint_index != ESYS_TR_NONE
		       ? 0
		       : ls_tpm_nv_open(guard->tpm, LS_NV_CHECKPOINT, &guard->policy,
					&guard->checkpoint_index, err);
}

static TSS2_RC write_in_session(struct ls_tpm_guard *guard, const TPM2B_MAX_NV_BUFFER *data)
{
	struct ls_tpm_policy_use use;
	TSS2_RC rc = ls_tpm_guard_use(guard, guard->checkpoint_index, &use);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	do
		rc = Tss2_Sys_NV_Write(use.sys, use.object, use.object, &use.auth, data, 0,
				       &use.answered);
	while (ls_tpm_use_again(&use, rc));
	return rc;
}

int ls_tpm_guard_write_checkpoint(struct ls_tpm_guard *guard,
				  const struct ls_nv_checkpoint *checkpoint, struct ls_error *err)
{
	ESYS_TR session = ESYS_TR_NONE;
	TPM2B_MAX_NV_BUFFER data = { .size = LS_NV_CHECKPOINT_SIZE };
	ls_nv_checkpoint_encode(checkpoint, data.buffer);
	int rc = open_checkpoint(guard, err);
	if (rc == 0)
		rc = ls_tpm_guard_meet(guard, ESYS_TR_NONE, &session, err);
	if (rc < 0) {
		ls_tpm_guard_drop_session(guard);
		return rc;
	}
	TSS2_RC written = write_in_session(guard, &data);
	if (written == TSS2_RC_SUCCESS)
		return 0;
	ls_tpm_guard_drop_session(guard);
	return ls_tpm_fail(guard->tpm, written, err,
			   "cannot write the log's checkpoint into the TPM");
}
