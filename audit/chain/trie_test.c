/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Against a trie that is built here from the definitions of the Yellow Paper, appendix D (c, n and
 * TRIE), and in the room's other tests against the proofs of two nodes of the network.
 */
#include "audit/chain/trie.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

#include "audit/chain/keccak.h"
#include "audit/chain/rlp.h"

#define NIBBLES	  64
#define PAIRS_MAX 64
#define NODE_SIZE 1024

struct pair {
	struct ls_digest key;
	uint8_t value[40];
	size_t size;
};

/* The proof that is being made for a key; its nodes' bytes. */
struct made {
	struct ls_digest key;
	uint8_t bytes[LS_TRIE_NODES_MAX][NODE_SIZE];
	size_t sizes[LS_TRIE_NODES_MAX];
	size_t count;
};

static unsigned at(const struct ls_digest *key, unsigned i)
{
	return i % 2 ? key->bytes[i / 2] & 0xf : key->bytes[i / 2] >> 4;
}

/* Hex-prefix encoding, appendix C. */
static void add_path(struct ls_buffer *out, const struct ls_digest *key, unsigned from, unsigned to,
		     bool leaf)
{
	uint8_t path[33];
	size_t n = 0;
	bool odd = (to - from) % 2;
	path[n++] = (uint8_t)((leaf ? 0x20 : 0) | (odd ? 0x10 | at(key, from) : 0));
	for (unsigned i = from + odd; i < to; i += 2)
		path[n++] = (uint8_t)(at(key, i) << 4 | at(key, i + 1));
	ls_rlp_add_string(out, path, n);
}

static void make_node(const struct pair *pairs, size_t count, unsigned depth, struct made *made,
		      bool on_way, struct ls_buffer *out);

/* c(J, i): what stands for a node in its parent. */
static void add_child(const struct pair *pairs, size_t count, unsigned depth, struct made *made,
		      bool on_way, struct ls_buffer *out)
{
	struct ls_buffer node;
	struct ls_digest hash;
	size_t place = made->count;
	if (count == 0) {
		ls_rlp_add_string(out, "", 0);
		return;
	}
	ls_buffer_init(&node, NODE_SIZE);
	made->count += on_way;
	make_node(pairs, count, depth, made, on_way, &node);
	if (node.size < LS_DIGEST_SIZE) {
		ls_buffer_add(out, node.data, node.size);
		made->count -=
			on_way; /* a proof names it in its parent alone; nothing follows it */
	} else {
		ls_keccak256(node.data, node.size, &hash);
		ls_rlp_add_string(out, hash.bytes, LS_DIGEST_SIZE);
		if (on_way) {
			memcpy(made->bytes[place], node.data, node.size);
			made->sizes[place] = node.size;
		}
	}
	ls_buffer_free(&node);
}

static unsigned common(const struct pair *pairs, size_t count, unsigned depth)
{
	unsigned end = depth;
	while (end < NIBBLES && at(&pairs[0].key, end) == at(&pairs[count - 1].key, end))
		end++;
	return end;
}

static void add_branch(const struct pair *pairs, size_t count, unsigned depth, struct made *made,
		       bool on_way, struct ls_buffer *items)
{
	for (unsigned n = 0; n < 16; n++) {
		size_t here = 0;
		while (here < count && at(&pairs[here].key, depth) == n)
			here++;
		add_child(pairs, here, depth + 1, made, on_way && at(&made->key, depth) == n,
			  items);
		pairs += here;
		count -= here;
	}
	ls_rlp_add_string(items, "", 0);
}

static bool goes_along(const struct made *made, const struct ls_digest *key, unsigned from,
		       unsigned to)
{
	while (from < to && at(&made->key, from) == at(key, from))
		from++;
	return from == to;
}

/* The pairs are in the order of their keys. */
static void make_node(const struct pair *pairs, size_t count, unsigned depth, struct made *made,
		      bool on_way, struct ls_buffer *out)
{
	struct ls_buffer items;
	unsigned end = common(pairs, count, depth);
	ls_buffer_init(&items, NODE_SIZE);
	if (count == 1) {
		add_path(&items, &pairs[0].key, depth, NIBBLES, true);
		ls_rlp_add_string(&items, pairs[0].value, pairs[0].size);
	} else if (end > depth) {
		add_path(&items, &pairs[0].key, depth, end, false);
		add_child(pairs, count, end, made,
			  on_way && goes_along(made, &pairs[0].key, depth, end), &items);
	} else {
		add_branch(pairs, count, depth, made, on_way, &items);
	}
	ls_rlp_add_list(out, items.data, items.size);
	ls_buffer_free(&items);
}

/* The root of the trie of these pairs, and the proof for the key. */
static void make_proof(const struct pair *pairs, size_t count, const struct ls_digest *key,
		       struct made *made, struct ls_digest *root)
{
	struct ls_buffer node;
	memset(made, 0, sizeof(*made));
	made->key = *key;
	made->count = 1;
	ls_buffer_init(&node, NODE_SIZE);
	make_node(pairs, count, 0, made, true, &node);
	ls_keccak256(node.data, node.size, root);
	memcpy(made->bytes[0], node.data, node.size);
	made->sizes[0] = node.size;
	ls_buffer_free(&node);
}

static void view(const struct made *made, struct ls_trie_proof *proof)
{
	proof->count = made->count;
	for (size_t i = 0; i < made->count; i++) {
		proof->nodes[i].bytes = made->bytes[i];
		proof->nodes[i].size = made->sizes[i];
	}
}

static int order(const void *a, const void *b)
{
	return memcmp(((const struct pair *)a)->key.bytes, ((const struct pair *)b)->key.bytes,
		      LS_DIGEST_SIZE);
}

/* Keys that differ late make long extensions, and leaves that their parent holds itself. */
static void make_pairs(struct pair *pairs, size_t count, bool close)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t number[2] = { (uint8_t)(i >> 8), (uint8_t)i };
		ls_keccak256(number, sizeof(number), &pairs[i].key);
		if (close) {
			struct ls_digest far = pairs[i].key;
			memset(pairs[i].key.bytes, 0xab, 29);
			memcpy(pairs[i].key.bytes + 29, far.bytes, 3);
		}
		pairs[i].size = close ? 2 : 1 + i % 33;
		memset(pairs[i].value, (int)(0x81 + i), pairs[i].size);
	}
	qsort(pairs, count, sizeof(*pairs), order);
}

static struct pair pairs[PAIRS_MAX];
static struct made made;
static struct ls_digest root;
static struct ls_trie_proof proof;

static int look(const struct ls_digest *key, const uint8_t **value, size_t *size,
		struct ls_error *err)
{
	return ls_trie_lookup(&root, key, &proof, value, size, err);
}

static void each_is_found(size_t count, bool close)
{
	make_pairs(pairs, count, close);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *value = NULL;
		size_t size = 0;
		make_proof(pairs, count, &pairs[i].key, &made, &root);
		view(&made, &proof);
		CHECK_INT_EQ(look(&pairs[i].key, &value, &size, NULL), 0);
		REQUIRE(value);
		CHECK_INT_EQ(size, pairs[i].size);
		CHECK_MEM_EQ(value, pairs[i].value, size);
	}
}

TEST(each_key_is_proven_in_tries_of_every_size)
{
	/* each size of the first branches, then larger ones */
	for (size_t count = 1; count <= PAIRS_MAX; count += count < 18 ? 1 : 23) {
		each_is_found(count, false);
		each_is_found(count, true);
	}
}

TEST(absence_is_proven)
{
	for (int close = 0; close < 2; close++) {
		make_pairs(pairs, PAIRS_MAX, close);
		for (unsigned bit = 0; bit < 256; bit++) {
			const uint8_t *value = (const uint8_t *)"";
			size_t size;
			struct ls_digest key = pairs[7].key;
			key.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
			make_proof(pairs, PAIRS_MAX, &key, &made, &root);
			view(&made, &proof);
			CHECK_INT_EQ(look(&key, &value, &size, NULL), 0);
			CHECK(value == NULL);
		}
	}
}

TEST(the_empty_trie)
{
	const uint8_t *value = (const uint8_t *)"";
	size_t size;
	struct ls_error err = { 0 };
	root = LS_TRIE_EMPTY;
	proof.count = 0;
	CHECK_INT_EQ(look(&pairs[0].key, &value, &size, NULL), 0);
	CHECK(value == NULL);
	proof.count = 1;
	proof.nodes[0] = (struct ls_trie_node){ (const uint8_t *)"\x80", 1 };
	CHECK_INT_EQ(look(&pairs[0].key, &value, &size, NULL), 0);
	proof.nodes[0] = (struct ls_trie_node){ (const uint8_t *)"\x81", 1 };
	CHECK_INT_EQ(look(&pairs[0].key, &value, &size, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "chain.proof.surplus");
}

/* A proof of many nodes for what is there (0) or is not (1). */
static const struct ls_digest *prepare(int absent)
{
	static struct ls_digest key;
	make_pairs(pairs, PAIRS_MAX, false);
	key = pairs[9].key;
	if (absent)
		key.bytes[31] ^= 1;
	make_proof(pairs, PAIRS_MAX, &key, &made, &root);
	view(&made, &proof);
	return &key;
}

#define REFUSED(key, wanted_id)                                                            \
	do {                                                                               \
		const uint8_t *value_;                                                     \
		size_t size_;                                                              \
		struct ls_error err_ = { 0 };                                              \
		CHECK_INT_EQ(ls_trie_lookup(&root, (key), &proof, &value_, &size_, &err_), \
			     -EBADMSG);                                                    \
		CHECK_STR_EQ(err_.id, (wanted_id));                                        \
	} while (0)

TEST(each_altered_byte_is_found)
{
	for (int absent = 0; absent < 2; absent++) {
		const struct ls_digest *key = prepare(absent);
		for (size_t i = 0; i < made.count; i++)
			for (size_t j = 0; j < made.sizes[i]; j++) {
				made.bytes[i][j] ^= 0x01;
				REFUSED(key, "chain.proof.hash");
				made.bytes[i][j] ^= 0x01;
			}
	}
}

TEST(each_cut_node_is_found)
{
	const struct ls_digest *key = prepare(0);
	for (size_t i = 0; i < made.count; i++)
		for (size_t n = 0; n < made.sizes[i]; n++) {
			proof.nodes[i].size = n;
			REFUSED(key, "chain.proof.hash");
			proof.nodes[i].size = made.sizes[i];
		}
}

TEST(each_dropped_node_is_found)
{
	for (int absent = 0; absent < 2; absent++) {
		const struct ls_digest *key = prepare(absent);
		for (size_t i = 0; i < made.count; i++) {
			bool last = i == made.count - 1;
			view(&made, &proof);
			proof.count--;
			memmove(proof.nodes + i, proof.nodes + i + 1,
				(proof.count - i) * sizeof(proof.nodes[0]));
			REFUSED(key, last ? "chain.proof.missing" : "chain.proof.hash");
		}
	}
}

TEST(each_doubled_node_is_found)
{
	for (int absent = 0; absent < 2; absent++) {
		const struct ls_digest *key = prepare(absent);
		for (size_t i = 0; i < made.count; i++) {
			bool last = i == made.count - 1;
			view(&made, &proof);
			memmove(proof.nodes + i + 1, proof.nodes + i,
				(proof.count - i) * sizeof(proof.nodes[0]));
			proof.count++;
			REFUSED(key, last ? "chain.proof.surplus" : "chain.proof.hash");
		}
	}
}

TEST(swapped_nodes_are_found)
{
	const struct ls_digest *key = prepare(0);
	for (size_t i = 0; i + 1 < made.count; i++) {
		struct ls_trie_node node;
		view(&made, &proof);
		node = proof.nodes[i];
		proof.nodes[i] = proof.nodes[i + 1];
		proof.nodes[i + 1] = node;
		REFUSED(key, "chain.proof.hash");
	}
}

TEST(another_keys_proof_proves_nothing_for_this_one)
{
	make_pairs(pairs, PAIRS_MAX, false);
	for (size_t i = 0; i < PAIRS_MAX; i++) {
		const uint8_t *value = NULL;
		size_t size;
		make_proof(pairs, PAIRS_MAX, &pairs[i].key, &made, &root);
		view(&made, &proof);
		for (size_t k = 0; k < PAIRS_MAX; k++)
			if (k != i)
				CHECK(look(&pairs[k].key, &value, &size, NULL) == -EBADMSG);
	}
}

TEST(another_root_is_found)
{
	const struct ls_digest *key = prepare(0);
	root.bytes[31] ^= 1;
	REFUSED(key, "chain.proof.hash");
}

/* --- nodes that have the right hash and a wrong form -------------------------------- */

static void one_node(const char *hex, uint8_t *bytes)
{
	size_t n = strlen(hex) / 2;
	CHECK_INT_EQ(ls_hex_decode(hex, 2 * n, bytes), 0);
	ls_keccak256(bytes, n, &root);
	proof.count = 1;
	proof.nodes[0] = (struct ls_trie_node){ bytes, n };
}

#define KEY_HEX	   "a8cc000000000000000000000000000000000000000000000000000000000000"
#define HASH	   "a0" EMPTY_HASH
#define EMPTY_HASH "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
#define EMPTIES	   "808080808080"

TEST(nodes_of_a_wrong_form_are_refused)
{
	static const char *const CASES[] = {
		"820102",		   /* a string */
		"c0",			   /* a list of nothing */
		"c3010203",		   /* of three items */
		"e3a120" KEY_HEX "80",	   /* a leaf without a value */
		"e3a120" KEY_HEX "c0",	   /* a leaf with a list as its value */
		"e3a140" KEY_HEX "01",	   /* unknown flags */
		"e3a121" KEY_HEX "01",	   /* an even path with half a byte before it */
		"e2a0" KEY_HEX "01",	   /* flags of the key's own */
		"c28001",		   /* no path */
		"c22001",		   /* a leaf that ends before the key */
		"c23a01",		   /* the same, odd */
		("e200" HASH),		   /* an extension by nothing */
		"c3821a80",		   /* RLP that is not whole */
		"c21a80",		   /* an extension to nothing */
		"c31a8101",		   /* RLP with two spellings */
		"c41a820102",		   /* a child's name that is no hash */
		("e4a220" KEY_HEX "0001"), /* a path longer than a key */
		/* a child of 32 bytes that should stand apart */
		("e21ae0a0" EMPTY_HASH),
	};
	struct ls_digest key;
	uint8_t bytes[256];
	REQUIRE(ls_digest_parse(KEY_HEX, 64, &key) == 0);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const uint8_t *value;
		size_t size;
		struct ls_error err = { 0 };
		one_node(CASES[i], bytes);
		if (look(&key, &value, &size, &err) != -EBADMSG)
			TEST_FAIL("%s was taken", CASES[i]);
		CHECK_STR_EQ(err.id, "chain.proof.node");
	}
}

TEST(a_node_that_is_too_large_is_refused)
{
	static uint8_t bytes[LS_TRIE_NODE_MAX + 1];
	struct ls_digest key = { { 0 } };
	ls_keccak256(bytes, sizeof(bytes), &root);
	proof.count = 1;
	proof.nodes[0] = (struct ls_trie_node){ bytes, sizeof(bytes) };
	REFUSED(&key, "chain.proof.node");
}

/* Some nodes of the network list a child that its parent holds once more. */
TEST(a_child_inside_its_parent_may_be_listed_or_not)
{
	const uint8_t *value = NULL;
	size_t size;
	make_pairs(pairs, 3, true);
	make_proof(pairs, 3, &pairs[1].key, &made, &root);
	view(&made, &proof);
	struct ls_rlp node, items[17];
	REQUIRE(ls_rlp_parse(made.bytes[made.count - 1], made.sizes[made.count - 1], &node, NULL) ==
		0);
	REQUIRE(ls_rlp_items(&node, items, 17, NULL) == 17);
	CHECK_INT_EQ(look(&pairs[1].key, &value, &size, NULL), 0);
	unsigned here = 0;
	while (here < 16 && !(items[here].is_list && items[here].bytes < value &&
			      value < items[here].bytes + items[here].size))
		here++;
	REQUIRE(here < 16);
	proof.nodes[proof.count++] = (struct ls_trie_node){ items[here].whole,
							    items[here].whole_size };
	CHECK_INT_EQ(look(&pairs[1].key, &value, &size, NULL), 0);
	proof.nodes[proof.count++] = (struct ls_trie_node){ items[here].whole,
							    items[here].whole_size };
	REFUSED(&pairs[1].key, "chain.proof.surplus");
}

TEST_MAIN()
