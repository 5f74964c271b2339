/* SPDX-License-Identifier: Apache-2.0 */
/* From the blocks to the root: which of two differing files is wrong, upper tiles, the root. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit/verify/log_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* The two versions of a block whose bundle and tile differ. */
struct versions {
	unsigned width, differs; /* index in the block of the first difference */
	struct ls_digest entries[LS_TILE_WIDTH], tile[LS_TILE_WIDTH];
	struct ls_digest entries_root, tile_root;
	char entries_path[LS_LOG_PATH_SIZE], tile_path[LS_LOG_PATH_SIZE];
};

static int root_of(struct ls_log_scratch *s, const struct ls_digest *leaves, unsigned width,
		   struct ls_digest *ret_root)
{
	struct ls_tree tree;
	int rc = ls_tree_build(&tree, &s->hash, leaves, width);
	if (rc == 0)
		rc = ls_tree_root(&tree, &s->hash, width, NULL, ret_root);
	ls_tree_free(&tree);
	return rc;
}

/* -ENODATA: one of the two can no longer be read. */
static int load_versions(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index,
			 struct versions *v)
{
	v->width = ls_log_block_width(log, index);
	struct ls_tile tile = { .entries = true, .index = index, .width = v->width };
	if (ls_log_read_tile(log, &tile, &s->bytes, v->entries_path).status != LS_READ_OK ||
	    ls_log_hash_bundle(&s->hash, &s->bytes, v->width, v->entries, NULL) < 0)
		return -ENODATA;
	tile.entries = false;
	if (ls_log_read_tile(log, &tile, &s->bytes, v->tile_path).status != LS_READ_OK ||
	    s->bytes.size != v->width * sizeof(*v->tile))
		return -ENODATA;
	memcpy(v->tile, s->bytes.data, s->bytes.size);
	for (v->differs = 0; v->differs < v->width; v->differs++)
		if (!ls_digest_equal(&v->entries[v->differs], &v->tile[v->differs]))
			break;
	int rc = root_of(s, v->entries, v->width, &v->entries_root);
	return rc < 0 ? rc : root_of(s, v->tile, v->width, &v->tile_root);
}

/* What the tile above says the block's hash is; only full blocks have a hash there. */
static bool hash_above(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index,
		       struct ls_digest *ret_hash)
{
	char path[LS_LOG_PATH_SIZE];
	struct ls_tile tile = { .level = 1, .index = index / LS_TILE_WIDTH };
	tile.width = ls_tile_width(1, tile.index, log->checkpoint.size);
	size_t at = (size_t)(index % LS_TILE_WIDTH) * LS_DIGEST_SIZE;
	if (index % LS_TILE_WIDTH >= tile.width ||
	    ls_log_read_tile(log, &tile, &s->bytes, path).status != LS_READ_OK ||
	    s->bytes.size < at + LS_DIGEST_SIZE)
		return false;
	memcpy(ret_hash->bytes, s->bytes.data + at, LS_DIGEST_SIZE);
	return true;
}

/* The root of the whole log when its last block, a partial one, has this hash. */
static bool gives_root(struct ls_log *log, struct ls_log_scratch *s, uint64_t full,
		       const struct ls_digest *last)
{
	struct ls_digest root;
	return log->have_tree && ls_tree_root(&log->tree, &s->hash, full, last, &root) == 0 &&
	       ls_digest_equal(&root, &log->checkpoint.root);
}

static void report_difference(struct ls_log *log, uint64_t index, const struct versions *v,
			      enum ls_block_source right)
{
	uint64_t entry = index * LS_TILE_WIDTH + v->differs;
	if (right == LS_BLOCK_ENTRIES)
		ls_report_fail(log->report, LS_CHECK_TILES, "log.tile.altered", entry + 1,
			       v->tile_path,
			       "its hash of entry %" PRIu64 " is not that of the entry", entry);
	else if (right == LS_BLOCK_TILE)
		ls_report_fail(log->report, LS_CHECK_ENTRIES, "log.entries.altered", entry + 1,
			       v->entries_path,
			       "entry %" PRIu64 " does not hash to what the tiles hold", entry);
	else
		ls_report_fail(log->report, LS_CHECK_TILES, "log.tile.differs", entry + 1,
			       v->tile_path,
			       "it and %s disagree about entry %" PRIu64
			       "; which of them was altered cannot be told",
			       v->entries_path, entry);
}

static int decide(struct ls_log *log, struct ls_log_scratch *s, uint64_t index, uint64_t full)
{
	_cleanup_free_ struct versions *v = malloc(sizeof(*v));
	if (!v)
		return -ENOMEM;
	struct ls_block *block = &log->blocks[index];
	int rc = load_versions(log, s, index, v);
	if (rc == -ENODATA)
		block->source = LS_BLOCK_NONE;
	if (rc < 0)
		return rc == -ENODATA ? 0 : rc;
	struct ls_digest above;
	bool have_above = index < full && hash_above(log, s, index, &above);
	enum ls_block_source right = LS_BLOCK_UNDECIDED;
	if (have_above ? ls_digest_equal(&above, &v->entries_root)
		       : index == full && gives_root(log, s, full, &v->entries_root))
		right = LS_BLOCK_ENTRIES;
	else if (have_above ? ls_digest_equal(&above, &v->tile_root)
			    : index == full && gives_root(log, s, full, &v->tile_root))
		right = LS_BLOCK_TILE;
	report_difference(log, index, v, right);
	block->source = right == LS_BLOCK_TILE ? LS_BLOCK_TILE : LS_BLOCK_ENTRIES;
	block->hash = right == LS_BLOCK_TILE ? v->tile_root : v->entries_root;
	return 0;
}

/* The tree over the full blocks; none when one of them is not known. */
static int build_tree(struct ls_log *log, struct ls_log_scratch *s, uint64_t full)
{
	if (full > log->block_count)
		return 0;
	_cleanup_free_ struct ls_digest *row = malloc((size_t)(full + 1) * sizeof(*row));
	if (!row)
		return -ENOMEM;
	for (uint64_t i = 0; i < full; i++) {
		if (log->blocks[i].source == LS_BLOCK_NONE)
			return 0;
		row[i] = log->blocks[i].hash;
	}
	int rc = ls_tree_build(&log->tree, &s->hash, row, full);
	log->have_tree = rc == 0;
	return rc;
}

static void check_upper_tile(struct ls_log *log, struct ls_log_scratch *s,
			     const struct ls_tile *tile)
{
	char path[LS_LOG_PATH_SIZE];
	struct ls_read_result read = ls_log_read_tile(log, tile, &s->bytes, path);
	if (read.status != LS_READ_OK) {
		ls_read_report(log->report, LS_CHECK_TILES, "log.tile", 0, path, &read);
		return;
	}
	size_t size = (size_t)tile->width * LS_DIGEST_SIZE;
	const struct ls_digest *row = log->tree.level[LS_TILE_HEIGHT * (tile->level - 1)];
	if (s->bytes.size != size)
		ls_report_fail(log->report, LS_CHECK_TILES, "log.tile.malformed", 0, path,
			       "it holds %zu bytes, not %zu", s->bytes.size, size);
	else if (memcmp(s->bytes.data, row + tile->index * LS_TILE_WIDTH, size) != 0)
		ls_report_fail(log->report, LS_CHECK_TILES, "log.tile.altered", 0, path,
			       "its hashes are not those of the tiles below it");
	else
		ls_report_pass(log->report, LS_CHECK_TILES, 1);
}

static void check_upper_tiles(struct ls_log *log, struct ls_log_scratch *s)
{
	struct ls_tile tile = { .level = 1 };
	for (; tile.level < LS_TILE_LEVELS; tile.level++)
		for (tile.index = 0;; tile.index++) {
			tile.width = ls_tile_width(tile.level, tile.index, log->checkpoint.size);
			if (tile.width == 0)
				break;
			check_upper_tile(log, s, &tile);
		}
}

static int check_root(struct ls_log *log, struct ls_log_scratch *s, uint64_t full)
{
	bool partial = log->checkpoint.size % LS_TILE_WIDTH != 0;
	struct ls_digest root;
	if (!log->have_tree ||
	    (partial && (full >= log->block_count || log->blocks[full].source == LS_BLOCK_NONE))) {
		log->have_tree = false;
		ls_report_unable(log->report, LS_CHECK_ROOT, "log.root.unknown", 0,
				 "log/checkpoint",
				 "the root cannot be recomputed: parts of the log are missing");
		return 0;
	}
	int rc = ls_tree_root(&log->tree, &s->hash, full, partial ? &log->blocks[full].hash : NULL,
			      &root);
	if (rc < 0)
		return rc;
	log->root_good = ls_digest_equal(&root, &log->checkpoint.root);
	if (log->root_good) {
		ls_report_pass(log->report, LS_CHECK_ROOT, 1);
		return 0;
	}
	char seen[LS_DIGEST_HEX_SIZE], said[LS_DIGEST_HEX_SIZE];
	ls_report_fail(log->report, LS_CHECK_ROOT, "log.root.wrong", 0, "log/checkpoint",
		       "the %" PRIu64 " entries hash to %s, the checkpoint's root is %s",
		       log->checkpoint.size, ls_digest_hex(&root, seen),
		       ls_digest_hex(&log->checkpoint.root, said));
	return 0;
}

/* Times within a block are compared where its entries are read. */
static void check_times(struct ls_log *log)
{
	int64_t last = 0;
	for (uint64_t i = 0; i < log->block_count; i++) {
		const struct ls_block *block = &log->blocks[i];
		if (block->first != 0 && block->first < last)
			ls_report_warn(log->report, "log.time.backwards", i * LS_TILE_WIDTH + 1, "",
				       "it was received %" PRId64 " s before the seal before it: "
				       "the host's clock went back",
				       last - block->first);
		if (block->last != 0)
			last = block->last;
	}
}

static int check_all(struct ls_log *log, struct ls_log_scratch *s)
{
	uint64_t full = log->checkpoint.size / LS_TILE_WIDTH;
	int rc = 0;
	for (uint64_t i = 0; i < full && i < log->block_count && rc == 0; i++)
		if (log->blocks[i].source == LS_BLOCK_UNDECIDED)
			rc = decide(log, s, i, full);
	if (rc == 0)
		rc = build_tree(log, s, full);
	/* the last one has no hash above it: the root itself has to decide */
	if (rc == 0 && full < log->block_count && log->blocks[full].source == LS_BLOCK_UNDECIDED)
		rc = decide(log, s, full, full);
	if (rc == 0 && log->have_tree)
		check_upper_tiles(log, s);
	return rc < 0 ? rc : check_root(log, s, full);
}

int ls_log_check_upper(struct ls_log *log)
{
	struct ls_log_scratch s;
	ls_log_scratch_init(&s);
	check_times(log);
	int rc = check_all(log, &s);
	ls_log_scratch_free(&s);
	return rc;
}
