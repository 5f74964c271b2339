/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Challenge and response of an enrolment.  The CA's challenge holds a secret that
 * only the TPM with the request's EK gets out, and only while the request's AK is
 * loaded in it (lib/attest/credential.h):
 *
 *     labseal-enrolment-challenge/v1
 *     request <SHA-256 of the request's bytes>
 *     expires 2026-03-11T14:22:19Z
 *     credential <base64 of TPM2B_ID_OBJECT>
 *     secret <base64 of TPM2B_ENCRYPTED_SECRET>
 *
 * The response shows that it was got out, without telling it, and that the
 * challenge arrived as it was sent:
 *
 *     labseal-enrolment-response/v1
 *     request <the same>
 *     proof <HMAC-SHA-256 over the challenge's bytes, its key the secret>
 *
 * Each line ends in LF; one content, one spelling.  Pure functions over bytes.
 */
#ifndef LABSEAL_LIB_ATTEST_ENROLMENT_CHALLENGE_H
#define LABSEAL_LIB_ATTEST_ENROLMENT_CHALLENGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attest/credential.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_ENROLMENT_CHALLENGE_MAX 1024 /* bytes of either text */

struct ls_enrolment_challenge {
	struct ls_digest request;
	int64_t expires; /* seconds since 1970 */
	uint8_t credential[LS_CREDENTIAL_BLOB_SIZE];
	uint8_t secret[LS_CREDENTIAL_ENCRYPTED_SIZE]; /* encrypted for the EK */
};

int ls_enrolment_challenge_format(const struct ls_enrolment_challenge *challenge,
				  struct ls_buffer *out);
/* Strict.  0 or -EBADMSG. */
int ls_enrolment_challenge_parse(const void *bytes, size_t size,
				 struct ls_enrolment_challenge *ret_challenge,
				 struct ls_error *err);

struct ls_enrolment_response {
	struct ls_digest request, proof;
};

int ls_enrolment_response_format(const struct ls_enrolment_response *response,
				 struct ls_buffer *out);
/* Strict.  0 or -EBADMSG. */
int ls_enrolment_response_parse(const void *bytes, size_t size,
				struct ls_enrolment_response *ret_response, struct ls_error *err);

/* The proof that whoever has this secret makes for a challenge's bytes.  0 or -ENOMEM. */
int ls_enrolment_prove(const struct ls_digest *secret, const void *challenge, size_t size,
		       struct ls_digest *ret_proof, struct ls_error *err);

/* Whether it is that; in constant time.  0, -EKEYREJECTED ("enrolment.proof") or -ENOMEM. */
int ls_enrolment_check_proof(const struct ls_enrolment_response *response,
			     const struct ls_digest *secret, const void *challenge, size_t size,
			     struct ls_error *err);

#endif
