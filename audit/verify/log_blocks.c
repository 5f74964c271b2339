/* SPDX-License-Identifier: Apache-2.0 */
/* The log's entries and its tiles of level 0, block by block, on all processors. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify/entry.h"
#include "audit/verify/log_internal.h"
#include "audit/verify/pool.h"
#include "lib/base/cleanup.h"

#define WINDOW	  1024 /* blocks between two looks at whether the log goes on at all */
#define NAMED_MAX 16   /* missing blocks at the end that are named one by one */

struct pass {
	struct ls_log *log;
	struct ls_log_scratch *scratch; /* one for each thread */
	uint64_t first;			/* of the window */
	uint64_t size;			/* of the log */
	bool out_of_memory;
};

/* One block while it is looked at. */
struct look {
	struct pass *pass;
	struct ls_log_scratch *scratch;
	uint64_t index;
	unsigned width;
	bool have_entries, have_tile;
	struct ls_digest from_entries[LS_TILE_WIDTH], from_tile[LS_TILE_WIDTH];
};

static void check_entry(struct look *l, unsigned i, const uint8_t *bytes, size_t n,
			const char *path, int64_t *last)
{
	struct ls_log *log = l->pass->log;
	uint64_t seal = l->index * LS_TILE_WIDTH + i + 1;
	struct ls_entry_head head;
	struct ls_error err = { 0 };
	if (ls_entry_head_parse(bytes, n, &head, &err) < 0) {
		ls_report_fail(log->report, LS_CHECK_ENTRIES, "log.entry.malformed", seal, path,
			       "entry %" PRIu64 " is no manifest: %s", seal - 1, err.message);
		return;
	}
	if (head.seal != seal)
		ls_report_fail(log->report, LS_CHECK_ENTRIES, "log.entry.seal", seal, path,
			       "entry %" PRIu64 " is the manifest of seal %" PRIu64
			       ", not of seal %" PRIu64,
			       seal - 1, head.seal, seal);
	else if (log->instrument[0] && strcmp(head.instrument, log->instrument) != 0)
		ls_report_fail(log->report, LS_CHECK_ENTRIES, "log.entry.instrument", seal, path,
			       "entry %" PRIu64 " is of instrument '%s', not of '%s'", seal - 1,
			       head.instrument, log->instrument);
	else
		ls_report_pass(log->report, LS_CHECK_ENTRIES, 1);
	if (head.received < *last)
		ls_report_warn(log->report, "log.time.backwards", seal, path,
			       "it was received %" PRId64 " s before the seal before it: the "
			       "host's clock went back",
			       *last - head.received);
	*last = head.received;
	if (i == 0)
		l->pass->log->blocks[l->index].first = head.received;
	l->pass->log->blocks[l->index].last = head.received;
	if (seal == 1)
		log->first_received = head.received;
	if (seal == l->pass->size)
		log->last_received = head.received;
}

static void check_entries(struct look *l, const char *path)
{
	struct ls_reader r;
	const struct ls_buffer *b = &l->scratch->bytes;
	ls_reader_init(&r, b->data, b->size);
	const uint8_t *entry;
	size_t n;
	int64_t last = INT64_MIN;
	for (unsigned i = 0; i < l->width && ls_bundle_next(&r, &entry, &n) == 0; i++)
		check_entry(l, i, entry, n, path, &last);
}

static void look_at_entries(struct look *l)
{
	struct ls_log *log = l->pass->log;
	struct ls_tile tile = { .entries = true, .index = l->index, .width = l->width };
	char path[LS_LOG_PATH_SIZE];
	struct ls_read_result read = ls_log_read_tile(log, &tile, &l->scratch->bytes, path);
	uint64_t seal = l->index * LS_TILE_WIDTH + 1;
	log->blocks[l->index].no_entries = read.status == LS_READ_MISSING;
	if (read.status != LS_READ_OK) {
		if (read.status != LS_READ_MISSING)
			ls_read_report(log->report, LS_CHECK_ENTRIES, "log.entries", seal, path,
				       &read);
		return;
	}
	struct ls_error err = { 0 };
	int rc = ls_log_hash_bundle(&l->scratch->hash, &l->scratch->bytes, l->width,
				    l->from_entries, &err);
	if (rc == -EBADMSG)
		ls_report_fail(log->report, LS_CHECK_ENTRIES, err.id, seal, path, "%s",
			       err.message);
	else if (rc < 0)
		l->pass->out_of_memory = true;
	l->have_entries = rc == 0;
	check_entries(l, path);
}

static void look_at_tile(struct look *l)
{
	struct ls_log *log = l->pass->log;
	struct ls_tile tile = { .index = l->index, .width = l->width };
	char path[LS_LOG_PATH_SIZE];
	struct ls_read_result read = ls_log_read_tile(log, &tile, &l->scratch->bytes, path);
	uint64_t seal = l->index * LS_TILE_WIDTH + 1;
	size_t size = (size_t)l->width * LS_DIGEST_SIZE;
	log->blocks[l->index].no_tile = read.status == LS_READ_MISSING;
	if (read.status != LS_READ_OK) {
		if (read.status != LS_READ_MISSING)
			ls_read_report(log->report, LS_CHECK_TILES, "log.tile", seal, path, &read);
		return;
	}
	if (l->scratch->bytes.size != size) {
		ls_report_fail(log->report, LS_CHECK_TILES, "log.tile.malformed", seal, path,
			       "it holds %zu bytes, not %zu", l->scratch->bytes.size, size);
		return;
	}
	memcpy(l->from_tile, l->scratch->bytes.data, size);
	l->have_tile = true;
}

static int root_of(struct look *l, const struct ls_digest *leaves, struct ls_digest *ret_root)
{
	struct ls_tree tree;
	int rc = ls_tree_build(&tree, &l->scratch->hash, leaves, l->width);
	if (rc == 0)
		rc = ls_tree_root(&tree, &l->scratch->hash, l->width, NULL, ret_root);
	ls_tree_free(&tree);
	return rc;
}

static void conclude(struct look *l, struct ls_block *block)
{
	if (!l->have_entries && !l->have_tile)
		return;
	const struct ls_digest *leaves = l->have_entries ? l->from_entries : l->from_tile;
	if (root_of(l, leaves, &block->hash) < 0) {
		l->pass->out_of_memory = true;
		return;
	}
	if (!l->have_tile)
		block->source = LS_BLOCK_ENTRIES;
	else if (!l->have_entries)
		block->source = LS_BLOCK_TILE;
	else if (memcmp(l->from_entries, l->from_tile, l->width * sizeof(*leaves)) != 0)
		block->source = LS_BLOCK_UNDECIDED;
	else {
		block->source = LS_BLOCK_TILE;
		ls_report_pass(l->pass->log->report, LS_CHECK_TILES, 1);
	}
}

static void check_blocks(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	struct pass *pass = context;
	struct look l = { .pass = pass, .scratch = &pass->scratch[worker] };
	for (uint64_t i = first; i < end; i++) {
		l.index = pass->first + i;
		l.width = ls_log_block_width(pass->log, l.index);
		l.have_entries = l.have_tile = false;
		memset(&pass->log->blocks[l.index], 0, sizeof(struct ls_block));
		look_at_entries(&l);
		look_at_tile(&l);
		conclude(&l, &pass->log->blocks[l.index]);
		ls_report_advance(pass->log->report, l.width);
	}
}

/* Whose log it is: the trust file's instrument, else the first entry's. */
static void find_instrument(struct ls_log *log, struct ls_log_scratch *s)
{
	if (log->trust) {
		memcpy(log->instrument, log->trust->instrument, sizeof(log->instrument));
		return;
	}
	char path[LS_LOG_PATH_SIZE];
	struct ls_tile tile = { .entries = true, .width = ls_log_block_width(log, 0) };
	if (ls_log_read_tile(log, &tile, &s->bytes, path).status != LS_READ_OK)
		return;
	struct ls_reader r;
	ls_reader_init(&r, s->bytes.data, s->bytes.size);
	const uint8_t *entry;
	size_t n;
	struct ls_entry_head head;
	if (ls_bundle_next(&r, &entry, &n) == 0 && ls_entry_head_parse(entry, n, &head, NULL) == 0)
		memcpy(log->instrument, head.instrument, sizeof(log->instrument));
}

static void report_missing(struct pass *pass, uint64_t index)
{
	struct ls_log *log = pass->log;
	static const struct ls_read_result missing = { LS_READ_MISSING, 0 };
	struct ls_tile tile = { .index = index, .width = ls_log_block_width(log, index) };
	char path[LS_LOG_PATH_SIZE];
	uint64_t seal = index * LS_TILE_WIDTH + 1;
	if (log->blocks[index].no_tile)
		ls_read_report(log->report, LS_CHECK_TILES, "log.tile", seal,
			       ls_log_tile_path(&tile, path), &missing);
	tile.entries = true;
	if (log->blocks[index].no_entries)
		ls_read_report(log->report, LS_CHECK_ENTRIES, "log.entries", seal,
			       ls_log_tile_path(&tile, path), &missing);
}

/* Report what is not there up to the last block of which something is; returns the one after. */
static uint64_t report_gaps(struct pass *pass, uint64_t from)
{
	const struct ls_log *log = pass->log;
	uint64_t end = log->block_count;
	while (end > from && log->blocks[end - 1].no_tile && log->blocks[end - 1].no_entries)
		end--;
	for (uint64_t i = from; i < end; i++)
		report_missing(pass, i);
	return end;
}

/* The blocks from here on are not there: each is named, or, when they are many, all at once. */
static void report_end(struct pass *pass, uint64_t from, uint64_t total)
{
	struct ls_log *log = pass->log;
	if (total - from > NAMED_MAX)
		ls_report_fail(log->report, LS_CHECK_ROOT, "log.cut", from * LS_TILE_WIDTH + 1,
			       "log/tile",
			       "the log ends before entry %" PRIu64
			       ", the checkpoint speaks of %" PRIu64 " entries",
			       from * LS_TILE_WIDTH, pass->size);
	else
		for (uint64_t i = from; i < total; i++)
			report_missing(pass, i);
}

static int add_window(struct pass *pass, uint64_t total, unsigned threads)
{
	struct ls_log *log = pass->log;
	uint64_t left = total - log->block_count;
	uint64_t count = left < WINDOW ? left : WINDOW;
	struct ls_block *blocks =
		realloc(log->blocks, (size_t)(log->block_count + count) * sizeof(*log->blocks));
	if (!blocks)
		return -ENOMEM;
	log->blocks = blocks;
	pass->first = log->block_count;
	ls_pool_run(threads, count, 4, check_blocks, pass);
	log->block_count += count;
	return pass->out_of_memory ? -ENOMEM : 0;
}

/*
 * The size comes from a checkpoint that may be forged, so memory grows with
 * the blocks that are found, and a window of which nothing is there is the end.
 */
static int check_windows(struct pass *pass, unsigned threads)
{
	uint64_t total = pass->size / LS_TILE_WIDTH + (pass->size % LS_TILE_WIDTH != 0);
	uint64_t end = 0; /* one past the last block of which something is there */
	while (pass->log->block_count < total) {
		int rc = add_window(pass, total, threads);
		if (rc < 0)
			return rc;
		end = report_gaps(pass, end);
		if (end <= pass->first)
			break;
	}
	report_end(pass, end, total);
	return 0;
}

int ls_log_check(struct ls_log *log, unsigned threads)
{
	struct pass pass = { .log = log, .size = log->checkpoint.size };
	pass.scratch = calloc(threads, sizeof(*pass.scratch));
	if (!pass.scratch)
		return -ENOMEM;
	for (unsigned i = 0; i < threads; i++)
		ls_log_scratch_init(&pass.scratch[i]);
	ls_report_phase(log->report, LS_PHASE_LOG, pass.size);
	if (pass.size > 0)
		find_instrument(log, &pass.scratch[0]);
	int rc = check_windows(&pass, threads);
	for (unsigned i = 0; i < threads; i++)
		ls_log_scratch_free(&pass.scratch[i]);
	free(pass.scratch);
	return rc < 0 ? rc : ls_log_check_upper(log);
}
