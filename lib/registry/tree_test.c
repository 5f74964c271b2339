/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/tree.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"

#define LEAVES (64u * 256) /* of four times as many blocks as are kept */

/* The tree, and beside it the same hashes by level, kept in memory. */
struct rig {
	struct ls_hash_tree *tree;
	struct ls_sha256 hash;
	struct ls_digest *levels[16]; /* owned */
	size_t counts[16];
	struct ls_error err;
};

static void rig_begin(struct rig *r)
{
	*r = (struct rig){ .tree = NULL };
	CHECK_INT_EQ(ls_hash_tree_open(-1, NULL, true, 0, &r->tree, &r->err), 0);
	for (unsigned level = 0; level < 16; level++)
		r->levels[level] = calloc(LEAVES >> level ? LEAVES >> level : 1,
					  sizeof(struct ls_digest));
}

static void rig_end(struct rig *r)
{
	for (unsigned level = 0; level < 16; level++)
		free(r->levels[level]);
	ls_sha256_free(&r->hash);
	ls_hash_tree_free(r->tree);
}

static void append(struct rig *r, uint32_t number)
{
	struct ls_digest leaf;
	CHECK_INT_EQ(ls_merkle_leaf(&r->hash, &number, sizeof(number), &leaf), 0);
	CHECK_INT_EQ(ls_hash_tree_append(r->tree, &leaf, &r->err), 0);
	r->levels[0][r->counts[0]++] = leaf;
	for (unsigned level = 0; r->counts[level] % 2 == 0; level++) {
		const struct ls_digest *pair = &r->levels[level][r->counts[level] - 2];
		CHECK_INT_EQ(ls_merkle_node(&r->hash, &pair[0], &pair[1],
					    &r->levels[level + 1][r->counts[level + 1]++]),
			     0);
	}
}

static bool is_right(struct rig *r, unsigned level, uint64_t index)
{
	struct ls_digest hash;
	const struct ls_merkle_source source = ls_hash_tree_source(r->tree);
	return source.read(source.context, level, index, &hash, &r->err) == 0 &&
	       ls_digest_equal(&hash, &r->levels[level][index]);
}

/* Of nodes all over the tree, one after the other in another block. */
static unsigned wrong_ones(struct rig *r, unsigned turns)
{
	unsigned wrong = 0;
	uint64_t random = 1;
	for (unsigned i = 0; i < turns; i++) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		unsigned level = (unsigned)(random >> 60) % 14;
		if (r->counts[level] > 0)
			wrong += !is_right(r, level, (random >> 20) % r->counts[level]);
	}
	return wrong;
}

TEST(every_node_is_what_its_leaves_make_wherever_was_read_before)
{
	struct rig r;
	rig_begin(&r);
	for (uint32_t i = 0; i < LEAVES; i++)
		append(&r, i);
	CHECK_INT_EQ(ls_hash_tree_flush(r.tree, &r.err), 0);
	CHECK_INT_EQ(wrong_ones(&r, 20000), 0);
	rig_end(&r);
}

/* What is not written yet is not lost when another block is gone to, and what was read grows. */
TEST(a_tree_grows_while_it_is_read)
{
	struct rig r;
	rig_begin(&r);
	for (uint32_t i = 0; i < LEAVES; i++) {
		append(&r, i);
		if (i % 97 == 0)
			CHECK_INT_EQ(wrong_ones(&r, 50), 0);
	}
	CHECK_INT_EQ(wrong_ones(&r, 5000), 0);
	rig_end(&r);
}

TEST(a_tree_that_is_cut_is_another_from_there)
{
	struct rig r;
	rig_begin(&r);
	for (uint32_t i = 0; i < LEAVES; i++)
		append(&r, i);
	CHECK_INT_EQ(ls_hash_tree_flush(r.tree, &r.err), 0);
	CHECK_INT_EQ(wrong_ones(&r, 5000), 0);
	ls_hash_tree_cut(r.tree, LEAVES / 2);
	for (unsigned level = 0; level < 16; level++)
		r.counts[level] = (LEAVES / 2) >> level;
	for (uint32_t i = LEAVES / 2; i < LEAVES; i++)
		append(&r, ~i);
	CHECK_INT_EQ(wrong_ones(&r, 5000), 0);
	rig_end(&r);
}

TEST_MAIN()
