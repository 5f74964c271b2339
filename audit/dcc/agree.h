/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a report's numbers are those of the certificate that it names. */
#ifndef LABSEAL_AUDIT_DCC_AGREE_H
#define LABSEAL_AUDIT_DCC_AGREE_H

#include "audit/dcc/dcc.h"
#include "lib/cal/report.h"

/*
 * Each of the report's measurands must be in the certificate: of the same unit (or one that
 * converts), with its points, errors, U and k, to 1e-9 of the value; and the dates must agree.
 * 0; -EBADMSG cal.dcc.disagrees, the first difference is named; -ENOMEM.
 */
int ls_dcc_agree(const struct ls_cal_report *report, const struct ls_dcc *dcc,
		 struct ls_error *err);

#endif
