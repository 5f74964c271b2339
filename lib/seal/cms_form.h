/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a detached CMS signature looks like, for the two that are made here: an instrument's
 * (lib/seal/cms.h) and a person's (lib/seal/person_signature.h).  Whoever verifies builds it again
 * from its parts and compares, so each has one form; this is the one place that decides it.
 */
#ifndef LABSEAL_LIB_SEAL_CMS_FORM_H
#define LABSEAL_LIB_SEAL_CMS_FORM_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/reader.h"
#include "lib/seal/certificate.h"

#define LS_CMS_ATTRIBUTES_MAX 1024 /* bytes; the four attributes take about 180 to 220 */
#define LS_CMS_DIGEST_MAX     64   /* bytes of a SHA-512 */

/* What is in a signature beside the signature's value; its bytes are others'. */
struct ls_cms_form {
	struct ls_der digest_algorithm;	   /* content of its OID */
	struct ls_der signature_algorithm; /* content of its AlgorithmIdentifier */
	struct ls_der certificates;	   /* one after another */
	struct ls_der signer;		   /* the signer's certificate */
	struct ls_der content;		   /* digest of what is signed */
	int64_t signing_time;		   /* seconds since 1970 */
};

extern const struct ls_der ls_cms_sha256, ls_cms_ecdsa_sha256; /* as above */

/* The signed attributes, appended as the SET OF that is hashed (RFC 5652, 5.4).  0 or -ENOMEM. */
int ls_cms_form_attributes(const struct ls_cms_form *form, struct ls_buffer *out,
			   struct ls_error *err);

/* The whole ContentInfo, appended.  0, -ENOMEM, -EBADMSG: the signer's certificate is none. */
int ls_cms_form_build(const struct ls_cms_form *form, struct ls_der signature,
		      struct ls_buffer *out, struct ls_error *err);

/* The parts of a signature that are its own; pointers go into its bytes. */
struct ls_cms_parts {
	struct ls_der digest_algorithm, signature_algorithm; /* as in ls_cms_form */
	struct ls_der certificates;			     /* one after another */
	struct ls_der signer_id; /* content of the IssuerAndSerialNumber */
	struct ls_reader attributes;
	struct ls_der signature;
};

/* 0 or -EBADMSG; what is skipped is left to the comparison. */
int ls_cms_form_read(const void *bytes, size_t size, struct ls_cms_parts *ret_parts);

/*
 * What the signed attributes say.  The content's digest must be `content`.
 *   cms.form     -EBADMSG: no digest or no time
 *   cms.content  -EBADMSG: another digest
 */
int ls_cms_form_read_attributes(const struct ls_cms_parts *parts, struct ls_der content,
				int64_t *ret_signing_time, struct ls_error *err);

/* IssuerAndSerialNumber of a certificate, its content appended.  0, -EBADMSG, -ENOMEM. */
int ls_cms_form_signer_id(struct ls_der certificate, struct ls_buffer *out, struct ls_error *err);

/* Builds it again and compares.  0; -EBADMSG ("cms.form"); -ENOMEM. */
int ls_cms_form_check(const struct ls_cms_form *form, struct ls_der signature, const void *bytes,
		      size_t size, struct ls_error *err);

#endif
