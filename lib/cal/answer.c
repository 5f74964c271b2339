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

void ls_cal_answer_note(struct ls_cal_answer *a, enum ls_cal_check_id check,
			enum ls_cal_outcome outcome, const char *words)
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
		ls_cal_answer_note(a, LS_CAL_CHECK_FRESHNESS, LS_CAL_CANNOT,
				   "nothing tells what was in the registry at that time");
		return;
	}
	if (f->origin[0] == '\0') {
		ls_cal_answer_note(
			a, LS_CAL_CHECK_FRESHNESS, LS_CAL_INFO,
			"documents only: what their signatures carry tells of revocation");
		return;
	}
	if (f->time == LS_CAL_TIME_UNKNOWN) {
		ls_cal_answer_note(
			a, LS_CAL_CHECK_FRESHNESS, LS_CAL_CANNOT,
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
	ls_cal_answer_note(a, LS_CAL_CHECK_FRESHNESS,
			   age > w->trust->max_age ? LS_CAL_CANNOT : LS_CAL_HOLDS, words);
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

/* --- the whole -------------------------------------------------------------------------------- */

/* Where a report leads back to itself its account says so. */
static void check_shape(const struct ls_cal_worker *w, struct ls_cal_answer *a)
{
	unsigned depth = 0;
	bool leads_back = false;
	for (size_t i = 0; i < a->node_count; i++) {
		const struct ls_cal_account *account = a->nodes[i]->account;
		depth = account->height > depth ? account->height : depth;
		leads_back |= account->leads_back;
	}
	if (!leads_back)
		ls_cal_note(&a->notes, LS_CAL_CHECK_CYCLE, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF, NULL);
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
	ls_cal_table_clear(&w->own_objects);
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
		check_shape(w, a);
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
	struct ls_cal_reports r = { .count = 0 };
	int rc = ls_cal_prove(w, device, LS_CAL_DEVICE, &proof, err);
	if (rc < 0)
		return rc;
	a->device = *device;
	if (proof->entry) {
		snprintf(a->name, sizeof(a->name), "%s", proof->entry->record.device.name);
		ls_cal_answer_note(a, LS_CAL_CHECK_DEVICE, LS_CAL_HOLDS, NULL);
		rc = ls_cal_reports_collect(w, device, &r, err);
		if (rc == 0)
			rc = ls_cal_answer_take(w, a, &r, quantity, err);
	} else {
		ls_cal_answer_note(a, LS_CAL_CHECK_DEVICE, proof->outcome, proof->words);
	}
	ls_cal_reports_free(&r);
	ls_cal_object_unref(proof);
	return rc;
}

/* A document is the device's own report. */
static int answer_document(struct ls_cal_worker *w, const struct ls_digest *id,
			   const char *quantity, struct ls_cal_answer *a, struct ls_error *err)
{
	struct ls_cal_account *account = NULL;
	struct ls_cal_reports r = { .count = 1, .list = &account };
	int rc = ls_cal_account(w, id, &account, err);
	if (rc < 0)
		return rc;
	snprintf(a->name, sizeof(a->name), "%s", ls_cal_account_device_name(account));
	ls_cal_answer_note(a, LS_CAL_CHECK_DEVICE, LS_CAL_HOLDS, NULL);
	if (account->entry->record.report.performed > w->engine->options.at)
		r.count = 0;
	rc = ls_cal_answer_take(w, a, &r, quantity, err);
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
		rc = ls_cal_answer_take_report(w, ret_answer, account, quantity, err);
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
