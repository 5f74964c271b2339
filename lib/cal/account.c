/* SPDX-License-Identifier: Apache-2.0 */
/* A report: who signed it, whether they were entitled to, and the same of all above it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/cal/trace_internal.h"

static void free_account(struct ls_cal_object *object)
{
	struct ls_cal_account *a = (struct ls_cal_account *)object;
	ls_cal_entry_unref(a->entry);
	ls_cal_object_unref(a->technician);
	ls_cal_object_unref(a->organisation);
	ls_cal_object_unref(a->device);
	for (size_t i = 0; i < LS_CAL_PARENTS_MAX; i++)
		ls_cal_object_unref(a->parents[i]);
	ls_cal_revocations_free(&a->revocations);
	ls_cal_notes_free(&a->notes);
	free(a);
}

static const struct ls_cal_report *report_of(const struct ls_cal_account *a)
{
	return &a->entry->record.report;
}

const char *ls_cal_account_device_name(const struct ls_cal_account *a)
{
	if (a->entry->outside)
		return a->entry->outside->device;
	return a->device && a->device->entry ? a->device->entry->record.device.name : "-";
}

/* --- who signed it --------------------------------------------------------------------- */

/* One signature by this proof's key; a note on it only where something is wrong. */
static int check_signature(struct ls_cal_worker *w, struct ls_cal_account *a, size_t i,
			   const struct ls_cal_proof *by, enum ls_cal_check_id check,
			   const char *whose, bool *ok, struct ls_error *err)
{
	struct ls_error why = { 0 };
	if (!by || !by->entry) {
		ls_cal_note(&a->notes, check, LS_CAL_CANNOT, LS_CAL_SUBJECT_SELF,
			    "the key of %s is not known", whose);
		*ok = false;
		return 0;
	}
	int rc = ls_cal_worker_verify(w, a->entry, i, ls_cal_record_key(&by->entry->record), &why);
	if (rc == -ENOMEM)
		return ls_fail(err, rc, "cal.memory", "out of memory for a signature");
	if (rc < 0) {
		ls_cal_note(&a->notes, check, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "signature %zu is not by the key of %s '%s'", i + 1, whose,
			    ls_cal_record_name(&by->entry->record));
		*ok = false;
	}
	return 0;
}

/* Whether any signature is in this role, and all of them are good. */
static int check_role(struct ls_cal_worker *w, struct ls_cal_account *a, enum ls_cal_role role,
		      enum ls_cal_check_id check, const char *whose, struct ls_error *err)
{
	const struct ls_cal_record *record = &a->entry->record;
	bool any = false, ok = true;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < record->signature_count; i++) {
		if (record->signatures[i].role != role)
			continue;
		const struct ls_cal_proof *by = a->technician;
		if (role == LS_CAL_ROLE_ORGANISATION)
			by = a->organisation;
		else if (role == LS_CAL_ROLE_PARENT)
			by = a->parents[i] ? a->parents[i]->device : NULL;
		any = true;
		rc = check_signature(w, a, i, by, check, whose, &ok, err);
	}
	if (rc == 0 && any && ok)
		ls_cal_note(&a->notes, check, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF, NULL);
	a->genuine &= ok;
	return rc;
}

static int check_signatures(struct ls_cal_worker *w, struct ls_cal_account *a, struct ls_error *err)
{
	int rc = check_role(w, a, LS_CAL_ROLE_PARENT, LS_CAL_CHECK_SIGNATURE_PARENT,
			    "the parent's device", err);
	if (rc == 0)
		rc = check_role(w, a, LS_CAL_ROLE_ORGANISATION, LS_CAL_CHECK_SIGNATURE_ORGANISATION,
				"the organisation", err);
	return rc < 0 ? rc
		      : check_role(w, a, LS_CAL_ROLE_TECHNICIAN, LS_CAL_CHECK_SIGNATURE_TECHNICIAN,
				   "the technician", err);
}

/* --- the parents ----------------------------------------------------------------------- */

bool ls_cal_account_end(const struct ls_cal_worker *w, const struct ls_cal_account *account,
			int64_t *ret_end)
{
	const struct ls_cal_report *r = report_of(account);
	if (r->due == LS_CAL_NO_END && w->trust->interval == 0)
		return false;
	*ret_end = r->due == LS_CAL_NO_END ? r->performed + w->trust->interval : r->due;
	return true;
}

static void note_revoked_report(const struct ls_cal_worker *w, const struct ls_cal_account *used,
				struct ls_cal_use use, unsigned subject, struct ls_cal_notes *notes)
{
	char utc[LS_UTC_SIZE];
	const struct ls_cal_document *d = used->entry->outside;
	const struct ls_cal_revoked *r = ls_cal_revoked_for(&used->revocations, use);
	if (d)
		ls_cal_note(notes, LS_CAL_CHECK_REVOKED_REPORT, d->revocation, subject, "%s",
			    d->revocation_words);
	else if (r)
		ls_cal_note(notes, LS_CAL_CHECK_REVOKED_REPORT, LS_CAL_FAILS, subject,
			    "the report is revoked since %s: %s%s%s", ls_utc_format(r->since, utc),
			    ls_cal_reason_name(r->reason), r->words[0] ? ", " : "", r->words);
	else if (!ls_cal_revocations_shown(w))
		ls_cal_note(notes, LS_CAL_CHECK_REVOKED_REPORT, LS_CAL_CANNOT, subject,
			    "what is here does not show that there is no revocation");
	else if (used->revocations.ignored)
		ls_cal_note(notes, LS_CAL_CHECK_REVOKED_REPORT, LS_CAL_HOLDS, subject,
			    "%zu claims to revoke it do not count: they are not by those who may",
			    used->revocations.ignored);
	else
		ls_cal_note(notes, LS_CAL_CHECK_REVOKED_REPORT, LS_CAL_HOLDS, subject, NULL);
}

/* Its certificate's beginning is looked at with the report that says so of it. */
static enum ls_cal_outcome device_usable(const struct ls_cal_worker *w,
					 const struct ls_cal_proof *device, struct ls_cal_use use,
					 char words[static LS_CAL_WORDS_SIZE])
{
	char end[LS_UTC_SIZE];
	enum ls_cal_outcome outcome = ls_cal_proof_unrevoked(w, device, use, words);
	if (outcome != LS_CAL_HOLDS || !device->entry ||
	    use.at <= device->entry->record.device.until)
		return outcome;
	snprintf(words, LS_CAL_WORDS_SIZE, "the device's certificate ended at %s",
		 ls_utc_format(device->entry->record.device.until, end));
	return LS_CAL_FAILS;
}

void ls_cal_account_used(const struct ls_cal_worker *w, const struct ls_cal_account *used,
			 struct ls_cal_use use, struct ls_cal_use signature, unsigned subject,
			 struct ls_cal_notes *notes)
{
	char words[LS_CAL_WORDS_SIZE], end_text[LS_UTC_SIZE], at_text[LS_UTC_SIZE];
	int64_t end;
	if (!ls_cal_account_end(w, used, &end))
		ls_cal_note(notes, LS_CAL_CHECK_TIME_DUE, LS_CAL_CANNOT, subject,
			    "it has no due date, and the trust file no interval");
	else if (use.at > end)
		ls_cal_note(notes, LS_CAL_CHECK_TIME_DUE, LS_CAL_FAILS, subject,
			    "it was due at %s, and used at %s", ls_utc_format(end, end_text),
			    ls_utc_format(use.at, at_text));
	else
		ls_cal_note(notes, LS_CAL_CHECK_TIME_DUE, LS_CAL_HOLDS, subject, NULL);
	note_revoked_report(w, used, use, subject, notes);
	if (!used->device)
		return;
	enum ls_cal_outcome outcome = device_usable(w, used->device, use, words);
	if (outcome == LS_CAL_HOLDS)
		outcome = device_usable(w, used->device, signature, words);
	ls_cal_note(notes, LS_CAL_CHECK_REVOKED_DEVICE, outcome, subject, words[0] ? "%s" : NULL,
		    words);
}

/* The parent's device signed when the report was issued, and was used when it was performed. */
static void check_use(const struct ls_cal_worker *w, struct ls_cal_account *a, size_t i)
{
	const struct ls_cal_account *parent = a->parents[i];
	const struct ls_cal_report *child = report_of(a), *above = report_of(parent);
	char p[LS_UTC_SIZE], c[LS_UTC_SIZE];
	unsigned subject = 1 + (unsigned)i;
	if (above->performed > child->begun)
		ls_cal_note(&a->notes, LS_CAL_CHECK_TIME_ORDER, LS_CAL_FAILS, subject,
			    "it was calibrated at %s, after it was used at %s",
			    ls_utc_format(above->performed, p), ls_utc_format(child->begun, c));
	else
		ls_cal_note(&a->notes, LS_CAL_CHECK_TIME_ORDER, LS_CAL_HOLDS, subject, NULL);
	struct ls_cal_use use = { child->performed, a->entry->logged };
	struct ls_cal_use signature = { a->entry->record.issued, a->entry->logged };
	/* a document is signed by no device */
	ls_cal_account_used(w, parent, use, a->entry->outside ? use : signature, subject,
			    &a->notes);
	if (a->entry->outside || parent->entry->outside)
		ls_cal_note(&a->notes, LS_CAL_CHECK_LEVEL_PARENT, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    "documents have no integrity levels");
	else if (above->level >= child->level)
		ls_cal_note(&a->notes, LS_CAL_CHECK_LEVEL_PARENT, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "a device of level %u calibrated one of level %u", above->level,
			    child->level);
	else
		ls_cal_note(&a->notes, LS_CAL_CHECK_LEVEL_PARENT, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF,
			    NULL);
}

/* A parent that has no account. */
static void note_missing(const struct ls_cal_worker *w, struct ls_cal_account *a, size_t i, int why)
{
	const struct ls_cal_parent *p = &report_of(a)->parents[i];
	char hex[LS_DIGEST_HEX_SIZE];
	bool absent = w->fresh->absence_shown && !p->document && !a->entry->outside;
	a->leads_back |= why == -ELOOP;
	if (why == -ELOOP)
		ls_cal_note(&a->notes, LS_CAL_CHECK_CYCLE, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "parent %zu leads back to this report", i + 1);
	else if (why == -E2BIG)
		ls_cal_note(&a->notes, LS_CAL_CHECK_DEPTH, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "the chain has more than %u links", w->trust->max_depth);
	else
		ls_cal_note(&a->notes, LS_CAL_CHECK_PARENT, absent ? LS_CAL_FAILS : LS_CAL_CANNOT,
			    LS_CAL_SUBJECT_SELF, "the report %s of parent %zu is not there",
			    ls_digest_hex(&p->id, hex), i + 1);
}

/* A document's link that its store could not follow.  An institute's certificate needs none. */
static bool check_link(struct ls_cal_account *a, size_t i)
{
	const struct ls_cal_parent *p = &report_of(a)->parents[i];
	if (p->link <= LS_CAL_WARNS && !ls_digest_is_zero(&p->id))
		return true;
	enum ls_cal_outcome outcome = p->link == LS_CAL_FAILS ? LS_CAL_FAILS : LS_CAL_CANNOT;
	if (a->nmi && outcome == LS_CAL_CANNOT)
		outcome = LS_CAL_INFO;
	ls_cal_note(&a->notes, LS_CAL_CHECK_PARENT, outcome, LS_CAL_SUBJECT_SELF, "%s", p->words);
	return false;
}

static int take_parent(struct ls_cal_worker *w, struct ls_cal_account *a, size_t i,
		       struct ls_error *err)
{
	const struct ls_cal_parent *p = &report_of(a)->parents[i];
	if (!check_link(a, i))
		return 0;
	int rc = ls_cal_account(w, &p->id, &a->parents[i], err);
	if (rc == -ENOENT || rc == -ELOOP || rc == -E2BIG) {
		note_missing(w, a, i, rc);
		return 0;
	}
	if (rc < 0)
		return rc;
	if (!a->entry->outside && p->document != (a->parents[i]->entry->outside != NULL))
		ls_cal_note(&a->notes, LS_CAL_CHECK_PARENT, LS_CAL_FAILS, LS_CAL_SUBJECT_SELF,
			    "parent %zu is %s, and the report says otherwise", i + 1,
			    p->document ? "a record" : "a document");
	else
		ls_cal_note(&a->notes, LS_CAL_CHECK_PARENT, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF,
			    NULL);
	a->leads_back |= a->parents[i]->leads_back;
	if (a->parents[i]->height >= a->height)
		a->height = a->parents[i]->height + 1;
	return 0;
}

static int take_parents(struct ls_cal_worker *w, struct ls_cal_account *a, struct ls_error *err)
{
	const struct ls_cal_report *r = report_of(a);
	int rc = 0;
	w->stack[w->stack_count++] = a->entry->record.id;
	for (size_t i = 0; rc == 0 && i < r->parent_count; i++)
		rc = take_parent(w, a, i, err);
	w->stack_count--;
	for (size_t i = 0; rc == 0 && i < r->parent_count; i++)
		if (a->parents[i])
			check_use(w, a, i);
	return rc;
}

/* --- the account ----------------------------------------------------------------------- */

static int settle_record(struct ls_cal_worker *w, struct ls_cal_account *a, struct ls_error *err)
{
	const struct ls_cal_report *r = report_of(a);
	const struct ls_cal_record *record = &a->entry->record;
	bool same = strcmp(record->registry, w->registry) == 0;
	ls_cal_note(&a->notes, LS_CAL_CHECK_REGISTRY, same ? LS_CAL_HOLDS : LS_CAL_FAILS,
		    LS_CAL_SUBJECT_SELF, same ? NULL : "it was signed for the registry '%s'",
		    record->registry);
	a->genuine &= same;
	int rc = ls_cal_prove(w, &r->technician, LS_CAL_TECHNICIAN, &a->technician, err);
	if (rc == 0)
		rc = ls_cal_prove(w, &r->device, LS_CAL_DEVICE, &a->device, err);
	if (rc < 0)
		return rc;
	a->organisation = ls_cal_object_ref(a->technician->certifier);
	const struct ls_cal_organisation *o = ls_cal_proof_organisation(a->organisation);
	a->nmi = o && o->root && a->organisation->outcome == LS_CAL_HOLDS ? a->organisation->nmi
									  : NULL;
	rc = take_parents(w, a, err);
	if (rc == 0)
		rc = check_signatures(w, a, err);
	if (rc < 0)
		return rc;
	ls_cal_account_entitle(w, a);
	rc = ls_cal_account_document(w, a, err);
	if (rc < 0)
		return rc;
	return ls_cal_find_revocations(w, &record->id, LS_CAL_REPORT, a->technician, a->device,
				       &a->revocations, err);
}

static int settle_document(struct ls_cal_worker *w, struct ls_cal_account *a, struct ls_error *err)
{
	const struct ls_cal_document *d = a->entry->outside;
	ls_cal_account_note(a, LS_CAL_CHECK_SIGNATURE_DOCUMENT, d->outcome, d->words);
	if (d->left_out)
		ls_cal_note(&a->notes, LS_CAL_CHECK_COMPARABLE, LS_CAL_WARNS, LS_CAL_SUBJECT_SELF,
			    "%zu quantities or tables of the certificate could not be read, and "
			    "are not judged",
			    d->left_out);
	if (d->claims_traceable)
		ls_cal_note(&a->notes, LS_CAL_CHECK_CLAIM, LS_CAL_INFO, LS_CAL_SUBJECT_SELF,
			    "it says of itself that it is traceable, which is no evidence");
	if (d->outcome <= LS_CAL_WARNS && d->organisation[0])
		a->nmi = ls_cal_trust_document_nmi(w->trust, d->organisation);
	return take_parents(w, a, err);
}

static int make_account(struct ls_cal_worker *w, struct ls_cal_account *a, struct ls_error *err)
{
	a->notes.trust = w->trust;
	a->genuine = true;
	a->height = 1;
	ls_cal_note(&a->notes, LS_CAL_CHECK_RECORD, LS_CAL_HOLDS, LS_CAL_SUBJECT_SELF, NULL);
	int rc = a->entry->outside ? settle_document(w, a, err) : settle_record(w, a, err);
	a->object.size += ls_cal_entry_size(a->entry) + ls_cal_notes_size(&a->notes);
	if (rc == 0 && a->notes.failed)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	return rc;
}

static int fetch(struct ls_cal_worker *w, const struct ls_digest *id, struct ls_cal_entry **ret,
		 struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = ls_cal_worker_find(w, id, &entry, err);
	if (rc < 0)
		return rc;
	if (entry->record.kind != LS_CAL_REPORT)
		return ls_fail(err, -ENOENT, "cal.trace.report", "the record is no report");
	*ret = ls_steal_ptr(&entry);
	return 0;
}

/* Not on the way to itself, and not too far up. */
static int may_go_on(struct ls_cal_worker *w, const struct ls_digest *id)
{
	for (size_t i = 0; i < w->stack_count; i++)
		if (ls_digest_equal(&w->stack[i], id))
			return -ELOOP;
	return w->stack_count >= w->trust->max_depth ? -E2BIG : 0;
}

/* What was cut short holds for the way that led here alone, and is kept for this trace alone. */
static void keep(struct ls_cal_worker *w, const struct ls_cal_key *key, struct ls_cal_account *a)
{
	if (w->incomplete)
		ls_cal_table_put(&w->local, key, a);
	else
		ls_cal_worker_remember(w, key, &report_of(a)->device, a);
}

/* entry: the report, where it is at hand already; NULL: it is looked for. */
static int account_of(struct ls_cal_worker *w, const struct ls_digest *id,
		      struct ls_cal_entry *entry, struct ls_cal_account **ret_account,
		      struct ls_error *err)
{
	struct ls_cal_key key = { .id = *id, .kind = LS_CAL_ACCOUNT_OBJECT };
	int rc = may_go_on(w, id);
	if (rc < 0) {
		w->incomplete = true;
		return ls_fail(err, rc, "cal.trace.chain", "the chain has no end");
	}
	struct ls_cal_account *a = ls_cal_worker_recall(w, &key);
	if (!a) {
		a = ls_cal_object_ref(ls_cal_table_get(&w->local, &key));
		w->incomplete |= a != NULL;
	}
	if (a) {
		*ret_account = a;
		return 0;
	}
	if (++w->reports > LS_CAL_LINKS_MAX)
		return ls_fail(err, -EOVERFLOW, "cal.trace.links",
			       "a trace has more than %d reports", LS_CAL_LINKS_MAX);
	bool before = w->incomplete;
	w->incomplete = false;
	a = calloc(1, sizeof(*a));
	if (!a)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a trace");
	ls_cal_object_init(&a->object, sizeof(*a), free_account);
	a->entry = entry ? ls_cal_entry_ref(entry) : NULL;
	rc = entry ? 0 : fetch(w, id, &a->entry, err);
	if (rc == 0)
		rc = make_account(w, a, err);
	if (rc == 0)
		keep(w, &key, a);
	w->incomplete |= before;
	if (rc < 0) {
		ls_cal_object_unref(a);
		return rc;
	}
	*ret_account = a;
	return 0;
}

int ls_cal_account(struct ls_cal_worker *w, const struct ls_digest *id,
		   struct ls_cal_account **ret_account, struct ls_error *err)
{
	return account_of(w, id, NULL, ret_account, err);
}

int ls_cal_account_of(struct ls_cal_worker *w, struct ls_cal_entry *report,
		      struct ls_cal_account **ret_account, struct ls_error *err)
{
	return account_of(w, &report->record.id, report, ret_account, err);
}

int ls_cal_worker_report(struct ls_cal_worker *worker, const struct ls_digest *report,
			 struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct ls_cal_key key = { .id = *report, .kind = LS_CAL_ACCOUNT_OBJECT };
	struct ls_cal_account *a = ls_cal_worker_recall(worker, &key);
	if (!a)
		return fetch(worker, report, ret_entry, err);
	*ret_entry = ls_cal_entry_ref(a->entry);
	ls_cal_object_unref(a);
	return 0;
}
