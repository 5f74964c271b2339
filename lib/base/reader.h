/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bounded reader: the only way a parser touches outside bytes.
 *
 * A reader borrows its bytes; they must outlive it.  Every call either takes
 * what it names and returns 0, or takes nothing, leaves its outputs untouched
 * and returns -EBADMSG (fewer bytes left than asked for, or malformed).
 * Integers are big-endian.
 */
#ifndef LABSEAL_LIB_BASE_READER_H
#define LABSEAL_LIB_BASE_READER_H

#include <stddef.h>
#include <stdint.h>

struct ls_reader {
	const uint8_t *data;
	size_t size;
	size_t pos; /* invariant: pos <= size */
};

void ls_reader_init(struct ls_reader *r, const void *data, size_t size);

/* Bytes not taken yet. */
size_t ls_reader_left(const struct ls_reader *r);

/* 0 when all bytes were taken, else -EBADMSG: trailing bytes are never ignored. */
int ls_reader_end(const struct ls_reader *r);

int ls_read_u8(struct ls_reader *r, uint8_t *ret_value);
int ls_read_be16(struct ls_reader *r, uint16_t *ret_value);
int ls_read_be32(struct ls_reader *r, uint32_t *ret_value);
int ls_read_be64(struct ls_reader *r, uint64_t *ret_value);

/* Take n bytes; *ret_bytes points into the reader's data. */
int ls_read_bytes(struct ls_reader *r, size_t n, const uint8_t **ret_bytes);

/* Copy n bytes into a buffer of at least n bytes. */
int ls_read_into(struct ls_reader *r, void *buffer, size_t n);

/*
 * Take one line up to LF, which is taken and not counted; text without a final
 * LF is no line.  A NUL byte inside it is -EBADMSG.  *ret_line is not
 * terminated and points into the reader's data.
 */
int ls_read_line(struct ls_reader *r, const char **ret_line, size_t *ret_length);

/*
 * Take the bytes before the next delimiter, and the delimiter, which is not
 * counted.  No delimiter is -EBADMSG.  *ret_text points into the reader's data.
 */
int ls_read_until(struct ls_reader *r, char delimiter, const char **ret_text, size_t *ret_length);

/* Take exactly these bytes, e.g. a magic or a header line. */
int ls_read_literal(struct ls_reader *r, const char *text);

#endif
