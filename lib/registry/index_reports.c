/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reports of a device, for who goes through all devices: ids are hashes, so that the next
 * device's row is on another page of the index, which costs as much as all else that is asked of
 * it.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/registry/index_internal.h"

void ls_index_forget_reports(struct ls_index *index)
{
	free(index->reports.rows);
	index->reports = (struct ls_index_reports){ .most = index->reports.most };
}

static int keep(struct ls_index_reports *r, sqlite3_int64 key, sqlite3_int64 place)
{
	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : LS_INDEX_REPORTS_FROM;
		struct ls_index_report *rows = reallocarray(r->rows, room, sizeof(*rows));
		if (!rows)
			return -ENOMEM;
		r->rows = rows;
		r->room = room;
	}
	r->rows[r->count++] = (struct ls_index_report){ key, (uint64_t)place };
	return 0;
}

static void read_rows(struct ls_index_reports *r, sqlite3_stmt *s, int *rc)
{
	size_t most = r->most ? r->most : LS_INDEX_REPORTS_MAX;
	while ((*rc = sqlite3_step(s)) == SQLITE_ROW)
		if (r->count == most ||
		    keep(r, sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1)) < 0)
			return;
}

static int read_all(struct ls_index *index, uint64_t size, struct ls_error *err)
{
	struct ls_index_reports *r = &index->reports;
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_ALL_REPORTS);
	int rc;
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_int64(s, 1, (sqlite3_int64)size);
	read_rows(r, s, &rc);
	sqlite3_reset(s);
	if (rc == SQLITE_DONE) {
		r->size = size;
		return 0;
	}
	ls_index_forget_reports(index);
	r->too_many = true;
	return rc == SQLITE_ROW ? 0 : ls_index_fail(index, rc, err);
}

/* The first of a key's rows, or where they would be. */
static size_t first_of(const struct ls_index_reports *r, sqlite3_int64 key)
{
	size_t low = 0, high = r->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (r->rows[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool is_wanted(const struct ls_index_reports *r, uint64_t size)
{
	return !r->too_many && r->asked >= LS_INDEX_REPORTS_FROM &&
	       r->asked >= size / LS_INDEX_REPORTS_SHARE;
}

int ls_index_has_reports(struct ls_index *index, uint64_t size, struct ls_error *err)
{
	struct ls_index_reports *r = &index->reports;
	r->asked++;
	int rc = r->size == 0 && is_wanted(r, size) ? read_all(index, size, err) : 0;
	return rc < 0 ? rc : r->size > 0 && size <= r->size;
}

int ls_index_tell_reports(struct ls_index *index, const struct ls_digest *device, uint64_t size,
			  ls_index_each *each, void *context, struct ls_error *err)
{
	const struct ls_index_reports *r = &index->reports;
	sqlite3_int64 key = ls_index_key(device);
	int rc = 0;
	for (size_t i = first_of(r, key); rc == 0 && i < r->count && r->rows[i].key == key; i++) {
		struct ls_index_entry entry;
		if (r->rows[i].place >= size)
			break;
		rc = ls_index_entry(index, r->rows[i].place, &entry, err);
		if (rc == 0)
			rc = each(context, &entry);
		else if (rc == -ENOENT)
			rc = 0; /* a row of no entry is none, as in a JOIN */
	}
	return rc;
}
