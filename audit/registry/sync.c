/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/sync.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/registry/sync_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/registry/registry.h"
#include "lib/registry/tile_writer.h"

/* --- checkpoints -------------------------------------------------------------------------------
 */

static int read_own(struct ls_sync_job *job, const struct ls_note_key *key, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_NOTE_SIZE_MAX);
	int rc = ls_file_read(job->fd, LS_REGISTRY_CHECKPOINT, &bytes, err);
	if (rc == -ENOENT)
		return 0;
	/* what is wrong with a line by the Ed25519 key here, the source's checkpoint mends */
	struct ls_note_key first = *key;
	first.has_ed25519 = false;
	if (rc == 0)
		rc = ls_checkpoint_open(bytes.data, bytes.size, &first, &job->own, err);
	if (rc < 0)
		ls_error_prefix(err, "the mirror's '" LS_REGISTRY_CHECKPOINT "'");
	return rc;
}

static int fetch_theirs(struct ls_sync_job *job, const struct ls_note_key *key,
			struct ls_error *err)
{
	int rc = ls_sync_get(job, LS_REGISTRY_CHECKPOINT, &job->theirs.bytes, err);
	if (rc < 0)
		return rc;
	rc = ls_registry_checkpoint_open(job->theirs.bytes.data, job->theirs.bytes.size, key,
					 &job->theirs.checkpoint, err);
	if (rc < 0)
		ls_error_prefix(err, "the source's '" LS_REGISTRY_CHECKPOINT "'");
	return rc;
}

/* --- entries ------------------------------------------------------------------------------------
 */

static int copy_bundle(struct ls_sync_job *job, struct ls_tile_writer *writer, uint64_t index,
		       struct ls_buffer *bytes, struct ls_error *err)
{
	struct ls_bundle bundle;
	int rc = ls_sync_bundle(job, index, bytes, &bundle, err);
	uint64_t first = index * LS_TILE_WIDTH;
	for (unsigned i = 0; rc == 0 && i < bundle.count; i++) {
		struct ls_digest leaf;
		if (first + i < job->own.size)
			continue;
		rc = ls_sync_want(job, bundle.entries[i].bytes, bundle.entries[i].size, err);
		if (rc == 0)
			rc = ls_tile_writer_add(writer, bundle.entries[i].bytes,
						bundle.entries[i].size, &leaf, err);
	}
	return rc;
}

static int copy_entries(struct ls_sync_job *job, struct ls_tile_writer *writer,
			struct ls_error *err)
{
	struct ls_digest root;
	uint64_t size = job->theirs.checkpoint.size;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_BUNDLE_SIZE_MAX);
	int rc = 0;
	for (uint64_t i = job->own.size / LS_TILE_WIDTH; rc == 0 && i * LS_TILE_WIDTH < size; i++)
		rc = copy_bundle(job, writer, i, &bytes, err);
	if (rc == 0)
		rc = ls_tile_writer_flush(writer, &root, err);
	if (rc == 0 && !ls_digest_equal(&root, &job->theirs.checkpoint.root))
		rc = ls_fail(err, -EBADMSG, "sync.damaged",
			     "the source's entries do not make the root of its checkpoint");
	return rc;
}

static int grow(struct ls_sync_job *job, const struct ls_registry_trusted *trusted,
		struct ls_error *err)
{
	_cleanup_tile_writer_ struct ls_tile_writer *writer = NULL;
	int rc = ls_tile_writer_open(job->fd, job->own.size, &job->own.root, &writer, err);
	if (rc == 0)
		rc = copy_entries(job, writer, err);
	if (rc == 0)
		rc = ls_sync_documents(job, err);
	if (rc == 0)
		rc = ls_registry_note_renew(job->fd, &job->theirs, trusted, err);
	if (rc == 0)
		ls_tile_writer_tidy(writer, job->own.size);
	return rc;
}

/* --- all of it
 * ------------------------------------------------------------------------------------ */

static int bring_up(struct ls_sync_job *job, const struct ls_registry_trusted *trusted,
		    struct ls_error *err)
{
	const struct ls_note_key *key = &trusted->key;
	int rc = read_own(job, key, err);
	if (rc == 0)
		rc = fetch_theirs(job, key, err);
	if (rc < 0)
		return rc;
	uint64_t size = job->theirs.checkpoint.size;
	job->result->before = job->result->size = job->own.size;
	if (size > job->own.size)
		rc = ls_sync_take_edge(job, err);
	if (rc == 0)
		rc = ls_sync_check_history(job, err);
	if (rc < 0)
		return rc;
	if (size < job->own.size)
		return ls_fail(err, -ESTALE, "sync.behind",
			       "the source has %" PRIu64 " entries, and this mirror %" PRIu64
			       " of the same log: the source is behind; the mirror stays as it is",
			       size, job->own.size);
	rc = size > job->own.size ? grow(job, trusted, err)
	     : ls_sync_documents(job, err) < 0
		     ? err->code
		     : ls_registry_note_renew(job->fd, &job->theirs, trusted, err);
	if (rc == 0)
		rc = ls_registry_vkey_write(job->fd, key, err);
	job->result->size = size;
	return rc;
}

/* The index is made at once: whoever looks something up finds it ready. */
static int index_it(const char *mirror, const struct ls_note_key *key, struct ls_error *err)
{
	_cleanup_registry_ struct ls_registry *registry = NULL;
	return ls_registry_open(mirror, key, &registry, err);
}

static int run(struct ls_sync_job *job, const char *mirror,
	       const struct ls_registry_trusted *trusted, struct ls_error *err)
{
	int rc = ls_make_dirs(AT_FDCWD, mirror, 0755, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int fd = ls_registry_folder_open(mirror, err);
	_cleanup_close_ int lock = fd < 0 ? -1 : ls_registry_lock(fd, err);
	if (fd < 0 || lock < 0)
		return fd < 0 ? fd : lock;
	job->fd = fd;
	rc = bring_up(job, trusted, err);
	return rc == 0 ? index_it(mirror, &trusted->key, err) : rc;
}

int ls_sync(struct ls_sync_source *source, const char *mirror,
	    const struct ls_registry_trusted *trusted, const struct ls_sync_options *options,
	    struct ls_sync_result *ret_result, struct ls_error *err)
{
	struct ls_sync_job *job = calloc(1, sizeof(*job));
	if (!job)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a copy");
	memset(ret_result, 0, sizeof(*ret_result));
	job->source = source;
	job->options = options;
	job->result = ret_result;
	ls_registry_note_init(&job->theirs);
	ls_buffer_init(&job->wanted, SIZE_MAX / 2); /* max_names bounds it */
	int rc = run(job, mirror, trusted, err);
	ls_registry_note_free(&job->theirs);
	ls_buffer_free(&job->wanted);
	ls_id_set_free(&job->known);
	ls_sha256_free(&job->hash);
	free(job);
	return rc;
}
