/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a trace: links in an order in which parents come after children, shares of u. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cal/trace_internal.h"

/* A node as it is laid out. */
struct place {
	const struct ls_cal_node *node;
	unsigned depth;
	bool valued;  /* value is set */
	double value; /* where it is looked at, in its unit */
	/* of the device's u per u of this one, summed over the ways down: |c| and c² */
	double linear, square;
	bool reached, averaged;
};

struct layout {
	size_t count, room;
	struct place *places;
};

/* --- order --------------------------------------------------------------------------------- */

static bool same_node(const struct ls_cal_node *a, const struct ls_cal_node *b)
{
	return a == b ||
	       (ls_digest_equal(&a->account->entry->record.id, &b->account->entry->record.id) &&
		strcmp(a->measurand ? a->measurand->quantity : "",
		       b->measurand ? b->measurand->quantity : "") == 0 &&
		!a->measurand == !b->measurand && strcmp(a->wanted, b->wanted) == 0);
}

static size_t find(const struct layout *l, const struct ls_cal_node *node)
{
	for (size_t i = 0; i < l->count; i++)
		if (same_node(l->places[i].node, node))
			return i;
	return SIZE_MAX;
}

static int add(struct layout *l, const struct ls_cal_node *node)
{
	if (l->count == LS_CAL_LINKS_MAX)
		return -EOVERFLOW;
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 16;
		struct place *grown = reallocarray(l->places, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		l->places = grown;
		l->room = room;
	}
	l->places[l->count++] = (struct place){ .node = node };
	return 0;
}

/* Parents before children; turned round afterwards. */
static int visit(struct layout *l, const struct ls_cal_node *node)
{
	int rc = 0;
	if (find(l, node) != SIZE_MAX)
		return 0;
	/* from the last one, so that the first comes first when it is turned round */
	for (size_t i = node->edge_count; rc == 0 && i > 0; i--)
		rc = visit(l, node->edges[i - 1].parent);
	return rc < 0 ? rc : add(l, node);
}

static int lay_out(const struct ls_cal_answer *answer, struct layout *l)
{
	int rc = 0;
	for (size_t i = answer->node_count; rc == 0 && i > 0; i--)
		rc = visit(l, answer->nodes[i - 1]);
	for (size_t i = 0; rc == 0 && i < l->count / 2; i++) {
		struct place other = l->places[i];
		l->places[i] = l->places[l->count - 1 - i];
		l->places[l->count - 1 - i] = other;
	}
	return rc;
}

/* --- values and shares ----------------------------------------------------------------------- */

static void set_depths(struct layout *l)
{
	for (size_t i = 0; i < l->count; i++)
		for (size_t j = 0; j < l->places[i].node->edge_count; j++) {
			size_t p = find(l, l->places[i].node->edges[j].parent);
			if (p != SIZE_MAX && l->places[p].depth < l->places[i].depth + 1)
				l->places[p].depth = l->places[i].depth + 1;
		}
}

static void set_value(struct place *p)
{
	const struct ls_cal_point *point = p->node->measurand ? ls_cal_tightest(p->node->measurand)
							      : NULL;
	if (p->valued || !point)
		return;
	p->valued = true;
	p->value = ls_decimal_double(point->value);
}

/* What one link passes on to those above it, at its value. */
static void pass_on(struct layout *l, struct place *p)
{
	struct ls_cal_contributions c;
	if (!p->node->measurand || !p->valued)
		return;
	ls_cal_contributions(p->node, p->value, &c);
	for (size_t j = 0; j < p->node->edge_count; j++) {
		const struct ls_cal_edge *e = &p->node->edges[j];
		size_t above = find(l, e->parent);
		double u, value, factor = fabs(e->coefficient) * c.weights[j];
		bool interpolated;
		if (above == SIZE_MAX ||
		    !ls_cal_edge_u(p->node, e, p->value, &u, &value, &interpolated))
			continue;
		struct place *q = &l->places[above];
		if (!q->valued) {
			q->valued = true;
			q->value = value;
		}
		if (!p->reached || c.weights[j] == 0)
			continue;
		q->linear += p->linear * factor;
		q->square += p->square * factor * factor;
		q->reached = true;
		q->averaged |= p->averaged || p->node->measurand->averaged;
	}
}

/* Shares are those of the device's first measurand; values are passed on from all. */
static void spread(const struct ls_cal_answer *answer, struct layout *l)
{
	size_t top = answer->node_count > 0 ? find(l, answer->nodes[0]) : SIZE_MAX;
	if (top != SIZE_MAX) {
		l->places[top].reached = true;
		l->places[top].linear = l->places[top].square = 1;
	}
	for (size_t i = 0; i < l->count; i++) {
		set_value(&l->places[i]);
		pass_on(l, &l->places[i]);
	}
}

/* --- one link --------------------------------------------------------------------------------- */

static void copy_name(char *to, const char *from)
{
	snprintf(to, LS_CAL_TEXT_SIZE, "%s", from);
}

static void fill_who(const struct ls_cal_account *a, struct ls_cal_link *k)
{
	const struct ls_cal_document *d = a->entry->outside;
	const struct ls_cal_report *r = &a->entry->record.report;
	k->report = a->entry->record.id;
	k->device = r->device;
	k->technician = r->technician;
	copy_name(k->device_name, ls_cal_account_device_name(a));
	copy_name(k->report_name, d ? d->number : ls_cal_record_name(&a->entry->record));
	copy_name(k->technician_name, d ? d->person : "-");
	copy_name(k->organisation_name,
		  d ? d->organisation[0] ? d->organisation : d->laboratory : "-");
	if (a->technician && a->technician->entry)
		copy_name(k->technician_name, a->technician->entry->record.technician.name);
	if (a->organisation && a->organisation->entry) {
		k->organisation = a->organisation->entry->record.id;
		copy_name(k->organisation_name, a->organisation->entry->record.organisation.name);
	}
}

static void fill_numbers(const struct place *p, struct ls_cal_link *k)
{
	const struct ls_cal_measurand *m = p->node->measurand;
	k->dof = INFINITY;
	if (!m)
		return;
	memcpy(k->quantity, m->quantity, sizeof(k->quantity));
	memcpy(k->unit, m->unit_text, sizeof(k->unit));
	k->has_value = p->valued;
	k->value = p->value;
	if (!p->valued)
		return;
	k->has_u = ls_cal_u_at(m, p->value, &k->u, &k->k, &k->interpolated);
	k->dof = ls_cal_dof_at(p->node, p->value);
	if (k->has_u && k->k == 0) { /* at a point, whose own k it is */
		const struct ls_cal_point *nearest = NULL;
		double best = 0, u;
		for (size_t i = 0; i < m->point_count; i++) {
			double d = fabs(ls_decimal_double(m->points[i].value) - p->value);
			if (!nearest || d < best) {
				nearest = &m->points[i];
				best = d;
			}
		}
		ls_cal_point_u(nearest, &u, &k->k);
	}
	k->u_expanded = k->u * k->k;
}

static void fill_link(const struct layout *l, const struct place *p, struct ls_cal_link *k)
{
	const struct ls_cal_account *a = p->node->account;
	const struct ls_cal_report *r = &a->entry->record.report;
	fill_who(a, k);
	k->document = a->entry->outside != NULL;
	k->hidden = r->details == NULL;
	k->has_level = !k->document;
	k->level = r->level;
	k->depth = p->depth;
	k->performed = r->performed;
	k->due = r->due;
	k->issued = a->entry->record.issued;
	k->logged = a->entry->logged;
	k->index = a->entry->index;
	for (size_t i = 0; i < p->node->edge_count; i++)
		k->parents[k->parent_count++] = find(l, p->node->edges[i].parent);
	for (size_t i = 0; i < r->parent_count; i++)
		k->parent_missing += a->parents[i] == NULL;
	for (size_t i = 0; i < p->node->notes.count; i++)
		k->root |= p->node->notes.notes[i].check == LS_CAL_CHECK_ROOT &&
			   p->node->notes.notes[i].outcome == LS_CAL_HOLDS;
	fill_numbers(p, k);
}

/* u_own² = u² - Σ (c u_parent)², and what is the device's of it. */
static void fill_share(const struct place *p, double u_device, struct ls_cal_link *k)
{
	struct ls_cal_contributions c;
	if (!p->reached || !k->has_u || !(u_device > 0))
		return;
	ls_cal_contributions(p->node, p->value, &c);
	double parents = c.all > 0 ? c.all : 0;
	double own = k->u * k->u - parents * parents;
	k->has_share = true;
	k->u_own = own > 0 ? sqrt(p->square * own) : 0;
	k->share = k->u_own * k->u_own / (u_device * u_device);
}

static void add_nmi(struct ls_cal_result *result, const struct ls_cal_account *a)
{
	if (!a->nmi || strstr(result->nmi, a->nmi->name))
		return;
	size_t used = strlen(result->nmi);
	snprintf(result->nmi + used, sizeof(result->nmi) - used, "%s%s", used ? ", " : "",
		 a->nmi->name);
}

static int fill_links(const struct layout *l, struct ls_cal_result *result, struct ls_error *err)
{
	result->links = calloc(l->count ? l->count : 1, sizeof(*result->links));
	if (!result->links)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	result->link_count = l->count;
	for (size_t i = 0; i < l->count; i++) {
		struct ls_cal_link *k = &result->links[i];
		fill_link(l, &l->places[i], k);
		if (k->depth + 1 > result->depth)
			result->depth = k->depth + 1;
		if (k->root)
			add_nmi(result, l->places[i].node->account);
	}
	double u = l->count > 0 && result->links[0].has_u ? result->links[0].u : 0;
	for (size_t i = 0; i < l->count; i++)
		fill_share(&l->places[i], u, &result->links[i]);
	return 0;
}

/* --- checks ------------------------------------------------------------------------------------
 */

static int add_check(struct ls_cal_result *result, const struct ls_cal_note *note, size_t link)
{
	if ((result->check_count & (result->check_count - 1)) == 0) {
		size_t room = result->check_count ? 2 * result->check_count : 1;
		struct ls_cal_check *grown = reallocarray(result->checks, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		result->checks = grown;
	}
	char *words = strdup(note->words ? note->words : "");
	if (!words)
		return -ENOMEM;
	result->checks[result->check_count++] = (struct ls_cal_check){
		.check = note->check, .outcome = note->outcome, .link = link, .words = words
	};
	return 0;
}

/* The first link of a parent's report; the link itself where it has none. */
static size_t link_of(const struct ls_cal_result *result, const struct ls_cal_account *a,
		      size_t own, unsigned subject)
{
	if (subject == LS_CAL_SUBJECT_SELF)
		return own;
	const struct ls_digest *id = &a->entry->record.report.parents[subject - 1].id;
	for (size_t i = 0; i < result->link_count; i++)
		if (ls_digest_equal(&result->links[i].report, id))
			return i;
	return own;
}

static int add_notes(struct ls_cal_result *result, const struct ls_cal_notes *notes,
		     const struct ls_cal_account *a, size_t own)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < notes->count; i++)
		rc = add_check(result, &notes->notes[i],
			       link_of(result, a, own, notes->notes[i].subject));
	return rc;
}

static bool first_of_report(const struct ls_cal_result *result, size_t link)
{
	for (size_t i = 0; i < link; i++)
		if (ls_digest_equal(&result->links[i].report, &result->links[link].report))
			return false;
	return true;
}

static int add_whole(const struct ls_cal_answer *answer, const struct layout *l,
		     struct ls_cal_result *result)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < answer->notes.count; i++) {
		const struct ls_cal_note *note = &answer->notes.notes[i];
		size_t link = LS_CAL_NO_LINK;
		if (note->subject > 0 && note->subject <= answer->node_count)
			link = find(l, answer->nodes[note->subject - 1]);
		rc = add_check(result, note, link);
	}
	return rc;
}

/* The whole first, then link by link; the order of the verdict's reason. */
static int by_link(const void *a, const void *b)
{
	const struct ls_cal_check *x = a, *y = b;
	size_t i = x->link + 1, j = y->link + 1; /* LS_CAL_NO_LINK becomes 0 */
	if (i != j)
		return i < j ? -1 : 1;
	if (x->check != y->check)
		return x->check < y->check ? -1 : 1;
	return strcmp(x->words, y->words);
}

static int fill_checks(const struct ls_cal_answer *answer, const struct layout *l,
		       struct ls_cal_result *result)
{
	int rc = add_whole(answer, l, result);
	for (size_t i = 0; rc == 0 && i < l->count; i++) {
		const struct ls_cal_node *n = l->places[i].node;
		if (first_of_report(result, i))
			rc = add_notes(result, &n->account->notes, n->account, i);
		if (rc == 0)
			rc = add_notes(result, &n->notes, n->account, i);
	}
	return rc;
}

static void set_first(struct ls_cal_result *result)
{
	enum ls_cal_outcome wanted = result->verdict == LS_CAL_NOT_TRACEABLE ? LS_CAL_FAILS
									     : LS_CAL_CANNOT;
	result->first = result->check_count;
	for (size_t i = 0; result->verdict != LS_CAL_TRACEABLE && i < result->check_count; i++)
		if (result->checks[i].outcome == wanted) {
			result->first = i;
			return;
		}
}

/* --- bounds --------------------------------------------------------------------------------------
 */

static void find_bounds(const struct layout *l, struct ls_cal_result *result)
{
	struct ls_cal_uncertainty_bounds *b = &result->bounds;
	double squares = 0;
	if (l->count == 0 || !result->links[0].has_share)
		return;
	b->known = true;
	b->u = result->links[0].u;
	for (size_t i = 0; i < l->count; i++) {
		const struct ls_cal_link *k = &result->links[i];
		const struct place *p = &l->places[i];
		if (!k->has_share)
			continue;
		double own = p->square > 0 ? k->u_own / sqrt(p->square) : 0;
		squares += k->u_own * k->u_own;
		b->linear += p->linear * own;
		if (i > 0 && !p->averaged && p->linear * k->u > b->largest)
			b->largest = p->linear * k->u;
	}
	b->rss = sqrt(squares);
}

/* D4, and whether paths meet again, which makes contributions correlated. */
static void note_bounds(const struct layout *l, struct ls_cal_result *result,
			struct ls_cal_notes *notes)
{
	const struct ls_cal_uncertainty_bounds *b = &result->bounds;
	bool shared = false;
	for (size_t i = 0; i < l->count; i++)
		shared |= l->places[i].linear * l->places[i].linear >
			  l->places[i].square * (1 + LS_CAL_SLACK);
	if (!b->known)
		return;
	if (shared)
		ls_cal_note(notes, LS_CAL_CHECK_SHARED, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    "paths meet again: u lies between %.4g (uncorrelated) and %.4g (fully "
			    "correlated)",
			    b->rss, b->linear);
	if (b->u < b->largest * (1 - LS_CAL_SLACK))
		ls_cal_note(notes, LS_CAL_CHECK_BOUND, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			    "u = %.4g is below the %.4g of what it was calibrated with", b->u,
			    b->largest);
	else if (l->count > 1)
		ls_cal_note(notes, LS_CAL_CHECK_BOUND, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF, NULL);
}

static int fill(const struct ls_cal_answer *answer, struct layout *l, struct ls_cal_result *result,
		struct ls_error *err)
{
	struct ls_cal_notes notes = { .trust = answer->notes.trust };
	int rc = lay_out(answer, l);
	if (rc == 0) {
		set_depths(l);
		spread(answer, l);
		rc = fill_links(l, result, err);
	}
	if (rc == 0) {
		find_bounds(l, result);
		note_bounds(l, result, &notes);
		rc = fill_checks(answer, l, result);
	}
	for (size_t i = 0; rc == 0 && i < notes.count; i++)
		rc = add_check(result, &notes.notes[i], LS_CAL_NO_LINK);
	if (notes.failed)
		rc = -ENOMEM;
	ls_cal_notes_free(&notes);
	return rc;
}

/* What is not in the table was not looked at by whoever reads it. */
static int fill_too_large(const struct ls_cal_answer *answer, struct ls_cal_result *result,
			  struct ls_error *err)
{
	struct ls_cal_notes notes = { .trust = answer->notes.trust };
	ls_cal_note(&notes, LS_CAL_CHECK_DEPTH, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
		    "more than %d links lead to the device", LS_CAL_LINKS_MAX);
	int rc = notes.count == 1 ? add_check(result, &notes.notes[0], LS_CAL_NO_LINK) : -ENOMEM;
	ls_cal_notes_free(&notes);
	if (rc < 0)
		return ls_fail(err, rc, "cal.memory", "out of memory for a trace's table");
	if (result->verdict == LS_CAL_TRACEABLE)
		result->verdict = LS_CAL_CANNOT_BE_SHOWN;
	set_first(result);
	return 0;
}

int ls_cal_result_fill(const struct ls_cal_answer *answer, struct ls_cal_result *result,
		       struct ls_error *err)
{
	struct layout l = { .count = 0 };
	int rc = fill(answer, &l, result, err);
	free(l.places);
	if (rc == -EOVERFLOW)
		return fill_too_large(answer, result, err);
	if (rc < 0)
		return ls_fail(err, rc, "cal.memory", "out of memory for a trace's table");
	qsort(result->checks, result->check_count, sizeof(*result->checks), by_link);
	set_first(result);
	return 0;
}
