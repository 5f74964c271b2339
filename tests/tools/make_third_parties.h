/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time-stamping authority and two witnesses of a made-up share, and what may be wrong
 * with what they say.  For make_share alone.
 */
#ifndef LABSEAL_TESTS_TOOLS_MAKE_THIRD_PARTIES_H
#define LABSEAL_TESTS_TOOLS_MAKE_THIRD_PARTIES_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log/checkpoint.h"
#include "lib/log/cosignature.h"
#include "lib/seal/third_parties.h"
#include "lib/seal/tsa_test.h"

#define THIRD_DAY 86400

struct third_maker {
	const char *stamped, *witnessed; /* how; NULL: not at all */
	struct tsa tsa, other;
	uint8_t keys[2][LS_ED25519_SIZE];
	struct ls_third_parties trust;
	struct ls_buffer early; /* the log's second checkpoint */
};

static inline bool third_is(const char *how, const char *word)
{
	return how && strcmp(how, word) == 0;
}

static inline struct ls_witness_key third_witness(const struct third_maker *t, int i)
{
	struct ls_witness_key key;
	uint8_t public[LS_ED25519_SIZE];
	CHECK_INT_EQ(ls_ed25519_public(t->keys[i], public), 0);
	CHECK_INT_EQ(ls_witness_key_init(&key, i ? "two.example/w" : "one.example/w", public, NULL),
		     0);
	return key;
}

/* now: of the seals, so that certificates hold then. */
static inline void third_init(struct third_maker *t, const char *stamped, const char *witnessed,
			      int64_t now)
{
	struct tsa_recipe recipe = good_tsa;
	t->stamped = stamped;
	t->witnessed = witnessed;
	ls_buffer_init(&t->early, 65536);
	memset(t->keys[0], 11, LS_ED25519_SIZE);
	memset(t->keys[1], 12, LS_ED25519_SIZE);
	if (third_is(stamped, "code-signing"))
		recipe.purpose = "critical,codeSigning";
	if (third_is(stamped, "expired"))
		recipe.until = now - THIRD_DAY;
	tsa_init(&t->tsa, &recipe);
	tsa_init(&t->other, &good_tsa);
	if (stamped)
		CHECK_INT_EQ(ls_third_parties_add_ca(&t->trust, t->tsa.cas[0], NULL), 0);
	for (int i = 0; witnessed && i < 2; i++) {
		struct ls_witness_key key = third_witness(t, i);
		CHECK_INT_EQ(ls_third_parties_add_witness(&t->trust, &key, NULL), 0);
	}
	t->trust.quorum = witnessed ? third_is(witnessed, "one-is-enough") ? 1 : 2 : 0;
}

static inline void third_free(struct third_maker *t)
{
	tsa_free(&t->tsa);
	tsa_free(&t->other);
	ls_third_parties_free(&t->trust);
	ls_buffer_free(&t->early);
}

/* A checkpoint of this size by the log's own key, which is none of its states. */
static inline void third_fork(const struct ls_signer *signer, const char *origin, uint64_t size,
			      struct ls_buffer *out)
{
	struct ls_checkpoint c = { .size = size };
	snprintf(c.origin, sizeof(c.origin), "%s", origin);
	memset(c.root.bytes, 0x5a, LS_DIGEST_SIZE);
	CHECK_INT_EQ(ls_checkpoint_sign(&c, signer, NULL, out, NULL), 0);
}

/* The detail of the event that is received now, over the newest checkpoint. */
static inline char *third_detail(struct third_maker *t, const struct ls_buffer *note, uint64_t size,
				 const struct ls_signer *signer, const char *origin, int64_t now)
{
	char *text = NULL;
	int64_t time = third_is(t->stamped, "early")  ? now - THIRD_DAY
		       : third_is(t->stamped, "late") ? now + THIRD_DAY
						      : now;
	_cleanup_buffer_ struct ls_buffer stamped, token, base64, escaped;
	ls_buffer_init(&stamped, 65536);
	ls_buffer_init(&token, 65536);
	ls_buffer_init(&base64, 65536);
	ls_buffer_init(&escaped, 65536);
	if (third_is(t->stamped, "malformed"))
		return strdup("{\"size\":1}");
	if (third_is(t->stamped, "fork") || third_is(t->stamped, "future"))
		third_fork(signer, origin, third_is(t->stamped, "fork") ? size : size + 5,
			   &stamped);
	else
		ls_buffer_add(&stamped, note->data, note->size);
	const char *over = third_is(t->stamped, "other-checkpoint") ? "something else"
								    : ls_buffer_str(&stamped);
	tsa_stamp(third_is(t->stamped, "other-authority") ? &t->other : &t->tsa, over, strlen(over),
		  7, time, &token);
	if (third_is(t->stamped, "other-log"))
		memcpy(strchr((char *)stamped.data, '\n') - 1, "9", 1);
	ls_base64_encode(token.data, token.size, &base64);
	for (const char *c = ls_buffer_str(&stamped); *c; c++)
		*c == '\n' ? ls_buffer_add_str(&escaped, "\\n") : ls_buffer_add(&escaped, c, 1);
	if (asprintf(&text, "{\"size\":%" PRIu64 ",\"checkpoint\":\"%s\",\"token\":\"%s\"}", size,
		     ls_buffer_str(&escaped), ls_buffer_str(&base64)) < 0)
		return NULL;
	return text;
}

/* Cosign the note that is in out, by so many of the witnesses. */
static inline void third_cosign(const struct third_maker *t, int count, uint64_t time,
				struct ls_buffer *out)
{
	size_t text = (size_t)(strstr(ls_buffer_str(out), "\n\n") + 1 - ls_buffer_str(out));
	for (int i = 0; i < count; i++)
		CHECK_INT_EQ(ls_cosignature_sign(ls_buffer_str(out), text,
						 i ? "two.example/w" : "one.example/w", t->keys[i],
						 time, out, NULL),
			     0);
}

#endif
