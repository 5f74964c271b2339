/* SPDX-License-Identifier: Apache-2.0 */
/* A witness's state file of any bytes. */
#include "witness/state.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_witness_known known;
	_cleanup_buffer_ struct ls_buffer again;
	ls_buffer_init(&again, 1 << 20);
	ls_witness_known_init(&known);
	if (ls_witness_state_parse(data, size, &known, NULL) == 0) {
		bool is_signed = known.note.size > 0;
		ls_buffer_printf(&again, "labseal-witness-state/v%d\n", is_signed ? 2 : 1);
		if (is_signed)
			ls_buffer_add(&again, known.note.data, known.note.size);
		else
			ls_checkpoint_format(&known.checkpoint, &again);
		if (again.size != size || memcmp(again.data, data, size) != 0)
			abort();
	}
	ls_witness_known_free(&known);
	return 0;
}
