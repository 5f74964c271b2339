/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/utf16.h"

#include <errno.h>
#include <stdbool.h>

static bool is_high(uint32_t unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint32_t unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

/* RFC 3629, section 3; returns the bytes put. */
static size_t put_point(uint32_t p, char bytes[static 4])
{
	if (p < 0x80) {
		bytes[0] = (char)p;
		return 1;
	}
	size_t n = p < 0x800 ? 2 : p < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = n; i-- > 1; p >>= 6)
		bytes[i] = (char)(0x80 | (p & 0x3f));
	bytes[0] = (char)(lead[n] | p);
	return n;
}

int ls_utf16_to_utf8(const uint16_t *text, char *buffer, size_t size)
{
	size_t used = 0;
	for (; *text; text++) {
		uint32_t p = *text;
		if (is_high(p) && is_low(text[1]))
			p = 0x10000 + ((p - 0xd800) << 10) + (*++text - 0xdc00u);
		char bytes[4];
		size_t n = put_point(p, bytes);
		if (used + n >= size)
			return -ENAMETOOLONG;
		for (size_t i = 0; i < n; i++)
			buffer[used++] = bytes[i];
	}
	if (used >= size)
		return -ENAMETOOLONG;
	buffer[used] = '\0';
	return 0;
}

/* The code point at text, which has at least one byte before its NUL; 0 for what is none. */
static size_t take_point(const char *text, uint32_t *ret_point)
{
	const uint8_t *b = (const uint8_t *)text;
	if (b[0] < 0x80) {
		*ret_point = b[0];
		return 1;
	}
	size_t n = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
	if (b[0] < 0xc2 || b[0] > 0xf4)
		return 0;
	uint32_t p = b[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		p = p << 6 | (b[i] & 0x3f);
	}
	if ((n == 3 && p < 0x800) || (n == 4 && (p < 0x10000 || p > 0x10ffff)))
		return 0;
	*ret_point = p;
	return n;
}

int ls_utf8_to_utf16(const char *text, uint16_t *buffer, size_t units)
{
	size_t used = 0;
	while (*text) {
		uint32_t p;
		size_t n = take_point(text, &p);
		if (n == 0)
			return -EILSEQ;
		text += n;
		if (used + 2 >= units + (p < 0x10000))
			return -ENAMETOOLONG;
		if (p < 0x10000) {
			buffer[used++] = (uint16_t)p;
			continue;
		}
		buffer[used++] = (uint16_t)(0xd800 + ((p - 0x10000) >> 10));
		buffer[used++] = (uint16_t)(0xdc00 + (p & 0x3ff));
	}
	if (used >= units)
		return -ENAMETOOLONG;
	buffer[used] = 0;
	return 0;
}
