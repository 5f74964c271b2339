/* SPDX-License-Identifier: Apache-2.0 */
/* D11 of docs/formats/calibration-trust.md: whether the organisation may calibrate this so well. */
#include <math.h>
#include <string.h>

#include "lib/cal/competence.h"
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

enum ls_cal_competence ls_cal_competence(const struct ls_cal_organisation *o,
					 const struct ls_cal_measurand *m, double *ret_u)
{
	const struct ls_cal_point *tightest = ls_cal_tightest(m);
	bool covers = false;
	double k;
	bool known = tightest && ls_cal_point_u(tightest, ret_u, &k);
	for (size_t i = 0; i < o->scope_count; i++) {
		const struct ls_cal_scope *s = &o->scopes[i];
		if (!scope_covers(s, m->quantity, &m->unit, m->low, m->high))
			continue;
		covers = true;
		if (known && scope_allows(s, &m->unit, *ret_u))
			return LS_CAL_COMPETENT;
	}
	if (!covers)
		return LS_CAL_BEYOND_SCOPE;
	return known ? LS_CAL_BELOW_SMALLEST : LS_CAL_COMPETENCE_UNKNOWN;
}

static void check_scope(struct ls_cal_node *n, const struct ls_cal_organisation *o)
{
	const struct ls_cal_measurand *m = n->measurand;
	double u;
	enum ls_cal_competence competence = ls_cal_competence(o, m, &u);
	bool covers = competence != LS_CAL_BEYOND_SCOPE;
	ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE, covers ? LS_CAL_HOLDS : LS_CAL_FAILS,
		    LS_CAL_SUBJECT_SELF,
		    covers ? NULL : "'%s' in this range is not in the scope of '%s'", m->quantity,
		    o->name);
	if (!covers)
		return;
	if (competence == LS_CAL_COMPETENCE_UNKNOWN)
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_UNCERTAINTY, LS_CAL_CANNOT,
			    LS_CAL_SUBJECT_SELF, "no uncertainty is known");
	else if (competence == LS_CAL_BELOW_SMALLEST)
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_UNCERTAINTY, LS_CAL_FAILS,
			    LS_CAL_SUBJECT_SELF, "u = %.4g %s is below what '%s' is accredited for",
			    u, m->unit_text, o->name);
	else
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_UNCERTAINTY, LS_CAL_HOLDS,
			    LS_CAL_SUBJECT_SELF, NULL);
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

const struct ls_cal_scope *ls_cal_scope_beyond(const struct ls_cal_organisation *o,
					       const struct ls_cal_organisation *certifier,
					       const char *quantity)
{
	for (size_t i = 0; i < o->scope_count; i++)
		if ((!quantity || strcmp(o->scopes[i].quantity, quantity) == 0) &&
		    !scope_within(&o->scopes[i], certifier))
			return &o->scopes[i];
	return NULL;
}

/* What the organisation may do with this quantity, it has from who may as much. */
static void check_certifiers(struct ls_cal_node *n)
{
	const char *quantity = n->measurand->quantity;
	for (const struct ls_cal_proof *p = n->account->organisation; p; p = p->certifier) {
		const struct ls_cal_organisation *o = ls_cal_proof_organisation(p);
		const struct ls_cal_organisation *above = ls_cal_proof_organisation(p->certifier);
		if (!o || !above || !ls_cal_scope_beyond(o, above, quantity))
			continue;
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_CERTIFIER, LS_CAL_FAILS,
			    LS_CAL_SUBJECT_SELF,
			    "'%s' was certified for '%s' beyond the scope of '%s'", o->name,
			    quantity, above->name);
		return;
	}
	ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE_CERTIFIER, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF,
		    NULL);
}

void ls_cal_node_competence(struct ls_cal_node *n)
{
	const struct ls_cal_organisation *o = ls_cal_proof_organisation(n->account->organisation);
	const struct ls_cal_document *d = n->account->entry->outside;
	if (d)
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE,
			    n->account->nmi ? LS_CAL_INFO : LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "a certificate does not carry the scope of accreditation of its "
			    "laboratory, '%s'",
			    d->organisation[0] ? d->organisation : d->laboratory);
	else if (!o)
		ls_cal_note(&n->notes, LS_CAL_CHECK_SCOPE, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "the organisation is not known");
	else {
		check_scope(n, o);
		check_certifiers(n);
	}
}
