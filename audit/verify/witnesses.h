/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether witnesses that the trust file names saw the log that the share holds:
 * their lines on log/checkpoint and on log/witnessed/SIZE (docs/formats/share.md).
 */
#ifndef LABSEAL_AUDIT_VERIFY_WITNESSES_H
#define LABSEAL_AUDIT_VERIFY_WITNESSES_H

#include "audit/verify/log.h"

#define LS_WITNESSED "log/witnessed"

/* After ls_log_check: LS_CHECK_WITNESSES. */
void ls_witnesses_audit(const struct ls_log *log, struct ls_report *report);

#endif
