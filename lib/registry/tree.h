/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every hash of a log's Merkle tree in one local file, so that one entry's proof is some twenty
 * hashes and not whole tiles: the root of the subtree over the leaves [i << l, (i + 1) << l) lies
 * at position ((2 i + 1) << l) - 1, 32 bytes each.  A leaf's neighbours lie near it, and what is
 * written stays where it is while the log grows.
 *
 * A cache: nothing read from it is believed, since each proof ends at a signed root.
 */
#ifndef LABSEAL_LIB_REGISTRY_TREE_H
#define LABSEAL_LIB_REGISTRY_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/log/merkle.h"

struct ls_hash_tree;

/* Open the file, or make it; size is how many leaves of it count.  path NULL: in memory.
 * 0, -ENOMEM, or an errno. */
int ls_hash_tree_open(int folder_fd, const char *path, bool writable, uint64_t size,
		      struct ls_hash_tree **ret_tree, struct ls_error *err);
void ls_hash_tree_free(struct ls_hash_tree *tree); /* NULL is fine */

/* After a failure the tree is of no more use. */
int ls_hash_tree_append(struct ls_hash_tree *tree, const struct ls_digest *leaf_hash,
			struct ls_error *err);
int ls_hash_tree_flush(struct ls_hash_tree *tree, struct ls_error *err); /* durable */

/* Forget all but the first `size` leaves. */
void ls_hash_tree_cut(struct ls_hash_tree *tree, uint64_t size);

uint64_t ls_hash_tree_size(const struct ls_hash_tree *tree);
int ls_hash_tree_root(struct ls_hash_tree *tree, uint64_t size, struct ls_digest *ret_root,
		      struct ls_error *err);

/* Reads hashes of what was flushed; -EBADMSG: the file ends before it. */
struct ls_merkle_source ls_hash_tree_source(struct ls_hash_tree *tree);

static inline void ls_hash_tree_cleanup(struct ls_hash_tree **tree)
{
	ls_hash_tree_free(*tree);
}
#define _cleanup_hash_tree_ __attribute__((cleanup(ls_hash_tree_cleanup)))

#endif
