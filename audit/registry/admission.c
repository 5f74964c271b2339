/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/admission.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/registry/admission_internal.h"
#include "lib/base/text.h"

#define SKEW_S 300 /* that a signer's clock may be ahead */

int ls_admission_find(struct ls_admission *a, const struct ls_digest *id, enum ls_cal_kind kind,
		      const char *what, struct ls_cal_entry **ret_entry, struct ls_faults *faults)
{
	struct ls_error err = { 0 };
	int rc = ls_find_kind(a->store, id, kind, what, ret_entry, &err);
	if (rc == -ENOENT)
		ls_faults_add(faults, "%s", err.message);
	return rc == -ENOENT ? 0 : rc;
}

/* --- revoked, over ------------------------------------------------------------------------ */

struct revoked {
	struct ls_cal_store *store;
	int64_t at;
	bool is;
};

static int look_at_revocation(void *context, const struct ls_cal_found *found)
{
	struct revoked *r = context;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	struct ls_error err = { 0 };
	int rc = r->store->operations->find(r->store, &found->id, &entry, &err);
	if (rc == 0 && (entry->record.revocation.since <= r->at ||
			entry->record.revocation.reason == LS_CAL_KEY_COMPROMISE))
		r->is = true;
	return rc;
}

int ls_admission_standing(struct ls_admission *a, const struct ls_cal_entry *entry, int64_t at,
			  const char *what, struct ls_faults *faults, struct ls_error *err)
{
	struct revoked r = { .store = a->store, .at = at };
	char time[LS_UTC_SIZE];
	const struct ls_cal_record *record = &entry->record;
	int64_t from = at, until = LS_CAL_NO_END;
	if (record->kind == LS_CAL_ORGANISATION)
		from = record->organisation.from, until = record->organisation.until;
	if (record->kind == LS_CAL_TECHNICIAN)
		from = record->technician.from, until = record->technician.until;
	if (record->kind == LS_CAL_DEVICE)
		from = record->device.from, until = record->device.until;
	if (at < from)
		ls_faults_add(faults, "%s is valid from %s only", what, ls_utc_format(from, time));
	if (at > until)
		ls_faults_add(faults, "%s was valid until %s only", what,
			      ls_utc_format(until, time));
	int rc = a->store->operations->related(a->store, LS_CAL_REVOCATIONS_OF, &record->id,
					       look_at_revocation, &r, err);
	if (rc == 0 && r.is)
		ls_faults_add(faults, "%s is revoked", what);
	return rc;
}

/* --- twice ----------------------------------------------------------------------------------- */

struct twice {
	struct ls_cal_store *store;
	const struct ls_cal_record *record;
	bool same_key;	/* with the key of something else */
	bool same_name; /* of its kind, under the same certifier, at the same time */
};

static bool overlap(const struct ls_cal_record *a, const struct ls_cal_record *b)
{
	switch (a->kind) {
	case LS_CAL_ORGANISATION:
		return a->organisation.from <= b->organisation.until &&
		       b->organisation.from <= a->organisation.until;
	case LS_CAL_TECHNICIAN:
		return a->technician.from <= b->technician.until &&
		       b->technician.from <= a->technician.until;
	default: return a->device.from <= b->device.until && b->device.from <= a->device.until;
	}
}

static bool is_revoked(struct ls_cal_store *store, const struct ls_digest *id)
{
	struct revoked r = { .store = store, .at = INT64_MAX };
	struct ls_error ignored = { 0 };
	store->operations->related(store, LS_CAL_REVOCATIONS_OF, id, look_at_revocation, &r,
				   &ignored);
	return r.is;
}

static int look_at_twin(void *context, const struct ls_cal_found *found)
{
	struct twice *t = context;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	struct ls_error err = { 0 };
	if (ls_digest_equal(&found->id, &t->record->id))
		return 0;
	int rc = t->store->operations->find(t->store, &found->id, &entry, &err);
	if (rc < 0)
		return rc;
	const char *name = ls_cal_record_name(t->record);
	bool same_kind = entry->record.kind == t->record->kind;
	bool same_name = same_kind && strcmp(name, ls_cal_record_name(&entry->record)) == 0;
	if (!same_name &&
	    ls_p256_public_equal(ls_cal_record_key(&entry->record), ls_cal_record_key(t->record)))
		t->same_key = true;
	if (same_name && strcmp(name, "-") != 0 && overlap(t->record, &entry->record) &&
	    !is_revoked(t->store, &found->id))
		t->same_name = true;
	return 0;
}

/* One key is one holder's; a name may come again when the one before is over, or revoked. */
static int check_holder(struct ls_admission *a, const struct ls_cal_record *record,
			struct ls_faults *faults, struct ls_error *err)
{
	struct twice t = { .store = a->store, .record = record };
	struct ls_digest key;
	ls_p256_public_digest(ls_cal_record_key(record), &key);
	int rc = a->store->operations->related(a->store, LS_CAL_HOLDERS_OF_KEY, &key, look_at_twin,
					       &t, err);
	if (rc == 0 && record->kind == LS_CAL_DEVICE)
		rc = a->store->operations->named(a->store, ls_cal_record_name(record), look_at_twin,
						 &t, err);
	else if (rc == 0)
		rc = ls_admission_named(a->store, record->kind, ls_cal_record_name(record),
					look_at_twin, &t, err);
	if (rc == 0 && t.same_key)
		ls_faults_add(faults, "its key is the key of another holder already");
	if (rc == 0 && t.same_name)
		ls_faults_add(faults,
			      "there is a %s '%s' in the registry already, valid at the same time; "
			      "revoke that one first ('superseded')",
			      ls_cal_kind_name(record->kind), ls_cal_record_name(record));
	return rc;
}

/* --- all of it ------------------------------------------------------------------------------- */

static int check_signatures(struct ls_admission *a, const struct ls_cal_record *record,
			    struct ls_faults *faults)
{
	struct ls_needed needed;
	for (size_t i = 0; ls_cal_record_role(record, i) != 0; i++) {
		struct ls_error err = { 0 };
		int rc = ls_signer_needed(a->store, a->registry, record, i, &needed, &err);
		if (rc == -ENOENT)
			continue; /* told already: what is named is not there */
		if (rc == 0)
			rc = ls_cal_record_verify(record, i, &needed.key, &a->verifier, &err);
		if (rc == -EBADMSG)
			ls_faults_add(faults, "signature %zu (%s) is not by %s", i + 1,
				      ls_cal_role_name(needed.role), needed.words);
		else if (rc < 0)
			return rc;
	}
	return 0;
}

int ls_admission_check(struct ls_admission *a, const struct ls_cal_record *record, bool signatures,
		       struct ls_faults *faults, struct ls_error *err)
{
	int rc = 0;
	if (strcmp(record->registry, a->registry->name) != 0)
		ls_faults_add(faults, "it is for the registry '%s', and this is '%s'",
			      record->registry, a->registry->name);
	if (record->issued > a->now + SKEW_S)
		ls_faults_add(faults, "it is issued in the future; is the clock right?");
	if (ls_cal_record_key(record))
		rc = check_holder(a, record, faults, err);
	if (rc == 0)
		rc = ls_admission_kind(a, record, faults, err);
	if (rc == 0 && signatures)
		rc = check_signatures(a, record, faults);
	return rc;
}
