/* SPDX-License-Identifier: Apache-2.0 */
/* Which claims of revocation count: docs/formats/calibration-record.md, "revocation". */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/cal/trace_internal.h"

void ls_cal_revocations_free(struct ls_cal_revocations *revocations)
{
	free(revocations->list);
	memset(revocations, 0, sizeof(*revocations));
}

static bool is_record(const struct ls_cal_proof *p, const struct ls_digest *id)
{
	return p && p->entry && ls_digest_equal(&p->entry->record.id, id);
}

/* The record that is named as the one whose key signs, if it may. */
static const struct ls_cal_proof *find_revoker(const struct ls_digest *by,
					       const struct ls_cal_proof *chain,
					       const struct ls_cal_proof *other)
{
	for (const struct ls_cal_proof *p = chain; p; p = p->certifier)
		if (is_record(p, by))
			return p;
	return is_record(other, by) ? other : NULL;
}

/* 0; -EBADMSG: it does not count. */
static int counts(struct ls_cal_worker *w, const struct ls_cal_record *claim,
		  const struct ls_digest *id, enum ls_cal_kind kind,
		  const struct ls_cal_proof *chain, const struct ls_cal_proof *other,
		  struct ls_error *err)
{
	if (claim->kind != LS_CAL_REVOCATION || claim->revocation.revoked != kind ||
	    !ls_digest_equal(&claim->revocation.record, id))
		return ls_fail(err, -EBADMSG, "cal.revocation.record",
			       "a revocation is not of this record");
	if (strcmp(claim->registry, w->registry) != 0)
		return ls_fail(err, -EBADMSG, "cal.revocation.registry",
			       "a revocation was signed for the registry '%s'", claim->registry);
	const struct ls_cal_proof *by = find_revoker(&claim->revocation.by, chain, other);
	if (!by)
		return ls_fail(err, -EBADMSG, "cal.revocation.by",
			       "a revocation is by someone who may not revoke this record");
	w->signatures++;
	int rc = ls_cal_record_verify(claim, 0, ls_cal_record_key(&by->entry->record), &w->verifier,
				      err);
	if (rc == -EBADMSG)
		return ls_fail(err, rc, "cal.revocation.signature",
			       "a revocation is not signed by the key that it names");
	return rc;
}

static int add(struct ls_cal_revocations *r, const struct ls_cal_revocation *claim,
	       struct ls_error *err)
{
	struct ls_cal_revoked *grown = reallocarray(r->list, r->count + 1, sizeof(*grown));
	if (!grown)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for revocations");
	r->list = grown;
	grown[r->count] = (struct ls_cal_revoked){ .since = claim->since, .reason = claim->reason };
	memcpy(grown[r->count].words, claim->words, sizeof(claim->words));
	r->count++;
	return 0;
}

int ls_cal_find_revocations(struct ls_cal_worker *w, const struct ls_digest *id,
			    enum ls_cal_kind kind, const struct ls_cal_proof *chain,
			    const struct ls_cal_proof *other,
			    struct ls_cal_revocations *ret_revocations, struct ls_error *err)
{
	_cleanup_free_ struct ls_digest *ids = NULL;
	struct ls_cal_revocations r = { .count = 0 };
	size_t count = 0;
	int rc = ls_cal_worker_list(w, LS_CAL_REVOCATIONS_OF, id, &ids, &count, err);
	for (size_t i = 0; rc == 0 && i < count; i++) {
		_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
		rc = ls_cal_worker_find(w, &ids[i], &entry, err);
		if (rc == -ENOENT)
			rc = ls_fail(err, -EBADMSG, "cal.store.list",
				     "the store lists a revocation that it does not have");
		if (rc < 0)
			break;
		rc = counts(w, &entry->record, id, kind, chain, other, NULL);
		if (rc == 0)
			rc = add(&r, &entry->record.revocation, err);
		else if (rc == -EBADMSG)
			rc = (r.ignored++, 0);
	}
	if (rc < 0) {
		ls_cal_revocations_free(&r);
		return rc;
	}
	*ret_revocations = r;
	return 0;
}

int ls_cal_revocation_counts(struct ls_cal_worker *w, const struct ls_cal_entry *revocation,
			     struct ls_error *err)
{
	const struct ls_cal_revocation *claim = &revocation->record.revocation;
	struct ls_cal_proof *chain = NULL, *other = NULL;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = 0;
	if (claim->revoked != LS_CAL_REPORT) {
		rc = ls_cal_prove(w, &claim->record, claim->revoked, &chain, err);
	} else {
		rc = ls_cal_worker_find(w, &claim->record, &entry, err);
		if (rc == 0 && entry->record.kind == LS_CAL_REPORT && !entry->outside) {
			const struct ls_cal_report *report = &entry->record.report;
			rc = ls_cal_prove(w, &report->technician, LS_CAL_TECHNICIAN, &chain, err);
			if (rc == 0)
				rc = ls_cal_prove(w, &report->device, LS_CAL_DEVICE, &other, err);
		}
	}
	if (rc == 0)
		rc = counts(w, &revocation->record, &claim->record, claim->revoked, chain, other,
			    err);
	ls_cal_object_unref(chain);
	ls_cal_object_unref(other);
	return rc;
}
