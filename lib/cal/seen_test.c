/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/seen.h"

#include <string.h>

#include "lib/base/test.h"

static struct ls_digest name_of(const struct ls_p256_public *key, const struct ls_digest *digest,
				const uint8_t *der, size_t size)
{
	_cleanup_sha256_ struct ls_sha256 hash = { 0 };
	struct ls_digest name;
	CHECK_INT_EQ(ls_cal_seen_name(&hash, key, digest, der, size, &name), 0);
	return name;
}

/* Another byte anywhere in key, digest or signature, or one less, and it is another signature. */
TEST(only_the_very_same_signature_is_known)
{
	struct ls_cal_seen *seen = ls_cal_seen_new(1 << 20);
	struct ls_p256_public key = { .spki = { 1, 2, 3 } };
	struct ls_digest digest = { .bytes = { 4, 5 } };
	uint8_t der[LS_P256_SIGNATURE_MAX] = { 6, 7 };
	REQUIRE(seen != NULL);
	struct ls_digest name = name_of(&key, &digest, der, 70), other;
	CHECK_INT_EQ(ls_cal_seen_has(seen, &name), 0);
	ls_cal_seen_add(seen, &name);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &name), 1);
	for (size_t i = 0; i < sizeof(key.spki); i++) {
		key.spki[i] ^= 1;
		other = name_of(&key, &digest, der, 70);
		CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 0);
		key.spki[i] ^= 1;
	}
	for (size_t i = 0; i < LS_DIGEST_SIZE; i++) {
		digest.bytes[i] ^= 0x80;
		other = name_of(&key, &digest, der, 70);
		CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 0);
		digest.bytes[i] ^= 0x80;
	}
	for (size_t i = 0; i < 70; i++) {
		der[i] ^= 1;
		other = name_of(&key, &digest, der, 70);
		CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 0);
		der[i] ^= 1;
	}
	other = name_of(&key, &digest, der, 69);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 0);
	other = name_of(&key, &digest, der, 70);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 1);
	ls_cal_seen_free(seen);
}

TEST(an_empty_place_is_no_signature)
{
	struct ls_cal_seen *seen = ls_cal_seen_new(1 << 12);
	static const struct ls_digest zero;
	REQUIRE(seen != NULL);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &zero), 0);
	ls_cal_seen_free(seen);
}

/* A full table forgets, and never knows what it was not told. */
TEST(a_full_table_forgets)
{
	struct ls_cal_seen *seen = ls_cal_seen_new(1 << 12); /* 128 of them */
	int known = 0, strangers = 0;
	REQUIRE(seen != NULL);
	for (int i = 0; i < 2000; i++) {
		struct ls_digest name;
		ls_sha256_buffer(&i, sizeof(i), &name);
		ls_cal_seen_add(seen, &name);
		CHECK_INT_EQ(ls_cal_seen_has(seen, &name), 1);
	}
	for (int i = 0; i < 4000; i++) {
		struct ls_digest name;
		ls_sha256_buffer(&i, sizeof(i), &name);
		*(i < 2000 ? &known : &strangers) += ls_cal_seen_has(seen, &name);
	}
	CHECK_INT_EQ(known > 64 && known <= 128, 1);
	CHECK_INT_EQ(strangers, 0);
	ls_cal_seen_free(seen);
}

TEST_MAIN()
