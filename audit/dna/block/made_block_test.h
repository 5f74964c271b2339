/* SPDX-License-Identifier: Apache-2.0 */
/* Signers that are none: what they sign is bound by SHA-256 alone.  For tests of what lies around a
 * signature. */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_MADE_BLOCK_TEST_H
#define LABSEAL_AUDIT_DNA_BLOCK_MADE_BLOCK_TEST_H

#include <string.h>

#include "audit/dna/block/compose.h"

__attribute__((unused)) static void made_signature(enum ls_profile profile,
						   const struct ls_digest *digest, uint8_t *ret)
{
	struct ls_digest more = *digest;
	size_t bits = ls_profiles[profile].signature_bits;
	for (size_t i = 0; i < LS_SIGNATURE_BYTES_MAX; i++) {
		if (i % LS_DIGEST_SIZE == 0)
			ls_sha256_buffer(more.bytes, sizeof more.bytes, &more);
		ret[i] = i * 8 < bits ? more.bytes[i % LS_DIGEST_SIZE] : 0;
	}
	if (bits % 8)
		ret[bits / 8] &= (uint8_t)(0xff << (8 - bits % 8));
}

__attribute__((unused)) static int made_sign(void *context, struct ls_block *b,
					     const struct ls_digest *digest, struct ls_error *err)
{
	(void)err;
	if (context)
		++*(size_t *)context;
	made_signature(b->profile, digest, b->signature);
	return 0;
}

__attribute__((unused)) static void made_fields(struct ls_block *b, enum ls_profile profile,
						unsigned errors)
{
	ls_block_init(b);
	b->profile = profile;
	b->errors = (uint8_t)errors;
	b->hint = 0x123;
	b->plasmid_id = 42;
	b->signer_count = 1;
	memcpy(b->signers[0].text, "0000-0001-5000-0007", LS_ORCID_SIZE);
}

#endif
