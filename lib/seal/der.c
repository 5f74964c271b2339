/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/der.h"

#include <errno.h>
#include <string.h>

#define HEADER_MAX  4 /* tag and a length below 65536 */
#define CONTENT_MAX 65535

/* Returns the header's size; n is at most CONTENT_MAX. */
static size_t make_header(uint8_t tag, size_t n, uint8_t header[static HEADER_MAX])
{
	header[0] = tag;
	if (n < 0x80) {
		header[1] = (uint8_t)n;
		return 2;
	}
	if (n < 0x100) {
		header[1] = 0x81;
		header[2] = (uint8_t)n;
		return 3;
	}
	header[1] = 0x82;
	header[2] = (uint8_t)(n >> 8);
	header[3] = (uint8_t)n;
	return 4;
}

int ls_der_put(struct ls_buffer *out, uint8_t tag, const void *content, size_t n)
{
	size_t start = out->size;
	ls_buffer_add(out, content, n);
	return ls_der_wrap(out, start, tag);
}

int ls_der_wrap(struct ls_buffer *out, size_t start, uint8_t tag)
{
	static const uint8_t room[HEADER_MAX];
	uint8_t header[HEADER_MAX];
	size_t n = out->size - start;
	if (ls_buffer_error(out) < 0)
		return ls_buffer_error(out);
	if (n > CONTENT_MAX) {
		out->error = -EFBIG;
		return -EFBIG;
	}
	size_t size = make_header(tag, n, header);
	if (ls_buffer_add(out, room, size) < 0)
		return ls_buffer_error(out);
	memmove(out->data + start + size, out->data + start, n);
	memcpy(out->data + start, header, size);
	return 0;
}

/* One spelling per length: short form below 128, else as few bytes as it takes. */
static int read_length(struct ls_reader *r, size_t *ret_length)
{
	uint8_t first, low;
	uint16_t two;
	if (ls_read_u8(r, &first) < 0)
		return -EBADMSG;
	if (first < 0x80) {
		*ret_length = first;
		return 0;
	}
	if (first == 0x81 && ls_read_u8(r, &low) == 0 && low >= 0x80) {
		*ret_length = low;
		return 0;
	}
	if (first == 0x82 && ls_read_be16(r, &two) == 0 && two >= 0x100) {
		*ret_length = two;
		return 0;
	}
	return -EBADMSG;
}

int ls_der_next(struct ls_reader *r, uint8_t tag, struct ls_reader *ret_content)
{
	struct ls_reader ahead = *r;
	uint8_t seen;
	size_t length;
	const uint8_t *content;
	if (ls_read_u8(&ahead, &seen) < 0 || seen != tag || read_length(&ahead, &length) < 0 ||
	    ls_read_bytes(&ahead, length, &content) < 0)
		return -EBADMSG;
	ls_reader_init(ret_content, content, length);
	*r = ahead;
	return 0;
}
