/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is the one spelling of its proof. */
#include "lib/log/proof.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer again = { 0 };
	struct ls_proof proof;
	if (ls_proof_parse(data, size, &proof, NULL) < 0)
		return 0;
	ls_buffer_init(&again, size + 1);
	ls_proof_format(&proof, &again);
	if (again.size != size || memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
