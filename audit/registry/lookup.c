/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/lookup.h"

#include <errno.h>
#include <string.h>

#include "audit/registry/admission_internal.h"
#include "lib/registry/index.h"

struct search {
	struct ls_cal_store *store;
	enum ls_cal_kind kind;
	const char *name;
	unsigned count;
	struct ls_digest id; /* of the last */
	ls_cal_each *each;
	void *context;
};

/* Of this kind and name: told on. */
static int pass_on(void *context, const struct ls_cal_found *found)
{
	struct search *s = context;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	struct ls_error err = { 0 };
	if (found->kind != s->kind)
		return 0;
	int rc = s->store->operations->find(s->store, &found->id, &entry, &err);
	if (rc < 0 || strcmp(ls_cal_record_name(&entry->record), s->name) != 0)
		return rc;
	return s->each(s->context, found);
}

int ls_admission_named(struct ls_cal_store *store, enum ls_cal_kind kind, const char *name,
		       ls_cal_each *each, void *context, struct ls_error *err)
{
	struct ls_digest digest;
	struct search s = {
		.store = store, .kind = kind, .name = name, .each = each, .context = context
	};
	ls_index_name_digest(name, &digest);
	return store->operations->related(store, (enum ls_cal_relation)LS_INDEX_HOLDER_NAME,
					  &digest, pass_on, &s, err);
}

static int keep_last(void *context, const struct ls_cal_found *found)
{
	struct search *s = context;
	s->count++;
	s->id = found->id;
	return 0;
}

static int fail_missing(enum ls_cal_kind kind, const char *name, struct ls_error *err)
{
	return ls_fail(err, -ENOENT, "registry.lookup", "the registry has no %s '%s'",
		       ls_cal_kind_name(kind), name);
}

int ls_lookup(struct ls_cal_store *store, enum ls_cal_kind kind, const char *name,
	      struct ls_digest *ret_id, struct ls_error *err)
{
	struct search s = { .store = store, .kind = kind, .name = name };
	if (ls_digest_parse(name, strlen(name), &s.id) == 0) {
		_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
		int rc = store->operations->find(store, &s.id, &entry, err);
		if (rc < 0 || entry->record.kind != kind)
			return rc < 0 && rc != -ENOENT ? rc : fail_missing(kind, name, err);
		*ret_id = s.id;
		return 0;
	}
	int rc = kind == LS_CAL_DEVICE ? store->operations->named(store, name, keep_last, &s, err)
				       : ls_admission_named(store, kind, name, keep_last, &s, err);
	if (rc < 0)
		return rc;
	if (s.count == 0)
		return fail_missing(kind, name, err);
	*ret_id = s.id;
	return 0;
}

/* --- reports ------------------------------------------------------------------------------ */

struct in_force {
	struct ls_cal_store *store;
	int64_t at, performed;
	bool found;
	struct ls_digest id;
};

static int look(void *context, const struct ls_cal_found *found)
{
	struct in_force *f = context;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	struct ls_error err = { 0 };
	int rc = f->store->operations->find(f->store, &found->id, &entry, &err);
	if (rc < 0)
		return rc;
	int64_t performed = entry->record.report.performed;
	if (performed <= f->at && (!f->found || performed >= f->performed)) {
		f->found = true;
		f->performed = performed;
		f->id = found->id;
	}
	return 0;
}

int ls_lookup_in_force(struct ls_cal_store *store, const struct ls_digest *device, int64_t at,
		       struct ls_digest *ret_report, struct ls_error *err)
{
	struct in_force f = { .store = store, .at = at };
	int rc = store->operations->related(store, LS_CAL_REPORTS_OF, device, look, &f, err);
	if (rc == 0 && !f.found)
		return ls_fail(err, -ENOENT, "registry.lookup",
			       "the device has no report that was in force then");
	if (rc == 0)
		*ret_report = f.id;
	return rc;
}

int ls_lookup_parent(struct ls_cal_store *store, const char *name, int64_t at,
		     struct ls_digest *ret_report, struct ls_error *err)
{
	struct ls_digest device;
	struct ls_error ignored = { 0 };
	if (ls_lookup(store, LS_CAL_REPORT, name, ret_report, &ignored) == 0)
		return 0;
	int rc = ls_lookup(store, LS_CAL_DEVICE, name, &device, err);
	if (rc == 0)
		rc = ls_lookup_in_force(store, &device, at, ret_report, err);
	if (rc == -ENOENT)
		return ls_fail(err, rc, "registry.lookup",
			       "'%s' is no report of this registry, and no device with a report "
			       "that was in force then",
			       name);
	return rc;
}
