/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/page/scale.h"

#include <math.h>

#include "lib/base/test.h"

/* All labels, with blanks between. */
static const char *labels(const struct ls_scale *s)
{
	static char text[1024];
	double ticks[LS_SCALE_TICKS_MAX];
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0, n = ls_scale_ticks(s, ticks); i < n; i++) {
		char label[LS_SCALE_LABEL_SIZE];
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? " " : "",
					 ls_scale_label(s, ticks[i], label));
	}
	return text;
}

static const char *linear(double low, double high, unsigned about)
{
	static struct ls_scale s;
	ls_scale_linear(&s, low, high, about);
	return labels(&s);
}

TEST(steps_are_1_2_or_5_times_a_power_of_ten)
{
	CHECK_STR_EQ(linear(0, 1, 5), "0.0 0.2 0.4 0.6 0.8 1.0");
	CHECK_STR_EQ(linear(0.03, 9.2, 5), "0 2 4 6 8 10");
	CHECK_STR_EQ(linear(-0.2, 3.1, 5), "-1 0 1 2 3 4");
	CHECK_STR_EQ(linear(12, 37, 5), "10 15 20 25 30 35 40");
	CHECK_STR_EQ(linear(0, 1234567, 5), "0 500,000 1,000,000 1,500,000");
	CHECK_STR_EQ(linear(-12000, 8000, 4), "-15,000 -10,000 -5,000 0 5,000 10,000");
	CHECK_STR_EQ(linear(0, 2000, 4), "0 500 1,000 1,500 2,000");
	CHECK_STR_EQ(linear(0, 0.0004, 4), "0.0000 0.0001 0.0002 0.0003 0.0004");
	CHECK_STR_EQ(linear(0, 3e9, 3), "0 1e+09 2e+09 3e+09");
}

TEST(an_exact_axis_keeps_its_ends)
{
	struct ls_scale s;
	ls_scale_exact(&s, 1, 40, 8);
	CHECK_STR_EQ(labels(&s), "5 10 15 20 25 30 35 40");
	CHECK(ls_scale_place(&s, 1) == 0 && ls_scale_place(&s, 40) == 1);
	ls_scale_exact(&s, 60, 95, 8);
	CHECK_STR_EQ(labels(&s), "60 65 70 75 80 85 90 95");
}

TEST(an_axis_around_curves_is_no_whole_step_wider)
{
	struct ls_scale s;
	ls_scale_around(&s, -0.01, 8, 6);
	CHECK_STR_EQ(labels(&s), "0 2 4 6 8");
	CHECK(s.low < -0.2 && s.low > -0.3 && s.high > 8.2);
}

TEST(counted_things_have_whole_numbers)
{
	struct ls_scale s;
	ls_scale_counted(&s, 4, 8);
	CHECK_STR_EQ(labels(&s), "1 2 3 4");
	ls_scale_counted(&s, 45, 8);
	CHECK_STR_EQ(labels(&s), "10 20 30 40");
	ls_scale_counted(&s, 0, 8);
	CHECK_STR_EQ(labels(&s), "1 2");
}

TEST(decades)
{
	struct ls_scale s;
	ls_scale_log(&s, 0.00001, 3.2, 4);
	CHECK_STR_EQ(labels(&s), "0.001 0.01 0.1 1 10");
	CHECK(fabs(ls_scale_place(&s, 0.1) - 0.5) < 1e-9);
	CHECK(isnan(ls_scale_place(&s, 0)) && isnan(ls_scale_place(&s, -1)));
	ls_scale_log(&s, 20, 1e6, 4);
	CHECK_STR_EQ(labels(&s), "100 1,000 10,000 100,000 1,000,000");
	ls_scale_log(&s, 1, 1, 4);
	CHECK_STR_EQ(labels(&s), "0.1 1");
	ls_scale_log(&s, NAN, NAN, 4);
	CHECK_STR_EQ(labels(&s), "0.1 1");
}

TEST(what_is_no_range_gets_one)
{
	CHECK_STR_EQ(linear(NAN, NAN, 5), "0.0 0.2 0.4 0.6 0.8 1.0");
	CHECK_STR_EQ(linear(5, 5, 5), "4.4 4.6 4.8 5.0 5.2 5.4 5.6");
	CHECK_STR_EQ(linear(0, 0, 4), "-1.0 -0.5 0.0 0.5 1.0");
	CHECK_STR_EQ(linear(1, INFINITY, 5), "0.0 0.2 0.4 0.6 0.8 1.0");
	CHECK_STR_EQ(linear(3, 2, 4), "2.6 2.8 3.0 3.2 3.4");
}

TEST(lowest_and_highest)
{
	const double values[] = { NAN, 3, -2, INFINITY, 7, NAN };
	double low = NAN, high = NAN;
	ls_scale_take(values, 1, &low, &high);
	CHECK(isnan(low) && isnan(high));
	ls_scale_take(values, 6, &low, &high);
	CHECK(low == -2 && high == 7);
}

TEST_MAIN()
