/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/signers.h"

#include <errno.h>
#include <stdio.h>

int ls_find_kind(struct ls_cal_store *store, const struct ls_digest *id, enum ls_cal_kind kind,
		 const char *what, struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = store->operations->find(store, id, &entry, err);
	if (rc == -ENOENT)
		return ls_fail(err, -ENOENT, "registry.missing",
			       "%s is not in the registry: record %s", what,
			       ls_digest_hex(id, hex));
	if (rc < 0)
		return rc;
	if (entry->record.kind != kind)
		return ls_fail(err, -ENOENT, "registry.kind", "%s, record %s, is a %s and no %s",
			       what, ls_digest_hex(id, hex), ls_cal_kind_name(entry->record.kind),
			       ls_cal_kind_name(kind));
	*ret_entry = ls_cal_entry_ref(entry);
	return 0;
}

static int take_holder(struct ls_cal_store *store, const struct ls_digest *id,
		       enum ls_cal_kind kind, struct ls_needed *needed, struct ls_error *err)
{
	char what[32];
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	snprintf(what, sizeof(what), "the %s", ls_cal_kind_name(kind));
	int rc = ls_find_kind(store, id, kind, what, &entry, err);
	if (rc < 0)
		return rc;
	needed->key = *ls_cal_record_key(&entry->record);
	snprintf(needed->words, sizeof(needed->words), "%s '%s'", what,
		 ls_cal_record_name(&entry->record));
	return 0;
}

static int take_parent(struct ls_cal_store *store, const struct ls_digest *report,
		       struct ls_needed *needed, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = ls_find_kind(store, report, LS_CAL_REPORT, "the parent's report", &entry, err);
	return rc < 0 ? rc
		      : take_holder(store, &entry->record.report.device, LS_CAL_DEVICE, needed,
				    err);
}

static int take_laboratory(struct ls_cal_store *store, const struct ls_digest *technician,
			   struct ls_needed *needed, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = ls_find_kind(store, technician, LS_CAL_TECHNICIAN, "the technician", &entry, err);
	return rc < 0 ? rc
		      : take_holder(store, &entry->record.technician.organisation,
				    LS_CAL_ORGANISATION, needed, err);
}

static int take_revoker(struct ls_cal_store *store, const struct ls_digest *by,
			struct ls_needed *needed, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = store->operations->find(store, by, &entry, err);
	if (rc < 0)
		return rc;
	if (!ls_cal_record_key(&entry->record))
		return ls_fail(err, -ENOENT, "registry.kind",
			       "whoever revokes has a key, and a %s has none",
			       ls_cal_kind_name(entry->record.kind));
	return take_holder(store, by, entry->record.kind, needed, err);
}

static int take_own(const struct ls_p256_public *key, const char *words, struct ls_needed *needed)
{
	needed->key = *key;
	snprintf(needed->words, sizeof(needed->words), "%s", words);
	return 0;
}

int ls_signer_needed(struct ls_cal_store *store, const struct ls_note_key *registry,
		     const struct ls_cal_record *record, size_t i, struct ls_needed *needed,
		     struct ls_error *err)
{
	needed->role = ls_cal_record_role(record, i);
	switch (needed->role) {
	case LS_CAL_ROLE_CERTIFIER:
		if (record->kind == LS_CAL_ORGANISATION && record->organisation.root)
			return take_own(&record->organisation.key, "the institute itself", needed);
		return take_holder(store, ls_cal_record_certifier(record),
				   record->kind == LS_CAL_DEVICE ? LS_CAL_TECHNICIAN
								 : LS_CAL_ORGANISATION,
				   needed, err);
	case LS_CAL_ROLE_PARENT:
		return take_parent(store, &record->report.parents[i].id, needed, err);
	case LS_CAL_ROLE_ORGANISATION:
		return take_laboratory(store, &record->report.technician, needed, err);
	case LS_CAL_ROLE_TECHNICIAN:
		return take_holder(store, &record->report.technician, LS_CAL_TECHNICIAN, needed,
				   err);
	case LS_CAL_ROLE_REVOKER: return take_revoker(store, &record->revocation.by, needed, err);
	case LS_CAL_ROLE_REGISTRY: return take_own(&registry->key, "the registry", needed);
	}
	return ls_fail(err, -ERANGE, "registry.signer", "the record needs no more signatures");
}
