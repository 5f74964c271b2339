/* SPDX-License-Identifier: Apache-2.0 */
/* A stored key: parsed by the TSS's unmarshalling, then held to our template. */
#include "lib/tpm/keys.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_p256_public authority = { { 0 } }, key;
	struct ls_error err = { 0 };
	int rc = ls_tpm_check_signing_key(data, size, &authority, LS_POLICY_REF,
					  strlen(LS_POLICY_REF), &key, &err);
	if (rc != 0 && (rc != err.code || !err.message[0]))
		abort();
	return 0;
}
