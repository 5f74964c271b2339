/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/measurand.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

/* A number told in another unit; the same unit leaves its digits as they are. */
static bool convert(struct ls_decimal value, const struct ls_unit *from, const struct ls_unit *to,
		    bool difference, struct ls_decimal *ret_value)
{
	struct ls_unit f = *from, t = *to;
	double converted;
	if (difference)
		f.offset = t.offset = 0;
	if (ls_unit_equal(&f, &t)) {
		*ret_value = value;
		return true;
	}
	return ls_unit_convert_value(ls_decimal_double(value), &f, &t, &converted) == 0 &&
	       ls_decimal_from_double(converted, ret_value) == 0;
}

static bool shift(struct ls_decimal *value, int exponent)
{
	while (value->exponent > exponent) {
		if (value->coefficient > INT64_MAX / 20 || value->coefficient < INT64_MIN / 20)
			return false;
		value->coefficient *= 10;
		value->exponent--;
	}
	return true;
}

/* a - b, exactly where the digits have room for it. */
static bool subtract(struct ls_decimal a, struct ls_decimal b, struct ls_decimal *ret_value)
{
	int exponent = a.exponent < b.exponent ? a.exponent : b.exponent;
	struct ls_decimal x = a, y = b;
	if (shift(&x, exponent) && shift(&y, exponent)) {
		*ret_value = (struct ls_decimal){ x.coefficient - y.coefficient, exponent };
		return true;
	}
	return ls_decimal_from_double(ls_decimal_double(a) - ls_decimal_double(b), ret_value) == 0;
}

static const struct ls_dcc_quantity *base_of(const struct ls_dcc_series *s)
{
	if (s->reference)
		return s->reference;
	return s->measured ? s->measured : s->single;
}

/* Whose uncertainty is that of the result: the error's, else of what was measured, else the
 * value's. */
static const struct ls_dcc_quantity *stating(const struct ls_dcc_series *s)
{
	const struct ls_dcc_quantity *order[] = { s->error, s->measured, s->reference, s->single };
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (order[i] && order[i]->u_count && !order[i]->problem)
			return order[i];
	return NULL;
}

static enum ls_cal_distribution distribution_of(const char *word)
{
	static const struct {
		const char *name;
		enum ls_cal_distribution distribution;
	} known[] = {
		{ "normal", LS_CAL_NORMAL },	       { "t", LS_CAL_STUDENT },
		{ "student", LS_CAL_STUDENT },	       { "uniform", LS_CAL_RECTANGULAR },
		{ "rectangular", LS_CAL_RECTANGULAR }, { "triangular", LS_CAL_TRIANGULAR },
		{ "trapezoidal", LS_CAL_TRAPEZOIDAL },
	};
	for (size_t i = 0; word && i < sizeof(known) / sizeof(known[0]); i++)
		if (strncasecmp(word, known[i].name, strlen(known[i].name)) == 0 &&
		    !isalpha((unsigned char)word[strlen(known[i].name)]))
			return known[i].distribution;
	return LS_CAL_DISTRIBUTION_UNKNOWN;
}

static void state(const struct ls_dcc_quantity *q, size_t i, const struct ls_unit *unit,
		  struct ls_cal_point *p)
{
	const struct ls_decimal *u = ls_dcc_at(q->u, q->u_count, i),
				*k = ls_dcc_at(q->k, q->k_count, i),
				*probability = ls_dcc_at(q->p, q->p_count, i);
	p->has_u = u && convert(*u, &q->parsed, unit, /* difference= */ true, &p->u);
	p->has_k = k && ls_decimal_double(*k) >= 1;
	if (p->has_k)
		p->k = *k;
	p->probability = probability ? ls_decimal_double(*probability) : 0;
	if (!(p->probability > 0 && p->probability < 1))
		p->probability = 0;
	p->distribution = distribution_of(q->distribution);
}

static bool read_point(const struct ls_dcc_series *s, size_t i, struct ls_cal_point *p)
{
	const struct ls_dcc_quantity *base = base_of(s), *said = stating(s);
	*p = (struct ls_cal_point){ .value = base->values[i] };
	if (s->error) {
		p->has_error = convert(s->error->values[i], &s->error->parsed, &base->parsed,
				       /* difference= */ true, &p->error);
	} else if (s->reference && s->measured) {
		struct ls_decimal shown;
		p->has_error = convert(s->measured->values[i], &s->measured->parsed, &base->parsed,
				       /* difference= */ false, &shown) &&
			       subtract(shown, p->value, &p->error);
	}
	if (said)
		state(said, i, &base->parsed, p);
	return true;
}

static int compare_points(const void *a, const void *b)
{
	const struct ls_cal_point *x = a, *y = b;
	double v = ls_decimal_double(x->value), w = ls_decimal_double(y->value);
	if (v != w)
		return v < w ? -1 : 1;
	/* of several at one value the worst is first: none is known, then the larger U, error */
	if (x->has_u != y->has_u)
		return x->has_u ? 1 : -1;
	double u = ls_decimal_double(x->u), z = ls_decimal_double(y->u);
	if (u != z)
		return u > z ? -1 : 1;
	double e = fabs(ls_decimal_double(x->error)), f = fabs(ls_decimal_double(y->error));
	return e > f ? -1 : e < f;
}

/* Points by value, each value once. */
static int read_points(const struct ls_dcc_series *s, struct ls_cal_point **ret_points,
		       size_t *ret_count)
{
	struct ls_cal_point *points = calloc(s->count, sizeof(*points));
	size_t count = 0;
	if (!points)
		return -ENOMEM;
	for (size_t i = 0; i < s->count; i++)
		(void)read_point(s, i, &points[i]);
	qsort(points, s->count, sizeof(*points), compare_points);
	for (size_t i = 0; i < s->count; i++)
		if (count == 0 || ls_decimal_double(points[i].value) !=
					  ls_decimal_double(points[count - 1].value))
			points[count++] = points[i];
	*ret_points = points;
	*ret_count = count;
	return 0;
}

/* --- the measurand --------------------------------------------------------------------------- */

/* "MassFraction", "mass fraction" -> "mass-fraction"; "" when it is no name. */
static void name_of(const char *text, char name[static LS_CAL_QUANTITY_SIZE])
{
	size_t n = 0;
	name[0] = '\0';
	for (const char *t = text; t && *t && n + 2 < LS_CAL_QUANTITY_SIZE; t++) {
		unsigned char c = (unsigned char)*t;
		bool begins = isupper(c) && t > text && islower((unsigned char)t[-1]);
		if (n > 0 && name[n - 1] != '-' && (begins || !isalnum(c)))
			name[n++] = '-';
		if (isalnum(c) && c < 0x80)
			name[n++] = (char)tolower(c);
	}
	while (n > 0 && name[n - 1] == '-')
		n--;
	name[n] = '\0';
	if (!ls_cal_quantity_valid(name, n))
		name[0] = '\0';
}

/* The kind that is stated; else the dimension's name when it is one plain word. */
static void name_measurand(const struct ls_dcc_quantity *base, const struct ls_cal_details *d,
			   struct ls_cal_measurand *m)
{
	const char *quantity = ls_unit_quantity(&base->parsed);
	name_of(base->kind, m->quantity);
	if (!m->quantity[0] && quantity && !strchr(quantity, ' ') &&
	    strcmp(quantity, "ratio") != 0 && strcmp(quantity, "level") != 0)
		name_of(quantity, m->quantity);
	if (!ls_cal_details_find(d, m->quantity))
		return;
	/* no name twice, and yet it is of nothing else */
	snprintf(m->twin, sizeof(m->twin), "%s", m->quantity);
	m->quantity[0] = '\0';
}

static bool limit_at(const struct ls_dcc_quantity *limit, const struct ls_unit *unit,
		     struct ls_decimal *ret_value)
{
	for (size_t i = 1; i < limit->count; i++)
		if (ls_decimal_double(limit->values[i]) != ls_decimal_double(limit->values[0]))
			return false; /* it differs between points: a measurand has one */
	return limit->count > 0 && !limit->problem &&
	       convert(limit->values[0], &limit->parsed, unit, /* difference= */ true, ret_value);
}

static enum ls_cal_conformity conformity_of(const struct ls_dcc_quantity *q)
{
	static const struct {
		const char *word;
		enum ls_cal_conformity conformity;
	} known[] = { /* the worst last */
		      { "pass", LS_CAL_PASS },	    { "conditionalPass", LS_CAL_CONDITIONAL_PASS },
		      { "noFail", LS_CAL_NO_FAIL }, { "conditionalFail", LS_CAL_CONDITIONAL_FAIL },
		      { "noPass", LS_CAL_NO_PASS }, { "fail", LS_CAL_FAIL }
	};
	size_t worst = 0;
	bool any = false;
	for (size_t i = 0; i < q->conformity_count; i++)
		for (size_t k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			if (strcmp(q->conformity[i], known[k].word) == 0) {
				worst = k > worst ? k : worst;
				any = true;
			}
	return any ? known[worst].conformity : LS_CAL_CONFORMITY_NONE;
}

static void read_tolerance(const struct ls_dcc_series *s, struct ls_cal_measurand *m)
{
	const struct ls_dcc_quantity *q = s->error;
	if (!q || !q->lower || !q->upper || !limit_at(q->lower, &m->unit, &m->lower) ||
	    !limit_at(q->upper, &m->unit, &m->upper) ||
	    ls_decimal_double(m->lower) > ls_decimal_double(m->upper))
		return;
	m->has_tolerance = true;
	m->conformity = conformity_of(q);
}

static void read_range(const struct ls_dcc *dcc, struct ls_cal_measurand *m)
{
	struct ls_decimal low, high;
	m->low = m->points[0].value;
	m->high = m->points[m->point_count - 1].value;
	if (!dcc->range_low || !dcc->range_high ||
	    !convert(dcc->range_low->values[0], &dcc->range_low->parsed, &m->unit, false, &low) ||
	    !convert(dcc->range_high->values[0], &dcc->range_high->parsed, &m->unit, false, &high))
		return;
	/* a range that leaves its own points out is of something else */
	if (ls_decimal_double(low) > ls_decimal_double(m->low) ||
	    ls_decimal_double(high) < ls_decimal_double(m->high))
		return;
	m->low = low;
	m->high = high;
}

static bool serves(const struct ls_dcc_link *link, const struct ls_dcc_series *s)
{
	return (link->result == SIZE_MAX || link->result == s->result) &&
	       s->list >= link->list_first && s->list <= link->list_last;
}

/* Which parents: none is said where all of them serve it. */
static void read_from(const struct ls_dcc *dcc, const size_t *parents,
		      const struct ls_dcc_series *s, struct ls_cal_measurand *m)
{
	bool used[LS_CAL_PARENTS_MAX] = { false }, known[LS_CAL_PARENTS_MAX] = { false };
	size_t all = 0;
	for (size_t i = 0; i < dcc->link_count; i++) {
		if (parents[i] >= LS_CAL_PARENTS_MAX)
			continue;
		known[parents[i]] = true;
		used[parents[i]] = used[parents[i]] || serves(&dcc->links[i], s);
	}
	for (size_t i = 0; i < LS_CAL_PARENTS_MAX; i++) {
		all += known[i];
		if (used[i])
			m->from[m->from_count++] = (uint8_t)i;
	}
	if (m->from_count == all)
		m->from_count = 0;
}

static int fill_measurand(const struct ls_dcc *dcc, const size_t *parents,
			  const struct ls_dcc_series *s, const struct ls_cal_details *d,
			  struct ls_cal_measurand *m)
{
	const struct ls_dcc_quantity *base = base_of(s);
	snprintf(m->unit_text, sizeof(m->unit_text), "%s", base->unit);
	m->unit = base->parsed;
	name_measurand(base, d, m);
	int rc = read_points(s, &m->points, &m->point_count);
	if (rc < 0)
		return rc;
	read_range(dcc, m);
	read_tolerance(s, m);
	read_from(dcc, parents, s, m);
	m->adjustment = s->stage == LS_DCC_BEFORE_ADJUSTMENT ? LS_CAL_ADJUSTMENT_BEFORE
							     : LS_CAL_ADJUSTMENT_NONE;
	return 0;
}

/* As-left data to the as-found data of the same unit that came before: they are one measurand. */
static struct ls_cal_measurand *found_before(struct ls_cal_details *d,
					     const struct ls_dcc_series *s)
{
	if (s->stage != LS_DCC_AFTER_ADJUSTMENT)
		return NULL;
	for (size_t i = 0; i < d->measurand_count; i++)
		if (d->measurands[i].adjustment == LS_CAL_ADJUSTMENT_BEFORE &&
		    ls_unit_equal(&d->measurands[i].unit, &base_of(s)->parsed))
			return &d->measurands[i];
	return NULL;
}

static int make_after(const struct ls_dcc *dcc, const struct ls_dcc_series *s,
		      struct ls_cal_measurand *m)
{
	struct ls_cal_point *points;
	size_t count;
	int rc = read_points(s, &points, &count);
	if (rc < 0)
		return rc;
	m->adjustment = LS_CAL_ADJUSTMENT_AFTER;
	m->found = m->points;
	m->found_count = m->point_count;
	m->points = points;
	m->point_count = count;
	m->has_tolerance = false;
	m->conformity = LS_CAL_CONFORMITY_NONE;
	read_range(dcc, m);
	read_tolerance(s, m);
	return 0;
}

static int add_measurand(const struct ls_dcc *dcc, const size_t *parents,
			 const struct ls_dcc_series *s, struct ls_cal_details *d)
{
	struct ls_cal_measurand *before = found_before(d, s);
	if (before)
		return make_after(dcc, s, before);
	int rc = fill_measurand(dcc, parents, s, d, &d->measurands[d->measurand_count]);
	if (rc == 0)
		d->measurand_count++;
	return rc;
}

/* --- conditions ------------------------------------------------------------------------------ */

static void name_condition(const char *ref_types, char name[static LS_CAL_QUANTITY_SIZE])
{
	static const char *const known[][2] = {
		{ "basic_temperature", "ambient-temperature" },
		{ "basic_humidityRelative", "ambient-relative-humidity" },
		{ "basic_pressure", "ambient-pressure" },
		{ "basic_airPressure", "ambient-pressure" },
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (ls_dcc_has_type(ref_types, known[i][0])) {
			snprintf(name, LS_CAL_QUANTITY_SIZE, "%s", known[i][1]);
			return;
		}
	name_of(ref_types, name);
}

static bool fill_condition(const struct ls_dcc_condition *from, struct ls_cal_condition *c)
{
	const struct ls_dcc_quantity *first = from->count ? &from->quantities[0] : NULL;
	name_condition(from->ref_type, c->name);
	if (!c->name[0] || !first || first->problem)
		return false;
	snprintf(c->unit_text, sizeof(c->unit_text), "%s", first->unit);
	c->unit = first->parsed;
	c->low = c->high = first->values[0];
	for (size_t i = 0; i < from->count; i++)
		for (size_t k = 0; k < from->quantities[i].count; k++) {
			const struct ls_dcc_quantity *q = &from->quantities[i];
			struct ls_decimal v;
			if (q->problem || !convert(q->values[k], &q->parsed, &c->unit, false, &v))
				return false;
			if (ls_decimal_double(v) < ls_decimal_double(c->low))
				c->low = v;
			if (ls_decimal_double(v) > ls_decimal_double(c->high))
				c->high = v;
		}
	return true;
}

static bool has_condition(const struct ls_cal_details *d, const char *name)
{
	for (size_t i = 0; i < d->condition_count; i++)
		if (strcmp(d->conditions[i].name, name) == 0)
			return true;
	return false;
}

static void add_conditions(const struct ls_dcc *dcc, struct ls_cal_details *d)
{
	for (size_t i = 0; i < dcc->condition_count && d->condition_count < LS_CAL_CONDITIONS_MAX;
	     i++) {
		struct ls_cal_condition c = { 0 };
		if (fill_condition(&dcc->conditions[i], &c) && !has_condition(d, c.name))
			d->conditions[d->condition_count++] = c;
	}
}

static void add_texts(const struct ls_dcc *dcc, struct ls_cal_details *d)
{
	snprintf(d->number, sizeof(d->number), "%s", dcc->unique_identifier);
	d->has_document = true;
	d->document = dcc->sha256;
	const struct ls_dcc_method *method = dcc->method_count ? &dcc->methods[0] : NULL;
	if (method)
		snprintf(d->method, sizeof(d->method), "%s%s%s", method->name ? method->name : "",
			 method->name && method->norm ? ", " : "",
			 method->norm ? method->norm : "");
}

int ls_dcc_details_fill(const struct ls_dcc *dcc, const size_t *parents,
			struct ls_cal_details *details, size_t *ret_left_out)
{
	struct ls_dcc_series s;
	add_texts(dcc, details);
	details->measurands = calloc(LS_CAL_MEASURANDS_MAX, sizeof(*details->measurands));
	details->conditions = calloc(LS_CAL_CONDITIONS_MAX, sizeof(*details->conditions));
	if (!details->measurands || !details->conditions)
		return -ENOMEM;
	add_conditions(dcc, details);
	*ret_left_out = dcc->unread;
	for (size_t i = 0; ls_dcc_series_at(dcc, i, &s); i++) {
		if (s.problem || s.count > LS_CAL_POINTS_MAX ||
		    details->measurand_count == LS_CAL_MEASURANDS_MAX) {
			++*ret_left_out;
			continue;
		}
		int rc = add_measurand(dcc, parents, &s, details);
		if (rc < 0)
			return rc;
	}
	return 0;
}
