/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/seen.h"

#include <string.h>

#include "lib/base/test.h"

static struct ls_cal_seen_name name_of(const struct ls_cal_seen *seen,
				       const struct ls_p256_public *key,
				       const struct ls_digest *digest, const uint8_t *der,
				       size_t size)
{
	_cleanup_sha256_ struct ls_sha256 hash = { 0 };
	struct ls_cal_seen_name name;
	CHECK_INT_EQ(ls_cal_seen_name(seen, &hash, 77, 1, key, digest, der, size, &name), 0);
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
	struct ls_cal_seen_name name = name_of(seen, &key, &digest, der, 70), other;
	CHECK_INT_EQ(ls_cal_seen_has(seen, &name), 0);
	ls_cal_seen_add(seen, &name);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &name), 1);
	for (size_t i = 0; i < sizeof(key.spki); i++) {
		key.spki[i] ^= 1;
		other = name_of(seen, &key, &digest, der, 70);
		CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 0);
		key.spki[i] ^= 1;
	}
	for (size_t i = 0; i < LS_DIGEST_SIZE; i++) {
		digest.bytes[i] ^= 0x80;
		other = name_of(seen, &key, &digest, der, 70);
		CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 0);
		digest.bytes[i] ^= 0x80;
	}
	for (size_t i = 0; i < 70; i++) {
		der[i] ^= 1;
		other = name_of(seen, &key, &digest, der, 70);
		CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 0);
		der[i] ^= 1;
	}
	other = name_of(seen, &key, &digest, der, 69);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 0);
	other = name_of(seen, &key, &digest, der, 70);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &other), 1);
	ls_cal_seen_free(seen);
}

/* Either half of what it is known by counts. */
TEST(half_a_name_is_no_name)
{
	struct ls_cal_seen *seen = ls_cal_seen_new(64);
	REQUIRE(seen != NULL);
	ls_cal_seen_add(seen, &(struct ls_cal_seen_name){ .words = { 5, 6 } });
	CHECK_INT_EQ(ls_cal_seen_has(seen, &(struct ls_cal_seen_name){ .words = { 5, 6 } }), 1);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &(struct ls_cal_seen_name){ .words = { 5, 7 } }), 0);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &(struct ls_cal_seen_name){ .words = { 7, 6 } }), 0);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &(struct ls_cal_seen_name){ .words = { 6, 5 } }), 0);
	ls_cal_seen_free(seen);
}

/* What a signature is known by in one table says nothing of another's: nobody can look for two
 * that are known alike before a table is there. */
TEST(each_table_has_its_own_secret)
{
	struct ls_cal_seen *one = ls_cal_seen_new(64), *two = ls_cal_seen_new(64);
	static const struct ls_p256_public key;
	static const struct ls_digest digest;
	static const uint8_t der[70];
	REQUIRE(one && two);
	struct ls_cal_seen_name a = name_of(one, &key, &digest, der, 70);
	struct ls_cal_seen_name b = name_of(two, &key, &digest, der, 70);
	CHECK(memcmp(a.words, b.words, sizeof(a.words)) != 0);
	CHECK_INT_EQ(a.place, b.place);
	b = name_of(one, &key, &digest, der, 70);
	CHECK(memcmp(a.words, b.words, sizeof(a.words)) == 0);
	ls_cal_seen_free(one);
	ls_cal_seen_free(two);
}

TEST(an_empty_place_is_no_signature)
{
	struct ls_cal_seen *seen = ls_cal_seen_new(1 << 12);
	static const struct ls_cal_seen_name zero;
	REQUIRE(seen != NULL);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &zero), 0);
	ls_cal_seen_add(seen, &zero);
	CHECK_INT_EQ(ls_cal_seen_has(seen, &zero), 0);
	ls_cal_seen_free(seen);
}

/* The i-th one of an entry. */
static struct ls_cal_seen_name made(const struct ls_cal_seen *seen, uint64_t entry, size_t i)
{
	_cleanup_sha256_ struct ls_sha256 hash = { 0 };
	static const struct ls_p256_public key;
	struct ls_digest digest;
	struct ls_cal_seen_name name;
	uint64_t numbers[2] = { entry, i };
	ls_sha256_buffer(numbers, sizeof(numbers), &digest);
	CHECK_INT_EQ(ls_cal_seen_name(seen, &hash, entry, i, &key, &digest, digest.bytes,
				      LS_DIGEST_SIZE, &name),
		     0);
	return name;
}

#define ENTRIES 1000

/* Each signature of each entry, in some order; twice, as by two threads at once. */
static void add_each(struct ls_cal_seen *seen, const size_t counts[ENTRIES])
{
	for (uint64_t n = 0; n < ENTRIES; n++) {
		uint64_t entry = n * 387 % ENTRIES;
		for (size_t i = 0; i < counts[entry]; i++) {
			struct ls_cal_seen_name name = made(seen, entry, i);
			ls_cal_seen_add(seen, &name);
			ls_cal_seen_add(seen, &name);
		}
	}
}

static size_t count_unknown(struct ls_cal_seen *seen, const size_t counts[ENTRIES])
{
	size_t unknown = 0;
	for (uint64_t entry = 0; entry < ENTRIES; entry++)
		for (size_t i = 0; i < counts[entry]; i++) {
			struct ls_cal_seen_name name = made(seen, entry, i);
			unknown += !ls_cal_seen_has(seen, &name);
		}
	return unknown;
}

/* Two each; a certificate's one and a report's of two parents; one each, and a few reports of many
 * parents. */
TEST(a_log_of_two_signatures_an_entry_has_room)
{
	for (int shape = 0; shape < 3; shape++) {
		size_t counts[ENTRIES];
		struct ls_cal_seen *seen = ls_cal_seen_new(ENTRIES * LS_CAL_SEEN_ENTRY);
		REQUIRE(seen != NULL);
		for (size_t n = 0; n < ENTRIES; n++)
			counts[n] = shape == 0	 ? 2
				    : shape == 1 ? (n % 2 ? 3 : 1)
						 : (n % 20 == 7 ? 8 : 1);
		add_each(seen, counts);
		CHECK_INT_EQ(count_unknown(seen, counts), 0);
		ls_cal_seen_free(seen);
	}
}

/* A full table forgets, and never knows what it was not told. */
TEST(a_full_table_forgets)
{
	struct ls_cal_seen *seen = ls_cal_seen_new(1 << 12); /* 256 of them */
	int known = 0, strangers = 0;
	REQUIRE(seen != NULL);
	for (uint64_t i = 0; i < 2000; i++) {
		struct ls_cal_seen_name name = made(seen, i, 0);
		ls_cal_seen_add(seen, &name);
		CHECK_INT_EQ(ls_cal_seen_has(seen, &name), 1);
	}
	for (uint64_t i = 0; i < 4000; i++) {
		struct ls_cal_seen_name name = made(seen, i, 0);
		*(i < 2000 ? &known : &strangers) += ls_cal_seen_has(seen, &name);
	}
	CHECK_INT_EQ(known >= 128 && known <= 256, 1);
	CHECK_INT_EQ(strangers, 0);
	ls_cal_seen_free(seen);
}

TEST_MAIN()
