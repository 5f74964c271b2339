/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in a file for a secret that a TPM keeps. */
#include "lib/tpm/kept.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_tpm_kept kept;
	struct ls_error err = { 0 };
	int rc = ls_tpm_kept_parse(data, size, &kept, &err);
	if (rc != 0 && (rc != err.code || !err.message[0]))
		abort();
	if (rc == 0 && (kept.pcrs >> LS_TPM_PCR_COUNT || kept.blob + kept.blob_size != data + size))
		abort();
	return 0;
}
