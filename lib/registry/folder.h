/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies where in a calibration registry's folder, and in a mirror of one, which is the same
 * (docs/formats/calibration-registry.md):
 *
 *     log/checkpoint, log/tile/...     the log (C2SP tlog-tiles)
 *     log/checkpoints/SIZE             checkpoints as they were: who cosigned the log, and when
 *     log.vkey                         the log's verifier keys, for a person; never believed
 *     documents/SHA256                 certificates that reports name by their hash
 *     cache/tree, cache/index.sqlite   made from the log, and made again when they are not there
 *     lock                             of the one writer
 */
#ifndef LABSEAL_LIB_REGISTRY_FOLDER_H
#define LABSEAL_LIB_REGISTRY_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/log/checkpoint.h"
#include "lib/log/cosignature.h"
#include "lib/log/note.h"
#include "lib/log/tiles.h"

#define LS_REGISTRY_CHECKPOINT	 "log/checkpoint"
#define LS_REGISTRY_HISTORY	 "log/checkpoints"
#define LS_REGISTRY_VKEY	 "log.vkey"
#define LS_REGISTRY_DOCUMENTS	 "documents"
#define LS_REGISTRY_CACHE	 "cache"
#define LS_REGISTRY_TREE	 "cache/tree"
#define LS_REGISTRY_INDEX	 "cache/index.sqlite"
#define LS_REGISTRY_LOCK	 "lock"
#define LS_REGISTRY_PATH_SIZE	 96
#define LS_REGISTRY_DOCUMENT_MAX (64u << 20) /* bytes */

/* A signed checkpoint and what it says; bytes are owned. */
struct ls_registry_note {
	struct ls_buffer bytes;
	struct ls_checkpoint checkpoint;
};
void ls_registry_note_init(struct ls_registry_note *note);
void ls_registry_note_free(struct ls_registry_note *note);
#define _cleanup_registry_note_ __attribute__((cleanup(ls_registry_note_free)))

/* Open a registry's folder by its path.  The descriptor; -ENOENT, -ENOTDIR, ... with err. */
int ls_registry_folder_open(const char *path, struct ls_error *err);

/*
 * As ls_checkpoint_open; and where the key has an Ed25519 key beside it, its line must be there:
 * -ENOKEY ("registry.checkpoint.no-ed25519").
 */
int ls_registry_checkpoint_open(const void *bytes, size_t size, const struct ls_note_key *key,
				struct ls_checkpoint *ret_checkpoint, struct ls_error *err);

/*
 * Read a checkpoint below the folder and verify it with the log's keys.  0; -ENOENT: there is
 * none; -EBADMSG, -ENOKEY, -EXDEV as above; an errno of reading.
 */
int ls_registry_note_read(int folder_fd, const char *path, const struct ls_note_key *key,
			  struct ls_registry_note *note, struct ls_error *err);

/*
 * Put a checkpoint in place: first into the history, then as log/checkpoint, each as one step.
 * One of the same size keeps the cosignatures that both have had.
 */
int ls_registry_note_write(int folder_fd, const struct ls_registry_note *note,
			   struct ls_error *err);

/* Whose lines on a checkpoint can be verified. */
struct ls_registry_trusted {
	struct ls_note_key key; /* the log's */
	size_t witness_count;	/* 0: no trust file says whom to believe */
	struct ls_witness_key witnesses[LS_WITNESSES_MAX];
};

/*
 * Put in place what a source, who may write any lines under it, has as checkpoint; it was verified
 * with the log's key.  Of its lines and those that the mirror has for that size stay, as far as
 * there is room: the log's, the newest good one of each witness; then the others, the mirror's
 * before new names.  A line of a witness's name that is not good goes.
 */
int ls_registry_note_renew(int folder_fd, const struct ls_registry_note *note,
			   const struct ls_registry_trusted *trusted, struct ls_error *err);

/* Put these bytes in place as the checkpoint of that size, for the two above. */
int ls_registry_note_put(int folder_fd, uint64_t size, const struct ls_buffer *bytes,
			 struct ls_error *err);

/* Append to out the note `own` with all lines of both, each once.  -EBADMSG: other texts. */
int ls_registry_note_join(const struct ls_registry_note *own, const struct ls_registry_note *other,
			  struct ls_buffer *out, struct ls_error *err);

/* "documents/<hex>", "log/checkpoints/<size>", "log/<tile>".  Return buffer. */
const char *ls_registry_document_path(const struct ls_digest *digest,
				      char buffer[static LS_REGISTRY_PATH_SIZE]);
const char *ls_registry_history_path(uint64_t size, char buffer[static LS_REGISTRY_PATH_SIZE]);
const char *ls_registry_tile_path(const struct ls_tile *tile,
				  char buffer[static LS_REGISTRY_PATH_SIZE]);

/* The log's key as log.vkey has it, with the Ed25519 key beside it where there is a second line.
 * 0, -ENOENT, -EBADMSG. */
int ls_registry_vkey_read(int folder_fd, struct ls_note_key *ret_key, struct ls_error *err);
int ls_registry_vkey_write(int folder_fd, const struct ls_note_key *key, struct ls_error *err);

/* Hold the writer's lock until the descriptor is closed: it, or -EBUSY, or an errno. */
int ls_registry_lock(int folder_fd, struct ls_error *err);

#endif
