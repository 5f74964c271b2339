/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the enclave is given to open its key with (struct ls_start: backend, key), by where
 * the policy says that the key lives: one row of a table for each.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_KEY_MATERIAL_H
#define LABSEAL_HOST_SUPERVISOR_KEY_MATERIAL_H

#include "lib/base/buffer.h"
#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/hsm/place.h"
#include "lib/seal/key_kind.h"
#include "policy/policy.h"

#define LS_KEY_MATERIAL_MAX 16384 /* bytes */

/*
 * Into key, which the caller wipes: it may be a private key, or hold a PIN.  *ret_backend: its
 * name (enclave/keys/key.h).  -ENOENT: something of state/keys is missing, err says to
 * provision; the errors of reading a PIN (lib/hsm/pin.h).
 */
int ls_key_material_read(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
			 const char **ret_backend, struct ls_error *err);

/*
 * The same of the Ed25519 key beside it, where the policy has one: what the backend opens it by
 * (enclave/keys/key.h), wiped by the caller, and its public half.  Empty where it has none.
 */
int ls_ed25519_material_read(const struct ls_policy *policy, int state_fd, struct ls_buffer *key,
			     struct ls_buffer *public, struct ls_error *err);

/* LS_KEYS_ED25519.  -ENOENT, -EBADMSG. */
int ls_ed25519_public_read(int state_fd, struct ls_ed25519_public *ret_key, struct ls_error *err);

/* The label of the Ed25519 key in the policy's token.  Returns buffer. */
const char *ls_ed25519_label(const struct ls_policy *policy, char buffer[static LS_HSM_LABEL_SIZE]);

/* A file of state/keys, or -ENOENT with the same words. */
int ls_key_file_read(int state_fd, const char *path, struct ls_buffer *out, struct ls_error *err);

/* LS_KEYS_KIND: what kind of key it was when it was made.  -EBADMSG; the errno of reading. */
int ls_key_kind_read(int state_fd, enum ls_key_kind *ret_kind, struct ls_error *err);

/*
 * What results say of the key now.  tpm: of what TPM it is that labseald holds, LS_KEY_FILE:
 * none.  Whether a token is software, LS_KEYS_KIND says; the enclave holds it to that.
 */
int ls_key_kind_now(const struct ls_policy *policy, int state_fd, enum ls_key_kind tpm,
		    enum ls_key_kind *ret_kind, struct ls_error *err);

#endif
