/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a witness remembers of each log: the newest checkpoint that it cosigned, a file
 * for each log in one folder, named by the SHA-256 of the log's origin:
 *
 *     labseal-witness-state/v1
 *     labseal/7500-01
 *     43
 *     zL9q3wqzvWgPRsXgiLT6zk5iUfQe6CpOWw8HQns12uA=
 *
 * A witness that forgets can be made to cosign a fork: a file that cannot be
 * read is an error, never a log that is new.
 */
#ifndef LABSEAL_WITNESS_STATE_H
#define LABSEAL_WITNESS_STATE_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/log/checkpoint.h"

#define LS_WITNESS_STATE_MAX 512 /* bytes of a file */

/* Strict, one spelling.  0 or -EBADMSG. */
int ls_witness_state_parse(const void *bytes, size_t size, struct ls_checkpoint *ret_checkpoint,
			   struct ls_error *err);

/*
 * The newest checkpoint of this origin that was kept; size 0 and the empty root when there is none.
 * 0; -EBADMSG: the file is damaged, or another log's; else an errno of reading.
 */
int ls_witness_state_read(int folder_fd, const char *origin, struct ls_checkpoint *ret_checkpoint,
			  struct ls_error *err);

/* Keep one in place of the last; durable when this returns 0. */
int ls_witness_state_write(int folder_fd, const struct ls_checkpoint *checkpoint,
			   struct ls_error *err);

/* Open the folder (which must be there) against a second witness with the same state: the
 * descriptor, -EBUSY, or a negative errno. */
int ls_witness_state_open(const char *path, struct ls_error *err);

#endif
