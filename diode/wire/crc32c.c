/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/crc32c.h"

#include <stdbool.h>
#include <string.h>

#define POLYNOMIAL 0x82f63b78u /* 0x1EDC6F41, reflected */

/* table[k][b]: the CRC of byte b followed by k zero bytes ("slicing by 8") */
static uint32_t table[8][256];
static bool table_made;

/* Two threads may both fill the table: they write the same values. */
static void make_table(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t crc = b;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		table[0][b] = crc;
	}
	for (uint32_t b = 0; b < 256; b++)
		for (int k = 1; k < 8; k++)
			table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
	table_made = true;
}

static uint32_t step8(uint32_t crc, const uint8_t *p)
{
	uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
			      (uint32_t)p[3] << 24);
	return table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^
	       table[4][low >> 24] ^ table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^
	       table[0][p[7]];
}

uint32_t ls_crc32c_portable(uint32_t crc, const void *bytes, size_t n)
{
	if (!table_made)
		make_table();
	const uint8_t *p = bytes;
	crc = ~crc;
	for (; n >= 8; n -= 8, p += 8)
		crc = step8(crc, p);
	for (; n > 0; n--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return ~crc;
}

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))

/*
 * The instruction takes a word a cycle, but gives its result only after three:
 * so three stretches side by side are taken at once.  A stretch's CRC counts for
 * the whole after it was led over the zeros in the place of what follows it.
 */
#define STRETCH 1024 /* bytes */

#ifdef __x86_64__
typedef uint64_t word;
#define crc_word(crc, w) __builtin_ia32_crc32di(crc, w)
#else
typedef uint32_t word;
#define crc_word(crc, w) __builtin_ia32_crc32si(crc, w)
#endif

/* over[k][b]: the CRC of byte b at place k of a register, after STRETCH zero bytes */
static uint32_t over[4][256];
static bool over_made;

/* As with the other table, two threads write the same values. */
static void make_over(void)
{
	for (uint32_t b = 0; b < 256; b++)
		for (int k = 0; k < 4; k++) {
			uint32_t crc = b << 8 * k;
			for (int i = 0; i < STRETCH; i++)
				crc = crc >> 8 ^ table[0][crc & 0xff];
			over[k][b] = crc;
		}
	over_made = true;
}

static word over_stretch(word crc)
{
	return over[0][crc & 0xff] ^ over[1][crc >> 8 & 0xff] ^ over[2][crc >> 16 & 0xff] ^
	       over[3][crc >> 24 & 0xff];
}

static word word_at(const uint8_t *p)
{
	word w;
	memcpy(&w, p, sizeof(w));
	return w;
}

__attribute__((target("sse4.2"))) static word three_stretches(word crc, const uint8_t *p)
{
	word second = 0, third = 0;
	for (size_t i = 0; i < STRETCH; i += sizeof(word)) {
		crc = crc_word(crc, word_at(p + i));
		second = crc_word(second, word_at(p + STRETCH + i));
		third = crc_word(third, word_at(p + 2 * STRETCH + i));
	}
	return over_stretch(over_stretch(crc) ^ second) ^ third;
}

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *p,
								 size_t n)
{
	word c = (uint32_t)~crc;
	for (; n >= 3 * STRETCH; n -= 3 * STRETCH, p += 3 * STRETCH)
		c = three_stretches(c, p);
	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word))
		c = crc_word(c, word_at(p));
	for (; n > 0; n--, p++)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p);
	return ~(uint32_t)c;
}

uint32_t ls_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	if (!__builtin_cpu_supports("sse4.2"))
		return ls_crc32c_portable(crc, bytes, n);
	if (!table_made)
		make_table();
	if (!over_made)
		make_over();
	return by_instruction(crc, bytes, n);
}

#else

uint32_t ls_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	return ls_crc32c_portable(crc, bytes, n);
}

#endif
