/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA on NIST P-256 with SHA-256 (FIPS 186-4): the one signature labseal uses.
 *
 * A public key is held as its SubjectPublicKeyInfo (RFC 5480, named curve,
 * uncompressed point), which for P-256 is always the same 91 bytes but for the
 * point; no other spelling is accepted, so equal keys are equal bytes.
 * A signature is DER: SEQUENCE { r INTEGER, s INTEGER }.
 */
#ifndef LABSEAL_LIB_BASE_P256_H
#define LABSEAL_LIB_BASE_P256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_P256_SPKI_SIZE     91
#define LS_P256_SCALAR_SIZE   32 /* x, y, r, s: big-endian, padded with zeroes */
#define LS_P256_SIGNATURE_MAX 72 /* bytes of DER */

struct ls_p256_public {
	uint8_t spki[LS_P256_SPKI_SIZE];
};

/* The key in these DER bytes.  -EBADMSG: not P-256, another spelling, or a point off the curve. */
int ls_p256_public_parse(const void *der, size_t n, struct ls_p256_public *ret_key,
			 struct ls_error *err);

/*
 * The same but for the curve, which costs as much as a third of a verification: that is looked
 * at when a signature is verified with the key (p256.point).  Of files that name many keys.
 */
int ls_p256_public_read(const void *der, size_t n, struct ls_p256_public *ret_key,
			struct ls_error *err);

/* The key with this point, as a TPM or a PKCS#11 token gives it.  -EBADMSG: off the curve. */
int ls_p256_public_from_point(const uint8_t x[static LS_P256_SCALAR_SIZE],
			      const uint8_t y[static LS_P256_SCALAR_SIZE],
			      struct ls_p256_public *ret_key, struct ls_error *err);

/* One PEM block "PUBLIC KEY", as `openssl pkey -pubout` writes it, and nothing else. */
int ls_p256_public_from_pem(const char *text, size_t n, struct ls_p256_public *ret_key,
			    struct ls_error *err);
int ls_p256_public_to_pem(const struct ls_p256_public *key, struct ls_buffer *out);

bool ls_p256_public_equal(const struct ls_p256_public *a, const struct ls_p256_public *b);

/* SHA-256 over the SPKI: the key's identifier everywhere in labseal. */
void ls_p256_public_digest(const struct ls_p256_public *key, struct ls_digest *ret_digest);

/* 0: the signature is the key's, over this digest.  -EBADMSG: it is not.  -ENOMEM. */
int ls_p256_verify(const struct ls_p256_public *key, const struct ls_digest *digest,
		   const uint8_t *signature, size_t n, struct ls_error *err);

/*
 * The same for many signatures: making a key ready costs OpenSSL up to twice a
 * verification, so one is kept, and given another point where the key changes;
 * once that was often, a second, which takes whichever key was not used last.
 * Zero it before its first use; not for two threads at once.
 */
struct ls_p256_verifier {
	struct ls_p256_public key;	 /* zero: none */
	void *pkey, *context;		 /* owned; NULL before the first key */
	unsigned changes;		 /* of keys, until there is a second */
	bool second_last;		 /* it was used last */
	struct ls_p256_verifier *second; /* owned; NULL: none */
};
int ls_p256_verifier_check(struct ls_p256_verifier *verifier, const struct ls_p256_public *key,
			   const struct ls_digest *digest, const uint8_t *signature, size_t n,
			   struct ls_error *err);
void ls_p256_verifier_free(struct ls_p256_verifier *verifier);
#define _cleanup_p256_verifier_ __attribute__((cleanup(ls_p256_verifier_free)))

/* DER of a raw signature (r, s).  buffer takes LS_P256_SIGNATURE_MAX bytes. */
int ls_p256_signature_encode(const uint8_t r[static LS_P256_SCALAR_SIZE],
			     const uint8_t s[static LS_P256_SCALAR_SIZE],
			     uint8_t buffer[static LS_P256_SIGNATURE_MAX], size_t *ret_size);

/*
 * Whoever can sign: a TPM, an HSM, a key in memory.  sign() takes the SHA-256
 * digest of the message and gives the DER signature; der has room for
 * LS_P256_SIGNATURE_MAX bytes.  It returns 0 or a negative errno value with err.
 */
struct ls_signer {
	int (*sign)(void *context, const struct ls_digest *digest, uint8_t *der, size_t *ret_size,
		    struct ls_error *err);
	void *context;
	struct ls_p256_public key; /* verifies what sign() makes */
};

/*
 * signer->sign, with the result checked against signer->key: a backend that
 * signs with another key, or wrongly, is found before anything is published.
 */
int ls_signer_sign(const struct ls_signer *signer, const struct ls_digest *digest,
		   uint8_t der[static LS_P256_SIGNATURE_MAX], size_t *ret_size,
		   struct ls_error *err);

/* A private key in memory: authorities, the CA, the file backend, tests. */
struct ls_p256_key;

int ls_p256_key_generate(struct ls_p256_key **ret_key, struct ls_error *err);

/* PEM "PRIVATE KEY" (PKCS#8) or "EC PRIVATE KEY", without a passphrase. */
int ls_p256_key_from_pem(const char *text, size_t n, struct ls_p256_key **ret_key,
			 struct ls_error *err);
int ls_p256_key_to_pem(const struct ls_p256_key *key, struct ls_buffer *out, struct ls_error *err);

/*
 * The same under a passphrase: PEM "ENCRYPTED PRIVATE KEY" (PKCS#8, PBES2 with
 * PBKDF2 and AES-256-CBC).  Reading takes every key of the kinds above, too.
 * -EKEYREJECTED: it is encrypted, and the passphrase (NULL: none) is not the one.
 */
int ls_p256_key_from_encrypted_pem(const char *text, size_t n, const char *passphrase,
				   struct ls_p256_key **ret_key, struct ls_error *err);
int ls_p256_key_to_encrypted_pem(const struct ls_p256_key *key, const char *passphrase,
				 struct ls_buffer *out, struct ls_error *err);

/* NULL is fine.  OpenSSL wipes the private part. */
void ls_p256_key_free(struct ls_p256_key *key);

/* A signer that borrows key: it must outlive the signer. */
void ls_p256_key_signer(struct ls_p256_key *key, struct ls_signer *ret_signer);

/* The EVP_PKEY inside, borrowed, for code that needs OpenSSL's own calls. */
void *ls_p256_key_evp(const struct ls_p256_key *key);

static inline void ls_p256_key_cleanup(struct ls_p256_key **key)
{
	ls_p256_key_free(*key);
}
#define _cleanup_p256_key_ __attribute__((cleanup(ls_p256_key_cleanup)))

#endif
