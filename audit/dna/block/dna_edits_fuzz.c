/* SPDX-License-Identifier: Apache-2.0 */
/* Edits of a molecule: where they are some, edits made anew lead to the same earlier one. */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/edits.h"

#define NOW 256 /* bases that the edits are of, at most */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_again(const uint8_t *now, size_t n, const struct ls_buffer *earlier)
{
	_cleanup_buffer_ struct ls_buffer edits, back;
	ls_buffer_init(&edits, 1 << 20);
	ls_buffer_init(&back, 1 << 20);
	if (ls_edits_make(now, n, earlier->data, earlier->size, &edits, NULL) < 0)
		return;
	if (ls_edits_apply(now, n, edits.data, edits.size, &back, NULL) < 0 ||
	    back.size != earlier->size ||
	    (back.size > 0 && memcmp(back.data, earlier->data, back.size) != 0))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer earlier;
	uint8_t now[NOW];
	ls_buffer_init(&earlier, 4096);
	if (size == 0 || size < 1 + (size_t)data[0])
		return 0;
	size_t n = data[0];
	for (size_t i = 0; i < n; i++)
		now[i] = data[1 + i] & 3;
	if (ls_edits_apply(now, n, data + 1 + n, size - 1 - n, &earlier, NULL) == 0)
		make_again(now, n, &earlier);
	return 0;
}
