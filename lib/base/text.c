/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SQUEEZE_MAX 1024 /* bytes of a claimed name that are looked at */

static const char HEX[] = "0123456789abcdef";

void ls_hex_encode(const void *bytes, size_t n, char *buffer)
{
	const uint8_t *b = bytes;
	for (size_t i = 0; i < n; i++) {
		buffer[2 * i] = HEX[b[i] >> 4];
		buffer[2 * i + 1] = HEX[b[i] & 15];
	}
	buffer[2 * n] = '\0';
}

/* Of '0' to 'f'. */
static const int8_t HEX_VALUES[] = {
	0,  1,	2,  3,	4,  5,	6,  7,	8,  9,		    /* digits */
	-1, -1, -1, -1, -1, -1, -1,			    /* : to @ */
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, /* A to M: no other spelling */
	-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, /* N to Z */
	-1, -1, -1, -1, -1, -1, 10, 11, 12, 13, 14, 15,	    /* [ to f */
};
_Static_assert(sizeof(HEX_VALUES) == 'f' - '0' + 1, "one for each character");

/* The value of one digit, or -1. */
static int hex_value(char c)
{
	return c >= '0' && c <= 'f' ? HEX_VALUES[c - '0'] : -1;
}

int ls_hex_decode(const char *text, size_t length, uint8_t *buffer)
{
	if (length % 2)
		return -EBADMSG;
	for (size_t i = 0; i < length; i += 2) {
		int high = hex_value(text[i]), low = hex_value(text[i + 1]);
		if (high < 0 || low < 0)
			return -EBADMSG;
		buffer[i / 2] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int ls_base64_encode(const void *bytes, size_t n, struct ls_buffer *out)
{
	const uint8_t *b = bytes;
	for (size_t i = 0; i < n; i += 3) {
		size_t taken = n - i < 3 ? n - i : 3;
		uint32_t v = (uint32_t)b[i] << 16;
		if (taken > 1)
			v |= (uint32_t)b[i + 1] << 8;
		if (taken > 2)
			v |= b[i + 2];
		char quad[4] = { BASE64[v >> 18], BASE64[v >> 12 & 63], BASE64[v >> 6 & 63],
				 BASE64[v & 63] };
		memset(quad + taken + 1, '=', 3 - taken);
		ls_buffer_add(out, quad, sizeof(quad));
	}
	return ls_buffer_error(out);
}

/* Of '+' to 'z'; a branch for each kind of letter would be guessed wrong half of the time. */
static const int8_t BASE64_VALUES[] = {
	62, -1, -1, -1, 63,				    /* + to / */
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61,		    /* digits */
	-1, -1, -1, -1, -1, -1, -1,			    /* : to @ */
	0,  1,	2,  3,	4,  5,	6,  7,	8,  9,	10, 11, 12, /* A to M */
	13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, /* N to Z */
	-1, -1, -1, -1, -1, -1,				    /* [ to ` */
	26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, /* a to m */
	39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, /* n to z */
};
_Static_assert(sizeof(BASE64_VALUES) == 'z' - '+' + 1, "one for each character");

static int base64_value(char c)
{
	return c >= '+' && c <= 'z' ? BASE64_VALUES[c - '+'] : -1;
}

/* Decode one group of four; returns the number of bytes, or -EBADMSG. */
static int base64_quad(const char *quad, bool last, uint8_t bytes[static 3])
{
	size_t digits = 4;
	if (last && quad[3] == '=')
		digits = quad[2] == '=' ? 2 : 3;
	uint32_t v = 0;
	for (size_t i = 0; i < 4; i++) {
		int digit = i < digits ? base64_value(quad[i]) : 0;
		if (digit < 0)
			return -EBADMSG;
		v = v << 6 | (uint32_t)digit;
	}
	if ((digits == 2 && (v & 0xffff)) || (digits == 3 && (v & 0xff)))
		return -EBADMSG;
	bytes[0] = (uint8_t)(v >> 16);
	bytes[1] = (uint8_t)(v >> 8);
	bytes[2] = (uint8_t)v;
	return (int)digits - 1;
}

int ls_base64_decode(const char *text, size_t length, uint8_t *buffer, size_t max, size_t *ret_size)
{
	if (length % 4)
		return -EBADMSG;
	size_t size = 0;
	for (size_t i = 0; i < length; i += 4) {
		uint8_t bytes[3];
		int n = base64_quad(text + i, i + 4 == length, bytes);
		if (n < 0)
			return n;
		if ((size_t)n > max - size)
			return -EFBIG;
		memcpy(buffer + size, bytes, (size_t)n);
		size += (size_t)n;
	}
	*ret_size = size;
	return 0;
}

static void put_decimal(char *place, int value, int digits)
{
	for (int i = digits - 1; i >= 0; i--, value /= 10)
		place[i] = (char)('0' + value % 10);
}

/* Not strftime: it does not pad the year to four digits. */
const char *ls_utc_format(int64_t seconds, char buffer[static LS_UTC_SIZE])
{
	time_t t = (time_t)seconds;
	struct tm tm;
	memcpy(buffer, "0001-01-01T00:00:00Z", LS_UTC_SIZE);
	if (!gmtime_r(&t, &tm) || tm.tm_year < 1 - 1900 || tm.tm_year > 9999 - 1900)
		return buffer;
	put_decimal(buffer, tm.tm_year + 1900, 4);
	put_decimal(buffer + 5, tm.tm_mon + 1, 2);
	put_decimal(buffer + 8, tm.tm_mday, 2);
	put_decimal(buffer + 11, tm.tm_hour, 2);
	put_decimal(buffer + 14, tm.tm_min, 2);
	put_decimal(buffer + 17, tm.tm_sec, 2);
	return buffer;
}

static int two_digits(const char *text, int low, int high, int *ret_value)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -EBADMSG;
	int value = (text[0] - '0') * 10 + text[1] - '0';
	if (value < low || value > high)
		return -EBADMSG;
	*ret_value = value;
	return 0;
}

int ls_utc_parse(const char *text, size_t length, int64_t *ret_seconds)
{
	if (length != LS_UTC_SIZE - 1 || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
	    text[13] != ':' || text[16] != ':' || text[19] != 'Z')
		return -EBADMSG;
	int century, year, month, day, hour, minute, second;
	if (two_digits(text, 0, 99, &century) < 0 || two_digits(text + 2, 0, 99, &year) < 0 ||
	    two_digits(text + 5, 1, 12, &month) < 0 || two_digits(text + 8, 1, 31, &day) < 0 ||
	    two_digits(text + 11, 0, 23, &hour) < 0 || two_digits(text + 14, 0, 59, &minute) < 0 ||
	    two_digits(text + 17, 0, 59, &second) < 0)
		return -EBADMSG;
	struct tm tm = { .tm_year = century * 100 + year - 1900,
			 .tm_mon = month - 1,
			 .tm_mday = day,
			 .tm_hour = hour,
			 .tm_min = minute,
			 .tm_sec = second };
	int64_t seconds = (int64_t)timegm(&tm);
	/* timegm turns the 31st of June into the 1st of July: such a text is no date */
	if (tm.tm_mday != day || century + year == 0)
		return -EBADMSG;
	*ret_seconds = seconds;
	return 0;
}

/* Length of the well-formed sequence at text, 0 if there is none; *ret_point is its code point. */
static size_t utf8_sequence(const char *text, size_t length, uint32_t *ret_point)
{
	const uint8_t *b = (const uint8_t *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = b[0] < 0x80		   ? 1
		   : (b[0] & 0xe0) == 0xc0 ? 2
		   : (b[0] & 0xf0) == 0xe0 ? 3
		   : (b[0] & 0xf8) == 0xf0 ? 4
					   : 0;
	if (n == 0 || n > length)
		return 0;
	uint32_t point = n == 1 ? b[0] : b[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (b[i] & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return n;
}

bool ls_utf8_valid(const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t point;
		size_t n = utf8_sequence(text + i, length - i, &point);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

/* Controls, and what reorders, hides or breaks text (Unicode Cc, Cf in part, Zl, Zp, Co). */
static bool is_shown_safely(uint32_t p)
{
	return !(p < 0x20 || p == '%' || (p >= 0x7f && p <= 0x9f) || p == 0xad || p == 0x61c ||
		 p == 0x180e || (p >= 0x200b && p <= 0x200f) || (p >= 0x2028 && p <= 0x202e) ||
		 (p >= 0x2060 && p <= 0x206f) || (p >= 0xe000 && p <= 0xf8ff) || p == 0xfeff ||
		 (p >= 0xfff0 && p <= 0xfffb) || (p & 0xfffe) == 0xfffe || p >= 0xe0000);
}

int ls_text_escape(const char *text, size_t length, struct ls_buffer *out)
{
	for (size_t i = 0; i < length;) {
		uint32_t point = 0;
		size_t n = utf8_sequence(text + i, length - i, &point);
		if (n > 0 && is_shown_safely(point)) {
			ls_buffer_add(out, text + i, n);
			i += n;
			continue;
		}
		for (size_t end = i + (n ? n : 1); i < end; i++)
			ls_buffer_printf(out, "%%%02X", (unsigned)(uint8_t)text[i]);
	}
	return ls_buffer_error(out);
}

bool ls_text_shown(const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		uint32_t point = 0;
		size_t n = utf8_sequence(text + i, length - i, &point);
		if (n == 0 || (point != '%' && !is_shown_safely(point)))
			return false;
		i += n;
	}
	return true;
}

static bool is_blank(uint32_t p)
{
	return p <= 0x20 || (p >= 0x7f && p <= 0xa0);
}

int ls_text_plain(const char *text, size_t length, size_t max, struct ls_buffer *out)
{
	static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
	bool blank = false;
	size_t used = 0;
	for (size_t i = 0; i < length;) {
		uint32_t point = 0;
		size_t n = utf8_sequence(text + i, length - i, &point);
		bool kept = n > 0 && (point == '%' || is_shown_safely(point));
		const char *piece = kept ? text + i : replacement;
		size_t size = kept ? n : sizeof(replacement) - 1;
		i += n ? n : 1;
		if (n > 0 && is_blank(point)) {
			blank = used > 0;
			continue;
		}
		if (blank + size > max - used)
			break;
		if (blank)
			ls_buffer_add_u8(out, ' ');
		ls_buffer_add(out, piece, size);
		used += blank + size;
		blank = false;
	}
	return ls_buffer_error(out);
}

bool ls_text_is_plain(const char *text, size_t size)
{
	size_t n = strnlen(text, size);
	_cleanup_buffer_ struct ls_buffer plain;
	ls_buffer_init(&plain, size);
	return n < size && ls_text_plain(text, n, size, &plain) == 0 && plain.size == n &&
	       (n == 0 || memcmp(plain.data, text, n) == 0);
}

static bool is_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

/* Windows keeps these for devices, whatever follows the first dot. */
static bool is_device_name(const char *name, size_t length)
{
	static const char *const plain[] = { "con", "prn", "aux", "nul", "conin$", "conout$" };
	const char *dot = memchr(name, '.', length);
	size_t n = dot ? (size_t)(dot - name) : length;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (n == strlen(plain[i]) && strncasecmp(name, plain[i], n) == 0)
			return true;
	return n == 4 && name[3] >= '0' && name[3] <= '9' &&
	       (strncasecmp(name, "com", 3) == 0 || strncasecmp(name, "lpt", 3) == 0);
}

/* Keep the end of a long name: it has the type; the front is cut. */
static size_t last_component(const char *claimed, size_t length)
{
	size_t start = 0;
	for (size_t i = 0; i < length; i++)
		if (claimed[i] == '/' || claimed[i] == '\\')
			start = i + 1;
	return start;
}

/* Characters that are not allowed become '_', a run of them one; at most the last SQUEEZE_MAX
 * bytes. */
static size_t squeeze(const char *claimed, size_t length, char work[static SQUEEZE_MAX])
{
	size_t used = 0;
	size_t start = last_component(claimed, length);
	if (length - start > SQUEEZE_MAX)
		start = length - SQUEEZE_MAX;
	for (size_t i = start; i < length; i++) {
		char c = is_name_char(claimed[i]) ? claimed[i] : '_';
		if (c != '_' || used == 0 || work[used - 1] != '_')
			work[used++] = c;
	}
	while (used > 0 && work[used - 1] == '.')
		used--;
	return used;
}

const char *ls_safe_name(const char *claimed, size_t length, char buffer[static LS_SAFE_NAME_SIZE])
{
	char work[SQUEEZE_MAX];
	size_t used = squeeze(claimed, length, work);
	size_t start = used > LS_SAFE_NAME_MAX ? used - LS_SAFE_NAME_MAX : 0;
	if (start < used && (work[start] == '.' || work[start] == '-')) {
		work[start] = '_';
		if (start + 1 < used && work[start + 1] == '_')
			start++;
	}
	used -= start;
	memcpy(buffer, work + start, used);
	if (used == 0)
		buffer[used++] = '_';
	if (is_device_name(buffer, used)) {
		/* put '_' in front; a name that is full gives up its first character */
		if (used < LS_SAFE_NAME_MAX)
			memmove(buffer + 1, buffer, used++);
		buffer[0] = '_';
	}
	buffer[used] = '\0';
	return buffer;
}

bool ls_is_safe_name(const char *name, size_t length)
{
	if (length == 0 || length > LS_SAFE_NAME_MAX || name[0] == '.' || name[0] == '-' ||
	    name[length - 1] == '.' || is_device_name(name, length))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_name_char(name[i]))
			return false;
	return true;
}

/* The reference for a character that is markup, or NULL. */
static const char *reference(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

int ls_html_escape(const char *text, size_t length, struct ls_buffer *out)
{
	size_t begun = 0; /* of the run that goes out as it is */
	for (size_t i = 0; i < length; i++) {
		const char *instead = reference(text[i]);
		if (!instead)
			continue;
		ls_buffer_add(out, text + begun, i - begun);
		ls_buffer_add_str(out, instead);
		begun = i + 1;
	}
	ls_buffer_add(out, text + begun, length - begun);
	return ls_buffer_error(out);
}

int ls_html_show(const char *text, size_t length, struct ls_buffer *out)
{
	size_t begun = 0;
	for (size_t i = 0; i < length;) {
		uint32_t point = 0;
		size_t n = utf8_sequence(text + i, length - i, &point);
		size_t end = i + (n ? n : 1);
		if (n == 0 || (point != '%' && !is_shown_safely(point))) {
			ls_html_escape(text + begun, i - begun, out);
			for (begun = end; i < end; i++)
				ls_buffer_printf(out, "%%%02X", (unsigned)(uint8_t)text[i]);
		}
		i = end;
	}
	return ls_html_escape(text + begun, length - begun, out);
}
