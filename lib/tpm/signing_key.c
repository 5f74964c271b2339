/* SPDX-License-Identifier: Apache-2.0 */
/* The signing key's use: its policy is met anew for each signature. */
#include <errno.h>
#include <openssl/ecdsa.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_sys.h>

#include "lib/attest/event_log.h"
#include "lib/tpm/keys_internal.h"
#include "lib/tpm/nv.h"

#define BUSY_TRIES 5

struct ls_tpm_signing_key {
	struct ls_tpm *tpm; /* borrowed */
	struct ls_p256_public public;
	ESYS_TR object;
	ESYS_TR session;	 /* policy session, kept from one signature to the next */
	TPMT_TK_VERIFIED ticket; /* the TPM's word that the authority signed the approval */
	TPM2B_DIGEST approved;
	TPM2B_NONCE ref;
	TPM2B_NAME authority;
	uint64_t counter;	 /* the approval holds while the version counter is not past it */
	struct ls_digest policy; /* the key's own, and the checkpoint index's */
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

static int load_authority(struct ls_tpm_signing_key *key, const struct ls_tpm_approval *a,
			  ESYS_TR *ret_object, struct ls_error *err)
{
	uint8_t area[LS_AUTHORITY_PUBLIC_SIZE];
	struct ls_tpm_name name;
	TPM2B_PUBLIC public = { 0 };
	ls_authority_public_area(&a->authority, area);
	TSS2_RC rc = Tss2_MU_TPMT_PUBLIC_Unmarshal(area, sizeof(area), NULL, &public.publicArea);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_LoadExternal(ls_tpm_esys(key->tpm), ESYS_TR_NONE, ESYS_TR_NONE,
				       ESYS_TR_NONE, NULL, &public, ESYS_TR_RH_OWNER, ret_object);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(key->tpm, rc, err, "cannot load the policy authority's key");
	ls_authority_name(&a->authority, &name);
	ls_policy_authorize_digest(&name, a->ref, a->ref_size, &key->policy);
	key->authority.size = LS_TPM_NAME_SIZE;
	memcpy(key->authority.name, name.bytes, LS_TPM_NAME_SIZE);
	return 0;
}

/* Let the TPM check the approval; the ticket serves as long as the TPM is not cleared. */
static int take_approval(struct ls_tpm_signing_key *key, const struct ls_tpm_approval *a,
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
		result = load_authority(key, a, &authority, err);
	if (result < 0)
		return result;
	memcpy(signed_digest.buffer, digest.bytes, LS_DIGEST_SIZE);
	TSS2_RC rc = Esys_VerifySignature(ls_tpm_esys(key->tpm), authority, ESYS_TR_NONE,
					  ESYS_TR_NONE, ESYS_TR_NONE, &signed_digest, &signature,
					  &ticket);
	if (rc == TSS2_RC_SUCCESS)
		key->ticket = *ticket;
	else
		result = ls_tpm_fail(key->tpm, rc, err,
				     "the TPM does not accept the policy authority's approval");
	ls_tpm_flush(key->tpm, authority);
	key->approved.size = LS_DIGEST_SIZE;
	memcpy(key->approved.buffer, a->approved.bytes, LS_DIGEST_SIZE);
	key->ref.size = (UINT16)a->ref_size;
	memcpy(key->ref.buffer, a->ref, a->ref_size);
	key->counter = a->counter;
	return result;
}

static int load_key(struct ls_tpm_signing_key *key, const struct ls_tpm_key_blob *blob,
		    struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE;
	int result = ls_tpm_open_srk(key->tpm, &srk, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_Load(ls_tpm_esys(key->tpm), srk, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			       ESYS_TR_NONE, &blob->private, &blob->public, &key->object);
	if (rc != TSS2_RC_SUCCESS)
		result = ls_tpm_fail(key->tpm, rc, err, "cannot load the signing key");
	ls_tpm_forget(key->tpm, &srk);
	return result;
}

int ls_tpm_signing_key_open(struct ls_tpm *tpm, const void *blob, size_t size,
			    const struct ls_tpm_approval *approval,
			    struct ls_tpm_signing_key **ret_key, struct ls_error *err)
{
	struct ls_tpm_key_blob parsed = { 0 };
	struct ls_tpm_signing_key *key = calloc(1, sizeof(*key));
	if (!key)
		return ls_fail(err, -ENOMEM, "tpm.memory", "out of memory for the signing key");
	key->tpm = tpm;
	key->object = key->session = ESYS_TR_NONE;
	key->counter_index = key->checkpoint_index = ESYS_TR_NONE;
	int rc = ls_tpm_read_key_blob(blob, size, &approval->authority, approval->ref,
				      approval->ref_size, &parsed, &key->public, err);
	if (rc == 0)
		rc = take_approval(key, approval, err);
	if (rc == 0)
		rc = ls_tpm_nv_open(tpm, LS_NV_COUNTER, NULL, &key->counter_index, err);
	if (rc == 0)
		rc = load_key(key, &parsed, err);
	if (rc < 0)
		ls_tpm_signing_key_close(key);
	else
		*ret_key = key;
	return rc;
}

static int ensure_session(struct ls_tpm_signing_key *key, struct ls_error *err)
{
	TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	if (key->session != ESYS_TR_NONE)
		return 0;
	TSS2_RC rc = Esys_StartAuthSession(ls_tpm_esys(key->tpm), ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL,
					   TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, &key->session);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(key->tpm, rc, err, "cannot start a policy session");
}

static int satisfy_pcr(struct ls_tpm_signing_key *key, struct ls_error *err)
{
	TPM2B_DIGEST current = { 0 }; /* empty: whatever the PCR holds */
	TPML_PCR_SELECTION pcrs = { .count = 1 };
	pcrs.pcrSelections[0].hash = TPM2_ALG_SHA256;
	pcrs.pcrSelections[0].sizeofSelect = 3;
	pcrs.pcrSelections[0].pcrSelect[LS_MEASURED_PCR / 8] = 1u << (LS_MEASURED_PCR % 8);
	TSS2_RC rc = Esys_PolicyPCR(ls_tpm_esys(key->tpm), key->session, ESYS_TR_NONE, ESYS_TR_NONE,
				    ESYS_TR_NONE, &current, &pcrs);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(key->tpm, rc, err, "cannot use the measured state");
}

/* The counter's value, at this moment, is not past the approval's. */
static int satisfy_counter(struct ls_tpm_signing_key *key, struct ls_error *err)
{
	TPM2B_OPERAND bound = { .size = LS_NV_COUNTER_SIZE };
	for (unsigned i = 0; i < LS_NV_COUNTER_SIZE; i++)
		bound.buffer[i] = (BYTE)(key->counter >> (8 * (LS_NV_COUNTER_SIZE - 1 - i)));
	TSS2_RC rc = Esys_PolicyNV(ls_tpm_esys(key->tpm), key->counter_index, key->counter_index,
				   key->session, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				   &bound, 0, TPM2_EO_UNSIGNED_LE);
	if (rc == TPM2_RC_POLICY)
		return ls_fail(err, -EACCES, "tpm.retired",
			       "this approval is retired: the TPM's version counter is past %llu; "
			       "run a newer approved state, or approve this one anew with 'labseal "
			       "approve' (TPM response 0x%x)",
			       (unsigned long long)key->counter, rc);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(key->tpm, rc, err, "cannot use the TPM's version counter");
}

/* PolicyPCR, PolicyNV, PolicyAuthorize: lib/attest/policy_digest.h says what they make. */
static int satisfy_policy(struct ls_tpm_signing_key *key, struct ls_error *err)
{
	int result = satisfy_pcr(key, err);
	if (result == 0)
		result = satisfy_counter(key, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_PolicyAuthorize(ls_tpm_esys(key->tpm), key->session, ESYS_TR_NONE,
					  ESYS_TR_NONE, ESYS_TR_NONE, &key->approved, &key->ref,
					  &key->authority, &key->ticket);
	if (rc == (TPM2_RC_VALUE | TPM2_RC_P | TPM2_RC_1))
		return ls_fail(err, -EACCES, "tpm.state",
			       "the measured state (PCR %d) is not the approved one; compare it "
			       "with 'labseal status' and approve it if it is meant to be (TPM "
			       "response 0x%x)",
			       LS_MEASURED_PCR, rc);
	return rc == TSS2_RC_SUCCESS ? 0
				     : ls_tpm_fail(key->tpm, rc, err, "cannot use the approval");
}

/*
 * What the policy session authorises goes below the ESAPI: for each command with a session
 * tss2-esys 3.2 makes and fills a whole OpenSSL library context several times over (nonces, hashes
 * for an HMAC), which took most of the enclave's time.  A session that has only a policy to meet
 * needs no HMAC.  The ESAPI does not learn of the nonces that the TPM gives here, and would be
 * refused: all commands that this session authorises go this way.
 */
struct policy_use {
	TSS2_SYS_CONTEXT *sys;
	TPM2_HANDLE object;
	TSS2L_SYS_AUTH_COMMAND auth;
	TSS2L_SYS_AUTH_RESPONSE answered;
};

static TSS2_RC use_policy(const struct ls_tpm_signing_key *key, ESYS_TR object,
			  struct policy_use *ret)
{
	ESYS_CONTEXT *esys = ls_tpm_esys(key->tpm);
	*ret = (struct policy_use){ .auth = { .count = 1 } };
	ret->auth.auths[0].sessionAttributes = TPMA_SESSION_CONTINUESESSION;
	TSS2_RC rc = Esys_GetSysContext(esys, &ret->sys);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_GetTpmHandle(esys, object, &ret->object);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_GetTpmHandle(esys, key->session, &ret->auth.auths[0].sessionHandle);
	return rc;
}

/* As the ESAPI does it: it may be asked again a few times. */
static bool is_busy(TSS2_RC rc, unsigned *tries)
{
	return (rc == TPM2_RC_RETRY || rc == TPM2_RC_YIELDED || rc == TPM2_RC_TESTING) &&
	       ++*tries < BUSY_TRIES;
}

static TSS2_RC sign_in_session(struct ls_tpm_signing_key *key, const TPM2B_DIGEST *digest,
			       TPMT_SIGNATURE *ret_signature)
{
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_ECDSA,
				   .details.ecdsa.hashAlg = TPM2_ALG_SHA256 };
	TPMT_TK_HASHCHECK any = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	struct policy_use use;
	unsigned tries = 0;
	TSS2_RC rc = use_policy(key, key->object, &use);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	do
		rc = Tss2_Sys_Sign(use.sys, use.object, &use.auth, digest, &scheme, &any,
				   ret_signature, &use.answered);
	while (is_busy(rc, &tries));
	return rc;
}

static int sign_digest(struct ls_tpm_signing_key *key, const struct ls_digest *digest, uint8_t *der,
		       size_t *ret_size, struct ls_error *err)
{
	uint8_t r[LS_P256_SCALAR_SIZE], s[LS_P256_SCALAR_SIZE];
	TPM2B_DIGEST in = { .size = LS_DIGEST_SIZE };
	TPMT_SIGNATURE signature = { 0 };
	memcpy(in.buffer, digest->bytes, LS_DIGEST_SIZE);
	TSS2_RC rc = sign_in_session(key, &in, &signature);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(key->tpm, rc, err, "the TPM does not sign");
	if (signature.sigAlg != TPM2_ALG_ECDSA ||
	    ls_tpm_pad(&signature.signature.ecdsa.signatureR, r) ||
	    ls_tpm_pad(&signature.signature.ecdsa.signatureS, s))
		return ls_fail(err, -EIO, "tpm.signature",
			       "the TPM made another kind of signature");
	return ls_p256_signature_encode(r, s, der, ret_size);
}

static int authorize(struct ls_tpm_signing_key *key, struct ls_error *err)
{
	int rc = ensure_session(key, err);
	return rc < 0 ? rc : satisfy_policy(key, err);
}

/* A session that failed half-way holds who knows what: the next signature gets a new one. */
static void drop_session(struct ls_tpm_signing_key *key)
{
	ls_tpm_flush(key->tpm, key->session);
	key->session = ESYS_TR_NONE;
}

static int key_sign(void *context, const struct ls_digest *digest, uint8_t *der, size_t *ret_size,
		    struct ls_error *err)
{
	struct ls_tpm_signing_key *key = context;
	int rc = authorize(key, err);
	if (rc == 0)
		rc = sign_digest(key, digest, der, ret_size, err);
	if (rc < 0)
		drop_session(key);
	return rc;
}

void ls_tpm_signing_key_signer(struct ls_tpm_signing_key *key, struct ls_signer *ret_signer)
{
	*ret_signer = (struct ls_signer){ .sign = key_sign, .context = key, .key = key->public };
}

/* --- what the TPM remembers of the log ------------------------------------------------ */

int ls_tpm_signing_key_read_checkpoint(struct ls_tpm_signing_key *key,
				       struct ls_nv_checkpoint *ret_checkpoint,
				       struct ls_error *err)
{
	return ls_tpm_checkpoint_read(key->tpm, &key->policy, ret_checkpoint, err);
}

/* Kept from one writing to the next. */
static int open_checkpoint(struct ls_tpm_signing_key *key, struct ls_error *err)
{
	return key->checkpoint_index != ESYS_TR_NONE
		       ? 0
		       : ls_tpm_nv_open(key->tpm, LS_NV_CHECKPOINT, &key->policy,
					&key->checkpoint_index, err);
}

static TSS2_RC write_in_session(struct ls_tpm_signing_key *key, const TPM2B_MAX_NV_BUFFER *data)
{
	struct policy_use use;
	unsigned tries = 0;
	TSS2_RC rc = use_policy(key, key->checkpoint_index, &use);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	do
		rc = Tss2_Sys_NV_Write(use.sys, use.object, use.object, &use.auth, data, 0,
				       &use.answered);
	while (is_busy(rc, &tries));
	return rc;
}

int ls_tpm_signing_key_write_checkpoint(struct ls_tpm_signing_key *key,
					const struct ls_nv_checkpoint *checkpoint,
					struct ls_error *err)
{
	TPM2B_MAX_NV_BUFFER data = { .size = LS_NV_CHECKPOINT_SIZE };
	ls_nv_checkpoint_encode(checkpoint, data.buffer);
	int rc = open_checkpoint(key, err);
	if (rc == 0)
		rc = authorize(key, err);
	if (rc < 0) {
		drop_session(key);
		return rc;
	}
	TSS2_RC written = write_in_session(key, &data);
	if (written == TSS2_RC_SUCCESS)
		return 0;
	drop_session(key);
	return ls_tpm_fail(key->tpm, written, err,
			   "cannot write the log's checkpoint into the TPM");
}

void ls_tpm_signing_key_close(struct ls_tpm_signing_key *key)
{
	if (!key)
		return;
	ls_tpm_flush(key->tpm, key->session);
	ls_tpm_flush(key->tpm, key->object);
	free(key);
}
