/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Enrolment, both sides of it: the instrument's machine with its TPM, and the
 * lab's CA, which may be on another machine (docs/formats/enrolment.md).
 *
 *     instrument   ls_enrol_request    a request
 *     CA           ls_enrol_challenge  a challenge, for that TPM alone
 *     instrument   ls_enrol_activate   a response, which shows that it was that TPM
 *     CA           ls_enrol_issue      the attestation key's certificate
 *     instrument   ls_enrol_install    keeps it
 *
 * Each takes the bytes of what the one before it gave, and no side believes them:
 * what is certified is what the CA kept of the request that it challenged.
 */
#ifndef LABSEAL_HOST_COMMAND_ENROL_H
#define LABSEAL_HOST_COMMAND_ENROL_H

#include <stdbool.h>
#include <stddef.h>

#include "host/command/provision.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/seal/attestation_certificate.h"

/* --- the instrument -------------------------------------------------------------------- */

/*
 * A request, appended, and kept in the state folder till it is answered.  Opens
 * the TPM.  -ENOENT ("enrol.keys"): it is not provisioned; -EKEYREJECTED
 * ("enrol.keys"): the TPM holds other keys than the state folder says.
 */
int ls_enrol_request(struct ls_provision *p, struct ls_buffer *out, struct ls_error *err);

/*
 * The response to a challenge, appended.  Opens the TPM.  -EBADMSG: malformed;
 * -EKEYREJECTED: enrol.challenge.other (not for the request that is kept),
 * enrol.expired; else what ls_tpm_activate_credential returns.
 */
int ls_enrol_activate(struct ls_provision *p, const struct ls_buffer *challenge,
		      struct ls_buffer *out, struct ls_error *err);

/*
 * Keep the attestation key's certificate (DER).  -EKEYREJECTED: enrol.certificate.key
 * (another attestation key's), .tpm (another TPM's), .installed (what is there is
 * another key's: nothing is overwritten), certificate.chain (another lab's),
 * attestation-certificate.profile; -EBADMSG: malformed.
 */
int ls_enrol_install(struct ls_provision *p, const struct ls_buffer *der, struct ls_error *err);

/* The same checks of the certificate that is kept.  -ENOENT: there is none. */
int ls_enrol_check_installed(struct ls_provision *p, struct ls_error *err);

/* --- the CA ------------------------------------------------------------------------------ */

#define LS_CA_KEY	  "ca.key.pem" /* in the CA's folder */
#define LS_CA_CERTIFICATE "ca.cert.pem"
#define LS_CA_ENROLMENTS  "enrolments" /* root's alone: a folder for each request */

struct ls_enrol_ca {
	int fd;		   /* the CA's folder */
	const char *roots; /* --ek-roots: the manufacturers' certificates, or NULL */
	bool accept;	   /* --accept-unproven */
};

/* What the CA found of a request, for the person who is to decide. */
struct ls_enrol_found {
	char instrument[LS_INSTRUMENT_SIZE];
	struct ls_enrolment enrolment;
	struct ls_digest attestation; /* the key's Name, without the algorithm */
	bool has_certificate;	      /* of the EK */
	char issuer[LS_SUBJECT_SIZE]; /* "": it was not held against roots */
};

/*
 * A challenge, appended; its secret is kept in the CA's folder, once per request,
 * for a week.  *ret_found is filled in as far as it came, also when it is refused.
 * -EBADMSG, -EKEYREJECTED: what ls_enrolment_request_check and
 * ls_endorsement_certificate_verify say; enrol.unproven: nothing proves that it
 * is a TPM of a manufacturer, and --accept-unproven is not there; enrol.issued.
 */
int ls_enrol_challenge(const struct ls_enrol_ca *ca, const struct ls_buffer *request,
		       struct ls_enrol_found *ret_found, struct ls_buffer *out,
		       struct ls_error *err);

/*
 * The certificate (DER, appended) for the key of the request that the response
 * is to.  A copy stays in the CA's folder.  -EBADMSG: malformed; -EKEYREJECTED:
 * enrol.response.unknown (no challenge was made for it), enrol.issued (it was used
 * already), enrol.expired, enrolment.proof.
 */
int ls_enrol_issue(const struct ls_enrol_ca *ca, const struct ls_buffer *response,
		   struct ls_buffer *out, struct ls_error *err);

/*
 * All five in a row, for a CA on the same machine; der is appended to.  What any of
 * them returns.
 */
int ls_enrol_here(struct ls_provision *p, const struct ls_enrol_ca *ca,
		  struct ls_enrol_found *ret_found, struct ls_buffer *der, struct ls_error *err);

#endif
