/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/coverage.h"

#include "lib/base/test.h"

static void add(struct ls_dna_coverage *c, enum ls_dna_standing standing, size_t first, size_t size)
{
	const struct ls_dna_found f = { .standing = standing, .covered = { first, size } };
	REQUIRE(ls_dna_coverage_add(c, &f) == 0);
}

static size_t covered(const struct ls_dna_coverage *c, size_t n)
{
	size_t ret = 0;
	CHECK(ls_dna_covered(c, n, &ret) == 0);
	return ret;
}

TEST(bases_are_counted_once_and_only_where_a_signature_holds)
{
	struct ls_dna_coverage c = { .count = 0 };
	CHECK_INT_EQ(covered(&c, 100), 0);
	add(&c, LS_DNA_HOLDS, 10, 20);
	CHECK_INT_EQ(covered(&c, 100), 20);
	add(&c, LS_DNA_FAILS, 40, 20);
	add(&c, LS_DNA_UNTRIED, 40, 20);
	CHECK_INT_EQ(covered(&c, 100), 20);
	add(&c, LS_DNA_HOLDS, 20, 20); /* half of it is new */
	CHECK_INT_EQ(covered(&c, 100), 30);
	add(&c, LS_DNA_HOLDS, 12, 3); /* nothing of it is */
	CHECK_INT_EQ(covered(&c, 100), 30);
	add(&c, LS_DNA_HOLDS, 95, 10); /* over the end */
	CHECK_INT_EQ(covered(&c, 100), 40);
	add(&c, LS_DNA_HOLDS, 50, 100); /* all round */
	CHECK_INT_EQ(covered(&c, 100), 100);
	ls_dna_coverage_free(&c);
}

TEST(a_range_of_either_strand_in_the_files_places)
{
	struct ls_dna_range r = ls_dna_range_in_file(90, 20, 100, false);
	CHECK_INT_EQ(r.first, 90);
	CHECK_INT_EQ(r.size, 20);
	r = ls_dna_range_in_file(190, 20, 100, false);
	CHECK_INT_EQ(r.first, 90);
	r = ls_dna_range_in_file(0, 20, 100, true);
	CHECK_INT_EQ(r.first, 80);
	r = ls_dna_range_in_file(90, 20, 100, true); /* 99..90 reversed are 0..9, and 90..99 */
	CHECK_INT_EQ(r.first, 90);
	r = ls_dna_range_in_file(7, 100, 100, true);
	CHECK_INT_EQ(r.size, 100);
}

TEST(one_too_many_is_counted)
{
	struct ls_dna_coverage c = { .count = 0 };
	for (size_t i = 0; i < LS_DNA_FOUND_MAX + 3; i++)
		add(&c, LS_DNA_HOLDS, i, 1);
	CHECK_INT_EQ(c.count, LS_DNA_FOUND_MAX);
	CHECK_INT_EQ(c.left_off, 3);
	ls_dna_coverage_free(&c);
}

TEST_MAIN()
