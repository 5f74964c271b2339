/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures that other threads check: none passes, and nothing that was made of a bad one stays.
 */
#include "lib/cal/maker_test.h"

#include "lib/cal/trace_internal.h"

#define SIGNATURES 600 /* more than may wait */

static void make_signature(struct ls_p256_key *key, uint8_t number,
			   struct ls_cal_deferred_signature *s)
{
	struct ls_error err = { 0 };
	struct ls_signer signer;
	ls_p256_key_signer(key, &signer);
	*s = (struct ls_cal_deferred_signature){ .key = signer.key };
	ls_sha256_buffer(&number, 1, &s->digest);
	if (ls_signer_sign(&signer, &s->digest, s->der, &s->size, &err) < 0)
		TEST_FAIL("%s", err.message);
}

/* Signatures of two keys in turns, the one at `bad` (SIZE_MAX: none) replaced. */
static bool settle_with(struct ls_cal_deferred *d, const struct ls_cal_deferred_signature good[2],
			size_t count, size_t bad, const struct ls_cal_deferred_signature *replaced)
{
	for (size_t i = 0; i < count; i++) {
		const struct ls_cal_deferred_signature *s = i == bad ? replaced : &good[i % 2];
		ls_cal_deferred_add(d, s);
	}
	return ls_cal_deferred_settle(d, NULL);
}

TEST(one_that_does_not_hold_is_told_wherever_it_is)
{
	struct ls_cal_deferred_signature good[2], bad[4];
	for (size_t i = 0; i < 2; i++) {
		struct ls_p256_key *key = NULL;
		REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
		make_signature(key, (uint8_t)i, &good[i]);
		ls_p256_key_free(key);
	}
	for (size_t i = 0; i < 4; i++)
		bad[i] = good[0];
	bad[0].digest.bytes[0] ^= 1;
	bad[1].key = good[1].key;
	bad[2].key.spki[LS_P256_SPKI_SIZE - 1] ^= 1; /* off the curve */
	bad[3].size = LS_P256_SIGNATURE_MAX + 1;
	for (unsigned threads = 0; threads < 5; threads++) {
		struct ls_cal_deferred *d = ls_cal_deferred_new(threads);
		REQUIRE(d != NULL);
		CHECK(ls_cal_deferred_settle(d, NULL)); /* of none */
		CHECK(settle_with(d, good, SIGNATURES, SIZE_MAX, NULL));
		for (size_t i = 0; i < 24; i++) {
			CHECK(!settle_with(d, good, 24, i, &bad[i % 4]));
			CHECK(settle_with(d, good, 3, SIZE_MAX, NULL)); /* it is forgotten */
		}
		CHECK(!settle_with(d, good, SIGNATURES, 0, &bad[0]));
		CHECK(!settle_with(d, good, SIGNATURES, SIGNATURES - 1, &bad[1]));
		ls_cal_deferred_add(d, &good[0]);
		ls_cal_deferred_free(d); /* nobody has asked how it came out */
	}
}

/* Each of two, handed in again and again, is checked once; a bad one never counts as seen. */
TEST(what_was_seen_to_hold_is_not_checked_again)
{
	struct ls_cal_deferred_signature good[2], bad;
	struct ls_cal_seen *seen = ls_cal_seen_new(4096);
	struct ls_cal_deferred *d = ls_cal_deferred_new(1);
	uint64_t checked;
	REQUIRE(seen && d);
	for (size_t i = 0; i < 2; i++) {
		struct ls_p256_key *key = NULL;
		REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
		make_signature(key, (uint8_t)i, &good[i]);
		good[i].seen = seen;
		good[i].name = (struct ls_cal_seen_name){ .words = { 1, i } };
		ls_p256_key_free(key);
	}
	bad = good[0];
	bad.name.words[0] ^= 2; /* as another signature has another name */
	bad.der[bad.size - 1] ^= 1;
	for (int i = 0; i < 40; i++)
		ls_cal_deferred_add(d, &good[i % 2]);
	CHECK(ls_cal_deferred_settle(d, &checked));
	CHECK_INT_EQ(checked, 2);
	for (int i = 0; i < 3; i++) {
		ls_cal_deferred_add(d, &good[0]);
		ls_cal_deferred_add(d, &bad);
		CHECK(!ls_cal_deferred_settle(d, &checked));
		CHECK_INT_EQ(checked, 1);
	}
	CHECK(!ls_cal_seen_has(seen, &bad.name));
	ls_cal_deferred_free(d);
	ls_cal_seen_free(seen);
}

struct pair {
	struct ls_cal_engine *engine;
	struct ls_cal_worker *deferring, *other;
};

static void pair_begin(struct pair *p, struct chain *c)
{
	const struct ls_cal_engine_options options = { .at = MAKER_AT, .threads = 2 };
	REQUIRE(ls_cal_engine_new(&c->trust, &options, &p->engine, NULL) == 0);
	REQUIRE(ls_cal_worker_new(p->engine, c->store, &p->deferring, NULL) == 0);
	REQUIRE(ls_cal_worker_new(p->engine, c->store, &p->other, NULL) == 0);
}

static void pair_end(struct pair *p)
{
	ls_cal_worker_free(p->deferring);
	ls_cal_worker_free(p->other);
	ls_cal_engine_free(p->engine);
}

static enum ls_cal_verdict trace_by_worker(struct ls_cal_worker *w, struct chain *c)
{
	_cleanup_cal_result_ struct ls_cal_result result = { 0 };
	char device[LS_DIGEST_HEX_SIZE];
	ls_digest_hex(&c->devices[c->levels - 1].record.id, device);
	CHECK_INT_EQ(ls_cal_trace(w, device, NULL, &result, NULL), 0);
	return result.verdict;
}

/* What one trace has settled another worker need not verify. */
TEST(what_holds_is_everybodys_once_it_is_settled)
{
	struct chain c;
	struct pair p;
	struct ls_cal_summary summary;
	chain_begin(&c, 3);
	chain_build(&c);
	pair_begin(&p, &c);
	CHECK_INT_EQ(trace_by_worker(p.deferring, &c), LS_CAL_TRACEABLE);
	CHECK(p.deferring->deferred != NULL && !p.deferring->deferring);
	CHECK_INT_EQ(p.deferring->pending.count, 0);
	uint64_t signatures = p.deferring->signatures;
	CHECK(signatures > 12);
	CHECK_INT_EQ(trace_by_worker(p.deferring, &c), LS_CAL_TRACEABLE);
	CHECK_INT_EQ(p.deferring->signatures, signatures);
	CHECK_INT_EQ(ls_cal_trace_summary(p.other, &c.devices[2].record.id, &summary, NULL), 0);
	CHECK_INT_EQ(summary.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(p.other->signatures, 0);
	pair_end(&p);
	chain_end(&c);
}

/* In the memo there is nothing that was made while a bad signature was taken for a good one. */
TEST(what_does_not_hold_is_nobodys)
{
	static const enum ls_cal_kind kinds[] = { LS_CAL_ORGANISATION, LS_CAL_TECHNICIAN,
						  LS_CAL_DEVICE, LS_CAL_REPORT };
	for (size_t i = 0; i < 4; i++) {
		struct chain c;
		struct pair p;
		struct ls_cal_summary summary;
		chain_begin(&c, 3);
		c.plan.forged = kinds[i];
		c.plan.forged_role = kinds[i] == LS_CAL_REPORT ? LS_CAL_ROLE_TECHNICIAN
							       : LS_CAL_ROLE_CERTIFIER;
		c.plan.forged_level = 1;
		chain_build(&c);
		pair_begin(&p, &c);
		CHECK(ls_cal_worker_defer(p.deferring, 2));
		struct ls_cal_answer answer;
		CHECK_INT_EQ(
			ls_cal_answer_id(p.deferring, &c.devices[2].record.id, NULL, &answer, NULL),
			0);
		CHECK_INT_EQ(ls_cal_trace_summary(p.other, &c.devices[2].record.id, &summary, NULL),
			     0); /* asked before that one is settled */
		CHECK_INT_EQ(summary.verdict, LS_CAL_NOT_TRACEABLE);
		ls_cal_answer_free(&answer);
		CHECK(!ls_cal_worker_settle(p.deferring));
		CHECK_INT_EQ(p.deferring->pending.count, 0);
		CHECK_INT_EQ(trace_by_worker(p.deferring, &c), LS_CAL_NOT_TRACEABLE);
		CHECK_INT_EQ(trace_by_worker(p.other, &c), LS_CAL_NOT_TRACEABLE);
		pair_end(&p);
		chain_end(&c);
	}
}

/* A run over many devices: the memo is for what they share. */
TEST(a_summary_leaves_its_own_device_out_of_the_memo)
{
	struct chain c;
	struct pair p;
	struct ls_cal_summary first, again;
	chain_begin(&c, 3);
	chain_build(&c);
	pair_begin(&p, &c);
	struct ls_cal_worker *w = p.other;
	CHECK_INT_EQ(ls_cal_trace_summary(w, &c.devices[2].record.id, &first, NULL), 0);
	uint64_t signatures = w->signatures;
	CHECK_INT_EQ(ls_cal_trace_summary(w, &c.devices[2].record.id, &again, NULL), 0);
	CHECK_INT_EQ(w->signatures, signatures + 3); /* its certificate's, and its report's two */
	CHECK_INT_EQ(first.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(again.verdict, LS_CAL_TRACEABLE);
	/* its report is known until the next question */
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	CHECK_INT_EQ(ls_cal_worker_report(w, &again.report, &entry, NULL), 0);
	CHECK(entry && ls_digest_equal(&entry->record.id, &c.reports[2]));
	/* a standard that others led to is everybody's */
	signatures = w->signatures;
	CHECK_INT_EQ(ls_cal_trace_summary(w, &c.devices[1].record.id, &first, NULL), 0);
	CHECK_INT_EQ(w->signatures, signatures);
	pair_end(&p);
	chain_end(&c);
}

TEST_MAIN()
