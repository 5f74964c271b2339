/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/probing.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "lib/base/test.h"

static struct ls_decimal d(int64_t coefficient, int exponent)
{
	return (struct ls_decimal){ coefficient, exponent };
}

/* At 100: error 1, U 3 with k = 3, which is 2 with k = 2; at 200: error 2, U 4 with k = 2. */
static struct ls_cal_point points[2];

static struct ls_cal_measurand measurand(void)
{
	points[0] = (struct ls_cal_point){ .value = d(100, 0),
					   .has_error = true,
					   .error = d(1, 0),
					   .has_u = true,
					   .u = d(3, 0),
					   .has_k = true,
					   .k = d(3, 0) };
	points[1] = (struct ls_cal_point){ .value = d(200, 0),
					   .has_error = true,
					   .error = d(2, 0),
					   .has_u = true,
					   .u = d(4, 0),
					   .has_k = true,
					   .k = d(2, 0) };
	return (struct ls_cal_measurand){ .point_count = 2, .points = points };
}

static struct ls_cal_probed judge(double reference, double uncertainty, double reading)
{
	struct ls_cal_measurand m = measurand();
	return ls_cal_probe_judge(&m, &(struct ls_cal_probe){ reference, uncertainty, reading });
}

TEST(the_error_that_is_known_is_no_deviation)
{
	struct ls_cal_probed p = judge(100, 0, 101);
	CHECK(p.judged && p.within);
	CHECK(fabs(p.en) < 1e-12);
	CHECK(fabs(p.u_device - 2) < 1e-12);
}

TEST(between_two_points_both_count)
{
	struct ls_cal_probed p = judge(150, 4, 150 + 1.5 + 5);
	CHECK(p.judged && p.within);
	CHECK(fabs(p.en - 1) < 1e-12); /* U 3 and 4: 5 together */
}

TEST(beyond_one_it_is_flagged_on_both_sides)
{
	CHECK(!judge(150, 4, 150 + 1.5 + 5.01).within);
	CHECK(!judge(150, 4, 150 + 1.5 - 5.01).within);
	CHECK(judge(150, 4, 150 + 1.5 - 4.99).within);
}

TEST(beyond_the_points_nothing_is_judged)
{
	CHECK(!judge(99.9, 0, 100).judged);
	CHECK(!judge(200.1, 0, 200).judged);
	CHECK(judge(200, 0, 202).judged);
}

TEST(without_u_or_error_nothing_is_judged)
{
	struct ls_cal_measurand m = measurand();
	points[1].has_u = false;
	CHECK(!ls_cal_probe_judge(&m, &(struct ls_cal_probe){ 150, 1, 150 }).judged);
	CHECK(ls_cal_probe_judge(&m, &(struct ls_cal_probe){ 100, 1, 101 }).judged);
	m = measurand();
	points[0].u = d(0, 0);
	CHECK(!ls_cal_probe_judge(&m, &(struct ls_cal_probe){ 100, 0, 101 }).judged);
}

static int csv(const char *text, size_t *count)
{
	struct ls_cal_probe *probes = NULL;
	struct ls_error err = { 0 };
	int rc = ls_cal_probe_csv(text, strlen(text), &probes, count, &err);
	free(probes);
	return rc;
}

TEST(a_csv_file_is_read_strictly)
{
	size_t count = 0;
	CHECK_INT_EQ(csv("reference,uncertainty,reading\n1,0.1,1.05\r\n\n2,1e-1,.5", &count), 0);
	CHECK_INT_EQ(count, 2);
	CHECK_INT_EQ(csv("", &count), -EBADMSG);
	CHECK_INT_EQ(csv("reference,uncertainty,reading\n", &count), -EBADMSG);
	CHECK_INT_EQ(csv("reference,reading,uncertainty\n1,2,3\n", &count), -EBADMSG);
	CHECK_INT_EQ(csv("reference,uncertainty,reading\n1,2\n", &count), -EBADMSG);
	CHECK_INT_EQ(csv("reference,uncertainty,reading\n1,2,3,4\n", &count), -EBADMSG);
	CHECK_INT_EQ(csv("reference,uncertainty,reading\n1,-2,3\n", &count), -EBADMSG);
	CHECK_INT_EQ(csv("reference,uncertainty,reading\n1,nan,3\n", &count), -EBADMSG);
}

TEST_MAIN()
