/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/mask.h"

#include <string.h>

#include "lib/base/hash.h"

static const char NAME[] = "labseal dna mask v1"; /* its NUL is hashed, too */

static void put_be(uint8_t *ret, uint32_t value, size_t bytes)
{
	while (bytes-- > 0) {
		ret[bytes] = (uint8_t)value;
		value >>= 8;
	}
}

void ls_mask_apply(enum ls_mask_kind kind, uint32_t number, uint16_t mask, uint8_t *bases, size_t n)
{
	uint8_t said[sizeof NAME + 1 + 4 + 2 + 4];
	struct ls_digest stream = { { 0 } };
	memcpy(said, NAME, sizeof NAME);
	said[sizeof NAME] = (uint8_t)kind;
	put_be(said + sizeof NAME + 1, number, 4);
	put_be(said + sizeof NAME + 5, mask, 2);
	for (size_t i = 0; i < n; i++) {
		size_t at = i % (4 * LS_DIGEST_SIZE);
		if (at == 0) {
			put_be(said + sizeof NAME + 7, (uint32_t)(i / (4 * LS_DIGEST_SIZE)), 4);
			ls_sha256_buffer(said, sizeof said, &stream);
		}
		bases[i] ^= stream.bytes[at / 4] >> (6 - 2 * (at % 4)) & 3;
	}
}
