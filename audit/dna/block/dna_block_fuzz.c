/* SPDX-License-Identifier: Apache-2.0 */
/* A block: what is read is written as it was. */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer bases, head;
	static uint8_t masks[LS_DOCUMENT_MAX / LS_CHUNK_BYTES + 2];
	struct ls_block b;
	struct ls_layout l;
	ls_buffer_init(&bases, size + 1);
	ls_buffer_init(&head, 8 * (size_t)LS_DOCUMENT_MAX);
	for (size_t i = 0; i < size; i++)
		ls_buffer_add_u8(&bases, data[i] & 3);
	if (size == 0 || ls_block_read(bases.data, size, &b, &l, NULL) < 0)
		return 0;
	if (l.at[LS_PART_COUNT] > size)
		abort();
	for (size_t i = 0; i < ls_document_chunks(b.document.size); i++)
		ls_bases_unpack(bases.data + l.at[LS_PART_DOCUMENT] + i * (4 + 4 * LS_CHUNK_BYTES),
				8, &masks[i]);
	if (ls_block_head(&b, masks, &head, NULL) < 0 || ls_block_signature(&b, &head) < 0 ||
	    head.size != l.at[LS_PART_PARITY] ||
	    memcmp(head.data + LS_TAG_BASES, bases.data + LS_TAG_BASES, head.size - LS_TAG_BASES) !=
		    0)
		abort();
	ls_block_free(&b);
	return 0;
}
