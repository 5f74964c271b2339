/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/student.h"

#include <math.h>

#include "lib/base/test.h"

/* JCGM 100:2008, Table G.2: t_p of the degrees of freedom, to two decimals. */
TEST(the_guides_table)
{
	static const double ps[] = { 0.6827, 0.90, 0.95, 0.9545, 0.99, 0.9973 };
	static const struct {
		double dof, k[6];
	} rows[] = {
		{ 1, { 1.84, 6.31, 12.71, 13.97, 63.66, 235.80 } },
		{ 2, { 1.32, 2.92, 4.30, 4.53, 9.92, 19.21 } },
		{ 3, { 1.20, 2.35, 3.18, 3.31, 5.84, 9.22 } },
		{ 4, { 1.14, 2.13, 2.78, 2.87, 4.60, 6.62 } },
		{ 5, { 1.11, 2.02, 2.57, 2.65, 4.03, 5.51 } },
		{ 8, { 1.07, 1.86, 2.31, 2.37, 3.36, 4.28 } },
		{ 10, { 1.05, 1.81, 2.23, 2.28, 3.17, 3.96 } },
		{ 16, { 1.03, 1.75, 2.12, 2.17, 2.92, 3.54 } },
		{ 20, { 1.03, 1.72, 2.09, 2.13, 2.85, 3.42 } },
		{ 50, { 1.01, 1.68, 2.01, 2.05, 2.68, 3.16 } },
		{ 100, { 1.005, 1.660, 1.984, 2.025, 2.626, 3.077 } },
		{ INFINITY, { 1.000, 1.645, 1.960, 2.000, 2.576, 3.000 } },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < 6; j++) {
			double k = ls_student_k(ps[j], rows[i].dof);
			/* 68.27 % and the like are rounded themselves, which one degree feels */
			double slack = rows[i].dof < 2 ? 0.0006 * rows[i].k[j] + 0.005 : 0.0051;
			if (fabs(k - rows[i].k[j]) > slack)
				TEST_FAIL("p %g, %g: %g, wanted %g", ps[j], rows[i].dof, k,
					  rows[i].k[j]);
		}
}

TEST(each_is_the_other_s_inverse)
{
	static const double dofs[] = { 1, 1.5, 2.7, 9, 33.3, 400, 1e5 };
	for (size_t i = 0; i < sizeof(dofs) / sizeof(dofs[0]); i++)
		for (double p = 0.5; p < 0.999; p += 0.07) {
			double k = ls_student_k(p, dofs[i]), dof = ls_student_dof(p, k);
			CHECK(fabs(ls_student_probability(k, dofs[i]) - p) < 1e-9);
			if (fabs(dof / dofs[i] - 1) > 1e-3)
				TEST_FAIL("p %g, %g degrees: %g", p, dofs[i], dof);
		}
}

TEST(more_degrees_of_freedom_cover_more)
{
	double last = 0;
	for (double dof = 0.25; dof < 1e9; dof *= 1.7) {
		double p = ls_student_probability(2, dof);
		CHECK(p > last - 1e-10 && p <= erf(2 / sqrt(2)) + 1e-10);
		last = p;
	}
}

TEST(what_has_no_answer_has_none)
{
	CHECK(isnan(ls_student_k(0, 5)) && isnan(ls_student_k(1, 5)) &&
	      isnan(ls_student_k(NAN, 5)));
	CHECK(isnan(ls_student_k(0.95, 0)) && isnan(ls_student_k(0.95, NAN)));
	CHECK(isnan(ls_student_probability(-1, 5)) && isnan(ls_student_probability(2, -5)));
	CHECK(ls_student_probability(0, 5) == 0 && ls_student_probability(INFINITY, 5) == 1);
	CHECK(isinf(ls_student_dof(0.95, 1.9)));
	CHECK(isnan(ls_student_dof(0.95, 13)));
	CHECK(isinf(ls_student_k(0.999999999, 0.1)));
}

TEST_MAIN()
