/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/tile_store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/publish/place.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/log/tiles.h"

/* One entry can fill a tile on every level and begin one above it; and there is the bundle. */
#define FRESH_MAX (2 * LS_TILE_LEVELS + 1)

/* A tile that the last append made. */
struct fresh_tile {
	struct ls_tile tile;
	size_t size;
	uint8_t *bytes; /* owned, but for the bundle's, which are the store's */
};

struct ls_tile_store {
	int log, staging; /* borrowed */
	struct ls_tile_builder *builder;
	struct ls_sha256 hash;
	struct ls_buffer bundle; /* the entries of the last, partial bundle */
	struct fresh_tile fresh[FRESH_MAX];
	size_t fresh_count;
};

/* --- reading ---------------------------------------------------------------- */

static int read_exactly(int dirfd, const char *path, struct ls_buffer *bytes, struct ls_error *err)
{
	int rc = ls_file_read(dirfd, path, bytes, err);
	if (rc == -ENOENT || rc == -EFBIG)
		return ls_fail(err, -EUCLEAN, "tiles.damaged",
			       "the log's tile '%s' is %s; restore the share's log/ folder from "
			       "its backup",
			       path, rc == -ENOENT ? "missing" : "too long");
	return rc;
}

static int read_tile(void *context, const struct ls_tile *tile, uint8_t *bytes,
		     struct ls_error *err)
{
	const struct ls_tile_store *store = context;
	char path[LS_TILE_PATH_SIZE];
	ls_tile_path(tile, path);
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_TILE_SIZE_MAX);
	int rc = read_exactly(store->log, path, &b, err);
	if (rc < 0)
		return rc;
	if (b.size != (size_t)tile->width * LS_DIGEST_SIZE)
		return ls_fail(err, -EUCLEAN, "tiles.damaged",
			       "the log's tile '%s' has %zu bytes instead of %u", path, b.size,
			       tile->width * LS_DIGEST_SIZE);
	memcpy(bytes, b.data, b.size);
	return 0;
}

static struct ls_tile last_bundle(uint64_t size)
{
	return (struct ls_tile){
		.entries = true,
		.index = size / LS_TILE_WIDTH,
		.width = (unsigned)(size % LS_TILE_WIDTH),
	};
}

/* The partial bundle, with each entry's hash compared to the leaf tile beside it. */
static int check_bundle(struct ls_tile_store *store, const struct ls_tile *tile,
			struct ls_error *err)
{
	uint8_t hashes[LS_TILE_SIZE_MAX];
	struct ls_tile leaves = { .index = tile->index, .width = tile->width };
	int rc = read_tile(store, &leaves, hashes, err);
	if (rc < 0)
		return rc;
	struct ls_reader r;
	ls_reader_init(&r, store->bundle.data, store->bundle.size);
	for (unsigned i = 0; i < tile->width; i++) {
		const uint8_t *entry;
		size_t n;
		struct ls_digest leaf;
		if (ls_bundle_next(&r, &entry, &n) < 0 ||
		    ls_merkle_leaf(&store->hash, entry, n, &leaf) < 0 ||
		    memcmp(leaf.bytes, hashes + i * LS_DIGEST_SIZE, LS_DIGEST_SIZE) != 0)
			return ls_fail(err, -EUCLEAN, "tiles.damaged",
				       "entry %u of the log's last bundle is not the one that was "
				       "logged",
				       i);
	}
	return ls_reader_end(&r) == 0 ? 0
				      : ls_fail(err, -EUCLEAN, "tiles.damaged",
						"the log's last bundle is too long");
}

static int load_bundle(struct ls_tile_store *store, uint64_t size, struct ls_error *err)
{
	struct ls_tile tile = last_bundle(size);
	if (tile.width == 0)
		return 0;
	char path[LS_TILE_PATH_SIZE];
	int rc = read_exactly(store->log, ls_tile_path(&tile, path), &store->bundle, err);
	return rc < 0 ? rc : check_bundle(store, &tile, err);
}

static int check_root(struct ls_tile_store *store, const struct ls_tile_source *source,
		      uint64_t size, const struct ls_digest *root, struct ls_error *err)
{
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	struct ls_digest seen;
	int rc = ls_tile_reader_new(source, size, &reader, err);
	if (rc == 0)
		rc = ls_tile_reader_root(reader, &seen, err);
	if (rc == 0)
		rc = ls_tile_builder_resume(store->builder, source, size, err);
	if (rc < 0)
		return rc;
	if (!ls_digest_equal(&seen, root))
		return ls_fail(err, -EUCLEAN, "tiles.root",
			       "the log's tiles do not make the root that its checkpoint of size "
			       "%llu has; restore the share's log/ folder from its backup",
			       (unsigned long long)size);
	return 0;
}

/* --- appending -------------------------------------------------------------- */

static int add_fresh(struct ls_tile_store *store, const struct ls_tile *tile, uint8_t *bytes,
		     size_t size, struct ls_error *err)
{
	if (store->fresh_count == FRESH_MAX)
		return ls_fail(err, -EOVERFLOW, "tiles.count", "an entry made too many tiles");
	store->fresh[store->fresh_count++] =
		(struct fresh_tile){ .tile = *tile, .size = size, .bytes = bytes };
	return 0;
}

/* The builder's sink. */
static int keep_tile(void *context, const struct ls_tile *tile, const uint8_t *bytes,
		     struct ls_error *err)
{
	struct ls_tile_store *store = context;
	size_t size = (size_t)tile->width * LS_DIGEST_SIZE;
	_cleanup_free_ uint8_t *copy = malloc(size);
	if (!copy)
		return ls_fail(err, -ENOMEM, "tiles.memory", "out of memory for a tile");
	memcpy(copy, bytes, size);
	int rc = add_fresh(store, tile, copy, size, err);
	if (rc == 0)
		copy = NULL; /* handed over */
	return rc;
}

static int append_entry(struct ls_tile_store *store, const void *entry, size_t n,
			struct ls_error *err)
{
	int rc = ls_bundle_add(&store->bundle, entry, n);
	if (rc < 0)
		return ls_fail(err, rc, "tiles.entry", "an entry of %zu bytes does not fit the log",
			       n);
	struct ls_tile tile = last_bundle(ls_tile_store_size(store));
	tile.width++;
	return add_fresh(store, &tile, store->bundle.data, store->bundle.size, err);
}

int ls_tile_store_append(struct ls_tile_store *store, const void *entry, size_t n,
			 struct ls_digest *ret_root, struct ls_error *err)
{
	if (store->fresh_count)
		return ls_fail(err, -EBUSY, "tiles.busy", "the last entry is not published yet");
	struct ls_digest leaf;
	int rc = ls_merkle_leaf(&store->hash, entry, n, &leaf);
	if (rc < 0)
		return ls_fail(err, rc, "tiles.memory", "out of memory for a hash");
	rc = append_entry(store, entry, n, err);
	if (rc == 0)
		rc = ls_tile_builder_append(store->builder, &leaf, err);
	if (rc == 0)
		rc = ls_tile_builder_flush(store->builder, err);
	return rc == 0 ? ls_tile_builder_root(store->builder, ret_root, err) : rc;
}

/* --- staging and publishing ------------------------------------------------- */

static const char *staged_name(size_t i, char buffer[static 32])
{
	snprintf(buffer, 32, "tile-%zu", i);
	return buffer;
}

/* The folder part of a tile's path. */
static void folder_of(const char *path, char folder[static LS_TILE_PATH_SIZE])
{
	size_t n = (size_t)(strrchr(path, '/') - path);
	memcpy(folder, path, n);
	folder[n] = '\0';
}

/* The folder is made here, too: after this, publish needs no more room on the disk. */
int ls_tile_store_stage(struct ls_tile_store *store, struct ls_error *err)
{
	for (size_t i = 0; i < store->fresh_count; i++) {
		const struct fresh_tile *f = &store->fresh[i];
		char path[LS_TILE_PATH_SIZE], folder[LS_TILE_PATH_SIZE], name[32];
		folder_of(ls_tile_path(&f->tile, path), folder);
		int rc = ls_make_dirs(store->log, folder, 0755, err);
		if (rc == 0)
			rc = ls_place_write(store->staging, staged_name(i, name), f->bytes, f->size,
					    err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool same_bytes(int dirfd, const char *path, const struct fresh_tile *f)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_BUNDLE_SIZE_MAX);
	return ls_file_read(dirfd, path, &b, NULL) == 0 && b.size == f->size &&
	       memcmp(b.data, f->bytes, f->size) == 0;
}

static int publish_tile(struct ls_tile_store *store, size_t i, struct ls_error *err)
{
	const struct fresh_tile *f = &store->fresh[i];
	char path[LS_TILE_PATH_SIZE], folder[LS_TILE_PATH_SIZE], name[32];
	ls_tile_path(&f->tile, path);
	int rc = ls_place_move(store->staging, staged_name(i, name), store->log, path);
	if (rc == -EEXIST || rc == -ENOENT) {
		/* there since before a crash, or from an earlier try */
		if (!same_bytes(store->log, path, f))
			return ls_fail(err, -EUCLEAN, "tiles.conflict",
				       "the log's tile '%s' is %s what it must be", path,
				       rc == -EEXIST ? "there and is not" : "missing or not");
		unlinkat(store->staging, name, 0);
	} else if (rc < 0) {
		return ls_fail_errno(err, -rc, "tiles.publish",
				     "cannot move the log's tile '%s' into place", path);
	}
	folder_of(path, folder);
	return ls_sync_dir(store->log, folder, err);
}

static void forget_fresh(struct ls_tile_store *store)
{
	for (size_t i = 0; i < store->fresh_count; i++)
		if (!store->fresh[i].tile.entries)
			free(store->fresh[i].bytes);
	store->fresh_count = 0;
}

int ls_tile_store_publish(struct ls_tile_store *store, struct ls_error *err)
{
	for (size_t i = 0; i < store->fresh_count; i++) {
		int rc = publish_tile(store, i, err);
		if (rc < 0)
			return rc;
	}
	forget_fresh(store);
	if (ls_tile_store_size(store) % LS_TILE_WIDTH == 0)
		ls_buffer_clear(&store->bundle);
	return 0;
}

/* --- tidying ---------------------------------------------------------------- */

static int remove_partials(struct ls_tile_store *store, bool entries, unsigned level,
			   uint64_t index, struct ls_error *err)
{
	struct ls_tile tile = {
		.entries = entries, .level = level, .index = index, .width = LS_TILE_WIDTH
	};
	char path[LS_TILE_PATH_SIZE], partials[LS_TILE_PATH_SIZE + 2];
	ls_tile_path(&tile, path);
	if (faccessat(store->log, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* never without the full one */
	snprintf(partials, sizeof(partials), "%s.p", path);
	return ls_remove_tree(store->log, partials, err);
}

int ls_tile_store_tidy(struct ls_tile_store *store, struct ls_error *err)
{
	uint64_t full = ls_tile_store_size(store) / LS_TILE_WIDTH;
	int rc = full ? remove_partials(store, true, 0, full - 1, err) : 0;
	for (unsigned level = 0; rc == 0 && full && level < LS_TILE_LEVELS; level++) {
		rc = remove_partials(store, false, level, full - 1, err);
		full /= LS_TILE_WIDTH;
	}
	return rc;
}

/* --- the object ------------------------------------------------------------- */

static int take_up(struct ls_tile_store *store, uint64_t size, const struct ls_digest *root,
		   struct ls_error *err)
{
	if (size == 0)
		return 0;
	struct ls_tile_source source = { .read = read_tile, .context = store };
	int rc = check_root(store, &source, size, root, err);
	if (rc == 0)
		rc = load_bundle(store, size, err);
	return rc == 0 ? ls_tile_store_tidy(store, err) : rc;
}

int ls_tile_store_open(int log_fd, int staging_fd, uint64_t size, const struct ls_digest *root,
		       struct ls_tile_store **ret_store, struct ls_error *err)
{
	_cleanup_tile_store_ struct ls_tile_store *store = calloc(1, sizeof(*store));
	if (!store)
		return ls_fail(err, -ENOMEM, "tiles.memory", "out of memory for the log's tiles");
	store->log = log_fd;
	store->staging = staging_fd;
	ls_buffer_init(&store->bundle, LS_BUNDLE_SIZE_MAX);
	struct ls_tile_sink sink = { .emit = keep_tile, .context = store };
	int rc = ls_tile_builder_new(&sink, &store->builder, err);
	if (rc == 0)
		rc = take_up(store, size, root, err);
	if (rc == 0)
		*ret_store = ls_steal_ptr(&store);
	return rc;
}

void ls_tile_store_free(struct ls_tile_store *store)
{
	if (!store)
		return;
	forget_fresh(store);
	ls_tile_builder_free(store->builder);
	ls_buffer_free(&store->bundle);
	ls_sha256_free(&store->hash);
	free(store);
}

uint64_t ls_tile_store_size(const struct ls_tile_store *store)
{
	return ls_tile_builder_size(store->builder);
}

int ls_tile_store_frontier(struct ls_tile_store *store, struct ls_merkle_frontier *ret_frontier,
			   struct ls_error *err)
{
	uint64_t size = ls_tile_store_size(store);
	if (size == 0) {
		ls_merkle_frontier_init(ret_frontier);
		return 0;
	}
	struct ls_tile_source source = { .read = read_tile, .context = store };
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	int rc = ls_tile_reader_new(&source, size, &reader, err);
	if (rc < 0)
		return rc;
	struct ls_merkle_source hashes = ls_tile_reader_source(reader);
	return ls_merkle_read_frontier(&hashes, size, ret_frontier, err);
}

int ls_tile_store_prove(struct ls_tile_store *store, uint64_t old_size, struct ls_digest *proof,
			unsigned *ret_count, struct ls_error *err)
{
	struct ls_tile_source source = { .read = read_tile, .context = store };
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	int rc = ls_tile_reader_new(&source, ls_tile_store_size(store), &reader, err);
	if (rc < 0)
		return rc;
	struct ls_merkle_source hashes = ls_tile_reader_source(reader);
	return ls_merkle_prove_consistency(&hashes, old_size, ls_tile_store_size(store), proof,
					   ret_count, err);
}
