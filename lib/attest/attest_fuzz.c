/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/attest.h"

#include <stdlib.h>

#include "lib/attest/tpm_constants.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t types[] = { LS_ST_ATTEST_QUOTE, LS_ST_ATTEST_NV,
					  LS_ST_ATTEST_CREATION, LS_ST_ATTEST_CERTIFY };
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct ls_attest a;
		if (ls_attest_parse(data, size, types[i], &a, NULL) < 0)
			continue;
		if (a.qualifying < data || a.qualifying + a.qualifying_size > data + size)
			abort();
	}
	return 0;
}
