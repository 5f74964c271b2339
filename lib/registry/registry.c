/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/log/folder.h"
#include "lib/registry/cache.h"
#include "lib/registry/folder.h"
#include "lib/registry/proven.h"

#define BUNDLES                                                                          \
	8 /* that are open at a time: whoever goes through the log reads of some at once \
	   */

#define WINDOW_SIZE 8192 /* bytes: six to sixteen records */
#define WINDOW_STEP 2048 /* that may be left out between two entries, and one goes on */

/* An entry bundle that was read from. */
struct bundle {
	int fd; /* -1: none */
	uint64_t index;
	uint64_t last_end; /* of the entry that was read last */
	/* what was read of it beyond an entry, by whoever goes on through the log */
	uint64_t window_offset;
	size_t window_size; /* 0: nothing */
	uint8_t window[WINDOW_SIZE];
};

struct ls_registry {
	int fd;
	struct ls_registry_note note;
	struct ls_registry_cache cache;
	struct ls_proven *proven;
	struct bundle bundles[BUNDLES];
	unsigned oldest; /* of the bundles: the one that makes room next */
	bool held;	 /* many reads follow: windows are used */
};

void ls_registry_free(struct ls_registry *r)
{
	if (!r)
		return;
	ls_proven_free(r->proven);
	ls_registry_cache_free(&r->cache);
	ls_registry_note_free(&r->note);
	for (size_t i = 0; i < BUNDLES; i++)
		if (r->bundles[i].fd >= 0)
			close(r->bundles[i].fd);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

static int open_registry(const char *path, const struct ls_note_key *key, bool anew,
			 struct ls_registry **ret_registry, struct ls_error *err)
{
	_cleanup_registry_ struct ls_registry *r = calloc(1, sizeof(*r));
	if (!r)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a registry");
	r->fd = -1;
	for (size_t i = 0; i < BUNDLES; i++)
		r->bundles[i].fd = -1;
	ls_registry_note_init(&r->note);
	int rc = ls_registry_folder_open(path, err);
	if (rc < 0)
		return rc;
	r->fd = rc;
	rc = ls_registry_note_read(r->fd, LS_REGISTRY_CHECKPOINT, key, &r->note, err);
	if (rc == 0)
		rc = ls_registry_cache_open(path, r->fd, key, &r->note.checkpoint, anew, &r->cache,
					    err);
	if (rc < 0)
		return rc;
	const struct ls_merkle_source tree = ls_hash_tree_source(r->cache.tree);
	r->proven = ls_proven_new(&tree, r->note.checkpoint.size, &r->note.checkpoint.root);
	if (!r->proven)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a registry");
	*ret_registry = ls_steal_ptr(&r);
	return 0;
}

int ls_registry_open(const char *path, const struct ls_note_key *key,
		     struct ls_registry **ret_registry, struct ls_error *err)
{
	return open_registry(path, key, /* anew= */ false, ret_registry, err);
}

int ls_registry_behind(const char *path, const struct ls_note_key *key, uint64_t *ret_behind,
		       struct ls_error *err)
{
	struct ls_registry_note note;
	_cleanup_close_ int fd = ls_registry_folder_open(path, err);
	if (fd < 0)
		return fd;
	ls_registry_note_init(&note);
	int rc = ls_registry_note_read(fd, LS_REGISTRY_CHECKPOINT, key, &note, err);
	if (rc == 0)
		*ret_behind = ls_registry_cache_is_current(path, fd, &note.checkpoint)
				      ? 0
				      : note.checkpoint.size;
	ls_registry_note_free(&note);
	return rc;
}

const struct ls_checkpoint *ls_registry_checkpoint(const struct ls_registry *r)
{
	return &r->note.checkpoint;
}

int ls_registry_fd(const struct ls_registry *r)
{
	return r->fd;
}

struct ls_index *ls_registry_index(struct ls_registry *r)
{
	return r->cache.index;
}

int ls_registry_root(struct ls_registry *r, uint64_t size, struct ls_digest *ret_root,
		     struct ls_error *err)
{
	if (size > r->note.checkpoint.size)
		return ls_fail(err, -EINVAL, "registry.size",
			       "the log has %" PRIu64 " entries, and not %" PRIu64,
			       r->note.checkpoint.size, size);
	return ls_hash_tree_root(r->cache.tree, size, ret_root, err);
}

/* --- entries ---------------------------------------------------------------------------- */

static int open_bundle(struct ls_registry *r, uint64_t index, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_tile tile = { .entries = true,
				.index = index,
				.width = ls_tile_width(0, index, r->note.checkpoint.size) };
	int fd = ls_open_beneath(r->fd, ls_registry_tile_path(&tile, path), O_RDONLY, 0);
	if (fd == -ENOENT && tile.width < LS_TILE_WIDTH) {
		tile.width = LS_TILE_WIDTH; /* it has grown full, and the partial one is gone */
		fd = ls_open_beneath(r->fd, ls_registry_tile_path(&tile, path), O_RDONLY, 0);
	}
	return fd >= 0 ? fd
		       : ls_fail_errno(err, -fd, "registry.bundle",
				       "the registry's '%s' cannot be read", path);
}

/* 0, *ret_bundle is borrowed until the next one is looked for; or an error. */
static int find_bundle(struct ls_registry *r, uint64_t index, struct bundle **ret_bundle,
		       struct ls_error *err)
{
	for (size_t i = 0; i < BUNDLES; i++)
		if (r->bundles[i].fd >= 0 && r->bundles[i].index == index) {
			*ret_bundle = &r->bundles[i];
			return 0;
		}
	int fd = open_bundle(r, index, err);
	if (fd < 0)
		return fd;
	struct bundle *b = &r->bundles[r->oldest++ % BUNDLES];
	if (b->fd >= 0)
		close(b->fd);
	b->fd = fd;
	b->index = index;
	b->last_end = UINT64_MAX;
	b->window_size = 0;
	*ret_bundle = b;
	return 0;
}

/* The bytes there, or as many as there are. */
static int read_at(int fd, uint64_t offset, uint8_t *bytes, size_t size, size_t *ret_size,
		   struct ls_error *err)
{
	ssize_t n;
	do
		n = pread(fd, bytes, size, (off_t)offset);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return ls_fail_errno(err, errno, "registry.bundle", "a bundle cannot be read");
	*ret_size = (size_t)n;
	return 0;
}

static bool in_window(const struct bundle *b, const struct ls_index_entry *entry)
{
	return entry->offset >= b->window_offset &&
	       entry->offset - b->window_offset <= b->window_size &&
	       entry->length <= b->window_size - (entry->offset - b->window_offset);
}

void ls_registry_hold(struct ls_registry *r, bool begins)
{
	r->held = begins;
	for (size_t i = 0; i < BUNDLES; i++)
		r->bundles[i].window_size = 0;
	ls_index_hold(r->cache.index, begins);
}

static bool goes_on(const struct bundle *b, const struct ls_index_entry *entry)
{
	return entry->offset >= b->last_end && entry->offset - b->last_end <= WINDOW_STEP;
}

static int move_window(struct bundle *b, uint64_t offset, struct ls_error *err)
{
	b->window_size = 0;
	b->window_offset = offset;
	return read_at(b->fd, offset, b->window, WINDOW_SIZE, &b->window_size, err);
}

/* Whoever goes through the log reads it in windows, and others what they want alone. */
static int read_bytes(struct ls_registry *r, const struct ls_index_entry *entry,
		      struct ls_buffer *out, struct ls_error *err)
{
	struct bundle *b;
	size_t n = entry->length;
	int rc = find_bundle(r, entry->place / LS_TILE_WIDTH, &b, err);
	if (rc < 0)
		return rc;
	ls_buffer_clear(out);
	uint8_t *bytes = ls_buffer_reserve(out, n);
	if (!bytes)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for an entry");
	if (r->held && !in_window(b, entry) && goes_on(b, entry))
		rc = move_window(b, entry->offset, err);
	if (rc == 0 && in_window(b, entry))
		memcpy(bytes, b->window + (entry->offset - b->window_offset), n);
	else if (rc == 0)
		rc = read_at(b->fd, entry->offset, bytes, n, &n, err);
	if (rc < 0)
		return rc;
	b->last_end = entry->offset + n;
	ls_buffer_commit(out, n);
	return 0;
}

int ls_registry_read(struct ls_registry *r, const struct ls_index_entry *entry,
		     struct ls_buffer *out, struct ls_error *err)
{
	int rc = read_bytes(r, entry, out, err);
	if (rc == 0)
		rc = ls_proven_entry(r->proven, entry->place, out->data, out->size, err);
	if (rc == -EBADMSG || rc == -EINVAL)
		return ls_fail(err, -EUCLEAN, "registry.entry",
			       "entry %" PRIu64 " of the registry's log is not the one that its "
			       "checkpoint covers: the log or its cache is damaged; 'labseal cal "
			       "sync --check' looks at all of it and makes the cache again",
			       entry->place);
	return rc;
}

/* --- looking at all of it --------------------------------------------------------------- */

/* Hash tiles are not read for entries, but for consistency proofs and by whoever mirrors this. */
static int check_tile(struct ls_registry *r, const struct ls_tile *tile, struct ls_error *err)
{
	uint8_t bytes[LS_TILE_SIZE_MAX];
	const struct ls_merkle_source tree = ls_hash_tree_source(r->cache.tree);
	const struct ls_tile_source tiles = ls_log_folder_tiles(&r->fd);
	int rc = tiles.read(tiles.context, tile, bytes, err);
	for (unsigned i = 0; rc == 0 && i < tile->width; i++) {
		struct ls_digest hash;
		uint64_t index = tile->index * LS_TILE_WIDTH + i;
		rc = tree.read(tree.context, tile->level * LS_TILE_HEIGHT, index, &hash, err);
		if (rc == 0 && memcmp(hash.bytes, bytes + i * LS_DIGEST_SIZE, LS_DIGEST_SIZE) != 0)
			rc = -EBADMSG;
	}
	char path[LS_REGISTRY_PATH_SIZE];
	if (rc == -EBADMSG || rc == -ENOENT || rc == -EFBIG)
		return ls_fail(err, -EUCLEAN, "registry.damaged",
			       "'%s' is missing, or is not what the log's entries make",
			       ls_registry_tile_path(tile, path));
	return rc;
}

int ls_registry_check(const char *path, const struct ls_note_key *key, uint64_t *ret_size,
		      struct ls_error *err)
{
	_cleanup_registry_ struct ls_registry *r = NULL;
	struct ls_tile_range range;
	struct ls_tile tile;
	int rc = open_registry(path, key, /* anew= */ true, &r, err);
	if (rc < 0)
		return rc;
	ls_tile_range_init(&range, 0, r->note.checkpoint.size);
	while (rc == 0 && ls_tile_range_next(&range, &tile))
		rc = check_tile(r, &tile, err);
	if (rc == 0)
		*ret_size = r->note.checkpoint.size;
	return rc;
}
