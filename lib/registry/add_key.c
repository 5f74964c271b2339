/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An Ed25519 key for a registry that was begun without one.  log.vkey, by which the writer goes,
 * names it last: until then the registry is one without that key, whose checkpoints have a line
 * more that nobody asks for, and after it no checkpoint is without.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/registry/folder.h"
#include "lib/registry/writer.h"

LS_DEFINE_CLEANUP(DIR *, closedir)

struct addition {
	struct ls_registry *registry;
	struct ls_note_key first, both; /* without the new key, and with it */
	const struct ls_ed25519_signer *signer;
};

/* The note with the line as the last of the log's own; cosignatures follow as far as there is
 * room. */
static int add_line(const struct addition *a, const struct ls_registry_note *before,
		    struct ls_buffer *out, struct ls_error *err)
{
	struct ls_note parsed;
	_cleanup_registry_note_ struct ls_registry_note own;
	ls_registry_note_init(&own);
	own.checkpoint = before->checkpoint;
	int rc = ls_note_parse(before->bytes.data, before->bytes.size, &parsed, err);
	if (rc == 0 && ls_note_has_ed25519(&parsed, &a->both))
		return ls_buffer_add(out, before->bytes.data, before->bytes.size);
	if (rc == 0 && ls_checkpoint_own(&parsed, a->both.name, &own.bytes) < 0)
		rc = ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a checkpoint");
	if (rc == 0)
		rc = ls_note_add_ed25519(parsed.text, parsed.text_size, a->both.name, a->signer,
					 &own.bytes, err);
	return rc == 0 ? ls_registry_note_join(&own, before, out, err) : rc;
}

/* Whether the registry signed it, and it is what the log was at that size: nothing else is signed
 * now. */
static bool is_of_log(const struct addition *a, const struct ls_registry_note *note)
{
	struct ls_digest root;
	struct ls_error ignored = { 0 };
	return ls_registry_root(a->registry, note->checkpoint.size, &root, &ignored) == 0 &&
	       ls_digest_equal(&root, &note->checkpoint.root);
}

/* One of the history; what is damaged stays as it is, and is believed as little as before. */
static int add_to_history(const struct addition *a, uint64_t size, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	struct ls_error ignored = { 0 };
	int fd = ls_registry_fd(a->registry);
	_cleanup_registry_note_ struct ls_registry_note before;
	_cleanup_buffer_ struct ls_buffer with;
	ls_registry_note_init(&before);
	ls_buffer_init(&with, LS_NOTE_SIZE_MAX);
	ls_registry_history_path(size, path);
	if (ls_registry_note_read(fd, path, &a->first, &before, &ignored) < 0 ||
	    before.checkpoint.size != size || !is_of_log(a, &before))
		return 0;
	int rc = add_line(a, &before, &with, err);
	return rc == 0 ? ls_file_replace(fd, path, with.data, with.size, 0644, err) : rc;
}

/* All sizes first: the folder is written to meanwhile. */
static int list_history(int folder_fd, struct ls_buffer *sizes, struct ls_error *err)
{
	int fd = ls_open_beneath(folder_fd, LS_REGISTRY_HISTORY, O_RDONLY | O_DIRECTORY, 0);
	if (fd == -ENOENT)
		return 0;
	_cleanup_(closedir) DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (!folder)
		return ls_fail_errno(err, fd < 0 ? -fd : errno, "registry.history",
				     "'" LS_REGISTRY_HISTORY "' cannot be read");
	for (struct dirent *entry; (entry = readdir(folder));) {
		uint64_t size;
		if (ls_parse_u64(entry->d_name, strlen(entry->d_name), &size) == 0 &&
		    ls_buffer_add(sizes, &size, sizeof(size)) < 0)
			return ls_fail(err, -ENOMEM, "registry.memory",
				       "out of memory for checkpoints");
	}
	return 0;
}

static int add_to_all_history(const struct addition *a, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer sizes;
	ls_buffer_init(&sizes, SIZE_MAX / 2);
	int rc = list_history(ls_registry_fd(a->registry), &sizes, err);
	for (size_t i = 0; rc == 0 && i < sizes.size; i += sizeof(uint64_t)) {
		uint64_t size;
		memcpy(&size, sizes.data + i, sizeof(size));
		rc = add_to_history(a, size, err);
	}
	return rc;
}

static int add_to_checkpoint(const struct addition *a, struct ls_error *err)
{
	int fd = ls_registry_fd(a->registry);
	_cleanup_registry_note_ struct ls_registry_note before;
	_cleanup_buffer_ struct ls_buffer with;
	ls_registry_note_init(&before);
	ls_buffer_init(&with, LS_NOTE_SIZE_MAX);
	int rc = ls_registry_note_read(fd, LS_REGISTRY_CHECKPOINT, &a->first, &before, err);
	if (rc == 0)
		rc = add_line(a, &before, &with, err);
	return rc == 0 ? ls_registry_note_put(fd, before.checkpoint.size, &with, err) : rc;
}

int ls_registry_add_ed25519(struct ls_registry *registry, const struct ls_note_key *key,
			    const struct ls_ed25519_signer *signer, struct ls_error *err)
{
	struct addition a = { .registry = registry, .first = *key, .both = *key, .signer = signer };
	a.first.has_ed25519 = false;
	ls_note_key_add_ed25519(&a.both, &signer->key);
	int rc = add_to_all_history(&a, err);
	if (rc == 0)
		rc = add_to_checkpoint(&a, err);
	return rc == 0 ? ls_registry_vkey_write(ls_registry_fd(registry), &a.both, err) : rc;
}
