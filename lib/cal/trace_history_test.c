/* SPDX-License-Identifier: Apache-2.0 */
/* D9: the other reports of a parent's device: newer ones, and how later ones found it. */
#include "lib/cal/documents_test.h"

#define NO LS_CAL_NOT_TRACEABLE
#define OK LS_CAL_TRACEABLE

static void found_out_of_tolerance(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level != 1)
		return;
	struct ls_cal_measurand *m = &r->report.details->measurands[0];
	m->adjustment = LS_CAL_ADJUSTMENT_AFTER;
	m->has_tolerance = true;
	m->lower = decimal("-0.1");
	m->upper = decimal("0.1");
	m->found_count = 1;
	m->found = calloc(1, sizeof(*m->found));
	m->found[0] = m->points[1];
	m->found[0].error = decimal("0.35");
}

static void found_in_tolerance(struct ls_cal_record *r, unsigned level)
{
	found_out_of_tolerance(r, level);
	if (r->kind == LS_CAL_REPORT && level == 1)
		r->report.details->measurands[0].found[0].error = decimal("0.05");
}

static void of_another_quantity(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 1)
		set_quantity(r->report.details->measurands[0].quantity, "humidity");
}

static void hidden(struct ls_cal_record *r, unsigned level)
{
	(void)level;
	if (r->kind == LS_CAL_REPORT)
		r->report.private = true;
}

static void another_number(struct ls_cal_record *r, unsigned level)
{
	(void)level;
	if (r->kind == LS_CAL_REPORT)
		snprintf(r->report.details->number, sizeof(r->report.details->number), "ANOTHER");
}

static void bend_nothing(struct ls_cal_record *r, unsigned level)
{
	(void)r;
	(void)level;
}

TEST(the_parents_other_reports_are_looked_at)
{
	static const struct {
		const char *name;
		void (*bend)(struct ls_cal_record *r, unsigned level);
		double day; /* of the parent's other report */
		bool late;  /* it came into the log after its child */
		bool forged;
		enum ls_cal_check_id check;
		int outcome, verdict;
	} rows[] = {
		{ "newer one in force", NULL, 1.5, false, false, LS_CAL_CHECK_TIME_VERSION,
		  LS_CAL_FAILS, NO },
		{ "newer one, logged late", NULL, 1.5, true, false, LS_CAL_CHECK_TIME_VERSION,
		  LS_CAL_WARNS, OK },
		{ "newer one by a stranger", NULL, 1.5, false, true, LS_CAL_CHECK_TIME_VERSION,
		  LS_CAL_HOLDS, OK },
		{ "newer one of another quantity", of_another_quantity, 1.5, false, false,
		  LS_CAL_CHECK_TIME_VERSION, LS_CAL_HOLDS, OK },
		{ "newer one, private", hidden, 1.5, false, false, LS_CAL_CHECK_TIME_VERSION,
		  LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "newer one, of the second of the use", NULL, 2, false, false,
		  LS_CAL_CHECK_TIME_VERSION, LS_CAL_FAILS, NO },
		{ "one of the second of its own", another_number, 1, false, false,
		  LS_CAL_CHECK_TIME_VERSION, LS_CAL_HOLDS, OK },
		{ "older one", NULL, 0.5, false, false, LS_CAL_CHECK_TIME_VERSION, LS_CAL_HOLDS,
		  OK },
		{ "later one", NULL, 30, true, false, LS_CAL_CHECK_TIME_VERSION, LS_CAL_HOLDS, OK },
		{ "later one, out of tolerance", found_out_of_tolerance, 30, true, false,
		  LS_CAL_CHECK_OUT_OF_TOLERANCE, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "later one, in tolerance", found_in_tolerance, 30, true, false,
		  LS_CAL_CHECK_OUT_OF_TOLERANCE, LS_CAL_HOLDS, OK },
		{ "later one, out of tolerance, by a stranger", found_out_of_tolerance, 30, true,
		  true, LS_CAL_CHECK_OUT_OF_TOLERANCE, -1, OK },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		int outcome;
		chain_begin(&c, 3);
		for (unsigned level = 0; level < 3; level++) {
			struct report_parent parent = { &c.reports[0], &c.devices[0] };
			if (level == 2 && !rows[i].late) {
				c.plan.bend = rows[i].bend;
				c.plan.forged = rows[i].forged ? LS_CAL_REPORT : 0;
				c.plan.forged_role = LS_CAL_ROLE_TECHNICIAN;
				c.plan.forged_level = 1;
				make_report(&c, 1, &c.devices[1], &parent, 1,
					    MAKER_T0 + (int64_t)(rows[i].day * MAKER_DAY));
				memset(&c.plan, 0, sizeof(c.plan));
			}
			chain_level(&c, level);
			if (level == 2 && rows[i].late) {
				c.plan.bend = rows[i].bend;
				c.plan.forged = rows[i].forged ? LS_CAL_REPORT : 0;
				c.plan.forged_role = LS_CAL_ROLE_TECHNICIAN;
				c.plan.forged_level = 1;
				make_report(&c, 1, &c.devices[1], &parent, 1,
					    MAKER_T0 + (int64_t)(rows[i].day * MAKER_DAY));
				memset(&c.plan, 0, sizeof(c.plan));
			}
		}
		chain_settle(&c);
		int verdict = verdict_of(&c, rows[i].check, &outcome);
		if (verdict != rows[i].verdict || outcome != rows[i].outcome) {
			TEST_FAIL("%s: verdict %d, outcome %d", rows[i].name, verdict, outcome);
			struct ls_cal_result r;
			chain_trace(&c, &r);
			show_result(&r);
			ls_cal_result_free(&r);
		}
		chain_end(&c);
	}
}

/* Whether a check's words have these. */
static bool is_told(struct chain *c, enum ls_cal_check_id check, const char *words)
{
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	bool told = false;
	chain_trace(c, &r);
	for (size_t i = 0; i < r.check_count; i++)
		told |= r.checks[i].check == check && r.checks[i].words &&
			strstr(r.checks[i].words, words);
	return told;
}

/* What a parent's device was recalibrated to later, one after the other; NULL: nothing more. */
typedef void bending(struct ls_cal_record *r, unsigned level);
static const struct {
	const char *name;
	bending *later[3];
	bool one_day; /* all at the same time */
	int outcome, verdict;
	const char *words;
} LATER[] = {
	{ "a private one",
	  { hidden },
	  false,
	  LS_CAL_INFO,
	  OK,
	  "its next calibration, of 2026-01-31" },
	{ "a private one, then out of tolerance",
	  { hidden, found_out_of_tolerance },
	  false,
	  LS_CAL_CANNOT,
	  LS_CAL_CANNOT_BE_SHOWN,
	  "its later calibration, of 2026-02-01" },
	{ "one without a tolerance, then out of tolerance",
	  { bend_nothing, found_out_of_tolerance },
	  false,
	  LS_CAL_CANNOT,
	  LS_CAL_CANNOT_BE_SHOWN,
	  "its later calibration, of 2026-02-01" },
	{ "two silent ones, then out of tolerance",
	  { hidden, bend_nothing, found_out_of_tolerance },
	  false,
	  LS_CAL_CANNOT,
	  LS_CAL_CANNOT_BE_SHOWN,
	  "its later calibration, of 2026-02-02" },
	/* whoever made the silent one may have adjusted it */
	{ "a private one, then in tolerance",
	  { hidden, found_in_tolerance },
	  false,
	  LS_CAL_INFO,
	  OK,
	  "its next calibration, of 2026-01-31" },
	{ "in tolerance, then a private one",
	  { found_in_tolerance, hidden },
	  false,
	  LS_CAL_HOLDS,
	  OK,
	  "found in tolerance at 2026-01-31" },
	/* it was in order then: what came later is of later */
	{ "in tolerance, then out of tolerance",
	  { found_in_tolerance, found_out_of_tolerance },
	  false,
	  LS_CAL_HOLDS,
	  OK,
	  "found in tolerance at 2026-01-31" },
	{ "in and out of tolerance at once",
	  { found_in_tolerance, found_out_of_tolerance },
	  true,
	  LS_CAL_CANNOT,
	  LS_CAL_CANNOT_BE_SHOWN,
	  "its next calibration, of 2026-01-31" },
	{ "out of and in tolerance at once",
	  { found_out_of_tolerance, found_in_tolerance },
	  true,
	  LS_CAL_CANNOT,
	  LS_CAL_CANNOT_BE_SHOWN,
	  "its next calibration, of 2026-01-31" },
	{ "a private one and one in tolerance at once",
	  { hidden, found_in_tolerance },
	  true,
	  LS_CAL_INFO,
	  OK,
	  "its next calibration, of 2026-01-31" },
	{ "of another quantity, then out of tolerance",
	  { of_another_quantity, found_out_of_tolerance },
	  false,
	  LS_CAL_CANNOT,
	  LS_CAL_CANNOT_BE_SHOWN,
	  "its next calibration, of 2026-02-01" },
};

TEST(a_later_recalibration_that_is_silent_does_not_hide_one_that_is_not)
{
	for (size_t i = 0; i < sizeof(LATER) / sizeof(LATER[0]); i++) {
		struct chain c;
		int outcome;
		chain_begin(&c, 3);
		for (unsigned level = 0; level < 3; level++)
			chain_level(&c, level);
		struct report_parent parent = { &c.reports[0], &c.devices[0] };
		for (int k = 0; k < 3 && LATER[i].later[k]; k++) {
			c.plan.bend = LATER[i].later[k];
			make_report(&c, 1, &c.devices[1], &parent, 1,
				    MAKER_T0 + (LATER[i].one_day ? 30 : 30 + k) * MAKER_DAY);
		}
		c.plan.bend = NULL;
		chain_settle(&c);
		int verdict = verdict_of(&c, LS_CAL_CHECK_OUT_OF_TOLERANCE, &outcome);
		if (verdict != LATER[i].verdict || outcome != LATER[i].outcome ||
		    !is_told(&c, LS_CAL_CHECK_OUT_OF_TOLERANCE, LATER[i].words))
			TEST_FAIL("%s: verdict %d, outcome %d", LATER[i].name, verdict, outcome);
		chain_end(&c);
	}
}

/* A report of the parent's device, between the parent's and the child's. */
static void other_report(struct chain *c, int64_t hour, bool private)
{
	struct report_parent parent = { &c->reports[0], &c->devices[0] };
	c->plan.private = private;
	make_report(c, 1, &c->devices[1], &parent, 1, MAKER_T0 + MAKER_DAY + hour * 3600);
	c->plan.private = false;
}

TEST(a_newer_report_that_was_there_is_not_washed_out_by_one_that_came_later)
{
	static const struct {
		const char *name;
		int there, later;	   /* how many were in the log, and came into it */
		bool there_hid, later_hid; /* the last of each is private */
		int outcome, verdict;
	} rows[] = {
		{ "one was there", 1, 0, false, false, LS_CAL_FAILS, NO },
		{ "and one came later", 1, 1, false, false, LS_CAL_FAILS, NO },
		{ "and a private one came later", 1, 1, false, true, LS_CAL_FAILS, NO },
		{ "and a private one was there", 2, 0, true, false, LS_CAL_FAILS, NO },
		{ "a private one was there, one came later", 1, 1, true, false, LS_CAL_CANNOT,
		  LS_CAL_CANNOT_BE_SHOWN },
		{ "two came later", 0, 2, false, true, LS_CAL_WARNS, OK },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		int outcome;
		chain_begin(&c, 3);
		chain_level(&c, 0);
		chain_level(&c, 1);
		for (int k = 0; k < rows[i].there; k++)
			other_report(&c, 1 + k, rows[i].there_hid && k == rows[i].there - 1);
		chain_level(&c, 2);
		for (int k = 0; k < rows[i].later; k++)
			other_report(&c, 5 + k, rows[i].later_hid && k == rows[i].later - 1);
		chain_settle(&c);
		int verdict = verdict_of(&c, LS_CAL_CHECK_TIME_VERSION, &outcome);
		if (verdict != rows[i].verdict || outcome != rows[i].outcome)
			TEST_FAIL("%s: verdict %d, outcome %d", rows[i].name, verdict, outcome);
		chain_end(&c);
	}
}

/* --- what counts as one ----------------------------------------------------------------------- */

enum revoked { NOTHING, REPORT, TECHNICIAN };

/* A newer report of the parent's, by a technician of his own, that is revoked, or he is. */
TEST(a_newer_report_that_was_revoked_when_it_would_have_been_used_does_not_count)
{
	static const struct {
		const char *name;
		enum revoked what;
		int64_t day; /* since; the use is of day 2 */
		int outcome, verdict;
	} rows[] = {
		{ "not revoked", NOTHING, 0, LS_CAL_FAILS, NO },
		{ "revoked before the use", REPORT, 1, LS_CAL_HOLDS, OK },
		{ "revoked after the use", REPORT, 3, LS_CAL_FAILS, NO },
		{ "its technician was before", TECHNICIAN, 1, LS_CAL_HOLDS, OK },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		struct party other = { .key = NULL };
		int outcome;
		chain_begin(&c, 3);
		chain_level(&c, 0);
		chain_level(&c, 1);
		make_technician(&c, &other, "Technician 1b", 1, &c.organisations[1]);
		struct report_parent parent = { &c.reports[0], &c.devices[0] };
		struct party own = c.technicians[1];
		c.technicians[1] = other;
		struct ls_digest newer = make_report(&c, 1, &c.devices[1], &parent, 1,
						     MAKER_T0 + MAKER_DAY + 3600);
		c.technicians[1] = own;
		chain_level(&c, 2);
		chain_settle(&c);
		int64_t since = MAKER_T0 + rows[i].day * MAKER_DAY;
		if (rows[i].what == REPORT)
			revoke(&c, &newer, LS_CAL_REPORT, &c.organisations[1], since,
			       LS_CAL_SUPERSEDED);
		if (rows[i].what == TECHNICIAN)
			revoke(&c, &other.record.id, LS_CAL_TECHNICIAN, &c.organisations[1], since,
			       LS_CAL_CEASED);
		int verdict = verdict_of(&c, LS_CAL_CHECK_TIME_VERSION, &outcome);
		if (verdict != rows[i].verdict || outcome != rows[i].outcome)
			TEST_FAIL("%s: verdict %d, outcome %d", rows[i].name, verdict, outcome);
		party_free(&other);
		chain_end(&c);
	}
}

static void hidden_at_level_1(struct ls_cal_record *r, unsigned level)
{
	if (level == 1)
		hidden(r, level);
}

TEST(of_which_quantity_a_private_parent_is_may_be_a_newer_reports)
{
	struct chain c;
	int outcome;
	chain_begin(&c, 3);
	chain_level(&c, 0);
	c.plan.bend = hidden_at_level_1;
	chain_level(&c, 1);
	c.plan.bend = NULL;
	other_report(&c, 1, false);
	chain_level(&c, 2);
	chain_settle(&c);
	CHECK_INT_EQ(verdict_of(&c, LS_CAL_CHECK_TIME_VERSION, &outcome), LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome, LS_CAL_CANNOT);
	chain_end(&c);
}

TEST(documents_do_not_tell_of_newer_ones)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	begin_documents(&c);
	put_document(&c, document(1, "PTB", 0, NULL, 0));
	put_document(&c, document(2, "Laboratory", 1, (const uint8_t[]){ 1 }, 1));
	chain_trace_at(&c, "Document's device 2", NULL, MAKER_AT, &r);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TIME_VERSION), LS_CAL_INFO);
	chain_end(&c);
}

/* --- of several quantities -------------------------------------------------------------------- */

/* What the parent's recalibration says of its quantities: the error that it found; NULL: nothing.
 */
static struct {
	const char *temperature, *resistance;
	bool left_out; /* the resistance */
} found;

static void set_found(struct ls_cal_measurand *m, const char *error)
{
	if (!error)
		return;
	m->adjustment = LS_CAL_ADJUSTMENT_AFTER;
	m->has_tolerance = true;
	m->lower = decimal("-0.1");
	m->upper = decimal("0.1");
	m->found_count = 1;
	m->found = calloc(1, sizeof(*m->found));
	m->found[0] = m->points[1];
	m->found[0].error = decimal(error);
	m->found[0].u = decimal("0.01");
}

static void add_sensitivity(struct ls_cal_measurand *m, const char *quantity, const char *unit,
			    const char *coefficient)
{
	m->sensitivity_count = 1;
	m->sensitivities = calloc(1, sizeof(*m->sensitivities));
	set_quantity(m->sensitivities[0].quantity, quantity);
	set_unit(unit, m->sensitivities[0].unit_text, &m->sensitivities[0].unit);
	m->sensitivities[0].coefficient = decimal(coefficient);
}

/* The standard is of two quantities, and the child uses both. */
static void of_two(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level == 0)
		return;
	struct ls_cal_details *d = r->report.details, *more = make_details(1);
	if (level == 1) {
		struct ls_cal_measurand *both = calloc(2, sizeof(*both)), *m = &both[1];
		static const char *const values[] = { "100", "200", "300" };
		both[0] = d->measurands[0];
		both[1] = more->measurands[0];
		more->measurand_count = 0;
		set_quantity(m->quantity, "resistance");
		set_unit("\\ohm", m->unit_text, &m->unit);
		m->low = decimal("100");
		m->high = decimal("300");
		for (size_t i = 0; i < 3; i++)
			m->points[i].value = decimal(values[i]);
		add_sensitivity(m, "temperature", "\\kelvin", "0.39");
		free(d->measurands);
		d->measurands = both;
		d->measurand_count = 2;
	} else {
		add_sensitivity(&d->measurands[0], "resistance", "\\ohm", "0.01");
	}
	ls_cal_details_free(more);
}

static void recalibrated(struct ls_cal_record *r, unsigned level)
{
	of_two(r, level);
	struct ls_cal_details *d = r->report.details;
	set_found(&d->measurands[0], found.temperature);
	set_found(&d->measurands[1], found.resistance);
	if (found.left_out)
		set_quantity(d->measurands[1].quantity, "conductance");
}

TEST(of_all_that_was_used_of_a_parent_the_worst_counts)
{
	static const struct {
		const char *temperature, *resistance;
		bool left_out;
		int outcome, verdict;
	} rows[] = {
		{ "0.05", "0.05", false, LS_CAL_HOLDS, OK },
		{ "0.35", "0.05", false, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "0.05", "0.35", false, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		/* less than U outside, and less than U inside */
		{ "0.109", "0.05", false, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "0.05", "0.109", false, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "0.091", "0.05", false, LS_CAL_HOLDS, OK },
		/* one of them is not shown: it says nothing, unless the other is out */
		{ "0.05", NULL, false, LS_CAL_INFO, OK },
		{ NULL, "0.05", false, LS_CAL_INFO, OK },
		{ "0.05", "0.05", true, LS_CAL_INFO, OK },
		{ "0.35", NULL, false, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "0.109", NULL, false, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ NULL, "0.35", false, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "0.35", "0.05", true, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
		{ "0.05", "0.35", true, LS_CAL_INFO, OK },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		int outcome;
		chain_begin(&c, 3);
		c.plan.bend = of_two;
		for (unsigned level = 0; level < 3; level++)
			chain_level(&c, level);
		found.temperature = rows[i].temperature;
		found.resistance = rows[i].resistance;
		found.left_out = rows[i].left_out;
		c.plan.bend = recalibrated;
		struct report_parent parent = { &c.reports[0], &c.devices[0] };
		make_report(&c, 1, &c.devices[1], &parent, 1, MAKER_T0 + 30 * MAKER_DAY);
		c.plan.bend = NULL;
		chain_settle(&c);
		int verdict = verdict_of(&c, LS_CAL_CHECK_OUT_OF_TOLERANCE, &outcome);
		if (verdict != rows[i].verdict || outcome != rows[i].outcome) {
			_cleanup_cal_result_ struct ls_cal_result r = { 0 };
			TEST_FAIL("row %zu: verdict %d, outcome %d", i, verdict, outcome);
			chain_trace(&c, &r);
			show_result(&r);
		}
		chain_end(&c);
	}
}

/* --- of several parents ----------------------------------------------------------------------- */

/* A thermometer, and a resistor that is a standard of its own: a temperature is told by both. */
static void of_resistance_alone(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level != 1)
		return;
	of_two(r, level);
	struct ls_cal_measurand temperature = r->report.details->measurands[0];
	r->report.details->measurands[0] = r->report.details->measurands[1];
	r->report.details->measurands[1] = temperature;
	r->report.details->measurand_count = 1;
	free(temperature.points);
}

static void uses_the_resistor(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level != 2)
		return;
	add_sensitivity(&r->report.details->measurands[0], "resistance", "\\ohm", "0.01");
	r->report.details->measurands[0].sensitivities[0].parent = 1;
}

TEST(each_parents_other_reports_are_held_against_what_was_used_of_it)
{
	static const struct {
		const char *name;
		void (*bend)(struct ls_cal_record *r,
			     unsigned level); /* of the thermometer's other report */
		int64_t hours;		      /* after its first */
		enum ls_cal_check_id check;
		int outcome, verdict;
	} rows[] = {
		{ "newer one, of what the other parent gives", of_resistance_alone, 1,
		  LS_CAL_CHECK_TIME_VERSION, LS_CAL_HOLDS, OK },
		{ "newer one", NULL, 1, LS_CAL_CHECK_TIME_VERSION, LS_CAL_FAILS, NO },
		{ "later one, in tolerance", found_in_tolerance, 900, LS_CAL_CHECK_OUT_OF_TOLERANCE,
		  LS_CAL_HOLDS, OK },
		{ "later one, out of tolerance", found_out_of_tolerance, 900,
		  LS_CAL_CHECK_OUT_OF_TOLERANCE, LS_CAL_CANNOT, LS_CAL_CANNOT_BE_SHOWN },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c;
		struct party resistor = { .key = NULL };
		int outcome;
		chain_begin(&c, 3);
		chain_level(&c, 0);
		chain_level(&c, 1);
		make_device(&c, &resistor, "Resistor", 1, &c.technicians[1]);
		struct report_parent top = { &c.reports[0], &c.devices[0] };
		c.plan.bend = of_resistance_alone;
		struct ls_digest of_resistor = make_report(&c, 1, &resistor, &top, 1,
							   MAKER_T0 + MAKER_DAY);
		c.plan.bend = rows[i].bend;
		make_report(&c, 1, &c.devices[1], &top, 1,
			    MAKER_T0 + MAKER_DAY + rows[i].hours * 3600);
		c.plan.bend = NULL;
		make_organisation(&c, &c.organisations[2], "Laboratory 2", 2, &c.organisations[1]);
		make_technician(&c, &c.technicians[2], "Technician 2", 2, &c.organisations[2]);
		make_device(&c, &c.devices[2], "Thermometer 2", 2, &c.technicians[2]);
		struct report_parent both[] = { { &c.reports[1], &c.devices[1] },
						{ &of_resistor, &resistor } };
		c.plan.bend = uses_the_resistor;
		make_report(&c, 2, &c.devices[2], both, 2, MAKER_T0 + 2 * MAKER_DAY);
		c.plan.bend = NULL;
		chain_settle(&c);
		int verdict = verdict_of(&c, rows[i].check, &outcome);
		if (verdict != rows[i].verdict || outcome != rows[i].outcome) {
			_cleanup_cal_result_ struct ls_cal_result r = { 0 };
			TEST_FAIL("%s: verdict %d, outcome %d", rows[i].name, verdict, outcome);
			chain_trace(&c, &r);
			show_result(&r);
		}
		party_free(&resistor);
		chain_end(&c);
	}
}

TEST_MAIN()
