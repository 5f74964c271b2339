/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/run/text_number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_MAX 64 /* characters that a number may have */

static void trim(const char **text, size_t *length)
{
	while (*length > 0 && (unsigned char)(*text)[*length - 1] <= ' ')
		--*length;
	while (*length > 0 && (unsigned char)**text <= ' ')
		++*text, --*length;
}

static void bare(const char **text, size_t *length)
{
	trim(text, length);
	if (*length < 2 || (*text)[0] != '"' || (*text)[*length - 1] != '"')
		return;
	++*text;
	*length -= 2;
	trim(text, length);
}

static size_t digits(const char *text, size_t length)
{
	size_t n = 0;
	while (n < length && text[n] >= '0' && text[n] <= '9')
		n++;
	return n;
}

static bool is_group_mark(char c, char mark)
{
	return c == (mark == ',' ? '.' : ',') || c == ' ' || c == '\'';
}

/* The digits before the decimal mark, without their group marks; how many bytes were taken. */
static size_t whole_part(const char *text, size_t length, char mark, char *plain, size_t *used)
{
	size_t i = digits(text, length);
	memcpy(plain, text, i);
	*used = i;
	while (i > 0 && i < length && is_group_mark(text[i], mark) &&
	       digits(text + i + 1, length - i - 1) == 3) {
		memcpy(plain + *used, text + i + 1, 3);
		*used += 3;
		i += 4;
	}
	return i;
}

/* As C wants it: sign, digits, '.', digits, exponent.  false: it is no number. */
static bool normalise(const char *text, size_t length, char mark, char plain[static NUMBER_MAX + 1])
{
	size_t i = 0, used = 0, part;
	if (i < length && (text[i] == '-' || text[i] == '+'))
		plain[used++] = text[i++];
	i += whole_part(text + i, length - i, mark, plain + used, &part);
	used += part;
	size_t figures = part;
	if (i < length && text[i] == mark) {
		plain[used++] = '.';
		part = digits(text + i + 1, length - i - 1);
		memcpy(plain + used, text + i + 1, part);
		used += part;
		figures += part;
		i += 1 + part;
	}
	if (figures == 0)
		return false;
	if (i < length && (text[i] == 'e' || text[i] == 'E')) {
		size_t sign = i + 1 < length && (text[i + 1] == '-' || text[i + 1] == '+');
		part = digits(text + i + 1 + sign, length - i - 1 - sign);
		if (part == 0)
			return false;
		memcpy(plain + used, text + i, 1 + sign + part);
		used += 1 + sign + part;
		i += 1 + sign + part;
	}
	plain[used] = '\0';
	return i == length;
}

double ls_text_double(const char *text, size_t length, char mark)
{
	char plain[NUMBER_MAX + 1];
	bare(&text, &length);
	if (length > NUMBER_MAX || !normalise(text, length, mark, plain))
		return NAN;
	/* no program here calls setlocale(): the decimal mark is '.' */
	double value = strtod(plain, NULL);
	return isfinite(value) ? value : NAN;
}

int ls_text_index(const char *text, size_t length, uint64_t max, uint64_t *ret_value)
{
	double value = ls_text_double(text, length, '.');
	if (isnan(value) || value < 0 || value > 9e15 || value != floor(value) ||
	    (uint64_t)value > max)
		return -EBADMSG;
	*ret_value = (uint64_t)value;
	return 0;
}

int ls_text_bool(const char *text, size_t length, bool *ret_value)
{
	static const char *const words[] = { "false", "true", "no", "yes", "n", "y", "0", "1" };
	bare(&text, &length);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == length && strncasecmp(words[i], text, length) == 0) {
			*ret_value = i & 1;
			return 0;
		}
	return -EBADMSG;
}

const char *ls_number_format(double value, char buffer[static LS_NUMBER_SIZE])
{
	buffer[0] = '\0';
	for (int digits = 6; isfinite(value) && digits <= 17; digits++) {
		snprintf(buffer, LS_NUMBER_SIZE, "%.*g", digits, value);
		if (strtod(buffer, NULL) == value)
			break;
	}
	return buffer;
}

/* What one cell says of the mark: '.', ',' or 0 for nothing. */
static char mark_of(const char *cell, size_t length)
{
	size_t points = 0, commas = 0, last = 0;
	bare(&cell, &length);
	if (length > NUMBER_MAX)
		return 0;
	for (size_t i = 0; i < length; i++) {
		if (!strchr("0123456789.,+-eE", cell[i]))
			return 0;
		points += cell[i] == '.';
		commas += cell[i] == ',';
		if (cell[i] == '.' || cell[i] == ',')
			last = i;
	}
	if (points + commas == 0)
		return 0;
	char mark = cell[last];
	if (points && commas) /* both: the last one, if it is the only one of its kind */
		return (mark == '.' ? points : commas) == 1 ? mark : 0;
	if (points + commas > 1) /* groups of three: the mark is the other one */
		return mark == '.' ? ',' : '.';
	/* "1,234" may be either; "0,123" and "1,25" may not */
	size_t sign = *cell == '-' || *cell == '+';
	bool group = digits(cell + last + 1, length - last - 1) == 3 && last + 4 == length &&
		     last > sign && last - sign <= 3 && cell[sign] != '0';
	return group ? 0 : mark;
}

char ls_decimal_mark(const char *text, size_t length, bool *ret_both)
{
	size_t points = 0, commas = 0;
	for (size_t i = 0, begin = 0; i <= length; i++) {
		if (i < length && text[i] != '\t' && text[i] != '\n')
			continue;
		char mark = mark_of(text + begin, i - begin);
		points += mark == '.';
		commas += mark == ',';
		begin = i + 1;
	}
	*ret_both = points && commas;
	return commas > points ? ',' : '.';
}
