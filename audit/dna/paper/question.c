/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/dna/paper/question.h"

#include "audit/dna/paper/bn158.h"
#include "lib/base/reader.h"

#define IDENTITY_SIZE (LS_PAPER_AUTHORITY + LS_PAPER_PUBLIC + LS_PAPER_ORCID)

size_t ls_paper_question_size(uint8_t first)
{
	switch (first) {
	case LS_PAPER_ASK_PUBLIC: return LS_PAPER_SECRET;
	case LS_PAPER_ASK_EXTRACT: return LS_PAPER_SECRET + LS_PAPER_ORCID;
	case LS_PAPER_ASK_SIGN: return IDENTITY_SIZE + LS_PAPER_KEY + LS_PAPER_DIGEST;
	case LS_PAPER_ASK_VERIFY: return IDENTITY_SIZE + LS_PAPER_DIGEST + LS_PAPER_SIGNATURE;
	default: return 0;
	}
}

/* Of a question whose size is right. */
static const uint8_t *take(struct ls_reader *r, size_t n)
{
	const uint8_t *bytes = NULL;
	ls_read_bytes(r, n, &bytes);
	return bytes;
}

static struct ls_bn158_identity take_identity(struct ls_reader *r)
{
	struct ls_bn158_identity who;
	who.authority = take(r, LS_PAPER_AUTHORITY);
	who.public = take(r, LS_PAPER_PUBLIC);
	who.orcid = take(r, LS_PAPER_ORCID);
	return who;
}

static size_t sign(struct ls_reader *r, uint8_t *answer)
{
	struct ls_bn158_identity who = take_identity(r);
	const uint8_t *key = take(r, LS_PAPER_KEY), *digest = take(r, LS_PAPER_DIGEST);
	answer[0] = (uint8_t)ls_bn158_sign(&who, key, digest, answer + 1);
	return answer[0] == LS_PAPER_OK ? 1 + LS_PAPER_SIGNATURE : 1;
}

static size_t verify(struct ls_reader *r, uint8_t *answer)
{
	struct ls_bn158_identity who = take_identity(r);
	const uint8_t *digest = take(r, LS_PAPER_DIGEST), *signature = take(r, LS_PAPER_SIGNATURE);
	answer[0] = (uint8_t)ls_bn158_verify(&who, digest, signature);
	return 1;
}

size_t ls_paper_answer_question(const uint8_t *question, size_t n,
				uint8_t answer[static LS_PAPER_ANSWER_MAX])
{
	struct ls_reader r;
	uint8_t first = 0;
	ls_reader_init(&r, question, n);
	answer[0] = LS_PAPER_NOT_ASKED;
	if (ls_read_u8(&r, &first) < 0 || ls_paper_question_size(first) == 0 ||
	    ls_reader_left(&r) != ls_paper_question_size(first))
		return 1;
	const uint8_t *secret;
	switch (first) {
	case LS_PAPER_ASK_PUBLIC:
		answer[0] = LS_PAPER_OK;
		ls_bn158_public(take(&r, LS_PAPER_SECRET), answer + 1);
		return 1 + LS_PAPER_PUBLIC;
	case LS_PAPER_ASK_EXTRACT:
		answer[0] = LS_PAPER_OK;
		secret = take(&r, LS_PAPER_SECRET);
		ls_bn158_extract(secret, take(&r, LS_PAPER_ORCID), answer + 1);
		return 1 + LS_PAPER_KEY;
	case LS_PAPER_ASK_SIGN: return sign(&r, answer);
	default: return verify(&r, answer);
	}
}
