/* SPDX-License-Identifier: Apache-2.0 */
/* One dcc:quantity: D-SI's real, list and hybrid forms, and both ways to state an uncertainty. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "audit/dcc/dcc_internal.h"

/* The names of one form: of single numbers, or of lists of them (XMLList). */
struct form {
	const char *value, *unit;
	const char *expanded, *u, *k, *p, *distribution; /* D-SI to 2.1 */
	const char *interval, *standard;
	const char *univariate; /* D-SI from 2.2 */
	const char *expanded_mu, *value_mu, *standard_mu, *value_standard, *interval_mu;
};

static const struct form single = {
	"value",
	"unit",
	"expandedUnc",
	"uncertainty",
	"coverageFactor",
	"coverageProbability",
	"distribution",
	"coverageInterval",
	"standardUnc",
	"measurementUncertaintyUnivariate",
	"expandedMU",
	"valueExpandedMU",
	"standardMU",
	"valueStandardMU",
	"coverageIntervalMU",
};

static const struct form lists = {
	"valueXMLList",
	"unitXMLList",
	"expandedUncXMLList",
	"uncertaintyXMLList",
	"coverageFactorXMLList",
	"coverageProbabilityXMLList",
	"distributionXMLList",
	"coverageIntervalXMLList",
	"standardUncXMLList",
	"measurementUncertaintyUnivariateXMLList",
	"expandedMUXMLList",
	"valueExpandedMUXMLList",
	"standardMUXMLList",
	"valueStandardMUXMLList",
	"coverageIntervalMUXMLList",
};

struct numbers {
	struct ls_decimal *items;
	size_t count;
};

static xmlNode *si(const xmlNode *node, const char *name)
{
	return ls_dcc_child(node, LS_DSI_NAMESPACE, name);
}

static const char *si_word(struct ls_dcc_file *file, const xmlNode *node, const char *name)
{
	return ls_dcc_text(&file->memory, si(node, name), LS_DCC_WORD_MAX);
}

/* Numbers between blanks.  False: one is none, or there are too many. */
static bool split(struct ls_dcc_file *file, const char *text, struct numbers *all)
{
	for (const char *t = text + strspn(text, " \t\r\n"); *t; t += strspn(t, " \t\r\n")) {
		size_t n = strcspn(t, " \t\r\n");
		struct ls_decimal *place = LS_DCC_MORE(file, all->items, all->count,
						       LS_DCC_VALUES_MAX);
		if (!place || ls_decimal_read(t, n, place) < 0)
			return false;
		t += n;
	}
	return true;
}

/* An element's numbers, none when it is absent. */
static bool read_numbers(struct ls_dcc_file *file, const xmlNode *node, struct numbers *all)
{
	xmlChar *text = node ? xmlNodeGetContent(node) : NULL;
	bool fine = !text || split(file, (const char *)text, all);
	xmlFree(text);
	return fine;
}

static void complain(struct ls_dcc_quantity *q, const char *problem)
{
	if (!q->problem)
		q->problem = problem;
}

/* One unit, or a list of one and the same. */
static void read_unit(struct ls_dcc_file *file, const xmlNode *node, struct ls_dcc_quantity *q)
{
	const char *text = ls_dcc_text(&file->memory, node, LS_DCC_WORD_MAX);
	if (!text || !*text) {
		complain(q, "it has no unit");
		return;
	}
	size_t first = strcspn(text, " ");
	for (const char *t = text + first; *t; t += strcspn(t, " ")) {
		t += strspn(t, " ");
		if (strncmp(t, text, first) != 0 || (t[first] != ' ' && t[first] != '\0'))
			complain(q, "its values have several units");
	}
	q->unit = ls_dcc_keep(&file->memory, text, first);
	q->unit_known = ls_unit_parse(q->unit, first, &q->parsed, NULL) == 0;
	if (!q->unit_known)
		complain(q, "its unit is none that is known");
}

static void set(const struct ls_decimal **items, size_t *count, const struct numbers *numbers)
{
	*items = numbers->items;
	*count = numbers->count;
}

static void read_stated(struct ls_dcc_file *file, const xmlNode *node, const char *name,
			const struct form *form, enum ls_dcc_uncertainty stated,
			struct ls_dcc_quantity *q)
{
	struct numbers u = { 0 }, k = { 0 }, p = { 0 };
	if (!read_numbers(file, si(node, name), &u) || !read_numbers(file, si(node, form->k), &k) ||
	    !read_numbers(file, si(node, form->p), &p)) {
		complain(q, "a number of its uncertainty is none");
		return;
	}
	set(&q->u, &q->u_count, &u);
	set(&q->k, &q->k_count, &k);
	set(&q->p, &q->p_count, &p);
	q->distribution = si_word(file, node, form->distribution);
	if (u.count == 0)
		return;
	q->stated = stated;
	if (stated == LS_DCC_STANDARD) {
		static const struct ls_decimal one = { 1, 0 };
		q->k = &one;
		q->k_count = 1;
	}
}

static void read_uncertainty(struct ls_dcc_file *file, const xmlNode *real, const struct form *form,
			     struct ls_dcc_quantity *q)
{
	const xmlNode *mu = si(real, form->univariate);
	const xmlNode *expanded = si(real, form->expanded), *interval = si(real, form->interval);
	if (expanded)
		read_stated(file, expanded, form->u, form, LS_DCC_EXPANDED, q);
	else if (interval)
		read_stated(file, interval, form->standard, form, LS_DCC_STANDARD, q);
	else if (si(mu, form->expanded_mu))
		read_stated(file, si(mu, form->expanded_mu), form->value_mu, form, LS_DCC_EXPANDED,
			    q);
	else if (si(mu, form->standard_mu))
		read_stated(file, si(mu, form->standard_mu), form->value_standard, form,
			    LS_DCC_STANDARD, q);
	else if (si(mu, form->interval_mu))
		read_stated(file, si(mu, form->interval_mu), form->value_standard, form,
			    LS_DCC_STANDARD, q);
}

static bool fits(size_t count, size_t values)
{
	return count <= 1 || count == values;
}

static void check_counts(struct ls_dcc_quantity *q)
{
	if (q->count == 0)
		complain(q, "it has no value");
	if (!fits(q->u_count, q->count) || !fits(q->k_count, q->count) ||
	    !fits(q->p_count, q->count))
		complain(q, "its uncertainties are not as many as its values");
	for (size_t i = 0; i < q->u_count; i++)
		if (ls_decimal_negative(q->u[i]))
			complain(q, "an uncertainty is negative");
	for (size_t i = 0; i < q->k_count; i++)
		if (q->k[i].coefficient <= 0)
			complain(q, "a coverage factor is not positive");
}

static void read_real(struct ls_dcc_file *file, const xmlNode *real, const struct form *form,
		      struct ls_dcc_quantity *q)
{
	struct numbers values = { 0 };
	if (!read_numbers(file, si(real, form->value), &values))
		complain(q, "a value is no number");
	set(&q->values, &q->count, &values);
	q->kind = si_word(file, real, "quantityTypeQUDT");
	if (!q->kind)
		q->kind = si_word(file, real, "quantityType");
	read_unit(file, si(real, form->unit), q);
	read_uncertainty(file, real, form, q);
}

/* si:list of si:real: each with its own uncertainty. */
static void read_reals(struct ls_dcc_file *file, const xmlNode *list, struct ls_dcc_quantity *q)
{
	struct numbers values = { 0 }, u = { 0 }, k = { 0 };
	for (const xmlNode *n = si(list, "real"); n; n = ls_dcc_next(n, LS_DSI_NAMESPACE, "real")) {
		struct ls_dcc_quantity one = { 0 };
		read_real(file, n, &single, &one);
		check_counts(&one);
		if (one.problem)
			complain(q, one.problem);
		if (one.count != 1 || one.problem)
			return;
		if (q->unit && strcmp(q->unit, one.unit) != 0)
			complain(q, "its values have several units");
		q->unit = one.unit;
		q->unit_known = one.unit_known;
		q->parsed = one.parsed;
		q->stated = one.stated;
		struct ls_decimal *v = LS_DCC_MORE(file, values.items, values.count,
						   LS_DCC_VALUES_MAX);
		struct ls_decimal *up =
			one.u_count ? LS_DCC_MORE(file, u.items, u.count, LS_DCC_VALUES_MAX) : NULL;
		struct ls_decimal *kp =
			one.k_count ? LS_DCC_MORE(file, k.items, k.count, LS_DCC_VALUES_MAX) : NULL;
		if (v)
			*v = one.values[0];
		if (up)
			*up = one.u[0];
		if (kp)
			*kp = one.k[0];
	}
	/* one for all is for XMLList alone: here each stands with its own value */
	if (u.count != 0 && u.count != values.count)
		complain(q, "not each of its values has an uncertainty of its own");
	if (k.count != 0 && k.count != values.count)
		complain(q, "not each of its values has a coverage factor of its own");
	set(&q->values, &q->count, &values);
	set(&q->u, &q->u_count, &u);
	set(&q->k, &q->k_count, &k);
}

/* si:hybrid tells one quantity in several units: the first with an uncertainty, else the first. */
static const xmlNode *of_hybrid(const xmlNode *hybrid, const struct form **ret_form)
{
	const xmlNode *best = NULL;
	for (const xmlNode *n = ls_dcc_first_element(hybrid); n; n = ls_dcc_next_element(n)) {
		bool is_list = ls_dcc_is(n, LS_DSI_NAMESPACE, "realListXMLList");
		if (!is_list && !ls_dcc_is(n, LS_DSI_NAMESPACE, "real"))
			continue;
		const struct form *form = is_list ? &lists : &single;
		bool stated = si(n, form->expanded) || si(n, form->univariate);
		if (best && !stated)
			continue;
		best = n;
		*ret_form = form;
		if (stated)
			break;
	}
	return best;
}

/* dcc:relativeUncertainty: a ratio to each value; k is not said there. */
static void read_relative(struct ls_dcc_file *file, const xmlNode *node, struct ls_dcc_quantity *q)
{
	const xmlNode *list = ls_dcc_child(node, LS_DCC_NAMESPACE, "relativeUncertaintyXmlList");
	const xmlNode *one = ls_dcc_child(node, LS_DCC_NAMESPACE, "relativeUncertaintySingle");
	if (q->stated != LS_DCC_NO_UNCERTAINTY || q->problem || (!list && !one))
		return;
	struct ls_dcc_quantity ratio = { 0 };
	struct ls_unit unit_one = { .factor = 1 };
	read_real(file, list ? list : one, list ? &lists : &single, &ratio);
	check_counts(&ratio);
	if (ratio.problem || !fits(ratio.count, q->count) ||
	    !ls_unit_comparable(&ratio.parsed, &unit_one)) {
		complain(q, "its relative uncertainty is none");
		return;
	}
	struct ls_decimal *u = ls_dcc_take(&file->memory, q->count, sizeof(*u));
	for (size_t i = 0; u && i < q->count; i++) {
		double r = ls_decimal_double(*ls_dcc_at(ratio.values, ratio.count, i));
		if (ls_decimal_from_double(fabs(ls_decimal_double(q->values[i])) * r *
						   ratio.parsed.factor,
					   &u[i]) < 0)
			complain(q, "its relative uncertainty is none");
	}
	if (!u)
		return;
	q->u = u;
	q->u_count = q->count;
	q->stated = LS_DCC_RELATIVE;
}

bool ls_dcc_read_quantity(struct ls_dcc_file *file, const xmlNode *node,
			  struct ls_dcc_quantity *quantity)
{
	struct ls_dcc_quantity q = { 0 };
	const struct form *form = &single;
	const xmlNode *real = si(node, "real");
	if (!real && (real = si(node, "realListXMLList")) != NULL)
		form = &lists;
	if (!real)
		real = of_hybrid(si(node, "hybrid"), &form);
	const xmlNode *list = si(node, "list");
	if (!real && !list)
		return false;
	q.ref_type = ls_dcc_attribute(&file->memory, node, "refType");
	q.name = ls_dcc_name(file, ls_dcc_child(node, LS_DCC_NAMESPACE, "name"));
	if (real)
		read_real(file, real, form, &q);
	else
		read_reals(file, si(list, "realList") ? si(list, "realList") : list, &q);
	check_counts(&q);
	read_relative(file, ls_dcc_child(node, LS_DCC_NAMESPACE, "relativeUncertainty"), &q);
	*quantity = q;
	return true;
}
