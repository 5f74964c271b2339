/* SPDX-License-Identifier: Apache-2.0 */
/* The quantities of a certificate as the trace engine's measurands (lib/cal/report.h). */
#ifndef LABSEAL_AUDIT_DCC_MEASURAND_H
#define LABSEAL_AUDIT_DCC_MEASURAND_H

#include "audit/dcc/dcc.h"
#include "lib/cal/report.h"

/*
 * Which quantities of one list belong together: reference value and measured value, the error
 * between them, or a single quantity.  NULL: there is none.
 */
struct ls_dcc_series {
	size_t result, list;
	enum ls_dcc_stage stage;
	const struct ls_dcc_quantity *reference, *measured, *error, *single;
	size_t count;	     /* points */
	const char *problem; /* why it cannot be used, or NULL */
};

/* The i-th series of a certificate, counted from 0; false: there are no more. */
bool ls_dcc_series_at(const struct ls_dcc *dcc, size_t i, struct ls_dcc_series *ret_series);

/*
 * All series as measurands, conditions and texts of details, which is zeroed and owned by the
 * caller.  parents: of each link, its index in the report's parents, or SIZE_MAX.  What cannot be
 * used is left out, and *ret_left_out counted up.  0 or -ENOMEM.
 */
int ls_dcc_details_fill(const struct ls_dcc *dcc, const size_t *parents,
			struct ls_cal_details *details, size_t *ret_left_out);

#endif
