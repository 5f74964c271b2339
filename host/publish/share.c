/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/share.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/publish/incoming.h"
#include "host/publish/tile_store.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/log/checkpoint.h"
#include "lib/log/note.h"
#include "lib/log/proof.h"
#include "lib/seal/manifest.h"

LS_DEFINE_CLEANUP(DIR *, closedir)

#define CHECKPOINT	  "checkpoint"
#define STAGED_CHECKPOINT "checkpoint"

struct ls_share {
	int fd; /* our own open of the share, which holds the lock */
	int staging, log;
	struct ls_place_hooks hooks;
	struct ls_tile_store *tiles;
	struct ls_incoming incoming;
	struct ls_buffer note; /* log/checkpoint */
	struct ls_checkpoint head;

	/* the seal under way */
	struct ls_item item;
	const struct ls_seal *seal; /* borrowed; NULL while one is taken up after a crash */
	struct ls_bytes next_note;  /* borrowed */
	struct ls_checkpoint next;
};

/* --- what is checked before anything becomes visible --------------------------- */

static int parse_note(struct ls_bytes note, struct ls_checkpoint *ret, struct ls_error *err)
{
	struct ls_note n;
	int rc = ls_note_parse(note.data, note.size, &n, err);
	return rc == 0 ? ls_checkpoint_parse(n.text, n.text_size, ret, err) : rc;
}

/* The proof's form, its checkpoint, and that both are for the next seal of this log. */
static int check_proof(struct ls_share *s, struct ls_bytes proof, struct ls_proof *ret_proof,
		       struct ls_error *err)
{
	int rc = ls_proof_parse(proof.data, proof.size, ret_proof, err);
	if (rc < 0)
		return rc;
	struct ls_bytes note = { .data = ret_proof->checkpoint,
				 .size = ret_proof->checkpoint_size };
	struct ls_checkpoint next = { 0 };
	rc = parse_note(note, &next, err);
	if (rc < 0)
		return rc;
	if (next.size != s->head.size + 1 || ret_proof->index != s->head.size)
		return ls_fail(err, -EBADMSG, "share.proof",
			       "seal %llu comes with a checkpoint of size %llu and a proof for "
			       "entry %llu",
			       (unsigned long long)s->head.size + 1, (unsigned long long)next.size,
			       (unsigned long long)ret_proof->index);
	if (s->head.size && strcmp(next.origin, s->head.origin) != 0)
		return ls_fail(err, -EBADMSG, "share.origin",
			       "the new checkpoint's origin '%s' is not the log's '%s'",
			       next.origin, s->head.origin);
	s->next_note = note;
	s->next = next;
	return 0;
}

/* Append to the tiles in memory; the root must be the checkpoint's, and the proof must lead to it.
 */
static int check_entry(struct ls_share *s, struct ls_bytes manifest, const struct ls_proof *proof,
		       struct ls_error *err)
{
	struct ls_digest root = { 0 }, leaf;
	int rc = ls_tile_store_append(s->tiles, manifest.data, manifest.size, &root, err);
	if (rc < 0)
		return rc;
	if (!ls_digest_equal(&root, &s->next.root))
		return ls_fail(err, -EBADMSG, "share.root",
			       "the checkpoint of size %llu has another root than the share's "
			       "tiles make",
			       (unsigned long long)s->next.size);
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	rc = ls_merkle_leaf(&h, manifest.data, manifest.size, &leaf);
	if (rc < 0)
		return ls_fail(err, rc, "share.memory", "out of memory for a hash");
	return ls_merkle_verify_inclusion(&leaf, proof->index, s->next.size, proof->hashes,
					  proof->count, &root, err);
}

static int check_manifest(struct ls_share *s, const struct ls_seal *seal,
			  const struct ls_manifest *manifest, struct ls_error *err)
{
	enum ls_seal_kind kind = seal->is_event ? LS_SEAL_EVENT : LS_SEAL_RESULT;
	if (seal->seal != s->head.size + 1 || manifest->seal != seal->seal ||
	    manifest->kind != kind)
		return ls_fail(err, -EBADMSG, "share.seal",
			       "seal %llu was to come next, but the manifest is %s %llu",
			       (unsigned long long)s->head.size + 1,
			       ls_seal_kind_name(manifest->kind),
			       (unsigned long long)manifest->seal);
	struct ls_digest record;
	ls_sha256_buffer(seal->record.data, seal->record.size, &record);
	if (!ls_digest_equal(&record, &manifest->files[0].sha256))
		return ls_fail(err, -EBADMSG, "share.record",
			       "the manifest's record.json is not the one that came");
	if (ls_item_init(&s->item, seal->seal, seal->is_event, manifest->received,
			 (const char *)seal->label.data, seal->label.size) < 0)
		return ls_fail(err, -EINVAL, "share.label",
			       "seal %llu has a label that is not safe as a folder's name",
			       (unsigned long long)seal->seal);
	return ls_incoming_matches(&s->incoming, manifest, err);
}

static int check_seal(struct ls_share *s, const struct ls_seal *seal, struct ls_error *err)
{
	_cleanup_manifest_ struct ls_manifest manifest = { 0 };
	struct ls_proof proof = { 0 };
	int rc = ls_manifest_parse(seal->manifest.data, seal->manifest.size, &manifest, err);
	if (rc == 0)
		rc = check_manifest(s, seal, &manifest, err);
	if (rc == 0)
		rc = check_proof(s, seal->proof, &proof, err);
	if (rc < 0)
		return rc;
	if (seal->checkpoint.size != s->next_note.size ||
	    memcmp(seal->checkpoint.data, s->next_note.data, s->next_note.size) != 0)
		return ls_fail(err, -EBADMSG, "share.proof",
			       "the proof of seal %llu holds another checkpoint than came with it",
			       (unsigned long long)seal->seal);
	return check_entry(s, seal->manifest, &proof, err);
}

/* --- the steps ----------------------------------------------------------------- */

static int stage_folder(void *context, struct ls_error *err)
{
	struct ls_share *s = context;
	return ls_incoming_complete(&s->incoming, s->seal, err);
}

/* Tiles, checkpoint, and the folders that things will move to. */
static int stage_log(void *context, struct ls_error *err)
{
	struct ls_share *s = context;
	char parent[LS_ITEM_PATH_SIZE];
	int rc = ls_make_dirs(s->fd, ls_item_parent(&s->item, parent), LS_PLACE_FOLDER_MODE, err);
	if (rc == 0)
		rc = ls_tile_store_stage(s->tiles, err);
	if (rc == 0)
		rc = ls_place_write(s->staging, STAGED_CHECKPOINT, s->next_note.data,
				    s->next_note.size, err);
	return rc == 0 ? ls_sync_dir(s->staging, ".", err) : rc;
}

/* The point of no return. */
static int commit(void *context, struct ls_error *err)
{
	struct ls_share *s = context;
	char name[LS_ITEM_PATH_SIZE];
	ls_item_staged_name(&s->item, name);
	const char *from = ls_incoming_name(&s->incoming);
	int rc = ls_place_move(s->staging, from, s->staging, name);
	/* moved already, and then the sync failed */
	if (rc == -ENOENT && faccessat(s->staging, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		rc = 0;
	if (rc < 0)
		return ls_fail_errno(err, -rc, "share.commit", "cannot rename '%s' to '%s'", from,
				     name);
	return ls_sync_dir(s->staging, ".", err);
}

static int publish_tiles(void *context, struct ls_error *err)
{
	struct ls_share *s = context;
	return ls_tile_store_publish(s->tiles, err);
}

static int publish_folder(void *context, struct ls_error *err)
{
	struct ls_share *s = context;
	char name[LS_ITEM_PATH_SIZE], path[LS_ITEM_PATH_SIZE], parent[LS_ITEM_PATH_SIZE];
	ls_item_path(&s->item, path);
	int rc = ls_place_move(s->staging, ls_item_staged_name(&s->item, name), s->fd, path);
	/* moved already, before a crash or in an earlier try */
	if (rc == -ENOENT && faccessat(s->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		rc = 0;
	if (rc < 0)
		return ls_fail_errno(err, -rc, "share.publish", "cannot move '%s' into place",
				     path);
	rc = ls_sync_dir(s->fd, ls_item_parent(&s->item, parent), err);
	return rc == 0 ? ls_sync_dir(s->staging, ".", err) : rc;
}

static int publish_checkpoint(void *context, struct ls_error *err)
{
	struct ls_share *s = context;
	if (renameat(s->staging, STAGED_CHECKPOINT, s->log, CHECKPOINT) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "share.checkpoint",
				     "cannot replace the share's checkpoint");
	return ls_sync_dir(s->log, ".", err);
}

static int tidy(void *context, struct ls_error *err)
{
	struct ls_share *s = context;
	return ls_tile_store_tidy(s->tiles, err);
}

/* The new checkpoint becomes the head in memory, too. */
static int advance_head(struct ls_share *s, struct ls_error *err)
{
	ls_buffer_clear(&s->note);
	if (ls_buffer_add(&s->note, s->next_note.data, s->next_note.size) < 0)
		return ls_fail(err, -ENOMEM, "share.memory", "out of memory for a checkpoint");
	s->head = s->next;
	return 0;
}

struct step {
	const char *name;
	int (*run)(void *context, struct ls_error *err);
};

static int run_steps(struct ls_share *s, const struct step *steps, size_t count,
		     struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = ls_place_step(&s->hooks, steps[i].name, steps[i].run, s, err);
	return rc;
}

/* From the point of no return on; also what opening runs after a crash there. */
static int finish(struct ls_share *s, struct ls_error *err)
{
	static const struct step steps[] = {
		{ "publish tiles", publish_tiles },
		{ "publish folder", publish_folder },
		{ "publish checkpoint", publish_checkpoint },
		{ "tidy", tidy },
	};
	int rc = run_steps(s, steps, sizeof(steps) / sizeof(steps[0]), err);
	return rc == 0 ? advance_head(s, err) : rc;
}

int ls_share_publish(struct ls_share *s, const struct ls_seal *seal, struct ls_item *ret_item,
		     struct ls_error *err)
{
	static const struct step steps[] = {
		{ "stage folder", stage_folder },
		{ "stage log", stage_log },
		{ "commit", commit },
	};
	int rc = check_seal(s, seal, err);
	if (rc < 0)
		return rc;
	s->seal = seal;
	rc = run_steps(s, steps, sizeof(steps) / sizeof(steps[0]), err);
	s->seal = NULL;
	if (rc < 0)
		return rc;
	ls_incoming_hand_over(&s->incoming);
	rc = finish(s, err);
	if (rc == 0)
		*ret_item = s->item;
	return rc;
}

/* --- taking up after a crash --------------------------------------------------- */

/* What is on the share ahead of its checkpoint. */
struct ahead {
	uint64_t size; /* of the checkpoint */
	unsigned count;
	struct ls_item item;
};

static int note_ahead(void *context, const struct ls_item *item)
{
	struct ahead *a = context;
	if (item->seal > a->size) {
		if (a->count == 0 || item->seal > a->item.seal)
			a->item = *item;
		a->count++;
	}
	return 0;
}

/* The seal that waits in the staging folder, and all else there removed. */
static int sweep_staging(struct ls_share *s, struct ahead *a, struct ls_error *err)
{
	int copy = openat(s->staging, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(closedir) DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir)
		return ls_fail_errno(err, errno, "share.staging", "cannot list '%s'", LS_STAGING);
	int rc = 0;
	struct dirent *entry;
	while (rc == 0 && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		struct ls_item item;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		if (ls_item_parse_staged(name, &item) == 0)
			note_ahead(a, &item);
		else
			rc = ls_remove_tree(s->staging, name, err);
	}
	return rc;
}

/* At most one seal, the next one, may be ahead: in the staging folder or in place. */
static int check_ahead(const struct ahead *a, struct ls_error *err)
{
	char path[LS_ITEM_PATH_SIZE];
	if (a->count == 0 || (a->count == 1 && a->item.seal == a->size + 1))
		return 0;
	return ls_fail(err, -EUCLEAN, "share.ahead",
		       "the share holds '%s', but its checkpoint ends at seal %llu: the log was "
		       "rolled back or restored from an older copy; restore log/checkpoint and "
		       "log/tile that belong to these results",
		       ls_item_path(&a->item, path), (unsigned long long)a->size);
}

/* A file of the seal that is ahead, wherever it is. */
static int read_ahead(struct ls_share *s, const char *name, struct ls_buffer *bytes,
		      struct ls_error *err)
{
	char folder[LS_ITEM_PATH_SIZE], path[2 * LS_ITEM_PATH_SIZE];
	int dirfd = s->staging;
	ls_item_staged_name(&s->item, folder);
	if (faccessat(s->staging, folder, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		dirfd = s->fd;
		ls_item_path(&s->item, folder);
	}
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return ls_file_read(dirfd, path, bytes, err);
}

static int finish_ahead(struct ls_share *s, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer manifest, proof_bytes;
	ls_buffer_init(&manifest, LS_MANIFEST_SIZE_MAX);
	ls_buffer_init(&proof_bytes, LS_PROOF_SIZE_MAX);
	int rc = read_ahead(s, LS_FILE_MANIFEST, &manifest, err);
	if (rc == 0)
		rc = read_ahead(s, LS_FILE_PROOF, &proof_bytes, err);
	struct ls_proof proof;
	if (rc == 0)
		rc = check_proof(s, (struct ls_bytes){ proof_bytes.data, proof_bytes.size }, &proof,
				 err);
	if (rc == 0)
		rc = check_entry(s, (struct ls_bytes){ manifest.data, manifest.size }, &proof, err);
	if (rc == 0)
		rc = ls_place_step(&s->hooks, "stage log", stage_log, s, err);
	if (rc == 0)
		rc = finish(s, err);
	if (rc < 0)
		ls_error_prefix(err, "cannot finish seal %llu, which a crash interrupted",
				(unsigned long long)s->item.seal);
	return rc;
}

static int recover(struct ls_share *s, struct ls_error *err)
{
	struct ahead a = { .size = s->head.size };
	int rc = sweep_staging(s, &a, err);
	if (rc == 0)
		rc = ls_item_walk(s->fd, note_ahead, &a, err);
	if (rc == 0)
		rc = check_ahead(&a, err);
	if (rc < 0 || a.count == 0)
		return rc;
	s->item = a.item;
	return finish_ahead(s, err);
}

/* --- opening ------------------------------------------------------------------- */

static int lock_share(struct ls_share *s, int share_fd, struct ls_error *err)
{
	s->fd = openat(share_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0)
		return ls_fail_errno(err, errno, "share.open", "cannot open the share");
	if (flock(s->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK)
		return ls_fail(err, -EBUSY, "share.busy", "another publisher holds the share");
	return 0;
}

static int open_subfolder(struct ls_share *s, const char *name, mode_t mode, int *fd,
			  struct ls_error *err)
{
	int rc = ls_make_dirs(s->fd, name, mode, err);
	if (rc < 0)
		return rc;
	*fd = openat(s->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? ls_fail_errno(err, errno, "share.open", "cannot open the share's '%s'",
				       name)
		       : 0;
}

static int make_folders(void *context, struct ls_error *err)
{
	struct ls_share *s = context;
	int rc = s->staging < 0 ? open_subfolder(s, LS_STAGING, 0700, &s->staging, err) : 0;
	if (rc == 0 && s->log < 0)
		rc = open_subfolder(s, "log", LS_PLACE_FOLDER_MODE, &s->log, err);
	if (rc == 0)
		rc = ls_make_dirs(s->fd, "results", LS_PLACE_FOLDER_MODE, err);
	return rc == 0 ? ls_make_dirs(s->fd, "events", LS_PLACE_FOLDER_MODE, err) : rc;
}

static int read_head(struct ls_share *s, struct ls_error *err)
{
	if (faccessat(s->log, CHECKPOINT, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0; /* a new log */
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_note note;
	ls_buffer_init(&bytes, LS_NOTE_SIZE_MAX);
	int rc = ls_file_read(s->log, CHECKPOINT, &bytes, err);
	if (rc == 0)
		rc = ls_note_parse(bytes.data, bytes.size, &note, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(note.text, note.text_size, &s->head, err);
	/* witnesses' lines are no part of what the enclave signed, and the TPM remembers */
	if (rc == 0)
		rc = ls_checkpoint_own(&note, s->head.origin, &s->note);
	if (rc < 0)
		ls_error_prefix(err, "the share's log/checkpoint");
	return rc;
}

int ls_share_open(int share_fd, const struct ls_place_hooks *hooks, struct ls_share **ret_share,
		  struct ls_error *err)
{
	_cleanup_share_ struct ls_share *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "share.memory", "out of memory for the share");
	s->fd = s->staging = s->log = -1;
	if (hooks)
		s->hooks = *hooks;
	ls_buffer_init(&s->note, LS_NOTE_SIZE_MAX);
	ls_incoming_init(&s->incoming, -1, &s->hooks);
	int rc = lock_share(s, share_fd, err);
	if (rc == 0)
		rc = ls_place_step(&s->hooks, "make folders", make_folders, s, err);
	s->incoming.staging = s->staging;
	if (rc == 0)
		rc = read_head(s, err);
	if (rc == 0)
		rc = ls_tile_store_open(s->log, s->staging, s->head.size, &s->head.root, &s->tiles,
					err);
	if (rc == 0)
		rc = recover(s, err);
	if (rc == 0)
		*ret_share = ls_steal_ptr(&s);
	return rc;
}

void ls_share_free(struct ls_share *s)
{
	if (!s)
		return;
	ls_incoming_free(&s->incoming);
	ls_tile_store_free(s->tiles);
	ls_buffer_free(&s->note);
	ls_cleanup_close(&s->log);
	ls_cleanup_close(&s->staging);
	ls_cleanup_close(&s->fd);
	free(s);
}

/* --- the rest ------------------------------------------------------------------ */

uint64_t ls_share_size(const struct ls_share *share)
{
	return share->head.size;
}

struct ls_bytes ls_share_checkpoint(const struct ls_share *share)
{
	return (struct ls_bytes){ .data = share->note.data, .size = share->note.size };
}

int ls_share_frontier(struct ls_share *share, struct ls_merkle_frontier *ret_frontier,
		      struct ls_error *err)
{
	return ls_tile_store_frontier(share->tiles, ret_frontier, err);
}

int ls_share_prove(struct ls_share *share, uint64_t old_size, struct ls_digest *proof,
		   unsigned *ret_count, struct ls_error *err)
{
	return ls_tile_store_prove(share->tiles, old_size, proof, ret_count, err);
}

int ls_share_payload_begin(struct ls_share *share, struct ls_error *err)
{
	return ls_incoming_begin(&share->incoming, err);
}

int ls_share_payload_data(struct ls_share *share, const void *bytes, size_t n, struct ls_error *err)
{
	return ls_incoming_data(&share->incoming, bytes, n, err);
}

int ls_share_payload_end(struct ls_share *share, const struct ls_payload *payload,
			 struct ls_error *err)
{
	return ls_incoming_end(&share->incoming, payload, err);
}

int ls_share_payload_drop(struct ls_share *share, struct ls_error *err)
{
	return ls_incoming_drop(&share->incoming, err);
}

int ls_share_payload_close(struct ls_share *share, struct ls_error *err)
{
	return ls_incoming_close(&share->incoming, err);
}
