/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a block: drawn again and again until it and its joints satisfy the rules, and no further
 * copy of a tag, within two edits and on either strand, is in the signed molecule.
 */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_COMPOSE_H
#define LABSEAL_AUDIT_DNA_BLOCK_COMPOSE_H

#include "audit/dna/block/block.h"
#include "audit/dna/block/rules.h"

/* Whoever can sign a digest: sets b->signature (first bit in bit 7 of byte 0).  0 or a negative
 * errno with err. */
struct ls_block_signer {
	int (*sign)(void *context, struct ls_block *b, const struct ls_digest *digest,
		    struct ls_error *err);
	void *context;
};

/*
 * b: draw, length, place, linear and signature are set here, all other fields are the caller's.
 * bases: the molecule (or segment) without the block; it goes before base `at` (0..n; circular:
 * 0..n-1).  The block's bases are appended to out.
 * 0; -EINVAL; -EDOM: no draw satisfies the rules, and err says which rule failed last and how
 * often; -EEXIST: a copy of a tag is in the molecule itself; what sign() returned; -ENOMEM.
 */
int ls_block_compose(struct ls_block *b, const uint8_t *bases, size_t n, bool circular, size_t at,
		     const struct ls_rules *rules, const struct ls_block_signer *signer,
		     struct ls_buffer *out, struct ls_error *err);

#endif
