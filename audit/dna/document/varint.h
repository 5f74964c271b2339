/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in as few bytes as they need: seven bits each, the lowest first, bit 7: more follow. */
#ifndef LABSEAL_AUDIT_DNA_DOCUMENT_VARINT_H
#define LABSEAL_AUDIT_DNA_DOCUMENT_VARINT_H

#include <errno.h>

#include "lib/base/buffer.h"
#include "lib/base/reader.h"

static inline int ls_varint_add(struct ls_buffer *out, uint64_t value)
{
	for (; value > 0x7f; value >>= 7)
		ls_buffer_add_u8(out, (uint8_t)(value | 0x80));
	return ls_buffer_add_u8(out, (uint8_t)value);
}

/* At most 35 bits, the shortest spelling only: -EBADMSG. */
static inline int ls_varint_read(struct ls_reader *r, uint64_t *ret_value)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t byte;
		if (ls_read_u8(r, &byte) < 0)
			return -EBADMSG;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (byte == 0 && shift > 0)
			return -EBADMSG;
		*ret_value = value;
		return 0;
	}
	return -EBADMSG;
}

#endif
