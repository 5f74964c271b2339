/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/quote.h"

#include <errno.h>

#include "lib/attest/tpm_constants.h"

int ls_quote_verify(const struct ls_attested *attested, const struct ls_attester *attester,
		    const struct ls_digest *qualifying, const struct ls_pcr_values *expected,
		    struct ls_clock *ret_clock, struct ls_error *err)
{
	struct ls_attest a;
	struct ls_digest digest;
	if (expected->pcrs == 0)
		return ls_fail(err, -EINVAL, "quote.selection", "a quote over no PCR says nothing");
	int rc = ls_attest_verify(attested, LS_ST_ATTEST_QUOTE, attester, qualifying, &a, err);
	if (rc < 0)
		return rc;
	/* the selection is what says which PCRs the digest is of: a list beside it does not */
	if (a.quote.selection.count != 1 || a.quote.selection.banks[0].hash != LS_ALG_SHA256 ||
	    a.quote.selection.banks[0].pcrs != expected->pcrs)
		return ls_fail(err, -EKEYREJECTED, "quote.selection",
			       "it is over other PCRs, or another bank, than the values given");
	ls_pcr_values_digest(expected, &digest);
	if (!ls_digest_equal(&a.quote.digest, &digest))
		return ls_fail(err, -EKEYREJECTED, "quote.digest",
			       "the PCRs had other values when it was made");
	*ret_clock = a.clock;
	return 0;
}
