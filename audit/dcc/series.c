/* SPDX-License-Identifier: Apache-2.0 */
/* Which quantities of a list belong together. */
#include <string.h>

#include "audit/dcc/measurand.h"

static bool has_one_of(const struct ls_dcc_quantity *q, const char *const *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (ls_dcc_has_type(q->ref_type, types[i]))
			return true;
	return false;
}

static void sort_in(const struct ls_dcc_quantity *q, struct ls_dcc_series *s)
{
	static const char *const reference[] = { "basic_referenceValue", "basic_calibrationValue",
						 "basic_nominalValue" };
	static const char *const measured[] = { "basic_measuredValue", "basic_indicatedValue" };
	static const char *const error[] = { "basic_measurementError",
					     "basic_measurementErrorAbsolute", "basic_deviation" };
	if (!s->reference && has_one_of(q, reference, 3))
		s->reference = q;
	else if (!s->measured && has_one_of(q, measured, 2))
		s->measured = q;
	else if (!s->error && has_one_of(q, error, 3))
		s->error = q;
	else if (!s->single)
		s->single = q;
}

/* What the points are: the reference value, or whatever else there is. */
static const struct ls_dcc_quantity *base_of(const struct ls_dcc_series *s)
{
	if (s->reference)
		return s->reference;
	return s->measured ? s->measured : s->single;
}

static bool fits(const struct ls_dcc_quantity *q, const struct ls_dcc_quantity *base)
{
	return !q || (!q->problem && q->count == base->count &&
		      ls_unit_comparable(&q->parsed, &base->parsed));
}

static void judge(struct ls_dcc_series *s)
{
	const struct ls_dcc_quantity *base = base_of(s);
	if (!base) {
		s->problem = "it has errors, and no values that they are of";
		return;
	}
	s->count = base->count;
	if (base->problem)
		s->problem = base->problem;
	else if (s->error && s->error->problem)
		s->problem = s->error->problem;
	else if (!fits(s->reference, base) || !fits(s->measured, base) || !fits(s->error, base))
		s->problem = "its values are not as many, or not of the unit of the others";
}

bool ls_dcc_series_at(const struct ls_dcc *dcc, size_t i, struct ls_dcc_series *ret_series)
{
	size_t k = 0;
	while (k < dcc->quantity_count) {
		const struct ls_dcc_quantity *first = &dcc->quantities[k];
		struct ls_dcc_series s = { .result = first->result,
					   .list = first->list,
					   .stage = first->stage };
		for (; k < dcc->quantity_count && dcc->quantities[k].list == first->list; k++)
			sort_in(&dcc->quantities[k], &s);
		if (i-- == 0) {
			judge(&s);
			*ret_series = s;
			return true;
		}
	}
	return false;
}
