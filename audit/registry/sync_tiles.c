/* SPDX-License-Identifier: Apache-2.0 */
/* The source's tree, believed only as far as it leads up to the signed root. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/registry/sync_internal.h"
#include "lib/base/files.h"
#include "lib/log/folder.h"
#include "lib/log/misbehaviour.h"
#include "lib/registry/cache.h"

int ls_sync_get(struct ls_sync_job *job, const char *path, struct ls_buffer *bytes,
		struct ls_error *err)
{
	int rc = ls_sync_source_get(job->source, path, bytes, err);
	job->result->fetched += bytes->size; /* of what was broken off, too */
	if (job->result->fetched > job->options->max_bytes)
		return ls_fail(err, -EFBIG, "sync.limit",
			       "the source has given more than the %" PRIu64
			       " bytes of --max-bytes",
			       job->options->max_bytes);
	return rc;
}

static int fail_damaged(const char *path, const char *why, struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "sync.damaged",
		       "the source's '%s' %s, so the source is damaged, or lies; nothing of it was "
		       "kept",
		       path, why);
}

/* A tile as the source has it; a partial one may have grown full meanwhile. */
static int fetch_tile(struct ls_sync_job *job, struct ls_tile tile, struct ls_buffer *bytes,
		      struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	int rc = ls_sync_get(job, ls_registry_tile_path(&tile, path), bytes, err);
	if (rc == -ENOENT && tile.width < LS_TILE_WIDTH) {
		tile.width = LS_TILE_WIDTH;
		rc = ls_sync_get(job, ls_registry_tile_path(&tile, path), bytes, err);
	}
	return rc == -ENOENT
		       ? fail_damaged(path, "is not there, though its checkpoint covers it", err)
		       : rc;
}

static bool is_same(const struct ls_tile *a, const struct ls_tile *b)
{
	return a->level == b->level && a->index == b->index && a->width == b->width;
}

/* For lib/log/tiles.h: what is at hand, else what the source says. */
static int read_tile(void *context, const struct ls_tile *tile, uint8_t *bytes,
		     struct ls_error *err)
{
	struct ls_sync_job *job = context;
	struct ls_sync_tile *at_hand = tile->width < LS_TILE_WIDTH ? &job->edge[tile->level]
								   : &job->full[tile->level];
	size_t size = (size_t)tile->width * LS_DIGEST_SIZE;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_TILE_SIZE_MAX);
	if (at_hand->known && is_same(&at_hand->tile, tile)) {
		memcpy(bytes, at_hand->bytes, size);
		return 0;
	}
	int rc = fetch_tile(job, *tile, &b, err);
	char path[LS_REGISTRY_PATH_SIZE];
	if (rc == 0 && b.size < size)
		rc = fail_damaged(ls_registry_tile_path(tile, path), "is too short", err);
	if (rc < 0)
		return rc;
	memcpy(bytes, b.data, size);
	if (tile->width < LS_TILE_WIDTH) { /* known is set when the root is seen to be right */
		at_hand->tile = *tile;
		memcpy(at_hand->bytes, bytes, size);
	}
	return 0;
}

int ls_sync_take_edge(struct ls_sync_job *job, struct ls_error *err)
{
	const struct ls_tile_source source = { .read = read_tile, .context = job };
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	struct ls_digest root;
	const struct ls_checkpoint *c = &job->theirs.checkpoint;
	int rc = ls_tile_reader_new(&source, c->size, &reader, err);
	if (rc == 0)
		rc = ls_tile_reader_root(reader, &root, err);
	if (rc == 0 && !ls_digest_equal(&root, &c->root))
		rc = fail_damaged("log/tile", "does not make the root of its checkpoint", err);
	for (unsigned i = 0; rc == 0 && i < LS_TILE_LEVELS; i++)
		job->edge[i].known = job->edge[i].tile.width > 0;
	return rc;
}

/* --- what went before --------------------------------------------------------------------------
 */

static int read_own_note(struct ls_sync_job *job, struct ls_buffer *bytes, struct ls_error *err)
{
	ls_buffer_init(bytes, LS_NOTE_SIZE_MAX);
	return ls_file_read(job->fd, LS_REGISTRY_CHECKPOINT, bytes, err);
}

int ls_sync_fork(struct ls_sync_job *job, const struct ls_digest *root,
		 const struct ls_digest *proof, unsigned count, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer own, text;
	struct ls_misbehaviour m = { .has_root = root != NULL, .count = count };
	int rc = read_own_note(job, &own, err);
	ls_buffer_init(&text, LS_MISBEHAVIOUR_SIZE_MAX);
	if (rc < 0)
		return rc;
	/* the smaller log's first; root and proof are of the larger */
	bool own_first = job->own.size <= job->theirs.checkpoint.size;
	m.notes[own_first ? 0 : 1].bytes = own.data;
	m.notes[own_first ? 0 : 1].size = own.size;
	m.notes[own_first ? 1 : 0].bytes = job->theirs.bytes.data;
	m.notes[own_first ? 1 : 0].size = job->theirs.bytes.size;
	if (root)
		m.root = *root;
	memcpy(m.hashes, proof, count * sizeof(*proof));
	rc = ls_misbehaviour_format(&m, &text);
	if (rc == 0)
		rc = ls_file_replace(job->fd, LS_SYNC_MISBEHAVIOUR, text.data, text.size, 0644,
				     err);
	if (rc < 0)
		return rc;
	return ls_fail(
		err, -ECONNABORTED, "sync.fork",
		"the registry signed two logs that cannot both be true: one of %" PRIu64
		" entries, which this mirror has, and one of %" PRIu64
		" entries, which does not continue it.  Its key was used to rewrite history; "
		"the mirror's file '" LS_SYNC_MISBEHAVIOUR "' proves it to anyone: tell those "
		"who trust the registry",
		job->own.size, job->theirs.checkpoint.size);
}

/*
 * Whether the larger of two trees, read from tiles, begins with the smaller.  0: it does; 1: it
 * begins with another one, *ret_root, as proof shows; -EBADMSG: its tiles make no proof.
 */
static int compare(const struct ls_tile_source *tiles, const struct ls_checkpoint *smaller,
		   const struct ls_checkpoint *larger, struct ls_digest *ret_root,
		   struct ls_digest *proof, unsigned *ret_count, struct ls_error *err)
{
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	_cleanup_sha256_ struct ls_sha256 hash = { 0 };
	struct ls_merkle_frontier frontier;
	int rc = ls_tile_reader_new(tiles, larger->size, &reader, err);
	if (rc < 0)
		return rc;
	const struct ls_merkle_source source = ls_tile_reader_source(reader);
	rc = ls_merkle_read_frontier(&source, smaller->size, &frontier, err);
	if (rc == 0)
		rc = ls_merkle_frontier_root(&frontier, &hash, ret_root);
	if (rc == 0)
		rc = ls_merkle_prove_consistency(&source, smaller->size, larger->size, proof,
						 ret_count, err);
	if (rc == 0)
		rc = ls_merkle_verify_consistency(smaller->size, ret_root, larger->size,
						  &larger->root, proof, *ret_count, err);
	return rc < 0 ? rc : !ls_digest_equal(ret_root, &smaller->root);
}

int ls_sync_check_history(struct ls_sync_job *job, struct ls_error *err)
{
	const struct ls_checkpoint *own = &job->own, *theirs = &job->theirs.checkpoint;
	struct ls_digest root, proof[LS_MERKLE_PROOF_MAX];
	unsigned count = 0;
	if (own->size == theirs->size)
		return ls_digest_equal(&own->root, &theirs->root)
			       ? 0
			       : ls_sync_fork(job, NULL, proof, 0, err);
	if (own->size == 0 || theirs->size == 0)
		return 0;
	bool behind = theirs->size < own->size;
	const struct ls_tile_source their_tiles = { .read = read_tile, .context = job };
	const struct ls_tile_source own_tiles = ls_log_folder_tiles(&job->fd);
	int rc = compare(behind ? &own_tiles : &their_tiles, behind ? theirs : own,
			 behind ? own : theirs, &root, proof, &count, err);
	if (rc == -EBADMSG && !behind)
		return fail_damaged("log/tile",
				    "makes no proof that its log continues this mirror's", err);
	return rc == 1 ? ls_sync_fork(job, &root, proof, count, err) : rc;
}

/* --- downwards ---------------------------------------------------------------------------------
 */

static int root_of(struct ls_sync_job *job, const uint8_t *hashes, unsigned width,
		   struct ls_digest *ret_root)
{
	struct ls_merkle_frontier frontier;
	int rc = 0;
	ls_merkle_frontier_init(&frontier);
	for (unsigned i = 0; rc == 0 && i < width; i++) {
		struct ls_digest hash;
		memcpy(hash.bytes, hashes + i * LS_DIGEST_SIZE, LS_DIGEST_SIZE);
		rc = ls_merkle_frontier_append(&frontier, &job->hash, &hash);
	}
	return rc == 0 ? ls_merkle_frontier_root(&frontier, &job->hash, ret_root) : rc;
}

/* The hash of the index-th tile's whole width of this level, out of the level above, verified. */
static int known_hash(struct ls_sync_job *job, unsigned level, uint64_t index,
		      struct ls_digest *ret_hash, struct ls_error *err)
{
	uint64_t above = index / LS_TILE_WIDTH;
	struct ls_tile tile = { .level = level + 1,
				.index = above,
				.width = ls_tile_width(level + 1, above,
						       job->theirs.checkpoint.size) };
	struct ls_sync_tile *held = tile.width < LS_TILE_WIDTH ? &job->edge[tile.level]
							       : &job->full[tile.level];
	if (!held->known || !is_same(&held->tile, &tile)) {
		struct ls_digest expected, made;
		if (tile.width < LS_TILE_WIDTH) /* the edge was taken, whole */
			return fail_damaged("log/tile", "has another edge than it had", err);
		held->known = false;
		int rc = read_tile(job, &tile, held->bytes, err);
		if (rc == 0)
			rc = known_hash(job, tile.level, above, &expected, err);
		if (rc == 0)
			rc = root_of(job, held->bytes, tile.width, &made);
		char path[LS_REGISTRY_PATH_SIZE];
		if (rc == 0 && !ls_digest_equal(&made, &expected))
			rc = fail_damaged(ls_registry_tile_path(&tile, path),
					  "is not what the tile above it has", err);
		if (rc < 0)
			return rc;
		held->tile = tile;
		held->known = true;
	}
	memcpy(ret_hash->bytes, held->bytes + index % LS_TILE_WIDTH * LS_DIGEST_SIZE,
	       LS_DIGEST_SIZE);
	return 0;
}

/* -EBADMSG without words: these are not the entries that the tree has there. */
static int check_bundle(struct ls_sync_job *job, uint64_t index, const struct ls_bundle *bundle,
			struct ls_error *err)
{
	uint8_t hashes[LS_TILE_SIZE_MAX];
	struct ls_digest made, expected;
	for (unsigned i = 0; i < bundle->count; i++) {
		struct ls_digest leaf;
		if (ls_merkle_leaf(&job->hash, bundle->entries[i].bytes, bundle->entries[i].size,
				   &leaf) < 0)
			return ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
		memcpy(hashes + i * LS_DIGEST_SIZE, leaf.bytes, LS_DIGEST_SIZE);
	}
	if (bundle->count < LS_TILE_WIDTH)
		return job->edge[0].known && job->edge[0].tile.index == index &&
				       job->edge[0].tile.width == bundle->count &&
				       memcmp(job->edge[0].bytes, hashes,
					      bundle->count * LS_DIGEST_SIZE) == 0
			       ? 0
			       : -EBADMSG;
	int rc = known_hash(job, 0, index, &expected, err);
	if (rc == 0)
		rc = root_of(job, hashes, bundle->count, &made);
	return rc == 0 && !ls_digest_equal(&made, &expected) ? -EBADMSG : rc;
}

/* The first `width` entries; a bundle that has grown has more. */
static int take_bundle(struct ls_sync_job *job, uint64_t index, struct ls_buffer *bytes,
		       struct ls_bundle *bundle, struct ls_error *err)
{
	struct ls_reader r;
	unsigned width = ls_tile_width(0, index, job->theirs.checkpoint.size);
	ls_reader_init(&r, bytes->data, bytes->size);
	for (bundle->count = 0; bundle->count < width; bundle->count++)
		if (ls_bundle_next(&r, &bundle->entries[bundle->count].bytes,
				   &bundle->entries[bundle->count].size) < 0)
			return -EBADMSG;
	return check_bundle(job, index, bundle, err);
}

int ls_sync_bundle(struct ls_sync_job *job, uint64_t index, struct ls_buffer *bytes,
		   struct ls_bundle *ret_bundle, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_error ignored = { 0 };
	uint64_t size = job->theirs.checkpoint.size;
	struct ls_tile tile = { .entries = true,
				.index = index,
				.width = ls_tile_width(0, index, size) };
	if (ls_registry_bundle_read(job->fd, index, size, bytes, &ignored) == 0 &&
	    take_bundle(job, index, bytes, ret_bundle, err) == 0)
		return 0;
	int rc = fetch_tile(job, tile, bytes, err);
	if (rc == 0)
		rc = take_bundle(job, index, bytes, ret_bundle, err);
	if (rc == -EBADMSG && (!err || err->code != -EBADMSG))
		return fail_damaged(ls_registry_tile_path(&tile, path),
				    "has other entries than the tree under its checkpoint", err);
	return rc;
}
