/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/tile_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/log/folder.h"
#include "lib/registry/folder.h"

/* So many files are flushed one by one; with more, the whole file system is, once. */
#define SINGLE_FLUSHES 64

struct ls_tile_writer {
	int folder_fd; /* borrowed */
	struct ls_tile_builder *builder;
	struct ls_sha256 hash;
	struct ls_buffer bundle; /* entries of the last, partial one */
	uint64_t bundle_flushed; /* size at which it was written */
	unsigned written;
	char made[LS_REGISTRY_PATH_SIZE]; /* the last folder that is known to be there */
};

static int fail_damaged(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EUCLEAN, "registry.damaged",
		       "%s: the registry's log is damaged; restore its log/ folder from a backup, "
		       "or from a mirror",
		       what);
}

/* --- writing ------------------------------------------------------------------------- */

static int make_folder_of(struct ls_tile_writer *w, const char *path, struct ls_error *err)
{
	char folder[LS_REGISTRY_PATH_SIZE];
	size_t n = (size_t)(strrchr(path, '/') - path);
	memcpy(folder, path, n);
	folder[n] = '\0';
	if (strcmp(folder, w->made) == 0)
		return 0;
	int rc = ls_make_dirs(w->folder_fd, folder, 0755, err);
	if (rc == 0)
		memcpy(w->made, folder, n + 1);
	return rc;
}

static int write_bytes(struct ls_tile_writer *w, int fd, const void *bytes, size_t n)
{
	int rc = ls_write_all(fd, bytes, n);
	if (rc == 0 && w->written < SINGLE_FLUSHES && fsync(fd) < 0)
		rc = -errno;
	return rc;
}

static int write_tile(struct ls_tile_writer *w, const struct ls_tile *tile, const void *bytes,
		      size_t n, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	ls_registry_tile_path(tile, path);
	int rc = make_folder_of(w, path, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int fd = ls_open_beneath(w->folder_fd, path, O_WRONLY | O_CREAT | O_TRUNC,
						 0644);
	rc = fd < 0 ? fd : write_bytes(w, fd, bytes, n);
	if (rc < 0) {
		ls_fail_errno(err, -rc, "registry.write", "'%s' cannot be written", path);
		return ls_write_failed(err, rc);
	}
	if (w->written < SINGLE_FLUSHES)
		rc = ls_sync_dir(w->folder_fd, w->made, err);
	w->written++;
	return rc;
}

/* The builder's sink. */
static int take_tile(void *context, const struct ls_tile *tile, const uint8_t *bytes,
		     struct ls_error *err)
{
	return write_tile(context, tile, bytes, (size_t)tile->width * LS_DIGEST_SIZE, err);
}

static int write_bundle(struct ls_tile_writer *w, uint64_t size, struct ls_error *err)
{
	const struct ls_tile tile = { .entries = true,
				      .index = (size - 1) / LS_TILE_WIDTH,
				      .width = (unsigned)((size - 1) % LS_TILE_WIDTH) + 1 };
	int rc = write_tile(w, &tile, w->bundle.data, w->bundle.size, err);
	if (rc == 0)
		w->bundle_flushed = size;
	if (rc == 0 && tile.width == LS_TILE_WIDTH)
		ls_buffer_clear(&w->bundle);
	return rc;
}

/* --- opening ------------------------------------------------------------------------- */

static int read_bundle(struct ls_tile_writer *w, uint64_t size, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_tile tile = { .entries = true,
				.index = size / LS_TILE_WIDTH,
				.width = (unsigned)(size % LS_TILE_WIDTH) };
	int rc = ls_file_read(w->folder_fd, ls_registry_tile_path(&tile, path), &w->bundle, err);
	if (rc != -ENOENT)
		return rc;
	tile.width = LS_TILE_WIDTH; /* a larger log was being written when something ended it */
	return ls_file_read(w->folder_fd, ls_registry_tile_path(&tile, path), &w->bundle, err);
}

/* Its first entries are those of the leaf tile; what comes after them is dropped. */
static int check_bundle(struct ls_tile_writer *w, uint64_t size, struct ls_error *err)
{
	uint8_t hashes[LS_TILE_SIZE_MAX];
	const struct ls_tile leaves = { .index = size / LS_TILE_WIDTH,
					.width = (unsigned)(size % LS_TILE_WIDTH) };
	const struct ls_tile_source source = ls_log_folder_tiles(&w->folder_fd);
	int rc = source.read(source.context, &leaves, hashes, err);
	struct ls_reader r;
	ls_reader_init(&r, w->bundle.data, w->bundle.size);
	for (unsigned i = 0; rc == 0 && i < leaves.width; i++) {
		const uint8_t *entry;
		struct ls_digest leaf;
		size_t n;
		if (ls_bundle_next(&r, &entry, &n) < 0 ||
		    ls_merkle_leaf(&w->hash, entry, n, &leaf) < 0 ||
		    memcmp(leaf.bytes, hashes + i * LS_DIGEST_SIZE, LS_DIGEST_SIZE) != 0)
			rc = fail_damaged(err, "an entry of the last bundle is not the one that "
					       "was logged");
	}
	if (rc == 0)
		w->bundle.size = r.pos;
	return rc;
}

static int take_up(struct ls_tile_writer *w, uint64_t size, const struct ls_digest *root,
		   struct ls_error *err)
{
	const struct ls_tile_source source = ls_log_folder_tiles(&w->folder_fd);
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	struct ls_digest seen;
	int rc = ls_tile_reader_new(&source, size, &reader, err);
	if (rc == 0)
		rc = ls_tile_reader_root(reader, &seen, err);
	if (rc == 0 && !ls_digest_equal(&seen, root))
		rc = fail_damaged(err, "its tiles do not make the checkpoint's root");
	if (rc == 0)
		rc = ls_tile_builder_resume(w->builder, &source, size, err);
	if (rc == 0 && size % LS_TILE_WIDTH != 0) {
		rc = read_bundle(w, size, err);
		if (rc == 0)
			rc = check_bundle(w, size, err);
	}
	if (rc == -ENOENT || rc == -EFBIG || rc == -EBADMSG)
		return fail_damaged(err, "a tile is missing or cut short");
	return rc;
}

int ls_tile_writer_open(int folder_fd, uint64_t size, const struct ls_digest *root,
			struct ls_tile_writer **ret_writer, struct ls_error *err)
{
	_cleanup_tile_writer_ struct ls_tile_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for tiles");
	const struct ls_tile_sink sink = { .emit = take_tile, .context = w };
	w->folder_fd = folder_fd;
	w->bundle_flushed = size;
	ls_buffer_init(&w->bundle, LS_BUNDLE_SIZE_MAX);
	int rc = ls_tile_builder_new(&sink, &w->builder, err);
	if (rc == 0 && size > 0)
		rc = take_up(w, size, root, err);
	if (rc == 0)
		*ret_writer = ls_steal_ptr(&w);
	return rc;
}

void ls_tile_writer_free(struct ls_tile_writer *w)
{
	if (!w)
		return;
	ls_tile_builder_free(w->builder);
	ls_sha256_free(&w->hash);
	ls_buffer_free(&w->bundle);
	free(w);
}

/* --- growing ------------------------------------------------------------------------- */

int ls_tile_writer_add(struct ls_tile_writer *w, const void *entry, size_t n,
		       struct ls_digest *ret_leaf, struct ls_error *err)
{
	int rc = ls_bundle_add(&w->bundle, entry, n);
	if (rc < 0)
		return ls_fail(err, rc, "registry.entry",
			       "an entry of %zu bytes does not fit a log", n);
	if (ls_merkle_leaf(&w->hash, entry, n, ret_leaf) < 0)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a hash");
	rc = ls_tile_builder_append(w->builder, ret_leaf, err);
	uint64_t size = ls_tile_builder_size(w->builder);
	if (rc == 0 && size % LS_TILE_WIDTH == 0)
		rc = write_bundle(w, size, err);
	return rc;
}

int ls_tile_writer_flush(struct ls_tile_writer *w, struct ls_digest *ret_root, struct ls_error *err)
{
	uint64_t size = ls_tile_builder_size(w->builder);
	int rc = ls_tile_builder_flush(w->builder, err);
	if (rc == 0 && w->bundle.size > 0 && w->bundle_flushed != size)
		rc = write_bundle(w, size, err);
	if (rc == 0 && w->written > SINGLE_FLUSHES && syncfs(w->folder_fd) < 0)
		rc = ls_fail_errno(err, errno, "registry.write", "the registry's disk");
	w->written = 0;
	return rc == 0 ? ls_tile_builder_root(w->builder, ret_root, err) : rc;
}

uint64_t ls_tile_writer_size(const struct ls_tile_writer *w)
{
	return ls_tile_builder_size(w->builder);
}

/* The folder "NNN.p" of a tile's partial forms. */
static void remove_partials(struct ls_tile_writer *w, struct ls_tile tile)
{
	char path[LS_REGISTRY_PATH_SIZE];
	tile.width = 1;
	ls_registry_tile_path(&tile, path);
	*strrchr(path, '/') = '\0';
	ls_remove_tree(w->folder_fd, path, NULL);
}

void ls_tile_writer_tidy(struct ls_tile_writer *w, uint64_t old_size)
{
	uint64_t size = ls_tile_builder_size(w->builder), index = old_size >> LS_TILE_HEIGHT;
	for (unsigned level = 0; level < LS_TILE_LEVELS; level++, index >>= LS_TILE_HEIGHT) {
		struct ls_tile tile = { .level = level, .index = index };
		if (ls_tile_width(level, index, size) < LS_TILE_WIDTH)
			return;
		remove_partials(w, tile);
		tile.entries = true;
		if (level == 0)
			remove_partials(w, tile);
	}
}
