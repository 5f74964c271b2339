/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GF(2^12) with x^12 + x^6 + x^4 + x + 1: the symbols of a block's parity
 * (docs/formats/dna-block.md, "Parity"), as libfec has it.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_FIELD_H
#define LABSEAL_AUDIT_DNA_REPAIR_FIELD_H

#include <stddef.h>
#include <stdint.h>

#define LS_FIELD_BITS  12
#define LS_FIELD_POLY  0x1053
#define LS_FIELD_ORDER 4095 /* of its multiplicative group */

/* Before any of what is below: makes the tables, once.  ls_parity_init() does it. */
void ls_field_ready(void);

/* Twice over, so that the sum of two logarithms need not be reduced.  Written by ls_field_ready().
 */
extern uint16_t ls_field_powers[2 * LS_FIELD_ORDER]; /* of alpha = x */
extern uint16_t ls_field_logs[LS_FIELD_ORDER + 1];   /* of what is not 0 */

/* Of elements below 4096, as all are. */
static inline uint16_t ls_field_multiply(uint16_t a, uint16_t b)
{
	return a == 0 || b == 0 ? 0 : ls_field_powers[ls_field_logs[a] + ls_field_logs[b]];
}

static inline uint16_t ls_field_power(size_t exponent)
{
	return ls_field_powers[exponent % LS_FIELD_ORDER];
}

static inline uint16_t ls_field_divide(uint16_t a, uint16_t b) /* b is not 0 */
{
	return a == 0 ? 0 : ls_field_powers[ls_field_logs[a] + LS_FIELD_ORDER - ls_field_logs[b]];
}

#endif
