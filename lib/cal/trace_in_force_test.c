/* SPDX-License-Identifier: Apache-2.0 */
/* The device's own reports: which are in force at the asked time, and of which quantities. */
#include "lib/cal/maker_test.h"

/* A device of level 2 that has no report yet, and its standard. */
static void begin_with(struct chain *c,
		       void (*bend_standard)(struct ls_cal_record *r, unsigned level))
{
	chain_begin(c, 3);
	chain_level(c, 0);
	c->plan.bend = bend_standard;
	chain_level(c, 1);
	c->plan.bend = NULL;
	make_organisation(c, &c->organisations[2], "Laboratory 2", 2, &c->organisations[1]);
	make_technician(c, &c->technicians[2], "Technician 2", 2, &c->organisations[2]);
	make_device(c, &c->devices[2], "Thermometer 2", 2, &c->technicians[2]);
}

static void begin(struct chain *c)
{
	begin_with(c, NULL);
}

static struct ls_digest report_at(struct chain *c, int64_t performed,
				  void (*bend)(struct ls_cal_record *r, unsigned level))
{
	struct report_parent parent = { &c->reports[1], &c->devices[1] };
	c->plan.bend = bend;
	struct ls_digest id = make_report(c, 2, &c->devices[2], &parent, 1, performed);
	c->plan.bend = NULL;
	return id;
}

static struct ls_digest report_of_day(struct chain *c, int64_t day,
				      void (*bend)(struct ls_cal_record *r, unsigned level))
{
	return report_at(c, MAKER_T0 + day * MAKER_DAY, bend);
}

/* As the registry stood an hour before. */
static void ask(struct chain *c, const char *quantity, int64_t at, struct ls_cal_result *r)
{
	char device[LS_DIGEST_HEX_SIZE];
	c->fresh.time = at - 3600;
	ls_cal_memory_store_set_fresh(c->store, &c->fresh);
	ls_digest_hex(&c->devices[2].record.id, device);
	chain_trace_at(c, device, quantity, at, r);
}

/* How many links are the device's own reports of this one. */
static size_t count_of(const struct ls_cal_result *r, const struct ls_digest *report)
{
	size_t n = 0;
	for (size_t i = 0; i < r->link_count; i++)
		n += ls_digest_equal(&r->links[i].report, report);
	return n;
}

static const struct ls_cal_check *find_check(const struct ls_cal_result *r,
					     enum ls_cal_check_id check,
					     enum ls_cal_outcome outcome)
{
	for (size_t i = 0; i < r->check_count; i++)
		if (r->checks[i].check == check && r->checks[i].outcome == outcome)
			return &r->checks[i];
	return NULL;
}

/* --- which report --------------------------------------------------------------------------- */

static void another_number(struct ls_cal_record *r, unsigned level)
{
	(void)level;
	if (r->kind == LS_CAL_REPORT)
		snprintf(r->report.details->number, sizeof(r->report.details->number), "ANOTHER");
}

TEST(the_newest_report_is_in_force_in_whatever_order_they_came_into_the_log)
{
	/* days of the reports, in the log's order; which of them is in force */
	static const struct {
		int64_t days[3];
		size_t newest;
	} rows[] = { { { 3, 20, 30 }, 2 },
		     { { 30, 3, 20 }, 0 },
		     { { 3, 30, 20 }, 1 },
		     /* of one time the later in the log */
		     { { 30, 3, 30 }, 2 },
		     { { 3, 30, 30 }, 2 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		struct ls_digest ids[3];
		begin(&c);
		for (size_t k = 0; k < 3; k++)
			ids[k] = report_of_day(&c, rows[i].days[k], k == 2 ? another_number : NULL);
		chain_settle(&c);
		ask(&c, NULL, MAKER_AT, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		REQUIRE(r.link_count == 3);
		if (!ls_digest_equal(&r.links[0].report, &ids[rows[i].newest]))
			TEST_FAIL("row %zu: another report is in force", i);
		chain_end(&c);
	}
}

TEST(a_report_counts_from_the_second_of_its_calibration_on)
{
	struct chain c;
	struct ls_digest older, newer;
	int64_t when = MAKER_T0 + 30 * MAKER_DAY;
	begin(&c);
	older = report_of_day(&c, 3, NULL);
	newer = report_at(&c, when, NULL);
	chain_settle(&c);
	for (int second = -1; second <= 1; second++) {
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		ask(&c, NULL, when + second, &r);
		REQUIRE(r.link_count > 0);
		CHECK(ls_digest_equal(&r.links[0].report, second < 0 ? &older : &newer));
	}
	chain_end(&c);
}

TEST(a_device_without_a_report_is_not_traceable_where_the_whole_log_is_known)
{
	struct chain c;
	begin(&c);
	(void)report_of_day(&c, 30, NULL);
	chain_settle(&c);
	for (int whole = 0; whole < 2; whole++) {
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		c.fresh.absence_shown = whole;
		ask(&c, NULL, MAKER_T0 + 29 * MAKER_DAY, &r);
		CHECK_INT_EQ(r.verdict, whole ? LS_CAL_NOT_TRACEABLE : LS_CAL_CANNOT_BE_SHOWN);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_IN_FORCE),
			     whole ? LS_CAL_FAILS : LS_CAL_CANNOT);
	}
	chain_end(&c);
}

/* --- which quantities ----------------------------------------------------------------------- */

/* The report's second measurand: a resistance, by its parent's temperature. */
static void add_resistance(struct ls_cal_record *r)
{
	struct ls_cal_details *d = r->report.details;
	struct ls_cal_measurand *grown = calloc(2, sizeof(*grown));
	grown[0] = d->measurands[0];
	struct ls_cal_measurand *m = &grown[1];
	set_quantity(m->quantity, "resistance");
	set_unit("\\ohm", m->unit_text, &m->unit);
	m->low = decimal("100");
	m->high = decimal("400");
	m->point_count = 1;
	m->points = calloc(1, sizeof(*m->points));
	m->points[0] = (struct ls_cal_point){ .value = decimal("200"),
					      .has_u = true,
					      .u = decimal("1"),
					      .has_k = true,
					      .k = decimal("2") };
	m->sensitivity_count = 1;
	m->sensitivities = calloc(1, sizeof(*m->sensitivities));
	set_quantity(m->sensitivities[0].quantity, "temperature");
	set_unit("\\kelvin", m->sensitivities[0].unit_text, &m->sensitivities[0].unit);
	m->sensitivities[0].coefficient = decimal("0.39");
	free(d->measurands);
	d->measurands = grown;
	d->measurand_count = 2;
}

static void of_both(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 2)
		add_resistance(r);
}

static void of_resistance(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level != 2)
		return;
	add_resistance(r);
	struct ls_cal_details *d = r->report.details;
	struct ls_cal_measurand temperature = d->measurands[0];
	d->measurands[0] = d->measurands[1];
	d->measurands[1] = temperature;
	free(d->measurands[1].points);
	memset(&d->measurands[1], 0, sizeof(d->measurands[1]));
	d->measurand_count = 1;
}

TEST(of_each_quantity_the_newest_report_that_has_it_counts)
{
	struct chain c;
	struct ls_cal_result r;
	begin(&c);
	struct ls_digest older = report_of_day(&c, 3, of_both);
	struct ls_digest newer = report_of_day(&c, 30, of_resistance);
	chain_settle(&c);
	ask(&c, NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(count_of(&r, &newer), 1);
	CHECK_INT_EQ(count_of(&r, &older), 1);
	CHECK_STR_EQ(r.links[0].quantity, "resistance");
	CHECK_STR_EQ(r.links[1].quantity, "temperature");
	ls_cal_result_free(&r);

	static const struct {
		const char *quantity;
		size_t newer, older;
	} rows[] = { { "resistance", 1, 0 }, { "temperature", 0, 1 } };
	for (size_t i = 0; i < 2; i++) {
		ask(&c, rows[i].quantity, MAKER_AT, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		CHECK_INT_EQ(count_of(&r, &newer), rows[i].newer);
		CHECK_INT_EQ(count_of(&r, &older), rows[i].older);
		CHECK_STR_EQ(r.links[0].quantity, rows[i].quantity);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_QUANTITY), LS_CAL_HOLDS);
		ls_cal_result_free(&r);
	}
	ask(&c, "humidity", MAKER_AT, &r);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_QUANTITY), LS_CAL_FAILS);
	CHECK_INT_EQ(r.link_count, 0);
	ls_cal_result_free(&r);
	chain_end(&c);
}

/* --- due dates ------------------------------------------------------------------------------ */

#define END (MAKER_T0 + 50 * MAKER_DAY)

static void of_both_until_the_end(struct ls_cal_record *r, unsigned level)
{
	of_both(r, level);
	r->report.due = END;
}

static void of_both_without_an_end(struct ls_cal_record *r, unsigned level)
{
	of_both(r, level);
	r->report.due = LS_CAL_NO_END;
}

static void of_resistance_until_the_end(struct ls_cal_record *r, unsigned level)
{
	of_resistance(r, level);
	r->report.due = END;
}

TEST(an_older_report_of_another_quantity_counts_until_it_is_due)
{
	static const struct {
		const char *name;
		void (*bend)(struct ls_cal_record *r, unsigned level);
		const char *quantity;
		int64_t at;
		size_t older;
		int in_force;
	} rows[] = {
		{ "before its end", of_both_until_the_end, NULL, END - 1, 1, LS_CAL_HOLDS },
		{ "at its end", of_both_until_the_end, NULL, END, 1, LS_CAL_HOLDS },
		{ "after its end", of_both_until_the_end, NULL, END + 1, 0, LS_CAL_HOLDS },
		{ "asked for, after its end", of_both_until_the_end, "temperature", END + 1, 1,
		  LS_CAL_FAILS },
		{ "without one", of_both_without_an_end, NULL, END + 1, 1, LS_CAL_CANNOT },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin(&c);
		struct ls_digest older = report_of_day(&c, 3, rows[i].bend);
		(void)report_of_day(&c, 30, of_resistance);
		chain_settle(&c);
		ask(&c, rows[i].quantity, rows[i].at, &r);
		int in_force = outcome_of(&r, LS_CAL_CHECK_IN_FORCE);
		if (count_of(&r, &older) != rows[i].older || in_force != rows[i].in_force)
			TEST_FAIL("%s: %zu, %d", rows[i].name, count_of(&r, &older), in_force);
		chain_end(&c);
	}
}

TEST(a_report_that_is_not_in_force_is_named_and_why)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	begin(&c);
	struct ls_digest older = report_of_day(&c, 3, of_both);
	struct ls_digest newer = report_of_day(&c, 30, of_resistance_until_the_end);
	chain_settle(&c);
	ask(&c, NULL, END + 1, &r);
	const struct ls_cal_check *ended = find_check(&r, LS_CAL_CHECK_IN_FORCE, LS_CAL_FAILS);
	const struct ls_cal_check *holds = find_check(&r, LS_CAL_CHECK_IN_FORCE, LS_CAL_HOLDS);
	REQUIRE(ended && holds && ended->link < r.link_count && holds->link < r.link_count);
	CHECK(ls_digest_equal(&r.links[ended->link].report, &newer));
	CHECK_STR_HAS(ended->words, "it was due at 2026-02-20T00:00:00Z");
	CHECK(ls_digest_equal(&r.links[holds->link].report, &older));
	CHECK(!holds->words || !holds->words[0]);
	chain_end(&c);
}

/* --- private reports ------------------------------------------------------------------------ */

static void hidden(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 2)
		r->report.private = true;
}

/* What a private report is of is not shown: a quantity that is asked for may be in it. */
TEST(a_private_report_may_be_of_what_is_asked_for)
{
	static const struct {
		const char *name, *quantity;
		bool newest; /* the private one */
		size_t hidden, shown;
		int outcome;
	} rows[] = {
		{ "the newest is private", "temperature", true, 1, 1, LS_CAL_CANNOT },
		{ "an older one is private", "temperature", false, 0, 1, LS_CAL_CANNOT },
		{ "an older one is private, nothing asked for", NULL, false, 0, 1, -1 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		struct ls_digest private, shown;
		begin(&c);
		private = report_of_day(&c, rows[i].newest ? 30 : 3, hidden);
		shown = report_of_day(&c, 20, NULL);
		chain_settle(&c);
		ask(&c, rows[i].quantity, MAKER_AT, &r);
		int outcome = outcome_of(&r, LS_CAL_CHECK_QUANTITY);
		if (count_of(&r, &private) != rows[i].hidden ||
		    count_of(&r, &shown) != rows[i].shown || outcome != rows[i].outcome)
			TEST_FAIL("%s: %zu private, %zu shown, %d", rows[i].name,
				  count_of(&r, &private), count_of(&r, &shown), outcome);
		chain_end(&c);
	}
}

static void standard_of_both(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level != 1)
		return;
	add_resistance(r);
	r->report.details->measurands[1].points[0].u = decimal("0.00001"); /* which is a fault */
}

/* What a private report is of is not shown: of its standards what is asked for is followed. */
TEST(behind_a_private_report_the_asked_quantity_is_followed)
{
	static const struct {
		const char *quantity;
		int budget;
	} rows[] = { { "temperature", LS_CAL_HOLDS },
		     { "resistance", LS_CAL_FAILS },
		     { NULL, LS_CAL_FAILS } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin_with(&c, standard_of_both);
		(void)report_of_day(&c, 30, hidden);
		chain_settle(&c);
		ask(&c, rows[i].quantity, MAKER_AT, &r);
		int budget = outcome_of(&r, LS_CAL_CHECK_BUDGET);
		if (budget != rows[i].budget)
			TEST_FAIL("row %zu: %d", i, budget);
		chain_end(&c);
	}
}

TEST_MAIN()
