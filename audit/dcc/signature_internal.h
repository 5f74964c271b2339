/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of signature.h: its form, its XAdES properties, its arithmetic, its signer's path. */
#ifndef LABSEAL_AUDIT_DCC_SIGNATURE_INTERNAL_H
#define LABSEAL_AUDIT_DCC_SIGNATURE_INTERNAL_H

#include <openssl/x509.h>

#include "audit/dcc/dcc_internal.h"
#include "audit/dcc/signature.h"

#define LS_XADES_NAMESPACE    "http://uri.etsi.org/01903/v1.3.2#"
#define LS_DCC_EMBEDDED_MAX   64	    /* certificates, or CRLs, or OCSP responses */
#define LS_DCC_EMBEDDED_BYTES (1024 * 1024) /* of one of them */

enum ls_dcc_scheme { LS_DCC_ECDSA, LS_DCC_RSA_PKCS1, LS_DCC_RSA_PSS };
enum ls_dcc_c14n { LS_DCC_C14N_10, LS_DCC_C14N_11, LS_DCC_C14N_EXCLUSIVE };

struct ls_dcc_algorithm {
	const char *uri;
	enum ls_dcc_scheme scheme;
	const char *digest; /* OpenSSL's name */
};

/* What is in one Signature element: the nodes that were found in the places for them. */
struct ls_dcc_form {
	xmlNode *signature, *info, *value, *key_info;
	const struct ls_dcc_algorithm *method;
	enum ls_dcc_c14n c14n;	    /* of info: SignedInfo */
	xmlNode *properties;	    /* xades:QualifyingProperties, or NULL */
	xmlNode *signed_properties; /* within it, referenced by the signature */
};

/* DER that was embedded, decoded. */
struct ls_dcc_embedded {
	STACK_OF(X509) * certificates; /* of KeyInfo, then of CertificateValues */
	STACK_OF(X509_CRL) * crls;
	struct ls_buffer ocsp[LS_DCC_EMBEDDED_MAX];
	size_t ocsp_count;
};

/*
 * Say what the signature's outcome is and why; returns 1, for `return ls_dcc_judge(...)` in the
 * functions below, which return 0 to go on, 1 when the outcome is known, or a negative errno.
 */
int ls_dcc_judge(struct ls_dcc_signature *s, enum ls_dcc_outcome outcome, const char *id,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* One more sentence, when there is room for it. */
void ls_dcc_note(struct ls_dcc_signature *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* That the form is one that is accepted; takes the document's digest down. */
int ls_dcc_form_check(xmlNode *signature, struct ls_dcc_form *form, struct ls_dcc_signature *s);

/*
 * The arithmetic with the certificate's key: by xmlsec1; of RSA-PSS, which it does not have
 * before its version 1.3, the signature's value by OpenSSL.  An RSA key has to have 2048 to 8192
 * bits.
 */
int ls_dcc_arithmetic_check(const struct ls_dcc_form *form, X509 *signer,
			    struct ls_dcc_signature *s);

/* RSA-PSS (RFC 8017, 8.1.2; MGF1 of the same hash, a salt as long as it, as RFC 9231, 2.3.9 has it)
 * over the canonical SignedInfo: 1: it is the key's; 0: not; -ENOMEM. */
int ls_dcc_pss_verify(const struct ls_dcc_form *form, EVP_PKEY *key);

/* The bytes of base64 text with white space in it, at most max; 0, -EBADMSG, -EFBIG, -ENOMEM. */
int ls_dcc_base64(const xmlNode *node, size_t max, struct ls_buffer *out);

/* What is embedded; malformed parts are noted and left out. */
int ls_dcc_embedded_read(const struct ls_dcc_form *form, struct ls_dcc_embedded *e,
			 struct ls_dcc_signature *s);
void ls_dcc_embedded_free(struct ls_dcc_embedded *e);

/* The signer's certificate, by the digest in the signed properties; and SigningTime. */
int ls_dcc_signer_find(const struct ls_dcc_form *form, const struct ls_dcc_embedded *e,
		       X509 **ret_signer, struct ls_dcc_signature *s);

/* The time as of which the certificate is checked: of a time stamp, if one is believed. */
int ls_dcc_time_find(const struct ls_dcc_form *form, const struct ls_dcc_trust *trust, int64_t now,
		     struct ls_dcc_signature *s, struct ls_error *err);

/* The path to an authority as of s->time, and what says that none of it was revoked. */
int ls_dcc_path_check(X509 *signer, const struct ls_dcc_embedded *e,
		      const struct ls_dcc_trust *trust, struct ls_dcc_signature *s,
		      struct ls_error *err);

/* What CRLs and OCSP responses say of one certificate. */
struct ls_dcc_revocation {
	bool good;     /* one of them, of the time or later, has it as not revoked */
	int64_t since; /* the earliest revocation, or -1 */
};

struct ls_dcc_revocation ls_dcc_revocation_of(X509 *certificate, X509 *issuer,
					      const STACK_OF(X509_CRL) * crls,
					      const struct ls_dcc_embedded *e, int64_t time);

/* A name of X.509 as one line, escaped. */
void ls_dcc_subject(X509_NAME *name, char text[static LS_SUBJECT_SIZE]);

/* Its O, when it has exactly one; else "". */
void ls_dcc_organisation(X509_NAME *name, char text[static LS_SUBJECT_SIZE]);

/* Seconds since 1970, or -1. */
int64_t ls_dcc_time_of(const ASN1_TIME *time);

#endif
