/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of the index in memory, for who goes through all devices: ids are hashes, so that the next
 * device's row, or its standard's, is on another page of the file, which costs as much as all else
 * that is asked of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/registry/index_internal.h"

#define KEY_BITS   63
#define ROWS_RANGE 8  /* rows of a range of keys, at most twice as many where keys are even */
#define ROWS_FEW   32 /* that are sorted by insertion: more are where keys are not even */

static void forget(struct ls_index_table *t)
{
	free(t->rows);
	free(t->ranges);
	*t = (struct ls_index_table){ .most = t->most };
}

void ls_index_forget_tables(struct ls_index *index)
{
	for (size_t i = 0; i < LS_INDEX_TABLES; i++)
		forget(&index->tables[i]);
}

/* --- reading one --------------------------------------------------------------------------- */

static int keep(struct ls_index_table *t, sqlite3_int64 key, sqlite3_int64 place)
{
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : LS_INDEX_TABLE_FROM;
		struct ls_index_row *rows = reallocarray(t->rows, room, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		t->rows = rows;
		t->room = room;
	}
	t->rows[t->count++] = (struct ls_index_row){ (uint64_t)key, (uint64_t)place };
	return 0;
}

/* A row's key, from an entry's id or as it is; -1: it has none, and nobody can ask for it. */
static sqlite3_int64 key_of(sqlite3_stmt *s)
{
	struct ls_digest id;
	if (sqlite3_column_type(s, 0) != SQLITE_BLOB)
		return sqlite3_column_int64(s, 0);
	if (sqlite3_column_bytes(s, 0) != LS_DIGEST_SIZE)
		return -1;
	memcpy(id.bytes, sqlite3_column_blob(s, 0), LS_DIGEST_SIZE);
	return ls_index_key(&id);
}

static void read_rows(struct ls_index_table *t, sqlite3_stmt *s, int *rc)
{
	size_t most = t->most ? t->most : LS_INDEX_TABLE_MAX;
	while ((*rc = sqlite3_step(s)) == SQLITE_ROW) {
		sqlite3_int64 key = key_of(s), place = sqlite3_column_int64(s, 1);
		if (key >= 0 && place >= 0 && (t->count == most || keep(t, key, place) < 0))
			return;
	}
}

static size_t range_of(const struct ls_index_table *t, uint64_t key)
{
	return (size_t)(key >> t->shift);
}

static int compare_rows(const void *a, const void *b)
{
	const struct ls_index_row *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

static void sort_few(struct ls_index_row *rows, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct ls_index_row row = rows[i];
		size_t at = i;
		for (; at > 0 && compare_rows(&row, &rows[at - 1]) < 0; at--)
			rows[at] = rows[at - 1];
		rows[at] = row;
	}
}

/* Each row to its range.  ends: where rows of a range are put next, which is its first row at the
 * beginning, and behind its last one at the end. */
static void share_out(const struct ls_index_table *t, uint32_t *ends, struct ls_index_row *rows)
{
	for (size_t i = 0; i < t->count; i++)
		rows[ends[range_of(t, t->rows[i].key)]++] = t->rows[i];
}

/* Rows by key, and where each range of keys begins: keys are the first bits of hashes, so that
 * ranges are of some rows each.  They are sorted with few cache misses, and so looked through. */
static int sort_rows(struct ls_index_table *t)
{
	t->shift = KEY_BITS;
	while ((t->count >> (KEY_BITS - t->shift)) > ROWS_RANGE)
		t->shift--;
	size_t ranges = (size_t)1 << (KEY_BITS - t->shift);
	struct ls_index_row *rows = reallocarray(NULL, t->count + 1, sizeof(*rows));
	t->ranges = calloc(ranges + 2, sizeof(*t->ranges));
	if (!rows || !t->ranges) {
		free(rows);
		return -ENOMEM;
	}
	for (size_t i = 0; i < t->count; i++)
		t->ranges[range_of(t, t->rows[i].key) + 2]++;
	for (size_t i = 2; i < ranges + 2; i++)
		t->ranges[i] += t->ranges[i - 1];
	share_out(t, t->ranges + 1, rows);
	free(t->rows);
	t->rows = rows;
	for (size_t i = 0; i < ranges; i++) {
		size_t first = t->ranges[i], count = t->ranges[i + 1] - first;
		if (count <= ROWS_FEW)
			sort_few(rows + first, count);
		else
			qsort(rows + first, count, sizeof(*rows), compare_rows);
	}
	return 0;
}

static int read_all(struct ls_index *index, enum ls_index_table_name name, uint64_t size,
		    struct ls_error *err)
{
	static const enum ls_index_statement STATEMENTS[LS_INDEX_TABLES] = {
		[LS_INDEX_TABLE_IDS] = LS_INDEX_ALL_IDS,
		[LS_INDEX_TABLE_REPORTS] = LS_INDEX_ALL_REPORTS,
	};
	struct ls_index_table *t = &index->tables[name];
	sqlite3_stmt *s = ls_index_statement(index, STATEMENTS[name]);
	int rc;
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)size);
	read_rows(t, s, &rc);
	sqlite3_reset(s);
	if (rc == SQLITE_DONE && sort_rows(t) == 0) {
		t->size = size;
		return 0;
	}
	forget(t);
	t->too_many = true;
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : ls_index_fail(index, rc, err);
}

static bool is_wanted(const struct ls_index_table *t, uint64_t size)
{
	return !t->too_many && t->asked >= LS_INDEX_TABLE_FROM &&
	       t->asked >= size / LS_INDEX_TABLE_SHARE;
}

int ls_index_has_table(struct ls_index *index, enum ls_index_table_name name, uint64_t size,
		       struct ls_error *err)
{
	struct ls_index_table *t = &index->tables[name];
	t->asked++;
	int rc = t->size == 0 && is_wanted(t, size) ? read_all(index, name, size, err) : 0;
	return rc < 0 ? rc : t->size > 0 && size <= t->size;
}

/* --- looking things up in it --------------------------------------------------------------- */

/* The first of a key's rows, or where they would be. */
static size_t first_of(const struct ls_index_table *t, uint64_t key)
{
	size_t range = range_of(t, key), low = t->ranges[range], high = t->ranges[range + 1];
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (t->rows[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* An entry whose id has another key by now is none of these, as it is not with SQLite. */
static bool is_of(enum ls_index_table_name name, uint64_t key, const struct ls_index_entry *entry)
{
	return name != LS_INDEX_TABLE_IDS || (uint64_t)ls_index_key(&entry->id) == key;
}

int ls_index_tell_table(struct ls_index *index, enum ls_index_table_name name,
			const struct ls_digest *digest, uint64_t size, ls_index_each *each,
			void *context, bool *ret_told, struct ls_error *err)
{
	const struct ls_index_table *t = &index->tables[name];
	uint64_t key = (uint64_t)ls_index_key(digest);
	int rc = 0;
	*ret_told = false;
	for (size_t i = first_of(t, key); rc == 0 && i < t->count && t->rows[i].key == key; i++) {
		struct ls_index_entry entry;
		if (t->rows[i].place >= size)
			break;
		rc = ls_index_entry(index, t->rows[i].place, &entry, err);
		if (rc == 0 && is_of(name, key, &entry)) {
			*ret_told = true;
			rc = each(context, &entry);
		} else if (rc == -ENOENT) {
			rc = 0; /* a row of no entry is none, as in a JOIN */
		}
	}
	return rc;
}
