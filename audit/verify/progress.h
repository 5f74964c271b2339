/* SPDX-License-Identifier: Apache-2.0 */
/* How far an audit is, on a terminal: one line on standard error that replaces itself. */
#ifndef LABSEAL_AUDIT_VERIFY_PROGRESS_H
#define LABSEAL_AUDIT_VERIFY_PROGRESS_H

#include "audit/verify/report.h"

/* An ls_audit_progress_fn; context is not used. */
void ls_progress_show(void *context, struct ls_report *report);

/* Take the line away, before anything else is written. */
void ls_progress_end(void);

#endif
