/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a witness is set up with.
 *
 * Its key: one line, as golang.org/x/mod/sumdb/note writes a signer's,
 *
 *     PRIVATE+KEY+NAME+ID+BASE64(0x04 || KEY)
 *
 * The logs that it cosigns: a C2SP verifier key on each line, P-256 (type 0x02) or Ed25519 (0x01);
 * lines that begin with '#', and empty ones, say nothing.  Of several keys with one name each one
 * is the log's.
 */
#ifndef LABSEAL_WITNESS_KEY_FILE_H
#define LABSEAL_WITNESS_KEY_FILE_H

#include <stddef.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "witness/service.h"

#define LS_WITNESS_KEY_MAX   1024   /* bytes of a key file */
#define LS_WITNESS_LOGS_SIZE 131072 /* bytes of the list of logs */

/* A new key for this name: its file's line is appended to out, which is a secret.
 * 0, -EINVAL: not a valid name, -EIO: no randomness, -ENOMEM. */
int ls_witness_key_make(const char *name, struct ls_buffer *out, struct ls_error *err);

/* Into w->name and w->private_key; *ret_key is the public one.  0 or -EBADMSG. */
int ls_witness_key_parse(const void *bytes, size_t size, struct ls_witness *w,
			 struct ls_witness_key *ret_key, struct ls_error *err);

/* Into w->logs, at least one; the error names the line.  0, -EBADMSG, -ENOMEM. */
int ls_witness_logs_parse(const void *bytes, size_t size, struct ls_witness *w,
			  struct ls_error *err);

#endif
