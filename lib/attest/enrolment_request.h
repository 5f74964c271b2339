/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An enrolment request: an instrument asks the lab's CA to certify that its
 * attestation key (AK) is in the TPM with this endorsement key (EK).
 *
 *     labseal-enrolment-request/v1
 *     instrument 7500-01
 *     tpm software TPM                          (or: TPM; what the TPM says of itself)
 *     endorsement-key <base64 of TPMT_PUBLIC>
 *     endorsement-certificate <base64 of DER>   (or: none)
 *     attestation-key <base64 of TPMT_PUBLIC>
 *     certify <base64 of TPMS_ATTEST>           (TPM2_Certify of the AK by itself ...
 *     signature <base64 of TPMT_SIGNATURE>       ... for SHA-256 of the lines above)
 *
 * The AK's certificate of itself shows that whoever asks can use it, for this very
 * request, and by its Qualified Name that it is under this EK.  That it is in the
 * EK's TPM is shown by the answer to a challenge (lib/attest/enrolment_challenge.h)
 * and by nothing else.  Each line ends in LF; one content, one spelling.  Pure
 * functions over bytes.  docs/formats/enrolment.md
 */
#ifndef LABSEAL_LIB_ATTEST_ENROLMENT_REQUEST_H
#define LABSEAL_LIB_ATTEST_ENROLMENT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attest/attest.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/seal/certificate.h"
#include "lib/seal/manifest.h"

#define LS_ENROLMENT_REQUEST_MAX 16384 /* bytes of the text */

struct ls_enrolment_request {
	char instrument[LS_INSTRUMENT_SIZE];
	bool software; /* a claim: nothing proves it but a manufacturer's certificate */
	uint8_t endorsement[LS_PUBLIC_AREA_MAX], attestation[LS_PUBLIC_AREA_MAX];
	size_t endorsement_size, attestation_size;
	uint8_t certificate[LS_CERTIFICATE_SIZE_MAX]; /* of the EK; size 0: there is none */
	size_t certificate_size;
	uint8_t certify[LS_ATTEST_MAX], signature[LS_TPM_SIGNATURE_SIZE];
	size_t certify_size;
};

/* What the AK certifies itself for: SHA-256 of the lines before `certify`. */
int ls_enrolment_request_qualifying(const struct ls_enrolment_request *request,
				    struct ls_digest *ret_digest);

/* Appended.  0 or the buffer's error. */
int ls_enrolment_request_format(const struct ls_enrolment_request *request, struct ls_buffer *out);

/* Strict; what it says is not checked.  0 or -EBADMSG. */
int ls_enrolment_request_parse(const void *bytes, size_t size,
			       struct ls_enrolment_request *ret_request, struct ls_error *err);

/*
 * Whether what it asks for may be certified once the challenge is answered: the
 * EK is the template's (RSA 2048, L-1); the AK is labseal's, with exactly its
 * attributes (P-256, SHA-256, restricted, fixedTPM, fixedParent,
 * sensitiveDataOrigin, sign, empty authorisation, no policy); the AK's
 * certificate of itself is for this request, and the AK is under this EK.
 * 0 and both keys (*ret_endorsement borrows the request's bytes); -EBADMSG,
 * -EKEYREJECTED with what lib/attest/{public_area,attest}.h say, or
 * enrolment.attestation-key, enrolment.certify.
 */
int ls_enrolment_request_check(const struct ls_enrolment_request *request,
			       struct ls_public_area *ret_endorsement,
			       struct ls_attester *ret_attester, struct ls_error *err);

#endif
