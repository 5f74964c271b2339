/* SPDX-License-Identifier: Apache-2.0 */
/* Summaries whose signatures are verified together say what they say one by one. */
#include "lib/cal/maker_test.h"

#include "lib/cal/trace_internal.h"

#define LEAVES 10
#define ABOVE  17 /* signatures above the leaves */

/* A chain of three, and leaves below its last device. */
struct crowd {
	struct chain c;
	struct party leaves[LEAVES];
	struct ls_cal_engine *engine;
	struct ls_cal_worker *worker, *other;
};

static void add_leaf(struct crowd *crowd, int i, bool forged)
{
	char name[32];
	struct chain *c = &crowd->c;
	struct report_parent parent = { &c->reports[2], &c->devices[2] };
	snprintf(name, sizeof(name), "Leaf %d", i);
	make_device(c, &crowd->leaves[i], name, 3, &c->technicians[3]);
	c->plan.forged = forged ? LS_CAL_REPORT : 0;
	c->plan.forged_role = LS_CAL_ROLE_TECHNICIAN;
	c->plan.forged_level = 3;
	make_report(c, 3, &crowd->leaves[i], &parent, 1, MAKER_T0 + 5 * MAKER_DAY);
}

/* forged: the leaf whose report a stranger signed; negative: none. */
static void crowd_begin(struct crowd *crowd, int forged)
{
	const struct ls_cal_engine_options options = { .at = MAKER_AT };
	struct chain *c = &crowd->c;
	chain_begin(c, 4);
	chain_build(c);
	for (int i = 0; i < LEAVES; i++)
		add_leaf(crowd, i, i == forged);
	chain_settle(c);
	REQUIRE(ls_cal_engine_new(&c->trust, &options, &crowd->engine, NULL) == 0);
	REQUIRE(ls_cal_worker_new(crowd->engine, c->store, &crowd->worker, NULL) == 0);
	REQUIRE(ls_cal_worker_new(crowd->engine, c->store, &crowd->other, NULL) == 0);
}

static void crowd_end(struct crowd *crowd)
{
	ls_cal_worker_free(crowd->worker);
	ls_cal_worker_free(crowd->other);
	ls_cal_engine_free(crowd->engine);
	for (int i = 0; i < LEAVES; i++)
		party_free(&crowd->leaves[i]);
	chain_end(&crowd->c);
}

static enum ls_cal_verdict ask(struct ls_cal_worker *w, const struct party *device)
{
	struct ls_cal_summary summary;
	CHECK_INT_EQ(ls_cal_trace_summary(w, &device->record.id, &summary, NULL), 0);
	return summary.verdict;
}

static int count_traceable(struct ls_cal_worker *w, struct crowd *crowd)
{
	int count = 0;
	for (int i = 0; i < LEAVES; i++)
		count += ask(w, &crowd->leaves[i]) == LS_CAL_TRACEABLE;
	return count;
}

TEST(a_batch_verifies_as_much_as_one_by_one)
{
	struct crowd crowd, single;
	crowd_begin(&crowd, -1);
	crowd_begin(&single, -1);
	ls_cal_batch_begin(crowd.worker);
	CHECK_INT_EQ(count_traceable(crowd.worker, &crowd), LEAVES);
	CHECK(ls_cal_batch_end(crowd.worker));
	CHECK_INT_EQ(count_traceable(single.worker, &single), LEAVES);
	CHECK_INT_EQ(crowd.worker->signatures, single.worker->signatures);
	/* what is above the leaves is everybody's from then on, and not before */
	CHECK_INT_EQ(count_traceable(crowd.other, &crowd), LEAVES);
	CHECK_INT_EQ(crowd.other->signatures, 3 * LEAVES);
	crowd_end(&single);
	crowd_end(&crowd);
}

TEST(a_batch_with_one_that_does_not_hold_is_worth_nothing)
{
	for (int bad = 0; bad < LEAVES; bad += 3) {
		struct crowd crowd;
		crowd_begin(&crowd, bad);
		ls_cal_batch_begin(crowd.worker);
		CHECK_INT_EQ(count_traceable(crowd.worker, &crowd), LEAVES); /* taken to hold */
		/* another, meanwhile, takes nothing from it */
		CHECK_INT_EQ(ask(crowd.other, &crowd.leaves[bad]), LS_CAL_NOT_TRACEABLE);
		CHECK(!ls_cal_batch_end(crowd.worker));
		CHECK_INT_EQ(crowd.worker->pending.count, 0);
		CHECK_INT_EQ(count_traceable(crowd.worker, &crowd), LEAVES - 1);
		CHECK_INT_EQ(ask(crowd.worker, &crowd.leaves[bad]), LS_CAL_NOT_TRACEABLE);
		/* the next batch has nothing of that one's */
		ls_cal_batch_begin(crowd.worker);
		CHECK_INT_EQ(ask(crowd.worker, &crowd.leaves[(bad + 1) % LEAVES]),
			     LS_CAL_TRACEABLE);
		CHECK(ls_cal_batch_end(crowd.worker));
		crowd_end(&crowd);
	}
}

/* A standard is asked for, too, and its own trace's objects are let go; its signatures are known.
 */
TEST(a_signature_that_a_batch_meets_again_is_not_verified_again)
{
	struct crowd crowd;
	crowd_begin(&crowd, -1);
	struct ls_cal_worker *w = crowd.worker;
	ls_cal_batch_begin(w);
	CHECK_INT_EQ(ask(w, &crowd.c.devices[2]), LS_CAL_TRACEABLE);
	CHECK_INT_EQ(count_traceable(w, &crowd), LEAVES);
	CHECK(ls_cal_batch_end(w));
	uint64_t before = w->signatures;
	CHECK_INT_EQ(before, ABOVE + 3 * LEAVES);
	ls_cal_batch_begin(w);
	CHECK_INT_EQ(count_traceable(w, &crowd), LEAVES);
	CHECK_INT_EQ(ask(w, &crowd.c.devices[2]), LS_CAL_TRACEABLE);
	CHECK(ls_cal_batch_end(w));
	CHECK_INT_EQ(w->signatures, before);
	crowd_end(&crowd);
}

/* What does not hold is not kept as seen either. */
TEST(a_bad_signature_is_seen_as_good_by_nobody)
{
	struct crowd crowd;
	crowd_begin(&crowd, 4);
	struct ls_cal_worker *w = crowd.worker;
	for (int turn = 0; turn < 2; turn++) {
		ls_cal_batch_begin(w);
		CHECK_INT_EQ(ask(w, &crowd.leaves[4]), LS_CAL_TRACEABLE);
		CHECK(!ls_cal_batch_end(w));
		CHECK_INT_EQ(ask(w, &crowd.leaves[4]), LS_CAL_NOT_TRACEABLE);
	}
	crowd_end(&crowd);
}

TEST_MAIN()
