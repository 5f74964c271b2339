/* SPDX-License-Identifier: Apache-2.0 */
/* One measurand of a report, and which of its parents' measurands serve it. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cal/trace_internal.h"

#define HIDDEN_KEY 0x80000000u

static void free_node(struct ls_cal_object *object)
{
	struct ls_cal_node *n = (struct ls_cal_node *)object;
	for (size_t i = 0; i < n->edge_count; i++)
		ls_cal_object_unref(n->edges[i].parent);
	ls_cal_object_unref(n->account);
	ls_cal_notes_free(&n->notes);
	free(n);
}

/* --- which measurands of a parent ---------------------------------------------------------- */

struct match {
	const struct ls_cal_measurand *measurand; /* NULL: hidden, or none is read */
	bool comparable, same;
	double coefficient;
};

static bool unit_factor(const struct ls_unit *from, const struct ls_unit *to, double *ret)
{
	return ls_unit_convert_difference(1, from, to, ret) == 0;
}

static int add_edge(struct ls_cal_worker *w, struct ls_cal_node *n, size_t index,
		    struct match match, struct ls_error *err)
{
	struct ls_cal_account *parent = n->account->parents[index];
	if (n->edge_count == LS_CAL_EDGES_MAX) {
		ls_cal_note(&n->notes, LS_CAL_CHECK_COMPARABLE, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "its parents have more than %d quantities to do with it",
			    LS_CAL_EDGES_MAX);
		return 0;
	}
	struct ls_cal_edge *e = &n->edges[n->edge_count];
	*e = (struct ls_cal_edge){ .index = (uint8_t)index,
				   .comparable = match.comparable,
				   .same = match.same,
				   .coefficient = match.coefficient };
	int rc = ls_cal_node(w, parent, match.measurand,
			     n->measurand ? n->measurand->quantity : n->wanted, &e->parent, err);
	if (rc == 0)
		n->edge_count++;
	return rc;
}

static const char *name_of(const struct ls_cal_measurand *m)
{
	return m->quantity[0] ? m->quantity : m->twin;
}

/* A document's may have no name: its unit alone tells what it is. */
static bool names_agree(const struct ls_cal_measurand *a, const struct ls_cal_measurand *b)
{
	const char *x = name_of(a), *y = name_of(b);
	return !*x || !*y || strcmp(x, y) == 0;
}

static const struct ls_cal_sensitivity *find_sensitivity(const struct ls_cal_measurand *m,
							 size_t index, const char *quantity)
{
	for (size_t i = 0; i < m->sensitivity_count; i++)
		if (m->sensitivities[i].parent == index &&
		    strcmp(m->sensitivities[i].quantity, quantity) == 0)
			return &m->sensitivities[i];
	return NULL;
}

/* What a parent's measurand is to this one. */
static struct match compare(const struct ls_cal_measurand *m, size_t index,
			    const struct ls_cal_measurand *p)
{
	struct match match = { .measurand = p };
	const struct ls_cal_sensitivity *s = find_sensitivity(m, index, p->quantity);
	double factor;
	match.same = names_agree(m, p) && ls_unit_comparable(&m->unit, &p->unit);
	if (s && unit_factor(&p->unit, &s->unit, &factor)) {
		match.comparable = true;
		match.coefficient = ls_decimal_double(s->coefficient) * factor;
	} else if (match.same && unit_factor(&p->unit, &m->unit, &factor)) {
		match.comparable = true;
		match.coefficient = factor;
	} else {
		match.same = false;
	}
	return match;
}

/* Those that are comparable; where none is, all: their chains count, and that they are not is told.
 */
static int add_measurands(struct ls_cal_worker *w, struct ls_cal_node *n, size_t index,
			  const struct ls_cal_details *d, struct ls_error *err)
{
	bool any = false;
	int rc = 0;
	for (size_t i = 0; n->measurand && i < d->measurand_count; i++)
		any |= compare(n->measurand, index, &d->measurands[i]).comparable;
	const struct ls_cal_measurand *wanted = n->measurand ? NULL
							     : ls_cal_details_find(d, n->wanted);
	for (size_t i = 0; rc == 0 && i < d->measurand_count; i++) {
		struct match match = { .measurand = &d->measurands[i] };
		if (n->measurand)
			match = compare(n->measurand, index, &d->measurands[i]);
		if ((any && !match.comparable) || (wanted && wanted != &d->measurands[i]))
			continue;
		rc = add_edge(w, n, index, match, err);
	}
	return rc;
}

static bool serves(const struct ls_cal_measurand *m, size_t index)
{
	if (!m || m->from_count == 0)
		return true;
	for (size_t i = 0; i < m->from_count; i++)
		if (m->from[i] == index)
			return true;
	return false;
}

static int add_parents(struct ls_cal_worker *w, struct ls_cal_node *n, struct ls_error *err)
{
	const struct ls_cal_report *r = &n->account->entry->record.report;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < r->parent_count && i < LS_CAL_PARENTS_MAX; i++) {
		const struct ls_cal_account *p = n->account->parents[i];
		if (!p || !serves(n->measurand, i))
			continue;
		const struct ls_cal_details *d = p->entry->record.report.details;
		/* hidden, or nothing of it can be read: its own chain counts all the same */
		rc = d && d->measurand_count > 0
			     ? add_measurands(w, n, i, d, err)
			     : add_edge(w, n, i, (struct match){ .measurand = NULL }, err);
	}
	return rc;
}

/* --- where a chain ends -------------------------------------------------------------------- */

static void check_end(struct ls_cal_node *n)
{
	const struct ls_cal_account *a = n->account;
	const struct ls_cal_report *r = &a->entry->record.report;
	const struct ls_cal_organisation *o = ls_cal_proof_organisation(a->organisation);
	if (a->nmi && (r->parent_count == 0 || (a->entry->outside && n->edge_count == 0)))
		ls_cal_note(&n->notes, LS_CAL_CHECK_ROOT, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF, "%s",
			    a->nmi->name);
	else if (r->parent_count == 0)
		ls_cal_note(&n->notes, LS_CAL_CHECK_ROOT, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "the chain ends at '%s', which is no national metrology institute that "
			    "the trust file names",
			    o			? o->name
			    : a->entry->outside ? a->entry->outside->laboratory
						: "-");
	else if (n->edge_count == 0)
		ls_cal_note(&n->notes, LS_CAL_CHECK_ROOT, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "no report of a parent can be followed");
}

/* --- the node ------------------------------------------------------------------------------ */

static void take_worst(struct ls_cal_node *n, enum ls_cal_outcome outcome,
		       enum ls_cal_check_id check)
{
	if (outcome > n->worst) {
		n->worst = outcome;
		n->decides = check;
	}
}

static void sum_up(struct ls_cal_node *n)
{
	const struct ls_cal_notes *both[] = { &n->account->notes, &n->notes };
	n->worst = LS_CAL_HOLDS;
	n->decides = LS_CAL_CHECKS;
	for (size_t b = 0; b < 2; b++)
		for (size_t i = 0; i < both[b]->count; i++)
			take_worst(n, both[b]->notes[i].outcome, both[b]->notes[i].check);
	n->hides = n->account->entry->record.report.details == NULL;
	for (size_t i = 0; i < n->edge_count; i++) {
		take_worst(n, n->edges[i].parent->worst, n->edges[i].parent->decides);
		n->hides |= n->edges[i].parent->hides;
	}
}

static int fill(struct ls_cal_worker *w, struct ls_cal_node *n, struct ls_error *err)
{
	int rc = add_parents(w, n, err);
	if (rc < 0)
		return rc;
	check_end(n);
	ls_cal_node_measure(w, n);
	rc = ls_cal_node_versions(w, n, err);
	sum_up(n);
	n->object.size += ls_cal_notes_size(&n->notes);
	if (rc == 0 && n->notes.failed)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	return rc;
}

static uint32_t word_hash(const char *text)
{
	uint32_t h = 2166136261u; /* FNV-1a; a collision is found by comparing */
	for (; *text; text++)
		h = (h ^ (uint8_t)*text) * 16777619u;
	return h;
}

static struct ls_cal_key key_of(const struct ls_cal_account *a, const struct ls_cal_measurand *m,
				const char *wanted)
{
	const struct ls_cal_details *d = a->entry->record.report.details;
	struct ls_cal_key key = { .id = a->entry->record.id, .kind = LS_CAL_NODE_OBJECT };
	key.extra = m ? (uint32_t)(m - d->measurands) : HIDDEN_KEY | word_hash(wanted);
	return key;
}

/* From the memo or this trace's table, unless it is of another account object, which was cut short,
 * or of another quantity. */
static struct ls_cal_node *known(struct ls_cal_worker *w, const struct ls_cal_key *key,
				 const struct ls_cal_account *account, const char *wanted)
{
	struct ls_cal_node *n = ls_cal_worker_recall(w, key);
	if (!n) {
		n = ls_cal_object_ref(ls_cal_table_get(&w->local, key));
		w->incomplete |= n != NULL;
	}
	if (n && ((n->account != account && w->incomplete) ||
		  (!n->measurand && strcmp(n->wanted, wanted) != 0))) {
		ls_cal_object_unref(n);
		return NULL;
	}
	return n;
}

int ls_cal_node(struct ls_cal_worker *w, struct ls_cal_account *account,
		const struct ls_cal_measurand *measurand, const char *wanted,
		struct ls_cal_node **ret_node, struct ls_error *err)
{
	struct ls_cal_key key = key_of(account, measurand, wanted);
	struct ls_cal_node *n = known(w, &key, account, wanted);
	if (n) {
		*ret_node = n;
		return 0;
	}
	if (++w->nodes > LS_CAL_LINKS_MAX)
		return ls_fail(err, -EOVERFLOW, "cal.trace.links", "a trace has more than %d links",
			       LS_CAL_LINKS_MAX);
	n = calloc(1, sizeof(*n));
	if (!n)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	ls_cal_object_init(&n->object, sizeof(*n), free_node);
	n->account = ls_cal_object_ref(account);
	n->measurand = measurand;
	n->notes.trust = w->trust;
	n->dof = INFINITY;
	snprintf(n->wanted, sizeof(n->wanted), "%s", measurand ? "" : wanted);
	int rc = fill(w, n, err);
	if (rc < 0) {
		ls_cal_object_unref(n);
		return rc;
	}
	if (w->incomplete)
		ls_cal_table_put(&w->local, &key, n);
	else
		ls_cal_worker_remember(w, &key, &account->entry->record.report.device, n);
	*ret_node = n;
	return 0;
}
