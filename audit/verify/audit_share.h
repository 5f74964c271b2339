/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LABSEAL_AUDIT_VERIFY_AUDIT_SHARE_H
#define LABSEAL_AUDIT_VERIFY_AUDIT_SHARE_H

#include "audit/verify/calibration.h"
#include "audit/verify/report.h"
#include "audit/verify/source.h"
#include "lib/seal/trust.h"

/*
 * The whole share: its log, every folder, and what the log knows that has none.
 * resume: the file of what was hashed before, or NULL.  0 or -ENOMEM.
 */
int ls_audit_share(struct ls_source *source, const struct ls_trust *trust, const char *memory,
		   const char *resume, struct ls_calibrations *calibrations,
		   struct ls_report *report);

#endif
