/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The creation certificate of the signing key: the TPM's word that it made this
 * very key itself, with this policy (TPM 2.0 Library, Part 3, 18.3
 * TPM2_CertifyCreation; Part 2, 15.1 TPMS_CREATION_DATA).
 */
#ifndef LABSEAL_LIB_ATTEST_CREATION_H
#define LABSEAL_LIB_ATTEST_CREATION_H

#include "lib/attest/attest.h"

#define LS_CREATION_DATA_MAX 1024 /* bytes of a TPMS_CREATION_DATA */

/* What the TPM noted when it made the key. */
struct ls_creation_data {
	struct ls_pcr_selection selection;
	const uint8_t *pcr_digest;
	size_t pcr_digest_size; /* 0 or 32 */
	uint8_t locality;
	struct ls_tpm_name parent, parent_qualified;
	const uint8_t *outside; /* outsideInfo: chosen by whoever had it made */
	size_t outside_size;
};

/* A whole TPMS_CREATION_DATA of an object with a SHA-256 parent.  0 or -EBADMSG. */
int ls_creation_data_parse(const void *bytes, size_t size, struct ls_creation_data *ret_data,
			   struct ls_error *err);

/* The files of a creation certificate.  Borrowed. */
struct ls_creation {
	struct ls_attested attested;
	const uint8_t *public_part; /* TPM2B_PUBLIC of the key */
	size_t public_size;
	const uint8_t *data; /* TPMS_CREATION_DATA */
	size_t data_size;
};

/*
 * The certificate as one file, four structures as the TPM marshals them:
 *
 *     TPM2B_PUBLIC || TPM2B_CREATION_DATA || TPM2B_ATTEST || TPMT_SIGNATURE
 *
 * *ret_creation borrows the bytes.  0 or -EBADMSG; the parts are yet to be checked.
 */
#define LS_CREATION_MAX 4096 /* bytes */
int ls_creation_parse(const void *bytes, size_t size, struct ls_creation *ret_creation,
		      struct ls_error *err);

/* Who may approve the states that the key works in. */
struct ls_creation_policy {
	const struct ls_p256_public *authority;
	const void *ref; /* policyRef */
	size_t ref_size;
};

/*
 * Whether the attester's TPM made this key: its Name, recomputed from its public
 * part, is the certified one; so is the hash of the creation data; its
 * attributes and its policy are those of a key that never leaves the TPM and
 * works only in states that the authority approved (ls_sealing_key_check); the
 * qualifying data is SHA-256 over the public part.  0 and the key;
 * what ls_attest_verify and the parsers return; -EKEYREJECTED: creation.name, creation.hash.
 */
int ls_creation_verify(const struct ls_creation *creation, const struct ls_attester *attester,
		       const struct ls_creation_policy *policy, struct ls_p256_public *ret_key,
		       struct ls_clock *ret_clock, struct ls_error *err);

#endif
