/* SPDX-License-Identifier: Apache-2.0 */
/* D11: what an organisation's lines of scope let it calibrate, and certify others for. */
#ifndef LABSEAL_LIB_CAL_COMPETENCE_H
#define LABSEAL_LIB_CAL_COMPETENCE_H

#include "lib/cal/record.h"

enum ls_cal_competence {
	LS_CAL_COMPETENT = 0,
	LS_CAL_BEYOND_SCOPE,	   /* no line has the quantity over all of the range */
	LS_CAL_BELOW_SMALLEST,	   /* one has, and its smallest uncertainty is larger than u */
	LS_CAL_COMPETENCE_UNKNOWN, /* one has, and no uncertainty is known */
};

/* What is compared is standard uncertainties, of the point with the smallest: *ret_u, in the
 * measurand's unit, except where there is none. */
enum ls_cal_competence ls_cal_competence(const struct ls_cal_organisation *organisation,
					 const struct ls_cal_measurand *measurand, double *ret_u);

/* The first line of scope (of this quantity; NULL: of any) that is wider or finer than each line of
 * the organisation that certifies it; NULL: there is none. */
const struct ls_cal_scope *ls_cal_scope_beyond(const struct ls_cal_organisation *organisation,
					       const struct ls_cal_organisation *certifier,
					       const char *quantity);

#endif
