/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proofs of any bytes: the first 32 are the key, then nodes, each after two bytes of its size.
 * The root is the first node's own hash, so that the walk begins.
 */
#include "audit/chain/trie.h"

#include <stdlib.h>

#include "lib/base/reader.h"

#include "audit/chain/keccak.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_nodes(struct ls_reader *r, struct ls_trie_proof *proof)
{
	uint16_t n;
	proof->count = 0;
	while (proof->count < LS_TRIE_NODES_MAX && ls_read_be16(r, &n) == 0) {
		struct ls_trie_node *node = &proof->nodes[proof->count];
		if (ls_read_bytes(r, n, &node->bytes) < 0)
			return;
		node->size = n;
		proof->count++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_reader r;
	struct ls_digest key, root = LS_TRIE_EMPTY;
	struct ls_trie_proof proof;
	const uint8_t *value;
	size_t n;
	ls_reader_init(&r, data, size);
	if (ls_read_into(&r, key.bytes, sizeof(key.bytes)) < 0)
		return 0;
	take_nodes(&r, &proof);
	if (proof.count > 0)
		ls_keccak256(proof.nodes[0].bytes, proof.nodes[0].size, &root);
	if (ls_trie_lookup(&root, &key, &proof, &value, &n, NULL) == 0 && value &&
	    (value < data || n > (size_t)(data + size - value)))
		abort();
	return 0;
}
