/* SPDX-License-Identifier: Apache-2.0 */
/* Lines "NAME VALUE" of a text format with one spelling.  For this room only. */
#ifndef LABSEAL_LIB_ATTEST_FIELD_H
#define LABSEAL_LIB_ATTEST_FIELD_H

#include <errno.h>

#include "lib/base/hash.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

/* Each takes the line, its LF too: 0 or -EBADMSG. */
static inline int ls_read_field(struct ls_reader *r, const char *name, const char **ret_value,
				size_t *ret_length)
{
	if (ls_read_literal(r, name) < 0 || ls_read_literal(r, " ") < 0)
		return -EBADMSG;
	return ls_read_line(r, ret_value, ret_length);
}

static inline int ls_read_field_digest(struct ls_reader *r, const char *name,
				       struct ls_digest *ret_digest)
{
	const char *value;
	size_t length;
	if (ls_read_field(r, name, &value, &length) < 0)
		return -EBADMSG;
	return ls_digest_parse(value, length, ret_digest);
}

/* 1 to max bytes. */
static inline int ls_read_field_base64(struct ls_reader *r, const char *name, uint8_t *buffer,
				       size_t max, size_t *ret_size)
{
	const char *value;
	size_t length, size = 0;
	if (ls_read_field(r, name, &value, &length) < 0 ||
	    ls_base64_decode(value, length, buffer, max, &size) < 0 || size == 0)
		return -EBADMSG;
	*ret_size = size;
	return 0;
}

/* The same, written. */
static inline void ls_put_field_digest(struct ls_buffer *out, const char *name,
				       const struct ls_digest *digest)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_printf(out, "%s %s\n", name, ls_digest_hex(digest, hex));
}

static inline void ls_put_field_base64(struct ls_buffer *out, const char *name, const void *bytes,
				       size_t size)
{
	ls_buffer_printf(out, "%s ", name);
	ls_base64_encode(bytes, size, out);
	ls_buffer_add_u8(out, '\n');
}

#endif
