/* SPDX-License-Identifier: Apache-2.0 */
/* Standard uncertainties of points, and what a chain's links contribute (JCGM 100:2008, EA-4/02).
 */
#include <math.h>
#include <string.h>

#include "lib/cal/student.h"
#include "lib/cal/trace_internal.h"

/* k of a coverage probability; 0: it cannot be derived. */
static double derived_k(const struct ls_cal_point *point)
{
	double p = point->probability;
	if (!(p > 0 && p < 1))
		return 0;
	switch (point->distribution) {
	case LS_CAL_NORMAL: return ls_student_k(p, INFINITY);
	case LS_CAL_STUDENT: return point->dof ? ls_student_k(p, point->dof) : 0;
	case LS_CAL_RECTANGULAR: return p * sqrt(3);
	case LS_CAL_TRIANGULAR: return sqrt(6) * (1 - sqrt(1 - p));
	default: return 0;
	}
}

bool ls_cal_point_u(const struct ls_cal_point *point, double *ret_u, double *ret_k)
{
	if (!point->has_u)
		return false;
	double k = point->has_k ? ls_decimal_double(point->k) : derived_k(point);
	if (!(k > 0))
		return false;
	*ret_u = ls_decimal_double(point->u) / k;
	*ret_k = k;
	return true;
}

const struct ls_cal_point *ls_cal_tightest(const struct ls_cal_measurand *m)
{
	const struct ls_cal_point *best = NULL;
	double best_u = 0, u, k;
	for (size_t i = 0; i < m->point_count; i++)
		if (ls_cal_point_u(&m->points[i], &u, &k) && (!best || u < best_u)) {
			best = &m->points[i];
			best_u = u;
		}
	return best;
}

bool ls_cal_u_at(const struct ls_cal_measurand *m, double value, double *ret_u, double *ret_k,
		 bool *ret_interpolated)
{
	const struct ls_cal_point *below = NULL, *above = NULL;
	double a, b, k, ka;
	for (size_t i = 0; i < m->point_count && !above; i++) {
		if (ls_decimal_double(m->points[i].value) <= value)
			below = &m->points[i];
		else
			above = &m->points[i];
	}
	if (!below && !above)
		return false;
	double slack = LS_CAL_SLACK * (fabs(value) + 1e-300);
	const struct ls_cal_point *nearest = !below ? above : below;
	if (below && above && ls_decimal_double(above->value) - value <= slack)
		nearest = above;
	double distance = fabs(ls_decimal_double(nearest->value) - value);
	*ret_interpolated = distance > slack;
	if (!below || !above || distance <= slack) {
		*ret_k = 0;
		return ls_cal_point_u(nearest, ret_u, ret_k);
	}
	if (!ls_cal_point_u(below, &a, &k) || !ls_cal_point_u(above, &b, &ka))
		return false;
	double low = ls_decimal_double(below->value), high = ls_decimal_double(above->value);
	*ret_u = a + (b - a) * (value - low) / (high - low);
	*ret_k = fmax(k, ka);
	return true;
}

bool ls_cal_edge_covers(const struct ls_cal_node *node, const struct ls_cal_edge *edge,
			double value)
{
	const struct ls_cal_measurand *p = edge->parent->measurand;
	double there;
	if (!edge->same || !p ||
	    ls_unit_convert_value(value, &node->measurand->unit, &p->unit, &there) < 0)
		return edge->comparable && !edge->same;
	double low = ls_decimal_double(p->low), high = ls_decimal_double(p->high);
	double slack = LS_CAL_SLACK * (fabs(low) + fabs(high) + fabs(there));
	return there >= low - slack && there <= high + slack;
}

bool ls_cal_edge_u(const struct ls_cal_node *node, const struct ls_cal_edge *edge, double value,
		   double *ret_u, double *ret_value, bool *ret_interpolated)
{
	const struct ls_cal_measurand *p = edge->parent->measurand;
	double k;
	if (!p || !edge->comparable)
		return false;
	if (edge->same) {
		if (ls_unit_convert_value(value, &node->measurand->unit, &p->unit, ret_value) < 0)
			return false;
		return ls_cal_u_at(p, *ret_value, ret_u, &k, ret_interpolated);
	}
	const struct ls_cal_point *point = ls_cal_tightest(p);
	if (!point)
		return false;
	*ret_value = ls_decimal_double(point->value);
	*ret_interpolated = false;
	return ls_cal_point_u(point, ret_u, &k);
}

/* Parents of the same quantity that cover the value: the best one serves, or their mean. */
static void weigh_same(const struct ls_cal_node *node, const bool *serves,
		       struct ls_cal_contributions *c)
{
	double inverse = 0;
	size_t best = LS_CAL_EDGES_MAX;
	c->same = -1;
	for (size_t i = 0; i < node->edge_count; i++) {
		if (!serves[i])
			continue;
		if (best == LS_CAL_EDGES_MAX || c->u[i] < c->u[best])
			best = i;
		inverse += c->u[i] > 0 ? 1 / (c->u[i] * c->u[i]) : INFINITY;
	}
	if (best == LS_CAL_EDGES_MAX)
		return;
	c->same = c->u[best];
	c->weights[best] = 1;
	if (!node->measurand->averaged || !isfinite(inverse))
		return;
	c->same = 1 / sqrt(inverse);
	for (size_t i = 0; i < node->edge_count; i++)
		if (serves[i]) /* the others are contributions of their own */
			c->weights[i] = 1 / (c->u[i] * c->u[i]) / inverse;
}

void ls_cal_contributions(const struct ls_cal_node *node, double value,
			  struct ls_cal_contributions *ret)
{
	bool serves[LS_CAL_EDGES_MAX] = { false }, interpolated, any = false;
	double u, there, squares = 0;
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < node->edge_count; i++) {
		const struct ls_cal_edge *e = &node->edges[i];
		ret->u[i] = -1;
		if (!ls_cal_edge_covers(node, e, value) ||
		    !ls_cal_edge_u(node, e, value, &u, &there, &interpolated))
			continue;
		any = true;
		ret->u[i] = fabs(e->coefficient) * u;
		serves[i] = e->same;
		if (!e->same) {
			ret->weights[i] = 1;
			squares += ret->u[i] * ret->u[i];
		}
	}
	weigh_same(node, serves, ret);
	if (ret->same > 0)
		squares += ret->same * ret->same;
	ret->all = any ? sqrt(squares) : -1;
}
