/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/trie.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "audit/chain/keccak.h"
#include "audit/chain/rlp.h"

#define NIBBLES	     (2 * LS_DIGEST_SIZE)
#define BRANCH_ITEMS 17 /* sixteen children and a value */
#define SHORT_ITEMS  2	/* a path, and a value or a child */

const struct ls_digest LS_TRIE_EMPTY = { { 0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6,
					   0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
					   0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0,
					   0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21 } };

/* Where a lookup stands. */
struct walk {
	const struct ls_digest *key;
	unsigned depth; /* half bytes of the key that were taken */
	const struct ls_trie_proof *proof;
	size_t used; /* nodes of the proof */
	struct ls_error *err;

	bool ended; /* with what is in value */
	const uint8_t *value;
	size_t value_size;
};

static unsigned nibble(const uint8_t *bytes, unsigned i)
{
	return i % 2 ? bytes[i / 2] & 0xf : bytes[i / 2] >> 4;
}

static int bad_node(const struct walk *w, const char *what)
{
	return ls_fail(w->err, -EBADMSG, "chain.proof.node", "proof: node %zu %s", w->used, what);
}

static void end(struct walk *w, const struct ls_rlp *value)
{
	w->ended = true;
	w->value = value ? value->bytes : NULL;
	w->value_size = value ? value->size : 0;
}

/* The node that the last one, or the root, names. */
static int take_named(struct walk *w, const uint8_t *name, struct ls_rlp *ret_node)
{
	struct ls_digest hash;
	if (w->used == w->proof->count)
		return ls_fail(w->err, -EBADMSG, "chain.proof.missing",
			       "proof: node %zu is missing: the proof ends before the key does",
			       w->used + 1);
	const struct ls_trie_node *node = &w->proof->nodes[w->used++];
	if (node->size > LS_TRIE_NODE_MAX)
		return bad_node(w, "is too large");
	ls_keccak256(node->bytes, node->size, &hash);
	if (memcmp(hash.bytes, name, LS_DIGEST_SIZE) != 0)
		return ls_fail(w->err, -EBADMSG, "chain.proof.hash",
			       "proof: node %zu is not the one that the node before it, or the "
			       "root, names",
			       w->used);
	int rc = ls_rlp_parse(node->bytes, node->size, ret_node, w->err);
	return rc < 0 ? bad_node(w, "is no RLP") : 0;
}

/* What a node holds in a child's place: nothing, a hash, or, below 32 bytes, the child itself. */
static int go_down(struct walk *w, const struct ls_rlp *child, struct ls_rlp *ret_node)
{
	if (child->is_list) {
		if (child->whole_size >= LS_DIGEST_SIZE)
			return bad_node(w, "holds a child that it should name by its hash");
		*ret_node = *child;
		/* some nodes of the network list such a child once more, some do not */
		const struct ls_trie_node *next = &w->proof->nodes[w->used];
		if (w->used < w->proof->count && next->size == child->whole_size &&
		    memcmp(next->bytes, child->whole, next->size) == 0)
			w->used++;
		return 0;
	}
	if (child->size == 0) {
		end(w, NULL);
		return 0;
	}
	if (child->size != LS_DIGEST_SIZE)
		return bad_node(w, "names a child by something that is no hash");
	return take_named(w, child->bytes, ret_node);
}

static int take_branch(struct walk *w, const struct ls_rlp *items, struct ls_rlp *node)
{
	if (w->depth == NIBBLES)
		return bad_node(w, "goes on after the key's end");
	return go_down(w, &items[nibble(w->key->bytes, w->depth++)], node);
}

/* Yellow Paper, appendix C: the first half byte says leaf (2) and odd (1). */
static int read_path(const struct walk *w, const struct ls_rlp *path, bool *ret_leaf,
		     unsigned *ret_first, unsigned *ret_count)
{
	if (path->is_list || path->size == 0 || path->size > LS_DIGEST_SIZE + 1)
		return bad_node(w, "has a path that is none");
	unsigned flags = path->bytes[0] >> 4;
	bool odd = flags & 1;
	if (flags > 3 || (!odd && (path->bytes[0] & 0xf)))
		return bad_node(w, "has a path with unknown flags");
	*ret_leaf = flags & 2;
	*ret_first = odd ? 1 : 2;
	*ret_count = (unsigned)(2 * path->size) - *ret_first;
	if (!*ret_leaf && *ret_count == 0)
		return bad_node(w, "is an extension by nothing");
	return 0;
}

/* Whether the key goes along the path; takes it then. */
static bool follow(struct walk *w, const uint8_t *path, unsigned first, unsigned count)
{
	if (count > NIBBLES - w->depth)
		return false;
	for (unsigned i = 0; i < count; i++)
		if (nibble(path, first + i) != nibble(w->key->bytes, w->depth + i))
			return false;
	w->depth += count;
	return true;
}

/* A leaf or an extension.  Another path than the key's proves that the key has nothing. */
static int take_short(struct walk *w, const struct ls_rlp *items, struct ls_rlp *node)
{
	bool leaf = false;
	unsigned first = 0, count = 0;
	int rc = read_path(w, &items[0], &leaf, &first, &count);
	if (rc < 0)
		return rc;
	/* all keys are of one length, so that each leaf's path ends where a key does */
	if (leaf && count != NIBBLES - w->depth)
		return bad_node(w, "is a leaf of a key of another length");
	bool followed = follow(w, items[0].bytes, first, count);
	if (!leaf && followed) {
		if (!items[1].is_list && items[1].size == 0)
			return bad_node(w, "is an extension to nothing");
		return go_down(w, &items[1], node);
	}
	if (leaf && (items[1].is_list || items[1].size == 0))
		return bad_node(w, "is a leaf without a value");
	end(w, followed ? &items[1] : NULL);
	return 0;
}

static int step(struct walk *w, struct ls_rlp *node)
{
	struct ls_rlp items[BRANCH_ITEMS];
	int count = ls_rlp_items(node, items, BRANCH_ITEMS, w->err);
	if (count == BRANCH_ITEMS)
		return take_branch(w, items, node);
	if (count == SHORT_ITEMS)
		return take_short(w, items, node);
	return bad_node(w, "is neither branch nor leaf nor extension");
}

/* Nothing, or the one node that says so. */
static int take_empty(struct walk *w)
{
	const struct ls_trie_node *node = &w->proof->nodes[0];
	if (w->proof->count > 0 && node->size == 1 && node->bytes[0] == 0x80)
		w->used = 1;
	end(w, NULL);
	return 0;
}

static int walk_down(struct walk *w, const struct ls_digest *root)
{
	struct ls_rlp node;
	if (ls_digest_equal(root, &LS_TRIE_EMPTY))
		return take_empty(w);
	int rc = take_named(w, root->bytes, &node);
	while (rc == 0 && !w->ended)
		rc = step(w, &node);
	return rc;
}

int ls_trie_lookup(const struct ls_digest *root, const struct ls_digest *key,
		   const struct ls_trie_proof *proof, const uint8_t **ret_value, size_t *ret_size,
		   struct ls_error *err)
{
	struct walk w = { .key = key, .proof = proof, .err = err };
	int rc = walk_down(&w, root);
	if (rc < 0)
		return rc;
	if (w.used < proof->count)
		return ls_fail(err, -EBADMSG, "chain.proof.surplus",
			       "proof: %zu nodes follow the key's last one", proof->count - w.used);
	*ret_value = w.value;
	*ret_size = w.value_size;
	return 0;
}
