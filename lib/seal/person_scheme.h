/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What persons sign with (RFC 5754, RFC 4055): RSA of 2048 to 8192 bits with SHA-256, SHA-384 or
 * SHA-512, by PKCS#1 v1.5 or PSS (MGF1 of the same hash, salt as long as it); ECDSA on P-256 with
 * SHA-256, P-384 with SHA-384, P-521 with SHA-512.  For this room only.
 */
#ifndef LABSEAL_LIB_SEAL_PERSON_SCHEME_H
#define LABSEAL_LIB_SEAL_PERSON_SCHEME_H

#include <openssl/evp.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/seal/cms_form.h"

#define LS_PERSON_RSA_MIN 2048 /* bits */
#define LS_PERSON_RSA_MAX 8192

/* How a signature's AlgorithmIdentifier is spelled; the kind of key is in it. */
enum ls_person_algorithm {
	LS_PERSON_ECDSA, /* ecdsa-with-SHA256 and so on */
	LS_PERSON_RSA,	 /* sha256WithRSAEncryption and so on: PKCS#1 v1.5 */
	LS_PERSON_PSS,
	LS_PERSON_ALGORITHM_LAST = LS_PERSON_PSS
};

enum ls_person_hash { LS_PERSON_SHA256, LS_PERSON_SHA384, LS_PERSON_SHA512, LS_PERSON_HASH_COUNT };

struct ls_person_scheme {
	enum ls_person_algorithm algorithm;
	enum ls_person_hash hash;
};

struct ls_der ls_person_hash_oid(enum ls_person_hash hash); /* content bytes */

/* The digest; room for LS_CMS_DIGEST_MAX bytes.  0 or -ENOMEM. */
int ls_person_hash(enum ls_person_hash hash, const void *bytes, size_t size,
		   uint8_t digest[static LS_CMS_DIGEST_MAX], size_t *ret_size);

/* The content of the AlgorithmIdentifier, appended.  0 or the buffer's error. */
int ls_person_scheme_put(const struct ls_person_scheme *scheme, struct ls_buffer *out);

/* 0; -EBADMSG ("person.algorithm"): another hash, or another algorithm than the above. */
int ls_person_scheme_read(const struct ls_cms_parts *parts, struct ls_person_scheme *ret_scheme,
			  struct ls_error *err);

/* What a key signs with if it is left to it.  -EBADMSG ("person.key"): it is none of the above. */
int ls_person_scheme_of(const EVP_PKEY *key, struct ls_person_scheme *ret_scheme,
			struct ls_error *err);

/* 0; -EBADMSG ("person.key", "person.algorithm"): the key (NULL: unreadable) is none of the above,
 * or this is not a scheme of it. */
int ls_person_scheme_check(const struct ls_person_scheme *scheme, const EVP_PKEY *key,
			   struct ls_error *err);

/* Of a key that was checked.  0; -EBADMSG ("person.algorithm"): the signature is not its over this
 * message; -ENOMEM. */
int ls_person_scheme_verify(const struct ls_person_scheme *scheme, EVP_PKEY *key,
			    const void *message, size_t n, struct ls_der signature,
			    struct ls_error *err);

/* The same.  0, and the signature is appended; -EIO ("person.sign"): OpenSSL does not; -ENOMEM. */
int ls_person_scheme_sign(const struct ls_person_scheme *scheme, EVP_PKEY *key, const void *message,
			  size_t n, struct ls_buffer *out, struct ls_error *err);

#endif
