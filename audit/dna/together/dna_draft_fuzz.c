/* SPDX-License-Identifier: Apache-2.0 */
/* Drafts and parts: what parses is written as it was. */
#include "audit/dna/together/draft.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(const struct ls_buffer *out, const uint8_t *data, size_t size)
{
	if (out->error || out->size != size || memcmp(out->data, data, size) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ls_dna_part part;
	_cleanup_dna_draft_ struct ls_dna_draft draft;
	_cleanup_buffer_ struct ls_buffer out;
	ls_dna_draft_init(&draft);
	ls_buffer_init(&out, 2 * LS_DNA_DRAFT_MAX);
	if (ls_dna_draft_parse(data, size, &draft, NULL) == 0) {
		ls_dna_draft_format(&draft, &out);
		same(&out, data, size);
	} else if (ls_dna_part_parse(data, size, &part, NULL) == 0) {
		ls_dna_part_format(&part, &out);
		same(&out, data, size);
	}
	return 0;
}
