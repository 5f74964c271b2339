/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/misbehaviour.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/test.h"

#define NAME "labseal/7500-01"

static struct ls_p256_key *key, *other;
static struct ls_signer signer, stranger;
static struct ls_note_key known;
static struct ls_sha256 hash;

static void make_keys(void)
{
	if (key)
		return;
	CHECK_INT_EQ(ls_p256_key_generate(&key, NULL), 0);
	CHECK_INT_EQ(ls_p256_key_generate(&other, NULL), 0);
	ls_p256_key_signer(key, &signer);
	ls_p256_key_signer(other, &stranger);
	CHECK_INT_EQ(ls_note_key_init(&known, NAME, &signer.key, NULL), 0);
}

/* A log of `size` entries; from `differs` on they are other ones. */
struct story {
	struct ls_digest leaves[64];
	size_t size;
	struct ls_merkle_frontier none;
	struct ls_merkle_batch batch;
};

static void tell(struct story *s, size_t size, size_t differs)
{
	make_keys();
	memset(s, 0, sizeof(*s));
	s->size = size;
	for (size_t i = 0; i < size; i++) {
		char text[32];
		snprintf(text, sizeof(text), "entry %zu%s", i, i >= differs ? " forged" : "");
		ls_merkle_leaf(&hash, text, strlen(text), &s->leaves[i]);
	}
	ls_merkle_frontier_init(&s->none);
	s->batch = (struct ls_merkle_batch){ &s->none, s->leaves, size, &hash };
}

static struct ls_digest root_at(struct story *s, size_t size)
{
	struct ls_merkle_frontier f;
	struct ls_digest root;
	ls_merkle_frontier_init(&f);
	for (size_t i = 0; i < size; i++)
		ls_merkle_frontier_append(&f, &hash, &s->leaves[i]);
	ls_merkle_frontier_root(&f, &hash, &root);
	return root;
}

static void sign(struct story *s, const struct ls_signer *by, const char *name,
		 struct ls_buffer *out)
{
	struct ls_checkpoint c = { .size = s->size, .root = root_at(s, s->size) };
	snprintf(c.origin, sizeof(c.origin), "%s", name);
	ls_buffer_init(out, LS_NOTE_SIZE_MAX);
	CHECK_INT_EQ(ls_checkpoint_sign(&c, by, NULL, out, NULL), 0);
}

static struct ls_misbehaviour of(const struct ls_buffer *a, const struct ls_buffer *b)
{
	return (struct ls_misbehaviour){
		.notes = { { a->data, a->size }, { b->data, b->size } },
	};
}

/* What the larger story begins with. */
static void prove(struct ls_misbehaviour *m, struct story *large, size_t size)
{
	struct ls_merkle_source source = ls_merkle_batch_source(&large->batch);
	m->has_root = true;
	m->root = root_at(large, size);
	CHECK_INT_EQ(
		ls_merkle_prove_consistency(&source, size, large->size, m->hashes, &m->count, NULL),
		0);
}

/* Written, read again, verified. */
static int verify(const struct ls_misbehaviour *m, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text, again;
	struct ls_misbehaviour parsed;
	struct ls_checkpoint c[2];
	memset(err, 0, sizeof(*err));
	ls_buffer_init(&text, LS_MISBEHAVIOUR_SIZE_MAX);
	ls_buffer_init(&again, LS_MISBEHAVIOUR_SIZE_MAX);
	CHECK_INT_EQ(ls_misbehaviour_format(m, &text), 0);
	CHECK_INT_EQ(ls_misbehaviour_parse(text.data, text.size, &parsed, err), 0);
	CHECK_INT_EQ(ls_misbehaviour_format(&parsed, &again), 0);
	CHECK_STR_EQ(ls_buffer_str(&again), ls_buffer_str(&text));
	for (size_t n = 0; n < text.size; n++)
		CHECK_INT_EQ(ls_misbehaviour_parse(text.data, n, &parsed, NULL), -EBADMSG);
	int rc = ls_misbehaviour_verify(m, &known, c, err);
	if (rc == 0)
		CHECK(c[0].size <= c[1].size && !ls_digest_equal(&c[0].root, &c[1].root));
	return rc;
}

TEST(two_roots_of_one_size)
{
	struct story a, b;
	_cleanup_buffer_ struct ls_buffer one, two;
	struct ls_error err = { 0 };
	tell(&a, 7, 99);
	tell(&b, 7, 5);
	sign(&a, &signer, NAME, &one);
	sign(&b, &signer, NAME, &two);
	struct ls_misbehaviour m = of(&one, &two);
	CHECK_INT_EQ(verify(&m, &err), 0);
	m = of(&one, &one);
	CHECK_INT_EQ(verify(&m, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "they are of one size and have one root");
	m = of(&one, &two);
	prove(&m, &a, 7);
	CHECK_INT_EQ(verify(&m, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "its checkpoints are of one size");
}

/* Every pair of sizes, every place at which the histories part. */
TEST(a_larger_log_that_begins_otherwise)
{
	for (size_t small = 1; small < 12; small++)
		for (size_t large = small + 1; large < 14; large++)
			for (size_t parts = 0; parts <= small; parts++) {
				struct story a, b;
				_cleanup_buffer_ struct ls_buffer one, two;
				struct ls_error err = { 0 };
				tell(&a, small, 99);
				tell(&b, large, parts);
				sign(&a, &signer, NAME, &one);
				sign(&b, &signer, NAME, &two);
				struct ls_misbehaviour m = of(&one, &two);
				prove(&m, &b, small);
				CHECK_INT_EQ(verify(&m, &err), parts < small ? 0 : -EBADMSG);
			}
}

TEST(an_honest_log_cannot_be_accused)
{
	struct story a, b, forged;
	_cleanup_buffer_ struct ls_buffer one, two, by_other, elsewhere;
	struct ls_error err = { 0 };
	tell(&a, 5, 99);
	tell(&b, 9, 99);
	tell(&forged, 9, 2);
	sign(&a, &signer, NAME, &one);
	sign(&b, &signer, NAME, &two);
	sign(&forged, &stranger, NAME, &by_other);
	sign(&forged, &signer, "labseal/7500-02", &elsewhere);

	struct ls_misbehaviour m = of(&one, &two);
	CHECK_INT_EQ(verify(&m, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "a log grows");
	prove(&m, &b, 5);
	CHECK_INT_EQ(verify(&m, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "begins with the smaller one");
	m.root.bytes[0] ^= 1;
	CHECK_INT_EQ(verify(&m, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "the hashes do not show");
	prove(&m, &forged, 5); /* of a log that was never signed */
	CHECK_INT_EQ(verify(&m, &err), -EBADMSG);
	m = of(&two, &one);
	prove(&m, &b, 5);
	CHECK_INT_EQ(verify(&m, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "not the smaller log's");

	m = of(&one, &by_other);
	prove(&m, &forged, 5);
	CHECK_INT_EQ(verify(&m, &err), -ENOKEY);
	CHECK_STR_HAS(err.message, "the second note");
	m = of(&one, &elsewhere);
	prove(&m, &forged, 5);
	CHECK(verify(&m, &err) < 0);
	two.data[20] ^= 1; /* its size or root */
	m = of(&one, &two);
	prove(&m, &b, 5);
	CHECK_INT_EQ(verify(&m, &err), -EBADMSG);
}

TEST_MAIN()
