/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/command_filter.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/attest/nv_index.h"
#include "lib/base/reader.h"
#include "lib/tpm/attestation_key.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/transport.h"

/* TPM 2.0 Part 2, 6.9 (tags), 6.6.3 (response codes), 6.5.2 (command codes). */
#define ST_NO_SESSIONS	0x8001
#define ST_SESSIONS	0x8002
#define RC_BAD_TAG	0x01e
#define RC_COMMAND_SIZE 0x142
#define RC_COMMAND_CODE 0x143

#define RC_HANDLE 0x08b

#define HT_TRANSIENT 0x80 /* Part 2, 7.2: a handle's first byte */

#define HANDLES_MAX 3 /* of a command's handle area: Part 3, the command's table */

/* Which handles a command may name. */
enum handles {
	ANY_HANDLES,	   /* they can name nothing that harms */
	LOADED_OBJECT,	   /* first: a transient object, which is its own: none else is loaded */
	STORAGE_ROOT,	   /* first: the storage root key */
	ONE_INDEX,	   /* first: an index of ours */
	SAME_INDEX,	   /* first and second: the same index of ours */
	COUNTER_POLICY,	   /* first and second: the version counter */
	CHECKPOINT,	   /* first and second: the checkpoint index */
	BY_ATTESTER,	   /* first: the attestation key */
	INDEX_BY_ATTESTER, /* that, and second and third: the same index of ours */
};

static const struct {
	uint32_t code;
	enum handles handles;
	const char *name;
} allowed[] = {
	{ 0x137, CHECKPOINT, "NV_Write" },
	{ 0x149, COUNTER_POLICY, "PolicyNV" },
	{ 0x14e, SAME_INDEX, "NV_Read" },
	{ 0x157, STORAGE_ROOT, "Load" },
	{ 0x158, BY_ATTESTER, "Quote" },
	{ 0x15d, LOADED_OBJECT, "Sign" },
	{ 0x15e, LOADED_OBJECT, "Unseal" },
	{ 0x165, ANY_HANDLES, "FlushContext" },
	{ 0x167, ANY_HANDLES, "LoadExternal" },
	{ 0x169, ONE_INDEX, "NV_ReadPublic" },
	{ 0x16a, ANY_HANDLES, "PolicyAuthorize" },
	{ 0x173, ANY_HANDLES, "ReadPublic" },
	{ 0x176, ANY_HANDLES, "StartAuthSession" },
	{ 0x177, ANY_HANDLES, "VerifySignature" },
	{ 0x17b, ANY_HANDLES, "GetRandom" },
	{ 0x17f, ANY_HANDLES, "PolicyPCR" },
	{ 0x184, INDEX_BY_ATTESTER, "NV_Certify" },
};
#define ALLOWED_COUNT (sizeof(allowed) / sizeof(allowed[0]))

static size_t find_command(uint32_t code)
{
	size_t i = 0;
	while (i < ALLOWED_COUNT && allowed[i].code != code)
		i++;
	return i;
}

static bool is_ours(uint32_t handle)
{
	return handle == LS_NV_COUNTER || handle == LS_NV_CHECKPOINT;
}

/* h: the handles, 0 for those that are not there, which is no index. */
static bool may_name(enum handles rule, const uint32_t h[static HANDLES_MAX])
{
	switch (rule) {
	case ANY_HANDLES: return true;
	case LOADED_OBJECT: return h[0] >> 24 == HT_TRANSIENT;
	case STORAGE_ROOT: return h[0] == LS_TPM_SRK_HANDLE;
	case ONE_INDEX: return is_ours(h[0]);
	case SAME_INDEX: return is_ours(h[0]) && h[1] == h[0];
	case COUNTER_POLICY: return h[0] == LS_NV_COUNTER && h[1] == h[0];
	case CHECKPOINT: return h[0] == LS_NV_CHECKPOINT && h[1] == h[0];
	case BY_ATTESTER: return h[0] == LS_TPM_AK_HANDLE;
	case INDEX_BY_ATTESTER: return h[0] == LS_TPM_AK_HANDLE && is_ours(h[1]) && h[2] == h[1];
	}
	return false;
}

static int check_handles(struct ls_reader *r, size_t command, uint32_t *ret_rc,
			 struct ls_error *err)
{
	uint32_t h[HANDLES_MAX] = { 0 };
	for (size_t i = 0; i < HANDLES_MAX && ls_reader_left(r) >= 4; i++)
		ls_read_be32(r, &h[i]);
	if (may_name(allowed[command].handles, h))
		return 0;
	*ret_rc = RC_HANDLE;
	return ls_fail(err, -EPERM, "tpm.filter.handle",
		       "the enclave asked for %s on 0x%08x (and 0x%08x), which it may not touch",
		       allowed[command].name, h[0], h[1]);
}

static int refuse(uint32_t *ret_rc, uint32_t rc, struct ls_error *err)
{
	*ret_rc = rc;
	return ls_fail(err, -EBADMSG, "tpm.filter.malformed",
		       "the enclave sent what is no TPM command (answered 0x%03x)", rc);
}

int ls_tpm_command_check(const uint8_t *command, size_t size, uint32_t *ret_rc,
			 struct ls_error *err)
{
	struct ls_reader r;
	uint16_t tag;
	uint32_t claimed, code;
	ls_reader_init(&r, command, size);
	if (ls_read_be16(&r, &tag) < 0 || ls_read_be32(&r, &claimed) < 0 ||
	    ls_read_be32(&r, &code) < 0 || claimed != size || size > LS_TPM_BUFFER_SIZE)
		return refuse(ret_rc, RC_COMMAND_SIZE, err);
	if (tag != ST_NO_SESSIONS && tag != ST_SESSIONS)
		return refuse(ret_rc, RC_BAD_TAG, err);
	size_t found = find_command(code);
	if (found < ALLOWED_COUNT)
		return check_handles(&r, found, ret_rc, err);
	*ret_rc = RC_COMMAND_CODE;
	return ls_fail(err, -EPERM, "tpm.filter.command",
		       "the enclave asked for TPM command 0x%03x, which it may not use", code);
}

void ls_tpm_error_response(uint32_t rc, uint8_t response[static LS_TPM_ERROR_RESPONSE_SIZE])
{
	const uint8_t bytes[LS_TPM_ERROR_RESPONSE_SIZE] = {
		ST_NO_SESSIONS >> 8,
		ST_NO_SESSIONS & 0xff,
		0,
		0,
		0,
		LS_TPM_ERROR_RESPONSE_SIZE,
		(uint8_t)(rc >> 24),
		(uint8_t)(rc >> 16),
		(uint8_t)(rc >> 8),
		(uint8_t)rc,
	};
	memcpy(response, bytes, sizeof(bytes));
}
