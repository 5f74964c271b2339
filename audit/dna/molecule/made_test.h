/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up molecules.  For tests. */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_MADE_TEST_H
#define LABSEAL_AUDIT_DNA_MOLECULE_MADE_TEST_H

#include <string.h>

#include "audit/dna/molecule/base.h"

__attribute__((unused)) static void made_bases(const char *text, struct ls_buffer *b)
{
	ls_buffer_init(b, 1 << 20);
	ls_bases_from_text(text, strlen(text), b);
}

/* The same bases for the same seed (splitmix64). */
__attribute__((unused)) static void made_random(uint64_t seed, size_t n, struct ls_buffer *b)
{
	ls_buffer_init(b, n + 1);
	for (size_t i = 0; i < n; i++) {
		uint64_t z = (seed += 0x9e3779b97f4a7c15u);
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
		z = (z ^ z >> 27) * 0x94d049bb133111ebu;
		ls_buffer_add_u8(b, (uint8_t)(z >> 62));
	}
}

#endif
