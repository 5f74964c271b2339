/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making a block: drawn again and again until it and its joints satisfy the rules, and no further
 * copy of a tag, within two edits and on either strand, is in it or in its joints.
 */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_COMPOSE_H
#define LABSEAL_AUDIT_DNA_BLOCK_COMPOSE_H

#include "audit/dna/block/block.h"
#include "audit/dna/block/rules.h"

#define LS_TAG_EDITS 2 /* a copy of a tag has at most so many */

/* Whoever can sign a digest, which binds the draw: sets b->signature, and may look at b->masks.  0;
 * -EDOM: not this draw, the next; or another negative errno with err. */
struct ls_block_signer {
	int (*sign)(void *context, struct ls_block *b, const struct ls_digest *digest,
		    struct ls_error *err);
	void *context;
};

/* A molecule, or a segment with what lies around it, and where its block goes. */
struct ls_site_of_block {
	const uint8_t *bases; /* the molecule (segment) without the block */
	size_t n;
	bool circular;
	size_t at; /* the block goes before this base, from 0: at most n, circular: n - 1 */
	/* a segment's surroundings, for rules that look over its ends; NULL and 0 otherwise */
	const uint8_t *before, *after;
	size_t before_size, after_size;
};

/*
 * b: draw, length, place, linear and signature are set here, all other fields are the caller's. The
 * block's bases are appended to out.
 * 0; -EINVAL: a field no block can have; -EDOM ("dna.rules.impossible"): no draw satisfies the
 * rules, err says which one failed most often and where last; what sign() returned; -ENOMEM.
 */
int ls_block_compose(struct ls_block *b, const struct ls_site_of_block *site,
		     const struct ls_rules *rules, const struct ls_block_signer *signer,
		     struct ls_buffer *out, struct ls_error *err);

/* Append the data of a block's parity: molecule from the joint on, start tag to signature, end tag.
 */
int ls_block_parity_data(const struct ls_site_of_block *site, const uint8_t *to_signature, size_t n,
			 struct ls_buffer *out);

#endif
