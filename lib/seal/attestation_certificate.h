/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate of an attestation key (AK), which the lab's CA issues when a
 * challenge was answered: "this key is in the TPM with this endorsement key".
 *
 * An X.509 certificate (RFC 5280) for a P-256 key: no CA, keyUsage
 * digitalSignature, extendedKeyUsage tcg-kp-AIKCertificate (2.23.133.8.3) and no
 * other, so that it passes for no signer of results; and labseal's own extension,
 * not critical, of the OID 2.25.153073140533440806607415022190389354125: a
 * UTF8String
 *
 *     labseal-enrolment/v1 <SHA-256 of the EK's TPMT_PUBLIC, 64 hex> ORIGIN
 */
#ifndef LABSEAL_LIB_SEAL_ATTESTATION_CERTIFICATE_H
#define LABSEAL_LIB_SEAL_ATTESTATION_CERTIFICATE_H

#include "lib/base/hash.h"
#include "lib/seal/certificate.h"

#define LS_AIK_PURPOSE	 "2.23.133.8.3"
#define LS_ENROLMENT_OID "2.25.153073140533440806607415022190389354125"

/* What was known of the TPM when it was enrolled. */
enum ls_tpm_origin {
	LS_ORIGIN_MANUFACTURER = 1, /* "manufacturer": the EK's certificate leads to its maker */
	LS_ORIGIN_UNPROVEN,	    /* "unproven": no such certificate; it may be any program */
	LS_ORIGIN_SOFTWARE,	    /* "software": it says itself that it is a program */
};
const char *ls_tpm_origin_name(enum ls_tpm_origin origin);
int ls_tpm_origin_parse(const char *text, size_t length, enum ls_tpm_origin *ret_origin);

/* For people: "a TPM with its manufacturer's certificate", "a software TPM", ... */
const char *ls_tpm_origin_words(enum ls_tpm_origin origin);

struct ls_enrolment {
	struct ls_digest endorsement;
	enum ls_tpm_origin origin;
};

/* The extension's text, with its NUL. */
#define LS_ENROLMENT_TEXT_SIZE 128
const char *ls_enrolment_text(const struct ls_enrolment *enrolment,
			      char buffer[static LS_ENROLMENT_TEXT_SIZE]);

struct ls_attestation_certificate {
	struct ls_certificate certificate;
	struct ls_enrolment enrolment;
};

/*
 * 0; -EBADMSG: as ls_certificate_read; -EKEYREJECTED
 * ("attestation-certificate.profile"): it is another kind of certificate.
 * Whose it is, and whether it holds, is for ls_certificate_verify to say.
 */
int ls_attestation_certificate_read(struct ls_der der,
				    struct ls_attestation_certificate *ret_certificate,
				    struct ls_error *err);

#endif
