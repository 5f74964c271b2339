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

#if defined(__x86_64__) && defined(__GNUC__)

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *p,
								 size_t n)
{
	uint64_t c = (uint32_t)~crc;
	for (; n >= 8; n -= 8, p += 8) {
		uint64_t word;
		memcpy(&word, p, sizeof(word));
		c = __builtin_ia32_crc32di(c, word);
	}
	for (; n > 0; n--, p++)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p);
	return ~(uint32_t)c;
}

uint32_t ls_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	if (__builtin_cpu_supports("sse4.2"))
		return by_instruction(crc, bytes, n);
	return ls_crc32c_portable(crc, bytes, n);
}

#else

uint32_t ls_crc32c(uint32_t crc, const void *bytes, size_t n)
{
	return ls_crc32c_portable(crc, bytes, n);
}

#endif
