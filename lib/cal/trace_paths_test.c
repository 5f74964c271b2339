/* SPDX-License-Identifier: Apache-2.0 */
/* Several parents, and what is missing on the way up. */
#include "lib/cal/documents_test.h"

/* --- several parents ------------------------------------------------------------------------ */

/* Two standards of level 1, both of the institute's; what level 2 is calibrated with. */
struct fork {
	struct chain c;
	struct party other; /* the second standard */
	struct ls_digest other_report;
};

static void begin_fork(struct fork *f, void (*bend)(struct ls_cal_record *r, unsigned level),
		       int64_t other_performed)
{
	struct chain *c = &f->c;
	f->other.key = NULL;
	chain_begin(c, 3);
	chain_level(c, 0);
	chain_level(c, 1);
	make_device(c, &f->other, "Thermometer 1b", 1, &c->technicians[1]);
	struct report_parent top = { &c->reports[0], &c->devices[0] };
	f->other_report = make_report(c, 1, &f->other, &top, 1, other_performed);
	make_organisation(c, &c->organisations[2], "Laboratory 2", 2, &c->organisations[1]);
	make_technician(c, &c->technicians[2], "Technician 2", 2, &c->organisations[2]);
	make_device(c, &c->devices[2], "Thermometer 2", 2, &c->technicians[2]);
	struct report_parent both[2] = { { &c->reports[1], &c->devices[1] },
					 { &f->other_report, &f->other } };
	c->plan.bend = bend;
	c->reports[2] = make_report(c, 2, &c->devices[2], both, 2, MAKER_T0 + 3 * MAKER_DAY);
	c->plan.bend = NULL;
	chain_settle(c);
}

static void end_fork(struct fork *f)
{
	party_free(&f->other);
	chain_end(&f->c);
}

TEST(every_parent_counts)
{
	struct fork f;
	struct ls_cal_result r;
	begin_fork(&f, NULL, MAKER_T0 + MAKER_DAY);
	chain_trace(&f.c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(r.link_count, 4); /* the institute's report stands there once */
	CHECK_INT_EQ(r.depth, 3);
	CHECK_INT_EQ(r.links[3].depth, 2);
	CHECK(r.links[3].root);
	for (size_t i = 0; i < r.link_count; i++)
		for (size_t j = 0; j < r.links[i].parent_count; j++)
			CHECK(r.links[i].parents[j] > i);
	ls_cal_result_free(&r);
	revoke(&f.c, &f.other_report, LS_CAL_REPORT, &f.c.technicians[1], MAKER_T0, LS_CAL_ERROR);
	chain_trace(&f.c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	ls_cal_result_free(&r);
	end_fork(&f);

	begin_fork(&f, NULL, MAKER_T0 + 4 * MAKER_DAY); /* the second one after it was used */
	chain_trace(&f.c, &r);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_TIME_ORDER), LS_CAL_FAILS);
	ls_cal_result_free(&r);
	end_fork(&f);
}

static void mean_of_both(struct ls_cal_record *r, unsigned level)
{
	if (r->kind != LS_CAL_REPORT || level != 2)
		return;
	struct ls_cal_measurand *m = &r->report.details->measurands[0];
	m->averaged = true;
	/* each parent's u is 0.008 / 2 there, their mean's 0.0028 */
	m->points[1].u = decimal("0.006");
}

static void better_than_the_mean(struct ls_cal_record *r, unsigned level)
{
	mean_of_both(r, level);
	if (r->kind == LS_CAL_REPORT && level == 2)
		r->report.details->measurands[0].points[1].u = decimal("0.0055");
}

static void not_a_mean(struct ls_cal_record *r, unsigned level)
{
	mean_of_both(r, level);
	if (r->kind == LS_CAL_REPORT && level == 2)
		r->report.details->measurands[0].averaged = false;
}

TEST(a_mean_may_be_better_than_each_of_its_parents_and_not_than_all)
{
	static const struct {
		void (*bend)(struct ls_cal_record *r, unsigned level);
		int growth;
	} rows[] = { { mean_of_both, LS_CAL_HOLDS },
		     { better_than_the_mean, LS_CAL_FAILS },
		     { not_a_mean, LS_CAL_FAILS } };
	for (size_t i = 0; i < 3; i++) {
		struct fork f;
		struct ls_cal_result r;
		begin_fork(&f, rows[i].bend, MAKER_T0 + MAKER_DAY);
		chain_trace(&f.c, &r);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_GROWTH), rows[i].growth);
		ls_cal_result_free(&r);
		end_fork(&f);
	}
}

/* Both parents have the institute's standard in common: what it contributes is correlated. */
TEST(where_paths_meet_again_both_bounds_are_told)
{
	struct fork f;
	struct ls_cal_result r;
	begin_fork(&f, mean_of_both, MAKER_T0 + MAKER_DAY);
	chain_trace(&f.c, &r);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_SHARED), LS_CAL_INFO);
	CHECK(r.bounds.known);
	CHECK(r.bounds.rss < r.bounds.linear);
	ls_cal_result_free(&r);
	end_fork(&f);
}

static void from_the_second(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 2) {
		r->report.details->measurands[0].from_count = 1;
		r->report.details->measurands[0].from[0] = 1;
	}
}

TEST(a_measurand_follows_the_parents_that_serve_it)
{
	struct fork f;
	struct ls_cal_result r;
	begin_fork(&f, from_the_second, MAKER_T0 + MAKER_DAY);
	chain_trace(&f.c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(r.link_count, 3);
	CHECK_STR_EQ(r.links[1].device_name, "Thermometer 1b");
	ls_cal_result_free(&r);
	end_fork(&f);
}

/* --- what is missing -------------------------------------------------------------------------- */

TEST(a_missing_parent_is_told_apart_from_one_that_is_not_here)
{
	for (int whole = 0; whole < 2; whole++) {
		struct chain c;
		struct ls_cal_result r;
		chain_begin(&c, 2);
		chain_level(&c, 0);
		memset(&c.reports[0], 0x11, sizeof(c.reports[0])); /* a hash that nothing has */
		chain_level(&c, 1);
		chain_settle(&c);
		c.fresh.absence_shown = whole;
		ls_cal_memory_store_set_fresh(c.store, &c.fresh);
		chain_trace(&c, &r);
		CHECK_INT_EQ(r.verdict, whole ? LS_CAL_NOT_TRACEABLE : LS_CAL_CANNOT_BE_SHOWN);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_PARENT),
			     whole ? LS_CAL_FAILS : LS_CAL_CANNOT);
		CHECK_INT_EQ(r.links[0].parent_missing, 1);
		ls_cal_result_free(&r);
		chain_end(&c);
	}
}

/* Reports, devices and certificates have one kind of id, and none stands in another's place. */
TEST(a_device_in_the_place_of_a_parents_report_is_none)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	chain_begin(&c, 3);
	chain_level(&c, 0);
	chain_level(&c, 1);
	c.reports[1] = c.devices[1].record.id; /* whose key signs as it should */
	chain_level(&c, 2);
	chain_settle(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_PARENT), LS_CAL_FAILS);
	chain_end(&c);
}

static void hide_the_middle(struct ls_cal_record *r, unsigned level)
{
	if (r->kind == LS_CAL_REPORT && level == 1)
		r->report.private = true;
}

TEST(a_private_link_in_the_middle_is_passed_and_told)
{
	struct chain c;
	struct ls_cal_result r;
	chain_begin(&c, 3);
	c.plan.bend = hide_the_middle;
	chain_build(&c);
	chain_trace_at(&c, "Thermometer 2", NULL, MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK(r.links[1].hidden && r.links[2].root);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_COMPARABLE), LS_CAL_INFO);
	ls_cal_result_free(&r);
	/* who asks for a quantity is not told that it was calibrated all the way */
	chain_trace_at(&c, "Thermometer 2", "temperature", MAKER_AT, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_QUANTITY), LS_CAL_CANNOT);
	ls_cal_result_free(&r);
	chain_end(&c);
}

/* Records without a log: nobody says how old they are, so they are not there. */
TEST(records_count_as_far_as_a_log_is_told_of)
{
	struct chain c;
	struct ls_cal_result r;
	chain_begin(&c, 2);
	chain_build(&c);
	c.fresh.origin[0] = '\0';
	ls_cal_memory_store_set_fresh(c.store, &c.fresh);
	chain_trace(&c, &r);
	CHECK(r.verdict != LS_CAL_TRACEABLE);
	CHECK_INT_EQ(r.link_count, 0);
	ls_cal_result_free(&r);
	chain_end(&c);
}

TEST(a_chain_may_be_as_long_as_the_trust_file_says)
{
	struct chain c;
	struct ls_cal_result r;
	chain_begin(&c, 50);
	chain_build(&c);
	c.trust.max_depth = 50;
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	CHECK_INT_EQ(r.depth, 50);
	ls_cal_result_free(&r);
	c.trust.max_depth = 49;
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_DEPTH), LS_CAL_FAILS);
	ls_cal_result_free(&r);
	chain_end(&c);
}

TEST_MAIN()
