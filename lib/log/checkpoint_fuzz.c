/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is the one spelling of its checkpoint. */
#include "lib/log/checkpoint.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer again = { 0 };
	struct ls_checkpoint checkpoint;
	if (ls_checkpoint_parse((const char *)data, size, &checkpoint, NULL) < 0)
		return 0;
	ls_buffer_init(&again, size + 1);
	ls_checkpoint_format(&checkpoint, &again);
	if (again.size != size || memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
