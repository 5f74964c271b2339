/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An auditor's memory of a registry: the last checkpoint seen, kept as the signed note it is.  A
 * registry that does not continue it has been rolled back or forked.
 */
#ifndef LABSEAL_AUDIT_CAL_MEMORY_H
#define LABSEAL_AUDIT_CAL_MEMORY_H

#include "lib/base/error.h"
#include "lib/cal/trust.h"

#define LS_CAL_MEMORY_SAID_SIZE 160

/*
 * Hold the mirror at registry against the checkpoint in the file at path, then keep the mirror's
 * there instead; a file that is not there yet is begun.  said is what became of it.  0; -EBADMSG:
 * the mirror does not continue it (the file stays as it is); -EINVAL: the file is no checkpoint of
 * this log; the registry's and the file's errors.
 */
int ls_cal_memory_check(const char *path, const char *registry, const struct ls_cal_trust *trust,
			char said[static LS_CAL_MEMORY_SAID_SIZE], struct ls_error *err);

#endif
