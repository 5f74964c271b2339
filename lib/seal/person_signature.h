/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person's detached CMS signature (RFC 5652): as the instrument's (lib/seal/cms.h), but with the
 * keys that persons have (RSA of 2048 to 8192 bits, P-256, P-384, P-521), and with the certificates
 * of the CAs between the person's and the one that the trust file names.
 */
#ifndef LABSEAL_LIB_SEAL_PERSON_SIGNATURE_H
#define LABSEAL_LIB_SEAL_PERSON_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/seal/certificate.h"
#include "lib/seal/persons.h"

#define LS_PERSON_CERTIFICATES_MAX 4 /* in a signature: the person's, and three CAs' */

/* A person's certificate, which is the first, and CAs' in any order; the bytes are others'. */
struct ls_person_certificates {
	struct ls_der all[LS_PERSON_CERTIFICATES_MAX];
	size_t count;
};

/*
 * The certificates in a signature, whose bytes are borrowed; the first is the one that the signer
 * is named by.  -EBADMSG: no CMS signature in DER, none or too many of them, none of them the
 * signer's, or not in the order of DER.  Nothing else is checked.
 */
int ls_person_signature_certificates(const void *signature, size_t signature_size,
				     struct ls_person_certificates *ret_certificates,
				     struct ls_error *err);

/*
 * Whether it is the signature, in its one form, of the key in its first certificate over content.
 * The certificate is not judged: ls_person_chain_check.  0; -EBADMSG with the reason; -ENOMEM.
 */
int ls_person_signature_check(const void *signature, size_t signature_size, const void *content,
			      size_t size, int64_t *ret_signing_time, struct ls_error *err);

/* A person's private key. */
struct ls_person_key;

/*
 * PEM of a key of the kinds above; passphrase: NULL without.  -EKEYREJECTED: it is not the
 * passphrase, or one is missing; -EBADMSG: no private key of these kinds; -ENOMEM.
 */
int ls_person_key_from_pem(const char *text, size_t n, const char *passphrase,
			   struct ls_person_key **ret_key, struct ls_error *err);
/* A P-256 key that is elsewhere, which is borrowed. */
int ls_person_key_of_signer(const struct ls_signer *signer, struct ls_person_key **ret_key,
			    struct ls_error *err);
void ls_person_key_free(struct ls_person_key *key); /* NULL is fine */

static inline void ls_person_key_cleanup(struct ls_person_key **key)
{
	ls_person_key_free(*key);
}
#define _cleanup_person_key_ __attribute__((cleanup(ls_person_key_cleanup)))

/*
 * Sign content; the DER is appended.  Errors of the key, and
 *   cms.key     -EINVAL: it is not the certificate's
 *   person.key  -EBADMSG: the certificate's is none that counts
 *   cms.size    -EFBIG: with these certificates it is larger than LS_CMS_SIZE_MAX
 */
int ls_person_sign(const void *content, size_t size,
		   const struct ls_person_certificates *certificates, int64_t signing_time,
		   const struct ls_person_key *key, struct ls_buffer *out, struct ls_error *err);

/*
 * Whether the first certificate is a person's: by the others to one of the trust file's person CAs,
 * as of `at` (RFC 5280, 6, by OpenSSL: signatures, times, basic constraints, path length, name
 * constraints, key usage; every CA says that it is one).
 *   countersignature.unknown  -ENOKEY: it does not lead there, or not to a person
 *   countersignature.expired  -EKEYREJECTED: a CA's between was not valid at `at`
 *   countersignature.revoked  -EKEYREJECTED: a CA's of the path was revoked before
 *   countersignature.memory   -ENOMEM
 */
int ls_person_chain_check(const struct ls_person_certificates *certificates,
			  const struct ls_persons *persons, int64_t at, struct ls_error *err);

/* Whether this is what a person signs with, today: what ls_person_chain_check would say of the
 * certificate alone.  0, -EINVAL ("countersign.usage"), -EBADMSG. */
int ls_person_certificate_check(struct ls_der certificate, struct ls_error *err);

#endif
