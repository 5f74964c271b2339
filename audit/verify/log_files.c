/* SPDX-License-Identifier: Apache-2.0 */
/* What else lies in log/: tiles of the past, and what nobody should have put there. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/log_internal.h"
#include "audit/verify/pool.h"
#include "audit/verify/share.h"
#include "lib/base/cleanup.h"

#define DEPTH_MAX 12 /* folders below log/: "tile", a level, x000 a few times, NNN.p */

struct files {
	struct ls_log *log;
	const char *folder; /* beneath the share, that is being listed */
	unsigned depth;
	struct ls_tile *past; /* narrower tiles to compare; owned */
	size_t count, capacity;
	struct ls_log_scratch *scratch;
};

static void unknown(struct files *f, const char *path, unsigned type)
{
	if (type == 0)
		ls_report_unable(f->log->report, LS_CHECK_LAYOUT, "log.unreadable", 0, path,
				 "it cannot be examined");
	else
		ls_report_fail(f->log->report, LS_CHECK_LAYOUT, "log.unknown", 0, path,
			       "labseal did not write this: %s that is no part of the log",
			       ls_kind_of_file(type));
}

static int remember(struct files *f, const struct ls_tile *tile)
{
	if (f->count == f->capacity) {
		size_t capacity = 2 * f->capacity + 64;
		struct ls_tile *past = realloc(f->past, capacity * sizeof(*past));
		if (!past)
			return -ENOMEM;
		f->past = past;
		f->capacity = capacity;
	}
	f->past[f->count++] = *tile;
	return 0;
}

/* A tile that says more than the checkpoint: sealing goes on, or the checkpoint is an old one. */
static void note_beyond(struct ls_log *log, const struct ls_tile *tile)
{
	unsigned shift = LS_TILE_HEIGHT * tile->level;
	uint64_t end = tile->index * LS_TILE_WIDTH + tile->width;
	if (tile->index > (UINT64_MAX >> shift >> LS_TILE_HEIGHT) - 1)
		end = UINT64_MAX;
	else
		end <<= shift;
	if (end > log->beyond)
		log->beyond = end;
}

static int tile_file(struct files *f, const char *path, unsigned type)
{
	struct ls_tile tile;
	const char *relative = path + strlen("log/");
	if (type != S_IFREG || ls_tile_path_parse(relative, strlen(relative), &tile, NULL) < 0) {
		unknown(f, path, type);
		return 0;
	}
	ls_report_pass(f->log->report, LS_CHECK_LAYOUT, 1);
	unsigned width = ls_tile_width(tile.level, tile.index, f->log->checkpoint.size);
	if (tile.width > width)
		note_beyond(f->log, &tile);
	return tile.width < width ? remember(f, &tile) : 0;
}

static int list(struct files *f, const char *path);

static int each(void *context, const char *name, unsigned type)
{
	struct files *f = context;
	char path[512];
	int n = snprintf(path, sizeof(path), "%s/%s", f->folder, name);
	if (f->depth == 1 && type == S_IFREG && strcmp(name, "checkpoint") == 0)
		return 0;
	if (f->depth == 1 && type == S_IFDIR && strcmp(name, "evidence") == 0)
		return 0; /* audit/verify/evidence.c looks into it */
	if (f->depth == 1 && type == S_IFDIR && strcmp(name, "witnessed") == 0)
		return 0; /* audit/verify/witnesses.c looks into it */
	bool is_folder = type == S_IFDIR && (f->depth > 1 || strcmp(name, "tile") == 0);
	if (is_folder && f->depth < DEPTH_MAX && n > 0 && (size_t)n < sizeof(path))
		return list(f, path);
	return tile_file(f, path, type);
}

static int list(struct files *f, const char *path)
{
	const char *before = f->folder;
	f->folder = path;
	f->depth++;
	int rc = ls_each_name(f->log->source, path, each, f);
	f->depth--;
	f->folder = before;
	if (rc == 0 || rc == -ENOMEM || rc == -ENOENT)
		return rc == -ENOMEM ? rc : 0;
	ls_report_unable(f->log->report, LS_CHECK_LAYOUT, "log.unreadable", 0, path,
			 "the folder cannot be listed: %s", strerror(-rc));
	return 0;
}

/* The bytes that a tile of the past must have: those of today's, cut. */
static const void *todays(const struct files *f, struct ls_log_scratch *s,
			  const struct ls_tile *tile, size_t *ret_size)
{
	const struct ls_log *log = f->log;
	*ret_size = (size_t)tile->width * LS_DIGEST_SIZE;
	if (tile->level > 0)
		return log->tree.level[LS_TILE_HEIGHT * (tile->level - 1)] +
		       tile->index * LS_TILE_WIDTH;
	struct ls_digest leaf;
	if (ls_log_leaf(log, s, tile->index * LS_TILE_WIDTH, &leaf) < 0)
		return NULL;
	return s->leaves.level[0];
}

static void compare(const struct files *f, struct ls_log_scratch *s, const struct ls_tile *tile)
{
	struct ls_log *log = f->log;
	char path[LS_LOG_PATH_SIZE];
	enum ls_check check = tile->entries ? LS_CHECK_ENTRIES : LS_CHECK_TILES;
	struct ls_read_result read = ls_share_read(log->source, ls_log_tile_path(tile, path),
						   &s->other);
	if (read.status == LS_READ_MISSING)
		return; /* one of the past may go at any time */
	if (read.status != LS_READ_OK) {
		ls_read_report(log->report, check, tile->entries ? "log.entries" : "log.tile", 0,
			       path, &read);
		return;
	}
	struct ls_digest hashed[LS_TILE_WIDTH];
	size_t size;
	const void *wanted = todays(f, s, tile, &size);
	const void *seen = s->other.data;
	if (!wanted)
		return; /* what today's should be is not known, and that is said elsewhere */
	bool good = s->other.size == size;
	if (tile->entries) {
		good = ls_log_hash_bundle(&s->hash, &s->other, tile->width, hashed, NULL) == 0;
		seen = hashed;
	}
	if (good && memcmp(seen, wanted, size) == 0)
		ls_report_pass(log->report, LS_CHECK_TILES, 1);
	else
		ls_report_fail(log->report, check,
			       tile->entries ? "log.entries.altered" : "log.tile.altered", 0, path,
			       "it is no beginning of what the log holds there");
}

static void compare_some(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	const struct files *f = context;
	for (uint64_t i = first; i < end; i++)
		compare(f, &f->scratch[worker], &f->past[i]);
}

static int by_index(const void *left, const void *right)
{
	const struct ls_tile *a = left, *b = right;
	if (a->index != b->index)
		return a->index < b->index ? -1 : 1;
	return (int)a->width - (int)b->width;
}

static int compare_past(struct files *f, unsigned threads)
{
	f->scratch = calloc(threads, sizeof(*f->scratch));
	if (!f->scratch)
		return -ENOMEM;
	qsort(f->past, f->count, sizeof(*f->past), by_index);
	for (unsigned i = 0; i < threads; i++)
		ls_log_scratch_init(&f->scratch[i]);
	ls_pool_run(threads, f->count, 64, compare_some, f);
	for (unsigned i = 0; i < threads; i++)
		ls_log_scratch_free(&f->scratch[i]);
	free(f->scratch);
	return 0;
}

int ls_log_check_files(struct ls_log *log, unsigned threads)
{
	struct files f = { .log = log };
	int rc = list(&f, "log");
	if (rc == 0 && log->have_tree && f.count > 0)
		rc = compare_past(&f, threads);
	free(f.past);
	return rc;
}
