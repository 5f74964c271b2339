/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/reader.h"

#include <errno.h>
#include <string.h>

void ls_reader_init(struct ls_reader *r, const void *data, size_t size)
{
	/* an empty message may have no address, and C adds nothing to a null pointer, not even 0 */
	r->data = data ? data : (const void *)"";
	r->size = size;
	r->pos = 0;
}

size_t ls_reader_left(const struct ls_reader *r)
{
	return r->size - r->pos;
}

int ls_reader_end(const struct ls_reader *r)
{
	return ls_reader_left(r) ? -EBADMSG : 0;
}

int ls_read_bytes(struct ls_reader *r, size_t n, const uint8_t **ret_bytes)
{
	if (n > ls_reader_left(r))
		return -EBADMSG;
	*ret_bytes = r->data + r->pos;
	r->pos += n;
	return 0;
}

int ls_read_into(struct ls_reader *r, void *buffer, size_t n)
{
	const uint8_t *bytes;
	int rc = ls_read_bytes(r, n, &bytes);
	if (rc == 0 && n > 0)
		memcpy(buffer, bytes, n);
	return rc;
}

/* n is at most 8. */
static int read_be(struct ls_reader *r, size_t n, uint64_t *ret_value)
{
	const uint8_t *bytes;
	int rc = ls_read_bytes(r, n, &bytes);
	if (rc < 0)
		return rc;
	uint64_t value = 0;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes[i];
	*ret_value = value;
	return 0;
}

int ls_read_u8(struct ls_reader *r, uint8_t *ret_value)
{
	return ls_read_into(r, ret_value, 1);
}

int ls_read_be16(struct ls_reader *r, uint16_t *ret_value)
{
	uint64_t value;
	int rc = read_be(r, sizeof(*ret_value), &value);
	if (rc == 0)
		*ret_value = (uint16_t)value;
	return rc;
}

int ls_read_be32(struct ls_reader *r, uint32_t *ret_value)
{
	uint64_t value;
	int rc = read_be(r, sizeof(*ret_value), &value);
	if (rc == 0)
		*ret_value = (uint32_t)value;
	return rc;
}

int ls_read_be64(struct ls_reader *r, uint64_t *ret_value)
{
	return read_be(r, sizeof(*ret_value), ret_value);
}

int ls_read_until(struct ls_reader *r, char delimiter, const char **ret_text, size_t *ret_length)
{
	if (ls_reader_left(r) == 0)
		return -EBADMSG;
	const uint8_t *start = r->data + r->pos;
	const uint8_t *end = memchr(start, delimiter, ls_reader_left(r));
	if (!end)
		return -EBADMSG;
	*ret_text = (const char *)start;
	*ret_length = (size_t)(end - start);
	r->pos += *ret_length + 1;
	return 0;
}

int ls_read_line(struct ls_reader *r, const char **ret_line, size_t *ret_length)
{
	size_t before = r->pos, length;
	const char *line;
	int rc = ls_read_until(r, '\n', &line, &length);
	if (rc < 0)
		return rc;
	if (memchr(line, '\0', length)) {
		r->pos = before;
		return -EBADMSG;
	}
	*ret_line = line;
	*ret_length = length;
	return 0;
}

int ls_read_literal(struct ls_reader *r, const char *text)
{
	size_t n = strlen(text);
	if (n > ls_reader_left(r) || (n > 0 && memcmp(r->data + r->pos, text, n) != 0))
		return -EBADMSG;
	r->pos += n;
	return 0;
}
