/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detached CMS signatures (RFC 5652): DER, one signer, SHA-256, ECDSA P-256,
 * the signer's certificate inside, signed attributes contentType, signingTime,
 * messageDigest and signingCertificateV2 (RFC 5035).  Stock OpenSSL accepts them:
 *
 *     openssl cms -verify -binary -inform DER -in manifest.sha256.p7s \
 *         -content manifest.sha256 -CAfile trust.txt -out /dev/null
 */
#ifndef LABSEAL_LIB_SEAL_CMS_H
#define LABSEAL_LIB_SEAL_CMS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/seal/certificate.h"

#define LS_CMS_SIZE_MAX 16384 /* bytes of a signature */

/*
 * Sign content with signer, whose key must be the certificate's.  Appends the
 * DER to out.  No file, engine or configuration is touched, and OpenSSL is used
 * for hashing and reading the certificate only.  signing_time: seconds since
 * 1970.  -EBADMSG: certificate malformed; -EINVAL: of another key; else what the
 * signer returned.
 */
int ls_cms_sign(const void *content, size_t size, struct ls_der certificate, int64_t signing_time,
		const struct ls_signer *signer, struct ls_buffer *out, struct ls_error *err);

struct ls_cms_signature {
	struct ls_p256_public key;    /* the signer's */
	int64_t signing_time;	      /* as the signer claims, seconds since 1970 */
	struct ls_digest certificate; /* SHA-256 of the signer certificate's DER */
	char subject[LS_SUBJECT_SIZE];
	int64_t not_before, not_after; /* of the signer's certificate */
};

/*
 * Verify a detached signature over content.  The certificate in it must chain to
 * one of the authorities, as of time `at` (the manifest's received time: a
 * certificate that expired later breaks no old result); key usage must allow
 * signing and it must be no CA; purpose any.
 *
 * Only the form that ls_cms_sign writes is accepted, byte for byte: the signature
 * is taken apart, built again from its certificate, time and value, and compared.
 * So there is exactly one signer, one digest algorithm, one certificate, no
 * unsigned attribute, and no byte that could be changed unnoticed.
 *
 * 0.  -EBADMSG: malformed, or the signature is not over this content.
 * -EKEYREJECTED: good signature, but the certificate does not chain to these
 * authorities or was not valid then.  -EINVAL: an authority is malformed.  -ENOMEM.
 */
int ls_cms_verify(const void *signature, size_t signature_size, const void *content, size_t size,
		  const struct ls_der *authorities, size_t count, int64_t at,
		  struct ls_cms_signature *ret_signature, struct ls_error *err);

/*
 * The same for many signatures by few signers, against the same authorities each
 * time: what was found about the last certificate is kept.  Zero it before its
 * first use; not for two threads at once.
 */
struct ls_cms_verifier {
	struct ls_p256_verifier p256;
	struct ls_certificate certificate; /* the last one read; sha256 all zero: none */
	int64_t from, until;		   /* it chains in this time; until < from: not known */
};
int ls_cms_verifier_check(struct ls_cms_verifier *verifier, const void *signature,
			  size_t signature_size, const void *content, size_t size,
			  const struct ls_der *authorities, size_t count, int64_t at,
			  struct ls_cms_signature *ret_signature, struct ls_error *err);
void ls_cms_verifier_free(struct ls_cms_verifier *verifier);

/* Call once before confinement: makes OpenSSL load what signing needs. */
void ls_cms_warm_up(void);

#endif
