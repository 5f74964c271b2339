/* SPDX-License-Identifier: Apache-2.0 */
/* Statements of conformity: ILAC G8:09/2019, 4.2; JCGM 106:2012, 8.3. */
#include "lib/cal/report.h"

#include <math.h>

/* How far inside of the tolerance (negative: outside) an error lies. */
static double margin(const struct ls_cal_measurand *m, const struct ls_cal_point *p)
{
	double error = ls_decimal_double(p->error);
	return fmin(error - ls_decimal_double(m->lower), ls_decimal_double(m->upper) - error);
}

static enum ls_cal_conformity of_point(const struct ls_cal_measurand *m,
				       const struct ls_cal_point *p)
{
	/* what is equal in decimals has to be equal here */
	double u = ls_decimal_double(p->u), inside = margin(m, p);
	double slack = 1e-12 *
		       (fabs(ls_decimal_double(m->lower)) + fabs(ls_decimal_double(m->upper)) + u);
	if (inside + slack >= u)
		return LS_CAL_PASS;
	if (inside + slack >= 0)
		return LS_CAL_CONDITIONAL_PASS;
	return inside + slack >= -u ? LS_CAL_CONDITIONAL_FAIL : LS_CAL_FAIL;
}

/* The enum rises from pass to fail. */
static enum ls_cal_conformity worst(const struct ls_cal_measurand *m,
				    const struct ls_cal_point *points, size_t count)
{
	enum ls_cal_conformity found = LS_CAL_CONFORMITY_NONE;
	if (!m->has_tolerance)
		return LS_CAL_CONFORMITY_NONE;
	for (size_t i = 0; i < count; i++) {
		if (!points[i].has_error || !points[i].has_u)
			return LS_CAL_CONFORMITY_NONE;
		enum ls_cal_conformity here = of_point(m, &points[i]);
		if (here > found)
			found = here;
	}
	return found;
}

enum ls_cal_conformity ls_cal_conformity_compute(const struct ls_cal_measurand *measurand)
{
	return worst(measurand, measurand->points, measurand->point_count);
}

enum ls_cal_conformity ls_cal_conformity_found(const struct ls_cal_measurand *measurand)
{
	if (measurand->adjustment == LS_CAL_ADJUSTMENT_AFTER)
		return worst(measurand, measurand->found, measurand->found_count);
	return ls_cal_conformity_compute(measurand);
}

bool ls_cal_conformity_agrees(const struct ls_cal_measurand *measurand,
			      enum ls_cal_conformity computed)
{
	bool guarded = measurand->rule == LS_CAL_RULE_GUARDED;
	switch (measurand->conformity) {
	case LS_CAL_CONFORMITY_NONE: return true;
	case LS_CAL_PASS:
		return computed == LS_CAL_PASS || (!guarded && computed == LS_CAL_CONDITIONAL_PASS);
	case LS_CAL_CONDITIONAL_PASS:
	case LS_CAL_CONDITIONAL_FAIL: return computed == measurand->conformity;
	case LS_CAL_FAIL:
		/* with a guard band, "fail" is all that is no "pass" (4.2.2) */
		return computed == LS_CAL_FAIL || computed == LS_CAL_CONDITIONAL_FAIL ||
		       (guarded && computed == LS_CAL_CONDITIONAL_PASS);
	case LS_CAL_NO_PASS: return computed != LS_CAL_PASS;
	case LS_CAL_NO_FAIL: return computed != LS_CAL_FAIL;
	}
	return false;
}
