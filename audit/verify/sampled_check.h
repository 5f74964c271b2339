/* SPDX-License-Identifier: Apache-2.0 */
/* The sequence files of the samples that records name, read and judged. */
#ifndef LABSEAL_AUDIT_VERIFY_SAMPLED_CHECK_H
#define LABSEAL_AUDIT_VERIFY_SAMPLED_CHECK_H

#include "audit/verify/report.h"
#include "audit/verify/source.h"

/*
 * When all records were told, of the report's target.  A share must hold the files; of a bundle
 * those that it holds are looked at, and it may hold no other; a result's folder has none.
 * 0 or -ENOMEM.
 */
int ls_sampled_check(struct ls_source *source, const struct ls_sampled_trust *trust,
		     struct ls_report *report);

#endif
