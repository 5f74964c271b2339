/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/tree.h"

#include "lib/base/test.h"
#include "lib/log/merkle.h"

#define COUNT 70

static struct ls_sha256 hash;

static void make_row(struct ls_digest row[static COUNT])
{
	for (uint8_t i = 0; i < COUNT; i++)
		ls_merkle_leaf(&hash, &i, 1, &row[i]);
}

/* The root as lib/log grows it. */
static void reference(const struct ls_digest *row, uint64_t count, struct ls_digest *ret_root)
{
	struct ls_merkle_frontier f;
	ls_merkle_frontier_init(&f);
	for (uint64_t i = 0; i < count; i++)
		ls_merkle_frontier_append(&f, &hash, &row[i]);
	ls_merkle_frontier_root(&f, &hash, ret_root);
}

TEST(every_prefix_has_its_root)
{
	struct ls_digest row[COUNT], seen, wanted;
	struct ls_tree tree;
	make_row(row);
	REQUIRE(ls_tree_build(&tree, &hash, row, COUNT) == 0);
	for (uint64_t n = 0; n <= COUNT; n++) {
		reference(row, n, &wanted);
		CHECK_INT_EQ(ls_tree_root(&tree, &hash, n, NULL, &seen), 0);
		CHECK_MEM_EQ(seen.bytes, wanted.bytes, LS_DIGEST_SIZE);
	}
	ls_tree_free(&tree);
}

TEST(a_tail_is_one_more)
{
	struct ls_digest row[COUNT], seen, wanted;
	struct ls_tree tree;
	make_row(row);
	REQUIRE(ls_tree_build(&tree, &hash, row, COUNT) == 0);
	for (uint64_t n = 0; n < COUNT; n++) {
		reference(row, n + 1, &wanted);
		CHECK_INT_EQ(ls_tree_root(&tree, &hash, n, &row[n], &seen), 0);
		CHECK_MEM_EQ(seen.bytes, wanted.bytes, LS_DIGEST_SIZE);
	}
	ls_tree_free(&tree);
}

/* Blocks of four leaves, the last one partial: the shape of the whole tree. */
TEST(a_row_may_be_of_subtrees)
{
	struct ls_digest row[COUNT], blocks[COUNT / 4], tail, seen, wanted;
	struct ls_tree leaves, tree;
	make_row(row);
	for (uint64_t i = 0; i < COUNT / 4; i++) {
		REQUIRE(ls_tree_build(&leaves, &hash, row + 4 * i, 4) == 0);
		ls_tree_root(&leaves, &hash, 4, NULL, &blocks[i]);
		ls_tree_free(&leaves);
	}
	REQUIRE(ls_tree_build(&tree, &hash, blocks, COUNT / 4) == 0);
	for (uint64_t n = 1; n <= COUNT; n++) {
		reference(row, n, &wanted);
		uint64_t full = n / 4;
		if (n % 4)
			reference(row + 4 * full, n % 4, &tail);
		CHECK_INT_EQ(ls_tree_root(&tree, &hash, full, n % 4 ? &tail : NULL, &seen), 0);
		CHECK_MEM_EQ(seen.bytes, wanted.bytes, LS_DIGEST_SIZE);
	}
	ls_tree_free(&tree);
}

TEST(nothing_has_the_empty_root)
{
	struct ls_tree tree;
	struct ls_digest seen, wanted;
	REQUIRE(ls_tree_build(&tree, &hash, NULL, 0) == 0);
	CHECK_INT_EQ(ls_tree_root(&tree, &hash, 0, NULL, &seen), 0);
	ls_sha256_buffer("", 0, &wanted);
	CHECK_MEM_EQ(seen.bytes, wanted.bytes, LS_DIGEST_SIZE);
	ls_tree_free(&tree);
	ls_sha256_free(&hash); /* the last test lets it go */
}

TEST_MAIN()
