/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/line.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cal/report.h"

int ls_cal_lines_fail(const struct ls_cal_lines *lines, const char *why)
{
	size_t line = 1;
	for (size_t i = 0; i < lines->r.pos; i++)
		line += lines->r.data[i] == '\n';
	return ls_fail(lines->err, -EBADMSG, lines->id, "%s is malformed: line %zu: %s",
		       lines->what, line, why);
}

bool ls_cal_lines_at(struct ls_cal_lines *lines, const char *keyword)
{
	struct ls_reader ahead = lines->r;
	if (ls_read_literal(&ahead, keyword) < 0 || ls_read_literal(&ahead, " ") < 0)
		return false;
	lines->r = ahead;
	return true;
}

bool ls_cal_lines_is(struct ls_cal_lines *lines, const char *line)
{
	struct ls_reader ahead = lines->r;
	if (ls_read_literal(&ahead, line) < 0 || ls_read_literal(&ahead, "\n") < 0)
		return false;
	lines->r = ahead;
	return true;
}

int ls_cal_lines_fields(struct ls_cal_lines *lines, struct ls_cal_field *ret_fields, size_t n)
{
	const char *line;
	size_t length;
	struct ls_reader ahead = lines->r;
	if (ls_read_line(&ahead, &line, &length) < 0)
		return -EBADMSG;
	const char *end = line + length;
	for (size_t i = 0; i < n; i++) {
		size_t left = (size_t)(end - line);
		const char *blank = i + 1 < n ? memchr(line, ' ', left) : end;
		if (!blank || blank == line || (i + 1 == n && memchr(line, ' ', left)))
			return -EBADMSG;
		ret_fields[i] = (struct ls_cal_field){ line, (size_t)(blank - line) };
		line = blank + 1;
	}
	lines->r = ahead;
	return 0;
}

static int fail_form(const struct ls_cal_lines *lines, const char *form)
{
	char why[256];
	snprintf(why, sizeof(why), "it is not \"%s\"", form);
	return ls_cal_lines_fail(lines, why);
}

int ls_cal_lines_take(struct ls_cal_lines *lines, const char *keyword,
		      struct ls_cal_field *ret_fields, size_t n, const char *form)
{
	struct ls_cal_lines before = *lines;
	if (ls_cal_lines_at(lines, keyword) && ls_cal_lines_fields(lines, ret_fields, n) == 0)
		return 0;
	*lines = before;
	return fail_form(lines, form);
}

int ls_cal_lines_text(struct ls_cal_lines *lines, const char *keyword, char *buffer, size_t size,
		      const char *form)
{
	const char *text;
	size_t length;
	struct ls_cal_lines before = *lines;
	if (ls_cal_lines_at(lines, keyword) && ls_read_line(&lines->r, &text, &length) == 0 &&
	    ls_cal_text_valid(text, length, size)) {
		memcpy(buffer, text, length);
		buffer[length] = '\0';
		return 0;
	}
	*lines = before;
	return fail_form(lines, form);
}

int ls_cal_take_digest(struct ls_cal_lines *lines, const char *keyword, struct ls_digest *ret,
		       const char *form)
{
	struct ls_cal_field f;
	struct ls_cal_lines before = *lines;
	if (ls_cal_lines_at(lines, keyword) && ls_cal_lines_fields(lines, &f, 1) == 0 &&
	    ls_cal_field_digest(f, ret) == 0)
		return 0;
	*lines = before;
	return fail_form(lines, form);
}

int ls_cal_take_number(struct ls_cal_lines *lines, const char *keyword, uint64_t max, unsigned *ret,
		       const char *form)
{
	struct ls_cal_field f;
	uint64_t value;
	struct ls_cal_lines before = *lines;
	if (ls_cal_lines_at(lines, keyword) && ls_cal_lines_fields(lines, &f, 1) == 0 &&
	    ls_cal_field_number(f, max, &value) == 0) {
		*ret = (unsigned)value;
		return 0;
	}
	*lines = before;
	return fail_form(lines, form);
}

int ls_cal_take_time(struct ls_cal_lines *lines, const char *keyword, bool endless, int64_t *ret,
		     const char *form)
{
	struct ls_cal_field f;
	struct ls_cal_lines before = *lines;
	if (ls_cal_lines_at(lines, keyword) && ls_cal_lines_fields(lines, &f, 1) == 0 &&
	    (endless ? ls_cal_field_end(f, ret) : ls_cal_field_time(f, ret)) == 0)
		return 0;
	*lines = before;
	return fail_form(lines, form);
}

bool ls_cal_text_valid(const char *text, size_t length, size_t size)
{
	return length > 0 && length < size && text[0] != ' ' && text[length - 1] != ' ' &&
	       ls_text_shown(text, length);
}

/* --- fields ------------------------------------------------------------------------ */

int ls_cal_field_word(struct ls_cal_field field, char *buffer, size_t size)
{
	if (field.length >= size)
		return -EBADMSG;
	memcpy(buffer, field.text, field.length);
	buffer[field.length] = '\0';
	return 0;
}

int ls_cal_field_digest(struct ls_cal_field field, struct ls_digest *ret_digest)
{
	return ls_digest_parse(field.text, field.length, ret_digest);
}

int ls_cal_field_time(struct ls_cal_field field, int64_t *ret_time)
{
	return ls_utc_parse(field.text, field.length, ret_time);
}

int ls_cal_field_end(struct ls_cal_field field, int64_t *ret_time)
{
	if (field.length == 1 && field.text[0] == '-') {
		*ret_time = LS_CAL_NO_END;
		return 0;
	}
	return ls_cal_field_time(field, ret_time);
}

int ls_cal_field_number(struct ls_cal_field field, uint64_t max, uint64_t *ret_value)
{
	uint64_t value;
	if (ls_parse_u64(field.text, field.length, &value) < 0 || value > max)
		return -EBADMSG;
	*ret_value = value;
	return 0;
}

int ls_cal_field_decimal(struct ls_cal_field field, struct ls_decimal *ret_value)
{
	return ls_decimal_parse(field.text, field.length, ret_value);
}

int ls_cal_field_key(struct ls_cal_field field, struct ls_p256_public *ret_key)
{
	uint8_t der[LS_P256_SPKI_SIZE];
	size_t size;
	if (ls_base64_decode(field.text, field.length, der, sizeof(der), &size) < 0)
		return -EBADMSG;
	return ls_p256_public_read(der, size, ret_key, NULL);
}

int ls_cal_field_quantity(struct ls_cal_field field, char *buffer)
{
	if (!ls_cal_quantity_valid(field.text, field.length))
		return -EBADMSG;
	return ls_cal_field_word(field, buffer, LS_CAL_QUANTITY_SIZE);
}

int ls_cal_field_unit(struct ls_cal_field field, char *buffer, struct ls_unit *ret_unit)
{
	if (!ls_cal_text_valid(field.text, field.length, LS_CAL_UNIT_SIZE) ||
	    memchr(field.text, ' ', field.length) ||
	    ls_unit_parse(field.text, field.length, ret_unit, NULL) < 0)
		return -EBADMSG;
	return ls_cal_field_word(field, buffer, LS_CAL_UNIT_SIZE);
}

/* --- writing ----------------------------------------------------------------------- */

void ls_cal_add_digest(struct ls_buffer *out, const char *keyword, const struct ls_digest *digest)
{
	char hex[LS_DIGEST_HEX_SIZE];
	ls_buffer_printf(out, "%s %s\n", keyword, ls_digest_hex(digest, hex));
}

void ls_cal_add_time(struct ls_buffer *out, const char *keyword, int64_t time)
{
	char utc[LS_UTC_SIZE];
	int64_t again;
	const char *text = "-";
	if (time != LS_CAL_NO_END) {
		text = ls_utc_format(time, utc);
		/* no year of four digits: what parses it again refuses the line */
		if (ls_utc_parse(text, LS_UTC_SIZE - 1, &again) < 0 || again != time)
			text = "out of range";
	}
	ls_buffer_printf(out, "%s %s\n", keyword, text);
}

void ls_cal_add_key(struct ls_buffer *out, const struct ls_p256_public *key)
{
	ls_buffer_add_str(out, "key ");
	ls_base64_encode(key->spki, sizeof(key->spki), out);
	ls_buffer_add_str(out, "\n");
}

void ls_cal_add_decimal(struct ls_buffer *out, struct ls_decimal value)
{
	char text[LS_DECIMAL_SIZE];
	ls_buffer_printf(out, " %s", ls_decimal_format(value, text));
}

int ls_cal_add_text(struct ls_buffer *out, const char *keyword, const char *text, size_t size,
		    const char *id, struct ls_error *err)
{
	if (!ls_cal_text_valid(text, strnlen(text, size), size))
		return ls_fail(err, -EINVAL, id,
			       "'%s' has to be 1 to %zu bytes of text without control characters "
			       "and without a blank at its ends",
			       keyword, size - 1);
	ls_buffer_printf(out, "%s %s\n", keyword, text);
	return 0;
}
