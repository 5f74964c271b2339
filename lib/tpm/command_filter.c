/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/command_filter.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/reader.h"
#include "lib/tpm/transport.h"

/* TPM 2.0 Part 2, 6.9 (tags), 6.6.3 (response codes), 6.5.2 (command codes). */
#define ST_NO_SESSIONS	0x8001
#define ST_SESSIONS	0x8002
#define RC_BAD_TAG	0x01e
#define RC_COMMAND_SIZE 0x142
#define RC_COMMAND_CODE 0x143

static const struct {
	uint32_t code;
	const char *name;
} allowed[] = {
	{ 0x157, "Load" },
	{ 0x15d, "Sign" },
	{ 0x165, "FlushContext" },
	{ 0x167, "LoadExternal" },
	{ 0x16a, "PolicyAuthorize" },
	{ 0x173, "ReadPublic" },
	{ 0x176, "StartAuthSession" },
	{ 0x177, "VerifySignature" },
	{ 0x17b, "GetRandom" },
	{ 0x17f, "PolicyPCR" },
};

static bool is_allowed(uint32_t code)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i].code == code)
			return true;
	return false;
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
	if (is_allowed(code))
		return 0;
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
