/* SPDX-License-Identifier: Apache-2.0 */
/* Each check of a trace, holding and failing, over chains that the maker makes. */
#include "lib/cal/maker_test.h"

TEST(a_chain_of_three_levels_is_traceable)
{
	struct chain c;
	_cleanup_cal_result_ struct ls_cal_result r = { 0 };
	chain_begin(&c, 3);
	chain_build(&c);
	chain_trace(&c, &r);
	CHECK_INT_EQ(r.verdict, LS_CAL_TRACEABLE);
	if (r.verdict != LS_CAL_TRACEABLE)
		show_result(&r);
	CHECK_INT_EQ(r.link_count, 3);
	CHECK_INT_EQ(r.depth, 3);
	CHECK_INT_EQ(r.first, r.check_count);
	CHECK_STR_EQ(r.nmi, "Example NMI");
	CHECK_STR_EQ(r.links[0].device_name, "Thermometer 2");
	CHECK_STR_EQ(r.links[2].organisation_name, "Example NMI");
	CHECK_INT_EQ(r.links[0].parents[0], 1);
	CHECK(r.links[2].root);
	CHECK(r.bounds.known);
	double shares = 0;
	for (size_t i = 0; i < r.link_count; i++)
		shares += r.links[i].share;
	CHECK(shares > 0.999999 && shares < 1.000001);
	CHECK(r.links[0].u > r.links[1].u && r.links[1].u > r.links[2].u);
	chain_end(&c);
}

TEST_MAIN()
