/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A certificate of an NV index: the TPM's word for what it holds (TPM 2.0
 * Library, Part 3, 31.16 TPM2_NV_Certify; Part 2, 10.12.9 TPMS_NV_CERTIFY_INFO).
 */
#ifndef LABSEAL_LIB_ATTEST_NV_CERTIFICATE_H
#define LABSEAL_LIB_ATTEST_NV_CERTIFICATE_H

#include "lib/attest/attest.h"

/*
 * Whether the index with this Name held these contents, all of it (size bytes,
 * from offset 0), when the attester was asked with this qualifying data.
 * 0, with contents filled in and the TPM's clock then; what ls_attest_verify
 * returns; -EKEYREJECTED: nv-certificate.index, nv-certificate.range.
 */
int ls_nv_certificate_verify(const struct ls_attested *attested, const struct ls_attester *attester,
			     const struct ls_digest *qualifying, const struct ls_tpm_name *index,
			     void *contents, size_t size, struct ls_clock *ret_clock,
			     struct ls_error *err);

#endif
