/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/encoding.h"

#include <string.h>

#include "lib/base/reader.h"
#include "lib/base/text.h"

#define REPLACEMENT 0xfffdu
#define SAMPLE	    256 /* bytes looked at for zero bytes */

enum ls_encoding ls_encoding_guess(const void *data, size_t size)
{
	const uint8_t *b = data;
	if (size >= 2 && b[0] == 0xff && b[1] == 0xfe)
		return LS_ENCODING_UTF16_LE;
	if (size >= 2 && b[0] == 0xfe && b[1] == 0xff)
		return LS_ENCODING_UTF16_BE;
	size_t zeros[2] = { 0, 0 };
	size_t n = (size < SAMPLE ? size : SAMPLE) & ~(size_t)1;
	for (size_t i = 0; i < n; i++)
		zeros[i & 1] += b[i] == 0;
	if (n >= 4 && zeros[1] > n / 4 && zeros[0] < n / 16 + 1)
		return LS_ENCODING_UTF16_LE;
	if (n >= 4 && zeros[0] > n / 4 && zeros[1] < n / 16 + 1)
		return LS_ENCODING_UTF16_BE;
	return ls_utf8_valid(data, size) ? LS_ENCODING_UTF8 : LS_ENCODING_WINDOWS_1252;
}

static void add_point(struct ls_buffer *out, uint32_t p)
{
	uint8_t b[4];
	size_t n = 0;
	if (p < 0x80) {
		b[n++] = (uint8_t)p;
	} else if (p < 0x800) {
		b[n++] = (uint8_t)(0xc0 | p >> 6);
		b[n++] = (uint8_t)(0x80 | (p & 0x3f));
	} else if (p < 0x10000) {
		b[n++] = (uint8_t)(0xe0 | p >> 12);
		b[n++] = (uint8_t)(0x80 | (p >> 6 & 0x3f));
		b[n++] = (uint8_t)(0x80 | (p & 0x3f));
	} else {
		b[n++] = (uint8_t)(0xf0 | p >> 18);
		b[n++] = (uint8_t)(0x80 | (p >> 12 & 0x3f));
		b[n++] = (uint8_t)(0x80 | (p >> 6 & 0x3f));
		b[n++] = (uint8_t)(0x80 | (p & 0x3f));
	}
	ls_buffer_add(out, b, n);
}

/* Line ends become LF, NUL and the byte order mark nothing. */
static void add_character(struct ls_buffer *out, uint32_t p, bool *after_cr)
{
	bool crlf = *after_cr && p == '\n';
	*after_cr = p == '\r';
	if (crlf || p == 0 || p == 0xfeff)
		return;
	add_point(out, p == '\r' ? '\n' : p);
}

static bool take_unit(struct ls_reader *r, bool little, uint32_t *ret_unit)
{
	uint16_t unit;
	if (ls_read_be16(r, &unit) < 0)
		return false;
	*ret_unit = little ? (uint32_t)__builtin_bswap16(unit) : unit;
	return true;
}

/* RFC 2781. */
static void decode_utf16(const void *data, size_t size, bool little, struct ls_buffer *out)
{
	struct ls_reader r;
	ls_reader_init(&r, data, size);
	bool after_cr = false;
	uint32_t unit;
	while (out->error == 0 && take_unit(&r, little, &unit)) {
		uint32_t low;
		struct ls_reader ahead = r;
		if (unit >= 0xd800 && unit < 0xdc00 && take_unit(&ahead, little, &low) &&
		    low >= 0xdc00 && low < 0xe000) {
			unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
			r = ahead;
		} else if (unit >= 0xd800 && unit < 0xe000) {
			unit = REPLACEMENT;
		}
		add_character(out, unit, &after_cr);
	}
	if (out->error == 0 && ls_reader_left(&r) > 0)
		add_point(out, REPLACEMENT);
}

/* 0x80 to 0x9f of Windows code page 1252; the five that are nothing there stay what they are. */
static const uint16_t cp1252[32] = {
	0x20ac, 0x81,	0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0x8d,	0x017d, 0x8f,	0x90,	0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,	0x017e, 0x0178,
};

static void decode_bytes(const uint8_t *data, size_t size, bool utf8, struct ls_buffer *out)
{
	bool after_cr = false;
	size_t skip = utf8 && size >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	for (size_t i = skip; i < size && out->error == 0; i++) {
		uint8_t b = data[i];
		if (b < 0x80)
			add_character(out, b, &after_cr);
		else if (utf8)
			ls_buffer_add_u8(out, b), after_cr = false;
		else
			add_character(out, b < 0xa0 ? cp1252[b - 0x80] : b, &after_cr);
	}
}

int ls_encoding_decode(const void *data, size_t size, enum ls_encoding encoding,
		       struct ls_buffer *out)
{
	if (encoding == LS_ENCODING_UTF16_LE || encoding == LS_ENCODING_UTF16_BE)
		decode_utf16(data, size, encoding == LS_ENCODING_UTF16_LE, out);
	else
		decode_bytes(data, size, encoding == LS_ENCODING_UTF8, out);
	return ls_buffer_error(out);
}
