/* SPDX-License-Identifier: Apache-2.0 */
/* A witness's state file of any bytes. */
#include "witness/state.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char first[] = "labseal-witness-state/v1\n";
	struct ls_checkpoint c;
	_cleanup_buffer_ struct ls_buffer again;
	ls_buffer_init(&again, 4096);
	if (ls_witness_state_parse(data, size, &c, NULL) < 0)
		return 0;
	ls_buffer_add_str(&again, first);
	ls_checkpoint_format(&c, &again);
	if (again.size != size || memcmp(again.data, data, size) != 0)
		abort();
	return 0;
}
