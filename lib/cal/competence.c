/* SPDX-License-Identifier: Apache-2.0 */
/* D11 of docs/formats/calibration-trust.md: whether the organisation may calibrate this so well. */
#include <math.h>
#include <string.h>

#include "lib/cal/trace_internal.h"

static bool scope_covers(const struct ls_cal_scope *s, const char *quantity,
			 const struct ls_unit *unit, struct ls_decimal low, struct ls_decimal high)
{
	double a, b;
	if (strcmp(s->quantity, quantity) != 0 ||
	    ls_unit_convert_value(ls_decimal_double(low), unit, &s->unit, &a) < 0 ||
	    ls_unit_convert_value(ls_decimal_double(high), unit, &s->unit, &b) < 0)
		return false;
	double from = ls_decimal_double(s->low), to = ls_decimal_double(s->high);
	double slack = LS_CAL_SLACK * (fabs(from) + fabs(to));
	return a >= from - slack && b <= to + slack;
}

/* Not below the smallest u of the scope; what is compared is standard uncertainties. */
static bool scope_allows(const struct ls_cal_scope *s, const struct ls_unit *unit, double u)
{
	double smallest = ls_decimal_double(s->u) / ls_decimal_double(s->k), there;
	if (ls_unit_convert_difference(u, unit, &s->unit, &there) < 0)
		return false;
	return there >= smallest * (1 - LS_CAL_SLACK);
}

static void check_scope(struct ls_cal_node *n, const struct ls_cal_organisation *o)
{
	const struct ls_cal_measurand *m = n->measurand;
	const struct ls_cal_point *tightest = ls_cal_tightest(m);
	bool covers = false, allows = false;
	double u = 0, k;
	bool known = tightest && ls_cal_point_u(tightest, &u, &k);
	for (size_t i = 0; i < o->scope_count; i++) {
		const struct ls_cal_scope *s = &o->scopes[i];
		if (!scope_covers(s, m->quantity, &m->unit, m->low, m->high))
			continue;
		covers = true;
		allows |= known && scope_allows(s, &m->unit, u);
	}
	ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE, covers ? LS_CAL_HOLDS : LS_CAL_FAILS,
		    LS_CAL_SUBJECT_SELF,
		    covers ? NULL : "'%s' in this range is not in the scope of '%s'", m->quantity,
		    o->name);
	if (!covers)
		return;
	if (!known)
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_UNCERTAINTY, LS_CAL_CANNOT,
			    LS_CAL_SUBJECT_SELF, "no uncertainty is known");
	else
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_UNCERTAINTY,
			    allows ? LS_CAL_HOLDS : LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    allows ? NULL : "u = %.4g %s is below what '%s' is accredited for", u,
			    m->unit_text, o->name);
}

static bool scope_within(const struct ls_cal_scope *s, const struct ls_cal_organisation *above)
{
	double u = ls_decimal_double(s->u) / ls_decimal_double(s->k);
	for (size_t i = 0; i < above->scope_count; i++)
		if (scope_covers(&above->scopes[i], s->quantity, &s->unit, s->low, s->high) &&
		    scope_allows(&above->scopes[i], &s->unit, u))
			return true;
	return false;
}

/* What the organisation may do with this quantity, it has from who may as much. */
static void check_certifiers(struct ls_cal_node *n)
{
	const char *quantity = n->measurand->quantity;
	for (const struct ls_cal_proof *p = n->account->organisation; p; p = p->certifier) {
		const struct ls_cal_organisation *o = ls_cal_proof_organisation(p);
		const struct ls_cal_organisation *above = ls_cal_proof_organisation(p->certifier);
		for (size_t i = 0; o && above && i < o->scope_count; i++) {
			const struct ls_cal_scope *s = &o->scopes[i];
			if (strcmp(s->quantity, quantity) != 0 || scope_within(s, above))
				continue;
			ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_CERTIFIER, LS_CAL_FAILS,
				    LS_CAL_SUBJECT_SELF,
				    "'%s' was certified for '%s' beyond the scope of '%s'", o->name,
				    s->quantity, above->name);
			return;
		}
	}
	ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_CERTIFIER, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF,
		    NULL);
}

void ls_cal_node_competence(struct ls_cal_node *n)
{
	const struct ls_cal_organisation *o = ls_cal_proof_organisation(n->account->organisation);
	if (n->account->entry->outside)
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE,
			    n->account->nmi ? LS_CAL_INFO : LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "a certificate does not carry its laboratory's scope of accreditation");
	else if (!o)
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "the organisation is not known");
	else {
		check_scope(n, o);
		check_certifiers(n);
	}
}
