/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row of hashes and the perfect subtrees over it, kept in memory, so that the
 * root of every prefix costs a few hashes (RFC 6962, section 2.1).
 *
 * The hashes may be leaf hashes, or the roots of perfect subtrees of one size:
 * a tree over a power of two of leaves each has the shape of a tree over them.
 */
#ifndef LABSEAL_AUDIT_VERIFY_TREE_H
#define LABSEAL_AUDIT_VERIFY_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/hash.h"

struct ls_tree {
	uint64_t count;
	unsigned levels;
	struct ls_digest *level[64]; /* level[0] is the row; all in one block, owned */
};

/* Copies the row.  0 or -ENOMEM. */
int ls_tree_build(struct ls_tree *tree, struct ls_sha256 *h, const struct ls_digest *row,
		  uint64_t count);
void ls_tree_free(struct ls_tree *tree);

/*
 * The root over the first `count` (at most tree->count) hashes of the row and,
 * when tail is not NULL, one more after them, whose subtree may be smaller.
 * With nothing at all: the root of the empty tree.  0 or -ENOMEM.
 */
int ls_tree_root(const struct ls_tree *tree, struct ls_sha256 *h, uint64_t count,
		 const struct ls_digest *tail, struct ls_digest *ret_root);

#endif
