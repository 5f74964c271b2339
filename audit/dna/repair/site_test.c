/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/site.h"

#include "audit/dna/block/block.h"
#include "audit/dna/repair/made_test.h"
#include "lib/base/test.h"

#define N      4000
#define AT     1700 /* where the start tag lies */
#define INSIDE 315

static uint8_t bases[N];

static void put(const char *tag, size_t at)
{
	for (size_t i = 0; i < LS_TAG_BASES; i++)
		bases[(at + i) % N] = (uint8_t)ls_base_of(tag[i]);
}

static void begin(size_t at)
{
	made_bases(bases, N, 17);
	put(LS_START_TAG, at);
	put(LS_END_TAG, at + LS_TAG_BASES + INSIDE);
}

/* The first site is the block at `at`, with so many edits in all. */
static void check_first(bool circular, bool reversed, size_t at, unsigned edits)
{
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	REQUIRE(ls_sites_find(bases, N, circular, LS_SITE_EDITS, &sites, NULL) == 0);
	REQUIRE(sites.count >= 1);
	const struct ls_site *s = &sites.sites[0];
	CHECK(s->reversed == reversed);
	CHECK(s->start.distance + s->end.distance <=
	      edits); /* by chance two edits may look as one */
	CHECK(s->start.begin + 2 >= at && s->start.begin <= at + 2);
	if (edits == 0) {
		CHECK_INT_EQ(s->start.begin, at);
		CHECK_INT_EQ(s->end.begin, at + LS_TAG_BASES + INSIDE);
		CHECK_INT_EQ(s->end.end, at + 2 * LS_TAG_BASES + INSIDE);
	}
}

TEST(an_exact_pair_on_either_strand)
{
	begin(AT);
	check_first(true, false, AT, 0);
	check_first(false, false, AT, 0);
	ls_bases_reverse_complement(bases, N);
	check_first(true, true, AT, 0);
	check_first(false, true, AT, 0);
}

TEST(every_rotation_of_a_ring)
{
	for (size_t at = N - 400; at < N; at++) {
		begin(at);
		check_first(true, false, at, 0);
	}
	for (size_t at = N - 400; at < N - 348; at++) { /* linear: until it does not fit any more */
		begin(at);
		check_first(false, false, at, 0);
	}
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	begin(N - 200);
	REQUIRE(ls_sites_find(bases, N, false, LS_SITE_EDITS, &sites, NULL) == 0);
	for (size_t i = 0; i < sites.count; i++)
		CHECK(sites.sites[i].start.distance + sites.sites[i].end.distance > 0);
}

TEST(substitutions_in_each_tag)
{
	for (size_t a = 0; a < LS_TAG_BASES; a += 2)
		for (size_t b = a + 1; b < LS_TAG_BASES; b += 3) {
			begin(AT);
			bases[AT + a] ^= 1;
			bases[AT + b] ^= 2;
			check_first(true, false, AT, 2);
			bases[AT + LS_TAG_BASES + INSIDE + a] ^= 3;
			bases[AT + LS_TAG_BASES + INSIDE + b] ^= 1;
			check_first(true, false, AT, 4);
		}
}

/* A decoy of the end tag before the true one: both pairs are told. */
TEST(a_decoy_does_not_hide_the_true_one)
{
	begin(AT);
	put(LS_END_TAG, AT + 250);
	bases[AT + LS_TAG_BASES + INSIDE + 3] ^= 1;
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	REQUIRE(ls_sites_find(bases, N, true, LS_SITE_EDITS, &sites, NULL) == 0);
	bool decoy = false, found = false;
	for (size_t i = 0; i < sites.count; i++) {
		decoy |= sites.sites[i].start.begin == AT && sites.sites[i].end.begin == AT + 250;
		found |= sites.sites[i].start.begin == AT &&
			 sites.sites[i].end.begin == AT + LS_TAG_BASES + INSIDE;
	}
	CHECK(decoy);
	CHECK(found);
}

/* The end tag alone is whole, six bases of the start tag are other ones. */
TEST(a_tag_that_is_hardly_there_is_found_from_the_other)
{
	begin(AT);
	for (size_t i = 2; i < 14; i += 2)
		bases[AT + i] ^= 1;
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	REQUIRE(ls_sites_find(bases, N, true, LS_SITE_EDITS, &sites, NULL) == 0);
	bool found = false;
	for (size_t i = 0; i < sites.count; i++)
		found |= sites.sites[i].start.begin == AT;
	CHECK(found);
}

TEST(nothing_is_found_in_nothing)
{
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	for (size_t n = 0; n < 40; n++) {
		made_bases(bases, N, 5);
		REQUIRE(ls_sites_find(bases, n, true, LS_SITE_EDITS, &sites, NULL) == 0);
		CHECK_INT_EQ(sites.count, 0);
		ls_sites_free(&sites);
	}
}

TEST_MAIN()
