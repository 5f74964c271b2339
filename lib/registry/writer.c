/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/registry/folder.h"
#include "lib/registry/id_set.h"
#include "lib/registry/tile_writer.h"

LS_DEFINE_CLEANUP(DIR *, closedir)

struct ls_registry_writer {
	char *path;
	int fd, lock_fd;
	struct ls_note_key key;
	struct ls_registry *registry;
	struct ls_tile_writer *tiles;
	struct ls_id_set fresh; /* ids that are not committed */
};

/* --- a new one --------------------------------------------------------------------------- */

static int check_empty(int fd, const char *path, struct ls_error *err)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closedir) DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
	if (!folder)
		return ls_fail_errno(err, errno, "registry.folder", "'%s' cannot be read", path);
	for (struct dirent *entry; (entry = readdir(folder));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return ls_fail(
				err, -EEXIST, "registry.exists",
				"'%s' is not empty: a registry begins in a folder of its own",
				path);
	return 0;
}

static int check_second(const struct ls_ed25519_signer *second, const struct ls_note_key *key,
			struct ls_error *err)
{
	static const char id[] = "registry.key.ed25519";
	if (second && !key->has_ed25519)
		return ls_fail(err, -EINVAL, id,
			       "the registry '%s' has no Ed25519 key: 'labseal cal add-key' gives "
			       "it one",
			       key->name);
	if (!second && key->has_ed25519)
		return ls_fail(err, -EINVAL, id,
			       "the registry '%s' has an Ed25519 key, whose line its checkpoints "
			       "must have, too",
			       key->name);
	if (second && memcmp(second->key.bytes, key->ed25519.bytes, LS_ED25519_KEY_SIZE) != 0)
		return ls_fail(err, -EINVAL, id,
			       "this is not the Ed25519 key of the registry '%s': its checkpoints "
			       "have a line by another one",
			       key->name);
	return 0;
}

int ls_registry_signers_check(const struct ls_registry_signers *signers,
			      const struct ls_note_key *key, struct ls_error *err)
{
	if (!ls_p256_public_equal(&signers->signer->key, &key->key))
		return ls_fail(err, -EINVAL, "registry.key",
			       "this is not the key of the registry '%s': its checkpoints are "
			       "signed with the one that 'cal init' was given",
			       key->name);
	return check_second(signers->ed25519, key, err);
}

static int sign_checkpoint(const struct ls_checkpoint *checkpoint, const struct ls_note_key *key,
			   const struct ls_registry_signers *signers, struct ls_registry_note *note,
			   struct ls_error *err)
{
	int rc = ls_registry_signers_check(signers, key, err);
	if (rc < 0)
		return rc;
	note->checkpoint = *checkpoint;
	return ls_checkpoint_sign(checkpoint, signers->signer, signers->ed25519, &note->bytes, err);
}

/* The checkpoint comes last: a folder without one is no registry yet. */
static int write_new(int fd, const struct ls_note_key *key,
		     const struct ls_registry_signers *signers, struct ls_error *err)
{
	struct ls_checkpoint empty = { .size = 0 };
	_cleanup_registry_note_ struct ls_registry_note note;
	ls_registry_note_init(&note);
	snprintf(empty.origin, sizeof(empty.origin), "%s", key->name);
	ls_sha256_buffer("", 0, &empty.root);
	int rc = sign_checkpoint(&empty, key, signers, &note, err);
	if (rc == 0)
		rc = ls_make_dirs(fd, LS_REGISTRY_DOCUMENTS, 0755, err);
	if (rc == 0)
		rc = ls_registry_vkey_write(fd, key, err);
	return rc == 0 ? ls_registry_note_write(fd, &note, err) : rc;
}

int ls_registry_create(const char *path, const struct ls_note_key *key,
		       const struct ls_registry_signers *signers, struct ls_error *err)
{
	int rc = ls_make_dirs(AT_FDCWD, path, 0755, err);
	_cleanup_close_ int fd = rc == 0 ? ls_registry_folder_open(path, err) : -1;
	if (fd < 0)
		return rc < 0 ? rc : fd;
	rc = check_empty(fd, path, err);
	return rc == 0 ? write_new(fd, key, signers, err) : rc;
}

/* --- opening ----------------------------------------------------------------------------- */

void ls_registry_writer_free(struct ls_registry_writer *w)
{
	if (!w)
		return;
	ls_tile_writer_free(w->tiles);
	ls_registry_free(w->registry);
	ls_id_set_free(&w->fresh);
	if (w->lock_fd >= 0)
		close(w->lock_fd);
	if (w->fd >= 0)
		close(w->fd);
	free(w->path);
	free(w);
}

/* What readers see, and tiles to go on from there. */
static int take_up(struct ls_registry_writer *w, struct ls_error *err)
{
	ls_tile_writer_free(ls_steal_ptr(&w->tiles));
	ls_registry_free(ls_steal_ptr(&w->registry));
	ls_id_set_free(&w->fresh);
	int rc = ls_registry_open(w->path, &w->key, &w->registry, err);
	if (rc < 0)
		return rc;
	const struct ls_checkpoint *c = ls_registry_checkpoint(w->registry);
	return ls_tile_writer_open(w->fd, c->size, &c->root, &w->tiles, err);
}

int ls_registry_writer_open(const char *path, const struct ls_note_key *key,
			    struct ls_registry_writer **ret_writer, struct ls_error *err)
{
	_cleanup_registry_writer_ struct ls_registry_writer *w = calloc(1, sizeof(*w));
	if (!w)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a registry");
	w->fd = w->lock_fd = -1;
	w->key = *key;
	w->path = strdup(path);
	if (!w->path)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a registry");
	int rc = ls_registry_folder_open(path, err);
	if (rc < 0)
		return rc;
	w->fd = rc;
	rc = ls_registry_lock(w->fd, err);
	if (rc < 0)
		return rc;
	w->lock_fd = rc;
	rc = take_up(w, err);
	if (rc == 0)
		*ret_writer = ls_steal_ptr(&w);
	return rc;
}

/* --- appending --------------------------------------------------------------------------- */

static int found(void *context, const struct ls_index_entry *entry)
{
	return ls_digest_equal(&entry->id, context);
}

static int check_new(struct ls_registry_writer *w, struct ls_cal_record *record,
		     struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	if (strcmp(record->registry, w->key.name) != 0)
		return ls_fail(err, -EXDEV, "registry.other",
			       "the record is for the registry '%s', and this is '%s'",
			       record->registry, w->key.name);
	int rc = ls_id_set_has(&w->fresh, &record->id)
			 ? 1
			 : ls_index_linked(ls_registry_index(w->registry), LS_INDEX_ID, &record->id,
					   INT64_MAX, found, &record->id, err);
	return rc == 1 ? ls_fail(err, -EEXIST, "registry.duplicate",
				 "the registry has record %s already",
				 ls_digest_hex(&record->id, hex))
		       : rc;
}

int ls_registry_writer_append(struct ls_registry_writer *w, const void *bytes, size_t size,
			      struct ls_digest *ret_id, struct ls_error *err)
{
	struct ls_digest leaf;
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	int rc = ls_cal_record_parse(bytes, size, &record, err);
	if (rc == 0)
		rc = check_new(w, &record, err);
	if (rc == 0)
		rc = ls_id_set_add(&w->fresh, &record.id, err);
	if (rc == 0)
		rc = ls_tile_writer_add(w->tiles, bytes, size, &leaf, err);
	if (rc == 0 && ret_id)
		*ret_id = record.id;
	return rc;
}

int ls_registry_writer_append_other(struct ls_registry_writer *w, const void *bytes, size_t size,
				    struct ls_error *err)
{
	struct ls_digest leaf;
	struct ls_error ignored = { 0 };
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	if (ls_cal_record_parse(bytes, size, &record, &ignored) == 0)
		return ls_fail(err, -EINVAL, "registry.kind",
			       "a calibration record is appended as one");
	return ls_tile_writer_add(w->tiles, bytes, size, &leaf, err);
}

int ls_registry_writer_commit(struct ls_registry_writer *w,
			      const struct ls_registry_signers *signers, struct ls_error *err)
{
	struct ls_checkpoint next = *ls_registry_checkpoint(w->registry);
	uint64_t before = next.size;
	_cleanup_registry_note_ struct ls_registry_note note;
	ls_registry_note_init(&note);
	next.size = ls_tile_writer_size(w->tiles);
	if (next.size == before)
		return 0;
	int rc = ls_tile_writer_flush(w->tiles, &next.root, err);
	if (rc == 0)
		rc = sign_checkpoint(&next, &w->key, signers, &note, err);
	if (rc == 0)
		rc = ls_registry_note_write(w->fd, &note, err);
	if (rc < 0)
		return rc;
	ls_tile_writer_tidy(w->tiles, before);
	return take_up(w, err);
}

uint64_t ls_registry_writer_size(const struct ls_registry_writer *w)
{
	return ls_tile_writer_size(w->tiles);
}

struct ls_registry *ls_registry_writer_reader(struct ls_registry_writer *w)
{
	return w->registry;
}
