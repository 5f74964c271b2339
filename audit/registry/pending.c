/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/pending.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/registry/index.h"

struct pending {
	struct ls_cal_store store; /* first */
	struct ls_index *index;	   /* in memory; places count from 0 */
	size_t count, room;
	struct ls_cal_entry **entries; /* owned */
};

static int pending_fresh(struct ls_cal_store *store, int64_t at, uint64_t size,
			 struct ls_cal_fresh *ret_fresh, struct ls_error *err)
{
	(void)store, (void)at, (void)size, (void)ret_fresh;
	return ls_fail(err, -ENOENT, "registry.pending", "what is not logged yet has no state");
}

struct wanted {
	const struct ls_digest *id;
	uint64_t place;
};

static int match(void *context, const struct ls_index_entry *entry)
{
	struct wanted *w = context;
	if (!ls_digest_equal(&entry->id, w->id))
		return 0;
	w->place = entry->place;
	return 1;
}

static int pending_find(struct ls_cal_store *store, const struct ls_digest *id,
			struct ls_cal_entry **ret_entry, struct ls_error *err)
{
	struct pending *p = (struct pending *)store;
	struct wanted w = { .id = id };
	char hex[LS_DIGEST_HEX_SIZE];
	int rc = ls_index_linked(p->index, LS_INDEX_ID, id, INT64_MAX, match, &w, err);
	if (rc == 0)
		return ls_fail(err, -ENOENT, "registry.missing", "there is no record %s",
			       ls_digest_hex(id, hex));
	if (rc < 0)
		return rc;
	*ret_entry = ls_cal_entry_ref(p->entries[w.place]);
	return 0;
}

struct telling {
	struct pending *pending;
	ls_cal_each *each;
	void *context;
};

static int tell(void *context, const struct ls_index_entry *entry)
{
	const struct telling *t = context;
	const struct ls_cal_found found = { .id = entry->id,
					    .index = t->pending->entries[entry->place]->index,
					    .kind = entry->kind };
	return t->each(t->context, &found);
}

static int pending_related(struct ls_cal_store *store, enum ls_cal_relation relation,
			   const struct ls_digest *id, ls_cal_each *each, void *context,
			   struct ls_error *err)
{
	struct telling t = { (struct pending *)store, each, context };
	return ls_index_linked(t.pending->index, relation, id, INT64_MAX, tell, &t, err);
}

static int pending_named(struct ls_cal_store *store, const char *name, ls_cal_each *each,
			 void *context, struct ls_error *err)
{
	struct ls_digest digest;
	ls_index_name_digest(name, &digest);
	return pending_related(store, (enum ls_cal_relation)LS_INDEX_DEVICE_NAME, &digest, each,
			       context, err);
}

static int pending_all(struct ls_cal_store *store, enum ls_cal_kind kind, ls_cal_each *each,
		       void *context, struct ls_error *err)
{
	struct telling t = { (struct pending *)store, each, context };
	return ls_index_of_kind(t.pending->index, kind, INT64_MAX, tell, &t, err);
}

static void pending_free(struct ls_cal_store *store)
{
	struct pending *p = (struct pending *)store;
	for (size_t i = 0; i < p->count; i++)
		ls_cal_entry_unref(p->entries[i]);
	free(p->entries);
	ls_index_free(p->index);
	free(p);
}

static const struct ls_cal_store_operations OPERATIONS = {
	.fresh = pending_fresh,
	.find = pending_find,
	.related = pending_related,
	.named = pending_named,
	.all = pending_all,
	.free = pending_free,
};

int ls_pending_new(struct ls_cal_store **ret_store, struct ls_error *err)
{
	struct pending *p = calloc(1, sizeof(*p));
	if (!p)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for records");
	p->store.operations = &OPERATIONS;
	int rc = ls_index_open(NULL, /* writable= */ true, &p->index, err);
	if (rc < 0)
		pending_free(&p->store);
	else
		*ret_store = &p->store;
	return rc;
}

int ls_pending_add(struct ls_cal_store *store, struct ls_cal_entry *entry, struct ls_error *err)
{
	struct pending *p = (struct pending *)store;
	const struct ls_index_entry row = { .place = p->count,
					    .id = entry->record.id,
					    .kind = entry->record.kind };
	if (p->count == p->room) {
		size_t room = p->room ? 2 * p->room : 64;
		void *grown = reallocarray(p->entries, room, sizeof(void *));
		if (!grown)
			return ls_fail(err, -ENOMEM, "registry.memory",
				       "out of memory for records");
		p->entries = grown;
		p->room = room;
	}
	int rc = ls_index_add(p->index, &row, &entry->record, false, err);
	if (rc == 0)
		p->entries[p->count++] = ls_cal_entry_ref(entry);
	return rc;
}
