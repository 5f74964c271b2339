/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading files of a share that may be hostile, broken or changing.
 *
 * Nothing follows a symlink, leaves the share, waits on a FIFO or opens a
 * device; nothing is read past its limit.
 */
#ifndef LABSEAL_AUDIT_VERIFY_READ_H
#define LABSEAL_AUDIT_VERIFY_READ_H

#include <stdint.h>
#include <sys/stat.h>

#include "audit/verify/report.h"
#include "audit/verify/source.h"
#include "lib/base/buffer.h"
#include "lib/base/hash.h"

/* Read a whole file of at most b->max bytes; b is cleared first.  One that changes meanwhile is
 * read again, a few times. */
struct ls_read_result ls_share_read(struct ls_source *source, const char *path,
				    struct ls_buffer *b);

#define LS_SHARE_CHUNK (256 * 1024) /* bytes read at a time */

/* A file of which nobody knows how large it should be is not hashed when it is larger. */
#define LS_SHARE_UNSIZED_MAX (16ULL * 1024 * 1024 * 1024)

/*
 * Hash an open file through chunk (LS_SHARE_CHUNK bytes), and close it.  When
 * expected is not NULL and the file has another size, nothing is read and
 * *ret_digest is all zero.
 */
struct ls_read_result ls_share_hash(struct ls_source_file *file, struct ls_sha256 *h,
				    uint8_t *chunk, const uint64_t *expected,
				    struct ls_digest *ret_digest, uint64_t *ret_size);

/*
 * Report a status other than OK as a finding PREFIX.missing, .symlink, .special,
 * .too-large (these failed), .changed, .encrypted, .damaged or .unreadable (these
 * could not be checked).
 */
void ls_read_report(struct ls_report *r, enum ls_check check, const char *prefix, uint64_t seal,
		    const char *file, const struct ls_read_result *result);

/* How d_type or st_mode is called in a message: "a symbolic link", "a FIFO". */
const char *ls_kind_of_file(mode_t mode);

#endif
