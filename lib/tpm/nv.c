/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/nv.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <tss2/tss2_esys.h>

#include "lib/base/reader.h"

static const char *index_name(uint32_t handle)
{
	return handle == LS_NV_COUNTER ? "version counter" : "checkpoint";
}

static TPM2B_NV_PUBLIC wanted_public(uint32_t handle, const struct ls_digest *policy)
{
	bool counter = handle == LS_NV_COUNTER;
	TPM2B_NV_PUBLIC public = {
		.nvPublic = {
			.nvIndex = handle,
			.nameAlg = TPM2_ALG_SHA256,
			.attributes = counter ? LS_NV_COUNTER_ATTRIBUTES
					      : LS_NV_CHECKPOINT_ATTRIBUTES,
			.dataSize = counter ? LS_NV_COUNTER_SIZE : LS_NV_CHECKPOINT_SIZE,
		},
	};
	if (policy) {
		public.nvPublic.authPolicy.size = LS_DIGEST_SIZE;
		memcpy(public.nvPublic.authPolicy.buffer, policy->bytes, LS_DIGEST_SIZE);
	}
	return public;
}

/* In which part the two differ, or NULL.  Whether it was written is no part of what it is. */
static const char *find_difference(const TPMS_NV_PUBLIC *is, const TPMS_NV_PUBLIC *wanted)
{
	if (is->nameAlg != wanted->nameAlg)
		return "hash algorithm";
	if ((is->attributes & ~LS_NV_WRITTEN) != wanted->attributes)
		return "attributes";
	if (is->authPolicy.size != wanted->authPolicy.size ||
	    memcmp(is->authPolicy.buffer, wanted->authPolicy.buffer, wanted->authPolicy.size) != 0)
		return "policy";
	return is->dataSize != wanted->dataSize ? "size" : NULL;
}

static int check_public(struct ls_tpm *tpm, ESYS_TR index, uint32_t handle,
			const struct ls_digest *policy, bool *ret_written, struct ls_error *err)
{
	TPM2B_NV_PUBLIC *public = NULL, wanted = wanted_public(handle, policy);
	TSS2_RC rc = Esys_NV_ReadPublic(ls_tpm_esys(tpm), index, ESYS_TR_NONE, ESYS_TR_NONE,
					ESYS_TR_NONE, &public, NULL);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot look at an index of the TPM");
	const char *other = find_difference(&public->nvPublic, &wanted.nvPublic);
	*ret_written = public->nvPublic.attributes & LS_NV_WRITTEN;
	Esys_Free(public);
	if (!other)
		return 0;
	return ls_fail(err, -EEXIST, "tpm.nv.foreign",
		       "the TPM's index 0x%08x is not labseal's %s: it has another %s; another "
		       "program or another policy authority made it; look at it with "
		       "'tpm2_nvreadpublic 0x%08x', and if nothing needs it remove it with "
		       "'tpm2_nvundefine 0x%08x'",
		       handle, index_name(handle), other, handle, handle);
}

static uint32_t *slot_of(struct ls_tpm *tpm, uint32_t handle)
{
	return ls_tpm_index_slot(tpm, handle - LS_NV_COUNTER);
}

static int ask_for_index(struct ls_tpm *tpm, uint32_t handle, struct ls_error *err)
{
	TSS2_RC rc = Esys_TR_FromTPMPublic(ls_tpm_esys(tpm), handle, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, slot_of(tpm, handle));
	if (rc == TSS2_RC_SUCCESS)
		return 0;
	*slot_of(tpm, handle) = ESYS_TR_NONE;
	int code = ls_tpm_fail(tpm, rc, err, "cannot find an index in the TPM");
	return code != -ENOENT
		       ? code
		       : ls_fail(err, -ENOENT, "tpm.nv.missing",
				 "the TPM has no %s (index 0x%08x): this is not the TPM that was "
				 "provisioned with this state folder, or it was cleared and its "
				 "keys are gone, too; put the right one back, or move the state "
				 "folder away and run 'labseal provision'",
				 index_name(handle), handle);
}

static int find_index(struct ls_tpm *tpm, uint32_t handle, const struct ls_digest *policy,
		      ESYS_TR *ret_index, bool *ret_written, struct ls_error *err)
{
	int rc = ask_for_index(tpm, handle, err);
	if (rc == 0)
		rc = check_public(tpm, *slot_of(tpm, handle), handle, policy, ret_written, err);
	if (rc == 0)
		*ret_index = *slot_of(tpm, handle);
	return rc;
}

int ls_tpm_nv_open(struct ls_tpm *tpm, uint32_t handle, const struct ls_digest *policy,
		   uint32_t *ret_index, struct ls_error *err)
{
	bool written;
	return find_index(tpm, handle, policy, ret_index, &written, err);
}

static int define(struct ls_tpm *tpm, uint32_t handle, const struct ls_digest *policy,
		  ESYS_TR *ret_index, struct ls_error *err)
{
	TPM2B_AUTH empty = { 0 };
	TPM2B_NV_PUBLIC public = wanted_public(handle, policy);
	TSS2_RC rc = Esys_NV_DefineSpace(ls_tpm_esys(tpm), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
					 ESYS_TR_NONE, ESYS_TR_NONE, &empty, &public, ret_index);
	if (rc == TSS2_RC_SUCCESS)
		return 0;
	if (rc == TPM2_RC_NV_SPACE)
		return ls_fail(err, -ENOSPC, "tpm.nv.full",
			       "the TPM's memory has no room for the %s (index 0x%08x); list what "
			       "is there with 'tpm2_getcap handles-nv-index' and remove what "
			       "nothing needs with 'tpm2_nvundefine' (TPM response 0x%x)",
			       index_name(handle), handle, rc);
	int code = ls_tpm_fail(tpm, rc, err, "cannot define an index of the TPM");
	ls_error_prefix(err, "%s (0x%08x)", index_name(handle), handle);
	return code;
}

/* Find it, or define it. */
static int ensure(struct ls_tpm *tpm, uint32_t handle, const struct ls_digest *policy,
		  ESYS_TR *ret_index, bool *ret_written, int *ret_created, struct ls_error *err)
{
	struct ls_error why = { 0 };
	int rc = find_index(tpm, handle, policy, ret_index, ret_written, &why);
	*ret_created = rc == -ENOENT;
	if (rc == -ENOENT) {
		*ret_written = false;
		return define(tpm, handle, policy, ret_index, err);
	}
	return rc < 0 ? ls_fail(err, rc, why.id, "%s", why.message) : 0;
}

static int step(struct ls_tpm *tpm, ESYS_TR index, struct ls_error *err)
{
	TSS2_RC rc = Esys_NV_Increment(ls_tpm_esys(tpm), ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
				       ESYS_TR_NONE, ESYS_TR_NONE);
	return rc == TSS2_RC_SUCCESS
		       ? 0
		       : ls_tpm_fail(tpm, rc, err, "cannot step the TPM's version counter");
}

int ls_tpm_ensure_counter(struct ls_tpm *tpm, int *ret_created, struct ls_error *err)
{
	ESYS_TR index = ESYS_TR_NONE;
	bool written = false;
	int created = 0;
	int rc = ensure(tpm, LS_NV_COUNTER, NULL, &index, &written, &created, err);
	if (rc == 0 && !written) {
		rc = step(tpm, index, err);
		created = 1;
	}
	if (rc == 0 && ret_created)
		*ret_created = created;
	return rc;
}

int ls_tpm_ensure_checkpoint(struct ls_tpm *tpm, const struct ls_digest *policy, int *ret_created,
			     struct ls_error *err)
{
	ESYS_TR index = ESYS_TR_NONE;
	bool written;
	int created;
	int rc = ensure(tpm, LS_NV_CHECKPOINT, policy, &index, &written, &created, err);
	if (rc == 0 && ret_created)
		*ret_created = created;
	return rc;
}

int ls_tpm_counter_step(struct ls_tpm *tpm, struct ls_error *err)
{
	ESYS_TR index = ESYS_TR_NONE;
	int rc = ls_tpm_nv_open(tpm, LS_NV_COUNTER, NULL, &index, err);
	if (rc == 0)
		rc = step(tpm, index, err);
	return rc;
}

static int read_data(struct ls_tpm *tpm, ESYS_TR index, UINT16 size, TPM2B_MAX_NV_BUFFER **ret_data,
		     struct ls_error *err)
{
	TSS2_RC rc = Esys_NV_Read(ls_tpm_esys(tpm), index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				  ESYS_TR_NONE, size, 0, ret_data);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "cannot read an index of the TPM");
	return 0;
}

static int read_index(struct ls_tpm *tpm, uint32_t handle, const struct ls_digest *policy,
		      UINT16 size, TPM2B_MAX_NV_BUFFER **ret_data, struct ls_error *err)
{
	ESYS_TR index = ESYS_TR_NONE;
	bool written = false;
	int rc = find_index(tpm, handle, policy, &index, &written, err);
	if (rc == 0 && !written)
		rc = ls_fail(err, -ENODATA, "tpm.nv.unwritten",
			     "the TPM's %s (index 0x%08x) was never written", index_name(handle),
			     handle);
	if (rc == 0)
		rc = read_data(tpm, index, size, ret_data, err);
	return rc;
}

int ls_tpm_counter_read(struct ls_tpm *tpm, uint64_t *ret_value, struct ls_error *err)
{
	TPM2B_MAX_NV_BUFFER *data = NULL;
	struct ls_reader r;
	int rc = read_index(tpm, LS_NV_COUNTER, NULL, LS_NV_COUNTER_SIZE, &data, err);
	if (rc != 0)
		return rc;
	ls_reader_init(&r, data->buffer, data->size);
	rc = ls_read_be64(&r, ret_value);
	Esys_Free(data);
	return rc < 0 ? ls_fail(err, -EIO, "tpm.nv.size", "the TPM's version counter is no number")
		      : 0;
}

int ls_tpm_checkpoint_read(struct ls_tpm *tpm, const struct ls_digest *policy,
			   struct ls_nv_checkpoint *ret_checkpoint, struct ls_error *err)
{
	TPM2B_MAX_NV_BUFFER *data = NULL;
	int rc = read_index(tpm, LS_NV_CHECKPOINT, policy, LS_NV_CHECKPOINT_SIZE, &data, err);
	if (rc != 0)
		return rc;
	rc = ls_nv_checkpoint_decode(data->buffer, data->size, ret_checkpoint, err);
	Esys_Free(data);
	return rc;
}
