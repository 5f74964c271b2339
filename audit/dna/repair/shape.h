/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sizes that a signed molecule had: told by the block's header, or, where that is damaged, by
 * the distance of the tags, which few combinations of profile and parity have.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_SHAPE_H
#define LABSEAL_AUDIT_DNA_REPAIR_SHAPE_H

#include <stdbool.h>

#include "audit/dna/block/block.h"

struct ls_shape {
	bool linear, segment;
	bool told;	      /* by the header */
	size_t front, behind; /* bases of the molecule before and behind the block; a ring has all
			       * behind it */
	size_t head;	      /* draw ... signature */
	size_t parity;	      /* bases */
	unsigned errors;      /* t; 0: no parity */
};

/* Bases of the block, its tags included. */
size_t ls_shape_block(const struct ls_shape *shape);

/* Of a block that was read. */
void ls_shape_of_block(const struct ls_block *b, const struct ls_layout *layout,
		       struct ls_shape *ret);

#define LS_SHAPES_MAX 512

/*
 * Those with parity and one signer whose block has `inside` bases between its tags, in a molecule
 * of front + behind bases.  Returns how many; ret has room for LS_SHAPES_MAX.
 */
size_t ls_shapes_of_size(bool linear, size_t front, size_t behind, size_t inside,
			 struct ls_shape *ret);

#endif
