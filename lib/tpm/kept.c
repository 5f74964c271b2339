/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/kept.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <tss2/tss2_esys.h>

#include "lib/base/reader.h"
#include "lib/tpm/keys_internal.h"

#define VERSION 1

/* --- the policy ------------------------------------------------------------------ */

static void select_pcrs(uint32_t pcrs, TPML_PCR_SELECTION *ret)
{
	*ret = (TPML_PCR_SELECTION){ .count = 1 };
	ret->pcrSelections[0].hash = TPM2_ALG_SHA256;
	ret->pcrSelections[0].sizeofSelect = 3;
	for (unsigned i = 0; i < 3; i++)
		ret->pcrSelections[0].pcrSelect[i] = (BYTE)(pcrs >> (8 * i));
}

/* kind: TPM2_SE_TRIAL, to learn the policy's digest; TPM2_SE_POLICY, to meet it. */
static int start(struct ls_tpm *tpm, ESYS_TR srk, TPM2_SE kind, ESYS_TR *ret_session,
		 struct ls_error *err)
{
	const TPMT_SYM_DEF aes = { .algorithm = TPM2_ALG_AES,
				   .keyBits.aes = 128,
				   .mode.aes = TPM2_ALG_CFB };
	TSS2_RC rc = Esys_StartAuthSession(ls_tpm_esys(tpm), srk, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, ESYS_TR_NONE, NULL, kind, &aes,
					   TPM2_ALG_SHA256, ret_session);
	return rc == TSS2_RC_SUCCESS ? 0 : ls_tpm_fail(tpm, rc, err, "cannot start a TPM session");
}

/* The policy with the PCRs as they are now; its digest to *ret. */
static int meet(struct ls_tpm *tpm, ESYS_TR session, uint32_t pcrs, struct ls_digest *ret,
		struct ls_error *err)
{
	const TPM2B_DIGEST as_they_are = { 0 };
	TPML_PCR_SELECTION selection;
	ESYS_CONTEXT *esys = ls_tpm_esys(tpm);
	_cleanup_esys_ TPM2B_DIGEST *digest = NULL;
	select_pcrs(pcrs, &selection);
	TSS2_RC rc = Esys_PolicyCommandCode(esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    TPM2_CC_Unseal);
	if (rc == TSS2_RC_SUCCESS && pcrs)
		rc = Esys_PolicyPCR(esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				    &as_they_are, &selection);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_PolicyGetDigest(esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					  &digest);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot make the policy of a kept secret");
	if (digest->size != LS_DIGEST_SIZE)
		return ls_fail(err, -EIO, "tpm.kept.policy", "the TPM gave a digest of %u bytes",
			       digest->size);
	memcpy(ret->bytes, digest->buffer, LS_DIGEST_SIZE);
	return 0;
}

static int root_name(struct ls_tpm *tpm, ESYS_TR srk, struct ls_tpm_name *ret, struct ls_error *err)
{
	_cleanup_esys_ TPM2B_NAME *name = NULL;
	TSS2_RC rc = Esys_TR_GetName(ls_tpm_esys(tpm), srk, &name);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot read the storage root key's name");
	if (name->size != LS_TPM_NAME_SIZE)
		return ls_fail(err, -EIO, "tpm.kept.root",
			       "the TPM's storage root key has a name of %u bytes, and not of "
			       "SHA-256",
			       name->size);
	memcpy(ret->bytes, name->name, LS_TPM_NAME_SIZE);
	return 0;
}

/* --- keeping ----------------------------------------------------------------------- */

static int policy_of_now(struct ls_tpm *tpm, ESYS_TR srk, uint32_t pcrs, struct ls_digest *ret,
			 struct ls_error *err)
{
	ESYS_TR session = ESYS_TR_NONE;
	int rc = start(tpm, srk, TPM2_SE_TRIAL, &session, err);
	if (rc == 0)
		rc = meet(tpm, session, pcrs, ret, err);
	ls_tpm_flush(tpm, session);
	return rc;
}

static int describe(struct ls_tpm *tpm, uint32_t pcrs, struct ls_tpm_name *ret_root,
		    struct ls_digest *ret_policy, struct ls_error *err)
{
	ESYS_TR srk = ESYS_TR_NONE;
	int rc = ls_tpm_ensure_srk(tpm, NULL, err);
	if (rc == 0)
		rc = ls_tpm_open_srk(tpm, &srk, err);
	if (rc == 0)
		rc = root_name(tpm, srk, ret_root, err);
	if (rc == 0)
		rc = policy_of_now(tpm, srk, pcrs, ret_policy, err);
	ls_tpm_forget(tpm, &srk);
	return rc;
}

int ls_tpm_keep(struct ls_tpm *tpm, uint32_t pcrs, const void *secret, size_t size,
		struct ls_buffer *out, struct ls_error *err)
{
	struct ls_tpm_name root;
	struct ls_digest policy;
	_cleanup_buffer_ struct ls_buffer blob;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	if (pcrs >> LS_TPM_PCR_COUNT)
		return ls_fail(err, -EINVAL, "tpm.kept.pcrs", "a TPM has PCRs 0 to %d",
			       LS_TPM_PCR_COUNT - 1);
	int rc = describe(tpm, pcrs, &root, &policy, err);
	if (rc == 0)
		rc = ls_tpm_seal_under(tpm, &policy, "the TPM does not seal the secret", secret,
				       size, &blob, err);
	if (rc < 0)
		return rc;
	ls_buffer_add_u8(out, VERSION);
	for (unsigned i = 0; i < 3; i++)
		ls_buffer_add_u8(out, (uint8_t)(pcrs >> (8 * i)));
	ls_buffer_add(out, root.bytes, LS_TPM_NAME_SIZE);
	ls_buffer_add(out, blob.data, blob.size);
	rc = ls_buffer_error(out);
	return rc < 0 ? ls_fail(err, rc, "tpm.memory", "no room for a kept secret") : 0;
}

/* --- giving out ---------------------------------------------------------------------- */

/* Its parts, and the object, whose policy can be any. */
static int take_apart(const void *bytes, size_t size, struct ls_tpm_kept *ret,
		      struct ls_tpm_key_blob *ret_object)
{
	struct ls_reader r;
	uint8_t version, pcrs[3];
	struct ls_digest policy;
	ls_reader_init(&r, bytes, size);
	if (ls_read_u8(&r, &version) < 0 || version != VERSION ||
	    ls_read_into(&r, pcrs, sizeof(pcrs)) < 0 ||
	    ls_read_into(&r, ret->root.bytes, LS_TPM_NAME_SIZE) < 0)
		return -EBADMSG;
	ret->pcrs = (uint32_t)pcrs[0] | (uint32_t)pcrs[1] << 8 | (uint32_t)pcrs[2] << 16;
	ret->blob_size = ls_reader_left(&r);
	if (ls_read_bytes(&r, ret->blob_size, &ret->blob) < 0 ||
	    ls_tpm_unmarshal_blob(ret->blob, ret->blob_size, ret_object, NULL) < 0 ||
	    ret_object->public.publicArea.authPolicy.size != LS_DIGEST_SIZE)
		return -EBADMSG;
	memcpy(policy.bytes, ret_object->public.publicArea.authPolicy.buffer, LS_DIGEST_SIZE);
	TPM2B_PUBLIC wanted = ls_tpm_sealed_template(&policy);
	return ls_tpm_blob_is(ret_object, ret->blob, &wanted) ? 0 : -EBADMSG;
}

static int parse(const void *bytes, size_t size, struct ls_tpm_kept *ret,
		 struct ls_tpm_key_blob *ret_object, struct ls_error *err)
{
	int rc = take_apart(bytes, size, ret, ret_object);
	return rc == 0 ? 0
		       : ls_fail(err, rc, "tpm.kept.form",
				 "what the TPM is to give out is damaged: it is cut short, or was "
				 "altered");
}

int ls_tpm_kept_parse(const void *bytes, size_t size, struct ls_tpm_kept *ret, struct ls_error *err)
{
	struct ls_tpm_key_blob object = { 0 };
	return parse(bytes, size, ret, &object, err);
}

static int check_root(struct ls_tpm *tpm, ESYS_TR srk, const struct ls_tpm_name *made_by,
		      struct ls_error *err)
{
	struct ls_tpm_name here;
	int rc = root_name(tpm, srk, &here, err);
	if (rc < 0 || memcmp(here.bytes, made_by->bytes, LS_TPM_NAME_SIZE) == 0)
		return rc;
	return ls_fail(err, -EXDEV, "tpm.kept.elsewhere",
		       "another TPM sealed it (its storage root key begins with %02x%02x%02x%02x, "
		       "this one's with %02x%02x%02x%02x), or this one was cleared since; only the "
		       "TPM that sealed it gives it out",
		       made_by->bytes[2], made_by->bytes[3], made_by->bytes[4], made_by->bytes[5],
		       here.bytes[2], here.bytes[3], here.bytes[4], here.bytes[5]);
}

/* Before the TPM is asked, whose refusal would not say what it is. */
static int check_state(const struct ls_tpm_kept *kept, const struct ls_tpm_key_blob *object,
		       const struct ls_digest *now, struct ls_error *err)
{
	char list[3 * LS_TPM_PCR_COUNT + 1] = "";
	if (memcmp(object->public.publicArea.authPolicy.buffer, now->bytes, LS_DIGEST_SIZE) == 0)
		return 0;
	for (unsigned i = 0; i < LS_TPM_PCR_COUNT; i++)
		if (kept->pcrs >> i & 1)
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%u",
				 *list ? "," : "", i);
	if (!kept->pcrs)
		return ls_fail(err, -EBADMSG, "tpm.kept.altered",
			       "it was altered: its policy is not the one of its form");
	return ls_fail(err, -EACCES, "tpm.kept.state",
		       "the TPM's PCRs %s are not what they were when it was sealed: this machine "
		       "was started in another way (firmware, boot loader or kernel were changed), "
		       "or it was altered",
		       list);
}

static int load(struct ls_tpm *tpm, ESYS_TR srk, const struct ls_tpm_key_blob *object,
		ESYS_TR *ret_object, struct ls_error *err)
{
	TSS2_RC rc = Esys_Load(ls_tpm_esys(tpm), srk, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       &object->private, &object->public, ret_object);
	if (rc == TSS2_RC_SUCCESS)
		return 0;
	int code = ls_tpm_fail(tpm, rc, err, "the TPM does not load the sealed secret");
	/* its root is this TPM's, as was compared; a parameter that is refused is the file's */
	return code == -EACCES || (rc & TPM2_RC_FMT1)
		       ? ls_fail(err, -EBADMSG, "tpm.kept.altered",
				 "it was altered since this TPM sealed it")
		       : code;
}

static int unseal(struct ls_tpm *tpm, ESYS_TR srk, const struct ls_tpm_kept *kept,
		  const struct ls_tpm_key_blob *object, uint8_t secret[static LS_TPM_SEALED_MAX],
		  size_t *ret_size, struct ls_error *err)
{
	ESYS_TR session = ESYS_TR_NONE, loaded = ESYS_TR_NONE;
	struct ls_digest now;
	int rc = start(tpm, srk, TPM2_SE_POLICY, &session, err);
	if (rc == 0)
		rc = meet(tpm, session, kept->pcrs, &now, err);
	if (rc == 0)
		rc = check_state(kept, object, &now, err);
	if (rc == 0)
		rc = load(tpm, srk, object, &loaded, err);
	if (rc == 0)
		rc = ls_tpm_unseal_by(tpm, loaded, session, "the TPM does not give out the secret",
				      secret, ret_size, err);
	ls_tpm_flush(tpm, session);
	ls_tpm_flush(tpm, loaded);
	return rc;
}

int ls_tpm_give(struct ls_tpm *tpm, const void *bytes, size_t size,
		uint8_t secret[static LS_TPM_SEALED_MAX], size_t *ret_size, struct ls_error *err)
{
	struct ls_tpm_kept kept;
	struct ls_tpm_key_blob object = { 0 };
	ESYS_TR srk = ESYS_TR_NONE;
	struct ls_error absent = { 0 };
	int rc = parse(bytes, size, &kept, &object, err);
	if (rc < 0)
		return rc;
	rc = ls_tpm_open_srk(tpm, &srk, &absent);
	if (rc == -ENOENT)
		return ls_fail(err, -EXDEV, "tpm.kept.elsewhere",
			       "another TPM sealed it, or this one was cleared since: this one has "
			       "no storage root key; only the TPM that sealed it gives it out");
	if (rc < 0)
		return ls_fail(err, rc, absent.id, "%s", absent.message);
	rc = check_root(tpm, srk, &kept.root, err);
	if (rc == 0)
		rc = unseal(tpm, srk, &kept, &object, secret, ret_size, err);
	ls_tpm_forget(tpm, &srk);
	return rc;
}
