/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/tpm_reader.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/tpm_constants.h"

#define SELECT_SIZE 3 /* bytes of bits for LS_PCR_COUNT PCRs */

int ls_read_tpm2b(struct ls_reader *r, size_t max, const uint8_t **ret_bytes, size_t *ret_size)
{
	uint16_t size;
	const uint8_t *bytes;
	if (ls_read_be16(r, &size) < 0 || size > max || ls_read_bytes(r, size, &bytes) < 0)
		return -EBADMSG;
	*ret_bytes = bytes;
	*ret_size = size;
	return 0;
}

int ls_read_tpm_name(struct ls_reader *r, struct ls_tpm_name *ret_name)
{
	const uint8_t *bytes;
	size_t size;
	if (ls_read_tpm2b(r, LS_TPM_NAME_SIZE, &bytes, &size) < 0 || size != LS_TPM_NAME_SIZE ||
	    bytes[0] != LS_ALG_SHA256 >> 8 || bytes[1] != (LS_ALG_SHA256 & 0xff))
		return -EBADMSG;
	memcpy(ret_name->bytes, bytes, LS_TPM_NAME_SIZE);
	return 0;
}

int ls_read_tpm_digest(struct ls_reader *r, struct ls_digest *ret_digest)
{
	const uint8_t *bytes;
	size_t size;
	if (ls_read_tpm2b(r, LS_DIGEST_SIZE, &bytes, &size) < 0 || size != LS_DIGEST_SIZE)
		return -EBADMSG;
	memcpy(ret_digest->bytes, bytes, LS_DIGEST_SIZE);
	return 0;
}

int ls_read_pcr_selection(struct ls_reader *r, struct ls_pcr_selection *ret_selection)
{
	struct ls_pcr_selection s = { .count = 0 };
	if (ls_read_be32(r, &s.count) < 0 || s.count > LS_PCR_BANKS_MAX)
		return -EBADMSG;
	for (uint32_t i = 0; i < s.count; i++) {
		uint8_t width;
		const uint8_t *bits;
		if (ls_read_be16(r, &s.banks[i].hash) < 0 || ls_read_u8(r, &width) < 0 ||
		    width != SELECT_SIZE || ls_read_bytes(r, width, &bits) < 0)
			return -EBADMSG;
		s.banks[i].pcrs = bits[0] | (uint32_t)bits[1] << 8 | (uint32_t)bits[2] << 16;
	}
	*ret_selection = s;
	return 0;
}
