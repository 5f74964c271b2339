/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/pem.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/text.h"

#define LINE_BYTES	48 /* make 64 characters */
#define LINE_CHARACTERS 64

int ls_pem_encode(const char *label, const void *bytes, size_t n, struct ls_buffer *out)
{
	const uint8_t *b = bytes;
	ls_buffer_printf(out, "-----BEGIN %s-----\n", label);
	for (size_t i = 0; i < n; i += LINE_BYTES) {
		ls_base64_encode(b + i, n - i < LINE_BYTES ? n - i : LINE_BYTES, out);
		ls_buffer_add_str(out, "\n");
	}
	return ls_buffer_printf(out, "-----END %s-----\n", label);
}

/* Decode lines up to the one that starts with '-', which is left in the reader. */
static int read_lines(struct ls_reader *r, struct ls_buffer *out, struct ls_error *err)
{
	size_t last = LINE_CHARACTERS;
	while (ls_reader_left(r) && r->data[r->pos] != '-') {
		const char *line;
		size_t length, n = 0;
		uint8_t bytes[LINE_BYTES];
		if (ls_read_line(r, &line, &length) < 0 || length == 0 ||
		    length > LINE_CHARACTERS || last != LINE_CHARACTERS ||
		    ls_base64_decode(line, length, bytes, sizeof(bytes), &n) < 0)
			return ls_fail(err, -EBADMSG, "pem.line",
				       "a PEM block has a line that is not base64 of up to %d "
				       "characters (LF line ends)",
				       LINE_CHARACTERS);
		/* padding ends the content: nothing may follow it */
		last = n == length / 4 * 3 ? length : 0;
		if (ls_buffer_add(out, bytes, n) < 0)
			return ls_fail(err, ls_buffer_error(out), "pem.size",
				       "a PEM block is larger than %zu bytes", out->max);
	}
	return 0;
}

int ls_pem_next(struct ls_reader *r, const char *label, struct ls_buffer *out, struct ls_error *err)
{
	size_t before = out->size;
	if (ls_read_literal(r, "-----BEGIN ") < 0 || ls_read_literal(r, label) < 0 ||
	    ls_read_literal(r, "-----\n") < 0)
		return ls_fail(err, -EBADMSG, "pem.begin", "no PEM block '%s' begins here", label);
	int rc = read_lines(r, out, err);
	if (rc < 0)
		return rc;
	if (out->size == before || ls_read_literal(r, "-----END ") < 0 ||
	    ls_read_literal(r, label) < 0 || ls_read_literal(r, "-----\n") < 0)
		return ls_fail(err, -EBADMSG, "pem.end",
			       "the PEM block '%s' does not end as it should", label);
	return 0;
}
