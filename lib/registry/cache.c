/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/cache.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/registry/folder.h"

void ls_registry_cache_free(struct ls_registry_cache *cache)
{
	ls_index_free(cache->index);
	ls_hash_tree_free(cache->tree);
	memset(cache, 0, sizeof(*cache));
}

int ls_registry_bundle_read(int folder_fd, uint64_t index, uint64_t size, struct ls_buffer *out,
			    struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_tile tile = { .entries = true,
				.index = index,
				.width = ls_tile_width(0, index, size) };
	int rc = ls_file_read(folder_fd, ls_registry_tile_path(&tile, path), out, err);
	if (rc != -ENOENT || tile.width == LS_TILE_WIDTH)
		return rc;
	tile.width = LS_TILE_WIDTH; /* it has grown full meanwhile */
	return ls_file_read(folder_fd, ls_registry_tile_path(&tile, path), out, err);
}

/* --- making it ------------------------------------------------------------------------- */

struct maker {
	int folder_fd;
	const struct ls_note_key *key;
	const struct ls_checkpoint *checkpoint;
	struct ls_registry_cache *cache;
	struct ls_sha256 hash;
	struct ls_p256_verifier verifier;
	struct ls_buffer bundle;
};

static int fail_damaged(const struct maker *m, struct ls_error *err)
{
	return ls_fail(
		err, -EUCLEAN, "registry.damaged",
		"the entries under log/tile do not make the root that the checkpoint of size "
		"%" PRIu64 " has: something of the log is damaged or missing; get it again "
		"with 'labseal cal sync' into a new folder",
		m->checkpoint->size);
}

static int is_same(void *context, const struct ls_index_entry *entry)
{
	return ls_digest_equal(&entry->id, context);
}

/*
 * Of two spellings of a record the first would be the one that counts, and its signature may be
 * nobody's: so a revocation could be made to say nothing.  A writer refuses the second.
 */
static int refuse_twice(struct maker *m, const struct ls_cal_record *record, uint64_t place,
			struct ls_error *err)
{
	struct ls_digest id = record->id;
	char hex[LS_DIGEST_HEX_SIZE];
	int rc = ls_index_linked(m->cache->index, LS_INDEX_ID, &id, place, is_same, &id, err);
	return rc <= 0 ? rc
		       : ls_fail(err, -EUCLEAN, "registry.duplicate",
				 "entry %" PRIu64 " of the log is the record %s, which was logged "
				 "before: who wrote the log did not keep its rules, and nothing of "
				 "it counts; tell the registry's operator",
				 place, ls_digest_hex(&id, hex));
}

/* An entry that is no record is one that nobody finds. */
static int add_entry(struct maker *m, uint64_t place, const uint8_t *bytes, size_t n, size_t offset,
		     struct ls_error *err)
{
	struct ls_digest leaf;
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	struct ls_index_entry entry = { .place = place, .offset = offset, .length = (uint32_t)n };
	if (ls_merkle_leaf(&m->hash, bytes, n, &leaf) < 0)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a hash");
	int rc = ls_hash_tree_append(m->cache->tree, &leaf, err);
	if (rc < 0)
		return rc;
	struct ls_error ignored = { 0 };
	bool is_record = ls_cal_record_parse(bytes, n, &record, &ignored) == 0 &&
			 strcmp(record.registry, m->checkpoint->origin) == 0;
	if (is_record) {
		entry.id = record.id;
		entry.kind = record.kind;
		rc = refuse_twice(m, &record, place, err);
		if (rc < 0)
			return rc;
	}
	bool beat = is_record && record.kind == LS_CAL_HEARTBEAT &&
		    ls_cal_record_verify(&record, 0, &m->key->key, &m->verifier, &ignored) == 0;
	return ls_index_add(m->cache->index, &entry, is_record ? &record : NULL, beat, err);
}

static int add_bundle(struct maker *m, uint64_t index, uint64_t from, struct ls_error *err)
{
	struct ls_reader r;
	uint64_t size = m->checkpoint->size;
	ls_buffer_clear(&m->bundle);
	int rc = ls_registry_bundle_read(m->folder_fd, index, size, &m->bundle, err);
	if (rc == -ENOENT || rc == -EFBIG)
		return fail_damaged(m, err);
	if (rc < 0)
		return rc;
	ls_reader_init(&r, m->bundle.data, m->bundle.size);
	unsigned width = ls_tile_width(0, index, size);
	for (unsigned i = 0; rc == 0 && i < width; i++) {
		uint64_t place = index * LS_TILE_WIDTH + i;
		const uint8_t *bytes;
		size_t n;
		if (ls_bundle_next(&r, &bytes, &n) < 0)
			return fail_damaged(m, err);
		if (place >= from)
			rc = add_entry(m, place, bytes, n, r.pos - n, err);
	}
	return rc;
}

static int check_root(struct maker *m, struct ls_error *err)
{
	struct ls_digest root;
	int rc = ls_hash_tree_root(m->cache->tree, m->checkpoint->size, &root, err);
	if (rc == 0 && !ls_digest_equal(&root, &m->checkpoint->root))
		rc = fail_damaged(m, err);
	return rc;
}

static int add_all(struct maker *m, uint64_t from, struct ls_error *err)
{
	int rc = 0;
	ls_hash_tree_cut(m->cache->tree, from);
	for (uint64_t i = from / LS_TILE_WIDTH; rc == 0 && i * LS_TILE_WIDTH < m->checkpoint->size;
	     i++)
		rc = add_bundle(m, i, from, err);
	if (rc == 0)
		rc = ls_hash_tree_flush(m->cache->tree, err);
	return rc == 0 ? check_root(m, err) : rc;
}

/* From where the index is; when that does not fit, from the log's beginning. */
static int bring_up(struct maker *m, bool anew, struct ls_error *err)
{
	struct ls_checkpoint state = { .size = 0 };
	int rc = ls_index_begin(m->cache->index, err);
	if (rc == 0)
		rc = ls_index_state(m->cache->index, &state, err);
	if (rc < 0)
		return rc;
	struct ls_error ignored = { 0 };
	bool fits = !anew && strcmp(state.origin, m->checkpoint->origin) == 0 &&
		    state.size <= m->checkpoint->size;
	rc = fits ? add_all(m, state.size, &ignored) : -EUCLEAN;
	if (rc == -EUCLEAN) {
		rc = ls_index_clear(m->cache->index, err);
		if (rc == 0)
			rc = add_all(m, 0, err);
	} else if (rc < 0 && err) {
		*err = ignored;
	}
	return rc == 0 ? ls_index_keep(m->cache->index, m->checkpoint, err) : rc;
}

static int make(struct maker *m, bool anew, struct ls_error *err)
{
	ls_buffer_init(&m->bundle, LS_BUNDLE_SIZE_MAX);
	int rc = bring_up(m, anew, err);
	ls_buffer_free(&m->bundle);
	ls_sha256_free(&m->hash);
	ls_p256_verifier_free(&m->verifier);
	return rc;
}

/* --- opening it ------------------------------------------------------------------------ */

static bool is_current(struct maker *m)
{
	struct ls_checkpoint state;
	struct ls_error ignored = { 0 };
	return ls_index_state(m->cache->index, &state, &ignored) == 0 &&
	       strcmp(state.origin, m->checkpoint->origin) == 0 &&
	       state.size >= m->checkpoint->size && check_root(m, &ignored) == 0;
}

static int open_files(const char *path, int folder_fd, bool writable,
		      struct ls_registry_cache *cache, struct ls_error *err)
{
	char real[PATH_MAX], index[PATH_MAX];
	if (!realpath(path, real)) /* SQLite follows no link, wherever in the path it is */
		return ls_fail_errno(err, errno, "registry.path", "'%s'", path);
	int n = snprintf(index, sizeof(index), "%s/" LS_REGISTRY_INDEX, real);
	if (n < 0 || (size_t)n >= sizeof(index))
		return ls_fail(err, -ENAMETOOLONG, "registry.path", "'%s' is too long", path);
	int rc = writable ? ls_make_dirs(folder_fd, LS_REGISTRY_CACHE, 0755, err) : 0;
	if (rc == 0)
		rc = ls_index_open(index, writable, &cache->index, err);
	if (rc == 0)
		rc = ls_hash_tree_open(folder_fd, LS_REGISTRY_TREE, writable, 0, &cache->tree, err);
	if (rc < 0)
		ls_registry_cache_free(cache);
	return rc;
}

static int open_memory(struct ls_registry_cache *cache, struct ls_error *err)
{
	int rc = ls_index_open(NULL, /* writable= */ true, &cache->index, err);
	return rc < 0 ? rc : ls_hash_tree_open(-1, NULL, true, 0, &cache->tree, err);
}

static bool cannot_write(int rc)
{
	return rc == -EROFS || rc == -EACCES || rc == -EPERM || rc == -ENOENT;
}

/* 0: *cache is open, for reading; else it is not there, or stands elsewhere. */
static int open_current(const char *path, struct maker *m)
{
	struct ls_error ignored = { 0 };
	int rc = open_files(path, m->folder_fd, /* writable= */ false, m->cache, &ignored);
	if (rc < 0 || is_current(m))
		return rc;
	ls_registry_cache_free(m->cache);
	return -ESTALE;
}

bool ls_registry_cache_is_current(const char *path, int folder_fd,
				  const struct ls_checkpoint *checkpoint)
{
	struct ls_registry_cache cache = { 0 };
	struct maker m = { .folder_fd = folder_fd, .checkpoint = checkpoint, .cache = &cache };
	bool current = open_current(path, &m) == 0;
	ls_registry_cache_free(&cache);
	return current;
}

int ls_registry_cache_open(const char *path, int folder_fd, const struct ls_note_key *key,
			   const struct ls_checkpoint *checkpoint, bool anew,
			   struct ls_registry_cache *ret_cache, struct ls_error *err)
{
	struct ls_registry_cache cache = { 0 };
	struct maker m = {
		.folder_fd = folder_fd, .key = key, .checkpoint = checkpoint, .cache = &cache
	};
	int rc = anew ? -ENOENT : open_current(path, &m);
	if (rc < 0) {
		rc = open_files(path, folder_fd, /* writable= */ true, &cache, err);
		if (cannot_write(rc) && !anew)
			rc = open_memory(&cache, err);
		if (rc == 0)
			rc = make(&m, anew, err);
	}
	ls_sha256_free(&m.hash);
	if (rc < 0)
		ls_registry_cache_free(&cache);
	else
		*ret_cache = cache;
	return rc;
}
