/* SPDX-License-Identifier: Apache-2.0 */
/* An allowed command is well-formed; a refused one has a response code to answer with. */
#include "lib/tpm/command_filter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t rc = 0;
	int verdict = ls_tpm_command_check(data, size, &rc, NULL);
	if (verdict == 0 && (size < LS_TPM_ERROR_RESPONSE_SIZE || data[0] != 0x80 || rc != 0))
		abort();
	if (verdict < 0 && rc == 0)
		abort();
	return 0;
}
