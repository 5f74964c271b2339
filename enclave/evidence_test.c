/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When evidence is made, and for which checkpoint: under load, in quiet, and as
 * often as the TPM's memory bears.  Time passes by moving what was noted back.
 */
#include <errno.h>
#include <unistd.h>

#include "enclave/serving.h"
#include "lib/attest/evidence.h"
#include "lib/base/test.h"
#include "lib/log/checkpoint.h"
#include "lib/proc/child.h"

/* A key whose TPM vouches at once; what it was asked for is noted. */
struct ls_key {
	struct ls_p256_key *file;
	uint64_t attested; /* the size that it was asked for last */
	unsigned count;
};

static void key_signer(struct ls_key *key, struct ls_signer *ret_signer)
{
	ls_p256_key_signer(key->file, ret_signer);
}

static int key_attest(struct ls_key *key, const struct ls_nv_checkpoint *checkpoint,
		      struct ls_key_attestation *ret, struct ls_error *err)
{
	(void)err;
	memset(ret, 0, sizeof(*ret));
	ret->quote.attest_size = ret->counter.attest_size = ret->checkpoint.attest_size = 1;
	key->attested = checkpoint->size;
	key->count++;
	return 0;
}

static const struct ls_key_backend vouching = { .name = "played",
						.signer = key_signer,
						.attest = key_attest };

struct stand {
	struct ls_server *s;
	struct ls_key key;
	int pair[2];
	struct ls_buffer note;
};

static void stand_up(struct stand *t)
{
	struct ls_error err = { 0 };
	memset(t, 0, sizeof(*t));
	t->s = calloc(1, sizeof(*t->s));
	REQUIRE(t->s && ls_p256_key_generate(&t->key.file, &err) == 0);
	REQUIRE(ls_socket_pair(t->pair, &err) == 0);
	ls_buffer_init(&t->note, LS_EVIDENCE_PART_SIZE);
	ls_buffer_init(&t->s->out, LS_MESSAGE_MAX);
	ls_buffer_init(&t->s->evidence.newest.note, LS_EVIDENCE_PART_SIZE);
	ls_buffer_init(&t->s->evidence.kept.note, LS_EVIDENCE_PART_SIZE);
	for (int p = 0; p < LS_PEER_COUNT; p++)
		ls_message_stream_init(&t->s->streams[p], p == LS_PEER_OUT ? t->pair[0] : -1);
	t->s->state = LS_STATE_IDLE;
	t->s->backend = &vouching;
	t->s->key = &t->key;
	t->s->evidence.wanted = true;
}

static void stand_down(struct stand *t)
{
	for (int p = 0; t->s && p < LS_PEER_COUNT; p++)
		ls_message_stream_free(&t->s->streams[p]);
	if (t->s) {
		ls_buffer_free(&t->s->out);
		ls_buffer_free(&t->s->evidence.newest.note);
		ls_buffer_free(&t->s->evidence.kept.note);
	}
	ls_buffer_free(&t->note);
	ls_p256_key_free(t->key.file);
	close(t->pair[0]);
	close(t->pair[1]);
	free(t->s);
}
#define STAND(t)                                             \
	__attribute__((cleanup(stand_down))) struct stand t; \
	stand_up(&t)

/* The checkpoint of this size goes to the publisher. */
static void send(struct stand *t, uint64_t size)
{
	struct ls_error err = { 0 };
	struct ls_signer signer;
	struct ls_checkpoint c = { .origin = "labseal/x", .size = size };
	struct ls_seal seal = { .seal = size };
	key_signer(&t->key, &signer);
	ls_buffer_clear(&t->note);
	REQUIRE(ls_checkpoint_sign(&c, &signer, NULL, &t->note, &err) == 0);
	seal.checkpoint = (struct ls_bytes){ t->note.data, t->note.size };
	CHECK_INT_EQ(ls_server_evidence_sent(t->s, &seal, &err), 0);
}

static void publish(struct stand *t, uint64_t size)
{
	t->s->published = size;
	ls_server_evidence_published(t->s);
}

/* As if this much time had gone by, in which nothing happened. */
static void pass(struct stand *t, int64_t ms)
{
	struct ls_evidence_due *e = &t->s->evidence;
	e->active -= ms;
	e->since -= e->since ? ms : 0;
	e->made -= e->made ? ms : 0;
}

static void make(struct stand *t, bool last)
{
	struct ls_error err = { 0 };
	struct ls_message m;
	unsigned before = t->key.count;
	CHECK_INT_EQ(ls_server_evidence_make(t->s, last, &err), 0);
	if (t->key.count == before)
		return;
	/* it goes to the publisher, too */
	struct ls_message_stream in;
	ls_message_stream_init(&in, t->pair[1]);
	CHECK_INT_EQ(ls_message_receive(&in, &m, &err), 1);
	CHECK_INT_EQ(m.type, LS_MSG_EVIDENCE);
	ls_message_stream_free(&in);
}

/* Whether it was made, for which size. */
static uint64_t made(struct stand *t)
{
	unsigned before = t->key.count;
	make(t, false);
	return t->key.count == before ? 0 : t->key.attested;
}

TEST(in_quiet_it_is_made_for_the_newest)
{
	STAND(t);
	CHECK_INT_EQ(ls_server_evidence_wait(t.s), -1); /* nothing to vouch for */
	send(&t, 1);
	CHECK_INT_EQ(ls_server_evidence_wait(t.s), -1);
	publish(&t, 1);
	CHECK(ls_server_evidence_wait(t.s) > 0);
	CHECK_INT_EQ(made(&t), 0);
	pass(&t, 1000);
	CHECK_INT_EQ(ls_server_evidence_wait(t.s), 0);
	CHECK_INT_EQ(made(&t), 1);
	CHECK_INT_EQ(ls_server_evidence_wait(t.s), -1);
}

/* One seal on its way to the publisher at any time, none of them ever the newest: the ten seconds.
 */
TEST(under_load_that_does_not_end_it_is_made_every_ten_seconds)
{
	STAND(t);
	uint64_t n = 1;
	unsigned count = 0;
	send(&t, n);
	for (int second = 0; second < 65; second++)
		for (int i = 0; i < 10; i++) { /* ten a second */
			uint64_t of;
			send(&t, n + 1);
			publish(&t, n++);
			of = made(&t);
			if (of > 0) {
				CHECK(of <= t.s->published); /* what is not published is not vouched
								for */
				CHECK(of + 20 > t.s->published); /* and it is a recent one */
				count++;
			}
			pass(&t, 100);
		}
	CHECK(count >= 5 && count <= 7);
}

TEST(a_result_under_way_goes_first_but_not_for_ever)
{
	STAND(t);
	send(&t, 1);
	publish(&t, 1);
	t.s->state = LS_STATE_FILE;
	pass(&t, 5000);
	CHECK(ls_server_evidence_wait(t.s) > 0);
	CHECK_INT_EQ(made(&t), 0);
	pass(&t, 5000);
	CHECK_INT_EQ(made(&t), 1);
}

/* A hardware TPM's memory wears: the policy says how often it is written. */
TEST(the_tpms_memory_is_spared_but_not_at_the_end)
{
	STAND(t);
	t.s->start.remember_every = 3600;
	send(&t, 1);
	publish(&t, 1);
	pass(&t, 1000);
	CHECK_INT_EQ(made(&t), 1); /* the first one at once */
	send(&t, 2);
	publish(&t, 2);
	pass(&t, 60000);
	CHECK(ls_server_evidence_wait(t.s) > 3000000);
	CHECK_INT_EQ(made(&t), 0);
	send(&t, 3);
	publish(&t, 3);
	pass(&t, 3540000);
	CHECK_INT_EQ(made(&t), 3);
	send(&t, 4);
	publish(&t, 4);
	make(&t, true); /* an orderly end leaves nothing out */
	CHECK_INT_EQ(t.key.attested, 4);
	make(&t, true);
	CHECK_INT_EQ(t.key.count, 3);
}

/* And under load for all of an hour it is for a checkpoint of then, not of an hour ago. */
TEST(what_is_kept_is_renewed_until_it_is_due)
{
	STAND(t);
	t.s->start.remember_every = 100;
	t.s->evidence.made = 1;
	uint64_t n = 1, of = 0;
	send(&t, n);
	for (int i = 0; i < 2000 && of == 0; i++) {
		send(&t, n + 1);
		publish(&t, n++);
		t.s->evidence.made = t.s->evidence.active - 100 * i;
		of = made(&t);
		pass(&t, 100);
	}
	CHECK(of > 900);
}

TEST_MAIN()
