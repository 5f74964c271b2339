/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LABSEAL_AUDIT_VERIFY_EVIDENCE_H
#define LABSEAL_AUDIT_VERIFY_EVIDENCE_H

#include "audit/verify/log.h"

/*
 * Everything below log/evidence/ (docs/formats/evidence.md), after ls_log_check:
 * each set of files by itself, and all of them in the order of their
 * checkpoints.  What holds goes into report->facts.chain.  0 or -ENOMEM.
 */
int ls_evidence_audit(struct ls_log *log, struct ls_report *report);

#endif
