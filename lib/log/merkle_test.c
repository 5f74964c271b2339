/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Against the known vectors of the Certificate Transparency implementations, and
 * against the recursive definitions of RFC 6962, written down here once more.
 */
#include "lib/log/merkle.h"

#include <errno.h>

#include "lib/base/test.h"

#define TREE_MAX 70 /* leaves of the exhaustive tests: past one power of two and a half */

static struct ls_sha256 hash;

static struct ls_digest from_hex(const char *hex)
{
	struct ls_digest d = { { 0 } };
	CHECK_INT_EQ(ls_digest_parse(hex, strlen(hex), &d), 0);
	return d;
}

/* --- the vectors --------------------------------------------------------------- */

static const struct {
	const char *bytes;
	size_t size;
} LEAVES[] = {
	{ "", 0 },
	{ "\x00", 1 },
	{ "\x10", 1 },
	{ "\x20\x21", 2 },
	{ "\x30\x31", 2 },
	{ "\x40\x41\x42\x43", 4 },
	{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
	{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
};

static const char *const ROOTS[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

#define N01 "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
#define N23 "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
#define N47 "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
#define L4  "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
#define N67 "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
#define N45 "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
#define N03 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"

static const struct {
	uint64_t index, size;
	const char *proof[4];
} INCLUSIONS[] = {
	{ 0, 1, { NULL } },
	{ 0, 8, { N01, N23, N47, NULL } },
	{ 5, 8, { L4, N67, N03, NULL } },
	{ 2, 3, { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", NULL } },
	{ 1,
	  5,
	  { "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", N23, L4, NULL } },
};

static const struct {
	uint64_t old_size, new_size;
	const char *proof[4];
} CONSISTENCIES[] = {
	{ 1, 1, { NULL } },
	{ 1, 8, { N01, N23, N47, NULL } },
	{ 6, 8, { N45, N67, N03, NULL } },
	{ 2, 5, { N23, L4, NULL } },
};

static struct ls_digest vector_leaf(size_t i)
{
	struct ls_digest d;
	CHECK_INT_EQ(ls_merkle_leaf(&hash, LEAVES[i].bytes, LEAVES[i].size, &d), 0);
	return d;
}

static unsigned load_proof(const char *const *hex, struct ls_digest *proof)
{
	unsigned n = 0;
	for (; hex[n]; n++)
		proof[n] = from_hex(hex[n]);
	return n;
}

TEST(roots_are_the_known_ones)
{
	struct ls_merkle_frontier f;
	ls_merkle_frontier_init(&f);
	for (size_t n = 0; n <= 8; n++) {
		struct ls_digest root, wanted = from_hex(ROOTS[n]);
		CHECK_INT_EQ(ls_merkle_frontier_root(&f, &hash, &root), 0);
		CHECK(ls_digest_equal(&root, &wanted));
		if (n == 8)
			break;
		struct ls_digest leaf = vector_leaf(n);
		CHECK_INT_EQ(ls_merkle_frontier_append(&f, &hash, &leaf), 0);
	}
}

TEST(known_inclusion_proofs_hold)
{
	for (size_t i = 0; i < sizeof(INCLUSIONS) / sizeof(INCLUSIONS[0]); i++) {
		struct ls_digest proof[4], root = from_hex(ROOTS[INCLUSIONS[i].size]);
		struct ls_digest leaf = vector_leaf(INCLUSIONS[i].index);
		unsigned n = load_proof(INCLUSIONS[i].proof, proof);
		CHECK_INT_EQ(ls_merkle_verify_inclusion(&leaf, INCLUSIONS[i].index,
							INCLUSIONS[i].size, proof, n, &root, NULL),
			     0);
	}
}

TEST(known_consistency_proofs_hold)
{
	for (size_t i = 0; i < sizeof(CONSISTENCIES) / sizeof(CONSISTENCIES[0]); i++) {
		uint64_t m = CONSISTENCIES[i].old_size, n = CONSISTENCIES[i].new_size;
		struct ls_digest proof[4], old_root = from_hex(ROOTS[m]), root = from_hex(ROOTS[n]);
		unsigned count = load_proof(CONSISTENCIES[i].proof, proof);
		CHECK_INT_EQ(
			ls_merkle_verify_consistency(m, &old_root, n, &root, proof, count, NULL),
			0);
	}
}

/* --- the definitions ---------------------------------------------------------------- */

static struct ls_digest leaves[TREE_MAX];

static void make_leaves(void)
{
	for (unsigned i = 0; i < TREE_MAX; i++)
		ls_merkle_leaf(&hash, &i, sizeof(i), &leaves[i]);
}

/* MTH(D[low:high]), section 2.1; high > low */
static struct ls_digest mth(uint64_t low, uint64_t high)
{
	if (high - low == 1)
		return leaves[low];
	uint64_t k = 1;
	while (2 * k < high - low)
		k *= 2;
	struct ls_digest left = mth(low, low + k), right = mth(low + k, high), node;
	ls_merkle_node(&hash, &left, &right, &node);
	return node;
}

static int read_leaves(void *context, unsigned level, uint64_t index, struct ls_digest *ret_hash,
		       struct ls_error *err)
{
	uint64_t size = *(uint64_t *)context, low = index << level, high = (index + 1) << level;
	if (high > size)
		return ls_fail(err, -EINVAL, "test.outside",
			       "asked for a subtree outside the tree");
	*ret_hash = mth(low, high);
	return 0;
}

TEST(every_inclusion_proof_of_small_trees)
{
	make_leaves();
	for (uint64_t size = 1; size <= TREE_MAX; size++) {
		struct ls_merkle_source source = { read_leaves, &size };
		struct ls_digest root = mth(0, size), proof[LS_MERKLE_PROOF_MAX];
		for (uint64_t i = 0; i < size; i++) {
			unsigned n = 99;
			REQUIRE(ls_merkle_prove_inclusion(&source, i, size, proof, &n, NULL) == 0);
			CHECK_INT_EQ(ls_merkle_verify_inclusion(&leaves[i], i, size, proof, n,
								&root, NULL),
				     0);
			/* nothing else holds with it: another place, leaf, size, length */
			for (uint64_t other = 0; other <= size; other++)
				if (other != i)
					CHECK_INT_EQ(ls_merkle_verify_inclusion(&leaves[i], other,
										size, proof, n,
										&root, NULL),
						     -EBADMSG);
			CHECK_INT_EQ(
				ls_merkle_verify_inclusion(&root, i, size, proof, n, &root, NULL),
				size == 1 ? 0 : -EBADMSG);
			if (n > 0)
				CHECK_INT_EQ(ls_merkle_verify_inclusion(&leaves[i], i, size, proof,
									n - 1, &root, NULL),
					     -EBADMSG);
			proof[n] = root;
			CHECK_INT_EQ(ls_merkle_verify_inclusion(&leaves[i], i, size, proof, n + 1,
								&root, NULL),
				     -EBADMSG);
			if (n > 0) {
				proof[n / 2].bytes[7] ^= 0x10;
				CHECK_INT_EQ(ls_merkle_verify_inclusion(&leaves[i], i, size, proof,
									n, &root, NULL),
					     -EBADMSG);
			}
		}
	}
}

static void check_bad_consistency(uint64_t m, const struct ls_digest *old_root, uint64_t n,
				  const struct ls_digest *root, struct ls_digest *proof,
				  unsigned count)
{
	struct ls_digest other = *old_root;
	other.bytes[31] ^= 1;
	CHECK_INT_EQ(ls_merkle_verify_consistency(m, &other, n, root, proof, count, NULL),
		     -EBADMSG);
	other = *root;
	other.bytes[0] ^= 0x80;
	CHECK_INT_EQ(ls_merkle_verify_consistency(m, old_root, n, &other, proof, count, NULL),
		     -EBADMSG);
	proof[count] = *root;
	CHECK_INT_EQ(ls_merkle_verify_consistency(m, old_root, n, root, proof, count + 1, NULL),
		     -EBADMSG);
	if (count > 0) {
		CHECK_INT_EQ(
			ls_merkle_verify_consistency(m, old_root, n, root, proof, count - 1, NULL),
			-EBADMSG);
		proof[count / 2].bytes[3] ^= 2;
		CHECK_INT_EQ(ls_merkle_verify_consistency(m, old_root, n, root, proof, count, NULL),
			     -EBADMSG);
	}
}

TEST(every_consistency_proof_of_small_trees)
{
	make_leaves();
	for (uint64_t n = 1; n <= TREE_MAX; n++) {
		struct ls_merkle_source source = { read_leaves, &n };
		struct ls_digest root = mth(0, n), proof[LS_MERKLE_PROOF_MAX];
		for (uint64_t m = 1; m <= n; m++) {
			struct ls_digest old_root = mth(0, m);
			unsigned count = 99;
			REQUIRE(ls_merkle_prove_consistency(&source, m, n, proof, &count, NULL) ==
				0);
			CHECK_INT_EQ(ls_merkle_verify_consistency(m, &old_root, n, &root, proof,
								  count, NULL),
				     0);
			check_bad_consistency(m, &old_root, n, &root, proof, count);
		}
	}
}

TEST(the_empty_tree_is_the_beginning_of_any)
{
	struct ls_digest empty = from_hex(ROOTS[0]), root = from_hex(ROOTS[8]);
	CHECK_INT_EQ(ls_merkle_verify_consistency(0, &empty, 8, &root, NULL, 0, NULL), 0);
	CHECK_INT_EQ(ls_merkle_verify_consistency(0, &empty, 0, &empty, NULL, 0, NULL), 0);
	CHECK_INT_EQ(ls_merkle_verify_consistency(0, &root, 8, &root, NULL, 0, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_merkle_verify_consistency(0, &root, 0, &root, NULL, 0, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_merkle_verify_consistency(0, &empty, 8, &root, &root, 1, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_merkle_verify_consistency(8, &root, 0, &empty, NULL, 0, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_merkle_verify_inclusion(&root, 0, 0, NULL, 0, &root, NULL), -EBADMSG);
}

TEST(proofs_at_the_end_of_the_range_end)
{
	struct ls_digest d = { { 0 } }, proof[LS_MERKLE_PROOF_MAX] = { { { 0 } } };
	CHECK_INT_EQ(
		ls_merkle_verify_inclusion(&d, UINT64_MAX - 1, UINT64_MAX, proof, 65, &d, NULL),
		-EBADMSG);
	CHECK_INT_EQ(
		ls_merkle_verify_consistency(UINT64_MAX - 1, &d, UINT64_MAX, &d, proof, 65, NULL),
		-EBADMSG);
	CHECK_INT_EQ(
		ls_merkle_verify_consistency((uint64_t)1 << 63, &d, UINT64_MAX, &d, proof, 0, NULL),
		-EBADMSG);
}

/* --- the right edge ------------------------------------------------------------------ */

TEST(the_frontier_grows_as_the_tree)
{
	struct ls_merkle_frontier f;
	make_leaves();
	ls_merkle_frontier_init(&f);
	for (uint64_t n = 1; n <= TREE_MAX; n++) {
		struct ls_digest proof[LS_MERKLE_PROOF_MAX], root, wanted = mth(0, n);
		unsigned count;
		ls_merkle_frontier_prove_next(&f, proof, &count);
		REQUIRE(ls_merkle_frontier_append(&f, &hash, &leaves[n - 1]) == 0);
		CHECK_INT_EQ(f.size, n);
		CHECK_INT_EQ(ls_merkle_frontier_root(&f, &hash, &root), 0);
		CHECK(ls_digest_equal(&root, &wanted));
		CHECK_INT_EQ(ls_merkle_verify_inclusion(&leaves[n - 1], n - 1, n, proof, count,
							&root, NULL),
			     0);
		/* the same from stored hashes, and from a source */
		struct ls_merkle_frontier loaded, read;
		struct ls_merkle_source source = { read_leaves, &n };
		CHECK_INT_EQ(ls_merkle_frontier_load(&loaded, n, f.hashes,
						     ls_merkle_frontier_count(n), NULL),
			     0);
		CHECK_INT_EQ(ls_merkle_read_frontier(&source, n, &read, NULL), 0);
		CHECK_MEM_EQ(loaded.hashes, f.hashes,
			     ls_merkle_frontier_count(n) * sizeof(f.hashes[0]));
		CHECK_MEM_EQ(read.hashes, f.hashes,
			     ls_merkle_frontier_count(n) * sizeof(f.hashes[0]));
	}
}

TEST(a_frontier_of_another_size_is_refused)
{
	struct ls_merkle_frontier f;
	struct ls_digest hashes[64] = { { { 0 } } };
	CHECK_INT_EQ(ls_merkle_frontier_load(&f, 5, hashes, 1, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_merkle_frontier_load(&f, 0, hashes, 1, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_merkle_frontier_load(&f, UINT64_MAX, hashes, 64, NULL), 0);
	CHECK_INT_EQ(ls_merkle_frontier_append(&f, &hash, &hashes[0]), -EOVERFLOW);
	CHECK_INT_EQ(ls_merkle_frontier_load(&f, 0, hashes, 0, NULL), 0);
}

TEST(a_batch_proves_each_of_its_leaves)
{
	make_leaves();
	for (uint64_t before = 0; before < TREE_MAX; before += 3) {
		struct ls_merkle_frontier f;
		ls_merkle_frontier_init(&f);
		for (uint64_t i = 0; i < before; i++)
			REQUIRE(ls_merkle_frontier_append(&f, &hash, &leaves[i]) == 0);
		struct ls_merkle_batch batch = { .before = &f,
						 .leaf_hashes = leaves + before,
						 .count = TREE_MAX - before,
						 .hash = &hash };
		struct ls_merkle_source source = ls_merkle_batch_source(&batch);
		struct ls_digest root = mth(0, TREE_MAX), proof[LS_MERKLE_PROOF_MAX];
		for (uint64_t i = before; i < TREE_MAX; i++) {
			unsigned n;
			REQUIRE(ls_merkle_prove_inclusion(&source, i, TREE_MAX, proof, &n, NULL) ==
				0);
			CHECK_INT_EQ(ls_merkle_verify_inclusion(&leaves[i], i, TREE_MAX, proof, n,
								&root, NULL),
				     0);
		}
		struct ls_digest never;
		if (before > 1)
			CHECK_INT_EQ(source.read(source.context, 0, 0, &never, NULL), -EINVAL);
	}
}

TEST_MAIN()
