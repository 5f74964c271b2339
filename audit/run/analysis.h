/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What we work out of a run's own curves.
 *
 * It stands beside what the instrument stored (run.h), never in its place, and
 * is labelled ours wherever it is shown.  It is textbook arithmetic, stated
 * below, not the instrument's secret one: a difference of a tenth of a cycle
 * from the stored Cq says nothing against the file.
 *
 * Pure arithmetic on doubles: no locale, no allocation from a number of the
 * file that run.h does not bound.  NAN: could not be worked out.
 */
#ifndef LABSEAL_AUDIT_RUN_ANALYSIS_H
#define LABSEAL_AUDIT_RUN_ANALYSIS_H

#include "audit/run/run.h"

/* Where the curve that was analysed comes from. */
enum ls_curve_origin {
	LS_CURVE_NONE,		 /* no curve: nothing was worked out */
	LS_CURVE_DELTA_RN,	 /* stored delta Rn, taken as it is */
	LS_CURVE_RN,		 /* stored Rn, our baseline */
	LS_CURVE_MULTICOMPONENT, /* reporter over passive reference, our baseline */
	LS_CURVE_AMPLITUDE	 /* RDML's fluor, our baseline */
};

/* "stored delta Rn", ... */
const char *ls_curve_origin_name(enum ls_curve_origin origin);

/* How the threshold came about that our Cq was taken at. */
enum ls_threshold_origin {
	LS_THRESHOLD_NONE,
	LS_THRESHOLD_STORED, /* the run's file gives it */
	LS_THRESHOLD_OURS    /* see below */
};

enum ls_ntc_verdict {
	LS_NTC_NONE,  /* the reaction is no no-template control */
	LS_NTC_CLEAN, /* no Cq */
	LS_NTC_SIGNAL /* a Cq: template, or primer dimers */
};

/* A peak of -dF/dT. */
struct ls_melt_peak {
	double tm;     /* degrees Celsius, between points by a parabola */
	double height; /* of -dF/dT */
};

#define LS_MELT_PEAKS_MAX 8

/*
 * One reaction, in the order of the run's wells and reactions.
 *
 * Our baseline is a straight line, by least squares, through the cycles that the file stores for
 * it. Where it stores none, it is through cycle 3 to three cycles before the rise begins: before
 * the last cycle that is not above the low level (the median of cycles 3 to 8) by a fiftieth of the
 * way to the highest.  A curve that does not rise by twenty times its typical step from cycle to
 * cycle, or that is a straight line to within a twelfth of its rise, is all baseline.  Through
 * fewer than seven cycles it is their mean, and no line.  It is subtracted from the curve unless
 * that is the stored delta Rn.
 *
 * The threshold is the stored one, for curves in its unit (Rn).  Else it is ours, one for all
 * reactions of a target: ten times the median of the baselines' standard deviations, and
 * at least a fiftieth of the highest delta Rn.
 */
struct ls_reaction_analysis {
	enum ls_curve_origin origin;
	struct ls_run_series rn;       /* the curve that was analysed before our baseline; borrowed
					  from the run or owned here */
	struct ls_run_series delta_rn; /* after it */
	double baseline_start, baseline_end;	   /* cycles, from 1; NAN: none was subtracted */
	double baseline_slope, baseline_intercept; /* the line that was subtracted */
	double baseline_sd;			   /* of what is left of it */
	double threshold;
	enum ls_threshold_origin threshold_origin;
	double cq;	 /* ours: where delta Rn crosses the threshold for good, by a straight
			    line between the two cycles; NAN: it does not */
	double end_rn;	 /* delta Rn of the last cycle */
	double quantity; /* from our standard curve; NAN without one or without a Cq */
	enum ls_ntc_verdict ntc_stored;		      /* by the Cq that the file stores */
	enum ls_ntc_verdict ntc_ours;		      /* by ours */
	struct ls_run_melt melt;		      /* derivative is ours: smoothed, see below */
	struct ls_melt_peak peaks[LS_MELT_PEAKS_MAX]; /* highest first */
	size_t peak_count;
};

struct ls_curve_point {
	size_t reaction; /* index into analysis->reactions */
	double log10_quantity;
	double cq;
};

/*
 * A standard curve by least squares over the standards that have a quantity
 * greater than 0, a Cq, and are not omitted: Cq = slope * log10(quantity) + intercept.
 * Absent figures are NAN: less than three points, or fewer than two quantities.
 */
struct ls_curve_analysis {
	size_t target;
	bool stored_cq;		       /* the points are the instrument's Cq; else ours */
	struct ls_curve_point *points; /* owned */
	size_t point_count;
	double slope, intercept, r2;
	double efficiency;		    /* 10^(-1/slope) - 1: 1.0 is doubling */
	double sd;			    /* of the points about the line, in cycles */
	double quantity_low, quantity_high; /* of the standards: no claim is made outside */
};

struct ls_run_analysis {
	struct ls_reaction_analysis *reactions; /* owned */
	size_t reaction_count;
	size_t *first; /* well i's reactions begin at first[i]; well_count items */
	struct ls_curve_analysis *curves; /* owned; first of the stored Cq, then of ours */
	size_t curve_count;
	struct ls_run_memory *memory;
};

/*
 * Work out everything.  run must outlive the result.  0 and *ret, which the
 * caller frees, or -ENOMEM with *ret untouched.
 */
int ls_run_analyse(const struct ls_run *run, struct ls_run_analysis **ret, struct ls_error *err);

void ls_run_analysis_free(struct ls_run_analysis *analysis); /* NULL is fine */
LS_DEFINE_CLEANUP(struct ls_run_analysis *, ls_run_analysis_free)

/* --- the arithmetic, each for itself --- */

struct ls_line {
	double slope, intercept, r2, sd; /* sd: of the residuals, n - 2 degrees of freedom */
};

/*
 * Least squares of y over x; pairs with a NAN are left out.  0, or -EDOM with fewer than
 * two different x.  r2 is NAN when all y are alike; sd is NAN for fewer than three pairs.
 */
int ls_line_fit(const double *x, const double *y, size_t n, struct ls_line *ret);

/* 10^(-1/slope) - 1; NAN unless slope < 0. */
double ls_efficiency(double slope);

/*
 * The cycle (from 1) at which values cross the threshold upwards and stay above to the
 * end, on a straight line between the two cycles; NAN: never.  NANs are passed over.
 */
double ls_threshold_cross(const double *values, size_t n, double threshold);

/*
 * -dF/dT by a least-squares line over a window of 5 points (fewer at the ends); n values.
 * Points at one temperature are no slope: NAN.
 */
void ls_melt_derivative(const double *temperature, const double *signal, size_t n,
			double *derivative);

/*
 * Peaks of -dF/dT at least a tenth as high as the highest, highest first.
 * Returns how many were stored, at most max.
 */
size_t ls_melt_peaks(const double *temperature, const double *derivative, size_t n,
		     struct ls_melt_peak *peaks, size_t max);

#endif
