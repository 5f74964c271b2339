/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/nv_index.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/digested.h"
#include "lib/base/reader.h"

#define ALG_SHA256 0x000b

/* nameAlg || H(TPMS_NV_PUBLIC): Part 1, 16 and Part 2, 13.5. */
static void name_of(uint32_t handle, uint32_t attributes, const struct ls_digest *policy,
		    uint16_t size, struct ls_tpm_name *ret_name)
{
	struct ls_digested b = { .size = 0 };
	struct ls_digest digest;
	ls_put_be(&b, handle, 4);
	ls_put_be(&b, ALG_SHA256, 2);
	ls_put_be(&b, attributes | LS_NV_WRITTEN, 4);
	ls_put_be(&b, policy ? LS_DIGEST_SIZE : 0, 2);
	if (policy)
		ls_put_digest(&b, policy);
	ls_put_be(&b, size, 2);
	ls_digested_hash(&b, &digest);
	ls_tpm_name_of(&digest, ret_name);
}

void ls_nv_counter_name(struct ls_tpm_name *ret_name)
{
	name_of(LS_NV_COUNTER, LS_NV_COUNTER_ATTRIBUTES, NULL, LS_NV_COUNTER_SIZE, ret_name);
}

void ls_nv_checkpoint_name(const struct ls_digest *policy, struct ls_tpm_name *ret_name)
{
	name_of(LS_NV_CHECKPOINT, LS_NV_CHECKPOINT_ATTRIBUTES, policy, LS_NV_CHECKPOINT_SIZE,
		ret_name);
}

void ls_nv_checkpoint_encode(const struct ls_nv_checkpoint *checkpoint,
			     uint8_t bytes[static LS_NV_CHECKPOINT_SIZE])
{
	struct ls_digested b = { .size = 0 };
	ls_put_be(&b, checkpoint->size, 8);
	ls_put_digest(&b, &checkpoint->root);
	ls_put_digest(&b, &checkpoint->note);
	memcpy(bytes, b.data, LS_NV_CHECKPOINT_SIZE);
}

int ls_nv_checkpoint_decode(const void *bytes, size_t size, struct ls_nv_checkpoint *ret_checkpoint,
			    struct ls_error *err)
{
	struct ls_nv_checkpoint c = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	if (ls_read_be64(&r, &c.size) < 0 || ls_read_into(&r, c.root.bytes, LS_DIGEST_SIZE) < 0 ||
	    ls_read_into(&r, c.note.bytes, LS_DIGEST_SIZE) < 0 || ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "nv.checkpoint",
			       "what the TPM remembers of the log has %zu bytes and not %d", size,
			       LS_NV_CHECKPOINT_SIZE);
	*ret_checkpoint = c;
	return 0;
}
