/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer with a hard maximum: the writing counterpart of the
 * bounded reader.
 *
 * An addition that fails (out of memory, or past the maximum) leaves the
 * buffer as it was and sets a sticky error, so that a run of additions needs
 * one check at its end: ls_buffer_error().  Integers are big-endian.
 */
#ifndef LABSEAL_LIB_BASE_BUFFER_H
#define LABSEAL_LIB_BASE_BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct ls_buffer {
	uint8_t *data;	 /* owned; NULL while empty; always followed by a NUL byte */
	size_t size;	 /* bytes in use, without that NUL */
	size_t capacity; /* bytes allocated */
	size_t max;	 /* size never exceeds this */
	int error;	 /* 0, -ENOMEM or -EFBIG; stays once set */
};

void ls_buffer_init(struct ls_buffer *b, size_t max);

/* Lets the bytes go; the buffer may be used again with the same maximum. */
void ls_buffer_free(struct ls_buffer *b);

#define _cleanup_buffer_ __attribute__((cleanup(ls_buffer_free)))

/* The same for a buffer that held a secret: nothing of it stays in freed memory. */
void ls_buffer_wipe(struct ls_buffer *b);

#define _cleanup_secret_ __attribute__((cleanup(ls_buffer_wipe)))

/* Forget the bytes, keep the memory, clear the error. */
void ls_buffer_clear(struct ls_buffer *b);

/* 0, or the first error of any addition since init, clear or free. */
int ls_buffer_error(const struct ls_buffer *b);

int ls_buffer_add(struct ls_buffer *b, const void *bytes, size_t n);
int ls_buffer_add_u8(struct ls_buffer *b, uint8_t value);
int ls_buffer_add_be16(struct ls_buffer *b, uint16_t value);
int ls_buffer_add_be32(struct ls_buffer *b, uint32_t value);
int ls_buffer_add_be64(struct ls_buffer *b, uint64_t value);
int ls_buffer_add_str(struct ls_buffer *b, const char *text); /* without its NUL */
int ls_buffer_printf(struct ls_buffer *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Make room for n more bytes and return where they go, or NULL; ls_buffer_commit() then says how
 * many came. */
uint8_t *ls_buffer_reserve(struct ls_buffer *b, size_t n);
void ls_buffer_commit(struct ls_buffer *b, size_t n); /* at most what was reserved */

/* The bytes as a string; "" for an empty buffer.  Valid until the next change. */
const char *ls_buffer_str(const struct ls_buffer *b);

/* Remove n bytes (at most size) from the front. */
void ls_buffer_drop(struct ls_buffer *b, size_t n);

#endif
