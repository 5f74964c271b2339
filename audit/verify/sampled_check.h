/* SPDX-License-Identifier: Apache-2.0 */
/* The sequence files of the samples that records name, read and judged. */
#ifndef LABSEAL_AUDIT_VERIFY_SAMPLED_CHECK_H
#define LABSEAL_AUDIT_VERIFY_SAMPLED_CHECK_H

#include "audit/verify/report.h"
#include "audit/verify/source.h"

/*
 * When all records were told.  A share must hold the files; of a bundle those that it holds are
 * looked at; a result's folder has none.  trust: the auditor's DNA trust files, an authority's
 * parameters before its directories.  0 or -ENOMEM.
 */
int ls_sampled_check(struct ls_source *source, enum ls_target target, const char *const *trust,
		     size_t trust_count, struct ls_report *report);

#endif
