/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of labseal-dna-paper, right and wrong. */
#include "audit/dna/paper/question.h"

#include "audit/dna/paper/bn158.h"
#include "lib/base/test.h"

#define SECRET	  "0123456789abcdef0123456789abcdef"
#define AUTHORITY "fedcba9876543210fedcba9876543210"
#define DIGEST	  "a digest, which is 32 bytes long!"
#define ALICE	  "0000-0002-1825-0097"
#define BOB	  "0000-0002-1694-233X"

struct ask {
	uint8_t bytes[LS_PAPER_ASK_MAX];
	size_t size;
	uint8_t answer[LS_PAPER_ANSWER_MAX];
	size_t answer_size;
};

static void begin(struct ask *a, char what)
{
	static int started;
	if (!started++)
		ls_bn158_init();
	memset(a, 0, sizeof(*a));
	a->bytes[a->size++] = (uint8_t)what;
}

static void put(struct ask *a, const void *bytes, size_t n)
{
	memcpy(a->bytes + a->size, bytes, n);
	a->size += n;
}

static enum ls_paper_answer ask(struct ask *a)
{
	a->answer_size = ls_paper_answer_question(a->bytes, a->size, a->answer);
	return a->answer[0];
}

static void public_of(const char *secret, uint8_t *ret)
{
	struct ask a;
	begin(&a, LS_PAPER_ASK_PUBLIC);
	put(&a, secret, LS_PAPER_SECRET);
	CHECK_INT_EQ(ask(&a), LS_PAPER_OK);
	CHECK_INT_EQ(a.answer_size, 1 + LS_PAPER_PUBLIC);
	memcpy(ret, a.answer + 1, LS_PAPER_PUBLIC);
}

static void key_of(const char *orcid, uint8_t *ret)
{
	struct ask a;
	begin(&a, LS_PAPER_ASK_EXTRACT);
	put(&a, SECRET, LS_PAPER_SECRET);
	put(&a, orcid, LS_PAPER_ORCID);
	CHECK_INT_EQ(ask(&a), LS_PAPER_OK);
	CHECK_INT_EQ(a.answer_size, 1 + LS_PAPER_KEY);
	memcpy(ret, a.answer + 1, LS_PAPER_KEY);
}

static enum ls_paper_answer sign(const uint8_t *public, const char *orcid, const uint8_t *key,
				 uint8_t *ret)
{
	struct ask a;
	begin(&a, LS_PAPER_ASK_SIGN);
	put(&a, AUTHORITY, LS_PAPER_AUTHORITY);
	put(&a, public, LS_PAPER_PUBLIC);
	put(&a, orcid, LS_PAPER_ORCID);
	put(&a, key, LS_PAPER_KEY);
	put(&a, DIGEST, LS_PAPER_DIGEST);
	enum ls_paper_answer answer = ask(&a);
	memcpy(ret, a.answer + 1, LS_PAPER_SIGNATURE);
	return answer;
}

static enum ls_paper_answer verify(const char *authority, const uint8_t *public, const char *orcid,
				   const char *digest, const uint8_t *signature)
{
	struct ask a;
	begin(&a, LS_PAPER_ASK_VERIFY);
	put(&a, authority, LS_PAPER_AUTHORITY);
	put(&a, public, LS_PAPER_PUBLIC);
	put(&a, orcid, LS_PAPER_ORCID);
	put(&a, digest, LS_PAPER_DIGEST);
	put(&a, signature, LS_PAPER_SIGNATURE);
	return ask(&a);
}

TEST(what_is_signed_verifies_and_nothing_else_does)
{
	uint8_t public[LS_PAPER_PUBLIC], other[LS_PAPER_PUBLIC], key[LS_PAPER_KEY],
		signature[LS_PAPER_SIGNATURE];
	public_of(SECRET, public);
	public_of(AUTHORITY, other);
	key_of(ALICE, key);
	REQUIRE(sign(public, ALICE, key, signature) == LS_PAPER_OK);
	CHECK_INT_EQ(signature[LS_PAPER_SIGNATURE - 1] & 1, 0); /* 239 bits */
	CHECK_INT_EQ(verify(AUTHORITY, public, ALICE, DIGEST, signature), LS_PAPER_OK);
	CHECK_INT_EQ(verify(SECRET, public, ALICE, DIGEST, signature), LS_PAPER_WRONG);
	CHECK_INT_EQ(verify(AUTHORITY, other, ALICE, DIGEST, signature), LS_PAPER_WRONG);
	CHECK_INT_EQ(verify(AUTHORITY, public, BOB, DIGEST, signature), LS_PAPER_WRONG);
	CHECK_INT_EQ(verify(AUTHORITY, public, ALICE, SECRET, signature), LS_PAPER_WRONG);
	for (size_t i = 0; i < 8 * sizeof(signature); i += 7) {
		signature[i / 8] ^= (uint8_t)(0x80 >> i % 8);
		CHECK(verify(AUTHORITY, public, ALICE, DIGEST, signature) != LS_PAPER_OK);
		signature[i / 8] ^= (uint8_t)(0x80 >> i % 8);
	}
	signature[LS_PAPER_SIGNATURE - 1] |= 1;
	CHECK_INT_EQ(verify(AUTHORITY, public, ALICE, DIGEST, signature), LS_PAPER_NO_FORM);
}

TEST(keys_that_are_none_sign_nothing)
{
	uint8_t public[LS_PAPER_PUBLIC], key[LS_PAPER_KEY], bob[LS_PAPER_KEY],
		signature[LS_PAPER_SIGNATURE];
	public_of(SECRET, public);
	key_of(ALICE, key);
	key_of(BOB, bob);
	CHECK_INT_EQ(sign(public, ALICE, bob, signature), LS_PAPER_NO_POINT);
	key[0] = 2;
	CHECK_INT_EQ(sign(public, ALICE, key, signature), LS_PAPER_NO_POINT);
	memset(key, 0xff, sizeof(key));
	CHECK_INT_EQ(sign(public, ALICE, key, signature), LS_PAPER_NO_POINT);
	public[LS_PAPER_PUBLIC - 1] ^= 1; /* off the twist */
	CHECK_INT_EQ(verify(AUTHORITY, public, ALICE, DIGEST, signature), LS_PAPER_NO_POINT);
	memset(public, 0xff, sizeof(public));
	CHECK_INT_EQ(verify(AUTHORITY, public, ALICE, DIGEST, signature), LS_PAPER_NO_POINT);
	memset(public, 0, sizeof(public));
	CHECK_INT_EQ(verify(AUTHORITY, public, ALICE, DIGEST, signature), LS_PAPER_NO_POINT);
}

TEST(questions_that_are_none_are_said_to_be)
{
	static const char kinds[] = { LS_PAPER_ASK_PUBLIC, LS_PAPER_ASK_EXTRACT, LS_PAPER_ASK_SIGN,
				      LS_PAPER_ASK_VERIFY };
	struct ask a;
	begin(&a, 'X');
	CHECK_INT_EQ(ask(&a), LS_PAPER_NOT_ASKED);
	a.size = 0;
	CHECK_INT_EQ(ask(&a), LS_PAPER_NOT_ASKED);
	for (size_t i = 0; i < sizeof(kinds); i++) {
		size_t n = ls_paper_question_size((uint8_t)kinds[i]);
		CHECK(n > 0 && n < LS_PAPER_ASK_MAX);
		for (int d = -1; d <= 1; d += 2) {
			begin(&a, kinds[i]);
			a.size = (size_t)((long)n + 1 + d);
			CHECK_INT_EQ(ask(&a), LS_PAPER_NOT_ASKED);
			CHECK_INT_EQ(a.answer_size, 1);
		}
	}
}

/* The generators do not depend on PARI's choices among roots: a public key that was made once. */
TEST(an_authority_has_the_same_key_each_time)
{
	static const uint8_t beginning[] = { 0x0c, 0xd7, 0x36, 0x33 };
	uint8_t one[LS_PAPER_PUBLIC];
	public_of(SECRET, one);
	CHECK_MEM_EQ(one, beginning, sizeof(beginning));
}

TEST_MAIN()
