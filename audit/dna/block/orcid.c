/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/orcid.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "audit/dna/molecule/base.h"

/* The ranges that ORCID gives out, without the check digit, both ends counted. */
#define RANGE_1_FIRST 15000000u
#define RANGE_1_SIZE  20000001u
#define RANGE_2_FIRST 900000000000u
#define RANGE_2_SIZE  100000001u

#define DIGITS	   15
#define LIMIT	   1000000000000000u /* 10^15 */
#define SHORT_BITS 28
#define LONG_BITS  50
#define LONG_MARK  3u /* the first two bits */

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

static uint64_t number_of(const struct ls_orcid *orcid)
{
	uint64_t number = 0;
	for (const char *c = orcid->text; c < orcid->text + 18; c++)
		if (*c != '-')
			number = 10 * number + (uint64_t)(*c - '0');
	return number;
}

/* Bases of the low `bits` of a value. */
static void put(uint64_t value, unsigned bits, uint8_t *ret)
{
	for (unsigned i = 0; i < bits / 2; i++)
		ret[i] = value >> (bits - 2 - 2 * i) & 3;
}

static uint64_t get(const uint8_t *bases, unsigned bits)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < bits / 2; i++)
		value = value << 2 | (bases[i] & 3);
	return value;
}

static bool in_range(uint64_t number, uint64_t *ret_short)
{
	if (number - RANGE_1_FIRST < RANGE_1_SIZE)
		*ret_short = number - RANGE_1_FIRST;
	else if (number - RANGE_2_FIRST < RANGE_2_SIZE)
		*ret_short = number - RANGE_2_FIRST + RANGE_1_SIZE;
	else
		return false;
	return true;
}

size_t ls_orcid_encode(const struct ls_orcid *orcid, uint8_t ret[static LS_ORCID_BASES_OTHER])
{
	uint64_t number = number_of(orcid), value;
	if (in_range(number, &value)) {
		put(value, SHORT_BITS, ret);
		return LS_ORCID_BASES;
	}
	ret[0] = LONG_MARK;
	put(number, LONG_BITS, ret + 1);
	return LS_ORCID_BASES_OTHER;
}

static void from_number(uint64_t number, struct ls_orcid *ret)
{
	char digits[DIGITS + 2];
	snprintf(digits, sizeof digits, "%015" PRIu64, number % LIMIT);
	digits[DIGITS] = check_digit(digits);
	digits[DIGITS + 1] = '\0';
	write_text(digits, ret);
}

size_t ls_orcid_decode(const uint8_t *bases, size_t n, struct ls_orcid *ret)
{
	if (n < LS_ORCID_BASES)
		return 0;
	if (bases[0] == LONG_MARK) {
		uint64_t number = n < LS_ORCID_BASES_OTHER ? LIMIT : get(bases + 1, LONG_BITS),
			 value;
		if (number >= LIMIT || in_range(number, &value))
			return 0;
		from_number(number, ret);
		return LS_ORCID_BASES_OTHER;
	}
	uint64_t value = get(bases, SHORT_BITS);
	if (value >= RANGE_1_SIZE + RANGE_2_SIZE)
		return 0;
	from_number(value < RANGE_1_SIZE ? value + RANGE_1_FIRST
					 : value - RANGE_1_SIZE + RANGE_2_FIRST,
		    ret);
	return LS_ORCID_BASES;
}
