/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/lookup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct search {
	struct ls_cal_store *store;
	const char *name;
	struct ls_digest id;
	size_t count;
	struct ls_error *err;
};

static int compare_name(void *context, const struct ls_cal_found *found)
{
	struct search *s = context;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = s->store->operations->find(s->store, &found->id, &entry, s->err);
	if (rc < 0)
		return rc;
	if (strcmp(ls_cal_record_name(&entry->record), s->name) == 0) {
		s->id = found->id;
		s->count++;
	}
	return 0;
}

int ls_cal_organisation_find(struct ls_cal_store *store, const char *text, struct ls_digest *ret_id,
			     struct ls_error *err)
{
	struct search search = { .store = store, .name = text, .err = err };
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	if (ls_digest_parse(text, strlen(text), &search.id) == 0) {
		int rc = store->operations->find(store, &search.id, &entry, err);
		if (rc < 0 && rc != -ENOENT)
			return rc;
		if (rc == 0 && entry->record.kind == LS_CAL_ORGANISATION) {
			*ret_id = search.id;
			return 0;
		}
		return ls_fail(err, -ENOENT, "cal.organisation.unknown",
			       "there is no organisation '%s' in the registry", text);
	}
	int rc = store->operations->all(store, LS_CAL_ORGANISATION, compare_name, &search, err);
	if (rc < 0)
		return rc;
	if (search.count == 0)
		return ls_fail(err, -ENOENT, "cal.organisation.unknown",
			       "there is no organisation '%s' in the registry", text);
	if (search.count > 1)
		return ls_fail(err, -ENOTUNIQ, "cal.organisation.several",
			       "%zu organisations are called '%s': name one by its record's id",
			       search.count, text);
	*ret_id = search.id;
	return 0;
}

int ls_cal_name_of(struct ls_cal_store *store, const struct ls_digest *id,
		   char name[static LS_CAL_TEXT_SIZE], struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	int rc = store->operations->find(store, id, &entry, err);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	snprintf(name, LS_CAL_TEXT_SIZE, "%s", rc == 0 ? ls_cal_record_name(&entry->record) : "-");
	return 0;
}

int ls_cal_names_of(struct ls_cal_store *store, const struct ls_digest *device,
		    const struct ls_digest *report, const struct ls_digest *organisation,
		    struct ls_cal_names *ret_names, struct ls_error *err)
{
	int rc = ls_cal_name_of(store, device, ret_names->device, err);
	if (rc == 0)
		rc = ls_cal_name_of(store, report, ret_names->report, err);
	return rc == 0 ? ls_cal_name_of(store, organisation, ret_names->organisation, err) : rc;
}
