/* SPDX-License-Identifier: Apache-2.0 */
/* What anyone may send to a witness. */
#include "witness/add_checkpoint.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_add_checkpoint request;
	if (ls_add_checkpoint_parse(data, size, &request, NULL) == 0 &&
	    (request.proof_count > LS_ADD_CHECKPOINT_PROOF_MAX || request.note.count == 0))
		abort();
	return 0;
}
