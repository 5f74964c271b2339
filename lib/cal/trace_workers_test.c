/* SPDX-License-Identifier: Apache-2.0 */
/* What workers share and remember: several threads, little memory, and the same verdict. */
#include <limits.h>
#include <pthread.h>

#include "lib/cal/maker_test.h"

#define LEAVES 40

struct crowd {
	struct chain c;
	struct ls_cal_store *stores[2]; /* one for each thread; the records are the same objects */
	int begun;
	struct party leaves[LEAVES];
	struct ls_cal_engine *engine;
	int traceable, not_traceable;
	pthread_mutex_t lock;
};

static void *run_half(void *context)
{
	struct crowd *crowd = context;
	struct ls_cal_worker *w = NULL;
	int traceable = 0, others = 0;
	int mine = __atomic_fetch_add(&crowd->begun, 1, __ATOMIC_RELAXED) % 2;
	if (ls_cal_worker_new(crowd->engine, crowd->stores[mine], &w, NULL) < 0)
		return NULL;
	for (int i = 0; i < LEAVES; i++) {
		struct ls_cal_summary s;
		if (ls_cal_trace_summary(w, &crowd->leaves[i].record.id, &s, NULL) < 0)
			continue;
		traceable += s.verdict == LS_CAL_TRACEABLE;
		others += s.verdict == LS_CAL_NOT_TRACEABLE;
		if (s.depth != 4)
			others = -1000;
	}
	ls_cal_worker_free(w);
	pthread_mutex_lock(&crowd->lock);
	crowd->traceable += traceable;
	crowd->not_traceable += others;
	pthread_mutex_unlock(&crowd->lock);
	return NULL;
}

static void every_fourth_is_too_good(struct ls_cal_record *r, unsigned level)
{
	static int count;
	if (r->kind == LS_CAL_REPORT && level == 3 && count++ % 4 == 0)
		r->report.details->measurands[0].points[1].u = decimal("0.001");
}

struct copying {
	struct ls_cal_store *from, *to;
};

static int copy_record(void *context, const struct ls_cal_found *found)
{
	struct copying *c = context;
	struct ls_cal_entry *entry = NULL;
	CHECK_INT_EQ(c->from->operations->find(c->from, &found->id, &entry, NULL), 0);
	int rc = ls_cal_memory_store_add(c->to, entry);
	ls_cal_entry_unref(entry);
	return rc;
}

static struct ls_cal_store *copy_of(const struct chain *c)
{
	struct copying copying = { c->store, ls_cal_memory_store_new() };
	for (int kind = LS_CAL_ORGANISATION; kind <= LS_CAL_HEARTBEAT; kind++)
		CHECK_INT_EQ(c->store->operations->all(c->store, (enum ls_cal_kind)kind,
						       copy_record, &copying, NULL),
			     0);
	ls_cal_memory_store_set_fresh(copying.to, &c->fresh);
	return copying.to;
}

TEST(several_threads_share_what_they_found_out_whatever_the_memory)
{
	static struct crowd crowd;
	static const size_t memories[] = { 1, 64 << 10, 64 << 20 };
	struct chain *c = &crowd.c;
	pthread_mutex_init(&crowd.lock, NULL);
	chain_begin(c, 4);
	chain_build(c);
	c->plan.bend = every_fourth_is_too_good;
	for (int i = 0; i < LEAVES; i++) {
		char name[32];
		struct report_parent parent = { &c->reports[2], &c->devices[2] };
		snprintf(name, sizeof(name), "Leaf %d", i);
		make_device(c, &crowd.leaves[i], name, 3, &c->technicians[3]);
		make_report(c, 3, &crowd.leaves[i], &parent, 1, MAKER_T0 + 5 * MAKER_DAY);
	}
	chain_settle(c);
	for (int t = 0; t < 2; t++)
		crowd.stores[t] = copy_of(c);
	for (size_t m = 0; m < 3; m++) {
		pthread_t threads[2];
		struct ls_cal_engine_options options = { .at = MAKER_AT,
							 .memo_bytes = memories[m] };
		crowd.traceable = crowd.not_traceable = 0;
		CHECK_INT_EQ(ls_cal_engine_new(&c->trust, &options, &crowd.engine, NULL), 0);
		for (int t = 0; t < 2; t++)
			CHECK_INT_EQ(pthread_create(&threads[t], NULL, run_half, &crowd), 0);
		for (int t = 0; t < 2; t++)
			pthread_join(threads[t], NULL);
		CHECK_INT_EQ(crowd.traceable, 2 * (LEAVES - LEAVES / 4));
		CHECK_INT_EQ(crowd.not_traceable, 2 * (LEAVES / 4));
		ls_cal_engine_free(crowd.engine);
	}
	for (int t = 0; t < 2; t++)
		ls_cal_store_free(crowd.stores[t]);
	for (int i = 0; i < LEAVES; i++)
		party_free(&crowd.leaves[i]);
	chain_end(c);
}

/* What is kept of a shorter chain does not make a longer one short. */
TEST(a_chain_is_as_long_as_it_is_when_most_of_it_is_known)
{
	struct chain c;
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *w = NULL;
	struct ls_cal_engine_options options = { .at = MAKER_AT };
	chain_begin(&c, 3);
	chain_build(&c);
	c.trust.max_depth = 2;
	CHECK_INT_EQ(ls_cal_engine_new(&c.trust, &options, &engine, NULL), 0);
	CHECK_INT_EQ(ls_cal_worker_new(engine, c.store, &w, NULL), 0);
	for (int i = 1; i <= 2; i++) {
		char name[32];
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		snprintf(name, sizeof(name), "Thermometer %d", i);
		CHECK_INT_EQ(ls_cal_trace(w, name, NULL, &r, NULL), 0);
		CHECK_INT_EQ(r.verdict, i == 1 ? LS_CAL_TRACEABLE : LS_CAL_NOT_TRACEABLE);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_DEPTH),
			     i == 1 ? LS_CAL_HOLDS : LS_CAL_FAILS);
	}
	ls_cal_worker_free(w);
	ls_cal_engine_free(engine);
	chain_end(&c);
}

/* The bound that a warm trace is held to in `make bench`, as what it does: nothing twice. */
TEST(a_verified_record_is_never_verified_again)
{
	struct chain c;
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *w = NULL;
	struct ls_cal_engine_options options = { .at = MAKER_AT };
	chain_begin(&c, 6);
	chain_build(&c);
	CHECK_INT_EQ(ls_cal_engine_new(&c.trust, &options, &engine, NULL), 0);
	CHECK_INT_EQ(ls_cal_worker_new(engine, c.store, &w, NULL), 0);
	for (int i = 0; i < 3; i++) {
		struct ls_cal_result r;
		CHECK_INT_EQ(ls_cal_trace(w, "Thermometer 5", NULL, &r, NULL), 0);
		CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		/* organisation, technician, device and two on the report, on each level */
		CHECK_INT_EQ(ls_cal_worker_signatures(w), 6 * 5);
		ls_cal_result_free(&r);
	}
	ls_cal_worker_free(w);
	ls_cal_engine_free(engine);
	chain_end(&c);
}

/* Where the memo forgets all: signatures that held are known after many, and no other one is. */
TEST(a_signature_that_held_is_known_and_an_altered_one_is_not)
{
	struct chain c;
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *w = NULL;
	struct ls_cal_entry *entry = NULL;
	struct ls_cal_result r;
	struct ls_cal_engine_options options = { .at = MAKER_AT, .memo_bytes = 1 };
	uint64_t before = 0;
	chain_begin(&c, 6);
	chain_build(&c);
	CHECK_INT_EQ(ls_cal_engine_new(&c.trust, &options, &engine, NULL), 0);
	CHECK_INT_EQ(ls_cal_worker_new(engine, c.store, &w, NULL), 0);
	for (int i = 0; i < 300; i++) {
		before = ls_cal_worker_signatures(w);
		CHECK_INT_EQ(ls_cal_trace(w, "Thermometer 5", NULL, &r, NULL), 0);
		CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		ls_cal_result_free(&r);
	}
	CHECK(before > 512); /* the table is there */
	CHECK_INT_EQ(ls_cal_worker_signatures(w), before);
	CHECK_INT_EQ(c.store->operations->find(c.store, &c.reports[3], &entry, NULL), 0);
	for (size_t i = 0; entry && i < entry->record.signature_count; i++)
		for (int turn = 0; turn < 2; turn++) { /* altered, and as it was */
			struct ls_cal_signature *s = &entry->record.signatures[i];
			s->der[s->size - 1] ^= 1;
			CHECK_INT_EQ(ls_cal_trace(w, "Thermometer 5", NULL, &r, NULL), 0);
			CHECK_INT_EQ(r.verdict, turn ? LS_CAL_TRACEABLE : LS_CAL_NOT_TRACEABLE);
			ls_cal_result_free(&r);
		}
	ls_cal_entry_unref(entry);
	ls_cal_worker_free(w);
	ls_cal_engine_free(engine);
	chain_end(&c);
}

TEST(workers_see_the_same_log)
{
	struct chain c;
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *w = NULL, *late = NULL;
	struct ls_cal_engine_options options = { .at = MAKER_AT };
	struct ls_error err = { 0 };
	chain_begin(&c, 2);
	chain_build(&c);
	CHECK_INT_EQ(ls_cal_engine_new(&c.trust, &options, &engine, NULL), 0);
	CHECK_INT_EQ(ls_cal_worker_new(engine, c.store, &w, NULL), 0);
	c.fresh.size--;
	ls_cal_memory_store_set_fresh(c.store, &c.fresh);
	CHECK_INT_EQ(ls_cal_worker_new(engine, c.store, &late, &err), -ESTALE);
	CHECK_STR_EQ(err.id, "cal.trace.state");
	ls_cal_worker_free(w);
	ls_cal_engine_free(engine);
	chain_end(&c);
}

/* --- a store that fails ------------------------------------------------------------------------
 */

static const struct ls_cal_store_operations *sound;
static int reads_left; /* until one fails */

static bool is_last_read(struct ls_error *err)
{
	if (reads_left-- > 0)
		return false;
	ls_fail(err, -EIO, "test.store", "the disk does not answer");
	return true;
}

static int failing_find(struct ls_cal_store *store, const struct ls_digest *id,
			struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	return is_last_read(err) ? -EIO : sound->find(store, id, ret_entry, err);
}

static int failing_related(struct ls_cal_store *store, enum ls_cal_relation relation,
			   const struct ls_digest *id, ls_cal_each *each, void *context,
			   struct ls_error *err)
{
	return is_last_read(err) ? -EIO : sound->related(store, relation, id, each, context, err);
}

static int failing_named(struct ls_cal_store *store, const char *name, ls_cal_each *each,
			 void *context, struct ls_error *err)
{
	return is_last_read(err) ? -EIO : sound->named(store, name, each, context, err);
}

/* One worker's traces, until no read fails any more; how many failed before. */
static int traces_that_fail(struct chain *c, const char *device, unsigned threads)
{
	int failed = 0, rc = -EIO;
	while (rc == -EIO && failed < 10000) {
		struct ls_cal_engine *engine = NULL;
		struct ls_cal_worker *w = NULL;
		struct ls_cal_engine_options options = { .at = MAKER_AT, .threads = threads };
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		struct ls_error err = { 0 };
		CHECK_INT_EQ(ls_cal_engine_new(&c->trust, &options, &engine, NULL), 0);
		CHECK_INT_EQ(ls_cal_worker_new(engine, c->store, &w, NULL), 0);
		reads_left = failed;
		rc = ls_cal_trace(w, device, NULL, &r, &err);
		if (rc < 0)
			CHECK_STR_EQ(err.id, "test.store");
		else
			CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		/* nor does the worker remember anything of it */
		reads_left = INT_MAX;
		_cleanup_cal_result_ struct ls_cal_result again = { 0 };
		CHECK_INT_EQ(ls_cal_trace(w, device, NULL, &again, NULL), 0);
		CHECK_INT_EQ(again.verdict, LS_CAL_TRACEABLE);
		ls_cal_worker_free(w);
		ls_cal_engine_free(engine);
		failed += rc == -EIO;
	}
	CHECK_INT_EQ(rc, 0);
	return failed;
}

/* Whichever read fails, there is no verdict, and it is no absence. */
TEST(a_store_that_fails_gives_no_verdict)
{
	struct chain c;
	char id[LS_DIGEST_HEX_SIZE];
	chain_begin(&c, 3);
	chain_build(&c);
	sound = c.store->operations;
	struct ls_cal_store_operations failing = *sound;
	failing.find = failing_find;
	failing.related = failing_related;
	failing.named = failing_named;
	c.store->operations = &failing;
	ls_digest_hex(&c.devices[2].record.id, id);
	for (unsigned threads = 1; threads <= 2; threads++) {
		CHECK(traces_that_fail(&c, "Thermometer 2", threads) > 20);
		CHECK(traces_that_fail(&c, id, threads) > 20);
	}
	c.store->operations = sound;
	chain_end(&c);
}

TEST(a_report_is_traced_by_its_id)
{
	struct chain c;
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *w = NULL;
	struct ls_cal_result r;
	struct ls_cal_engine_options options = { .at = MAKER_AT };
	struct ls_digest nothing = { .bytes = { 1 } };
	chain_begin(&c, 3);
	chain_build(&c);
	CHECK_INT_EQ(ls_cal_engine_new(&c.trust, &options, &engine, NULL), 0);
	CHECK_INT_EQ(ls_cal_worker_new(engine, c.store, &w, NULL), 0);
	CHECK_INT_EQ(ls_cal_trace_report(w, &c.reports[1], NULL, &r, NULL), 0);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(r.link_count, 2);
	CHECK_STR_EQ(r.device_name, "Thermometer 1");
	ls_cal_result_free(&r);
	for (int i = 0; i < 3; i++) { /* the last one was not looked at */
		struct ls_cal_entry *e = NULL;
		CHECK_INT_EQ(ls_cal_worker_report(w, &c.reports[i], &e, NULL), 0);
		CHECK(e && ls_digest_equal(&e->record.id, &c.reports[i]));
		ls_cal_entry_unref(e);
	}
	struct ls_cal_entry *none = NULL;
	CHECK_INT_EQ(ls_cal_worker_report(w, &nothing, &none, NULL), -ENOENT);
	CHECK_INT_EQ(ls_cal_worker_report(w, &c.devices[0].record.id, &none, NULL), -ENOENT);
	CHECK_INT_EQ(ls_cal_trace_report(w, &nothing, NULL, &r, NULL), 0);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_RECORD), LS_CAL_FAILS);
	ls_cal_result_free(&r);
	ls_cal_worker_free(w);
	ls_cal_engine_free(engine);
	chain_end(&c);
}

TEST_MAIN()
