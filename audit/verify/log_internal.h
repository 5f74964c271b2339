/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by log*.c only. */
#ifndef LABSEAL_AUDIT_VERIFY_LOG_INTERNAL_H
#define LABSEAL_AUDIT_VERIFY_LOG_INTERNAL_H

#include "audit/verify/log.h"
#include "audit/verify/read.h"

#define LS_LOG_PATH_SIZE (sizeof("log/") + LS_TILE_PATH_SIZE)

/* "log/" and the tile's path. */
const char *ls_log_tile_path(const struct ls_tile *tile, char buffer[static LS_LOG_PATH_SIZE]);

/*
 * Read the tile, or a wider one that replaced it; path gets the name that was
 * read last.  The bytes of a wider one are cut to the width asked for.
 */
struct ls_read_result ls_log_read_tile(const struct ls_log *log, const struct ls_tile *tile,
				       struct ls_buffer *b, char path[static LS_LOG_PATH_SIZE]);

/* Hash the entries of a block that was read into b.  0, -EBADMSG, -ENOMEM. */
int ls_log_hash_bundle(struct ls_sha256 *h, const struct ls_buffer *b, unsigned width,
		       struct ls_digest *leaves, struct ls_error *err);

/* Entries in block `index` of this log: 1 to 256. */
unsigned ls_log_block_width(const struct ls_log *log, uint64_t index);

/* Check the tiles of level 1 and above against the blocks, and the root.  0 or -ENOMEM. */
int ls_log_check_upper(struct ls_log *log);

#endif
