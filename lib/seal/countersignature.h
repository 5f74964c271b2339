/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person's signature beside the device's seal (docs/formats/countersignature.md;
 * 21 CFR 11.50 and 11.70: printed name, time and meaning, and no way to take it to
 * another record).  What is signed is a text that no manifest parser accepts and
 * that is not one:
 *
 *     # labseal/countersignature/v1
 *     # instrument 7500-01
 *     # seal 42
 *     # meaning review
 *     # name Ada Lovelace
 *     # signed 2026-03-05T09:00:00Z
 *     <64 hex>  manifest.sha256
 *
 * It is a file for `sha256sum -c` in the result's folder.  With its CMS signature
 * (lib/seal/cms.h) it is a request, which is sealed as the detail of an event.
 */
#ifndef LABSEAL_LIB_SEAL_COUNTERSIGNATURE_H
#define LABSEAL_LIB_SEAL_COUNTERSIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/seal/certificate.h"
#include "lib/seal/manifest.h"
#include "lib/seal/persons.h"

#define LS_COUNTERSIGNATURE_EVENT    "countersignature" /* the event's kind */
#define LS_COUNTERSIGNATURE_SIZE_MAX 1024		/* bytes of the text */
#define LS_COUNTERSIGN_REQUEST_MAX   28672 /* bytes of a request: fits an event's detail */
#define LS_COUNTERSIGN_AHEAD	     600 /* s by which a person's clock may be ahead of the host's */

enum ls_meaning {
	LS_MEANING_REVIEW = 1,
	LS_MEANING_APPROVAL,
	LS_MEANING_RESPONSIBILITY,
	LS_MEANING_AUTHORSHIP,
	LS_MEANING_LAST = LS_MEANING_AUTHORSHIP
};

/* "review"; the reverse is -EBADMSG for another word. */
const char *ls_meaning_name(enum ls_meaning meaning);
int ls_meaning_parse(const char *text, size_t length, enum ls_meaning *ret_meaning);

struct ls_countersignature {
	char instrument[LS_INSTRUMENT_SIZE];
	uint64_t seal;		   /* of the result */
	struct ls_digest manifest; /* SHA-256 of its manifest.sha256 */
	enum ls_meaning meaning;
	char name[LS_COMMON_NAME_SIZE]; /* as in the person's certificate, escaped */
	int64_t signed_at;		/* by the person's clock, seconds since 1970 */
};

/* Appends the text.  -EINVAL: breaks a rule. */
int ls_countersignature_format(const struct ls_countersignature *c, struct ls_buffer *out,
			       struct ls_error *err);

/* Strict: format(parse(x)) == x.  0 or -EBADMSG ("countersignature.form"). */
int ls_countersignature_parse(const void *bytes, size_t size,
			      struct ls_countersignature *ret_countersignature,
			      struct ls_error *err);

/* What a person hands in. */
struct ls_countersign_request {
	struct ls_countersignature said;
	struct ls_buffer text, signature; /* what is signed, and the CMS signature; owned */
};
void ls_countersign_request_free(struct ls_countersign_request *request);
#define _cleanup_countersign_request_ __attribute__((cleanup(ls_countersign_request_free)))

/* {"statement": text, "signature": base64} and LF, appended.  0, -ENOMEM, -EFBIG. */
int ls_countersign_request_format(const struct ls_buffer *text, const struct ls_buffer *signature,
				  struct ls_buffer *out, struct ls_error *err);

/* A request, or the detail of the event that it became.  0, -EBADMSG ("countersignature.request",
 * "countersignature.form"), -ENOMEM. */
int ls_countersign_request_parse(const void *bytes, size_t size,
				 struct ls_countersign_request *ret_request, struct ls_error *err);

/* Who signed. */
struct ls_countersigner {
	char subject[LS_SUBJECT_SIZE];
	struct ls_digest certificate;
	int64_t not_before, not_after; /* seconds since 1970 */
};

/*
 * Whether a person whom the lab knows signed the request's text, as of time `at`
 * (when it was sealed).  *ret_signer is filled in also where only the certificate's
 * trust is missing (-ENOKEY, -EKEYREJECTED).
 *   countersignature.signature  -EBADMSG: not over this text, or in another form
 *   countersignature.name       -EBADMSG: the name is not the certificate's
 *   countersignature.time       -EBADMSG: signed at another time than it says, or after `at`
 *   countersignature.unknown    -ENOKEY: no person CA certified it
 *   countersignature.expired    -EKEYREJECTED: not valid at `at`
 *   countersignature.revoked    -EKEYREJECTED
 *   -ENOMEM
 */
int ls_countersign_check(const struct ls_countersign_request *request,
			 const struct ls_persons *persons, int64_t at,
			 struct ls_countersigner *ret_signer, struct ls_error *err);

#endif
