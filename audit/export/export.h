/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A copy of a share as it is at one checkpoint, while sealing goes on.
 *
 * The checkpoint is read first.  What it covers is copied aside, below the copy's
 * .staging/export/, then moved into place, and the checkpoint is written last: until
 * then the copy is the one that it was before, or none.  Whatever ends it early
 * can be run again and goes on.  The copy has the share's layout, times and modes,
 * and its owners where root makes it.
 */
#ifndef LABSEAL_AUDIT_EXPORT_EXPORT_H
#define LABSEAL_AUDIT_EXPORT_EXPORT_H

#include <stdint.h>

#include "lib/base/error.h"
#include "lib/seal/trust.h"

struct ls_export_counts {
	uint64_t seals;	 /* that the copy's checkpoint covers */
	uint64_t copied; /* files, and their bytes */
	uint64_t bytes;
	uint64_t kept; /* files that were there */
};

/*
 * Copy the share into dest, which is made when it is not there (its parent must be).
 *   export.share       the share, or a file of it, cannot be read (-errno), or changes under it
 *   export.log         -EBADMSG: its log does not hash to its checkpoint, or is not the trust
 *                      file's (errors of ls_checkpoint_open): run labseal verify
 *   export.strange     -EBADMSG: a link or a device where a file should be
 *   export.other       -EEXIST: dest holds something else, or a copy of another log, or one
 *                      that this share does not continue; nothing of it is touched
 *   export.inside      -EINVAL: dest is in the share, or the share itself
 *   export.busy        -EBUSY: another one copies to dest
 *   export.dest        dest cannot be written (-errno, -ENOSPC): run it again when it can
 */
int ls_export_share(const char *share, const char *dest, const struct ls_trust *trust,
		    struct ls_export_counts *ret_counts, struct ls_error *err);

#endif
