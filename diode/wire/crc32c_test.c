/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/wire/crc32c.h"

#include "lib/base/test.h"

/* RFC 3720, appendix B.4 (there the CRC's bytes are in transmission order). */
TEST(crc32c_rfc3720_vectors)
{
	uint8_t zeros[32] = { 0 }, ones[32], up[32], down[32];
	memset(ones, 0xff, sizeof(ones));
	for (int i = 0; i < 32; i++) {
		up[i] = (uint8_t)i;
		down[i] = (uint8_t)(31 - i);
	}
	CHECK_INT_EQ(ls_crc32c(0, zeros, 32), 0x8a9136aa);
	CHECK_INT_EQ(ls_crc32c(0, ones, 32), 0x62a8ab43);
	CHECK_INT_EQ(ls_crc32c(0, up, 32), 0x46dd794e);
	CHECK_INT_EQ(ls_crc32c(0, down, 32), 0x113fdb5c);
}

TEST(crc32c_check_value)
{
	CHECK_INT_EQ(ls_crc32c(0, "123456789", 9), 0xe3069283);
	CHECK_INT_EQ(ls_crc32c_portable(0, "123456789", 9), 0xe3069283);
	CHECK_INT_EQ(ls_crc32c(0, NULL, 0), 0);
}

TEST(crc32c_both_ways_agree_at_every_length_and_split)
{
	uint8_t bytes[100];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37 + 11);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		uint32_t whole = ls_crc32c(0, bytes, n);
		CHECK_INT_EQ(ls_crc32c_portable(0, bytes, n), whole);
		uint32_t first = ls_crc32c(0, bytes, n / 3);
		CHECK_INT_EQ(ls_crc32c(first, bytes + n / 3, n - n / 3), whole);
	}
}

/* Long enough for stretches side by side, several times; every length, every alignment. */
TEST(crc32c_both_ways_agree_on_long_pieces)
{
	static uint8_t bytes[10000];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 11);
	for (size_t n = 0; n + 8 <= sizeof(bytes); n += n % 3072 < 20 || n % 3072 > 3052 ? 1 : 37) {
		const uint8_t *p = bytes + n % 8;
		CHECK_INT_EQ(ls_crc32c((uint32_t)n, p, n), ls_crc32c_portable((uint32_t)n, p, n));
	}
	for (size_t at = 0; at < 64; at++)
		for (size_t n = 3072 * 2 - 9; n < 3072 * 2 + 9; n++)
			CHECK_INT_EQ(ls_crc32c(0, bytes + at, n),
				     ls_crc32c_portable(0, bytes + at, n));
}

TEST_MAIN()
