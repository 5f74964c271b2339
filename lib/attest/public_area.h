/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The public area of a TPM object, TPMT_PUBLIC (TPM 2.0 Library, Part 2,
 * 12.2.4), and the Names that follow from it (Part 1, section 16).
 *
 * Read are ECC keys on P-256 and RSA keys, with SHA-256 as name algorithm:
 * all that labseal makes or takes.
 */
#ifndef LABSEAL_LIB_ATTEST_PUBLIC_AREA_H
#define LABSEAL_LIB_ATTEST_PUBLIC_AREA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attest/policy_digest.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"

#define LS_PUBLIC_AREA_MAX  1024 /* bytes of a TPMT_PUBLIC */
#define LS_RSA_MODULUS_MAX  512	 /* bytes */
#define LS_RSA_MODULUS_SIZE 256	 /* of an endorsement key: RSA 2048 */

struct ls_public_area {
	uint16_t type;	     /* LS_ALG_ECC or LS_ALG_RSA */
	uint32_t attributes; /* LS_OBJECT_... */
	const uint8_t *policy;
	size_t policy_size;
	uint16_t symmetric, symmetric_bits, symmetric_mode; /* the last two 0 for LS_ALG_NULL */
	uint16_t scheme, scheme_hash;			    /* the last 0 for LS_ALG_NULL */
	uint16_t kdf;					    /* ECC */
	struct ls_p256_public ecc;
	uint16_t rsa_bits;
	uint32_t rsa_exponent; /* 0 means 65537 */
	const uint8_t *modulus;
	size_t modulus_size;
	struct ls_tpm_name name; /* SHA-256 over the bytes (Part 1, 16) */
};

/*
 * A whole TPMT_PUBLIC; pointers in *ret_area are borrowed from the bytes.
 * -EBADMSG: malformed, trailing bytes, another kind of key, a point off the curve.
 */
int ls_public_area_parse(const void *bytes, size_t size, struct ls_public_area *ret_area,
			 struct ls_error *err);

/* The same from a TPM2B_PUBLIC: two bytes of length before it. */
int ls_tpm2b_public_parse(const void *bytes, size_t size, struct ls_public_area *ret_area,
			  struct ls_error *err);

/*
 * A child's Qualified Name (Part 1, 16.4): 0x000b || SHA-256(QN of the parent || Name).
 * For a primary object the parent is its hierarchy, whose QN is its handle.
 */
void ls_primary_qualified_name(uint32_t hierarchy, const struct ls_tpm_name *name,
			       struct ls_tpm_name *ret_qualified);
void ls_child_qualified_name(const struct ls_tpm_name *parent_qualified,
			     const struct ls_tpm_name *name, struct ls_tpm_name *ret_qualified);

/*
 * Whether it is an endorsement key as in the TCG EK Credential Profile 2.5,
 * template L-1: RSA 2048, storage key, fixedTPM, usable with
 * PolicySecret(endorsement) alone.  0 or -EBADMSG.
 */
int ls_endorsement_key_check(const struct ls_public_area *area, struct ls_error *err);

/*
 * Whether it is an attestation key whose signatures mean something: ECDSA P-256
 * with SHA-256, restricted (so that it signs no forged TPMS_ATTEST), fixedTPM,
 * fixedParent, sensitiveDataOrigin, sign and not decrypt.  0 or -EBADMSG.
 */
int ls_attestation_key_check(const struct ls_public_area *area, struct ls_error *err);

/*
 * Whether it is a signing key that works only in states approved by the
 * authority: the attributes and the policy of lib/tpm/keys.h, neither more nor
 * less.  0 or -EBADMSG.
 */
int ls_sealing_key_check(const struct ls_public_area *area, const struct ls_p256_public *authority,
			 const void *ref, size_t ref_size, struct ls_error *err);

#endif
