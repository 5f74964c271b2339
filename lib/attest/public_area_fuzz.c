/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/public_area.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_public_area area;
	if (ls_public_area_parse(data, size, &area, NULL) < 0)
		return 0;
	ls_endorsement_key_check(&area, NULL);
	ls_attestation_key_check(&area, NULL);
	if (area.policy < data || area.policy + area.policy_size > data + size)
		abort();
	return 0;
}
