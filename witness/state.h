/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a witness remembers of each log: the newest checkpoint that it cosigned, as the log signed
 * it, a file for each log in one folder, named by the SHA-256 of the log's origin, NAME.checkpoint:
 *
 *     labseal-witness-state/v2
 *     labseal/7500-01
 *     43
 *     zL9q3wqzvWgPRsXgiLT6zk5iUfQe6CpOWw8HQns12uA=
 *
 *     - labseal/7500-01 Az3grlgt...     (its lines alone; an em dash)
 *
 * Version 1 had the three lines of the checkpoint and no line of the log's.
 *
 * A witness that forgets can be made to cosign a fork: a file that cannot be
 * read is an error, never a log that is new.
 *
 * Beside it, NAME.misbehaviour, once for each log: the proof that the log signed two histories
 * (docs/formats/misbehaviour.md).  It is never written over.
 */
#ifndef LABSEAL_WITNESS_STATE_H
#define LABSEAL_WITNESS_STATE_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/checkpoint.h"
#include "lib/log/misbehaviour.h"

#define LS_WITNESS_NOTE_MAX                                                   \
	16384 /* bytes of a checkpoint with 32 lines of P-256 or Ed25519 keys \
	       */
#define LS_WITNESS_STATE_MAX	 (LS_WITNESS_NOTE_MAX + 64)
#define LS_WITNESS_EVIDENCE_SIZE (LS_DIGEST_HEX_SIZE + sizeof(".misbehaviour"))

struct ls_witness_known {
	struct ls_checkpoint checkpoint; /* size 0 and the empty root: of a log that is new */
	struct ls_buffer note;		 /* owned: as the log signed it; empty: not known */
};

void ls_witness_known_init(struct ls_witness_known *known);
void ls_witness_known_free(struct ls_witness_known *known);

/* Strict, one spelling; no signature is checked.  0, -EBADMSG or -ENOMEM. */
int ls_witness_state_parse(const void *bytes, size_t size, struct ls_witness_known *known,
			   struct ls_error *err);

/*
 * The newest checkpoint of this origin that was kept.
 * 0; -EBADMSG: the file is damaged, or another log's; else an errno of reading.
 */
int ls_witness_state_read(int folder_fd, const char *origin, struct ls_witness_known *known,
			  struct ls_error *err);

/* Keep this signed checkpoint in place of the origin's last; durable when this returns 0. */
int ls_witness_state_write(int folder_fd, const char *origin, const struct ls_buffer *note,
			   struct ls_error *err);

/*
 * Keep the proof that the log misbehaved, whole or not at all.  1: it is in the file name; 0: there
 * is one of this log; or a negative errno.
 */
int ls_witness_evidence_keep(int folder_fd, const char *origin, const struct ls_misbehaviour *proof,
			     char name[static LS_WITNESS_EVIDENCE_SIZE], struct ls_error *err);

/* Open the folder (which must be there) against a second witness with the same state: the
 * descriptor, -EBUSY, or a negative errno. */
int ls_witness_state_open(const char *path, struct ls_error *err);

#endif
