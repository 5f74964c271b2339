/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TPM's clock as it is in everything that it attests: TPMS_CLOCK_INFO
 * (TPM 2.0 Library, Part 2, 10.11.1; what it promises: Part 1, section 36).
 */
#ifndef LABSEAL_LIB_ATTEST_CLOCK_H
#define LABSEAL_LIB_ATTEST_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"

struct ls_clock {
	uint64_t milliseconds;	/* powered, since the TPM was last cleared */
	uint32_t reset_count;	/* TPM resets since then */
	uint32_t restart_count; /* TPM restarts and resumes since the last reset */
	bool safe;		/* no higher value was reported before */
};

/*
 * Whether `after` can have been attested after `before` by one TPM: the reset
 * count does not fall; within one, neither the restart count nor the clock
 * falls.  A clock that stepped back is accepted after a reset, and only while
 * the TPM itself says so (safe is NO: it was stopped without a shutdown).
 * 0 or -EBADMSG.
 */
int ls_clock_check_follows(const struct ls_clock *before, const struct ls_clock *after,
			   struct ls_error *err);

#endif
