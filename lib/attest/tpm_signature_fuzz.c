/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/attest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t n = 0;
	if (ls_tpm_signature_parse(data, size, der, &n, NULL) == 0 &&
	    (size != LS_TPM_SIGNATURE_SIZE || n > sizeof(der)))
		abort();
	return 0;
}
