/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/molecule/base.h"

#include <errno.h>
#include <string.h>

static const char LETTERS[] = "acgt";
/* IUPAC-IUB 1984, and what each letter stands for: a 1, c 2, g 4, t 8. */
static const char CODES[] = "acgturyswkmbdhvn";
static const uint8_t SETS[] = { 1, 2, 4, 8, 8, 5, 10, 6, 9, 12, 3, 14, 13, 11, 7, 15 };

static int lower(int letter)
{
	return letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter;
}

int ls_base_of(int letter)
{
	switch (lower(letter)) {
	case 'a': return LS_BASE_A;
	case 'c': return LS_BASE_C;
	case 'g': return LS_BASE_G;
	case 't':
	case 'u': return LS_BASE_T;
	default: return -1;
	}
}

char ls_base_letter(uint8_t base)
{
	return LETTERS[base & 3];
}

unsigned ls_base_set(int letter)
{
	letter = lower(letter);
	const char *code = letter ? strchr(CODES, letter) : NULL;
	return code ? SETS[code - CODES] : 0;
}

void ls_bases_reverse_complement(uint8_t *bases, size_t n)
{
	for (size_t i = 0, j = n; i < j; i++) {
		uint8_t first = bases[i];
		bases[i] = LS_BASE_COMPLEMENT(bases[--j]);
		bases[j] = LS_BASE_COMPLEMENT(first);
	}
}

int ls_bases_to_text(const uint8_t *bases, size_t n, struct ls_buffer *out)
{
	uint8_t *text = ls_buffer_reserve(out, n);
	if (!text)
		return ls_buffer_error(out);
	for (size_t i = 0; i < n; i++)
		text[i] = (uint8_t)ls_base_letter(bases[i]);
	ls_buffer_commit(out, n);
	return 0;
}

int ls_bases_from_text(const char *text, size_t n, struct ls_buffer *out)
{
	uint8_t *bases = ls_buffer_reserve(out, n);
	if (!bases)
		return ls_buffer_error(out);
	for (size_t i = 0; i < n; i++) {
		int base = ls_base_of((unsigned char)text[i]);
		if (base < 0)
			return -EBADMSG;
		bases[i] = (uint8_t)base;
	}
	ls_buffer_commit(out, n);
	return 0;
}

void ls_bases_pack(const uint8_t *bytes, size_t bits, uint8_t *ret_bases)
{
	for (size_t i = 0; i < LS_BASES_OF_BITS(bits); i++)
		ret_bases[i] = bytes[i / 4] >> (6 - 2 * (i % 4)) & 3;
	if (bits % 2)
		ret_bases[bits / 2] &= 2;
}

void ls_bases_unpack(const uint8_t *bases, size_t bits, uint8_t *ret_bytes)
{
	memset(ret_bytes, 0, (bits + 7) / 8);
	for (size_t i = 0; i < LS_BASES_OF_BITS(bits); i++)
		ret_bytes[i / 4] |= (uint8_t)((bases[i] & 3) << (6 - 2 * (i % 4)));
	if (bits % 2) /* of the last base, the second bit is none */
		ret_bytes[bits / 8] &= (uint8_t)(0xff << (7 - bits % 8));
}
