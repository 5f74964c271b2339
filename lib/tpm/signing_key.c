/* SPDX-License-Identifier: Apache-2.0 */
/* The signing key's use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>

#include "lib/tpm/keys_internal.h"

struct ls_tpm_signing_key {
	struct ls_tpm *tpm; /* borrowed */
	struct ls_tpm_guard *guard;
	struct ls_p256_public public;
	ESYS_TR object;
};

int ls_tpm_load_blob(struct ls_tpm *tpm, const struct ls_tpm_key_blob *blob, const char *what,
		     ESYS_TR *ret_object, struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE;
	int result = ls_tpm_open_srk(tpm, &srk, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_Load(ls_tpm_esys(tpm), srk, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       &blob->private, &blob->public, ret_object);
	if (rc != TSS2_RC_SUCCESS)
		result = ls_tpm_fail(tpm, rc, err, what);
	ls_tpm_forget(tpm, &srk);
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
	key->object = ESYS_TR_NONE;
	int rc = ls_tpm_read_key_blob(blob, size, &approval->authority, approval->ref,
				      approval->ref_size, &parsed, &key->public, err);
	if (rc == 0)
		rc = ls_tpm_guard_open(tpm, approval, &key->guard, err);
	if (rc == 0)
		rc = ls_tpm_load_blob(tpm, &parsed, "cannot load the signing key", &key->object,
				      err);
	if (rc < 0)
		ls_tpm_signing_key_close(key);
	else
		*ret_key = key;
	return rc;
}

static TSS2_RC sign_in_session(struct ls_tpm_signing_key *key, const TPM2B_DIGEST *digest,
			       TPMT_SIGNATURE *ret_signature)
{
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_ECDSA,
				   .details.ecdsa.hashAlg = TPM2_ALG_SHA256 };
	TPMT_TK_HASHCHECK any = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	struct ls_tpm_policy_use use;
	TSS2_RC rc = ls_tpm_guard_use(key->guard, key->object, &use);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	do
		rc = Tss2_Sys_Sign(use.sys, use.object, &use.auth, digest, &scheme, &any,
				   ret_signature, &use.answered);
	while (ls_tpm_use_again(&use, rc));
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

static int key_sign(void *context, const struct ls_digest *digest, uint8_t *der, size_t *ret_size,
		    struct ls_error *err)
{
	struct ls_tpm_signing_key *key = context;
	ESYS_TR session = ESYS_TR_NONE;
	int rc = ls_tpm_guard_meet(key->guard, ESYS_TR_NONE, &session, err);
	if (rc == 0)
		rc = sign_digest(key, digest, der, ret_size, err);
	if (rc < 0)
		ls_tpm_guard_drop_session(key->guard);
	return rc;
}

void ls_tpm_signing_key_signer(struct ls_tpm_signing_key *key, struct ls_signer *ret_signer)
{
	*ret_signer = (struct ls_signer){ .sign = key_sign, .context = key, .key = key->public };
}

struct ls_tpm_guard *ls_tpm_signing_key_guard(struct ls_tpm_signing_key *key)
{
	return key->guard;
}

void ls_tpm_signing_key_close(struct ls_tpm_signing_key *key)
{
	if (!key)
		return;
	ls_tpm_guard_close(key->guard);
	ls_tpm_flush(key->tpm, key->object);
	free(key);
}
