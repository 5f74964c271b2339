/* SPDX-License-Identifier: Apache-2.0 */
/* D9: the other reports of a parent's device: newer ones, and what later ones found. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cal/trace_internal.h"

static void free_history(struct ls_cal_object *object)
{
	struct ls_cal_history *h = (struct ls_cal_history *)object;
	for (size_t i = 0; i < h->count; i++)
		ls_cal_entry_unref(h->entries[i]);
	free(h->entries);
	free(h);
}

static bool is_report_of(const struct ls_cal_entry *entry, const struct ls_digest *device)
{
	return entry->record.kind == LS_CAL_REPORT &&
	       ls_digest_equal(&entry->record.report.device, device);
}

static int fill(struct ls_cal_worker *w, const struct ls_digest *device, struct ls_cal_history *h,
		struct ls_error *err)
{
	_cleanup_free_ struct ls_digest *ids = NULL;
	size_t count = 0;
	int rc = ls_cal_worker_list(w, LS_CAL_REPORTS_OF, device, &ids, &count, err);
	if (rc < 0 || count == 0)
		return rc;
	h->entries = calloc(count, sizeof(struct ls_cal_entry *));
	if (!h->entries)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	h->object.size += count * sizeof(struct ls_cal_entry *);
	for (size_t i = 0; i < count; i++) {
		struct ls_cal_entry *entry = NULL;
		rc = ls_cal_worker_report(w, &ids[i], &entry, err); /* or as it is known */
		if (rc == -ENOENT || (rc == 0 && !is_report_of(entry, device))) {
			entry = ls_cal_entry_unref(entry);
			rc = ls_fail(err, -EBADMSG, "cal.store.list",
				     "the store lists a report of the device that it does not "
				     "have, or that is another device's: its index is damaged");
		}
		if (rc < 0)
			return rc;
		h->entries[h->count++] = entry;
		h->object.size += ls_cal_entry_size(entry);
	}
	return 0;
}

int ls_cal_history(struct ls_cal_worker *w, const struct ls_digest *device,
		   struct ls_cal_history **ret_history, struct ls_error *err)
{
	struct ls_cal_key key = { .id = *device, .kind = LS_CAL_HISTORY_OBJECT };
	struct ls_cal_history *h = ls_cal_worker_recall(w, &key);
	if (!h) {
		h = calloc(1, sizeof(*h));
		if (!h)
			return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
		ls_cal_object_init(&h->object, sizeof(*h), free_history);
		int rc = fill(w, device, h, err);
		if (rc < 0) {
			ls_cal_object_unref(h);
			return rc;
		}
		ls_cal_worker_remember(w, &key, device, h);
	}
	*ret_history = h;
	return 0;
}

/* What of a parent is used, beside which its device's other reports are held. */
struct version {
	struct ls_cal_node *node;
	const struct ls_cal_account *parent;
	unsigned subject;
	/* the first recalibrations after the use: one that does not show how the device was found,
	 * and one that does */
	const struct ls_cal_entry *silent, *showing;
	enum ls_cal_conformity found; /* by the latter */
	struct ls_cal_entry *newer;   /* a report that was in force when it was used */
	bool unsure;		      /* whether it is of the same quantity is hidden */
};

/* Of the parent's report; it may be another object of it, which the memo made again. */
static bool is_parents(const struct version *v, const struct ls_cal_node *p)
{
	return ls_digest_equal(&p->account->entry->record.id, &v->parent->entry->record.id);
}

/* Whether a report is of a quantity that is used of the parent: 1, 0, or -1: hidden. */
static int same_quantity(const struct version *v, const struct ls_cal_report *other)
{
	if (!other->details)
		return -1;
	for (size_t i = 0; i < v->node->edge_count; i++) {
		const struct ls_cal_node *p = v->node->edges[i].parent;
		if (!is_parents(v, p))
			continue;
		if (!p->measurand)
			return -1;
		if (ls_cal_details_find(other->details, p->measurand->quantity))
			return 1;
	}
	return 0;
}

/* 1: signed by those who may, and not revoked when it would have been used. */
static int counts(struct ls_cal_worker *w, struct ls_cal_entry *other, int64_t used,
		  struct ls_error *err)
{
	struct ls_cal_account *a = NULL;
	int rc = ls_cal_account_of(w, other, &a, err);
	if (rc < 0)
		return rc;
	struct ls_cal_use use = { used, used };
	int good = a->genuine && !a->signers_revoked && !ls_cal_revoked_for(&a->revocations, use);
	ls_cal_object_unref(a);
	return good;
}

/* One that was in the log when it was used says more than one that came later, one of this quantity
 * more than one that hides its own; else the later in the log. */
static bool says_more(const struct version *v, const struct ls_cal_entry *other, bool unsure)
{
	uint64_t used = v->node->account->entry->index;
	if (!v->newer)
		return true;
	bool there = other->index <= used, was_there = v->newer->index <= used;
	if (there != was_there)
		return there;
	return v->unsure || !unsure;
}

/* How a recalibration found what of the parent was used: the worst of its quantities.  NONE: it is
 * private, states no tolerance, or leaves one of them out. */
static enum ls_cal_conformity found_by(const struct version *v, const struct ls_cal_report *later)
{
	enum ls_cal_conformity found = LS_CAL_CONFORMITY_NONE;
	bool all = true;
	for (size_t i = 0; later->details && i < v->node->edge_count; i++) {
		const struct ls_cal_node *p = v->node->edges[i].parent;
		const struct ls_cal_measurand *m = NULL;
		if (!is_parents(v, p))
			continue;
		if (p->measurand)
			m = ls_cal_details_find(later->details, p->measurand->quantity);
		enum ls_cal_conformity here = m ? ls_cal_conformity_found(m)
						: LS_CAL_CONFORMITY_NONE;
		all &= here != LS_CAL_CONFORMITY_NONE;
		if (here > found)
			found = here;
	}
	return all || found >= LS_CAL_CONDITIONAL_FAIL ? found : LS_CAL_CONFORMITY_NONE;
}

/* A recalibration after the use.  The first one says the most: what a later one finds may have come
 * about since.  One that does not show how the device was found stands in no other's place. */
static int look_later(struct ls_cal_worker *w, struct version *v, struct ls_cal_entry *other,
		      struct ls_error *err)
{
	int64_t when = other->record.report.performed;
	enum ls_cal_conformity found = found_by(v, &other->record.report);
	const struct ls_cal_entry **first = found == LS_CAL_CONFORMITY_NONE ? &v->silent
									    : &v->showing;
	int64_t before = *first ? (*first)->record.report.performed : INT64_MAX;
	if (when > before || (when == before && found <= v->found))
		return 0;
	int good = counts(w, other, when, err);
	if (good <= 0)
		return good;
	*first = other;
	if (found != LS_CAL_CONFORMITY_NONE)
		v->found = found;
	return 0;
}

static int look_at(struct ls_cal_worker *w, struct version *v, struct ls_cal_entry *other,
		   struct ls_error *err)
{
	const struct ls_cal_report *child = &v->node->account->entry->record.report;
	const struct ls_cal_report *parent = &v->parent->entry->record.report;
	const struct ls_cal_report *o = &other->record.report;
	int match = same_quantity(v, o);
	if (match == 0 || o->performed <= parent->performed ||
	    ls_digest_equal(&other->record.id, &v->parent->entry->record.id))
		return 0;
	if (o->performed > child->performed)
		return look_later(w, v, other, err);
	int good = counts(w, other, child->performed, err);
	if (good <= 0)
		return good;
	if (says_more(v, other, match < 0)) {
		v->newer = other;
		v->unsure = match < 0;
	}
	return 0;
}

static void note_newer(const struct ls_cal_worker *w, struct version *v)
{
	char at[LS_UTC_SIZE];
	struct ls_cal_notes *notes = &v->node->notes;
	const struct ls_cal_entry *child = v->node->account->entry;
	if (!v->newer) {
		ls_cal_note(notes, LS_CAL_CHECK_TIME_VERSION,
			    w->fresh->absence_shown ? LS_CAL_HOLDS : LS_CAL_WARNS, v->subject,
			    w->fresh->absence_shown ? NULL
						    : "that there was no newer report is the word "
						      "of who put this evidence together");
		return;
	}
	ls_utc_format(v->newer->record.report.performed, at);
	if (v->newer->index > child->index)
		ls_cal_note(notes, LS_CAL_CHECK_TIME_VERSION, LS_CAL_WARNS, v->subject,
			    "a report dated %s came into the log only after it was used", at);
	else
		ls_cal_note(notes, LS_CAL_CHECK_TIME_VERSION,
			    v->unsure ? LS_CAL_CANNOT : LS_CAL_FAILS, v->subject,
			    v->unsure
				    ? "a newer report of %s was there, and is private: whether it "
				      "is of this quantity is not shown"
				    : "a newer report, of %s, was there when it was used",
			    at);
}

static void note_later(struct version *v)
{
	char at[LS_UTC_SIZE];
	struct ls_cal_notes *notes = &v->node->notes;
	const struct ls_cal_entry *shows = v->showing, *silent = v->silent;
	if (shows && v->found >= LS_CAL_CONDITIONAL_FAIL)
		ls_cal_note(notes, LS_CAL_CHECK_OUT_OF_TOLERANCE, LS_CAL_CANNOT, v->subject,
			    "its %s calibration, of %s, found it out of tolerance (%s): whether it "
			    "was in order when it was used is not known",
			    silent && silent->record.report.performed <
						    shows->record.report.performed
				    ? "later"
				    : "next",
			    ls_utc_format(shows->record.report.performed, at),
			    ls_cal_conformity_name(v->found));
	else if (silent &&
		 (!shows || silent->record.report.performed <= shows->record.report.performed))
		/* whoever made it may have adjusted it: what came after it says nothing of before
		 */
		ls_cal_note(notes, LS_CAL_CHECK_OUT_OF_TOLERANCE, LS_CAL_INFO, v->subject,
			    "its next calibration, of %s, does not show how it was found",
			    ls_utc_format(silent->record.report.performed, at));
	else if (shows)
		ls_cal_note(notes, LS_CAL_CHECK_OUT_OF_TOLERANCE, LS_CAL_HOLDS, v->subject,
			    "found in tolerance at %s",
			    ls_utc_format(shows->record.report.performed, at));
}

static int check_parent(struct ls_cal_worker *w, struct ls_cal_node *node, size_t index,
			struct ls_error *err)
{
	struct version v = { .node = node,
			     .parent = node->account->parents[index],
			     .subject = 1 + (unsigned)index };
	struct ls_cal_history *history = NULL;
	if (v.parent->entry->outside) {
		ls_cal_note(&node->notes, LS_CAL_CHECK_TIME_VERSION, LS_CAL_INFO, v.subject,
			    "documents do not tell of newer ones");
		return 0;
	}
	int rc = ls_cal_history(w, &v.parent->entry->record.report.device, &history, err);
	for (size_t i = 0; rc == 0 && i < history->count; i++)
		rc = look_at(w, &v, history->entries[i], err);
	if (rc == 0) {
		note_newer(w, &v);
		note_later(&v);
	}
	ls_cal_object_unref(history);
	return rc;
}

int ls_cal_node_versions(struct ls_cal_worker *w, struct ls_cal_node *node, struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < LS_CAL_PARENTS_MAX; i++) {
		bool used = false;
		for (size_t j = 0; j < node->edge_count; j++)
			used |= node->edges[j].index == i;
		if (used)
			rc = check_parent(w, node, i, err);
	}
	return rc;
}
