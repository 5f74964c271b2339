/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/id_map.h"

#include "lib/base/spread_test.h"

static double fill(struct ls_digest (*make)(unsigned, size_t), size_t place)
{
	_cleanup_id_map_ struct ls_id_map map = { .count = 0 };
	double began = spread_seconds();
	for (unsigned i = 0; i < SPREAD_IDS; i++) {
		struct ls_digest id = make(i, place);
		if (ls_id_map_add(&map, &id, i) != 1)
			abort();
	}
	double took = spread_seconds() - began;
	for (unsigned i = 0; i < SPREAD_IDS; i++) {
		struct ls_digest id = make(i, place);
		size_t *number = ls_id_map_find(&map, &id);
		CHECK(number && *number == i);
	}
	return took;
}

TEST(ids_that_were_chosen_to_be_alike_cost_no_more_than_others)
{
	spread_check(fill);
}

TEST(an_id_keeps_the_number_that_it_was_added_with)
{
	_cleanup_id_map_ struct ls_id_map map = { .count = 0 };
	struct ls_digest a = spread_alike(1, 0), b = spread_alike(2, 0);
	CHECK(!ls_id_map_find(&map, &a));
	CHECK_INT_EQ(ls_id_map_add(&map, &a, 7), 1);
	CHECK_INT_EQ(ls_id_map_add(&map, &a, 8), 0);
	REQUIRE(ls_id_map_find(&map, &a));
	CHECK_INT_EQ(*ls_id_map_find(&map, &a), 7);
	CHECK(!ls_id_map_find(&map, &b));
}

TEST_MAIN()
