/* SPDX-License-Identifier: Apache-2.0 */
/* The log as it lies on the share: its checkpoint, and proofs out of its tiles. */
#ifndef LABSEAL_HOST_NOTARY_LOG_READER_H
#define LABSEAL_HOST_NOTARY_LOG_READER_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/checkpoint.h"

#define LS_OWN_NOTE_MAX 8192 /* bytes of a checkpoint with the log's own lines */

/* A checkpoint with the log's own signatures, as it is before anyone cosigned it. */
struct ls_own_note {
	struct ls_buffer bytes; /* owned; its max is LS_OWN_NOTE_MAX */
	struct ls_checkpoint checkpoint;
};

/*
 * log/checkpoint below this folder.  1: *note is it; 0: there is none yet; -EBADMSG: malformed;
 * else an errno of reading.
 */
int ls_own_note_read(int share_fd, struct ls_own_note *note, struct ls_error *err);

/* Append the base64 lines of the proof from old_size to size.  Errors of reading tiles; -EINVAL:
 * size is smaller. */
int ls_notary_prove(int share_fd, uint64_t old_size, uint64_t size, struct ls_buffer *out,
		    struct ls_error *err);

#endif
