/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/analysis.h"

#include <errno.h>
#include <math.h>

#include "audit/run/run_build.h"
#include "lib/base/test.h"

#define CYCLES 40

static void near(double seen, double wanted, double room)
{
	if (!(fabs(seen - wanted) <= room))
		TEST_FAIL("%.9g is not within %g of %.9g", seen, room, wanted);
}

TEST(a_line_through_known_points)
{
	/* Anscombe's first set: slope 0.5001, intercept 3.0001, r2 0.6665, sd 1.2366 */
	const double x[] = { 10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5 };
	const double y[] = { 8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68 };
	struct ls_line line;
	REQUIRE(ls_line_fit(x, y, 11, &line) == 0);
	near(line.slope, 0.500090909, 1e-9);
	near(line.intercept, 3.000090909, 1e-9);
	near(line.r2, 0.666542459, 1e-9);
	near(line.sd, 1.236603323, 1e-9);
}

TEST(a_line_needs_two_places)
{
	const double x[] = { 1, 1, NAN, 2 }, y[] = { 1, 2, 3, NAN };
	struct ls_line line = { .slope = 7 };
	CHECK_INT_EQ(ls_line_fit(x, y, 4, &line), -EDOM);
	CHECK_INT_EQ(ls_line_fit(x, y, 0, &line), -EDOM);
	near(line.slope, 7, 0);
	const double flat[] = { 5, 5, 5, 5 }, t[] = { 1, 2, 3, 4 };
	REQUIRE(ls_line_fit(t, flat, 4, &line) == 0);
	near(line.slope, 0, 0);
	CHECK(isnan(line.r2));
}

TEST(large_numbers_do_not_cancel)
{
	double x[100], y[100];
	for (int i = 0; i < 100; i++) {
		x[i] = 1e9 + i;
		y[i] = 1e9 + 3.0 * i;
	}
	struct ls_line line;
	REQUIRE(ls_line_fit(x, y, 100, &line) == 0);
	near(line.slope, 3, 1e-9);
	near(line.r2, 1, 1e-9);
}

TEST(efficiency_of_a_slope)
{
	near(ls_efficiency(-1 / log10(2)), 1, 1e-12);
	near(ls_efficiency(-3.3219), 1.0000, 1e-4);
	near(ls_efficiency(-3.58), 0.9025, 1e-4); /* 90 per cent, as guides have it */
	CHECK(isnan(ls_efficiency(0)));
	CHECK(isnan(ls_efficiency(3.3)));
	CHECK(isnan(ls_efficiency(NAN)));
}

TEST(where_a_curve_crosses_for_good)
{
	const double up[] = { 0, 0, 1, 3 }, spike[] = { 0, 9, 0, 1, 3 }, down[] = { 0, 3, 0 },
		     always[] = { 5, 5 }, gap[] = { 0, NAN, 4, 5 }, cut[] = { 0, 0, 4, NAN };
	near(ls_threshold_cross(up, 4, 0.5), 2.5, 1e-12);
	near(ls_threshold_cross(up, 4, 2), 3.5, 1e-12);
	near(ls_threshold_cross(spike, 5, 0.5), 3.5, 1e-12);
	near(ls_threshold_cross(gap, 4, 2), 2, 1e-12);
	near(ls_threshold_cross(cut, 4, 2), 2.5, 1e-12);
	CHECK(isnan(ls_threshold_cross(down, 3, 1)));
	CHECK(isnan(ls_threshold_cross(always, 2, 1)));
	CHECK(isnan(ls_threshold_cross(up, 4, 3)));
	CHECK(isnan(ls_threshold_cross(up, 0, 1)));
}

TEST(the_melting_temperature_of_a_known_curve)
{
	double t[71], f[71], d[71];
	struct ls_melt_peak peaks[LS_MELT_PEAKS_MAX];
	for (int i = 0; i < 71; i++) {
		t[i] = 60 + 0.5 * i;
		f[i] = 4 / (1 + exp((t[i] - 82.13) / 0.8)) + 1 / (1 + exp((t[i] - 71) / 0.8));
	}
	ls_melt_derivative(t, f, 71, d);
	CHECK_INT_EQ(ls_melt_peaks(t, d, 71, peaks, LS_MELT_PEAKS_MAX), 2);
	near(peaks[0].tm, 82.13, 0.02);
	near(peaks[1].tm, 71, 0.02);
	near(peaks[0].height, 4 / (4 * 0.8), 0.2); /* smoothed over two degrees */
}

TEST(a_derivative_of_what_has_none)
{
	const double same[] = { 60, 60, 60 }, f[] = { 3, 2, 1 };
	double d[3] = { 0 };
	ls_melt_derivative(same, f, 3, d);
	CHECK(isnan(d[0]) && isnan(d[1]) && isnan(d[2]));
	CHECK_INT_EQ(ls_melt_peaks(same, d, 3, NULL, 0), 0);
	const double up[] = { 60, 61, 62 };
	ls_melt_derivative(up, f, 3, d);
	near(d[1], 1, 1e-12);
}

/* --- over a run --- */

struct made {
	struct ls_run *run;
	size_t target;
};

static struct made begin(void)
{
	struct made m = { ls_run_new(LS_RUN_TEXT), 0 };
	ls_run_target(m.run, "T", 1, &m.target);
	ls_run_set(m.run, &m.run->targets[0].reporter, "FAM", 3);
	ls_run_set(m.run, &m.run->passive_reference, "ROX", 3);
	return m;
}

static struct ls_run_reaction *reaction(struct made *m, uint64_t well, enum ls_run_task task)
{
	struct ls_run_reaction *r = ls_run_reaction(m->run, ls_run_well(m->run, well), m->target);
	r->task = task;
	return r;
}

/* 3.3 / (1 + 2^(cq + 5 - cycle)): 0.1 at cq; cq 0: nothing amplifies */
static double amplified(double cq, int cycle)
{
	return cq > 0 ? 3.3 / (1 + exp2(cq + 5 - cycle)) : 0;
}

/* A little noise that is the same each time. */
static double noise(int i)
{
	return 0.0005 * sin(12.9898 * i) * cos(78.233 * i);
}

static void signals(struct made *m, uint64_t well, double cq, double drift)
{
	struct ls_run_well *w = ls_run_well(m->run, well);
	size_t fam = ls_run_dye(m->run, "FAM", 3), rox = ls_run_dye(m->run, "ROX", 3);
	for (int c = 1; c <= CYCLES; c++) {
		double rn = 1.5 + drift * c + amplified(cq, c) + noise(c + (int)well * 50);
		ls_run_series_set(m->run, ls_run_multicomponent(m->run, w, fam), (uint64_t)c - 1,
				  5e4 * rn);
		ls_run_series_set(m->run, ls_run_multicomponent(m->run, w, rox), (uint64_t)c - 1,
				  5e4);
	}
}

static struct ls_run_analysis *analyse(struct made *m)
{
	struct ls_run_analysis *a = NULL;
	struct ls_error err = { 0 };
	if (ls_run_finish(m->run, &err) < 0 || ls_run_analyse(m->run, &a, &err) < 0)
		TEST_FAIL("%s", err.message);
	return a;
}

static void end(struct made *m, struct ls_run_analysis *a)
{
	ls_run_analysis_free(a);
	ls_run_free(m->run);
}

TEST(cq_at_a_stored_threshold_over_our_baseline)
{
	struct made m = begin();
	for (uint64_t w = 0; w < 20; w++) {
		reaction(&m, w, LS_TASK_UNKNOWN)->threshold = 0.1;
		signals(&m, w, 12 + (double)w, 0.002);
	}
	struct ls_run_analysis *a = analyse(&m);
	REQUIRE(a != NULL);
	for (size_t w = 0; w < 20; w++) {
		CHECK_INT_EQ(a->reactions[w].origin, LS_CURVE_MULTICOMPONENT);
		CHECK_INT_EQ(a->reactions[w].threshold_origin, LS_THRESHOLD_STORED);
		near(a->reactions[w].cq, 12 + (double)w, 0.25); /* a straight line between cycles */
		CHECK(a->reactions[w].baseline_end < 12 + (double)w);
	}
	end(&m, a);
}

TEST(a_threshold_of_ours_is_one_for_the_target_and_labelled)
{
	struct made m = begin();
	for (uint64_t w = 0; w < 6; w++) {
		reaction(&m, w, LS_TASK_UNKNOWN);
		signals(&m, w, 20 + (double)w, 0);
	}
	struct ls_run_analysis *a = analyse(&m);
	REQUIRE(a != NULL);
	for (size_t w = 0; w < 6; w++) {
		CHECK_INT_EQ(a->reactions[w].threshold_origin, LS_THRESHOLD_OURS);
		near(a->reactions[w].threshold, a->reactions[0].threshold, 0);
		near(a->reactions[w].cq - a->reactions[0].cq, (double)w, 0.1);
	}
	near(a->reactions[0].threshold, 0.02 * 3.3, 0.002); /* a fiftieth of the top */
	end(&m, a);
}

TEST(controls_that_drift_or_rustle_are_clean)
{
	struct made m = begin();
	reaction(&m, 0, LS_TASK_UNKNOWN);
	signals(&m, 0, 25, 0);
	for (uint64_t w = 1; w < 6; w++) {
		reaction(&m, w, LS_TASK_NTC);
		signals(&m, w, 0, 0.004 * (double)w - 0.008);
	}
	reaction(&m, 6, LS_TASK_NTC);
	signals(&m, 6, 34, 0);
	struct ls_run_analysis *a = analyse(&m);
	REQUIRE(a != NULL);
	for (size_t w = 1; w < 6; w++) {
		CHECK_INT_EQ(a->reactions[w].ntc_ours, LS_NTC_CLEAN);
		CHECK_INT_EQ(a->reactions[w].ntc_stored, LS_NTC_NONE);
	}
	CHECK_INT_EQ(a->reactions[6].ntc_ours, LS_NTC_SIGNAL);
	CHECK_INT_EQ(a->reactions[0].ntc_ours, LS_NTC_NONE);
	end(&m, a);
}

TEST(a_stored_cq_is_judged_and_never_changed)
{
	struct made m = begin();
	struct ls_run_reaction *r = reaction(&m, 0, LS_TASK_NTC);
	r->cq = 40; /* the last cycle: how some software says "none" */
	reaction(&m, 1, LS_TASK_NTC)->cq = 36.5;
	reaction(&m, 2, LS_TASK_NTC)->undetermined = true;
	signals(&m, 0, 0, 0);
	struct ls_run_analysis *a = analyse(&m);
	REQUIRE(a != NULL);
	CHECK_INT_EQ(a->reactions[0].ntc_stored, LS_NTC_CLEAN);
	CHECK_INT_EQ(a->reactions[1].ntc_stored, LS_NTC_SIGNAL);
	CHECK_INT_EQ(a->reactions[2].ntc_stored, LS_NTC_CLEAN);
	CHECK_INT_EQ(a->reactions[2].ntc_ours, LS_NTC_NONE); /* no curve */
	near(m.run->wells[0].reactions[0].cq, 40, 0);
	CHECK(isnan(a->reactions[0].cq));
	end(&m, a);
}

TEST(standard_curves_of_stored_and_of_our_cq_stand_apart)
{
	struct made m = begin();
	for (uint64_t w = 0; w < 10; w++) {
		struct ls_run_reaction *r = reaction(&m, w, LS_TASK_STANDARD);
		double tenfold = (double)(w / 2);
		r->quantity = pow(10, 5 - tenfold);
		r->threshold = 0.1;
		r->cq = 18 + 3.4 * tenfold;
		signals(&m, w, 17 + tenfold / log10(2), 0);
	}
	/* what must not count: omitted, without a quantity, unknown */
	struct ls_run_reaction *r = reaction(&m, 10, LS_TASK_STANDARD);
	r->quantity = 100;
	r->cq = 5;
	r->omitted = true;
	r = reaction(&m, 11, LS_TASK_STANDARD);
	r->quantity = 100;
	r->cq = 5;
	ls_run_well(m.run, 11)->omitted = true;
	reaction(&m, 12, LS_TASK_STANDARD)->cq = 5;
	r = reaction(&m, 13, LS_TASK_UNKNOWN);
	r->threshold = 0.1;
	signals(&m, 13, 17 + 1.5 / log10(2), 0);
	struct ls_run_analysis *a = analyse(&m);
	REQUIRE(a != NULL);
	REQUIRE(a->curve_count == 2);
	CHECK(a->curves[0].stored_cq && !a->curves[1].stored_cq);
	CHECK_INT_EQ(a->curves[0].point_count, 10);
	near(a->curves[0].slope, -3.4, 1e-9);
	near(a->curves[0].intercept, 18 + 5 * 3.4, 1e-9);
	near(a->curves[0].r2, 1, 1e-9);
	near(a->curves[0].efficiency, 0.968, 0.001);
	near(a->curves[1].slope, -1 / log10(2), 0.05);
	near(a->curves[1].efficiency, 1, 0.03);
	near(a->curves[1].quantity_low, 10, 0);
	near(a->curves[1].quantity_high, 1e5, 0);
	near(log10(a->reactions[13].quantity), 3.5, 0.05);
	end(&m, a);
}

TEST(two_points_or_one_quantity_make_no_curve)
{
	struct made m = begin();
	for (uint64_t w = 0; w < 5; w++) {
		struct ls_run_reaction *r = reaction(&m, w, LS_TASK_STANDARD);
		r->quantity = 100;
		r->cq = 20 + (double)w;
	}
	struct ls_run_analysis *a = analyse(&m);
	REQUIRE(a != NULL && a->curve_count == 1);
	CHECK_INT_EQ(a->curves[0].point_count, 5);
	CHECK(isnan(a->curves[0].slope) && isnan(a->curves[0].efficiency));
	end(&m, a);
}

TEST(a_run_without_anything)
{
	struct made m = { ls_run_new(LS_RUN_TEXT), 0 };
	struct ls_run_analysis *a = analyse(&m);
	REQUIRE(a != NULL);
	CHECK_INT_EQ(a->reaction_count, 0);
	CHECK_INT_EQ(a->curve_count, 0);
	end(&m, a);
}

TEST(curves_of_few_cycles_and_of_gaps)
{
	for (uint64_t n = 1; n < 8; n++) {
		struct made m = begin();
		struct ls_run_reaction *r = reaction(&m, 0, LS_TASK_UNKNOWN);
		for (uint64_t i = 0; i < n; i++)
			ls_run_series_set(m.run, &r->rn, 2 * i, (double)i);
		struct ls_run_analysis *a = analyse(&m);
		CHECK(a && a->reactions[0].origin == LS_CURVE_RN);
		end(&m, a);
	}
}

TEST_MAIN()
