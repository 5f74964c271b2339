/* SPDX-License-Identifier: Apache-2.0 */
/* A store in memory: a sorted table of ids beside the entries in the log's order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/search.h"
#include "lib/cal/store.h"

struct memory {
	struct ls_cal_store store;
	size_t count;
	struct ls_cal_entry **entries; /* in the order they came in */
	size_t *by_id;		       /* positions in entries, by id rising */
	bool has_fresh;
	struct ls_cal_fresh fresh;
};

struct sought {
	const struct memory *memory;
	const struct ls_digest *id;
};

static int compare_ids(const void *index, const void *wanted)
{
	const struct sought *sought = wanted;
	const struct ls_cal_entry *entry = sought->memory->entries[*(const size_t *)index];
	return memcmp(entry->record.id.bytes, sought->id->bytes, LS_DIGEST_SIZE);
}

/* Where in by_id the id is, or would be. */
static size_t place_of(const struct memory *m, const struct ls_digest *id)
{
	const struct sought sought = { m, id };
	return ls_lower_bound(&sought, m->by_id, m->count, sizeof(m->by_id[0]), compare_ids);
}

static bool is_at(const struct memory *m, size_t place, const struct ls_digest *id)
{
	return place < m->count && ls_digest_equal(&m->entries[m->by_id[place]]->record.id, id);
}

static int memory_fresh(struct ls_cal_store *store, int64_t at, uint64_t size,
			struct ls_cal_fresh *ret_fresh, struct ls_error *err)
{
	const struct memory *m = (const struct memory *)store;
	if (!m->has_fresh || (m->fresh.time != LS_CAL_TIME_UNKNOWN && m->fresh.time > at))
		return ls_fail(err, -ENOENT, "cal.store.fresh",
			       "nothing tells what was in the log at that time");
	*ret_fresh = m->fresh;
	if (size != 0)
		ret_fresh->size = size;
	return 0;
}

static int memory_find(struct ls_cal_store *store, const struct ls_digest *id,
		       struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	const struct memory *m = (const struct memory *)store;
	size_t place = place_of(m, id);
	char hex[LS_DIGEST_HEX_SIZE];
	if (!is_at(m, place, id))
		return ls_fail(err, -ENOENT, "cal.store.missing", "there is no record %s",
			       ls_digest_hex(id, hex));
	*ret_entry = ls_cal_entry_ref(m->entries[m->by_id[place]]);
	return 0;
}

static bool names_parent(const struct ls_cal_record *record, const struct ls_digest *id)
{
	for (size_t i = 0; i < record->report.parent_count; i++)
		if (ls_digest_equal(&record->report.parents[i].id, id))
			return true;
	return false;
}

static bool has_key(const struct ls_cal_record *record, const struct ls_digest *digest)
{
	struct ls_digest own;
	const struct ls_p256_public *key = ls_cal_record_key(record);
	if (!key)
		return false;
	ls_p256_public_digest(key, &own);
	return ls_digest_equal(&own, digest);
}

static bool is_related(const struct ls_cal_record *record, enum ls_cal_relation relation,
		       const struct ls_digest *id)
{
	const struct ls_digest *certifier;
	bool report = record->kind == LS_CAL_REPORT;
	switch (relation) {
	case LS_CAL_REPORTS_OF: return report && ls_digest_equal(&record->report.device, id);
	case LS_CAL_CHILDREN_OF: return report && names_parent(record, id);
	case LS_CAL_REVOCATIONS_OF:
		return record->kind == LS_CAL_REVOCATION &&
		       ls_digest_equal(&record->revocation.record, id);
	case LS_CAL_CERTIFIED_BY:
		certifier = ls_cal_record_certifier(record);
		return certifier && ls_digest_equal(certifier, id);
	case LS_CAL_DEVICES_WITH_KEY: return record->kind == LS_CAL_DEVICE && has_key(record, id);
	case LS_CAL_HOLDERS_OF_KEY: return has_key(record, id);
	}
	return false;
}

static int tell(const struct ls_cal_entry *entry, ls_cal_each *each, void *context)
{
	struct ls_cal_found found = { .id = entry->record.id,
				      .index = entry->index,
				      .kind = entry->record.kind };
	return each(context, &found);
}

static int memory_related(struct ls_cal_store *store, enum ls_cal_relation relation,
			  const struct ls_digest *id, ls_cal_each *each, void *context,
			  struct ls_error *err)
{
	const struct memory *m = (const struct memory *)store;
	int rc = 0;
	(void)err;
	for (size_t i = 0; rc == 0 && i < m->count; i++)
		if (is_related(&m->entries[i]->record, relation, id))
			rc = tell(m->entries[i], each, context);
	return rc;
}

static bool has_name(const struct ls_cal_entry *entry, const char *name)
{
	if (entry->outside)
		return strcmp(entry->outside->device, name) == 0;
	return entry->record.kind == LS_CAL_DEVICE && strcmp(entry->record.device.name, name) == 0;
}

static int memory_named(struct ls_cal_store *store, const char *name, ls_cal_each *each,
			void *context, struct ls_error *err)
{
	const struct memory *m = (const struct memory *)store;
	int rc = 0;
	(void)err;
	for (size_t i = 0; rc == 0 && i < m->count; i++)
		if (has_name(m->entries[i], name))
			rc = tell(m->entries[i], each, context);
	return rc;
}

static int memory_all(struct ls_cal_store *store, enum ls_cal_kind kind, ls_cal_each *each,
		      void *context, struct ls_error *err)
{
	const struct memory *m = (const struct memory *)store;
	int rc = 0;
	(void)err;
	for (size_t i = 0; rc == 0 && i < m->count; i++)
		if (m->entries[i]->record.kind == kind)
			rc = tell(m->entries[i], each, context);
	return rc;
}

static void memory_free(struct ls_cal_store *store)
{
	struct memory *m = (struct memory *)store;
	for (size_t i = 0; i < m->count; i++)
		ls_cal_entry_unref(m->entries[i]);
	free(m->entries);
	free(m->by_id);
	free(m);
}

static const struct ls_cal_store_operations MEMORY = {
	.fresh = memory_fresh,
	.find = memory_find,
	.related = memory_related,
	.named = memory_named,
	.all = memory_all,
	.free = memory_free,
};

struct ls_cal_store *ls_cal_memory_store_new(void)
{
	struct memory *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->store.operations = &MEMORY;
	return &m->store;
}

/* Room for one more: arrays double. */
static int make_room(struct memory *m)
{
	if (m->count != 0 && (m->count & (m->count - 1)) != 0)
		return 0;
	size_t room = m->count == 0 ? 1 : 2 * m->count;
	struct ls_cal_entry **entries = reallocarray(m->entries, room, sizeof(void *));
	if (!entries)
		return -ENOMEM;
	m->entries = entries;
	size_t *by_id = reallocarray(m->by_id, room, sizeof(*by_id));
	if (!by_id)
		return -ENOMEM;
	m->by_id = by_id;
	return 0;
}

int ls_cal_memory_store_add(struct ls_cal_store *store, struct ls_cal_entry *entry)
{
	struct memory *m = (struct memory *)store;
	size_t place = place_of(m, &entry->record.id);
	if (is_at(m, place, &entry->record.id))
		return -EEXIST;
	if (make_room(m) < 0)
		return -ENOMEM;
	memmove(m->by_id + place + 1, m->by_id + place, (m->count - place) * sizeof(*m->by_id));
	m->by_id[place] = m->count;
	m->entries[m->count++] = ls_cal_entry_ref(entry);
	return 0;
}

void ls_cal_memory_store_set_fresh(struct ls_cal_store *store, const struct ls_cal_fresh *fresh)
{
	struct memory *m = (struct memory *)store;
	m->has_fresh = true;
	m->fresh = *fresh;
}
