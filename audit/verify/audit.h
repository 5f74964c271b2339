/* SPDX-License-Identifier: Apache-2.0 */
/* An audit of a share, or of one result's folder. */
#ifndef LABSEAL_AUDIT_VERIFY_AUDIT_H
#define LABSEAL_AUDIT_VERIFY_AUDIT_H

#include "audit/verify/report.h"

struct ls_audit_options {
	const char *target; /* a share or a result's folder */
	const char *trust;  /* NULL: none */
	const char *memory; /* NULL: none */
};

/*
 * Look at everything and write what was found into the report, which the caller
 * has initialised.  0, or -ENOMEM: the audit did not get to its end and the
 * report is no verdict.
 */
int ls_audit_run(const struct ls_audit_options *options, struct ls_report *report);

#endif
