/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/sha256.h"

#include "lib/base/test.h"

TEST(small_sha256_is_the_librarys_at_every_length)
{
	static uint8_t bytes[300];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31 + 7);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct ls_digest a, b;
		struct ls_small_sha256 h;
		ls_small_sha256_init(&h);
		ls_small_sha256_update(&h, bytes, n / 3);
		ls_small_sha256_update(&h, bytes + n / 3, n - n / 3);
		ls_small_sha256_final(&h, &a);
		ls_sha256_buffer(bytes, n, &b);
		CHECK(ls_digest_equal(&a, &b));
	}
}

/* FIPS 180-2, appendix B.1 and B.3 */
TEST(small_sha256_standard_vectors)
{
	struct ls_small_sha256 h;
	struct ls_digest d;
	char hex[LS_DIGEST_HEX_SIZE], as[1000];
	ls_small_sha256_init(&h);
	ls_small_sha256_update(&h, "abc", 3);
	ls_small_sha256_final(&h, &d);
	CHECK_STR_EQ(ls_digest_hex(&d, hex),
		     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(as, 'a', sizeof(as));
	ls_small_sha256_init(&h);
	for (int i = 0; i < 1000; i++)
		ls_small_sha256_update(&h, as, sizeof(as));
	ls_small_sha256_final(&h, &d);
	CHECK_STR_EQ(ls_digest_hex(&d, hex),
		     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* The processor's instructions, where it has them, and without. */
TEST(small_sha256_both_ways_agree)
{
	static uint8_t bytes[40 * LS_SMALL_SHA256_BLOCK + 1];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 15);
	for (size_t n = 0; n <= 40; n++) {
		struct ls_small_sha256 a, b;
		ls_small_sha256_init(&a);
		ls_small_sha256_init(&b);
		ls_small_sha256_update(&a, bytes + n % 2, n * LS_SMALL_SHA256_BLOCK);
		ls_small_sha256_portable(b.state, bytes + n % 2, n);
		CHECK_MEM_EQ(a.state, b.state, sizeof(a.state));
	}
}

TEST_MAIN()
