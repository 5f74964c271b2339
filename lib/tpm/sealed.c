/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/sealed.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_esys.h>

#include "lib/tpm/keys_internal.h"

#define SEALED_ATTRIBUTES (TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_NODA)

TPM2B_PUBLIC ls_tpm_sealed_template(const struct ls_digest *policy)
{
	TPM2B_PUBLIC public = { .publicArea = {
					.type = TPM2_ALG_KEYEDHASH,
					.nameAlg = TPM2_ALG_SHA256,
					.objectAttributes = SEALED_ATTRIBUTES,
					.authPolicy.size = LS_DIGEST_SIZE,
					.parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
				} };
	memcpy(public.publicArea.authPolicy.buffer, policy->bytes, LS_DIGEST_SIZE);
	return public;
}

static void policy_of(const struct ls_p256_public *authority, const void *ref, size_t ref_size,
		      struct ls_digest *ret_policy)
{
	struct ls_tpm_name name;
	ls_authority_name(authority, &name);
	ls_policy_authorize_digest(&name, ref, ref_size, ret_policy);
}

/* --- sealing ------------------------------------------------------------------------------ */

/* It encrypts the first parameter of one command. */
static int start_session(struct ls_tpm *tpm, ESYS_TR srk, ESYS_TR *ret_session,
			 struct ls_error *err)
{
	const TPMT_SYM_DEF aes = { .algorithm = TPM2_ALG_AES,
				   .keyBits.aes = 128,
				   .mode.aes = TPM2_ALG_CFB };
	ESYS_CONTEXT *esys = ls_tpm_esys(tpm);
	TSS2_RC rc = Esys_StartAuthSession(esys, srk, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, NULL, TPM2_SE_HMAC, &aes, TPM2_ALG_SHA256,
					   ret_session);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TRSess_SetAttributes(esys, *ret_session, TPMA_SESSION_DECRYPT, 0xff);
	return rc == TSS2_RC_SUCCESS ? 0 : ls_tpm_fail(tpm, rc, err, "cannot start a TPM session");
}

static int create(struct ls_tpm *tpm, ESYS_TR srk, ESYS_TR session, const TPM2B_PUBLIC *template,
		  const TPM2B_SENSITIVE_CREATE *sensitive, const char *what, struct ls_buffer *blob,
		  struct ls_error *err)
{
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	_cleanup_esys_ TPM2B_PRIVATE *private = NULL;
	_cleanup_esys_ TPM2B_PUBLIC *public = NULL;
	TSS2_RC rc = Esys_Create(ls_tpm_esys(tpm), srk, ESYS_TR_PASSWORD, session, ESYS_TR_NONE,
				 sensitive, template, &outside, &pcrs, &private, &public, NULL,
				 NULL, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, what);
	return ls_tpm_marshal_blob(public, private, blob, err);
}

int ls_tpm_seal_under(struct ls_tpm *tpm, const struct ls_digest *policy, const char *what,
		      const void *secret, size_t size, struct ls_buffer *blob, struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE, session = ESYS_TR_NONE;
	TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	if (size == 0 || size > LS_TPM_SEALED_MAX)
		return ls_fail(err, -EINVAL, "tpm.seal.size",
			       "a TPM seals 1 to %d bytes, and these are %zu", LS_TPM_SEALED_MAX,
			       size);
	const TPM2B_PUBLIC template = ls_tpm_sealed_template(policy);
	sensitive.sensitive.data.size = (UINT16)size;
	memcpy(sensitive.sensitive.data.buffer, secret, size);
	int rc = ls_tpm_open_srk(tpm, &srk, err);
	if (rc == 0)
		rc = start_session(tpm, srk, &session, err);
	if (rc == 0)
		rc = create(tpm, srk, session, &template, &sensitive, what, blob, err);
	ls_tpm_flush(tpm, session);
	ls_tpm_forget(tpm, &srk);
	explicit_bzero(&sensitive, sizeof(sensitive));
	return rc;
}

int ls_tpm_seal(struct ls_tpm *tpm, const struct ls_p256_public *authority, const void *ref,
		size_t ref_size, const void *secret, size_t size, struct ls_buffer *blob,
		struct ls_error *err)
{
	struct ls_digest policy;
	policy_of(authority, ref, ref_size, &policy);
	return ls_tpm_seal_under(tpm, &policy, "cannot seal the PIN", secret, size, blob, err);
}

/* --- unsealing ---------------------------------------------------------------------------- */

static int read_blob(const void *blob, size_t size, const struct ls_digest *policy,
		     struct ls_tpm_key_blob *ret_blob, struct ls_error *err)
{
	TPM2B_PUBLIC wanted = ls_tpm_sealed_template(policy);
	int rc = ls_tpm_unmarshal_blob(blob, size, ret_blob, err);
	if (rc < 0)
		return ls_fail(err, rc, "tpm.seal.malformed",
			       "the sealed PIN is damaged; remove it and provision again");
	if (ls_tpm_blob_is(ret_blob, blob, &wanted))
		return 0;
	return ls_fail(err, -EBADMSG, "tpm.seal.other",
		       "the sealed PIN is not one that this policy authority's approvals guard; "
		       "remove it and provision again");
}

int ls_tpm_check_sealed(const void *blob, size_t size, const struct ls_p256_public *authority,
			const void *ref, size_t ref_size, struct ls_error *err)
{
	struct ls_digest policy;
	struct ls_tpm_key_blob parsed = { 0 };
	policy_of(authority, ref, ref_size, &policy);
	return read_blob(blob, size, &policy, &parsed, err);
}

int ls_tpm_unseal_by(struct ls_tpm *tpm, ESYS_TR object, ESYS_TR session, const char *what,
		     uint8_t secret[static LS_TPM_SEALED_MAX], size_t *ret_size,
		     struct ls_error *err)
{
	_cleanup_esys_ TPM2B_SENSITIVE_DATA *data = NULL;
	ESYS_CONTEXT *esys = ls_tpm_esys(tpm);
	TSS2_RC rc = Esys_TRSess_SetAttributes(esys, session, TPMA_SESSION_ENCRYPT,
					       TPMA_SESSION_ENCRYPT);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_Unseal(esys, object, session, ESYS_TR_NONE, ESYS_TR_NONE, &data);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, what);
	int result = 0;
	if (data->size > LS_TPM_SEALED_MAX)
		result = ls_fail(err, -EIO, "tpm.seal.size",
				 "the TPM gave out %u bytes, more than "
				 "a TPM seals",
				 data->size);
	else
		memcpy(secret, data->buffer, data->size);
	*ret_size = data->size;
	explicit_bzero(data, sizeof(*data));
	return result;
}

int ls_tpm_unseal(struct ls_tpm *tpm, struct ls_tpm_guard *guard, const void *blob, size_t size,
		  uint8_t secret[static LS_TPM_SEALED_MAX], size_t *ret_size, struct ls_error *err)
{
	struct ls_tpm_key_blob parsed = { 0 };
	ESYS_TR srk = ESYS_TR_NONE, object = ESYS_TR_NONE, session = ESYS_TR_NONE;
	int rc = read_blob(blob, size, ls_tpm_guard_policy(guard), &parsed, err);
	if (rc == 0)
		rc = ls_tpm_load_blob(tpm, &parsed, "cannot load the sealed PIN", &object, err);
	if (rc == 0)
		rc = ls_tpm_open_srk(tpm, &srk, err);
	/* one of its own: the guard's may be there already, and encrypts nothing */
	ls_tpm_guard_drop_session(guard);
	if (rc == 0)
		rc = ls_tpm_guard_meet(guard, srk, &session, err);
	if (rc == 0)
		rc = ls_tpm_unseal_by(tpm, object, session, "the TPM does not give out the PIN",
				      secret, ret_size, err);
	ls_tpm_guard_drop_session(guard);
	ls_tpm_flush(tpm, object);
	ls_tpm_forget(tpm, &srk);
	return rc;
}
