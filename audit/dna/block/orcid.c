/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/orcid.h"

#include <stdbool.h>

#include "audit/dna/molecule/base.h"

/* The ranges that ORCID gives out, without the check digit, both ends counted. */
#define RANGE_1_FIRST 15000000u
#define RANGE_1_SIZE  20000001u
#define RANGE_2_FIRST 900000000000u
#define RANGE_2_SIZE  100000001u

#define SHORT_BITS 28
#define LONG_BITS  50
#define LONG_MARK  3u /* the first two bits */

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
	uint64_t number = ls_orcid_number(orcid), value;
	if (in_range(number, &value)) {
		put(value, SHORT_BITS, ret);
		return LS_ORCID_BASES;
	}
	ret[0] = LONG_MARK;
	put(number, LONG_BITS, ret + 1);
	return LS_ORCID_BASES_OTHER;
}

size_t ls_orcid_decode(const uint8_t *bases, size_t n, struct ls_orcid *ret)
{
	if (n < LS_ORCID_BASES)
		return 0;
	if (bases[0] == LONG_MARK) {
		uint64_t number = n < LS_ORCID_BASES_OTHER ? LS_ORCID_LIMIT
							   : get(bases + 1, LONG_BITS),
			 value;
		if (number >= LS_ORCID_LIMIT || in_range(number, &value))
			return 0;
		ls_orcid_from_number(number, ret);
		return LS_ORCID_BASES_OTHER;
	}
	uint64_t value = get(bases, SHORT_BITS);
	if (value >= RANGE_1_SIZE + RANGE_2_SIZE)
		return 0;
	ls_orcid_from_number(value < RANGE_1_SIZE ? value + RANGE_1_FIRST
						  : value - RANGE_1_SIZE + RANGE_2_FIRST,
			     ret);
	return LS_ORCID_BASES;
}
