/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A private key that a person has at hand only while something is signed, as the policy
 * authority's: in a file, or in a PKCS#11 token.
 */
#ifndef LABSEAL_LIB_HSM_PRIVATE_KEY_H
#define LABSEAL_LIB_HSM_PRIVATE_KEY_H

#include <stdbool.h>

#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"

/*
 * Where it is, in a person's words: a file's path, or a PKCS#11 URI (RFC 7512),
 * "pkcs11:token=lab;object=authority?module-path=/usr/lib/x.so" (lib/hsm/uri.h).
 */
struct ls_key_place {
	const char *name;
	const char *passphrase_file; /* of a file's key; NULL: asked for on the terminal */
	const char *pin_file;	     /* of a token; NULL: the same */
};

struct ls_private_key;

/*
 * A file: PEM, named from the working folder.  -EKEYREJECTED: it is not the passphrase, or
 * there is none and no terminal; else as ls_keyring_private.  A token: as lib/hsm/token.h and
 * key.h say.
 */
int ls_private_key_load(const struct ls_key_place *place, struct ls_private_key **ret_key,
			struct ls_error *err);

/* Make a new one: in a new file, mode 0600, or in the token.  -EEXIST: there is one. */
int ls_private_key_make(const struct ls_key_place *place, bool ask_passphrase,
			struct ls_private_key **ret_key, struct ls_error *err);

/* Takes over a key that is in memory; on failure (-ENOMEM) it is freed. */
int ls_private_key_of(struct ls_p256_key *taken, struct ls_private_key **ret_key,
		      struct ls_error *err);

/* Borrows the key. */
void ls_private_key_signer(const struct ls_private_key *key, struct ls_signer *ret_signer);

void ls_private_key_free(struct ls_private_key *key); /* NULL is fine */

static inline void ls_private_key_cleanup(struct ls_private_key **key)
{
	ls_private_key_free(*key);
}
#define _cleanup_private_key_ __attribute__((cleanup(ls_private_key_cleanup)))

/* The same of an Ed25519 key: in a file as ls_ed25519_key_from_pem reads it, or in a token. */
struct ls_private_ed25519;
int ls_private_ed25519_load(const struct ls_key_place *place, struct ls_private_ed25519 **ret_key,
			    struct ls_error *err);
/* A file's has a passphrase where place->passphrase_file has one. */
int ls_private_ed25519_make(const struct ls_key_place *place, struct ls_private_ed25519 **ret_key,
			    struct ls_error *err);
void ls_private_ed25519_signer(const struct ls_private_ed25519 *key,
			       struct ls_ed25519_signer *ret_signer);
void ls_private_ed25519_free(struct ls_private_ed25519 *key); /* NULL is fine */

#endif
