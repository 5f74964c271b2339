/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key (P-256, or Ed25519 beside it) in a token that the user is logged in to: made so that it can
 * sign and nothing else, and cannot leave; held to that each time it is used.
 *
 * Attributes of the private key (PKCS#11 2.40, 4.9): CKA_TOKEN, PRIVATE, SENSITIVE, SIGN,
 * LOCAL, ALWAYS_SENSITIVE, NEVER_EXTRACTABLE true; EXTRACTABLE, MODIFIABLE, DECRYPT, UNWRAP,
 * DERIVE, SIGN_RECOVER false; COPYABLE and ALWAYS_AUTHENTICATE false where the module has them.
 */
#ifndef LABSEAL_LIB_HSM_KEY_H
#define LABSEAL_LIB_HSM_KEY_H

#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/hsm/token.h"

struct ls_hsm_key;

/*
 * Find the key with the place's label.  The hsm must outlive the key.
 *   hsm.key.missing     -ENOENT
 *   hsm.key.twice       -EEXIST: two private keys have this label
 *   hsm.key.curve       -EKEYREJECTED: no P-256 key; says what it is
 *   hsm.key.attribute   -EKEYREJECTED: names the attribute that is not as above
 *   hsm.key.public      -ENOENT, -EBADMSG: its public half is not there, or is none
 */
int ls_hsm_key_open(struct ls_hsm *hsm, struct ls_hsm_key **ret_key, struct ls_error *err);

/*
 * Make it; the login must be a writable one.  -EEXIST ("hsm.key.exists"): there is a
 * private key with this label.  One that the module did not make as asked for is
 * destroyed again: "hsm.key.attribute".
 */
int ls_hsm_key_make(struct ls_hsm *hsm, struct ls_hsm_key **ret_key, struct ls_error *err);

/* The same with another label than the place's. */
int ls_hsm_p256_open(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
		     struct ls_error *err);
int ls_hsm_p256_make(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
		     struct ls_error *err);

void ls_hsm_key_free(struct ls_hsm_key *key); /* NULL is fine */

static inline void ls_hsm_key_cleanup(struct ls_hsm_key **key)
{
	ls_hsm_key_free(*key);
}
#define _cleanup_hsm_key_ __attribute__((cleanup(ls_hsm_key_cleanup)))

/* A signer (C_Sign with CKM_ECDSA) that borrows key.  "hsm.refused", "hsm.token.missing",
 * "hsm.failed". */
void ls_hsm_key_signer(struct ls_hsm_key *key, struct ls_signer *ret_signer);

/*
 * The same of an Ed25519 key with this label (PKCS#11 3.0, 2.3.5: CKK_EC_EDWARDS, CKM_EDDSA without
 * parameters).  -ENOTSUP ("hsm.ed25519"): the token cannot make one.
 * SoftHSM 2.6.1 leaks 37 bytes at each signature.
 */
int ls_hsm_ed25519_open(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
			struct ls_error *err);
int ls_hsm_ed25519_make(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
			struct ls_error *err);
void ls_hsm_ed25519_signer(struct ls_hsm_key *key, struct ls_ed25519_signer *ret_signer);

#endif
