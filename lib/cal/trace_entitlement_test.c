/* SPDX-License-Identifier: Apache-2.0 */
/* Whether those who signed were entitled to, and when the log had it. */
#include "lib/cal/maker_test.h"

/* --- who certified -------------------------------------------------------------------------- */

static struct ls_digest certificate; /* whose the report says is its technician's */

static void names_another_technician(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 1)
		r->report.technician = certificate;
}

TEST(a_certificate_that_is_missing_is_told_apart_from_one_that_is_not_here)
{
	for (int whole = 0; whole < 2; whole++) {
		struct chain c;
		struct ls_cal_result r;
		memset(&certificate, 0x22, sizeof(certificate)); /* a hash that nothing has */
		chain_begin(&c, 2);
		c.plan.bend = names_another_technician;
		chain_build(&c);
		c.fresh.absence_shown = whole;
		ls_cal_memory_store_set_fresh(c.store, &c.fresh);
		chain_trace(&c, &r);
		CHECK_INT_EQ(r.verdict, whole ? LS_CAL_NOT_TRACEABLE : LS_CAL_CANNOT_BE_SHOWN);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TECHNICIAN),
			     whole ? LS_CAL_FAILS : LS_CAL_CANNOT);
		/* whom nobody knows nobody has revoked: that is no answer */
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_REVOKED_TECHNICIAN), LS_CAL_CANNOT);
		ls_cal_result_free(&r);
		chain_end(&c);
	}
}

/* Its key signs as it should, and it is no technician's; also where not all is here. */
TEST(an_organisation_in_a_technicians_place_is_none)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r;
	chain_begin(&c, 2);
	chain_level(&c, 0);
	make_organisation(&c, &c.organisations[1], "Laboratory 1", 1, &c.organisations[0]);
	make_technician(&c, &c.technicians[1], "Technician 1", 1, &c.organisations[1]);
	make_device(&c, &c.devices[1], "Thermometer 1", 1, &c.technicians[1]);
	struct party technician = c.technicians[1];
	c.technicians[1] = c.organisations[1];
	struct report_parent parent = { &c.reports[0], &c.devices[0] };
	c.reports[1] = make_report(&c, 1, &c.devices[1], &parent, 1, MAKER_T0 + MAKER_DAY);
	c.technicians[1] = technician;
	chain_settle(&c);
	c.fresh.absence_shown = false;
	ls_cal_memory_store_set_fresh(c.store, &c.fresh);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TECHNICIAN), LS_CAL_FAILS);
	chain_end(&c);
}

/* Those above a laboratory are looked at, also where they have calibrated nothing of the chain. */
enum above {
	IN_ORDER,
	FORGED,
	ENDED,
	REVOKED_SINCE,
	REVOKED_BEFORE_IT_CERTIFIED,
	WIDER_THAN_ITS_CERTIFIER
};

static enum above above;

static void bend_above(struct ls_cal_record *r, unsigned level)
{
	if (above == ENDED && r->kind == LS_CAL_ORGANISATION && level == 1)
		r->organisation.until = MAKER_T0 - 100 * MAKER_DAY; /* after it certified */
	if (above == WIDER_THAN_ITS_CERTIFIER && r->kind == LS_CAL_ORGANISATION && level == 1)
		r->organisation.scopes[0].high = decimal("501"); /* the laboratory's is not */
	if (above == REVOKED_BEFORE_IT_CERTIFIED && r->kind == LS_CAL_ORGANISATION && level == 2)
		r->issued = MAKER_T0 + 30 * MAKER_DAY; /* and is of before by its own word */
}

static void begin_above(struct chain *c, struct party *body)
{
	chain_begin(c, 2);
	chain_level(c, 0);
	c->plan.bend = bend_above;
	c->plan.forged = above == FORGED ? LS_CAL_ORGANISATION : 0;
	c->plan.forged_role = LS_CAL_ROLE_CERTIFIER;
	c->plan.forged_level = 1;
	make_organisation(c, body, "Accreditation body", 1, &c->organisations[0]);
	c->plan.forged = 0;
	make_organisation(c, &c->organisations[1], "Laboratory", 2, body);
	make_technician(c, &c->technicians[1], "Technician", 2, &c->organisations[1]);
	make_device(c, &c->devices[1], "Thermometer", 2, &c->technicians[1]);
	c->technicians[2] = c->technicians[1];
	c->organisations[2] = c->organisations[1];
	struct report_parent parent = { &c->reports[0], &c->devices[0] };
	make_report(c, 2, &c->devices[1], &parent, 1, MAKER_T0 + MAKER_DAY);
	chain_settle(c);
	if (above == REVOKED_SINCE)
		revoke(c, &body->record.id, LS_CAL_ORGANISATION, &c->organisations[0], MAKER_T0,
		       LS_CAL_COMPETENCE);
	if (above == REVOKED_BEFORE_IT_CERTIFIED)
		revoke(c, &body->record.id, LS_CAL_ORGANISATION, &c->organisations[0],
		       MAKER_T0 + 20 * MAKER_DAY, LS_CAL_CEASED);
}

TEST(who_certified_a_laboratory_counts_without_a_report_of_its_own)
{
	static const enum ls_cal_check_id checks[] = {
		[IN_ORDER] = LS_CAL_CHECK_ORGANISATION,
		[FORGED] = LS_CAL_CHECK_ORGANISATION,
		[ENDED] = LS_CAL_CHECK_ORGANISATION,
		[REVOKED_SINCE] = LS_CAL_CHECK_REVOKED_ORGANISATION,
		[REVOKED_BEFORE_IT_CERTIFIED] = LS_CAL_CHECK_REVOKED_ORGANISATION,
		[WIDER_THAN_ITS_CERTIFIER] = LS_CAL_CHECK_SCOPE_CERTIFIER,
	};
	for (above = IN_ORDER; above <= WIDER_THAN_ITS_CERTIFIER; above++) {
		struct chain c;
		struct party body = { .key = NULL };
		struct ls_cal_result r;
		begin_above(&c, &body);
		chain_trace(&c, &r);
		int wanted = above == IN_ORDER ? LS_CAL_HOLDS : LS_CAL_FAILS;
		if (outcome_of(&r, checks[above]) != wanted ||
		    (r.verdict == LS_CAL_TRACEABLE) != (above == IN_ORDER)) {
			TEST_FAIL("case %d", above);
			show_result(&r);
		}
		ls_cal_result_free(&r);
		party_free(&body);
		chain_end(&c);
	}
}

/* --- when the log had it --------------------------------------------------------------------- */

/* A laboratory's report, so long after its calibration in the log. */
static int logged_outcome(int64_t after, int64_t delay, int *verdict)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	chain_begin(&c, 2);
	c.plan.logged_after = after - 7200; /* it is issued two hours after */
	chain_build(&c);
	c.trust.logging_delay = delay;
	chain_trace(&c, &r);
	*verdict = (int)r.verdict;
	int outcome = outcome_of(&r, LS_CAL_CHECK_TIME_LOGGED);
	chain_end(&c);
	return outcome;
}

TEST(the_log_has_a_report_within_the_delay_that_the_trust_file_allows)
{
	static const struct {
		int64_t after, delay;
		int outcome, verdict;
	} rows[] = {
		{ 10800, 10800, LS_CAL_HOLDS, LS_CAL_TRACEABLE },
		{ 10800, 10799, LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE },
		/* a laboratory's clock may be five minutes ahead of the log's */
		{ -300, 0, LS_CAL_HOLDS, LS_CAL_TRACEABLE },
		{ -301, 0, LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int verdict, outcome = logged_outcome(rows[i].after, rows[i].delay, &verdict);
		if (outcome != rows[i].outcome || verdict != rows[i].verdict)
			TEST_FAIL("row %zu: %d, verdict %d", i, outcome, verdict);
	}
}

TEST(who_wants_reports_logged_soon_has_to_be_told_when_they_were)
{
	for (int64_t delay = 0; delay < 2; delay++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		chain_begin(&c, 2);
		c.plan.unlogged = true;
		chain_build(&c);
		c.trust.logging_delay = delay;
		chain_trace(&c, &r);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TIME_LOGGED),
			     delay ? LS_CAL_CANNOT : LS_CAL_INFO);
		CHECK_INT_EQ(r.verdict, delay ? LS_CAL_CANNOT_BE_SHOWN : LS_CAL_TRACEABLE);
		chain_end(&c);
	}
}

/* Evidence can leave heartbeats out, so that a report seems to have come later than it did. */
TEST(that_a_report_was_not_there_before_its_date_is_the_evidences_word)
{
	static const struct {
		const char *name;
		bool whole;
		int64_t before; /* the calibration a heartbeat stands without the report; 0: none */
		int outcome;
	} rows[] = {
		{ "a heartbeat of a day before", false, 86400, LS_CAL_HOLDS },
		{ "a heartbeat of more than a day before", false, 86401, LS_CAL_WARNS },
		{ "no heartbeat", false, 0, LS_CAL_WARNS },
		{ "no heartbeat, and the whole log is here", true, 0, LS_CAL_HOLDS },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		chain_begin(&c, 2);
		c.plan.absent_before = rows[i].before;
		chain_build(&c);
		c.fresh.absence_shown = rows[i].whole;
		ls_cal_memory_store_set_fresh(c.store, &c.fresh);
		chain_trace(&c, &r);
		int outcome = outcome_of(&r, LS_CAL_CHECK_TIME_LOGGED);
		if (outcome != rows[i].outcome || r.verdict != LS_CAL_TRACEABLE)
			TEST_FAIL("%s: %d, verdict %d", rows[i].name, outcome, r.verdict);
		chain_end(&c);
	}
}

/* --- where a chain ends ------------------------------------------------------------------------
 */

/* A chain of one report, of the institute or of a laboratory, with a parent that is not there, or
 * none. */
static void trace_end(bool institute, bool parent, struct ls_cal_result *r)
{
	struct chain c;
	struct ls_digest missing;
	memset(&missing, 0x33, sizeof(missing));
	chain_begin(&c, institute ? 1 : 2);
	for (unsigned level = 0; level < c.levels; level++) {
		make_organisation(&c, &c.organisations[level],
				  level ? "Laboratory 1" : "Example NMI", level,
				  level ? &c.organisations[0] : NULL);
		make_technician(&c, &c.technicians[level], "Technician", level,
				&c.organisations[level]);
		make_device(&c, &c.devices[level], "Thermometer", level, &c.technicians[level]);
	}
	c.nmi.key = c.organisations[0].signer.key;
	unsigned level = c.levels - 1;
	struct report_parent absent = { &missing, &c.devices[0] };
	make_report(&c, level, &c.devices[level], &absent, parent, MAKER_T0 + 9 * MAKER_DAY);
	chain_settle(&c);
	c.fresh.absence_shown = false;
	ls_cal_memory_store_set_fresh(c.store, &c.fresh);
	chain_trace(&c, r);
	chain_end(&c);
}

TEST(a_chain_ends_at_an_institutes_report_without_parents)
{
	static const struct {
		bool institute, parent;
		int root;
		const char *words;
	} rows[] = {
		{ true, false, LS_CAL_HOLDS, "Example NMI" },
		{ true, true, LS_CAL_CANNOT, "no report of a parent" },
		{ false, false, LS_CAL_FAILS, "ends at 'Laboratory 1'" },
		{ false, true, LS_CAL_CANNOT, "no report of a parent" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		trace_end(rows[i].institute, rows[i].parent, &r);
		bool told = false;
		for (size_t k = 0; k < r.check_count; k++)
			told |= r.checks[k].check == LS_CAL_CHECK_ROOT && r.checks[k].words &&
				strstr(r.checks[k].words, rows[i].words);
		if (outcome_of(&r, LS_CAL_CHECK_ROOT) != rows[i].root || !told) {
			TEST_FAIL("row %zu", i);
			show_result(&r);
		}
	}
}

/* --- whom the question is about -------------------------------------------------------------- */

TEST(no_record_but_a_devices_is_asked_for_as_a_device)
{
	struct chain c;
	chain_begin(&c, 2);
	chain_build(&c);
	const struct ls_digest *const ids[] = { &c.organisations[1].record.id,
						&c.technicians[1].record.id, &c.reports[1] };
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		char hex[LS_DIGEST_HEX_SIZE];
		chain_trace_at(&c, ls_digest_hex(ids[i], hex), NULL, MAKER_AT, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_DEVICE), LS_CAL_FAILS);
		CHECK_INT_EQ(r.link_count, 0);
	}
	chain_end(&c);
}

TEST(a_namesake_that_is_not_yet_in_the_log_as_it_stood_is_none)
{
	struct chain c;
	struct party other = { .key = NULL };
	struct ls_cal_result r;
	chain_begin(&c, 2);
	chain_build(&c);
	make_device(&c, &other, "Thermometer 1", 1, &c.technicians[1]);
	chain_trace_at(&c, "Thermometer 1", NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	ls_cal_result_free(&r);
	chain_settle(&c); /* and now it is */
	chain_trace_at(&c, "Thermometer 1", NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_DEVICE), LS_CAL_CANNOT);
	ls_cal_result_free(&r);
	party_free(&other);
	chain_end(&c);
}

TEST_MAIN()
