/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/field.h"

#include <pthread.h>

static uint16_t power_of[2 * LS_FIELD_ORDER]; /* twice: sums of two logarithms need no reduction */
static uint16_t log_of[LS_FIELD_ORDER + 1];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
	unsigned x = 1;
	for (unsigned e = 0; e < LS_FIELD_ORDER; e++) {
		power_of[e] = power_of[e + LS_FIELD_ORDER] = (uint16_t)x;
		log_of[x] = (uint16_t)e;
		x <<= 1;
		if (x > LS_FIELD_ORDER)
			x ^= LS_FIELD_POLY;
	}
}

uint16_t ls_field_multiply(uint16_t a, uint16_t b)
{
	pthread_once(&once, make_tables);
	return a == 0 || b == 0 ? 0 : power_of[log_of[a] + log_of[b]];
}

uint16_t ls_field_power(size_t exponent)
{
	pthread_once(&once, make_tables);
	return power_of[exponent % LS_FIELD_ORDER];
}
