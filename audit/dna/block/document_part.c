/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/document_part.h"

#include <errno.h>

int ls_document_part_next(struct ls_reader *r, struct ls_document_part *ret)
{
	struct ls_document_part part;
	uint16_t size;
	struct ls_reader at = *r;
	if (ls_read_u8(&at, &part.type) < 0 || ls_read_be16(&at, &size) < 0 ||
	    ls_read_bytes(&at, size, &part.bytes) < 0)
		return -EBADMSG;
	part.size = size;
	*ret = part;
	*r = at;
	return 0;
}

int ls_document_part_add(struct ls_buffer *document, uint8_t type, const void *bytes, size_t n)
{
	if (n > UINT16_MAX)
		return -EFBIG;
	ls_buffer_add_u8(document, type);
	ls_buffer_add_be16(document, (uint16_t)n);
	ls_buffer_add(document, bytes, n);
	return ls_buffer_error(document);
}
