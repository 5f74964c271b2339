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

/* Whether a cosigned checkpoint, in this file, is of the log; if not, that was reported. */
typedef bool ls_witnesses_link(void *context, const struct ls_checkpoint *c, const char *file);

/* The same for a bundle, whose log is a checkpoint alone; what is cosigned covers its result. */
void ls_witnesses_audit_bundle(const struct ls_log *log, ls_witnesses_link *link, void *context,
			       struct ls_report *report);

/* A checkpoint by the trust file's log that as many of its witnesses cosigned as it demands. */
bool ls_witnesses_are_enough(const struct ls_trust *trust, const void *bytes, size_t size);

#endif
