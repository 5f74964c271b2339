/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/publish/place.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

/* A thousand seals: their folders while the share is read, then their rows. */
struct row {
	struct ls_item item; /* seal 0: none */
	struct ls_index_row index;
	bool has_report; /* and the row says so */
};

struct rows {
	uint64_t
		first; /* the seals from first on, at most LS_INDEX_ROWS; row of seal n: n % ROWS */
	struct row row[LS_INDEX_ROWS];
};

struct ls_catalog {
	int share; /* borrowed */
	uint64_t size;
	uint64_t pages; /* full thousands whose page is known to be there */
	uint64_t stale; /* one of them whose page may lack a report that is there by now; 0: none */
	struct ls_index_state state;
	struct rows newest;
	/* a ring of the newest keys */
	struct ls_digest keys[LS_RECENT_MAX];
	uint64_t key_seals[LS_RECENT_MAX];
	uint64_t key_count; /* ever added */
};

static void free_rows(struct rows *rows)
{
	for (size_t i = 0; i < LS_INDEX_ROWS; i++)
		ls_index_row_free(&rows->row[i].index);
}

/* --- keys ---------------------------------------------------------------------- */

static void add_key(struct ls_catalog *c, const struct ls_digest *key, uint64_t seal)
{
	size_t place = c->key_count++ % LS_RECENT_MAX;
	c->keys[place] = *key;
	c->key_seals[place] = seal;
}

static void add_keys(struct ls_catalog *c, const struct ls_record *record)
{
	if (record->kind == LS_SEAL_EVENT) {
		add_key(c, &record->event_key, record->seal);
		return;
	}
	struct ls_delivery_key key;
	if (ls_hex_decode(record->session, strlen(record->session), key.session) < 0 ||
	    strlen(record->session) != 2 * sizeof(key.session))
		return;
	for (size_t i = 0; i < record->count; i++) {
		struct ls_digest digest;
		key.number = record->files[i].number;
		key.sha256 = record->files[i].sha256;
		ls_delivery_key_digest(&key, &digest);
		add_key(c, &digest, record->seal);
	}
}

void ls_catalog_recent(const struct ls_catalog *c, struct ls_resume *ret_resume)
{
	uint64_t first = c->key_count > LS_RECENT_MAX ? c->key_count - LS_RECENT_MAX : 0;
	ret_resume->recent_count = (uint32_t)(c->key_count - first);
	for (uint64_t i = first; i < c->key_count; i++) {
		ret_resume->recent[i - first] = c->keys[i % LS_RECENT_MAX];
		ret_resume->recent_seals[i - first] = c->key_seals[i % LS_RECENT_MAX];
	}
}

/* --- counts and rows ----------------------------------------------------------- */

static void count_item(struct ls_index_state *s, const struct ls_item *item)
{
	s->seals++;
	if (!item->is_event) {
		s->results += ls_results_count(item->label);
		return;
	}
	s->events++;
	if (strcmp(item->label, "gap") == 0)
		s->gaps++;
	if (strcmp(item->label, "refused") == 0)
		s->refused++;
}

/* What the newest records say about the instrument's state. */
static void note_state(struct ls_index_state *s, const struct ls_record *r)
{
	memcpy(s->instrument, r->instrument, sizeof(s->instrument));
	s->key_kind = r->key_kind;
	s->development = r->development;
	s->last = r->received / 1000;
	s->calibration = r->calibration.verdict;
	s->calibration_due = r->calibration.due / 1000;
	if (strcmp(r->event, "vm-start") == 0 || strcmp(r->event, "vm-stop") == 0 ||
	    strcmp(r->event, "drift") == 0) {
		memcpy(s->vm, r->event, sizeof(s->vm));
		s->vm_since = s->last;
	}
}

/* Reports are made after their seals, so each row is looked at until it has one. */
static bool has_report(int share_fd, const struct ls_item *item)
{
	char folder[LS_ITEM_PATH_SIZE], path[LS_ITEM_PATH_SIZE + sizeof(LS_FILE_REPORT)];
	snprintf(path, sizeof(path), "%s/" LS_FILE_REPORT, ls_item_path(item, folder));
	return !item->is_event && faccessat(share_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static int fill_row(int share_fd, struct row *row, const struct ls_item *item,
		    const struct ls_record *record, struct ls_error *err)
{
	row->item = *item;
	row->has_report = has_report(share_fd, item);
	int rc = ls_index_row(item, record, row->has_report, &row->index);
	if (rc == 0)
		return 0;
	ls_index_row_free(&row->index);
	return ls_fail(err, rc, "catalog.row", "cannot make the row of seal %llu",
		       (unsigned long long)item->seal);
}

int ls_catalog_add(struct ls_catalog *c, const struct ls_item *item, const void *record,
		   size_t size, struct ls_error *err)
{
	_cleanup_record_ struct ls_record r = { 0 };
	c->size = item->seal;
	ls_index_row_free(&c->newest.row[item->seal % LS_INDEX_ROWS].index);
	count_item(&c->state, item);
	int rc = ls_record_parse(record, size, &r, err);
	if (rc < 0)
		return rc;
	add_keys(c, &r);
	note_state(&c->state, &r);
	c->newest.first = item->seal > LS_INDEX_ROWS ? item->seal - LS_INDEX_ROWS + 1 : 1;
	return fill_row(c->share, &c->newest.row[item->seal % LS_INDEX_ROWS], item, &r, err);
}

/* --- reading a share ----------------------------------------------------------- */

struct load {
	struct ls_catalog *catalog; /* NULL: rows only */
	struct rows *rows;
	uint64_t last;
	struct ls_item
		*newest; /* the last LS_RECENT_MAX seals; seal n: n % that; NULL: not wanted */
};

static int take_item(void *context, const struct ls_item *item)
{
	struct load *l = context;
	if (l->catalog)
		count_item(&l->catalog->state, item);
	if (item->seal >= l->rows->first && item->seal <= l->last)
		l->rows->row[item->seal % LS_INDEX_ROWS].item = *item;
	if (l->newest && item->seal + LS_RECENT_MAX > l->last && item->seal <= l->last)
		l->newest[item->seal % LS_RECENT_MAX] = *item;
	return 0;
}

static int read_record(int share_fd, const struct ls_item *item, struct ls_record *ret_record,
		       struct ls_error *err)
{
	char folder[LS_ITEM_PATH_SIZE], path[LS_ITEM_PATH_SIZE + 16];
	snprintf(path, sizeof(path), "%s/%s", ls_item_path(item, folder), LS_FILE_RECORD);
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_RECORD_SIZE_MAX);
	int rc = ls_file_read(share_fd, path, &bytes, err);
	return rc == 0 ? ls_record_parse(bytes.data, bytes.size, ret_record, err) : rc;
}

/*
 * The keys of seals that have no row: as many as LS_RECENT_MAX asks for.  A folder's label
 * tells how many it holds, so no more records are read than needed.
 */
static void load_older_keys(int share_fd, const struct load *l)
{
	uint64_t keys = 0, seal = l->last;
	while (seal > 0 && keys < LS_RECENT_MAX) {
		const struct ls_item *item = &l->newest[seal % LS_RECENT_MAX];
		keys += item->is_event ? 1 : ls_results_count(item->label);
		seal--;
	}
	while (++seal < l->rows->first) {
		const struct ls_item *item = &l->newest[seal % LS_RECENT_MAX];
		_cleanup_record_ struct ls_record record = { 0 };
		if (item->seal == seal && read_record(share_fd, item, &record, NULL) == 0)
			add_keys(l->catalog, &record);
	}
}

/* One row from its record; what cannot be read costs the row and no more. */
static bool load_row(int share_fd, const struct load *l, uint64_t seal)
{
	struct row *row = &l->rows->row[seal % LS_INDEX_ROWS];
	_cleanup_record_ struct ls_record record = { 0 };
	if (row->item.seal != seal || read_record(share_fd, &row->item, &record, NULL) < 0)
		return false;
	if (l->catalog) {
		add_keys(l->catalog, &record);
		note_state(&l->catalog->state, &record);
	}
	struct ls_item item = row->item;
	return fill_row(share_fd, row, &item, &record, NULL) == 0;
}

static int load_rows(int share_fd, const struct load *l, uint64_t *ret_missing,
		     struct ls_error *err)
{
	int rc = ls_item_walk(share_fd, take_item, (void *)l, err);
	if (rc < 0)
		return rc;
	if (l->newest)
		load_older_keys(share_fd, l);
	uint64_t missing = 0;
	for (uint64_t seal = l->rows->first; seal <= l->last; seal++)
		missing += !load_row(share_fd, l, seal);
	*ret_missing = missing;
	return 0;
}

int ls_catalog_load(int share_fd, uint64_t size, struct ls_catalog **ret_catalog,
		    uint64_t *ret_missing, struct ls_error *err)
{
	_cleanup_catalog_ struct ls_catalog *c = calloc(1, sizeof(*c));
	if (!c)
		return ls_fail(err, -ENOMEM, "catalog.memory", "out of memory for the catalog");
	c->share = share_fd;
	c->size = size;
	c->newest.first = size > LS_INDEX_ROWS ? size - LS_INDEX_ROWS + 1 : 1;
	_cleanup_free_ struct ls_item *newest = calloc(LS_RECENT_MAX, sizeof(*newest));
	if (!newest)
		return ls_fail(err, -ENOMEM, "catalog.memory", "out of memory for the catalog");
	struct load l = { .catalog = c, .rows = &c->newest, .last = size, .newest = newest };
	int rc = load_rows(share_fd, &l, ret_missing, err);
	c->stale = size / LS_INDEX_ROWS; /* reports may have been made while nobody looked */
	if (rc == 0)
		*ret_catalog = ls_steal_ptr(&c);
	return rc;
}

void ls_catalog_free(struct ls_catalog *c)
{
	if (!c)
		return;
	free_rows(&c->newest);
	free(c);
}

int64_t ls_catalog_last_received(const struct ls_catalog *c)
{
	return c->state.last;
}

void ls_catalog_set_instrument(struct ls_catalog *c, const char *instrument)
{
	if (c->state.instrument[0] == '\0')
		snprintf(c->state.instrument, sizeof(c->state.instrument), "%s", instrument);
}

void ls_catalog_set_trust_copies(struct ls_catalog *c, bool there)
{
	c->state.has_trust_copies = there;
}

/* --- pages --------------------------------------------------------------------- */

static int write_page(struct ls_catalog *c, const struct rows *rows, uint64_t last, uint64_t block,
		      struct ls_error *err)
{
	const struct ls_index_row *newest_first[LS_INDEX_ROWS];
	size_t count = 0;
	for (uint64_t seal = last; seal >= rows->first && seal > 0; seal--)
		newest_first[count++] = &rows->row[seal % LS_INDEX_ROWS].index;
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, LS_INDEX_SIZE_MAX);
	int rc = ls_index_page(&c->state, newest_first, count, block, &page);
	if (rc < 0)
		return ls_fail(err, rc, "catalog.page", "cannot make a page of the index");
	char path[LS_INDEX_PATH_SIZE] = "index.html";
	if (block)
		ls_index_path(block, path);
	return ls_place_replace(c->share, path, page.data, page.size, err);
}

static int write_full_page(struct ls_catalog *c, uint64_t block, struct ls_error *err)
{
	uint64_t last = block * LS_INDEX_ROWS, missing;
	if (last == c->size)
		return write_page(c, &c->newest, last, block, err);
	struct rows *rows = calloc(1, sizeof(*rows));
	if (!rows)
		return ls_fail(err, -ENOMEM, "catalog.memory", "out of memory for a page");
	rows->first = last - LS_INDEX_ROWS + 1;
	struct load l = { .rows = rows, .last = last };
	int rc = load_rows(c->share, &l, &missing, err);
	if (rc == 0)
		rc = write_page(c, rows, last, block, err);
	free_rows(rows);
	free(rows);
	return rc;
}

/* Rows whose reports were made since, and the full thousand that they are in. */
static void note_reports(struct ls_catalog *c)
{
	struct load l = { .rows = &c->newest };
	for (uint64_t seal = c->newest.first; seal <= c->size; seal++) {
		const struct row *row = &c->newest.row[seal % LS_INDEX_ROWS];
		uint64_t block = (seal - 1) / LS_INDEX_ROWS + 1;
		if (row->index.seal != seal || row->has_report || !has_report(c->share, &row->item))
			continue;
		if (load_row(c->share, &l, seal) && block <= c->pages)
			c->stale = block;
	}
}

static int write_stale_page(struct ls_catalog *c, struct ls_error *err)
{
	if (c->stale == 0 || c->stale > c->pages)
		return 0;
	int rc = write_full_page(c, c->stale, err);
	if (rc == 0)
		c->stale = 0;
	return rc;
}

bool ls_catalog_wants_pages(const struct ls_catalog *c)
{
	return c->pages < c->size / LS_INDEX_ROWS;
}

/* Full thousands never change, but for reports, so their pages are written once; at most one in a
 * call. */
static int write_full_pages(struct ls_catalog *c, struct ls_error *err)
{
	bool written = false;
	int rc = ls_catalog_wants_pages(c)
			 ? ls_make_dirs(c->share, "index", LS_PLACE_FOLDER_MODE, err)
			 : 0;
	while (rc == 0 && !written && ls_catalog_wants_pages(c)) {
		char path[LS_INDEX_PATH_SIZE];
		ls_index_path(c->pages + 1, path);
		written = faccessat(c->share, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
		if (written)
			rc = write_full_page(c, c->pages + 1, err);
		if (rc == 0)
			c->pages++;
	}
	return rc;
}

int ls_catalog_write_pages(struct ls_catalog *c, struct ls_error *err)
{
	note_reports(c);
	int rc = write_full_pages(c, err);
	if (rc == 0)
		rc = write_stale_page(c, err);
	return rc == 0 ? write_page(c, &c->newest, c->size, 0, err) : rc;
}
