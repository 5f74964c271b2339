/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D14: effective degrees of freedom, and whether k covers with them what it is said to cover
 * (JCGM 100:2008, G.4; EA-4/02 M:2022, annex E; ILAC P14).
 *
 *     nu_eff = u^4 / sum of (c u_parent)^4 / nu_parent        (Welch and Satterthwaite, G.2b)
 *
 * What the laboratory adds itself is taken as known for certain where it does not say, so nu_eff
 * is then the most that there can be.
 */
#include <math.h>

#include "lib/cal/student.h"
#include "lib/cal/trace_internal.h"

#define USUAL	 0.95 /* ILAC P14: approximately 95 % */
#define NO_CLAIM 1.9  /* a k below it, without a probability, claims none of 95 % */
#define ROUNDING 0.05 /* of k: "2" is what 1.96 and 2.04 are called */
#define FEW	 1e4  /* more degrees of freedom than that are as good as any */

/* Those that a point states, or (unless literally) that its k and its probability are of;
 * INFINITY: neither. */
static double stated_dof(const struct ls_cal_point *p, bool literally)
{
	double k = p->has_k ? ls_decimal_double(p->k) : 0;
	if (p->dof)
		return p->dof;
	if (literally || !(p->probability > 0) || !p->has_k ||
	    (p->distribution != LS_CAL_STUDENT && p->distribution != LS_CAL_DISTRIBUTION_UNKNOWN))
		return INFINITY;
	if (p->distribution != LS_CAL_STUDENT &&
	    k < ls_student_k(p->probability, INFINITY) + ROUNDING)
		return INFINITY;
	double dof = ls_student_dof(p->probability, k);
	return dof < FEW ? dof : INFINITY;
}

/* The least of the points beside a value. */
static double stated_at(const struct ls_cal_measurand *m, double value, bool literally)
{
	const struct ls_cal_point *below = NULL, *above = NULL;
	double slack = LS_CAL_SLACK * fabs(value);
	for (size_t i = 0; i < m->point_count && !above; i++) {
		double at = ls_decimal_double(m->points[i].value);
		if (fabs(at - value) <= slack)
			return stated_dof(&m->points[i], literally);
		if (at < value)
			below = &m->points[i];
		else
			above = &m->points[i];
	}
	return fmin(below ? stated_dof(below, literally) : INFINITY,
		    above ? stated_dof(above, literally) : INFINITY);
}

/* A parent's, where it is used: what it states itself, else (unless literally) what came out of its
 * own parents. */
static double parents_dof(const struct ls_cal_node *n, const struct ls_cal_edge *e, double value,
			  bool literally)
{
	double u, there;
	bool interpolated;
	if (!ls_cal_edge_u(n, e, value, &u, &there, &interpolated))
		return INFINITY;
	double stated = stated_at(e->parent->measurand, there, literally);
	return literally || isfinite(stated) ? stated : e->parent->dof;
}

/* What the parents leave of u's degrees of freedom; INFINITY: they state none. */
static double left_by_parents(const struct ls_cal_node *n, double value, double u, bool literally)
{
	struct ls_cal_contributions c = { .all = -1 };
	double sum = 0;
	bool known = false;
	for (size_t i = 0; i < n->edge_count; i++) {
		double dof = parents_dof(n, &n->edges[i], value, literally);
		if (!isfinite(dof))
			continue;
		if (!known)
			ls_cal_contributions(n, value, &c);
		known = true;
		if (c.u[i] > 0)
			sum += pow(c.weights[i] * c.u[i] / u, 4) / dof;
	}
	return sum > 0 ? 1 / sum : INFINITY;
}

double ls_cal_dof_at(const struct ls_cal_node *n, double value)
{
	double u, k, stated;
	bool interpolated;
	if (!n->measurand || !ls_cal_u_at(n->measurand, value, &u, &k, &interpolated) || !(u > 0))
		return INFINITY;
	stated = stated_at(n->measurand, value, /* literally= */ false);
	double left = fmin(stated, left_by_parents(n, value, u, /* literally= */ false));
	return left < FEW ? left : INFINITY;
}

/* --- what does not hold ----------------------------------------------------------------------- */

/* A k that is too small for the probability that is stated with it. */
static bool contradicts_itself(struct ls_cal_node *n, const struct ls_cal_point *p, double k)
{
	bool bell = p->distribution == LS_CAL_NORMAL || p->distribution == LS_CAL_STUDENT;
	if (!p->has_k || !(p->probability > 0) || !bell)
		return false;
	double needed = ls_student_k(p->probability, p->dof ? p->dof : INFINITY);
	if (k >= needed - ROUNDING)
		return false;
	ls_cal_note(&n->notes, LS_CAL_CHECK_COVERAGE, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
		    "at %.12g %s k = %.4g is stated for %.4g %%, which need at least %.4g",
		    ls_decimal_double(p->value), n->measurand->unit_text, k, 100 * p->probability,
		    needed);
	return true;
}

/* More degrees of freedom than its parents' own statements leave (rounded up to a whole one). */
static bool claims_too_many(struct ls_cal_node *n, const struct ls_cal_point *p, double u)
{
	double value = ls_decimal_double(p->value);
	if (!p->dof || !(u > 0))
		return false;
	double left = left_by_parents(n, value, u, /* literally= */ true);
	if (!(p->dof > left + 1))
		return false;
	ls_cal_note(&n->notes, LS_CAL_CHECK_COVERAGE, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
		    "at %.12g %s %u effective degrees of freedom are stated, and its parents' "
		    "leave at most %.4g (Welch-Satterthwaite)",
		    value, n->measurand->unit_text, p->dof, left);
	return true;
}

/* --- what is told of the tightest point --------------------------------------------------------
 */

static void tell_normal(struct ls_cal_node *n, const struct ls_cal_point *p, double k)
{
	ls_cal_note(&n->notes, LS_CAL_CHECK_COVERAGE, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
		    "k = %.4g %s a normal distribution: no degrees of freedom are stated", k,
		    p->has_k ? "assumes" : "was derived from the probability of");
}

static void tell_coverage(struct ls_cal_node *n, const struct ls_cal_point *p, double k, double dof)
{
	double stated = stated_dof(p, /* literally= */ false);
	const char *by = dof < stated ? " at most (Welch-Satterthwaite)"
			 : p->dof     ? ""
				      : ", by k and its probability";
	double wanted = p->probability > 0 ? p->probability : USUAL;
	double needed = ls_student_k(wanted, dof);
	if (k < NO_CLAIM && !(p->probability > 0))
		ls_cal_note(&n->notes, LS_CAL_CHECK_COVERAGE, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    "%.4g effective degrees of freedom%s: %.4g %% need k = %.4g, and "
			    "k = %.4g claims no such coverage",
			    dof, by, 100 * wanted, needed, k);
	else
		ls_cal_note(&n->notes, LS_CAL_CHECK_COVERAGE,
			    k < needed - ROUNDING ? LS_CAL_WARNS : LS_CAL_HOLDS,
			    LS_CAL_SUBJECT_SELF,
			    "%.4g effective degrees of freedom%s: %.4g %% need k = %.4g, and "
			    "k = %.4g covers %.4g %%",
			    dof, by, 100 * wanted, needed, k, 100 * ls_student_probability(k, dof));
}

void ls_cal_node_coverage(struct ls_cal_node *n)
{
	const struct ls_cal_measurand *m = n->measurand;
	const struct ls_cal_point *best = ls_cal_tightest(m);
	double u, k;
	if (!best)
		return;
	n->dof = ls_cal_dof_at(n, ls_decimal_double(best->value));
	for (size_t i = 0; i < m->point_count; i++)
		if (ls_cal_point_u(&m->points[i], &u, &k) &&
		    (contradicts_itself(n, &m->points[i], k) ||
		     claims_too_many(n, &m->points[i], u)))
			return;
	ls_cal_point_u(best, &u, &k);
	if (isfinite(n->dof))
		tell_coverage(n, best, k, n->dof);
	else
		tell_normal(n, best, k);
}
