/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/field.h"

#include <pthread.h>

uint16_t ls_field_powers[2 * LS_FIELD_ORDER];
uint16_t ls_field_logs[LS_FIELD_ORDER + 1];

static void make_tables(void)
{
	unsigned x = 1;
	for (unsigned e = 0; e < LS_FIELD_ORDER; e++) {
		ls_field_powers[e] = ls_field_powers[e + LS_FIELD_ORDER] = (uint16_t)x;
		ls_field_logs[x] = (uint16_t)e;
		x <<= 1;
		if (x > LS_FIELD_ORDER)
			x ^= LS_FIELD_POLY;
	}
}

void ls_field_ready(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_tables);
}
