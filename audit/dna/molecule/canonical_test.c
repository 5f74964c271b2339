/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/molecule/canonical.h"

#include <errno.h>
#include <stdlib.h>

#include "audit/dna/molecule/made_test.h"
#include "lib/base/test.h"

/* All rotations of both strands, compared letter by letter. */
static void least_by_hand(const uint8_t *bases, size_t n, bool circular, uint8_t *ret)
{
	uint8_t strand[64], turned[64];
	memcpy(strand, bases, n);
	memcpy(ret, bases, n);
	for (int s = 0; s < 2; s++) {
		for (size_t r = 0; r < (circular ? n : 1); r++) {
			for (size_t i = 0; i < n; i++)
				turned[i] = strand[(r + i) % n];
			if (memcmp(turned, ret, n) < 0)
				memcpy(ret, turned, n);
		}
		ls_bases_reverse_complement(strand, n);
	}
}

/* Where the joint's continuation reads in the canonical form, by the number's definition. */
static bool reads_on(const struct ls_canonical *c, const uint8_t *bases, size_t n, size_t at,
		     uint64_t joint, bool circular)
{
	size_t o = (size_t)(joint / 2), end = circular ? n : n - at;
	for (size_t i = 0; i < end; i++) {
		uint8_t seen = joint % 2 ? LS_BASE_COMPLEMENT(c->bases.data[(o + n - 1 - i) % n])
					 : c->bases.data[(o + i) % n];
		if (seen != bases[(at + i) % n])
			return false;
	}
	return true;
}

static void check_molecule(const uint8_t *bases, size_t n, bool circular)
{
	uint8_t least[64], turned[64];
	struct ls_canonical c, other;
	least_by_hand(bases, n, circular, least);
	REQUIRE(ls_canonical_make(bases, n, circular, &c, NULL) == 0);
	CHECK_MEM_EQ(c.bases.data, least, n);
	for (size_t at = 0; at < (circular ? n : n + 1); at++) {
		uint64_t joint = ls_canonical_joint(&c, circular, at);
		CHECK(joint < 2 * (n + !circular));
		CHECK(reads_on(&c, bases, n, at, joint, circular));
		ls_canonical_read(&c, joint, turned);
		for (size_t i = 0; i < n; i++)
			CHECK_INT_EQ(turned[i], bases[(at + i) % n]);
		/* the same joint has the same number in every rotation */
		size_t r = circular ? at * 7 % n : 0;
		for (size_t i = 0; i < n; i++)
			turned[i] = bases[(r + i) % n];
		REQUIRE(ls_canonical_make(turned, n, circular, &other, NULL) == 0);
		CHECK_INT_EQ(ls_canonical_joint(&other, circular, circular ? (at + n - r) % n : at),
			     joint);
		ls_canonical_free(&other);
	}
	ls_canonical_free(&c);
}

TEST(the_least_of_all_rotations_of_both_strands)
{
	uint8_t bases[64];
	srand(1);
	for (int trial = 0; trial < 4000; trial++) {
		size_t n = 1 + (size_t)rand() % 14, letters = 1 + (size_t)rand() % 4;
		for (size_t i = 0; i < n; i++)
			bases[i] = (uint8_t)((size_t)rand() % letters);
		check_molecule(bases, n, true);
		check_molecule(bases, n, false);
	}
}

/* Those that are told apart by their least sixteen bases, and those that are not. */
TEST(longer_ones_with_repetitions)
{
	uint8_t bases[64];
	srand(2);
	for (int trial = 0; trial < 600; trial++) {
		size_t n = 15 + (size_t)rand() % 49, letters = 1 + (size_t)rand() % 4;
		size_t unit = 1 + (size_t)rand() % n;
		for (size_t i = 0; i < n; i++)
			bases[i] = i < unit ? (uint8_t)((size_t)rand() % letters) : bases[i - unit];
		if (rand() % 3 == 0)
			bases[(size_t)rand() % n] ^= 1;
		check_molecule(bases, n, true);
		check_molecule(bases, n, false);
	}
}

TEST(palindromes_and_repetitions)
{
	static const char *const TEXTS[] = {
		"gaattc",	"acgtacgtacgt",		"aaaaaaaa", "atatatat", "ttttttta",
		"gaattcgaattc", "acacacacacgtgtgtgtgt", "a",	    "ta"
	};
	for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
		_cleanup_buffer_ struct ls_buffer b;
		made_bases(TEXTS[i], &b);
		check_molecule(b.data, b.size, true);
		check_molecule(b.data, b.size, false);
	}
}

TEST(a_repetition_has_one_place_in_each_period)
{
	_cleanup_buffer_ struct ls_buffer b;
	_cleanup_canonical_ struct ls_canonical c = { 0 };
	made_bases("acgacgacgacg", &b);
	REQUIRE(ls_canonical_make(b.data, b.size, true, &c, NULL) == 0);
	CHECK_INT_EQ(c.period, 3);
	CHECK_INT_EQ(ls_canonical_joint(&c, true, 1), ls_canonical_joint(&c, true, 10));
}

TEST(no_bases_are_no_molecule)
{
	struct ls_canonical c;
	struct ls_error err = { 0 };
	size_t start;
	CHECK_INT_EQ(ls_canonical_make(NULL, 0, true, &c, &err), -EINVAL);
	CHECK_INT_EQ(ls_least_rotation(NULL, 0, &start), -EINVAL);
}

/* The vectors of the SEGUID v2 packages: cdseguid("TATGCCAA", "TTGGCATA"). */
TEST(seguid_of_the_published_vectors)
{
	_cleanup_buffer_ struct ls_buffer b;
	char text[LS_SEGUID_SIZE];
	made_bases("TATGCCAA", &b);
	for (int i = 0; i < 8; i++) { /* every rotation and, in between, both strands */
		REQUIRE(ls_seguid(b.data, b.size, true, text, NULL) == 0);
		CHECK_STR_EQ(text, "cdseguid=dUxN7YQyVInv3oDcvz8ByupL44A");
		uint8_t first = b.data[0];
		memmove(b.data, b.data + 1, 7);
		b.data[7] = first;
		ls_bases_reverse_complement(b.data, 8);
	}
	ls_buffer_clear(&b);
	ls_bases_from_text("tatgccaa", 8, &b);
	REQUIRE(ls_seguid(b.data, b.size, false, text, NULL) == 0);
	CHECK_STR_EQ(text, "ldseguid=p88RYs41n0NTej4htM1fJAWI1ME");
}

TEST_MAIN()
