/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/decimal.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOUBLE_DIGITS 15 /* significant decimal digits that a double always keeps */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What a number's text is made of. */
struct scan {
	bool negative;
	int64_t coefficient;
	int digits;   /* significant ones taken */
	int exponent; /* of the coefficient's last digit */
	bool any;     /* a digit was there */
	bool lost;    /* a digit that is not zero was not taken */
};

static void scan_digit(struct scan *s, char c, bool fraction)
{
	s->any = true;
	if (s->digits == LS_DECIMAL_DIGITS_MAX) {
		s->lost |= c != '0';
		s->exponent += fraction ? 0 : 1;
		return;
	}
	s->coefficient = s->coefficient * 10 + (c - '0');
	s->digits += s->coefficient != 0;
	s->exponent -= fraction ? 1 : 0;
}

/* "E-12": at most three digits, which is past every exponent that is held. */
static int scan_exponent(const char *text, size_t length, int *ret_exponent)
{
	size_t i = 0;
	int value = 0;
	bool negative = length > 0 && text[0] == '-';
	if (length > 0 && (text[0] == '-' || text[0] == '+'))
		i++;
	if (i == length)
		return -EBADMSG;
	for (; i < length; i++) {
		if (!is_digit(text[i]))
			return -EBADMSG;
		if (value > LS_DECIMAL_EXPONENT_MAX * 10)
			return -ERANGE;
		value = value * 10 + (text[i] - '0');
	}
	*ret_exponent = negative ? -value : value;
	return 0;
}

static int scan(const char *text, size_t length, struct scan *s)
{
	size_t i = 0;
	bool fraction = false;
	int exponent = 0;
	*s = (struct scan){ .negative = length > 0 && text[0] == '-' };
	if (length > 0 && (text[0] == '-' || text[0] == '+'))
		i++;
	for (; i < length && (is_digit(text[i]) || (text[i] == '.' && !fraction)); i++) {
		if (text[i] == '.')
			fraction = true;
		else
			scan_digit(s, text[i], fraction);
	}
	if (!s->any)
		return -EBADMSG;
	if (i < length) {
		if (text[i] != 'e' && text[i] != 'E')
			return -EBADMSG;
		int rc = scan_exponent(text + i + 1, length - i - 1, &exponent);
		if (rc < 0)
			return rc;
	}
	s->exponent += exponent;
	return 0;
}

int ls_decimal_read(const char *text, size_t length, struct ls_decimal *ret_value)
{
	struct scan s;
	if (length > LS_DECIMAL_SIZE)
		return -ERANGE;
	int rc = scan(text, length, &s);
	if (rc < 0)
		return rc;
	if (s.lost || abs(s.exponent) > LS_DECIMAL_EXPONENT_MAX)
		return -ERANGE;
	ret_value->coefficient = s.negative ? -s.coefficient : s.coefficient;
	ret_value->exponent = s.exponent;
	return 0;
}

int ls_decimal_parse(const char *text, size_t length, struct ls_decimal *ret_value)
{
	struct ls_decimal value;
	char again[LS_DECIMAL_SIZE];
	if (ls_decimal_read(text, length, &value) < 0)
		return -EBADMSG;
	ls_decimal_format(value, again);
	if (strlen(again) != length || memcmp(again, text, length) != 0)
		return -EBADMSG;
	*ret_value = value;
	return 0;
}

/* Digits of a number, most significant first; returns how many.  (Every number of a record that is
 * read is written again, to see that it has its one spelling: printf would take half of that time.)
 */
static int digits_of(uint64_t value, char digits[static 24])
{
	char reversed[24];
	int n = 0;
	do
		reversed[n++] = (char)('0' + value % 10);
	while ((value /= 10) != 0);
	for (int i = 0; i < n; i++)
		digits[i] = reversed[n - 1 - i];
	return n;
}

static char *copy(char *to, const char *from, int n)
{
	memcpy(to, from, (size_t)n);
	return to + n;
}

/* "0.000123", "12.3", or an integer */
static char *write_plain(char *to, const char *digits, int n, int point)
{
	if (point >= n)
		return copy(to, digits, n);
	if (point > 0) {
		to = copy(to, digits, point);
		*to++ = '.';
		return copy(to, digits + point, n - point);
	}
	to = copy(to, "0.", 2);
	to = copy(to, "000000", -point);
	return copy(to, digits, n);
}

/* "1.23E-8" */
static char *write_scientific(char *to, const char *digits, int n, int exponent)
{
	char text[24];
	*to++ = digits[0];
	if (n > 1) {
		*to++ = '.';
		to = copy(to, digits + 1, n - 1);
	}
	*to++ = 'E';
	*to++ = exponent < 0 ? '-' : '+';
	return copy(to, text, digits_of((uint64_t)abs(exponent), text));
}

/* General Decimal Arithmetic Specification 1.70, "to-scientific-string". */
const char *ls_decimal_format(struct ls_decimal value, char buffer[static LS_DECIMAL_SIZE])
{
	char digits[24], *end = buffer;
	uint64_t magnitude = value.coefficient < 0 ? 0 - (uint64_t)value.coefficient
						   : (uint64_t)value.coefficient;
	int n = digits_of(magnitude, digits), adjusted = value.exponent + n - 1;
	if (value.coefficient < 0)
		*end++ = '-';
	if (value.exponent <= 0 && adjusted >= -6)
		end = write_plain(end, digits, n, n + value.exponent);
	else
		end = write_scientific(end, digits, n, adjusted);
	*end = '\0';
	return buffer;
}

/* strtod rounds to the nearest; no program here calls setlocale(): the decimal mark is '.'. */
static double by_text(struct ls_decimal value)
{
	char text[LS_DECIMAL_SIZE];
	return strtod(ls_decimal_format(value, text), NULL);
}

double ls_decimal_double(struct ls_decimal value)
{
	static const double powers[] = { 1e0,  1e1,  1e2,  1e3,	 1e4,  1e5,  1e6,  1e7,
					 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22 };
	const int exact = (int)(sizeof(powers) / sizeof(powers[0])) - 1;
	/* both are doubles without rounding, so their quotient is rounded once */
	if (value.coefficient <= 1LL << 53 && value.coefficient >= -(1LL << 53) &&
	    value.exponent <= exact && value.exponent >= -exact)
		return value.exponent < 0 ? (double)value.coefficient / powers[-value.exponent]
					  : (double)value.coefficient * powers[value.exponent];
	return by_text(value);
}

int ls_decimal_from_double(double value, struct ls_decimal *ret_value)
{
	char text[64];
	struct ls_decimal d;
	if (!isfinite(value))
		return -ERANGE;
	snprintf(text, sizeof(text), "%.*e", DOUBLE_DIGITS - 1, value);
	if (ls_decimal_read(text, strlen(text), &d) < 0)
		return -ERANGE;
	while (d.coefficient != 0 && d.coefficient % 10 == 0 && d.exponent < 0) {
		d.coefficient /= 10;
		d.exponent++;
	}
	if (d.coefficient == 0)
		d.exponent = 0;
	*ret_value = d;
	return 0;
}
