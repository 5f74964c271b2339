/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a report's numbers are those of the certificate that it names. */
#ifndef LABSEAL_AUDIT_DCC_AGREE_H
#define LABSEAL_AUDIT_DCC_AGREE_H

#include "audit/dcc/dcc.h"
#include "lib/cal/report.h"

/*
 * As lib/cal/agree.h has it.  0; -EBADMSG cal.dcc.disagrees, the first difference is named;
 * -ENOMEM.
 */
int ls_dcc_agree(const struct ls_cal_report *report, const struct ls_dcc *dcc,
		 struct ls_error *err);

#endif
