/* SPDX-License-Identifier: Apache-2.0 */
/* The device's own reports: which one is in force, and which of its measurands are asked for. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cal/trace_internal.h"

/* --- which reports --------------------------------------------------------------------------- */

static int newer_first(const void *a, const void *b)
{
	const struct ls_cal_account *const *x = a, *const *y = b;
	const struct ls_cal_entry *p = (*x)->entry, *q = (*y)->entry;
	if (p->record.report.performed != q->record.report.performed)
		return p->record.report.performed > q->record.report.performed ? -1 : 1;
	return p->index > q->index ? -1 : p->index < q->index;
}

void ls_cal_reports_free(struct ls_cal_reports *r)
{
	for (size_t i = 0; i < r->count; i++)
		ls_cal_object_unref(r->list[i]);
	free(r->list);
}

/*
 * Those that who may has signed stay when there is one, so that nobody takes a device out of
 * service by writing of it; else all, so that it is told what is wrong with them.  A newest report
 * that is revoked, or whose signers are, stays: an older one does not come into force again, for
 * who calibrated the device may have adjusted it.
 */
static void prefer_genuine(struct ls_cal_reports *r)
{
	size_t good = 0, kept = 0;
	for (size_t i = 0; i < r->count; i++)
		good += r->list[i]->genuine;
	if (good == 0)
		return;
	for (size_t i = 0; i < r->count; i++) {
		if (r->list[i]->genuine) {
			r->list[kept++] = r->list[i];
			continue;
		}
		r->ignored++;
		ls_cal_object_unref(r->list[i]);
	}
	r->count = kept;
}

int ls_cal_reports_collect(struct ls_cal_worker *w, const struct ls_digest *device,
			   struct ls_cal_reports *r, struct ls_error *err)
{
	struct ls_cal_history *h = NULL;
	int rc = ls_cal_history(w, device, &h, err);
	if (rc < 0)
		return rc;
	r->list = calloc(h->count ? h->count : 1, sizeof(struct ls_cal_account *));
	if (!r->list)
		rc = ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	for (size_t i = 0; rc == 0 && i < h->count; i++) {
		if (h->entries[i]->record.report.performed > w->engine->options.at)
			continue;
		rc = ls_cal_account_of(w, h->entries[i], &r->list[r->count], err);
		r->count += rc == 0;
	}
	ls_cal_object_unref(h);
	if (rc < 0)
		return rc;
	qsort(r->list, r->count, sizeof(struct ls_cal_account *), newer_first);
	prefer_genuine(r);
	return 0;
}

/* --- which measurands ------------------------------------------------------------------------ */

static bool has_quantity(const struct ls_cal_answer *a, const char *quantity)
{
	for (size_t i = 0; i < a->node_count; i++)
		if (a->nodes[i]->measurand &&
		    strcmp(a->nodes[i]->measurand->quantity, quantity) == 0)
			return true;
	return false;
}

static int add_node(struct ls_cal_worker *w, struct ls_cal_answer *a,
		    struct ls_cal_account *account, const struct ls_cal_measurand *m,
		    const char *wanted, struct ls_error *err)
{
	if (a->node_count == LS_CAL_MEASURANDS_MAX)
		return ls_fail(err, -EOVERFLOW, "cal.trace.links",
			       "a device has more than %d quantities", LS_CAL_MEASURANDS_MAX);
	int rc = ls_cal_node(w, account, m, wanted, &a->nodes[a->node_count], err);
	a->node_count += rc == 0;
	return rc;
}

/* Of one report: what is wanted of it, or all that no newer report has. */
static int add_measurands(struct ls_cal_worker *w, struct ls_cal_answer *a,
			  struct ls_cal_account *account, const char *quantity, bool newest,
			  bool *hidden, struct ls_error *err)
{
	const struct ls_cal_details *d = account->entry->record.report.details;
	int rc = 0;
	if (!d) {
		*hidden = true;
		return newest ? add_node(w, a, account, NULL, quantity ? quantity : "", err) : 0;
	}
	for (size_t i = 0; rc == 0 && i < d->measurand_count; i++) {
		const struct ls_cal_measurand *m = &d->measurands[i];
		bool wanted = quantity ? strcmp(m->quantity, quantity) == 0
				       : newest || !has_quantity(a, m->quantity);
		if (wanted && !(quantity && has_quantity(a, quantity)))
			rc = add_node(w, a, account, m, "", err);
	}
	return rc;
}

static void check_in_force(const struct ls_cal_worker *w, struct ls_cal_answer *a, size_t n)
{
	struct ls_cal_use now = { w->engine->options.at, w->engine->options.at };
	/* the device's own due date is no matter of severities */
	static const struct ls_cal_trust no_severities = { .severity_count = 0 };
	struct ls_cal_notes used = { .trust = &no_severities };
	const struct ls_cal_account *account = a->nodes[n]->account;
	ls_cal_account_used(w, account, now, now, (unsigned)n + 1, &used);
	for (size_t i = 0; i < used.count; i++) {
		struct ls_cal_note *note = &used.notes[i];
		bool due = note->check == LS_CAL_CHECK_TIME_DUE;
		ls_cal_note(&a->notes, due ? LS_CAL_CHECK_IN_FORCE : note->check, note->outcome,
			    note->subject, note->words ? "%s" : NULL, note->words);
	}
	a->notes.failed |= used.failed;
	ls_cal_notes_free(&used);
}

/* Reports of other quantities that are past their due date say nothing of the device now. */
static bool past(const struct ls_cal_worker *w, const struct ls_cal_account *account)
{
	int64_t end;
	return ls_cal_account_end(w, account, &end) && w->engine->options.at > end;
}

static void check_quantity(const struct ls_cal_worker *w, struct ls_cal_answer *a,
			   const char *quantity, bool hidden)
{
	if (!quantity)
		return;
	for (size_t i = 0; i < a->node_count; i++)
		hidden |= a->nodes[i]->hides;
	if (hidden)
		ls_cal_note(&a->notes, LS_CAL_CHECK_QUANTITY, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "whether '%s' was calibrated all the way is not shown: a report is "
			    "private, and its details are not here",
			    quantity);
	else if (has_quantity(a, quantity))
		ls_cal_answer_note(a, LS_CAL_CHECK_QUANTITY, LS_CAL_HOLDS, NULL);
	else
		ls_cal_note(&a->notes, LS_CAL_CHECK_QUANTITY,
			    w->fresh->absence_shown ? LS_CAL_FAILS : LS_CAL_CANNOT,
			    LS_CAL_SUBJECT_SELF, "no report of the device is of '%s'", quantity);
}

int ls_cal_answer_take(struct ls_cal_worker *w, struct ls_cal_answer *a,
		       const struct ls_cal_reports *r, const char *quantity, struct ls_error *err)
{
	bool hidden = false;
	int rc = 0;
	if (r->count == 0) {
		ls_cal_answer_note(a, LS_CAL_CHECK_IN_FORCE,
				   w->fresh->absence_shown ? LS_CAL_FAILS : LS_CAL_CANNOT,
				   "the device had no report at that time");
		return 0;
	}
	for (size_t i = 0; rc == 0 && i < r->count; i++)
		if (i == 0 || quantity || !past(w, r->list[i]))
			rc = add_measurands(w, a, r->list[i], quantity, i == 0, &hidden, err);
	if (rc < 0)
		return rc;
	check_quantity(w, a, quantity, hidden);
	for (size_t i = 0; i < a->node_count; i++)
		check_in_force(w, a, i);
	if (!w->fresh->absence_shown && !r->list[0]->entry->outside)
		ls_cal_note(&a->notes, LS_CAL_CHECK_IN_FORCE, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			    "that the device has no newer report is the word of who put this "
			    "evidence together");
	if (r->ignored)
		ls_cal_note(&a->notes, LS_CAL_CHECK_IN_FORCE, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			    "%zu reports of the device do not count: they are not signed by those "
			    "who may",
			    r->ignored);
	return 0;
}

int ls_cal_answer_take_report(struct ls_cal_worker *w, struct ls_cal_answer *a,
			      struct ls_cal_account *account, const char *quantity,
			      struct ls_error *err)
{
	bool hidden = false;
	int rc = add_measurands(w, a, account, quantity, /* newest= */ true, &hidden, err);
	if (rc == 0)
		check_quantity(w, a, quantity, hidden);
	return rc;
}
