/* SPDX-License-Identifier: Apache-2.0 */
/* What a link's numbers say: D1 to D7, D10, D12 and D13 of docs/formats/calibration-trust.md. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lib/cal/trace_internal.h"

static void holds(struct ls_cal_node *n, enum ls_cal_check_id check)
{
	ls_cal_note(&n->notes, check, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF, NULL);
}

/* A parent whose details are hidden: nothing can be compared with it. */
static bool has_hidden_parent(const struct ls_cal_node *n)
{
	for (size_t i = 0; i < n->edge_count; i++)
		if (!n->edges[i].parent->measurand)
			return true;
	return false;
}

static bool has_same_parent(const struct ls_cal_node *n)
{
	for (size_t i = 0; i < n->edge_count; i++)
		if (n->edges[i].same)
			return true;
	return false;
}

/* --- D1, D10: of this measurand alone ------------------------------------------------ */

static void check_standard(struct ls_cal_node *n)
{
	const struct ls_cal_measurand *m = n->measurand;
	double u, k;
	for (size_t i = 0; i < m->point_count; i++) {
		const struct ls_cal_point *p = &m->points[i];
		if (ls_cal_point_u(p, &u, &k))
			continue;
		char at[LS_DECIMAL_SIZE];
		ls_decimal_format(p->value, at);
		ls_cal_note(&n->notes, LS_CAL_CHECK_STANDARD_UNCERTAINTY,
			    p->has_u ? LS_CAL_CANNOT : LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    p->has_u ? "at %s %s neither k is stated nor what it follows from"
				     : "at %s %s no uncertainty is stated",
			    at, m->unit_text);
		return;
	}
	if (m->point_count == 0)
		ls_cal_note(&n->notes, LS_CAL_CHECK_STANDARD_UNCERTAINTY, LS_CAL_CANNOT,
			    LS_CAL_SUBJECT_SELF, "there is no point with an uncertainty");
	else
		holds(n, LS_CAL_CHECK_STANDARD_UNCERTAINTY);
}

static void check_adjustment(struct ls_cal_node *n)
{
	if (n->measurand->adjustment == LS_CAL_ADJUSTMENT_BEFORE)
		ls_cal_note(&n->notes, LS_CAL_CHECK_ADJUSTMENT, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			    "the data are from before an adjustment, and there are none after it");
	else
		holds(n, LS_CAL_CHECK_ADJUSTMENT);
}

/* --- D5: comparable at all ---------------------------------------------------------------- */

static void check_comparable(struct ls_cal_node *n)
{
	bool all = true;
	for (size_t i = 0; i < n->edge_count; i++) {
		const struct ls_cal_edge *e = &n->edges[i];
		const struct ls_cal_measurand *p = e->parent->measurand;
		if (e->comparable)
			continue;
		all = false;
		if (!p && e->parent->account->entry->record.report.details)
			ls_cal_note(&n->notes, LS_CAL_CHECK_COMPARABLE, LS_CAL_CANNOT,
				    LS_CAL_SUBJECT_SELF,
				    "no result of parent %u can be read, so what it gives is not "
				    "known",
				    e->index + 1U);
		else if (!p)
			ls_cal_note(&n->notes, LS_CAL_CHECK_COMPARABLE, LS_CAL_INFO,
				    LS_CAL_SUBJECT_SELF,
				    "not checked: private (what parent %u says is not shown)",
				    e->index + 1U);
		else
			ls_cal_note(&n->notes, LS_CAL_CHECK_COMPARABLE, LS_CAL_CANNOT,
				    LS_CAL_SUBJECT_SELF,
				    "parent %u gives '%s' in %s, and no sensitivity says what that "
				    "is to '%s' in %s",
				    e->index + 1U, p->quantity, p->unit_text,
				    n->measurand->quantity, n->measurand->unit_text);
	}
	if (all && n->edge_count > 0)
		holds(n, LS_CAL_CHECK_COMPARABLE);
}

/* --- D5: sensitivities -------------------------------------------------------------------- */

#define NEARLY_ALL 0.9	/* uncertainties have one or two digits (JCGM 100:2008, 7.2.6) */
#define VANISHES   1e-4 /* of u */

/* The part of a parent's u of this very quantity that its sensitivity lets count; 1 without one. */
static double part_of(const struct ls_cal_node *n, const struct ls_cal_edge *e)
{
	double whole;
	if (!e->same || ls_unit_convert_difference(1, &e->parent->measurand->unit,
						   &n->measurand->unit, &whole) < 0)
		return 1;
	return fabs(e->coefficient) / whole;
}

/* Whether all that the parents contribute through sensitivities is nothing beside u. */
static bool contributes_nothing(const struct ls_cal_node *n)
{
	const struct ls_cal_point *best = ls_cal_tightest(n->measurand);
	struct ls_cal_contributions c;
	double u, k, parent, value;
	bool interpolated, any = false;
	if (!best || n->measurand->sensitivity_count == 0)
		return false;
	ls_cal_point_u(best, &u, &k);
	ls_cal_contributions(n, ls_decimal_double(best->value), &c);
	for (size_t i = 0; i < n->edge_count; i++)
		any |= ls_cal_edge_u(n, &n->edges[i], ls_decimal_double(best->value), &parent,
				     &value, &interpolated) &&
		       parent > 0;
	return any && c.all < VANISHES * u;
}

/*
 * With a parent of the same quantity it was compared, and the parent's deviation is its own: c = 1.
 * Where less is said to carry over, D2 to D4 rest on that word.  Models for which it is true exist
 * (a divided voltage); which one it is, no record says.
 */
static void check_sensitivity(struct ls_cal_node *n)
{
	const struct ls_cal_edge *least = NULL;
	bool any = false;
	for (size_t i = 0; i < n->edge_count; i++) {
		const struct ls_cal_edge *e = &n->edges[i];
		any |= e->same;
		if (part_of(n, e) < (least ? part_of(n, least) : 1 - LS_CAL_SLACK))
			least = e;
	}
	if (least)
		ls_cal_note(&n->notes, LS_CAL_CHECK_SENSITIVITY,
			    part_of(n, least) < NEARLY_ALL ? LS_CAL_CANNOT : LS_CAL_WARNS,
			    LS_CAL_SUBJECT_SELF,
			    "the stated sensitivity lets only %.4g %s per %s of parent %u's "
			    "uncertainty count, though it is of the same quantity, and nothing "
			    "shows why",
			    fabs(least->coefficient), n->measurand->unit_text,
			    least->parent->measurand->unit_text, least->index + 1U);
	else if (contributes_nothing(n))
		ls_cal_note(&n->notes, LS_CAL_CHECK_SENSITIVITY, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			    "by the stated sensitivities nothing of its parents' uncertainties is "
			    "left in its own");
	else if (any)
		holds(n, LS_CAL_CHECK_SENSITIVITY);
}

/* --- D7: ranges --------------------------------------------------------------------------- */

static bool covered(const struct ls_cal_node *n, double value)
{
	for (size_t i = 0; i < n->edge_count; i++)
		if (n->edges[i].same && ls_cal_edge_covers(n, &n->edges[i], value))
			return true;
	return false;
}

/* How far up from a value the parents' ranges reach without a gap. */
static double reach(const struct ls_cal_node *n, double from)
{
	double reached = from, end;
	for (bool further = true; further;) {
		further = false;
		for (size_t i = 0; i < n->edge_count; i++) {
			const struct ls_cal_edge *e = &n->edges[i];
			if (!e->same || !ls_cal_edge_covers(n, e, reached) ||
			    ls_unit_convert_value(ls_decimal_double(e->parent->measurand->high),
						  &e->parent->measurand->unit, &n->measurand->unit,
						  &end) < 0)
				continue;
			if (end > reached) {
				reached = end;
				further = true;
			}
		}
	}
	return reached;
}

static bool interpolates(const struct ls_cal_node *n)
{
	double u, there;
	bool interpolated;
	for (size_t i = 0; i < n->measurand->point_count; i++) {
		double value = ls_decimal_double(n->measurand->points[i].value);
		bool exact = false;
		for (size_t j = 0; j < n->edge_count; j++)
			if (n->edges[j].same &&
			    ls_cal_edge_u(n, &n->edges[j], value, &u, &there, &interpolated))
				exact |= !interpolated;
		if (!exact)
			return true;
	}
	return false;
}

static void check_range(struct ls_cal_node *n)
{
	const struct ls_cal_measurand *m = n->measurand;
	double low = ls_decimal_double(m->low), high = ls_decimal_double(m->high);
	double slack = LS_CAL_SLACK * (fabs(low) + fabs(high));
	if (!has_same_parent(n))
		ls_cal_note(&n->notes, LS_CAL_CHECK_RANGE, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    n->edge_count == 0 ? "there is no parent"
					       : "no parent that is shown has this quantity");
	else if (covered(n, low) && reach(n, low) >= high - slack)
		ls_cal_note(&n->notes, LS_CAL_CHECK_RANGE, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF,
			    interpolates(n) ? "between the parents' points it is interpolated"
					    : NULL);
	else if (has_hidden_parent(n))
		ls_cal_note(&n->notes, LS_CAL_CHECK_RANGE, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    "not checked: private (a parent that may cover it is not shown)");
	else
		ls_cal_note(&n->notes, LS_CAL_CHECK_RANGE, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "%.12g to %.12g %s goes beyond what its parents were calibrated for: "
			    "extrapolation",
			    low, high, m->unit_text);
}

/* --- D2, D3, D6: uncertainty at every point ------------------------------------------------ */

/* The point where most of u is the parents', and how it comes out. */
struct worst {
	double growth_value, growth_u, growth_parent; /* u below the parents' of this quantity */
	double budget_value, budget_u, budget_all;
	double tur_value, tur;
	double unsaid_value;
	bool growth, budget, has_tur, any_same, any, unsaid;
};

/* Whether one parent has several tables of this quantity there, u is below one's, and nothing says
 * which of them served. */
static bool is_unsaid(const struct ls_cal_node *n, const struct ls_cal_contributions *c, double u)
{
	for (size_t i = 0; i < n->edge_count; i++)
		for (size_t j = 0; j < n->edge_count; j++)
			if (i != j && n->edges[i].index == n->edges[j].index && n->edges[i].same &&
			    n->edges[j].same && c->u[j] >= 0 && u < c->u[i] * (1 - LS_CAL_SLACK))
				return true;
	return false;
}

static void look_at_point(const struct ls_cal_node *n, const struct ls_cal_point *p,
			  struct worst *w)
{
	const struct ls_cal_measurand *m = n->measurand;
	struct ls_cal_contributions c;
	double value = ls_decimal_double(p->value), u, k;
	double drift = m->has_drift ? ls_decimal_double(m->drift) : 0;
	if (!ls_cal_point_u(p, &u, &k))
		return;
	ls_cal_contributions(n, value, &c);
	if (c.same >= 0) {
		w->any_same = true;
		if (!w->unsaid && is_unsaid(n, &c, u)) {
			w->unsaid = true;
			w->unsaid_value = value;
		}
		if (u < c.same * (1 - LS_CAL_SLACK) && !w->growth) {
			w->growth = true;
			w->growth_value = value;
			w->growth_u = u;
			w->growth_parent = c.same;
		}
	}
	if (c.all >= 0) {
		double all = hypot(c.all, drift);
		w->any = true;
		if (u < all * (1 - LS_CAL_SLACK) && !w->budget) {
			w->budget = true;
			w->budget_value = value;
			w->budget_u = u;
			w->budget_all = all;
		}
	}
	if (m->has_tolerance && c.all > 0) {
		double span = ls_decimal_double(m->upper) - ls_decimal_double(m->lower);
		double ratio = span / (2 * 2 * c.all);
		if (!w->has_tur || ratio < w->tur) {
			w->has_tur = true;
			w->tur = ratio;
			w->tur_value = value;
		}
	}
}

static void check_growth(struct ls_cal_node *n, const struct worst *w)
{
	const char *unit = n->measurand->unit_text;
	if (w->growth)
		ls_cal_note(&n->notes, LS_CAL_CHECK_GROWTH, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "at %.12g %s u = %.4g is below the parents' %.4g, which is impossible "
			    "for a comparison with them",
			    w->growth_value, unit, w->growth_u, w->growth_parent);
	else if (w->unsaid)
		ls_cal_note(&n->notes, LS_CAL_CHECK_GROWTH, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "at %.12g %s a parent has several tables of this quantity: u is below "
			    "that of one, and nothing says which of them served",
			    w->unsaid_value, unit);
	else if (w->any_same)
		holds(n, LS_CAL_CHECK_GROWTH);
	else if (n->edge_count > 0)
		ls_cal_note(&n->notes, LS_CAL_CHECK_GROWTH, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    has_hidden_parent(n) ? "not checked: private"
						 : "no parent is of the same quantity there");
	if (w->budget)
		ls_cal_note(&n->notes, LS_CAL_CHECK_BUDGET, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "at %.12g %s u = %.4g does not include what its parents and their "
			    "drift contribute, %.4g",
			    w->budget_value, unit, w->budget_u, w->budget_all);
	else if (w->any)
		holds(n, LS_CAL_CHECK_BUDGET);
	else if (n->edge_count > 0)
		ls_cal_note(&n->notes, LS_CAL_CHECK_BUDGET, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    has_hidden_parent(n) ? "not checked: private"
						 : "no parent's contribution is known");
}

static void check_tur(const struct ls_cal_worker *worker, struct ls_cal_node *n,
		      const struct worst *w)
{
	double wanted = worker->trust->has_tur ? ls_decimal_double(worker->trust->tur) : 0;
	if (!n->measurand->has_tolerance || !worker->trust->has_tur)
		return;
	if (!w->has_tur)
		ls_cal_note(&n->notes, LS_CAL_CHECK_TUR,
			    n->edge_count > 0 && !has_hidden_parent(n) ? LS_CAL_CANNOT
								       : LS_CAL_INFO,
			    LS_CAL_SUBJECT_SELF, "the standard's uncertainty is not known");
	else
		ls_cal_note(&n->notes, LS_CAL_CHECK_TUR,
			    w->tur < wanted * (1 - LS_CAL_SLACK) ? LS_CAL_FAILS : LS_CAL_HOLDS,
			    LS_CAL_SUBJECT_SELF,
			    "the ratio of tolerance and the standard's uncertainty is %.3g : 1, "
			    "wanted %.3g : 1",
			    w->tur, wanted);
}

static void check_points(const struct ls_cal_worker *worker, struct ls_cal_node *n)
{
	struct worst w = { .growth = false };
	for (size_t i = 0; i < n->measurand->point_count; i++)
		look_at_point(n, &n->measurand->points[i], &w);
	check_growth(n, &w);
	check_tur(worker, n, &w);
}

/* --- D12: environment ---------------------------------------------------------------------- */

static bool condition_within(const struct ls_cal_condition *c, const struct ls_cal_condition *p)
{
	double low, high;
	if (ls_unit_convert_value(ls_decimal_double(c->low), &c->unit, &p->unit, &low) < 0 ||
	    ls_unit_convert_value(ls_decimal_double(c->high), &c->unit, &p->unit, &high) < 0)
		return false;
	double from = ls_decimal_double(p->low), to = ls_decimal_double(p->high);
	double slack = LS_CAL_SLACK * (fabs(from) + fabs(to));
	return low >= from - slack && high <= to + slack;
}

static const struct ls_cal_condition *find_condition(const struct ls_cal_details *d,
						     const char *name)
{
	for (size_t i = 0; i < d->condition_count; i++)
		if (strcmp(d->conditions[i].name, name) == 0)
			return &d->conditions[i];
	return NULL;
}

static void check_conditions(struct ls_cal_node *n)
{
	const struct ls_cal_details *own = n->account->entry->record.report.details;
	bool any = false;
	for (size_t i = 0; i < n->edge_count; i++) {
		const struct ls_cal_details *d =
			n->edges[i].parent->account->entry->record.report.details;
		for (size_t j = 0; d && j < own->condition_count; j++) {
			const struct ls_cal_condition *c = &own->conditions[j];
			const struct ls_cal_condition *p = find_condition(d, c->name);
			any |= p != NULL;
			if (!p || condition_within(c, p))
				continue;
			ls_cal_note(&n->notes, LS_CAL_CHECK_CONDITIONS, LS_CAL_WARNS,
				    LS_CAL_SUBJECT_SELF,
				    "'%s' went beyond what parent %u was calibrated for", c->name,
				    n->edges[i].index + 1U);
			return;
		}
	}
	if (any)
		holds(n, LS_CAL_CHECK_CONDITIONS);
	else if (n->edge_count > 0)
		ls_cal_note(&n->notes, LS_CAL_CHECK_CONDITIONS, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    "no condition is stated by both");
}

/* --- D13: conformity ------------------------------------------------------------------------ */

static void check_conformity(struct ls_cal_node *n)
{
	const struct ls_cal_measurand *m = n->measurand;
	if (m->conformity == LS_CAL_CONFORMITY_NONE)
		return;
	enum ls_cal_conformity computed = ls_cal_conformity_compute(m);
	const char *stated = ls_cal_conformity_name(m->conformity);
	if (computed == LS_CAL_CONFORMITY_NONE)
		ls_cal_note(&n->notes, LS_CAL_CHECK_CONFORMITY, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "'%s' is stated, and a point lacks its error or uncertainty", stated);
	else if (!ls_cal_conformity_agrees(m, computed))
		ls_cal_note(&n->notes, LS_CAL_CHECK_CONFORMITY, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "'%s' is stated, and '%s' follows from the data", stated,
			    ls_cal_conformity_name(computed));
	else
		holds(n, LS_CAL_CHECK_CONFORMITY);
}

void ls_cal_node_measure(struct ls_cal_worker *w, struct ls_cal_node *n)
{
	if (!n->measurand) {
		bool hidden = n->account->entry->record.report.details == NULL;
		ls_cal_note(&n->notes, LS_CAL_CHECK_STANDARD_UNCERTAINTY,
			    hidden ? LS_CAL_INFO : LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    hidden ? "not checked: private" : "no result of it can be read");
		return;
	}
	check_standard(n);
	check_adjustment(n);
	ls_cal_node_competence(n);
	check_comparable(n);
	check_sensitivity(n);
	check_range(n);
	check_points(w, n);
	check_conditions(n);
	check_conformity(n);
	ls_cal_node_coverage(n);
}
