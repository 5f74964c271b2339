/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/nv_certificate.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/tpm_constants.h"

int ls_nv_certificate_verify(const struct ls_attested *attested, const struct ls_attester *attester,
			     const struct ls_digest *qualifying, const struct ls_tpm_name *index,
			     void *contents, size_t size, struct ls_clock *ret_clock,
			     struct ls_error *err)
{
	struct ls_attest a;
	int rc = ls_attest_verify(attested, LS_ST_ATTEST_NV, attester, qualifying, &a, err);
	if (rc < 0)
		return rc;
	if (memcmp(a.nv.index.bytes, index->bytes, LS_TPM_NAME_SIZE) != 0)
		return ls_fail(err, -EKEYREJECTED, "nv-certificate.index",
			       "it is about another NV index, or one with other attributes");
	if (a.nv.offset != 0 || a.nv.size != size)
		return ls_fail(err, -EKEYREJECTED, "nv-certificate.range",
			       "it is about a part of the index: %zu bytes from byte %u, not %zu "
			       "from 0",
			       a.nv.size, a.nv.offset, size);
	memcpy(contents, a.nv.contents, size);
	*ret_clock = a.clock;
	return 0;
}
