/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log as it lies in a folder, a results share's or a calibration registry's: log/checkpoint,
 * and proofs out of log/tile.  Nothing that is read is believed: see ls_tile_reader_new.
 */
#ifndef LABSEAL_LIB_LOG_FOLDER_H
#define LABSEAL_LIB_LOG_FOLDER_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/checkpoint.h"
#include "lib/log/tiles.h"

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
int ls_own_note_read(int folder_fd, struct ls_own_note *note, struct ls_error *err);

/*
 * The tiles below *folder_fd, which is borrowed, for lib/log/tiles.h.  A partial tile that is not
 * there any more is the beginning of the full one.  -EBADMSG ("log.tile.short"), or an errno.
 */
struct ls_tile_source ls_log_folder_tiles(const int *folder_fd);

/* Append the base64 lines of the proof from old_size to size.  Errors of reading tiles; -EINVAL:
 * size is smaller. */
int ls_log_folder_prove(int folder_fd, uint64_t old_size, uint64_t size, struct ls_buffer *out,
			struct ls_error *err);

#endif
