/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of the index in memory, for who goes through all devices: ids are hashes, so that the next
 * device's row, or its standard's, is on another page of the file, which costs as much as all else
 * that is asked of it.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/search.h"
#include "lib/registry/index_internal.h"

#define KEY_BITS   63
#define ROWS_RANGE 8  /* rows of a range of keys, at most twice as many where keys are even */
#define BITS_FIRST 8  /* of ranges of which the next row's place is in the caches for each */
#define ROWS_FEW   32 /* that are sorted by insertion: more are where keys are not even */

static void forget_rows(struct ls_index_rows *r)
{
	free(r->rows);
	free(r->ranges);
	*r = (struct ls_index_rows){ .size = 0 };
}

/* Nobody else has it. */
static void forget(struct ls_index_table *t)
{
	forget_rows(&t->rows);
	atomic_store_explicit(&t->asked, 0, memory_order_relaxed);
	atomic_store_explicit(&t->state, LS_INDEX_NOT_READ, memory_order_relaxed);
}

void ls_index_forget_tables(struct ls_index *index)
{
	index->tables = &index->own;
	index->log = (struct ls_index_log){ .size = 0 };
	for (size_t i = 0; i < LS_INDEX_TABLES; i++)
		forget(&index->own.tables[i]);
}

struct ls_index_tables *ls_index_tables_new(void)
{
	return calloc(1, sizeof(struct ls_index_tables));
}

void ls_index_tables_free(struct ls_index_tables *tables)
{
	for (size_t i = 0; tables && i < LS_INDEX_TABLES; i++)
		forget(&tables->tables[i]);
	free(tables);
}

void ls_index_tables_expect(struct ls_index_tables *tables, uint64_t lookups)
{
	for (size_t i = 0; i < LS_INDEX_TABLES; i++)
		atomic_fetch_add_explicit(&tables->tables[i].asked, lookups, memory_order_relaxed);
}

void ls_index_share(struct ls_index *index, struct ls_index_tables *tables,
		    const struct ls_checkpoint *log)
{
	ls_index_forget_tables(index);
	index->tables = tables;
	index->log = (struct ls_index_log){ log->size, log->root };
}

/* --- reading one --------------------------------------------------------------------------- */

static int grow(struct ls_index_rows *r)
{
	size_t room = r->room ? 2 * r->room : LS_INDEX_TABLE_FROM;
	struct ls_index_row *rows = reallocarray(r->rows, room, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	r->rows = rows;
	r->room = room;
	return 0;
}

static int keep(struct ls_index_rows *r, sqlite3_int64 key, sqlite3_int64 place)
{
	if (r->count == r->room && grow(r) < 0)
		return -ENOMEM;
	r->rows[r->count++] = (struct ls_index_row){ (uint64_t)key, (uint64_t)place };
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

static void read_rows(struct ls_index_rows *r, sqlite3_stmt *s, size_t most, int *rc)
{
	/* also those that are not kept count: a damaged file may have them without end */
	for (size_t seen = 0; (*rc = sqlite3_step(s)) == SQLITE_ROW; seen++) {
		sqlite3_int64 key = key_of(s), place = sqlite3_column_int64(s, 1);
		if (seen == most || (key >= 0 && place >= 0 && keep(r, key, place) < 0))
			return;
	}
}

static size_t range_of(const struct ls_index_rows *r, uint64_t key)
{
	return (size_t)(key >> r->shift);
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

/* Rows in the order of their ranges, in place, and each range's first row, and an end.  A range is
 * what shift leaves of a key. */
static int share_out(struct ls_index_row *rows, size_t count, unsigned shift, uint32_t *ranges)
{
	size_t n = (size_t)1 << (KEY_BITS - shift);
	_cleanup_free_ uint32_t *ends = reallocarray(NULL, n, sizeof(*ends));
	if (!ends)
		return -ENOMEM;
	memset(ranges, 0, (n + 1) * sizeof(*ranges));
	for (size_t i = 0; i < count; i++)
		ranges[(rows[i].key >> shift) + 1]++;
	for (size_t i = 1; i <= n; i++)
		ranges[i] += ranges[i - 1];
	memcpy(ends, ranges, n * sizeof(*ends)); /* where rows of a range are put next */
	for (size_t i = 0; i < n; i++)
		while (ends[i] < ranges[i + 1]) {
			struct ls_index_row *from = &rows[ends[i]], row = *from;
			struct ls_index_row *to = &rows[ends[row.key >> shift]++];
			*from = *to;
			*to = row;
		}
	return 0;
}

static void sort_range(struct ls_index_row *rows, size_t count)
{
	if (count <= ROWS_FEW)
		sort_few(rows, count);
	else
		qsort(rows, count, sizeof(*rows), compare_rows);
}

/* Rows by key, and where each range of keys begins: keys are the first bits of hashes, so that
 * ranges are of some rows each, and a key is found with few cache misses.  Large ranges first: rows
 * that are put anywhere at once miss the caches. */
static int sort_rows(struct ls_index_rows *r)
{
	r->shift = KEY_BITS;
	while ((r->count >> (KEY_BITS - r->shift)) > ROWS_RANGE)
		r->shift--;
	size_t ranges = (size_t)1 << (KEY_BITS - r->shift);
	r->ranges = reallocarray(NULL, ranges + 1, sizeof(*r->ranges));
	if (!r->ranges)
		return -ENOMEM;
	if (KEY_BITS - r->shift > BITS_FIRST &&
	    share_out(r->rows, r->count, KEY_BITS - BITS_FIRST, r->ranges) < 0)
		return -ENOMEM;
	if (share_out(r->rows, r->count, r->shift, r->ranges) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < ranges; i++)
		sort_range(r->rows + r->ranges[i], r->ranges[i + 1] - r->ranges[i]);
	return 0;
}

static int read_all(struct ls_index *index, enum ls_index_table_name name, struct ls_index_rows *r,
		    struct ls_error *err)
{
	static const enum ls_index_statement STATEMENTS[LS_INDEX_TABLES] = {
		[LS_INDEX_TABLE_IDS] = LS_INDEX_ALL_IDS,
		[LS_INDEX_TABLE_REPORTS] = LS_INDEX_ALL_REPORTS,
	};
	size_t most = index->tables->tables[name].most;
	sqlite3_stmt *s = ls_index_statement(index, STATEMENTS[name]);
	int rc;
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	if (grow(r) < 0)
		return -ENOMEM;
	sqlite3_bind_int64(s, 1, (sqlite3_int64)r->size);
	read_rows(r, s, most ? most : LS_INDEX_TABLE_MAX, &rc);
	sqlite3_reset(s);
	if (rc == SQLITE_DONE)
		return sort_rows(r);
	return rc == SQLITE_ROW ? -ENOMEM : ls_index_fail(index, rc, err);
}

/* Of all of the log, where it is known how large it is: others may ask for more than this one. */
static int make(struct ls_index *index, enum ls_index_table_name name, uint64_t size,
		struct ls_error *err)
{
	struct ls_index_table *t = &index->tables->tables[name];
	bool shared = index->tables != &index->own;
	t->rows = (struct ls_index_rows){ .size = shared ? index->log.size : size,
					  .root = index->log.root };
	int rc = read_all(index, name, &t->rows, err);
	if (rc < 0) {
		forget_rows(&t->rows);
		atomic_store_explicit(&t->state, LS_INDEX_GIVEN_UP, memory_order_relaxed);
		return rc == -ENOMEM ? 0 : rc; /* SQLite needs less */
	}
	atomic_store_explicit(&t->state, LS_INDEX_READ, memory_order_release);
	return 0;
}

/* To be read, and by this one. */
static bool is_mine_to_make(struct ls_index_table *t, uint64_t size)
{
	int state = LS_INDEX_NOT_READ;
	uint64_t asked = 1 + atomic_fetch_add_explicit(&t->asked, 1, memory_order_relaxed);
	return asked >= LS_INDEX_TABLE_FROM && asked >= size / LS_INDEX_TABLE_SHARE &&
	       atomic_compare_exchange_strong(&t->state, &state, LS_INDEX_BEING_READ);
}

int ls_index_has_table(struct ls_index *index, enum ls_index_table_name name, uint64_t size,
		       struct ls_error *err)
{
	struct ls_index_table *t = &index->tables->tables[name];
	int state = atomic_load_explicit(&t->state, memory_order_acquire);
	if (state == LS_INDEX_NOT_READ && is_mine_to_make(t, size)) {
		int rc = make(index, name, size, err);
		if (rc < 0)
			return rc;
		state = atomic_load_explicit(&t->state, memory_order_relaxed);
	}
	return state == LS_INDEX_READ && size <= t->rows.size &&
	       ls_digest_equal(&t->rows.root, &index->log.root);
}

/* --- looking things up in it --------------------------------------------------------------- */

static int compare_key(const void *row, const void *wanted)
{
	uint64_t key = ((const struct ls_index_row *)row)->key, other = *(const uint64_t *)wanted;
	return key < other ? -1 : key > other;
}

/* The first of a key's rows, or where they would be. */
static size_t first_of(const struct ls_index_rows *r, uint64_t key)
{
	size_t range = range_of(r, key), first = r->ranges[range];
	return first + ls_lower_bound(&key, r->rows + first, r->ranges[range + 1] - first,
				      sizeof(*r->rows), compare_key);
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
	const struct ls_index_rows *r = &index->tables->tables[name].rows;
	uint64_t key = (uint64_t)ls_index_key(digest);
	int rc = 0;
	*ret_told = false;
	for (size_t i = first_of(r, key); rc == 0 && i < r->count && r->rows[i].key == key; i++) {
		struct ls_index_entry entry;
		if (r->rows[i].place >= size)
			break;
		rc = ls_index_entry(index, r->rows[i].place, &entry, err);
		if (rc == 0 && is_of(name, key, &entry)) {
			*ret_told = true;
			rc = each(context, &entry);
		} else if (rc == -ENOENT) {
			rc = 0; /* a row of no entry is none, as in a JOIN */
		}
	}
	return rc;
}
