/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An adoption: the policy authority's word that the log may go on from what the
 * share holds, though the TPM remembers another state of it.  It names both, so
 * it serves once: when the log went on, the TPM remembers something else.
 *
 *     labseal-adoption/v1
 *     origin labseal/7500-01
 *     remembered 1042 <64 hex>          (or: remembered nothing)
 *     log 900 <64 hex>
 *     signature <base64 of DER ECDSA P-256 over the SHA-256 of the lines above>
 *
 * Each line ends in LF; one content, one spelling.  Pure functions over bytes.
 */
#ifndef LABSEAL_LIB_ATTEST_ADOPTION_H
#define LABSEAL_LIB_ATTEST_ADOPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/log/note.h"

#define LS_ADOPTION_SIZE_MAX 1024 /* bytes of the text */

/* A state of the log. */
struct ls_log_state {
	uint64_t size;
	struct ls_digest root;
};

struct ls_adoption {
	char origin[LS_NOTE_NAME_SIZE];
	bool remembers; /* false: the TPM remembers nothing, remembered is zero */
	struct ls_log_state remembered;
	struct ls_log_state log; /* what is adopted */
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t signature_size;
};

/* What is signed, and what names the adoption: SHA-256 of the lines before the signature. */
int ls_adoption_digest(const struct ls_adoption *adoption, struct ls_digest *ret_digest);

/* Fills in the signature.  0 or what the signer returned. */
int ls_adoption_sign(struct ls_adoption *adoption, const struct ls_signer *authority,
		     struct ls_error *err);

/* 0, -EBADMSG: not signed by this authority. */
int ls_adoption_verify(const struct ls_adoption *adoption, const struct ls_p256_public *authority,
		       struct ls_error *err);

int ls_adoption_format(const struct ls_adoption *adoption, struct ls_buffer *out);
/* Strict; the signature is not checked, and may be empty: before it is signed.  0 or -EBADMSG. */
int ls_adoption_parse(const void *bytes, size_t size, struct ls_adoption *ret_adoption,
		      struct ls_error *err);

#endif
