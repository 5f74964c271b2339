/* SPDX-License-Identifier: Apache-2.0 */
/* The private keys that a command was given: files, or PKCS#11 URIs, each opened once. */
#ifndef LABSEAL_AUDIT_REGISTRY_KEYS_H
#define LABSEAL_AUDIT_REGISTRY_KEYS_H

#include <stddef.h>

#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"

struct ls_keys {
	const char *passphrase_file, *pin_file; /* for all of them; NULL: asked for */
	size_t count;
	struct ls_held_key *held;	    /* owned */
	struct ls_private_ed25519 *ed25519; /* the one that a command has; NULL: none is open */
};
void ls_keys_free(struct ls_keys *keys);
#define _cleanup_keys_ __attribute__((cleanup(ls_keys_free)))

/* The signer borrows keys.  Errors of ls_private_key_load, and of _make for a new one. */
int ls_keys_get(struct ls_keys *keys, const char *name, struct ls_signer *ret_signer,
		struct ls_error *err);
int ls_keys_make(struct ls_keys *keys, const char *name, struct ls_signer *ret_signer,
		 struct ls_error *err);

/* The same of an Ed25519 key, of which a command has at most one. */
int ls_keys_get_ed25519(struct ls_keys *keys, const char *name,
			struct ls_ed25519_signer *ret_signer, struct ls_error *err);
int ls_keys_make_ed25519(struct ls_keys *keys, const char *name,
			 struct ls_ed25519_signer *ret_signer, struct ls_error *err);

/* A public key in a PEM file, as `openssl pkey -pubout` writes it. */
int ls_public_key_read(const char *path, struct ls_p256_public *ret_key, struct ls_error *err);

#endif
