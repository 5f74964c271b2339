/* SPDX-License-Identifier: Apache-2.0 */
/* From a question to the device's own reports that are in force, and the checks of the whole. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cal/trace_internal.h"

void ls_cal_answer_free(struct ls_cal_answer *answer)
{
	for (size_t i = 0; i < answer->node_count; i++)
		ls_cal_object_unref(answer->nodes[i]);
	ls_cal_notes_free(&answer->notes);
	answer->node_count = 0;
}

static void whole(struct ls_cal_answer *a, enum ls_cal_check_id check, enum ls_cal_outcome outcome,
		  const char *words)
{
	ls_cal_note(&a->notes, check, outcome, LS_CAL_SUBJECT_SELF, words ? "%s" : NULL, words);
}

/* --- the age of what is known ---------------------------------------------------------------- */

static const char *const CLOCKS[] = {
	[LS_CAL_CLOCK_NONE] = "nobody",
	[LS_CAL_CLOCK_WITNESSES] = "the witnesses",
	[LS_CAL_CLOCK_HEARTBEAT] = "the registry's own heartbeat",
	[LS_CAL_CLOCK_BLOCK] = "the block",
	[LS_CAL_CLOCK_CREATION] = "the evidence",
};

static void check_freshness(const struct ls_cal_worker *w, struct ls_cal_answer *a)
{
	const struct ls_cal_fresh *f = w->fresh;
	char words[LS_CAL_WORDS_SIZE], utc[LS_UTC_SIZE];
	int64_t age = f->time == LS_CAL_TIME_UNKNOWN ? 0 : w->engine->options.at - f->time;
	if (!w->engine->known) {
		whole(a, LS_CAL_CHECK_FRESHNESS, LS_CAL_CANNOT,
		      "nothing tells what was in the registry at that time");
		return;
	}
	if (f->origin[0] == '\0') {
		whole(a, LS_CAL_CHECK_FRESHNESS, LS_CAL_INFO,
		      "documents only: what their signatures carry tells of revocation");
		return;
	}
	if (f->time == LS_CAL_TIME_UNKNOWN) {
		whole(a, LS_CAL_CHECK_FRESHNESS, LS_CAL_CANNOT,
		      "nobody says how old the registry's state is: neither witnesses nor a "
		      "heartbeat; run 'labseal cal sync'");
		return;
	}
	snprintf(words, sizeof(words),
		 "%s of %s, %lld s before the asked time, of %lld s allowed%s", CLOCKS[f->clock],
		 ls_utc_format(f->time, utc), (long long)age, (long long)w->trust->max_age,
		 age > w->trust->max_age ? ": what was revoked since is not known; run 'labseal "
					   "cal sync'"
					 : "");
	whole(a, LS_CAL_CHECK_FRESHNESS, age > w->trust->max_age ? LS_CAL_CANNOT : LS_CAL_HOLDS,
	      words);
}

/* --- which device ---------------------------------------------------------------------------- */

struct candidates {
	const struct ls_cal_worker *w;
	size_t count;
	struct ls_cal_found *list;
};

static int take_candidate(void *context, const struct ls_cal_found *found)
{
	struct candidates *c = context;
	if (found->index >= c->w->fresh->size && found->kind != LS_CAL_REPORT)
		return 0;
	struct ls_cal_found *grown = reallocarray(c->list, c->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	c->list = grown;
	c->list[c->count++] = *found;
	return 0;
}

/* A device's record that was revoked no longer takes up its name. */
static int leave_out_revoked(struct ls_cal_worker *w, struct candidates *c, struct ls_error *err)
{
	size_t kept = 0;
	struct ls_cal_use now = { w->engine->options.at, w->engine->options.at };
	for (size_t i = 0; c->count > 1 && i < c->count; i++) {
		struct ls_cal_proof *p = NULL;
		int rc = 0;
		if (c->list[i].kind == LS_CAL_DEVICE)
			rc = ls_cal_prove(w, &c->list[i].id, LS_CAL_DEVICE, &p, err);
		if (rc < 0)
			return rc;
		if (!p || !ls_cal_revoked_for(&p->revocations, now))
			c->list[kept++] = c->list[i];
		ls_cal_object_unref(p);
	}
	if (c->count > 1 && kept > 0)
		c->count = kept;
	return 0;
}

static int find_candidates(struct ls_cal_worker *w, const char *device, struct candidates *c,
			   struct ls_error *err)
{
	struct ls_digest id;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	if (ls_digest_parse(device, strlen(device), &id) == 0) {
		int rc = ls_cal_worker_find(w, &id, &entry, err);
		if (rc < 0 && rc != -ENOENT)
			return rc;
		if (rc == 0 && (entry->record.kind == LS_CAL_DEVICE || entry->outside)) {
			struct ls_cal_found found = { id, entry->index, entry->record.kind };
			return take_candidate(c, &found);
		}
		return w->store->operations->related(w->store, LS_CAL_DEVICES_WITH_KEY, &id,
						     take_candidate, c, err);
	}
	return w->store->operations->named(w->store, device, take_candidate, c, err);
}

/* --- which reports --------------------------------------------------------------------------- */

static int newer_first(const void *a, const void *b)
{
	const struct ls_cal_account *const *x = a, *const *y = b;
	const struct ls_cal_entry *p = (*x)->entry, *q = (*y)->entry;
	if (p->record.report.performed != q->record.report.performed)
		return p->record.report.performed > q->record.report.performed ? -1 : 1;
	return p->index > q->index ? -1 : p->index < q->index;
}

struct reports {
	size_t count;
	struct ls_cal_account **list; /* references; newest first */
	size_t ignored;		      /* not signed by those who may */
};

static void free_reports(struct reports *r)
{
	for (size_t i = 0; i < r->count; i++)
		ls_cal_object_unref(r->list[i]);
	free(r->list);
}

/*
 * Those that who may has signed stay when there is one, so that nobody takes a device out of
 * service by writing of it; else all, so that it is told what is wrong with them.  A newest report
 * that is revoked stays: an older one does not come into force again, for who calibrated the
 * device may have adjusted it.
 */
static void prefer_genuine(struct reports *r)
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

static int collect(struct ls_cal_worker *w, const struct ls_digest *device, struct reports *r,
		   struct ls_error *err)
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
	struct ls_cal_notes used = { .trust = w->trust };
	const struct ls_cal_account *account = a->nodes[n]->account;
	ls_cal_account_used(w, account, now, (unsigned)n + 1, &used);
	for (size_t i = 0; i < used.count; i++) {
		struct ls_cal_note *note = &used.notes[i];
		bool due = note->check == LS_CAL_CHECK_TIME_DUE;
		/* the device's own due date is no matter of severities */
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
		whole(a, LS_CAL_CHECK_QUANTITY, LS_CAL_HOLDS, NULL);
	else
		ls_cal_note(&a->notes, LS_CAL_CHECK_QUANTITY,
			    w->fresh->absence_shown ? LS_CAL_FAILS : LS_CAL_CANNOT,
			    LS_CAL_SUBJECT_SELF, "no report of the device is of '%s'", quantity);
}

static int take_reports(struct ls_cal_worker *w, struct ls_cal_answer *a, struct reports *r,
			const char *quantity, struct ls_error *err)
{
	bool hidden = false;
	int rc = 0;
	if (r->count == 0) {
		whole(a, LS_CAL_CHECK_IN_FORCE,
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
	if (r->ignored)
		ls_cal_note(&a->notes, LS_CAL_CHECK_IN_FORCE, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			    "%zu reports of the device do not count: they are not signed by those "
			    "who may",
			    r->ignored);
	return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void check_depth(const struct ls_cal_worker *w, struct ls_cal_answer *a)
{
	unsigned depth = 0;
	for (size_t i = 0; i < a->node_count; i++)
		if (a->nodes[i]->account->height > depth)
			depth = a->nodes[i]->account->height;
	ls_cal_note(&a->notes, LS_CAL_CHECK_DEPTH,
		    depth > w->trust->max_depth ? LS_CAL_FAILS : LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF,
		    "%u links, at most %u", depth, w->trust->max_depth);
}

static void begin(struct ls_cal_worker *w, struct ls_cal_answer *a)
{
	memset(a, 0, sizeof(*a));
	a->notes.trust = w->trust;
	ls_cal_store_hold(w->store, true);
	ls_cal_table_free(&w->local);
	w->reports = w->nodes = 0;
	w->incomplete = false;
	w->stack_count = 0;
	check_freshness(w, a);
}

/* A trace that is too large is answered, and not by its part. */
static int end(struct ls_cal_worker *w, struct ls_cal_answer *a, int rc, struct ls_error *err)
{
	ls_cal_store_hold(w->store, false);
	if (rc == -EOVERFLOW) {
		ls_cal_answer_free(a);
		a->notes.trust = w->trust;
		ls_cal_note(&a->notes, LS_CAL_CHECK_DEPTH, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "more than %d reports or quantities lead to the device",
			    LS_CAL_LINKS_MAX);
		rc = 0;
	} else if (rc == 0 && a->node_count > 0) {
		check_depth(w, a);
	}
	if (rc == 0 && a->notes.failed)
		rc = ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	if (rc < 0)
		ls_cal_answer_free(a);
	return rc;
}

static int answer_record(struct ls_cal_worker *w, const struct ls_digest *device,
			 const char *quantity, struct ls_cal_answer *a, struct ls_error *err)
{
	struct ls_cal_proof *proof = NULL;
	struct reports r = { .count = 0 };
	int rc = ls_cal_prove(w, device, LS_CAL_DEVICE, &proof, err);
	if (rc < 0)
		return rc;
	a->device = *device;
	if (proof->entry) {
		snprintf(a->name, sizeof(a->name), "%s", proof->entry->record.device.name);
		whole(a, LS_CAL_CHECK_DEVICE, LS_CAL_HOLDS, NULL);
		rc = collect(w, device, &r, err);
		if (rc == 0)
			rc = take_reports(w, a, &r, quantity, err);
	} else {
		whole(a, LS_CAL_CHECK_DEVICE, proof->outcome, proof->words);
	}
	free_reports(&r);
	ls_cal_object_unref(proof);
	return rc;
}

/* A document is the device's own report. */
static int answer_document(struct ls_cal_worker *w, const struct ls_digest *id,
			   const char *quantity, struct ls_cal_answer *a, struct ls_error *err)
{
	struct ls_cal_account *account = NULL;
	struct reports r = { .count = 1, .list = &account };
	int rc = ls_cal_account(w, id, &account, err);
	if (rc < 0)
		return rc;
	snprintf(a->name, sizeof(a->name), "%s", ls_cal_account_device_name(account));
	whole(a, LS_CAL_CHECK_DEVICE, LS_CAL_HOLDS, NULL);
	if (account->entry->record.report.performed > w->engine->options.at)
		r.count = 0;
	rc = take_reports(w, a, &r, quantity, err);
	ls_cal_object_unref(account);
	return rc;
}

static int newest_document(struct ls_cal_worker *w, const struct candidates *c,
			   struct ls_digest *ret_id, struct ls_error *err)
{
	int64_t best = INT64_MIN;
	for (size_t i = 0; i < c->count; i++) {
		_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
		int rc = ls_cal_worker_find(w, &c->list[i].id, &entry, err);
		if (rc < 0)
			return rc;
		int64_t performed = entry->record.report.performed;
		if (i == 0 || (performed > best && performed <= w->engine->options.at)) {
			best = performed;
			*ret_id = c->list[i].id;
		}
	}
	return 0;
}

static int answer_candidates(struct ls_cal_worker *w, const char *device,
			     const struct candidates *c, const char *quantity,
			     struct ls_cal_answer *a, struct ls_error *err)
{
	size_t devices = 0;
	struct ls_digest id = { 0 };
	for (size_t i = 0; i < c->count; i++)
		if (c->list[i].kind == LS_CAL_DEVICE && devices++ == 0)
			id = c->list[i].id;
	if (devices == 1)
		return answer_record(w, &id, quantity, a, err);
	if (devices > 1) {
		ls_cal_note(&a->notes, LS_CAL_CHECK_DEVICE, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "%zu devices have this name: ask by the id of one's record, or by its "
			    "key's SHA-256",
			    devices);
		return 0;
	}
	if (c->count > 0) {
		int rc = newest_document(w, c, &id, err);
		return rc < 0 ? rc : answer_document(w, &id, quantity, a, err);
	}
	ls_cal_note(&a->notes, LS_CAL_CHECK_DEVICE,
		    w->fresh->absence_shown ? LS_CAL_FAILS : LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
		    "there is no device '%s'", device);
	return 0;
}

int ls_cal_answer_device(struct ls_cal_worker *w, const char *device, const char *quantity,
			 struct ls_cal_answer *ret_answer, struct ls_error *err)
{
	struct candidates c = { .w = w };
	begin(w, ret_answer);
	int rc = find_candidates(w, device, &c, err);
	if (rc == 0)
		rc = leave_out_revoked(w, &c, err);
	snprintf(ret_answer->name, sizeof(ret_answer->name), "%s", device);
	if (rc == 0)
		rc = answer_candidates(w, device, &c, quantity, ret_answer, err);
	free(c.list);
	return end(w, ret_answer, rc, err);
}

int ls_cal_answer_id(struct ls_cal_worker *w, const struct ls_digest *device, const char *quantity,
		     struct ls_cal_answer *ret_answer, struct ls_error *err)
{
	begin(w, ret_answer);
	return end(w, ret_answer, answer_record(w, device, quantity, ret_answer, err), err);
}

int ls_cal_answer_report(struct ls_cal_worker *w, const struct ls_digest *report,
			 const char *quantity, struct ls_cal_answer *ret_answer,
			 struct ls_error *err)
{
	struct ls_cal_account *account = NULL;
	char hex[LS_DIGEST_HEX_SIZE];
	bool hidden = false;
	begin(w, ret_answer);
	int rc = ls_cal_account(w, report, &account, err);
	if (rc == -ENOENT) {
		ls_cal_note(&ret_answer->notes, LS_CAL_CHECK_RECORD,
			    w->fresh->absence_shown ? LS_CAL_FAILS : LS_CAL_CANNOT,
			    LS_CAL_SUBJECT_SELF, "there is no report %s",
			    ls_digest_hex(report, hex));
		return end(w, ret_answer, 0, err);
	}
	if (rc == 0) {
		ret_answer->device = account->entry->record.report.device;
		snprintf(ret_answer->name, sizeof(ret_answer->name), "%s",
			 ls_cal_account_device_name(account));
		rc = add_measurands(w, ret_answer, account, quantity, /* newest= */ true, &hidden,
				    err);
		check_quantity(w, ret_answer, quantity, hidden);
	}
	ls_cal_object_unref(account);
	return end(w, ret_answer, rc, err);
}

enum ls_cal_verdict ls_cal_answer_verdict(const struct ls_cal_answer *answer,
					  enum ls_cal_check_id *ret_first)
{
	enum ls_cal_outcome worst = LS_CAL_HOLDS;
	*ret_first = LS_CAL_CHECKS;
	for (size_t i = 0; i < answer->notes.count; i++)
		if (answer->notes.notes[i].outcome > worst) {
			worst = answer->notes.notes[i].outcome;
			*ret_first = answer->notes.notes[i].check;
		}
	for (size_t i = 0; i < answer->node_count; i++)
		if (answer->nodes[i]->worst > worst) {
			worst = answer->nodes[i]->worst;
			*ret_first = answer->nodes[i]->decides;
		}
	if (worst == LS_CAL_FAILS)
		return LS_CAL_NOT_TRACEABLE;
	if (worst == LS_CAL_CANNOT || answer->node_count == 0)
		return LS_CAL_CANNOT_BE_SHOWN;
	*ret_first = LS_CAL_CHECKS;
	return LS_CAL_TRACEABLE;
}
