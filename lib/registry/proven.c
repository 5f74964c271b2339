/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/proven.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* What the next entries need is some twenty hashes for each bundle that is at hand. */
#define SLOT_BITS 10
#define SLOTS	  (1u << SLOT_BITS)

/* A node of the tree: the root of the perfect subtree over leaves [index << level, ...). */
struct node {
	unsigned level;
	uint64_t index;
	struct ls_digest hash;
};

struct slot {
	uint64_t node; /* its number, plus 1; 0: none */
	struct ls_digest hash;
};

struct ls_proven {
	struct ls_merkle_source source;
	uint64_t size, asked;
	struct ls_digest root;
	bool has_edge;
	struct ls_merkle_frontier edge; /* makes the root, once it was read */
	struct ls_sha256 hash;
	struct slot slots[SLOTS]; /* a new one takes the place of whatever was there */
};

struct ls_proven *ls_proven_new(const struct ls_merkle_source *source, uint64_t size,
				const struct ls_digest *root)
{
	struct ls_proven *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->source = *source;
	p->size = size;
	p->root = *root;
	return p;
}

void ls_proven_free(struct ls_proven *proven)
{
	if (!proven)
		return;
	ls_sha256_free(&proven->hash);
	free(proven);
}

uint64_t ls_proven_asked(const struct ls_proven *proven)
{
	return proven->asked;
}

/* --- what is known ------------------------------------------------------------------- */

/* Nodes in the order of their middles: each has a number of its own. */
static uint64_t number_of(unsigned level, uint64_t index)
{
	return ((2 * index + 1) << level) - 1;
}

/* Neighbours are spread, so that those of two bundles do not meet all the time. */
static struct slot *slot_of(struct ls_proven *p, uint64_t number)
{
	return &p->slots[number * 0x9e3779b97f4a7c15ULL >> (64 - SLOT_BITS)];
}

static const struct ls_digest *known(struct ls_proven *p, unsigned level, uint64_t index)
{
	uint64_t number = number_of(level, index);
	const struct slot *s = slot_of(p, number);
	return s->node == number + 1 ? &s->hash : NULL;
}

static void keep(struct ls_proven *p, const struct node *nodes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t number = number_of(nodes[i].level, nodes[i].index);
		*slot_of(p, number) = (struct slot){ number + 1, nodes[i].hash };
	}
}

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a hash");
}

static int fail_proof(const struct ls_proven *p, uint64_t place, struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "registry.proof",
		       "entry %llu does not lead to the root of the log of %llu",
		       (unsigned long long)place, (unsigned long long)p->size);
}

/* The roots of the perfect subtrees that the log's size divides into: where each way up ends. */
static int read_edge(struct ls_proven *p, struct ls_error *err)
{
	struct ls_digest root;
	if (p->has_edge)
		return 0;
	int rc = ls_merkle_read_frontier(&p->source, p->size, &p->edge, err);
	if (rc < 0)
		return rc;
	p->asked += ls_merkle_frontier_count(p->size);
	if (ls_merkle_frontier_root(&p->edge, &p->hash, &root) < 0)
		return fail_memory(err);
	if (!ls_digest_equal(&root, &p->root))
		return ls_fail(err, -EBADMSG, "registry.proof",
			       "the right edge of the log of %llu does not make its root",
			       (unsigned long long)p->size);
	p->has_edge = true;
	return 0;
}

/* The subtree of the edge that the place is in: its height, and which one it is. */
static unsigned find_subtree(uint64_t size, uint64_t place, unsigned *ret_nth)
{
	uint64_t start = 0;
	unsigned level = 63;
	*ret_nth = 0;
	for (;; level--) {
		uint64_t width = size & (1ULL << level);
		if (width && place < start + width)
			return level;
		start += width;
		*ret_nth += width != 0;
	}
}

/* --- the way up ----------------------------------------------------------------------- */

struct way {
	uint64_t index;	       /* of the node that was reached, at the level */
	struct ls_digest hash; /* and what it is, if all is as it was */
	size_t count;
	struct node passed[2 * 64]; /* on the way, and beside it */
};

static int find_sibling(struct ls_proven *p, unsigned level, uint64_t index,
			struct ls_digest *ret_hash, struct ls_error *err)
{
	const struct ls_digest *hash = known(p, level, index);
	if (hash) {
		*ret_hash = *hash;
		return 0;
	}
	p->asked++;
	return p->source.read(p->source.context, level, index, ret_hash, err);
}

/* From a node to the one above it. */
static int step(struct ls_proven *p, unsigned level, struct way *w, struct ls_error *err)
{
	struct node *own = &w->passed[w->count], *other = own + 1;
	*own = (struct node){ level, w->index, w->hash };
	*other = (struct node){ .level = level, .index = w->index ^ 1 };
	int rc = find_sibling(p, level, other->index, &other->hash, err);
	if (rc < 0)
		return rc;
	bool right = w->index & 1;
	if (ls_merkle_node(&p->hash, right ? &other->hash : &own->hash,
			   right ? &own->hash : &other->hash, &w->hash) < 0)
		return fail_memory(err);
	w->count += 2;
	w->index >>= 1;
	return 0;
}

int ls_proven_entry(struct ls_proven *p, uint64_t place, const void *bytes, size_t n,
		    struct ls_error *err)
{
	struct way w;
	unsigned nth, level = 0;
	if (place >= p->size)
		return ls_fail(err, -EINVAL, "registry.proof", "the log has no entry %llu",
			       (unsigned long long)place);
	int rc = read_edge(p, err);
	if (rc < 0)
		return rc;
	unsigned top = find_subtree(p->size, place, &nth);
	w.index = place;
	w.count = 0;
	if (ls_merkle_leaf(&p->hash, bytes, n, &w.hash) < 0)
		return fail_memory(err);
	const struct ls_digest *end = NULL;
	while (level < top && !(end = known(p, level, w.index))) {
		rc = step(p, level, &w, err);
		if (rc < 0)
			return rc;
		level++;
	}
	if (!ls_digest_equal(&w.hash, end ? end : &p->edge.hashes[nth]))
		return fail_proof(p, place, err);
	keep(p, w.passed, w.count);
	return 0;
}
