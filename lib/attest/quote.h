/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A quote: the TPM's word for the values of PCRs (TPM 2.0 Library, Part 3,
 * 18.4 TPM2_Quote; Part 2, 10.12.1 TPMS_QUOTE_INFO).
 */
#ifndef LABSEAL_LIB_ATTEST_QUOTE_H
#define LABSEAL_LIB_ATTEST_QUOTE_H

#include "lib/attest/attest.h"
#include "lib/attest/pcr_values.h"

/*
 * Whether these PCRs, no more and no fewer, of the SHA-256 bank and no other,
 * had these values when the attester was asked with this qualifying data.
 * 0 and the TPM's clock then; what ls_attest_verify returns; -EKEYREJECTED:
 * quote.selection, quote.digest; -EINVAL: no PCR is expected.
 */
int ls_quote_verify(const struct ls_attested *attested, const struct ls_attester *attester,
		    const struct ls_digest *qualifying, const struct ls_pcr_values *expected,
		    struct ls_clock *ret_clock, struct ls_error *err);

#endif
