/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/files.h"
#include "lib/log/checkpoint.h"
#include "lib/registry/folder.h"
#include "lib/registry/registry.h"

/* The checkpoint that is remembered; size 0: none yet. */
static int recall(const char *path, const struct ls_note_key *key,
		  struct ls_checkpoint *ret_checkpoint, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer note;
	struct ls_error why = { 0 };
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &note, err);
	if (rc == -ENOENT)
		return 0;
	if (rc == 0 && ls_checkpoint_open(note.data, note.size, key, ret_checkpoint, &why) < 0)
		return ls_fail(err, -EINVAL, "cal.memory.other",
			       "memory '%s' is no checkpoint of this registry: %s", path,
			       why.message);
	return rc;
}

static int compare(struct ls_registry *registry, const struct ls_checkpoint *before,
		   const char *path, struct ls_error *err)
{
	struct ls_digest root;
	const struct ls_checkpoint *now = ls_registry_checkpoint(registry);
	if (now->size < before->size)
		return ls_fail(
			err, -EBADMSG, "cal.memory.rollback",
			"the registry has %" PRIu64 " entries and had %" PRIu64
			" when '%s' was written: it was rolled back, or the mirror is an old one",
			now->size, before->size, path);
	if (before->size == 0)
		return 0;
	int rc = ls_registry_root(registry, before->size, &root, err);
	if (rc == 0 && !ls_digest_equal(&root, &before->root))
		return ls_fail(err, -EBADMSG, "cal.memory.fork",
			       "the registry's first %" PRIu64
			       " entries are not those that were there "
			       "when '%s' was written: it shows two histories; keep both",
			       before->size, path);
	return rc;
}

static int remember(struct ls_registry *registry, const char *path, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	int rc = ls_file_read(ls_registry_fd(registry), LS_REGISTRY_CHECKPOINT, &note, err);
	return rc == 0 ? ls_file_replace(AT_FDCWD, path, note.data, note.size, 0644, err) : rc;
}

int ls_cal_memory_check(const char *path, const char *registry_path,
			const struct ls_cal_trust *trust, char said[static LS_CAL_MEMORY_SAID_SIZE],
			struct ls_error *err)
{
	struct ls_checkpoint before = { .size = 0 };
	_cleanup_registry_ struct ls_registry *registry = NULL;
	int rc = ls_registry_open(registry_path, &trust->registry, &registry, err);
	if (rc == 0)
		rc = recall(path, &trust->registry, &before, err);
	if (rc == 0)
		rc = compare(registry, &before, path, err);
	if (rc == 0)
		rc = remember(registry, path, err);
	if (rc < 0)
		return rc;
	uint64_t size = ls_registry_checkpoint(registry)->size;
	if (before.size == 0)
		snprintf(said, LS_CAL_MEMORY_SAID_SIZE, "begun, with %" PRIu64 " entries", size);
	else
		snprintf(said, LS_CAL_MEMORY_SAID_SIZE,
			 "%" PRIu64 " entries continue the %" PRIu64 " that were seen last", size,
			 before.size);
	return 0;
}
