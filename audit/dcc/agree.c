/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/agree.h"

#include <errno.h>
#include <stdlib.h>

#include "audit/dcc/measurand.h"
#include "lib/cal/agree.h"

int ls_dcc_agree(const struct ls_cal_report *report, const struct ls_dcc *dcc, struct ls_error *err)
{
	size_t *parents = calloc(dcc->link_count + 1, sizeof(*parents)), left_out;
	struct ls_cal_report certificate = { .begun = dcc->begin_time,
					     .performed = dcc->end_time,
					     .details = calloc(1, sizeof(struct ls_cal_details)) };
	int rc = parents && certificate.details ? 0 : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < dcc->link_count; i++)
		parents[i] = SIZE_MAX;
	if (rc == 0)
		rc = ls_dcc_details_fill(dcc, parents, certificate.details, &left_out);
	if (rc == 0)
		rc = ls_cal_agree(report, &certificate, err);
	ls_cal_report_free(&certificate);
	free(parents);
	return rc == -ENOMEM ? ls_fail(err, rc, "cal.dcc.memory", "out of memory") : rc;
}
