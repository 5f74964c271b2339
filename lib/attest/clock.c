/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/clock.h"

#include <errno.h>
#include <inttypes.h>

int ls_clock_check_follows(const struct ls_clock *before, const struct ls_clock *after,
			   struct ls_error *err)
{
	bool reset = after->reset_count > before->reset_count;
	if (after->reset_count < before->reset_count)
		return ls_fail(err, -EBADMSG, "clock.reset-count",
			       "the TPM's reset count falls from %" PRIu32 " to %" PRIu32
			       ": the order is not the one in which this was attested",
			       before->reset_count, after->reset_count);
	if (!reset && after->restart_count < before->restart_count)
		return ls_fail(err, -EBADMSG, "clock.restart-count",
			       "the TPM's restart count falls from %" PRIu32 " to %" PRIu32,
			       before->restart_count, after->restart_count);
	if (after->milliseconds >= before->milliseconds || (reset && !after->safe))
		return 0;
	return ls_fail(err, -EBADMSG, "clock.backwards",
		       "the TPM's clock goes back from %" PRIu64 " to %" PRIu64 " ms%s",
		       before->milliseconds, after->milliseconds,
		       reset ? ", and the TPM vouches for the later value"
			     : " without a reset in between");
}
