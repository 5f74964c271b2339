/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/proven.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"
#include "lib/registry/tree.h"

/* A log of made-up entries, and its tree, of which one hash may be made a lie. */
struct rig {
	struct ls_hash_tree *tree;
	struct ls_proven *proven;
	struct ls_digest root;
	struct ls_error err;
	unsigned lie_level;
	uint64_t lie_index; /* UINT64_MAX: none */
};

static size_t entry_of(uint64_t place, char text[static 64])
{
	return (size_t)snprintf(text, 64, "entry %llu", (unsigned long long)place);
}

static int read_node(void *context, unsigned level, uint64_t index, struct ls_digest *ret_hash,
		     struct ls_error *err)
{
	struct rig *r = context;
	const struct ls_merkle_source tree = ls_hash_tree_source(r->tree);
	int rc = tree.read(tree.context, level, index, ret_hash, err);
	if (level == r->lie_level && index == r->lie_index)
		ret_hash->bytes[7] ^= 1;
	return rc;
}

static void rig_begin(struct rig *r, uint64_t size)
{
	char text[64];
	struct ls_digest leaf;
	_cleanup_sha256_ struct ls_sha256 hash = { 0 };
	*r = (struct rig){ .lie_index = UINT64_MAX };
	CHECK_INT_EQ(ls_hash_tree_open(-1, NULL, true, 0, &r->tree, &r->err), 0);
	for (uint64_t i = 0; i < size; i++) {
		size_t n = entry_of(i, text);
		CHECK_INT_EQ(ls_merkle_leaf(&hash, text, n, &leaf), 0);
		CHECK_INT_EQ(ls_hash_tree_append(r->tree, &leaf, &r->err), 0);
	}
	CHECK_INT_EQ(ls_hash_tree_flush(r->tree, &r->err), 0);
	CHECK_INT_EQ(ls_hash_tree_root(r->tree, size, &r->root, &r->err), 0);
	const struct ls_merkle_source source = { read_node, r };
	r->proven = ls_proven_new(&source, size, &r->root);
}

static void rig_end(struct rig *r)
{
	ls_proven_free(r->proven);
	ls_hash_tree_free(r->tree);
}

/* The bytes of entry `of`, said to be at this place. */
static int prove_as(struct rig *r, uint64_t place, uint64_t of)
{
	char text[64];
	size_t n = entry_of(of, text);
	return ls_proven_entry(r->proven, place, text, n, &r->err);
}

static int prove(struct rig *r, uint64_t place)
{
	return prove_as(r, place, place);
}

TEST(entries_of_logs_of_each_shape_are_proven)
{
	static const uint64_t sizes[] = { 1, 2, 3, 7, 8, 255, 256, 257, 600, 1023, 4097 };
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct rig r;
		rig_begin(&r, sizes[s]);
		for (uint64_t i = 0; i < sizes[s]; i++) /* hither and thither, each twice */
			CHECK_INT_EQ(prove(&r, i * 769 % sizes[s]), 0);
		for (uint64_t i = 0; i < sizes[s]; i++)
			CHECK_INT_EQ(prove(&r, i), 0);
		CHECK_INT_EQ(prove(&r, sizes[s]), -EINVAL);
		rig_end(&r);
	}
}

TEST(neighbours_share_their_proofs)
{
	struct rig r;
	rig_begin(&r, 4096);
	for (uint64_t i = 0; i < 4096; i++)
		CHECK_INT_EQ(prove(&r, i), 0);
	/* each for itself would ask for twelve */
	CHECK_INT_EQ(ls_proven_asked(r.proven) <= 4096 + 4096 / 8, 1);
	rig_end(&r);
}

TEST(bytes_that_were_changed_after_they_were_proven_are_not_believed)
{
	struct rig r;
	rig_begin(&r, 600);
	for (uint64_t i = 0; i < 600; i++) {
		CHECK_INT_EQ(prove(&r, i), 0);
		CHECK_INT_EQ(prove_as(&r, i, i + 1000), -EBADMSG);
		CHECK_INT_EQ(prove(&r, i), 0);
	}
	rig_end(&r);
}

TEST(entries_and_bundles_that_changed_places_are_not_believed)
{
	struct rig r;
	rig_begin(&r, 1024);
	for (uint64_t i = 0; i < 1024; i++)
		CHECK_INT_EQ(prove(&r, i), 0);
	for (uint64_t i = 0; i < 512; i++) {
		CHECK_INT_EQ(prove_as(&r, i, i ^ 1), -EBADMSG);
		CHECK_INT_EQ(prove_as(&r, i, i + 256), -EBADMSG); /* the next bundle's */
		CHECK_INT_EQ(prove_as(&r, i + 512, i), -EBADMSG);
	}
	rig_end(&r);
}

/* Whatever hash of the tree is another one, every entry that it stands beside fails. */
TEST(a_tree_that_lies_is_found_and_nothing_of_it_is_kept)
{
	for (unsigned level = 0; level < 9; level++) {
		struct rig r;
		rig_begin(&r, 512);
		r.lie_level = level;
		r.lie_index = 0; /* beside all that is below the other one of the two */
		uint64_t beside = 1ULL << level;
		CHECK_INT_EQ(prove(&r, beside), -EBADMSG);
		CHECK_INT_EQ(prove(&r, beside), -EBADMSG);
		r.lie_index = UINT64_MAX;
		/* the failed way left nothing behind: neither true entries fail nor others hold */
		CHECK_INT_EQ(prove_as(&r, beside, 7777), -EBADMSG);
		CHECK_INT_EQ(prove(&r, beside), 0);
		CHECK_INT_EQ(prove(&r, 0), 0);
		rig_end(&r);
	}
}

/* What was proven needs the tree no more, and a lie that comes later is found as well. */
TEST(a_tree_that_lies_later_is_found_where_it_is_asked)
{
	struct rig r;
	rig_begin(&r, 512);
	CHECK_INT_EQ(prove(&r, 100), 0);
	r.lie_level = 0;
	r.lie_index = 101;
	CHECK_INT_EQ(prove(&r, 100), 0);
	CHECK_INT_EQ(prove(&r, 101), 0);
	r.lie_index = 300;
	CHECK_INT_EQ(prove(&r, 301), -EBADMSG);
	CHECK_INT_EQ(prove(&r, 302), 0);
	CHECK_INT_EQ(prove(&r, 301), -EBADMSG);
	CHECK_INT_EQ(prove(&r, 300), 0);
	rig_end(&r);
}

TEST(a_right_edge_that_does_not_make_the_root_is_found)
{
	struct rig r;
	rig_begin(&r, 600); /* subtrees of 512, 64, 16 and 8 */
	r.lie_level = 6;
	r.lie_index = 8;
	CHECK_INT_EQ(prove(&r, 3), -EBADMSG);
	CHECK_INT_EQ(prove(&r, 520), -EBADMSG);
	r.lie_index = UINT64_MAX;
	CHECK_INT_EQ(prove(&r, 3), 0);
	rig_end(&r);
}

TEST_MAIN()
