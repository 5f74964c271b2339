/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences that are the same each time. */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_MADE_TEST_H
#define LABSEAL_AUDIT_DNA_REPAIR_MADE_TEST_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t made_next(uint32_t *state)
{
	return (*state = (*state * 1103515245u + 12345u) & 0x7fffffffu) >> 16;
}

static inline size_t made_below(uint32_t *state, size_t n)
{
	size_t high = made_next(state);
	return (high << 15 | made_next(state)) % n;
}

static inline void made_bases(uint8_t *ret, size_t n, uint32_t seed)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = made_next(&seed) & 3;
}

#endif
