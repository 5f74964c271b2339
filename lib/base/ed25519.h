/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519 (RFC 8032, pure: the message itself is signed): for readers of the log that know no
 * other key.  A public key is its 32 bytes, a private key its seed of 32 bytes, a signature 64.
 */
#ifndef LABSEAL_LIB_BASE_ED25519_H
#define LABSEAL_LIB_BASE_ED25519_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_ED25519_KEY_SIZE	  32
#define LS_ED25519_SEED_SIZE	  32
#define LS_ED25519_SIGNATURE_SIZE 64

struct ls_ed25519_public {
	uint8_t bytes[LS_ED25519_KEY_SIZE];
};

/* 0: the signature is the key's, over these bytes.  -EBADMSG: it is not.  -ENOMEM. */
int ls_ed25519_verify(const struct ls_ed25519_public *key, const void *message, size_t n,
		      const uint8_t *signature, size_t signature_size, struct ls_error *err);

/* Whoever can sign: a token, a key in memory.  sign() returns 0 or a negative errno with err. */
struct ls_ed25519_signer {
	int (*sign)(void *context, const void *message, size_t n,
		    uint8_t signature[LS_ED25519_SIGNATURE_SIZE], struct ls_error *err);
	void *context;
	struct ls_ed25519_public key; /* verifies what sign() makes */
};

/* signer->sign, with the result checked against signer->key. */
int ls_ed25519_signer_sign(const struct ls_ed25519_signer *signer, const void *message, size_t n,
			   uint8_t signature[static LS_ED25519_SIGNATURE_SIZE],
			   struct ls_error *err);

/* A private key in memory. */
struct ls_ed25519_key;

int ls_ed25519_key_generate(struct ls_ed25519_key **ret_key, struct ls_error *err);
/* -EBADMSG: not LS_ED25519_SEED_SIZE bytes. */
int ls_ed25519_key_from_seed(const void *seed, size_t n, struct ls_ed25519_key **ret_key,
			     struct ls_error *err);
/* The seed, which the caller wipes. */
int ls_ed25519_key_seed(const struct ls_ed25519_key *key, uint8_t seed[static LS_ED25519_SEED_SIZE],
			struct ls_error *err);

/*
 * As `openssl genpkey -algorithm ED25519` writes it (PKCS #8 in PEM); passphrase NULL: without one.
 * -EBADMSG ("ed25519.key.pem"): it is none; -EKEYREJECTED ("ed25519.key.passphrase").
 */
int ls_ed25519_key_from_pem(const char *text, size_t n, const char *passphrase,
			    struct ls_ed25519_key **ret_key, struct ls_error *err);
int ls_ed25519_key_to_pem(const struct ls_ed25519_key *key, const char *passphrase,
			  struct ls_buffer *out, struct ls_error *err);

/* NULL is fine.  OpenSSL wipes the private part. */
void ls_ed25519_key_free(struct ls_ed25519_key *key);

/* A signer that borrows key: it must outlive the signer. */
void ls_ed25519_key_signer(struct ls_ed25519_key *key, struct ls_ed25519_signer *ret_signer);

static inline void ls_ed25519_key_cleanup(struct ls_ed25519_key **key)
{
	ls_ed25519_key_free(*key);
}
#define _cleanup_ed25519_key_ __attribute__((cleanup(ls_ed25519_key_cleanup)))

#endif
