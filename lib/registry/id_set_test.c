/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/id_set.h"

#include "lib/base/spread_test.h"
#include "lib/base/test.h"

static double fill(struct ls_digest (*make)(unsigned, size_t), size_t place)
{
	struct ls_id_set set = { .count = 0 };
	double began = spread_seconds();
	for (unsigned i = 0; i < SPREAD_IDS; i++) {
		struct ls_digest id = make(i, place);
		if (!ls_id_set_has(&set, &id) && ls_id_set_add(&set, &id, NULL) < 0)
			abort();
	}
	double took = spread_seconds() - began;
	CHECK_INT_EQ(set.count, SPREAD_IDS);
	for (unsigned i = 0; i < SPREAD_IDS; i++) {
		struct ls_digest id = make(i, place);
		CHECK(ls_id_set_has(&set, &id));
	}
	ls_id_set_free(&set);
	return took;
}

TEST(ids_that_were_chosen_to_be_alike_cost_no_more_than_others)
{
	spread_check(fill);
}

TEST(an_id_that_was_not_added_is_not_in_it)
{
	struct ls_id_set set = { .count = 0 };
	struct ls_digest a = spread_alike(1, 0), b = spread_alike(2, 0);
	CHECK(!ls_id_set_has(&set, &a));
	CHECK_INT_EQ(ls_id_set_add(&set, &a, NULL), 0);
	CHECK(ls_id_set_has(&set, &a));
	CHECK(!ls_id_set_has(&set, &b));
	ls_id_set_free(&set);
	CHECK(!ls_id_set_has(&set, &a));
}

TEST_MAIN()
