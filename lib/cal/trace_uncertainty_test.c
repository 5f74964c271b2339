/* SPDX-License-Identifier: Apache-2.0 */
/* Standard uncertainties of points and between them, and the statements of conformity over them:
 * as a trace of certificates tells them. */
#include <math.h>

#include "lib/cal/documents_test.h"

/* --- tables --------------------------------------------------------------------------------- */

#define CELSIUS "\\degreecelsius"

struct row {
	const char *value, *u, *k;
};

/* A temperature table; without rows none of its points is left. */
static void set_table(struct ls_cal_measurand *m, const char *unit, const char *low,
		      const char *high, const struct row *rows, size_t count)
{
	set_unit(unit, m->unit_text, &m->unit);
	m->low = decimal(low);
	m->high = decimal(high);
	free(m->points);
	m->points = calloc(count ? count : 1, sizeof(*m->points));
	m->point_count = count;
	for (size_t i = 0; i < count; i++)
		m->points[i] = (struct ls_cal_point){ .value = decimal(rows[i].value),
						      .has_error = true,
						      .error = decimal("0"),
						      .has_u = true,
						      .u = decimal(rows[i].u),
						      .has_k = true,
						      .k = decimal(rows[i].k) };
}

static struct ls_cal_measurand *measurand_of(struct ls_cal_entry *e)
{
	return &e->record.report.details->measurands[0];
}

/* An institute's certificate, and one against it; with as many standards as there are. */
struct pair {
	struct chain c;
	struct ls_cal_entry *parents[3], *child; /* before they are put */
	size_t parent_count;
};

static void begin(struct pair *p, size_t parents)
{
	static const uint8_t names[] = { 1, 2, 3 };
	begin_documents(&p->c);
	p->c.trust.severities = &scope_warns;
	p->c.trust.severity_count = 1;
	p->parent_count = parents;
	for (size_t i = 0; i < parents; i++)
		p->parents[i] = document(names[i], "PTB", 0, NULL, 0);
	p->child = document(9, "Laboratory", 1, names, parents);
}

static void trace_pair(struct pair *p, struct ls_cal_result *r)
{
	for (size_t i = 0; i < p->parent_count; i++)
		put_document(&p->c, p->parents[i]);
	put_document(&p->c, p->child);
	chain_trace_at(&p->c, "Document's device 9", NULL, MAKER_AT, r);
}

static bool is_about(double seen, double wanted)
{
	return fabs(seen - wanted) <= 1e-6 * fabs(wanted);
}

/* Of the check of this link: "" without words, "none" where it was not made. */
static const char *words_of(const struct ls_cal_result *r, enum ls_cal_check_id check, size_t link)
{
	for (size_t i = 0; i < r->check_count; i++)
		if (r->checks[i].check == check && r->checks[i].link == link)
			return r->checks[i].words ? r->checks[i].words : "";
	return "none";
}

/* --- k -------------------------------------------------------------------------------------- */

/* D1: where k is not stated it follows from a probability and a distribution, or it is not known.
 */
TEST(k_follows_from_a_probability_and_a_distribution)
{
	static const struct {
		enum ls_cal_distribution distribution;
		double probability;
		uint32_t dof;
		double k; /* 0: not known */
	} rows[] = {
		{ LS_CAL_NORMAL, 0.95, 0, 1.959964 },
		{ LS_CAL_NORMAL, 0.9973, 0, 2.999977 },
		{ LS_CAL_STUDENT, 0.95, 10, 2.228139 },
		{ LS_CAL_STUDENT, 0.95, 0, 0 },
		{ LS_CAL_RECTANGULAR, 0.95, 0, 1.645448 },
		{ LS_CAL_TRIANGULAR, 0.95, 0, 1.901767 },
		{ LS_CAL_NORMAL, 0, 0, 0 },
		{ LS_CAL_RECTANGULAR, 0, 0, 0 },
		{ LS_CAL_DISTRIBUTION_UNKNOWN, 0.95, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin(&p, 1);
		struct ls_cal_measurand *m = measurand_of(p.child);
		for (size_t j = 0; j < m->point_count; j++) {
			m->points[j].has_k = false;
			m->points[j].probability = rows[i].probability;
			m->points[j].distribution = rows[i].distribution;
			m->points[j].dof = rows[i].dof;
		}
		trace_pair(&p, &r);
		bool known = outcome_of(&r, LS_CAL_CHECK_STANDARD_UNCERTAINTY) == LS_CAL_HOLDS;
		REQUIRE(r.link_count == 2);
		if (known != (rows[i].k > 0) || (known && !is_about(r.links[0].k, rows[i].k)) ||
		    (known && !is_about(r.links[0].u, r.links[0].u_expanded / rows[i].k)))
			TEST_FAIL("row %zu: known: %d, k %g", i, known, r.links[0].k);
		if (!known)
			CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
		chain_end(&p.c);
	}
}

/* --- between points ------------------------------------------------------------------------- */

TEST(between_a_parents_points_its_uncertainty_is_interpolated)
{
	static const struct row table[] = { { "0", "0.02", "2" },
					    { "100", "0.08", "4" },
					    { "200", "0.04", "1" } };
	static const struct {
		const char *value;
		double u, k;
		bool interpolated;
	} rows[] = {
		{ "-5", 0.01, 2, true }, /* past the points the nearest counts */
		{ "0", 0.01, 2, false },   { "25", 0.0125, 4, true }, { "50", 0.015, 4, true },
		{ "100", 0.02, 4, false }, { "150", 0.03, 4, true },  { "200", 0.04, 1, false },
		{ "205", 0.04, 1, true },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		const struct row here = { rows[i].value, "0.2", "2" };
		begin(&p, 1);
		set_table(measurand_of(p.parents[0]), "\\degreecelsius", "-10", "210", table, 3);
		set_table(measurand_of(p.child), "\\degreecelsius", rows[i].value, rows[i].value,
			  &here, 1);
		trace_pair(&p, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		REQUIRE(r.link_count == 2 && r.links[1].has_u);
		const struct ls_cal_link *l = &r.links[1];
		if (!is_about(l->u, rows[i].u) || !is_about(l->k, rows[i].k) ||
		    l->interpolated != rows[i].interpolated)
			TEST_FAIL("at %s: u %g, k %g, interpolated: %d", rows[i].value, l->u, l->k,
				  l->interpolated);
		CHECK_STR_EQ(words_of(&r, LS_CAL_CHECK_RANGE, 0),
			     rows[i].interpolated ? "between the parents' points it is interpolated"
						  : "");
		chain_end(&p.c);
	}
}

/* What is one point on paper is one in whatever unit and however the computer rounds. */
TEST(a_point_in_another_unit_is_that_point)
{
	static const struct {
		const char *celsius, *unit, *value;
	} rows[] = {
		{ "-20.1", "\\kelvin", "253.05" },	 { "-0.1", "\\kelvin", "273.05" },
		{ "0", "\\milli\\kelvin", "273150" },	 { "0.1", "\\kelvin", "273.25" },
		{ "0.2", "\\milli\\kelvin", "273350" },	 { "0.3", "\\kelvin", "273.45" },
		{ "0.7", "\\kelvin", "273.85" },	 { "1.1", "\\milli\\kelvin", "274250" },
		{ "10.1", "\\kelvin", "283.25" },	 { "37.7", "\\kelvin", "310.85" },
		{ "99.9", "\\milli\\kelvin", "373050" },
	};
	enum { COUNT = sizeof(rows) / sizeof(rows[0]) };
	struct row table[COUNT];
	for (size_t i = 0; i < COUNT; i++)
		table[i] = (struct row){ rows[i].celsius, i % 2 ? "0.02" : "0.04", "2" };
	for (size_t i = 0; i < COUNT; i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		const struct row here = { rows[i].value, "200", "2" };
		begin(&p, 1);
		set_table(measurand_of(p.parents[0]), "\\degreecelsius", "-20.1", "99.9", table,
			  COUNT);
		set_table(measurand_of(p.child), rows[i].unit, rows[i].value, rows[i].value, &here,
			  1);
		trace_pair(&p, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		REQUIRE(r.link_count == 2);
		if (r.links[1].interpolated || !is_about(r.links[1].u, i % 2 ? 0.01 : 0.02))
			TEST_FAIL("at %s: u %g, interpolated: %d", rows[i].value, r.links[1].u,
				  r.links[1].interpolated);
		chain_end(&p.c);
	}
}

/* The institute's own has no parent: the child's is what is looked at. */
TEST(a_range_ends_where_its_parents_does_however_the_computer_rounds)
{
	static const struct {
		const char *unit, *low, *high;
		const char *parent_unit, *parent_low, *parent_high;
		int range;
	} rows[] = {
		{ CELSIUS, "0", "0", CELSIUS, "0", "0", LS_CAL_INFO },
		{ CELSIUS, "0", "0", CELSIUS, "-10", "0", LS_CAL_INFO },
		{ CELSIUS, "-10", "0", CELSIUS, "-10", "0", LS_CAL_INFO },
		{ CELSIUS, "-10", "0", CELSIUS, "-10", "-0.001", LS_CAL_FAILS },
		{ CELSIUS, "0", "0", CELSIUS, "-10", "-0.001", LS_CAL_FAILS },
		{ CELSIUS, "-10", "-5", CELSIUS, "-9.999", "-5", LS_CAL_FAILS },
		{ CELSIUS, "0.000002", "0.000002", CELSIUS, "0", "0.000001", LS_CAL_FAILS },
		{ CELSIUS, "-0.000002", "-0.000002", CELSIUS, "-0.000001", "0", LS_CAL_FAILS },
		{ "\\kelvin", "310.85", "310.85", CELSIUS, "0", "37.7", LS_CAL_INFO },
		{ "\\kelvin", "213.15", "213.15", CELSIUS, "-200", "-60.0", LS_CAL_INFO },
		{ "\\volt", "-0.0041", "-0.0041", "\\milli\\volt", "-4.1", "0", LS_CAL_INFO },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		const struct row here = { rows[i].high, "200", "2" };
		const struct row table = { rows[i].parent_low, "0.02", "2" };
		begin(&p, 1);
		set_table(measurand_of(p.parents[0]), rows[i].parent_unit, rows[i].parent_low,
			  rows[i].parent_high, &table, 1);
		set_table(measurand_of(p.child), rows[i].unit, rows[i].low, rows[i].high, &here, 1);
		trace_pair(&p, &r);
		int range = outcome_of(&r, LS_CAL_CHECK_RANGE);
		if (range != rows[i].range)
			TEST_FAIL("row %zu: %d", i, range);
		chain_end(&p.c);
	}
}

TEST(a_parent_without_a_point_contributes_nothing_that_is_known)
{
	struct pair p;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	begin(&p, 1);
	set_table(measurand_of(p.parents[0]), "\\degreecelsius", "-50", "100", NULL, 0);
	trace_pair(&p, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_STANDARD_UNCERTAINTY), LS_CAL_CANNOT);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_GROWTH), LS_CAL_INFO);
	chain_end(&p.c);
}

/* --- what leads to a quantity ----------------------------------------------------------------- */

/* So many equal tables; the first has the quantity's name, the others are told apart by a twin's.
 */
static void repeat_table(struct ls_cal_entry *e, size_t count)
{
	struct ls_cal_details *d = e->record.report.details;
	struct ls_cal_measurand *all = calloc(count, sizeof(*all));
	all[0] = d->measurands[0];
	for (size_t i = 1; i < count; i++) {
		struct ls_cal_details *more = make_details(0);
		all[i] = more->measurands[0];
		all[i].quantity[0] = '\0';
		set_quantity(all[i].twin, "temperature");
		more->measurand_count = 0;
		ls_cal_details_free(more);
	}
	free(d->measurands);
	d->measurands = all;
	d->measurand_count = count;
}

TEST(more_tables_than_are_followed_are_told)
{
	for (size_t count = 16; count <= 17; count++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin(&p, 2);
		repeat_table(p.parents[0], 8);
		repeat_table(p.parents[1], count - 8);
		trace_pair(&p, &r);
		CHECK_INT_EQ(r.verdict, count == 16 ? LS_CAL_TRACEABLE : LS_CAL_CANNOT_BE_SHOWN);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_COMPARABLE),
			     count == 16 ? LS_CAL_HOLDS : LS_CAL_CANNOT);
		chain_end(&p.c);
	}
}

/* A resistance, by what its parent is of. */
static void set_resistance(struct ls_cal_measurand *m, const struct row *here, const char *quantity,
			   const char *unit, const char *coefficient)
{
	set_quantity(m->quantity, "resistance");
	set_table(m, "\\ohm", "100", "400", here, 1);
	m->sensitivity_count = 1;
	m->sensitivities = calloc(1, sizeof(*m->sensitivities));
	set_quantity(m->sensitivities[0].quantity, quantity);
	set_unit(unit, m->sensitivities[0].unit_text, &m->sensitivities[0].unit);
	m->sensitivities[0].coefficient = decimal(coefficient);
}

/* The parent's u is 0.001 K at its best: with 0.39 ohm per kelvin that is 0.00039 ohm. */
TEST(a_sensitivity_counts_in_the_unit_that_it_is_stated_in)
{
	static const struct {
		const char *coefficient, *unit, *u;
		int budget;
	} rows[] = {
		{ "0.39", "\\kelvin", "0.00078", LS_CAL_HOLDS },
		{ "0.39", "\\kelvin", "0.00077", LS_CAL_FAILS },
		{ "0.00039", "\\milli\\kelvin", "0.00078", LS_CAL_HOLDS },
		{ "0.00039", "\\milli\\kelvin", "0.00077", LS_CAL_FAILS },
		{ "390", "\\kilo\\kelvin", "0.00078", LS_CAL_HOLDS },
		{ "390", "\\kilo\\kelvin", "0.00077", LS_CAL_FAILS },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		const struct row here = { "200", rows[i].u, "2" };
		begin(&p, 1);
		set_resistance(measurand_of(p.child), &here, "temperature", rows[i].unit,
			       rows[i].coefficient);
		trace_pair(&p, &r);
		int budget = outcome_of(&r, LS_CAL_CHECK_BUDGET);
		if (budget != rows[i].budget)
			TEST_FAIL("row %zu: %d", i, budget);
		/* a resistance is at no temperature: the parent is looked at where it is best */
		REQUIRE(r.link_count == 2);
		CHECK(r.links[1].value == 293.15 && !r.links[1].interpolated);
		chain_end(&p.c);
	}
}

TEST(a_sensitivity_to_what_no_parent_gives_says_nothing)
{
	static const struct {
		const char *quantity; /* the sensitivity's */
		size_t points;	      /* of the parent */
		int comparable, budget;
	} rows[] = {
		{ "temperature", 1, LS_CAL_HOLDS, LS_CAL_HOLDS },
		{ "temperature", 0, LS_CAL_HOLDS, LS_CAL_INFO },
		{ "humidity", 1, LS_CAL_CANNOT, LS_CAL_INFO },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		const struct row here = { "200", "1", "2" }, above = { "20", "0.02", "2" };
		begin(&p, 1);
		set_table(measurand_of(p.parents[0]), CELSIUS, "0", "100", &above, rows[i].points);
		set_resistance(measurand_of(p.child), &here, rows[i].quantity, "\\kelvin", "0.39");
		trace_pair(&p, &r);
		int comparable = outcome_of(&r, LS_CAL_CHECK_COMPARABLE);
		int budget = outcome_of(&r, LS_CAL_CHECK_BUDGET);
		int sensitivity = outcome_of(&r, LS_CAL_CHECK_SENSITIVITY);
		if (comparable != rows[i].comparable || budget != rows[i].budget ||
		    sensitivity != -1)
			TEST_FAIL("row %zu: %d, %d, %d", i, comparable, budget, sensitivity);
		chain_end(&p.c);
	}
}

/* --- several parents ------------------------------------------------------------------------- */

static double share_of(const struct ls_cal_result *r, const char *device)
{
	for (size_t i = 0; i < r->link_count; i++)
		if (strcmp(r->links[i].device_name, device) == 0)
			return r->links[i].has_share ? r->links[i].share : NAN;
	return NAN;
}

/* A mean of two standards that counts a resistance, too. */
static void begin_mean(struct pair *p, const char *ohm_u, const char *u, bool averaged)
{
	const struct row here = { "20", u, "2" }, first = { "20", "0.008", "2" };
	const struct row second = { "20", "0.016", "2" }, ohm = { "100", ohm_u, "2" };
	begin(p, 3);
	set_table(measurand_of(p->parents[0]), CELSIUS, "0", "50", &first, 1);
	set_table(measurand_of(p->parents[1]), CELSIUS, "0", "50", &second, 1);
	set_table(measurand_of(p->parents[2]), "\\ohm", "0", "200", &ohm, 1);
	set_quantity(measurand_of(p->parents[2])->quantity, "resistance");
	struct ls_cal_measurand *m = measurand_of(p->child);
	set_table(m, CELSIUS, "20", "20", &here, 1);
	m->averaged = averaged;
	m->sensitivity_count = 1;
	m->sensitivities = calloc(1, sizeof(*m->sensitivities));
	m->sensitivities[0].parent = 2;
	set_quantity(m->sensitivities[0].quantity, "resistance");
	set_unit("\\ohm", m->sensitivities[0].unit_text, &m->sensitivities[0].unit);
	m->sensitivities[0].coefficient = decimal("0.001");
}

/* Two standards of the quantity, with u = 4 mK and 8 mK, and one of a resistance that counts with 2
 * mK; the child's is 20 mK. */
TEST(each_parent_of_a_mean_has_its_share_and_all_are_one)
{
	static const struct {
		bool averaged;
		double own, first, second, resistance;
	} rows[] = {
		{ false, 0.95, 0.04, NAN, 0.01 }, /* the better one serves */
		{ true, 0.958, 0.0256, 0.0064, 0.01 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin_mean(&p, "4", "0.04", rows[i].averaged);
		trace_pair(&p, &r);
		CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
		const double seen[] = { share_of(&r, "Document's device 9"),
					share_of(&r, "Document's device 1"),
					share_of(&r, "Document's device 2"),
					share_of(&r, "Document's device 3") };
		const double wanted[] = { rows[i].own, rows[i].first, rows[i].second,
					  rows[i].resistance };
		for (size_t k = 0; k < 4; k++)
			if (isnan(wanted[k]) ? !isnan(seen[k])
					     : !(fabs(seen[k] - wanted[k]) < 1e-9))
				TEST_FAIL("row %zu: share %zu is %g, not %g", i, k, seen[k],
					  wanted[k]);
		chain_end(&p.c);
	}
}

/* Four fifths of u are the resistance's: (4/5)^4 / 3 leaves 7.32. */
TEST(a_mean_has_no_more_degrees_of_freedom_than_what_it_counts_besides_leaves)
{
	static const struct {
		bool averaged;
		uint32_t claimed;
		int coverage, verdict;
	} rows[] = {
		{ false, 0, LS_CAL_WARNS, LS_CAL_TRACEABLE },
		{ true, 0, LS_CAL_WARNS, LS_CAL_TRACEABLE },
		{ false, 50, LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE },
		{ true, 50, LS_CAL_FAILS, LS_CAL_NOT_TRACEABLE },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin_mean(&p, "40", "0.05", rows[i].averaged);
		measurand_of(p.parents[2])->points[0].dof = 3;
		measurand_of(p.child)->points[0].dof = rows[i].claimed;
		trace_pair(&p, &r);
		int coverage = outcome_of(&r, LS_CAL_CHECK_COVERAGE);
		REQUIRE(r.link_count > 0);
		if (coverage != rows[i].coverage || (int)r.verdict != rows[i].verdict ||
		    !is_about(r.links[0].dof, 3 * 2.44140625))
			TEST_FAIL("row %zu: %d, verdict %d, %g degrees of freedom", i, coverage,
				  r.verdict, r.links[0].dof);
		chain_end(&p.c);
	}
}

TEST(a_parent_counts_where_its_range_covers_the_value)
{
	struct pair p;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	const struct row cold = { "5", "0.002", "2" }, warm = { "20", "0.02", "2" };
	const struct row here = { "20", "0.01", "2" };
	begin(&p, 2);
	set_table(measurand_of(p.parents[0]), CELSIUS, "0", "10", &cold, 1);
	set_table(measurand_of(p.parents[1]), CELSIUS, "10", "50", &warm, 1);
	set_table(measurand_of(p.child), CELSIUS, "20", "20", &here, 1);
	trace_pair(&p, &r);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_GROWTH), LS_CAL_FAILS);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_BUDGET), LS_CAL_FAILS);
	chain_end(&p.c);
}

/* Of a standard's two tables one is of other values: the other is no secret, and another standard's
 * is better. */
TEST(a_table_of_other_values_makes_nothing_unsaid)
{
	struct pair p;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	const struct row cold = { "5", "0.002", "2" }, warm = { "20", "0.02", "2" };
	const struct row better = { "20", "0.004", "2" }, here = { "20", "0.01", "2" };
	begin(&p, 2);
	repeat_table(p.parents[0], 2);
	set_table(&p.parents[0]->record.report.details->measurands[0], CELSIUS, "10", "50", &warm,
		  1);
	set_table(&p.parents[0]->record.report.details->measurands[1], CELSIUS, "0", "10", &cold,
		  1);
	set_table(measurand_of(p.parents[1]), CELSIUS, "10", "50", &better, 1);
	set_table(measurand_of(p.child), CELSIUS, "20", "20", &here, 1);
	trace_pair(&p, &r);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_GROWTH), LS_CAL_HOLDS);
	chain_end(&p.c);
}

/* --- where a chain ends ---------------------------------------------------------------------- */

TEST(an_institutes_certificate_with_parents_is_followed_to_theirs)
{
	struct pair p;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	begin(&p, 1);
	snprintf(p.child->outside->organisation, sizeof(p.child->outside->organisation), "PTB");
	trace_pair(&p, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	REQUIRE(r.link_count == 2);
	CHECK(!r.links[0].root);
	CHECK(r.links[1].root);
	chain_end(&p.c);
}

TEST(a_chain_whose_parents_are_not_here_ends_at_an_institutes_certificate_only)
{
	for (int institute = 0; institute < 2; institute++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		begin(&p, 1);
		if (institute)
			snprintf(p.child->outside->organisation,
				 sizeof(p.child->outside->organisation), "PTB");
		p.parent_count = 0; /* it is not put */
		trace_pair(&p, &r);
		ls_cal_entry_unref(p.parents[0]);
		CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_ROOT),
			     institute ? LS_CAL_HOLDS : LS_CAL_CANNOT);
		if (!institute)
			CHECK_INT_EQ(r.verdict, LS_CAL_CANNOT_BE_SHOWN);
		chain_end(&p.c);
	}
}

TEST(a_certificate_that_a_chain_ends_with_is_told_by_its_laboratory)
{
	struct pair p;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	begin(&p, 0);
	snprintf(p.child->outside->laboratory, sizeof(p.child->outside->laboratory), "Orphans Ltd");
	trace_pair(&p, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_NOT_TRACEABLE);
	CHECK_INT_EQ(outcome_of(&r, LS_CAL_CHECK_ROOT), LS_CAL_FAILS);
	bool told = false;
	for (size_t i = 0; i < r.check_count; i++)
		told |= r.checks[i].words && strstr(r.checks[i].words, "ends at 'Orphans Ltd'");
	CHECK(told);
	chain_end(&p.c);
}

/* --- conformity ----------------------------------------------------------------------------- */

/* D13, by ILAC G8: what is equal in decimals is equal, however large the tolerance beside U. */
TEST(a_statement_of_conformity_follows_from_the_numbers_to_the_last_digit)
{
	static const struct {
		const char *lower, *upper, *error, *u;
		enum ls_cal_conformity stated;
		int outcome;
	} rows[] = {
		{ "-1000", "1000", "999.99", "0.01", LS_CAL_PASS, LS_CAL_HOLDS },
		{ "-1000", "1000", "-999.99", "0.01", LS_CAL_PASS, LS_CAL_HOLDS },
		{ "-1000", "1000", "999.991", "0.01", LS_CAL_PASS, LS_CAL_FAILS },
		{ "-1000", "1000", "999.991", "0.01", LS_CAL_CONDITIONAL_PASS, LS_CAL_HOLDS },
		{ "-1000", "1000", "1000", "0.01", LS_CAL_CONDITIONAL_PASS, LS_CAL_HOLDS },
		{ "-1000", "1000", "1000.001", "0.01", LS_CAL_CONDITIONAL_PASS, LS_CAL_FAILS },
		{ "-1000", "1000", "1000.001", "0.01", LS_CAL_CONDITIONAL_FAIL, LS_CAL_HOLDS },
		{ "-1000", "1000", "1000.01", "0.01", LS_CAL_CONDITIONAL_FAIL, LS_CAL_HOLDS },
		{ "-1000", "1000", "-1000.01", "0.01", LS_CAL_CONDITIONAL_FAIL, LS_CAL_HOLDS },
		{ "-1000", "1000", "1000.011", "0.01", LS_CAL_CONDITIONAL_FAIL, LS_CAL_FAILS },
		{ "-1000", "1000", "1000.011", "0.01", LS_CAL_FAIL, LS_CAL_HOLDS },
		/* a tolerance on one side of zero */
		{ "-1000.02", "-1000", "-1000.01", "0.01", LS_CAL_PASS, LS_CAL_HOLDS },
		{ "-100000.02", "-100000", "-100000.01", "0.01", LS_CAL_PASS, LS_CAL_HOLDS },
		{ "1000", "1000.02", "1000.01", "0.01", LS_CAL_PASS, LS_CAL_HOLDS },
		/* U that is wider than the tolerance */
		{ "-0.001", "0.001", "1000.001", "1000", LS_CAL_CONDITIONAL_FAIL, LS_CAL_HOLDS },
		{ "-0.001", "0.001", "1000.002", "1000", LS_CAL_CONDITIONAL_FAIL, LS_CAL_FAILS },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair p;
		_cleanup_cal_result_ struct ls_cal_result r = { 0 };
		const struct row here = { "20", rows[i].u, "2" };
		begin(&p, 1);
		struct ls_cal_measurand *m = measurand_of(p.child);
		set_table(m, "\\degreecelsius", "20", "20", &here, 1);
		m->points[0].error = decimal(rows[i].error);
		m->has_tolerance = true;
		m->lower = decimal(rows[i].lower);
		m->upper = decimal(rows[i].upper);
		m->conformity = rows[i].stated;
		m->rule = LS_CAL_RULE_GUARDED;
		trace_pair(&p, &r);
		int outcome = outcome_of(&r, LS_CAL_CHECK_CONFORMITY);
		if (outcome != rows[i].outcome)
			TEST_FAIL("row %zu: %d", i, outcome);
		chain_end(&p.c);
	}
}

TEST_MAIN()
