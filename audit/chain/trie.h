/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethereum's hexary Merkle-Patricia trie (Yellow Paper, appendix D): what a proof, as eth_getProof
 * gives it (EIP-1186), says about one key under a root that is trusted.
 *
 * A proof is the nodes from the root down.  It must be exactly the way: each node is named by
 * its parent's hash, none is missing, none is left over, and each has a node's form.  So a proof
 * says one of two things, that the key has this value or that it has none; everything else is
 * refused with the number of the node and the reason.
 */
#ifndef LABSEAL_AUDIT_CHAIN_TRIE_H
#define LABSEAL_AUDIT_CHAIN_TRIE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_TRIE_NODES_MAX 66   /* a node for each half byte of a key, the value, and the root */
#define LS_TRIE_NODE_MAX  1024 /* bytes; a branch of 16 hashes and a value of 32 bytes has 565 */

struct ls_trie_node {
	const uint8_t *bytes; /* borrowed */
	size_t size;
};

struct ls_trie_proof {
	struct ls_trie_node nodes[LS_TRIE_NODES_MAX];
	size_t count;
};

/*
 * What the trie with this root holds under key (of the state and of storage: the Keccak-256 of
 * address or slot).  On success *ret_value points into the proof's bytes, or is NULL: proven
 * absent. -EBADMSG with "chain.proof.hash" (a node is not the one that its parent names),
 * "chain.proof.missing" (the proof ends before the key's end), "chain.proof.surplus" (nodes that
 * are not on the way) or "chain.proof.node" (no node's form).
 */
int ls_trie_lookup(const struct ls_digest *root, const struct ls_digest *key,
		   const struct ls_trie_proof *proof, const uint8_t **ret_value, size_t *ret_size,
		   struct ls_error *err);

/* The root of the trie that holds nothing: Keccak-256 of the empty string's RLP. */
extern const struct ls_digest LS_TRIE_EMPTY;

#endif
