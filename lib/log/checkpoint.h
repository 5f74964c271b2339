/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checkpoints (C2SP tlog-checkpoint v1): a note whose text is exactly three
 * lines, origin, size and base64 of the root.  Extension lines, which the
 * standard advises against, are refused.
 */
#ifndef LABSEAL_LIB_LOG_CHECKPOINT_H
#define LABSEAL_LIB_LOG_CHECKPOINT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/log/note.h"

struct ls_checkpoint {
	char origin[LS_NOTE_NAME_SIZE];
	uint64_t size;
	struct ls_digest root;
};

/* The text of a note (not the whole note).  0 or -EBADMSG. */
int ls_checkpoint_parse(const char *text, size_t size, struct ls_checkpoint *ret_checkpoint,
			struct ls_error *err);
int ls_checkpoint_format(const struct ls_checkpoint *checkpoint, struct ls_buffer *out);

/*
 * Parse a signed checkpoint, verify it with key, and require the key's name as
 * its origin.  0; -EBADMSG: malformed or badly signed; -ENOKEY: not signed by
 * this key; -EXDEV: another log's origin; -ENOMEM.
 */
int ls_checkpoint_open(const void *bytes, size_t size, const struct ls_note_key *key,
		       struct ls_checkpoint *ret_checkpoint, struct ls_error *err);

/* Append the signed note to out; the keys' name is the origin.  ed25519 may be NULL: no such line.
 */
int ls_checkpoint_sign(const struct ls_checkpoint *checkpoint, const struct ls_signer *signer,
		       const struct ls_ed25519_signer *ed25519, struct ls_buffer *out,
		       struct ls_error *err);

/*
 * Append the note without the lines of others than the log, whose name is the
 * origin: a checkpoint as it was before witnesses cosigned it.  0 or the buffer's error.
 */
int ls_checkpoint_own(const struct ls_note *note, const char *origin, struct ls_buffer *out);

#endif
