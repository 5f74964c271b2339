/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/orcid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DIGITS LS_ORCID_DIGITS

static char check_digit(const char *digits)
{
	unsigned total = 0;
	for (size_t i = 0; i < DIGITS; i++)
		total = (total + (unsigned)(digits[i] - '0')) * 2 % 11;
	unsigned check = (12 - total) % 11;
	return check == 10 ? 'X' : (char)('0' + check);
}

static void write_text(const char digits[static DIGITS + 2], struct ls_orcid *ret)
{
	snprintf(ret->text, sizeof ret->text, "%.4s-%.4s-%.4s-%.4s", digits, digits + 4, digits + 8,
		 digits + 12);
}

/* The sixteen, without hyphens; false: there are not sixteen, or others between them. */
static bool take_digits(const char *text, char digits[static DIGITS + 2])
{
	size_t n = 0;
	for (; *text; text++) {
		if (*text == '-' && n > 0 && n % 4 == 0 && text[-1] != '-')
			continue;
		bool x = n == DIGITS && (*text == 'X' || *text == 'x');
		if (n > DIGITS || (!x && (*text < '0' || *text > '9')))
			return false;
		digits[n++] = x ? 'X' : *text;
	}
	digits[n] = '\0';
	return n == DIGITS + 1;
}

int ls_orcid_parse(const char *text, struct ls_orcid *ret, struct ls_error *err)
{
	static const char SITE[] = "https://orcid.org/";
	const char *number = text;
	char digits[DIGITS + 2];
	if (strncmp(number, SITE, sizeof SITE - 1) == 0)
		number += sizeof SITE - 1;
	if (!take_digits(number, digits))
		return ls_fail(
			err, -EINVAL, "dna.orcid.form",
			"'%.60s' is no ORCID iD: it has 16 digits, as in 0000-0002-1825-0097, the "
			"last of which may be X",
			text);
	if (digits[DIGITS] != check_digit(digits))
		return ls_fail(
			err, -EINVAL, "dna.orcid.check-digit",
			"'%.60s' is no ORCID iD: its check digit would be %c; one of its digits is "
			"wrong",
			text, check_digit(digits));
	write_text(digits, ret);
	return 0;
}

uint64_t ls_orcid_number(const struct ls_orcid *orcid)
{
	uint64_t number = 0;
	for (const char *c = orcid->text; c < orcid->text + 18; c++)
		if (*c != '-')
			number = 10 * number + (uint64_t)(*c - '0');
	return number;
}

void ls_orcid_from_number(uint64_t number, struct ls_orcid *ret)
{
	char digits[DIGITS + 2];
	snprintf(digits, sizeof digits, "%015" PRIu64, number % LS_ORCID_LIMIT);
	digits[DIGITS] = check_digit(digits);
	digits[DIGITS + 1] = '\0';
	write_text(digits, ret);
}
