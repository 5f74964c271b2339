/* SPDX-License-Identifier: Apache-2.0 */
/* Revocations, newer reports, and verdicts as of another day. */
#include "lib/cal/maker_test.h"

#include "lib/base/text.h"

/* Of three levels, whose laboratories' certificates are older than a year. */
static void begin(struct chain *c)
{
	chain_begin(c, 3);
	chain_build(c);
}

/* --- revocations ------------------------------------------------------------------------- */

enum what { ORGANISATION, TECHNICIAN, DEVICE, REPORT };

struct revoked {
	const char *name;
	enum what what;
	unsigned level; /* whose */
	enum what by;	/* of level by_level: who revokes */
	unsigned by_level;
	int64_t since; /* days after T0 */
	enum ls_cal_reason reason;
	enum ls_cal_check_id check;
	int outcome, verdict;
};

static const struct party *party_of(const struct chain *c, enum what what, unsigned level)
{
	return what == ORGANISATION ? &c->organisations[level]
	       : what == TECHNICIAN ? &c->technicians[level]
				    : &c->devices[level];
}

static void revoke_one(struct chain *c, const struct revoked *v)
{
	static const enum ls_cal_kind kinds[] = { LS_CAL_ORGANISATION, LS_CAL_TECHNICIAN,
						  LS_CAL_DEVICE, LS_CAL_REPORT };
	const struct ls_digest *id = v->what == REPORT ? &c->reports[v->level]
						       : &party_of(c, v->what, v->level)->record.id;
	revoke(c, id, kinds[v->what], party_of(c, v->by, v->by_level),
	       MAKER_T0 + v->since * MAKER_DAY, v->reason);
}

/* Reports of level n are of day n, and in the log three hours later. */
TEST(a_revocation_reaches_every_descendant_from_its_date_on)
{
#define ROW(what, level, by, by_level, since, reason, check, outcome, verdict)                     \
	{                                                                                          \
#what " " #level " by " #by " " #by_level " " #since " " #reason, what, level, by, \
			by_level, since, LS_CAL_##reason, LS_CAL_CHECK_##check, LS_CAL_##outcome,  \
			verdict                                                                    \
	}
#define NO LS_CAL_NOT_TRACEABLE
#define OK LS_CAL_TRACEABLE
	static const struct revoked rows[] = {
		/* by its own key, its certifier, and an organisation above */
		ROW(REPORT, 0, TECHNICIAN, 0, 0, ERROR, REVOKED_REPORT, FAILS, NO),
		ROW(REPORT, 1, TECHNICIAN, 1, 1, ERROR, REVOKED_REPORT, FAILS, NO),
		ROW(REPORT, 1, ORGANISATION, 1, 1, ERROR, REVOKED_REPORT, FAILS, NO),
		ROW(REPORT, 1, ORGANISATION, 0, 1, ERROR, REVOKED_REPORT, FAILS, NO),
		ROW(REPORT, 1, DEVICE, 1, 1, DAMAGE, REVOKED_REPORT, FAILS, NO),
		ROW(REPORT, 2, TECHNICIAN, 2, 50, ERROR, REVOKED_REPORT, FAILS, NO),
		ROW(DEVICE, 1, DEVICE, 1, 1, DAMAGE, REVOKED_DEVICE, FAILS, NO),
		ROW(DEVICE, 1, TECHNICIAN, 1, 1, DAMAGE, REVOKED_DEVICE, FAILS, NO),
		ROW(DEVICE, 2, ORGANISATION, 0, 50, DAMAGE, REVOKED_DEVICE, FAILS, NO),
		ROW(TECHNICIAN, 1, TECHNICIAN, 1, 0, CEASED, REVOKED_TECHNICIAN, FAILS, NO),
		ROW(TECHNICIAN, 1, ORGANISATION, 1, 0, COMPETENCE, REVOKED_TECHNICIAN, FAILS, NO),
		ROW(TECHNICIAN, 0, ORGANISATION, 0, 0, CEASED, REVOKED_TECHNICIAN, FAILS, NO),
		ROW(ORGANISATION, 1, ORGANISATION, 1, 0, CEASED, REVOKED_ORGANISATION, FAILS, NO),
		ROW(ORGANISATION, 1, ORGANISATION, 0, 1, COMPETENCE, REVOKED_ORGANISATION, FAILS,
		    NO),
		ROW(ORGANISATION, 0, ORGANISATION, 0, -350, KEY_COMPROMISE, REVOKED_ORGANISATION,
		    FAILS, NO),
		/* what was done before goes on counting */
		ROW(REPORT, 1, TECHNICIAN, 1, 3, ERROR, REVOKED_REPORT, HOLDS, OK),
		ROW(DEVICE, 1, DEVICE, 1, 3, DAMAGE, REVOKED_DEVICE, HOLDS, OK),
		ROW(TECHNICIAN, 1, TECHNICIAN, 1, 3, CEASED, REVOKED_TECHNICIAN, HOLDS, OK),
		ROW(TECHNICIAN, 1, TECHNICIAN, 1, 3, KEY_COMPROMISE, REVOKED_TECHNICIAN, HOLDS, OK),
		ROW(ORGANISATION, 1, ORGANISATION, 1, 3, CEASED, REVOKED_ORGANISATION, HOLDS, OK),
		/* those who may not */
		ROW(REPORT, 1, TECHNICIAN, 2, 1, ERROR, REVOKED_REPORT, HOLDS, OK),
		ROW(REPORT, 1, TECHNICIAN, 0, 1, ERROR, REVOKED_REPORT, HOLDS, OK),
		ROW(REPORT, 1, ORGANISATION, 2, 1, ERROR, REVOKED_REPORT, HOLDS, OK),
		ROW(DEVICE, 1, DEVICE, 2, 1, ERROR, REVOKED_DEVICE, HOLDS, OK),
		ROW(ORGANISATION, 0, ORGANISATION, 1, -350, CEASED, REVOKED_ORGANISATION, HOLDS,
		    OK),
		ROW(TECHNICIAN, 1, TECHNICIAN, 2, 0, CEASED, REVOKED_TECHNICIAN, HOLDS, OK),
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		int outcome;
		begin(&c);
		revoke_one(&c, &rows[i]);
		int verdict = verdict_of(&c, rows[i].check, &outcome);
		if (verdict != rows[i].verdict || outcome != rows[i].outcome)
			TEST_FAIL("%s: verdict %d, outcome %d", rows[i].name, verdict, outcome);
		chain_end(&c);
	}
}

TEST(a_revocation_that_is_not_signed_by_whom_it_names_does_not_count)
{
	struct chain c;
	int outcome;
	begin(&c);
	c.plan.forged = LS_CAL_REVOCATION;
	c.plan.forged_role = LS_CAL_ROLE_REVOKER;
	revoke(&c, &c.reports[1], LS_CAL_REPORT, &c.technicians[1], MAKER_T0, LS_CAL_ERROR);
	CHECK_INT_EQ(verdict_of(&c, LS_CAL_CHECK_REVOKED_REPORT, &outcome), LS_CAL_TRACEABLE);
	CHECK_INT_EQ(outcome, LS_CAL_HOLDS);
	chain_end(&c);
}

static void of_another_registry(struct ls_cal_record *r, unsigned level)
{
	(void)level;
	if (r->kind == LS_CAL_REVOCATION)
		snprintf(r->registry, sizeof(r->registry), "elsewhere.example/calibration");
}
static void of_another_kind(struct ls_cal_record *r, unsigned level)
{
	(void)level;
	if (r->kind == LS_CAL_REVOCATION)
		r->revocation.revoked = LS_CAL_DEVICE;
}

/* Whoever keeps a log could bring one along from elsewhere. */
TEST(a_revocation_for_another_registry_or_of_another_kind_does_not_count)
{
	void (*const bends[])(struct ls_cal_record *, unsigned) = { NULL, of_another_registry,
								    of_another_kind };
	for (int i = 0; i < 3; i++) {
		struct chain c;
		int outcome;
		begin(&c);
		c.plan.bend = bends[i];
		revoke(&c, &c.reports[1], LS_CAL_REPORT, &c.technicians[1], MAKER_T0, LS_CAL_ERROR);
		CHECK_INT_EQ(verdict_of(&c, LS_CAL_CHECK_REVOKED_REPORT, &outcome),
			     i == 0 ? LS_CAL_NOT_TRACEABLE : LS_CAL_TRACEABLE);
		CHECK_INT_EQ(outcome, i == 0 ? LS_CAL_FAILS : LS_CAL_HOLDS);
		chain_end(&c);
	}
}

/* Fault 18: who stole a key writes any date; what counts is when the log had it. */
TEST(what_a_stolen_key_signed_back_in_time_does_not_count)
{
	for (int stolen = 0; stolen < 2; stolen++) {
		struct chain c;
		int outcome;
		chain_begin(&c, 3);
		c.plan.logged_after = 20 * MAKER_DAY; /* dated day 1, in the log on day 21 */
		chain_build(&c);
		revoke(&c, &c.technicians[1].record.id, LS_CAL_TECHNICIAN, &c.organisations[1],
		       MAKER_T0 + 10 * MAKER_DAY, stolen ? LS_CAL_KEY_COMPROMISE : LS_CAL_CEASED);
		CHECK_INT_EQ(verdict_of(&c, LS_CAL_CHECK_REVOKED_TECHNICIAN, &outcome),
			     stolen ? LS_CAL_NOT_TRACEABLE : LS_CAL_TRACEABLE);
		CHECK_INT_EQ(outcome, stolen ? LS_CAL_FAILS : LS_CAL_HOLDS);
		chain_end(&c);
	}
}

/* Its device signed it as it was issued, which is later than what it was used for. */
static int64_t ends_after; /* days after T0: the parent's device's certificate */

static void issued_a_month_later(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_DEVICE && level == 1)
		r->device.until = MAKER_T0 + ends_after * MAKER_DAY;
	if (r->kind == LS_CAL_REPORT && level == 2)
		r->issued = r->report.performed + 30 * MAKER_DAY;
}

TEST(a_parents_device_counts_until_it_signed_and_not_only_until_it_was_used)
{
	static const struct {
		const char *name;
		int64_t until, revoked; /* days after T0; 0: not */
		enum what what;
		int outcome, verdict;
	} rows[] = {
		{ "in order", 900, 0, DEVICE, LS_CAL_HOLDS, OK },
		{ "its certificate had ended", 3, 0, DEVICE, LS_CAL_FAILS, NO },
		{ "its certificate ended later", 33, 0, DEVICE, LS_CAL_HOLDS, OK },
		{ "it was revoked", 900, 3, DEVICE, LS_CAL_FAILS, NO },
		{ "it was revoked later", 900, 33, DEVICE, LS_CAL_HOLDS, OK },
		/* the report was used when it was performed */
		{ "its report was revoked", 900, 3, REPORT, LS_CAL_HOLDS, OK },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		int outcome;
		ends_after = rows[i].until;
		chain_begin(&c, 3);
		c.plan.bend = issued_a_month_later;
		chain_build(&c);
		if (rows[i].revoked)
			revoke(&c, rows[i].what == DEVICE ? &c.devices[1].record.id : &c.reports[1],
			       rows[i].what == DEVICE ? LS_CAL_DEVICE : LS_CAL_REPORT,
			       &c.technicians[1], MAKER_T0 + rows[i].revoked * MAKER_DAY,
			       LS_CAL_DAMAGE);
		int verdict = verdict_of(&c, LS_CAL_CHECK_REVOKED_DEVICE, &outcome);
		if (verdict != rows[i].verdict || outcome != rows[i].outcome)
			TEST_FAIL("%s: verdict %d, outcome %d", rows[i].name, verdict, outcome);
		chain_end(&c);
	}
}

/* Who calibrated the device may have adjusted it, whoever had him revoked. */
TEST(a_newest_report_by_a_revoked_technician_does_not_bring_back_the_one_before)
{
	struct chain c;
	struct ls_cal_result r;
	begin(&c);
	struct party first = c.technicians[2];
	make_technician(&c, &c.technicians[2], "Another", 2, &c.organisations[2]);
	struct report_parent parent = { &c.reports[1], &c.devices[1] };
	struct ls_digest newer = make_report(&c, 2, &c.devices[2], &parent, 1,
					     MAKER_T0 + 10 * MAKER_DAY);
	chain_settle(&c);
	revoke(&c, &c.technicians[2].record.id, LS_CAL_TECHNICIAN, &c.organisations[2],
	       MAKER_T0 + 5 * MAKER_DAY, LS_CAL_COMPETENCE);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK(r.link_count > 0 && ls_digest_equal(&r.links[0].report, &newer));
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_REVOKED_TECHNICIAN), LS_CAL_FAILS);
	ls_cal_result_free(&r);
	party_free(&first);
	chain_end(&c);
}

TEST(a_revoked_newest_report_does_not_bring_back_the_one_before)
{
	struct chain c;
	struct ls_cal_result r;
	begin(&c);
	struct report_parent parent = { &c.reports[1], &c.devices[1] };
	struct ls_digest newer = make_report(&c, 2, &c.devices[2], &parent, 1,
					     MAKER_T0 + 30 * MAKER_DAY);
	chain_settle(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK(ls_digest_equal(&r.links[0].report, &newer));
	ls_cal_result_free(&r);
	revoke(&c, &newer, LS_CAL_REPORT, &c.technicians[2], MAKER_T0 + 30 * MAKER_DAY,
	       LS_CAL_ERROR);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_REVOKED_REPORT), LS_CAL_FAILS);
	ls_cal_result_free(&r);
	chain_end(&c);
}

/* --- what a store lists ---------------------------------------------------------------------- */

/* A store whose lists are not its records', as of an index that somebody edited. */
static enum ls_cal_relation asked_how;
static struct ls_digest asked_for, told_instead;
static const struct ls_cal_store_operations *honest;

static int lying_related(struct ls_cal_store *store, enum ls_cal_relation relation,
			 const struct ls_digest *id, ls_cal_each *each, void *context,
			 struct ls_error *err)
{
	bool lie = relation == asked_how && ls_digest_equal(id, &asked_for);
	return honest->related(store, relation, lie ? &told_instead : id, each, context, err);
}

TEST(another_devices_report_that_the_store_lists_is_refused)
{
	struct chain c;
	struct ls_cal_result r = { 0 };
	struct ls_error err = { 0 };
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *worker = NULL;
	struct ls_cal_engine_options options = { .at = MAKER_AT };
	begin(&c);
	honest = c.store->operations;
	struct ls_cal_store_operations lying = *honest;
	lying.related = lying_related;
	c.store->operations = &lying;
	asked_how = LS_CAL_REPORTS_OF;
	asked_for = c.devices[2].record.id;
	told_instead = c.devices[1].record.id;
	CHECK_INT_EQ(ls_cal_engine_new(&c.trust, &options, &engine, &err), 0);
	CHECK_INT_EQ(ls_cal_worker_new(engine, c.store, &worker, &err), 0);
	CHECK_INT_EQ(ls_cal_trace(worker, "Thermometer 2", NULL, &r, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "cal.store.list");
	ls_cal_result_free(&r);
	ls_cal_worker_free(worker);
	ls_cal_engine_free(engine);
	chain_end(&c);
}

/* A report's revocation is none of another one, however it is listed. */
TEST(another_reports_revocation_that_the_store_lists_does_not_count)
{
	struct chain c;
	int outcome;
	begin(&c);
	const struct report_parent parent = { &c.reports[0], &c.devices[0] };
	struct ls_digest other = make_report(&c, 1, &c.devices[1], &parent, 1,
					     MAKER_T0 + MAKER_DAY - 7200);
	revoke(&c, &other, LS_CAL_REPORT, &c.technicians[1], MAKER_T0, LS_CAL_ERROR);
	honest = c.store->operations;
	struct ls_cal_store_operations lying = *honest;
	lying.related = lying_related;
	c.store->operations = &lying;
	asked_how = LS_CAL_REVOCATIONS_OF;
	asked_for = c.reports[1];
	told_instead = other;
	CHECK_INT_EQ(verdict_of(&c, LS_CAL_CHECK_REVOKED_REPORT, &outcome), LS_CAL_TRACEABLE);
	CHECK_INT_EQ(outcome, LS_CAL_HOLDS);
	chain_end(&c);
}

/* --- as of another day ------------------------------------------------------------------------ */

/* Everything that a result says, as text. */
static void write_out(const struct ls_cal_result *r, struct ls_buffer *out)
{
	char hex[LS_DIGEST_HEX_SIZE], utc[LS_UTC_SIZE];
	ls_buffer_init(out, 1 << 20);
	ls_buffer_printf(out, "%s %s %zu %u %s\n", ls_cal_verdict_name(r->verdict), r->device_name,
			 r->first, r->depth, r->nmi);
	ls_buffer_printf(out, "%s %llu %s\n", ls_utc_format(r->at, utc),
			 (unsigned long long)r->fresh.size, ls_digest_hex(&r->fresh.root, hex));
	for (size_t i = 0; i < r->link_count; i++) {
		const struct ls_cal_link *k = &r->links[i];
		ls_buffer_printf(out, "%s %s %s %s %.17g %.17g %.17g\n",
				 ls_digest_hex(&k->report, hex), k->device_name, k->technician_name,
				 k->organisation_name, k->u, k->value, k->share);
	}
	for (size_t i = 0; i < r->check_count; i++)
		ls_buffer_printf(out, "%s %s %zd %s\n", ls_cal_check_kind(r->checks[i].check)->id,
				 ls_cal_outcome_name(r->checks[i].outcome),
				 (ssize_t)r->checks[i].link, r->checks[i].words);
}

TEST(yesterdays_verdict_is_had_again_byte_for_byte)
{
	struct chain c;
	struct ls_cal_result r;
	struct ls_buffer then, again, now;
	begin(&c);
	struct ls_cal_fresh yesterday = c.fresh;
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	write_out(&r, &then);
	ls_cal_result_free(&r);

	/* since then: a revocation back to before, and a newer report of the parent */
	revoke(&c, &c.reports[0], LS_CAL_REPORT, &c.technicians[0], MAKER_T0, LS_CAL_ERROR);
	struct report_parent parent = { &c.reports[0], &c.devices[0] };
	make_report(&c, 1, &c.devices[1], &parent, 1, MAKER_T0 + 3 * MAKER_DAY / 2);
	chain_settle(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	write_out(&r, &now);
	ls_cal_result_free(&r);

	/* the store answers for the log as it stood */
	ls_cal_memory_store_set_fresh(c.store, &yesterday);
	chain_trace(&c, &r);
	write_out(&r, &again);
	CHECK_STR_EQ(ls_buffer_str(&again), ls_buffer_str(&then));
	CHECK(strcmp(ls_buffer_str(&now), ls_buffer_str(&then)) != 0);
	ls_cal_result_free(&r);
	ls_buffer_free(&then);
	ls_buffer_free(&again);
	ls_buffer_free(&now);
	chain_end(&c);
}

TEST(severities_do_not_touch_the_devices_own_due_date)
{
	static const enum ls_cal_outcome severities[] = { LS_CAL_FAILS, LS_CAL_CANNOT, LS_CAL_WARNS,
							  LS_CAL_INFO };
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
		struct chain c;
		struct ls_cal_result r;
		struct ls_cal_severity due = { LS_CAL_CHECK_TIME_DUE, severities[i] };
		begin(&c);
		c.trust.severity_count = 1;
		c.trust.severities = &due;
		c.fresh.time = MAKER_T0 + 500 * MAKER_DAY;
		ls_cal_memory_store_set_fresh(c.store, &c.fresh);
		chain_trace_at(&c, "Thermometer 2", NULL, MAKER_T0 + 500 * MAKER_DAY, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_IN_FORCE), LS_CAL_FAILS);
		ls_cal_result_free(&r);
		chain_end(&c);
	}
}

TEST(of_a_time_before_the_registry_nothing_can_be_shown)
{
	struct chain c;
	struct ls_cal_result r;
	begin(&c);
	chain_trace_at(&c, "Thermometer 2", NULL, MAKER_T0 - MAKER_DAY, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_FRESHNESS), LS_CAL_CANNOT);
	ls_cal_result_free(&r);
	chain_end(&c);
}

TEST_MAIN()
