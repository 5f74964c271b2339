/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#define explicit_bzero(bytes, n) SecureZeroMemory(bytes, n)
#endif

#define FIRST_CAPACITY 256

void ls_buffer_init(struct ls_buffer *b, size_t max)
{
	*b = (struct ls_buffer){ .max = max };
}

void ls_buffer_free(struct ls_buffer *b)
{
	free(b->data);
	ls_buffer_init(b, b->max);
}

void ls_buffer_wipe(struct ls_buffer *b)
{
	if (b->data)
		explicit_bzero(b->data, b->capacity);
	ls_buffer_free(b);
}

void ls_buffer_clear(struct ls_buffer *b)
{
	b->size = 0;
	b->error = 0;
	if (b->data)
		b->data[0] = '\0';
}

int ls_buffer_error(const struct ls_buffer *b)
{
	return b->error;
}

static int fail(struct ls_buffer *b, int error)
{
	if (b->error == 0)
		b->error = error;
	return error;
}

static int grow(struct ls_buffer *b, size_t needed)
{
	size_t capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
	while (capacity < needed) {
		if (capacity > SIZE_MAX / 2)
			return fail(b, -ENOMEM);
		capacity *= 2;
	}
	uint8_t *data = realloc(b->data, capacity);
	if (!data)
		return fail(b, -ENOMEM);
	b->data = data;
	b->capacity = capacity;
	return 0;
}

uint8_t *ls_buffer_reserve(struct ls_buffer *b, size_t n)
{
	if (b->error)
		return NULL;
	if (n > b->max - b->size) {
		fail(b, -EFBIG);
		return NULL;
	}
	size_t needed = b->size + n + 1;
	if (needed > b->capacity && grow(b, needed) < 0)
		return NULL;
	return b->data + b->size;
}

void ls_buffer_commit(struct ls_buffer *b, size_t n)
{
	b->size += n;
	b->data[b->size] = '\0';
}

int ls_buffer_add(struct ls_buffer *b, const void *bytes, size_t n)
{
	uint8_t *place = ls_buffer_reserve(b, n);
	if (!place)
		return b->error;
	if (n > 0)
		memcpy(place, bytes, n);
	ls_buffer_commit(b, n);
	return 0;
}

/* n is at most 8. */
static int add_be(struct ls_buffer *b, uint64_t value, size_t n)
{
	uint8_t bytes[8];
	for (size_t i = n; i-- > 0; value >>= 8)
		bytes[i] = (uint8_t)value;
	return ls_buffer_add(b, bytes, n);
}

int ls_buffer_add_u8(struct ls_buffer *b, uint8_t value)
{
	return add_be(b, value, 1);
}

int ls_buffer_add_be16(struct ls_buffer *b, uint16_t value)
{
	return add_be(b, value, 2);
}

int ls_buffer_add_be32(struct ls_buffer *b, uint32_t value)
{
	return add_be(b, value, 4);
}

int ls_buffer_add_be64(struct ls_buffer *b, uint64_t value)
{
	return add_be(b, value, 8);
}

int ls_buffer_add_str(struct ls_buffer *b, const char *text)
{
	return ls_buffer_add(b, text, strlen(text));
}

int ls_buffer_printf(struct ls_buffer *b, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return fail(b, -EINVAL);
	char *place = (char *)ls_buffer_reserve(b, (size_t)n);
	if (!place)
		return b->error;
	va_start(args, format);
	vsnprintf(place, (size_t)n + 1, format, args);
	va_end(args);
	ls_buffer_commit(b, (size_t)n);
	return 0;
}

const char *ls_buffer_str(const struct ls_buffer *b)
{
	return b->data ? (const char *)b->data : "";
}

void ls_buffer_drop(struct ls_buffer *b, size_t n)
{
	if (n > b->size)
		n = b->size;
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->size - n + 1);
	b->size -= n;
}
