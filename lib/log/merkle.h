/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Merkle tree of RFC 6962, section 2.1, over SHA-256.
 *
 * Hashing takes a running-hash object so that no leaf costs an allocation:
 * zero a struct ls_sha256 once, use it for many calls, free it at the end.
 * Functions that hash return 0 or -ENOMEM unless more is said.
 */
#ifndef LABSEAL_LIB_LOG_MERKLE_H
#define LABSEAL_LIB_LOG_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

/* A frontier has one hash per set bit of the size; a proof at most one per level and one more. */
#define LS_MERKLE_FRONTIER_MAX 64
#define LS_MERKLE_PROOF_MAX    65

/* SHA-256(0x00 || entry) */
int ls_merkle_leaf(struct ls_sha256 *h, const void *entry, size_t n, struct ls_digest *ret_hash);

/* SHA-256(0x01 || left || right); ret_hash may be left or right. */
int ls_merkle_node(struct ls_sha256 *h, const struct ls_digest *left, const struct ls_digest *right,
		   struct ls_digest *ret_hash);

/*
 * The right edge of a growing tree: the roots of the perfect subtrees the size
 * divides into, largest (leftmost) first, one per set bit of the size.  This is
 * all that is needed to append and to know the root.  size and hashes, in this
 * order, are also its stored form.
 */
struct ls_merkle_frontier {
	uint64_t size;
	struct ls_digest hashes[LS_MERKLE_FRONTIER_MAX];
};

/* The empty tree. */
void ls_merkle_frontier_init(struct ls_merkle_frontier *f);

/* How many of f->hashes are in use: the number of one bits in size. */
unsigned ls_merkle_frontier_count(uint64_t size);

/* Take a stored frontier.  -EBADMSG: count does not belong to size.  The caller checks the root. */
int ls_merkle_frontier_load(struct ls_merkle_frontier *f, uint64_t size,
			    const struct ls_digest *hashes, size_t count, struct ls_error *err);

/* -EOVERFLOW at 2^64-1 leaves; f is then as it was. */
int ls_merkle_frontier_append(struct ls_merkle_frontier *f, struct ls_sha256 *h,
			      const struct ls_digest *leaf_hash);

/* The root; for the empty tree SHA-256 of nothing (RFC 6962). */
int ls_merkle_frontier_root(const struct ls_merkle_frontier *f, struct ls_sha256 *h,
			    struct ls_digest *ret_root);

/*
 * The inclusion proof that the leaf which is appended next will have in the
 * tree of size f->size + 1.  proof takes LS_MERKLE_PROOF_MAX hashes.
 */
void ls_merkle_frontier_prove_next(const struct ls_merkle_frontier *f, struct ls_digest *proof,
				   unsigned *ret_count);

/*
 * Whether the leaf with this hash is at index (from 0) of the tree with this
 * size and root; proof goes from the leaf's sibling up.  0, -EBADMSG, -ENOMEM.
 */
int ls_merkle_verify_inclusion(const struct ls_digest *leaf_hash, uint64_t index, uint64_t size,
			       const struct ls_digest *proof, size_t count,
			       const struct ls_digest *root, struct ls_error *err);

/*
 * The root of the first old_size entries of the tree (new_size, new_root), as a consistency proof
 * has it.  0; -EBADMSG: the proof does not lead to new_root; -ENODATA: it says nothing of that
 * root, as where old_size is a power of two; -ENOMEM.
 */
int ls_merkle_root_in_proof(uint64_t old_size, uint64_t new_size, const struct ls_digest *new_root,
			    const struct ls_digest *proof, size_t count,
			    struct ls_digest *ret_old_root);

/*
 * Whether the tree (new_size, new_root) begins with the tree (old_size,
 * old_root), RFC 6962 section 2.1.2.  Any tree extends the empty one, whose
 * root must be the empty root and whose proof is empty; equal sizes need equal
 * roots and an empty proof.  0, -EBADMSG, -ENOMEM.
 */
int ls_merkle_verify_consistency(uint64_t old_size, const struct ls_digest *old_root,
				 uint64_t new_size, const struct ls_digest *new_root,
				 const struct ls_digest *proof, size_t count, struct ls_error *err);

/*
 * Where hashes come from when proofs are made: the root of the perfect subtree
 * over the leaves [index << level, (index + 1) << level).  Only subtrees that
 * lie wholly in the tree are asked for.  Returns 0 or a negative errno with err.
 */
struct ls_merkle_source {
	int (*read)(void *context, unsigned level, uint64_t index, struct ls_digest *ret_hash,
		    struct ls_error *err);
	void *context;
};

/* These pass on what the source returns; -EINVAL for an index or a size outside the tree. */
int ls_merkle_read_frontier(const struct ls_merkle_source *source, uint64_t size,
			    struct ls_merkle_frontier *ret_frontier, struct ls_error *err);
int ls_merkle_prove_inclusion(const struct ls_merkle_source *source, uint64_t index, uint64_t size,
			      struct ls_digest *proof, unsigned *ret_count, struct ls_error *err);
int ls_merkle_prove_consistency(const struct ls_merkle_source *source, uint64_t old_size,
				uint64_t new_size, struct ls_digest *proof, unsigned *ret_count,
				struct ls_error *err);

/*
 * A source over a frontier and the leaves appended after it: enough to prove
 * each of those leaves in any tree that ends among them.  Both are borrowed;
 * before is the frontier as it was before the first of the leaves.
 */
struct ls_merkle_batch {
	const struct ls_merkle_frontier *before;
	const struct ls_digest *leaf_hashes;
	size_t count;
	struct ls_sha256 *hash;
};
struct ls_merkle_source ls_merkle_batch_source(struct ls_merkle_batch *batch);

#endif
