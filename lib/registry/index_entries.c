/* SPDX-License-Identifier: Apache-2.0 */
/* What the index has of single entries. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/registry/index_internal.h"

/* SQLite's integers have a sign; 63 bits need none. */
sqlite3_int64 ls_index_key(const struct ls_digest *digest)
{
	uint64_t key = 0;
	for (int i = 0; i < 8; i++)
		key = key << 8 | digest->bytes[i];
	return (sqlite3_int64)(key >> 1);
}

void ls_index_name_digest(const char *name, struct ls_digest *ret_digest)
{
	ls_sha256_buffer(name, strlen(name), ret_digest);
}

/* --- adding ---------------------------------------------------------------------------- */

static int finish(struct ls_index *index, sqlite3_stmt *s, struct ls_error *err)
{
	int rc = sqlite3_step(s);
	sqlite3_reset(s);
	return rc == SQLITE_DONE ? 0 : ls_index_fail(index, rc, err);
}

static int add_link(struct ls_index *index, int relation, const struct ls_digest *key,
		    uint64_t place, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_ADD_LINK);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_clear_bindings(s);
	sqlite3_bind_int64(s, 1, ls_index_key(key));
	sqlite3_bind_int(s, 2, relation);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)place);
	return finish(index, s, err);
}

/* From place and kind to the bytes' length, at these columns of a statement. */
static void bind_entry(sqlite3_stmt *s, int id, const struct ls_index_entry *entry)
{
	sqlite3_bind_blob(s, id, entry->id.bytes, LS_DIGEST_SIZE, SQLITE_TRANSIENT);
	sqlite3_bind_int(s, id + 1, (int)entry->kind);
	sqlite3_bind_int64(s, id + 2, (sqlite3_int64)entry->offset);
	sqlite3_bind_int64(s, id + 3, entry->length);
}

static int add_id(struct ls_index *index, const struct ls_index_entry *entry, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_ADD_LINK);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, ls_index_key(&entry->id));
	sqlite3_bind_int(s, 2, LS_INDEX_ID);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)entry->place);
	bind_entry(s, 4, entry);
	return finish(index, s, err);
}

/* To a table that has keys and places alone. */
static int add_pair(struct ls_index *index, enum ls_index_statement which,
		    const struct ls_digest *key, uint64_t place, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, which);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, ls_index_key(key));
	sqlite3_bind_int64(s, 2, (sqlite3_int64)place);
	return finish(index, s, err);
}

static int add_revoked(struct ls_index *index, const struct ls_digest *key, uint64_t place,
		       struct ls_error *err)
{
	ls_index_forget_keys(index);
	return add_pair(index, LS_INDEX_ADD_REVOKED, key, place, err);
}

static int add_holder(struct ls_index *index, const struct ls_cal_record *record, uint64_t place,
		      struct ls_error *err)
{
	bool device = record->kind == LS_CAL_DEVICE;
	struct ls_digest key, name;
	ls_p256_public_digest(ls_cal_record_key(record), &key);
	ls_index_name_digest(ls_cal_record_name(record), &name);
	int rc = add_link(index, LS_CAL_HOLDERS_OF_KEY, &key, place, err);
	if (rc == 0 && device)
		rc = add_link(index, LS_CAL_DEVICES_WITH_KEY, &key, place, err);
	return rc < 0 ? rc
		      : add_link(index, device ? LS_INDEX_DEVICE_NAME : LS_INDEX_HOLDER_NAME, &name,
				 place, err);
}

static int add_report(struct ls_index *index, const struct ls_cal_report *report, uint64_t place,
		      struct ls_error *err)
{
	int rc = add_pair(index, LS_INDEX_ADD_REPORT, &report->device, place, err);
	for (size_t i = 0; rc == 0 && i < report->parent_count; i++)
		rc = add_link(index, LS_CAL_CHILDREN_OF, &report->parents[i].id, place, err);
	return rc;
}

static int add_beat(struct ls_index *index, uint64_t place, int64_t time, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_ADD_BEAT);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)place);
	sqlite3_bind_int64(s, 2, time);
	return finish(index, s, err);
}

static int add_links(struct ls_index *index, const struct ls_index_entry *entry,
		     const struct ls_cal_record *record, bool heartbeat, struct ls_error *err)
{
	const struct ls_digest *certifier = ls_cal_record_certifier(record);
	uint64_t place = entry->place;
	ls_index_forget_tables(index);
	int rc = add_id(index, entry, err);
	if (rc == 0 && certifier)
		rc = add_link(index, LS_CAL_CERTIFIED_BY, certifier, place, err);
	if (rc == 0 && ls_cal_record_key(record))
		rc = add_holder(index, record, place, err);
	if (rc == 0 && record->kind == LS_CAL_REPORT)
		rc = add_report(index, &record->report, place, err);
	if (rc == 0 && record->kind == LS_CAL_REVOCATION)
		rc = add_revoked(index, &record->revocation.record, place, err);
	if (rc == 0 && heartbeat)
		rc = add_beat(index, place, record->issued, err);
	return rc;
}

int ls_index_add(struct ls_index *index, const struct ls_index_entry *entry,
		 const struct ls_cal_record *record, bool heartbeat, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_ADD);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)entry->place);
	bind_entry(s, 2, entry);
	int rc = finish(index, s, err);
	return rc == 0 && record ? add_links(index, entry, record, heartbeat, err) : rc;
}

/* --- asking ------------------------------------------------------------------------------ */

static bool take_row(sqlite3_stmt *s, struct ls_index_entry *entry)
{
	const void *id = sqlite3_column_blob(s, 1);
	sqlite3_int64 offset = sqlite3_column_int64(s, 3), length = sqlite3_column_int64(s, 4);
	if (!id || sqlite3_column_bytes(s, 1) != LS_DIGEST_SIZE || offset < 0 || length < 0 ||
	    length > LS_CAL_RECORD_SIZE_MAX)
		return false;
	memcpy(entry->id.bytes, id, LS_DIGEST_SIZE);
	entry->place = (uint64_t)sqlite3_column_int64(s, 0);
	entry->kind = (enum ls_cal_kind)sqlite3_column_int(s, 2);
	entry->offset = (uint64_t)offset;
	entry->length = (uint32_t)length;
	return true;
}

/* Rows until there is none, or each() has enough. */
static int tell_rows(struct ls_index *index, sqlite3_stmt *s, ls_index_each *each, void *context,
		     struct ls_error *err)
{
	struct ls_index_entry entry;
	int rc = SQLITE_ROW, said = 0;
	while (said == 0 && (rc = sqlite3_step(s)) == SQLITE_ROW)
		said = take_row(s, &entry) ? each(context, &entry)
					   : ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_reset(s);
	if (said != 0)
		return said;
	return rc == SQLITE_DONE ? 0 : ls_index_fail(index, rc, err);
}

static int keep_one(void *context, const struct ls_index_entry *entry)
{
	*(struct ls_index_entry *)context = *entry;
	return 1;
}

int ls_index_entry(struct ls_index *index, uint64_t place, struct ls_index_entry *ret_entry,
		   struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_GET);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)place);
	int rc = tell_rows(index, s, keep_one, ret_entry, err);
	if (rc == 0)
		return ls_fail(err, -ENOENT, "registry.index.missing",
			       "the index has no entry %llu", (unsigned long long)place);
	return rc < 0 ? rc : 0;
}

/* Most lists are as short. */
#define ROWS_FEW 8

/* A list is read before it is told, so that whoever is told may ask again. */
struct rows {
	size_t count, room;		     /* room 0: the few */
	struct ls_index_entry *entries;	     /* owned, but for the few */
	struct ls_index_entry few[ROWS_FEW]; /* not cleared */
};

static int grow_rows(struct rows *rows)
{
	size_t room = rows->room ? 2 * rows->room : 4 * ROWS_FEW;
	void *grown = reallocarray(rows->room ? rows->entries : NULL, room, sizeof(rows->few[0]));
	if (!grown)
		return -ENOMEM;
	rows->entries = grown;
	if (!rows->room)
		memcpy(rows->entries, rows->few, sizeof(rows->few));
	rows->room = room;
	return 0;
}

static int keep_row(void *context, const struct ls_index_entry *entry)
{
	struct rows *rows = context;
	if (rows->count >= ROWS_FEW && rows->count >= rows->room && grow_rows(rows) < 0)
		return -ENOMEM;
	rows->entries[rows->count++] = *entry;
	return 0;
}

static int tell(struct ls_index *index, sqlite3_stmt *s, ls_index_each *each, void *context,
		struct ls_error *err)
{
	struct rows rows;
	rows.count = rows.room = 0;
	rows.entries = rows.few;
	int rc = tell_rows(index, s, keep_row, &rows, err);
	for (size_t i = 0; rc == 0 && i < rows.count; i++)
		rc = each(context, &rows.entries[i]);
	if (rows.room)
		free(rows.entries);
	return rc;
}

/* --- what is revoked ----------------------------------------------------------------------- */

void ls_index_forget_keys(struct ls_index *index)
{
	free(index->revoked.keys);
	index->revoked = (struct ls_index_keys){ .known = false };
}

/*
 * The log that is looked at grows no more (whoever reads it stops at its size), so no key of it can
 * come later.
 */
static int read_keys(struct ls_index *index, struct ls_error *err)
{
	struct ls_index_keys *k = &index->revoked;
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_REVOKED_KEYS);
	int rc = SQLITE_ROW;
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	k->keys = calloc(LS_INDEX_KEYS_MAX, sizeof(*k->keys));
	if (!k->keys)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for an index");
	sqlite3_bind_int(s, 1, LS_INDEX_KEYS_MAX);
	while (k->count < LS_INDEX_KEYS_MAX && (rc = sqlite3_step(s)) == SQLITE_ROW)
		k->keys[k->count++] = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	k->all = rc == SQLITE_DONE;
	k->known = rc == SQLITE_DONE || rc == SQLITE_ROW;
	if (k->known)
		return 0;
	ls_index_forget_keys(index);
	return ls_index_fail(index, rc, err);
}

static int compare_keys(const void *a, const void *b)
{
	sqlite3_int64 x = *(const sqlite3_int64 *)a, y = *(const sqlite3_int64 *)b;
	return x < y ? -1 : x > y;
}

/* 1: something may claim to revoke it; 0: nothing does; or an error. */
static int may_be_revoked(struct ls_index *index, const struct ls_digest *id, struct ls_error *err)
{
	const struct ls_index_keys *k = &index->revoked;
	sqlite3_int64 key = ls_index_key(id);
	int rc = k->known ? 0 : read_keys(index, err);
	if (rc < 0)
		return rc;
	return !k->all || bsearch(&key, k->keys, k->count, sizeof(key), compare_keys) != NULL;
}

/* --- lists --------------------------------------------------------------------------------- */

static enum ls_index_statement list_of(int relation)
{
	switch (relation) {
	case LS_INDEX_ID: return LS_INDEX_FIND;
	case LS_CAL_REPORTS_OF: return LS_INDEX_REPORTS;
	case LS_CAL_REVOCATIONS_OF: return LS_INDEX_REVOKED;
	default: return LS_INDEX_LINKED;
	}
}

/* From a table in memory: true: *ret_rc is what ls_index_linked returns; false: SQLite is to be
 * asked. */
static bool tell_from_memory(struct ls_index *index, int relation, const struct ls_digest *key,
			     uint64_t size, ls_index_each *each, void *context, int *ret_rc,
			     struct ls_error *err)
{
	enum ls_index_table_name name = relation == LS_INDEX_ID ? LS_INDEX_TABLE_IDS
								: LS_INDEX_TABLE_REPORTS;
	bool told = false;
	if (relation != LS_INDEX_ID && relation != LS_CAL_REPORTS_OF)
		return false;
	int has = ls_index_has_table(index, name, size, err);
	*ret_rc = has == 1 ? ls_index_tell_table(index, name, key, size, each, context, &told, err)
			   : has;
	if (has == 1 && *ret_rc == 0 && !told)
		return relation != LS_INDEX_ID; /* what memory does not have may be in its link */
	return has != 0;
}

int ls_index_linked(struct ls_index *index, int relation, const struct ls_digest *key,
		    uint64_t size, ls_index_each *each, void *context, struct ls_error *err)
{
	int rc = relation == LS_CAL_REVOCATIONS_OF ? may_be_revoked(index, key, err) : 1;
	if (rc <= 0 || tell_from_memory(index, relation, key, size, each, context, &rc, err))
		return rc;
	sqlite3_stmt *s = ls_index_statement(index, list_of(relation));
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, ls_index_key(key));
	sqlite3_bind_int(s, 2, relation);
	sqlite3_bind_int64(s, 3, (sqlite3_int64)size);
	return tell(index, s, each, context, err);
}

/* So many entries of a kind are read at a time: there may be millions. */
#define PAGE 256

struct page {
	ls_index_each *each;
	void *context;
	uint64_t next; /* place */
	size_t count;
};

static int tell_of_page(void *context, const struct ls_index_entry *entry)
{
	struct page *page = context;
	page->next = entry->place + 1;
	page->count++;
	return page->each(page->context, entry);
}

int ls_index_of_kind(struct ls_index *index, enum ls_cal_kind kind, uint64_t size,
		     ls_index_each *each, void *context, struct ls_error *err)
{
	struct page page = { .each = each, .context = context };
	int rc;
	do {
		sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_OF_KIND);
		if (!s)
			return ls_index_fail(index, SQLITE_CORRUPT, err);
		sqlite3_bind_int(s, 1, (int)kind);
		sqlite3_bind_int64(s, 2, (sqlite3_int64)page.next);
		sqlite3_bind_int64(s, 3, (sqlite3_int64)size);
		sqlite3_bind_int(s, 4, PAGE);
		page.count = 0;
		rc = tell(index, s, tell_of_page, &page, err);
	} while (rc == 0 && page.count == PAGE);
	return rc;
}

static int read_beat(struct ls_index *index, sqlite3_stmt *s, uint64_t *ret_place,
		     int64_t *ret_time, struct ls_error *err)
{
	int rc = sqlite3_step(s);
	if (rc == SQLITE_ROW) {
		*ret_place = (uint64_t)sqlite3_column_int64(s, 0);
		*ret_time = sqlite3_column_int64(s, 1);
	}
	sqlite3_reset(s);
	if (rc == SQLITE_DONE)
		return -ENOENT;
	return rc == SQLITE_ROW ? 0 : ls_index_fail(index, rc, err);
}

int ls_index_heartbeat_from(struct ls_index *index, uint64_t place, uint64_t *ret_place,
			    int64_t *ret_time, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_BEAT_FROM);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)place);
	return read_beat(index, s, ret_place, ret_time, err);
}

int ls_index_heartbeat_before(struct ls_index *index, uint64_t size, int64_t time,
			      uint64_t *ret_place, int64_t *ret_time, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_BEAT_BEFORE);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)size);
	sqlite3_bind_int64(s, 2, time);
	return read_beat(index, s, ret_place, ret_time, err);
}
