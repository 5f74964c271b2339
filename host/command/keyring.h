/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys folder of a state folder: reading and writing single keys and
 * certificates.  Each file is written as one step (temporary name, fsync,
 * rename), so that whoever is interrupted leaves a file whole or not at all.
 * Private files are 0600, the others 0644.
 */
#ifndef LABSEAL_HOST_COMMAND_KEYRING_H
#define LABSEAL_HOST_COMMAND_KEYRING_H

#include <stdbool.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/seal/ca.h"
#include "lib/seal/record.h"

/*
 * In all of these state_fd is the state folder's and path is relative to it
 * (host/supervisor/state.h names them).  -ENOENT when it is not there,
 * -EBADMSG when it is not what it should be, else an errno.
 */

/* Whether there is a regular file; state_fd may be -1: no folder, no file. */
bool ls_keyring_has(int state_fd, const char *path);

int ls_keyring_private(int state_fd, const char *path, struct ls_p256_key **ret_key,
		       struct ls_error *err);
int ls_keyring_write_private(int state_fd, const char *path, const struct ls_p256_key *key,
			     struct ls_error *err);

int ls_keyring_public(int state_fd, const char *path, struct ls_p256_public *ret_key,
		      struct ls_error *err);
int ls_keyring_write_public(int state_fd, const char *path, const struct ls_p256_public *key,
			    struct ls_error *err);

/* der is appended to; *ret_certificate (may be NULL) is what it says. */
int ls_keyring_certificate(int state_fd, const char *path, struct ls_buffer *der,
			   struct ls_certificate *ret_certificate, struct ls_error *err);
int ls_keyring_write_certificate(int state_fd, const char *path, const struct ls_buffer *der,
				 struct ls_error *err);

/* Where the signing key lives, as it is when it is made; ls_key_kind_read reads it. */
int ls_keyring_write_kind(int state_fd, enum ls_key_kind kind, struct ls_error *err);

#endif
