/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LABSEAL_AUDIT_VERIFY_MISSING_H
#define LABSEAL_AUDIT_VERIFY_MISSING_H

#include "audit/verify/log.h"
#include "audit/verify/share.h"

/* Seals of the log (NULL: not readable) without a folder, and seals with two. */
void ls_missing_check(const struct ls_share *share, const struct ls_log *log,
		      struct ls_report *report);

#endif
