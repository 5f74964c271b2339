/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/student.h"

#include <math.h>

#define K_MAX	 1e6
#define DOF_MANY 1e7  /* from here on the normal distribution's to seven digits */
#define TERMS	 5000 /* as many as the square root of that takes */
#define HALVINGS 60

/* The continued fraction of the incomplete beta function, by Lentz's method (Abramowitz and Stegun,
 * 26.5.8). */
static double beta_fraction(double a, double b, double x)
{
	const double tiny = 1e-300;
	double c = 1, d = 1 - (a + b) * x / (a + 1), h;
	d = 1 / (fabs(d) < tiny ? tiny : d);
	h = d;
	for (int m = 1; m <= TERMS; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		const double terms[2] = { even, odd };
		double step = 1;
		for (int i = 0; i < 2; i++) {
			d = 1 + terms[i] * d;
			d = 1 / (fabs(d) < tiny ? tiny : d);
			c = 1 + terms[i] / c;
			c = fabs(c) < tiny ? tiny : c;
			step = d * c;
			h *= step;
		}
		if (fabs(step - 1) < 1e-15)
			break;
	}
	return h;
}

/* The regularised incomplete beta function I_x(a, b) (26.5.1), from the side that converges. */
static double incomplete_beta(double a, double b, double x, double y)
{
	int sign; /* lgamma writes a global one */
	double front = lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) +
		       a * log(x) + b * log(y);
	if (x < (a + 1) / (a + b + 2))
		return exp(front) * beta_fraction(a, b, x) / a;
	return 1 - exp(front) * beta_fraction(b, a, y) / b;
}

double ls_student_probability(double k, double dof)
{
	if (!(k >= 0) || !(dof > 0))
		return NAN;
	if (k == 0 || isinf(k))
		return k == 0 ? 0 : 1;
	if (dof > DOF_MANY)
		return erf(k / sqrt(2));
	double sum = dof + k * k;
	return 1 - incomplete_beta(dof / 2, 0.5, dof / sum, k * k / sum); /* 26.7.1 */
}

double ls_student_k(double p, double dof)
{
	double low = 0, high = K_MAX;
	if (!(p > 0 && p < 1) || !(dof > 0))
		return NAN;
	if (ls_student_probability(high, dof) < p)
		return INFINITY;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = (low + high) / 2;
		if (ls_student_probability(middle, dof) < p)
			low = middle;
		else
			high = middle;
	}
	return (low + high) / 2;
}

double ls_student_dof(double p, double k)
{
	double few = 1, many = DOF_MANY;
	if (!(p > 0 && p < 1) || !(k > 0) || ls_student_probability(k, few) > p)
		return NAN;
	if (ls_student_probability(k, many) <= p)
		return INFINITY;
	for (int i = 0; i < HALVINGS; i++) {
		double middle = sqrt(few * many);
		if (ls_student_probability(k, middle) < p)
			few = middle;
		else
			many = middle;
	}
	return sqrt(few * many);
}
