/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cal/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

/* --- entries ------------------------------------------------------------------------- */

struct ls_cal_entry *ls_cal_entry_new(void)
{
	struct ls_cal_entry *entry = calloc(1, sizeof(*entry));
	if (entry) {
		entry->references = 1;
		entry->logged = entry->absent = LS_CAL_TIME_UNKNOWN;
	}
	return entry;
}

struct ls_cal_entry *ls_cal_entry_ref(struct ls_cal_entry *entry)
{
	__atomic_add_fetch(&entry->references, 1, __ATOMIC_RELAXED);
	return entry;
}

struct ls_cal_entry *ls_cal_entry_unref(struct ls_cal_entry *entry)
{
	if (entry && __atomic_sub_fetch(&entry->references, 1, __ATOMIC_ACQ_REL) == 0) {
		ls_cal_record_free(&entry->record);
		free(entry->outside);
		free(entry);
	}
	return NULL;
}

int ls_cal_entry_parse(const void *bytes, size_t size, uint64_t index, int64_t logged,
		       struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = ls_cal_entry_new();
	if (!entry)
		return ls_fail(err, -ENOMEM, "cal.memory", "out of memory for a record");
	int rc = ls_cal_record_parse(bytes, size, &entry->record, err);
	if (rc < 0)
		return rc;
	entry->index = index;
	entry->logged = logged;
	*ret_entry = ls_steal_ptr(&entry);
	return 0;
}

size_t ls_cal_entry_size(const struct ls_cal_entry *entry)
{
	size_t size = sizeof(*entry) + (entry->outside ? sizeof(*entry->outside) : 0);
	const struct ls_cal_record *record = &entry->record;
	if (record->kind == LS_CAL_ORGANISATION)
		size += record->organisation.scope_count * sizeof(*record->organisation.scopes);
	if (record->kind != LS_CAL_REPORT)
		return size;
	size += record->report.parent_count * sizeof(*record->report.parents);
	const struct ls_cal_details *d = record->report.details;
	if (!d)
		return size;
	size += sizeof(*d) + d->condition_count * sizeof(*d->conditions);
	for (size_t i = 0; i < d->measurand_count; i++) {
		const struct ls_cal_measurand *m = &d->measurands[i];
		size += sizeof(*m) + m->sensitivity_count * sizeof(*m->sensitivities) +
			(m->found_count + m->point_count) * sizeof(*m->points);
	}
	return size;
}

void ls_cal_store_free(struct ls_cal_store *store)
{
	if (store)
		store->operations->free(store);
}

void ls_cal_store_hold(struct ls_cal_store *store, bool begins)
{
	if (store->operations->hold)
		store->operations->hold(store, begins);
}

int ls_cal_store_document(struct ls_cal_store *store, const struct ls_digest *id,
			  struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	const struct ls_cal_store_operations *o = store->operations;
	return (o->document ? o->document : o->find)(store, id, ret_entry, err);
}

int ls_cal_store_next(struct ls_cal_store *store, const struct ls_cal_found *found,
		      struct ls_error *err)
{
	return store->operations->next ? store->operations->next(store, found, err) : 0;
}

uint64_t ls_cal_store_signatures(const struct ls_cal_store *store)
{
	return store->operations->signatures ? store->operations->signatures(store) : 0;
}

/* --- several stores as one ------------------------------------------------------------ */

struct joined {
	struct ls_cal_store store;
	size_t count;
	struct ls_cal_store **stores;
};

static int joined_fresh(struct ls_cal_store *store, int64_t at, uint64_t size,
			struct ls_cal_fresh *ret_fresh, struct ls_error *err)
{
	struct joined *j = (struct joined *)store;
	for (size_t i = 1; i < j->count; i++) {
		struct ls_cal_fresh other;
		j->stores[i]->at = store->at;
		int rc = j->stores[i]->operations->fresh(j->stores[i], at, 0, &other, err);
		if (rc < 0 && rc != -ENOENT)
			return rc;
	}
	j->stores[0]->at = store->at;
	return j->stores[0]->operations->fresh(j->stores[0], at, size, ret_fresh, err);
}

static int joined_find(struct ls_cal_store *store, const struct ls_digest *id,
		       struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct joined *j = (struct joined *)store;
	int rc = -ENOENT;
	for (size_t i = 0; rc == -ENOENT && i < j->count; i++)
		rc = j->stores[i]->operations->find(j->stores[i], id, ret_entry, err);
	return rc;
}

static int joined_document(struct ls_cal_store *store, const struct ls_digest *id,
			   struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct joined *j = (struct joined *)store;
	int rc = -ENOENT;
	for (size_t i = 0; rc == -ENOENT && i < j->count; i++)
		rc = ls_cal_store_document(j->stores[i], id, ret_entry, err);
	return rc;
}

static int joined_related(struct ls_cal_store *store, enum ls_cal_relation relation,
			  const struct ls_digest *id, ls_cal_each *each, void *context,
			  struct ls_error *err)
{
	struct joined *j = (struct joined *)store;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < j->count; i++)
		rc = j->stores[i]->operations->related(j->stores[i], relation, id, each, context,
						       err);
	return rc;
}

static int joined_named(struct ls_cal_store *store, const char *name, ls_cal_each *each,
			void *context, struct ls_error *err)
{
	struct joined *j = (struct joined *)store;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < j->count; i++)
		rc = j->stores[i]->operations->named(j->stores[i], name, each, context, err);
	return rc;
}

static int joined_all(struct ls_cal_store *store, enum ls_cal_kind kind, ls_cal_each *each,
		      void *context, struct ls_error *err)
{
	struct joined *j = (struct joined *)store;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < j->count; i++)
		rc = j->stores[i]->operations->all(j->stores[i], kind, each, context, err);
	return rc;
}

static void joined_free(struct ls_cal_store *store)
{
	struct joined *j = (struct joined *)store;
	for (size_t i = 0; i < j->count; i++)
		ls_cal_store_free(j->stores[i]);
	free(j->stores);
	free(j);
}

static void joined_hold(struct ls_cal_store *store, bool begins)
{
	const struct joined *j = (const struct joined *)store;
	for (size_t i = 0; i < j->count; i++)
		ls_cal_store_hold(j->stores[i], begins);
}

/* A list does not say whose it is: the first one's has a log, and the others' places are 0. */
static int joined_next(struct ls_cal_store *store, const struct ls_cal_found *found,
		       struct ls_error *err)
{
	const struct joined *j = (const struct joined *)store;
	return ls_cal_store_next(j->stores[0], found, err);
}

static uint64_t joined_signatures(const struct ls_cal_store *store)
{
	const struct joined *j = (const struct joined *)store;
	uint64_t sum = 0;
	for (size_t i = 0; i < j->count; i++)
		sum += ls_cal_store_signatures(j->stores[i]);
	return sum;
}

static const struct ls_cal_store_operations JOINED = {
	.signatures = joined_signatures,
	.hold = joined_hold,
	.next = joined_next,
	.fresh = joined_fresh,
	.find = joined_find,
	.document = joined_document,
	.related = joined_related,
	.named = joined_named,
	.all = joined_all,
	.free = joined_free,
};

struct ls_cal_store *ls_cal_store_join(struct ls_cal_store *const *stores, size_t count)
{
	struct joined *j = calloc(1, sizeof(*j));
	struct ls_cal_store **copy = calloc(count ? count : 1, sizeof(struct ls_cal_store *));
	if (!j || !copy || count == 0) {
		free(j);
		free(copy);
		return NULL;
	}
	memcpy(copy, stores, count * sizeof(struct ls_cal_store *));
	*j = (struct joined){ .store.operations = &JOINED, .count = count, .stores = copy };
	return &j->store;
}
