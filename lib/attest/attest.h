/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a TPM attests: TPMS_ATTEST (TPM 2.0 Library, Part 2, 10.12.12) and its
 * signature, TPMT_SIGNATURE (11.3.4).
 *
 * A restricted key signs a structure that begins with TPM_GENERATED only when
 * the TPM itself made it, but any other bytes on demand (TPM2_Hash, TPM2_Sign):
 * so who does not look at the magic accepts forgeries by the genuine key
 * (CVE-2024-29038 in tpm2-tools).  Nothing here is optional: magic, type,
 * signer, qualifying data, signature and exact length are all checked, always.
 */
#ifndef LABSEAL_LIB_ATTEST_ATTEST_H
#define LABSEAL_LIB_ATTEST_ATTEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attest/clock.h"
#include "lib/attest/public_area.h"
#include "lib/attest/tpm_reader.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"

#define LS_ATTEST_MAX	      1024 /* bytes of a TPMS_ATTEST */
#define LS_QUALIFYING_MAX     64   /* bytes of extraData (TPM2B_DATA) */
#define LS_NV_CONTENTS_MAX    512  /* bytes certified of an NV index */
#define LS_TPM_SIGNATURE_SIZE 72   /* sigAlg, hash, two TPM2B of 32 bytes */

struct ls_attest {
	struct ls_tpm_name signer; /* the key's Qualified Name, as the TPM states it */
	const uint8_t *qualifying; /* extraData */
	size_t qualifying_size;
	struct ls_clock clock;
	uint64_t firmware;
	union {
		struct { /* LS_ST_ATTEST_QUOTE: TPMS_QUOTE_INFO, 10.12.1 */
			struct ls_pcr_selection selection;
			struct ls_digest digest;
		} quote;
		struct { /* LS_ST_ATTEST_NV: TPMS_NV_CERTIFY_INFO, 10.12.9 */
			struct ls_tpm_name index;
			uint16_t offset;
			const uint8_t *contents;
			size_t size;
		} nv;
		struct { /* LS_ST_ATTEST_CREATION: TPMS_CREATION_INFO, 10.12.8 */
			struct ls_tpm_name object;
			struct ls_digest creation_hash;
		} creation;
		struct { /* LS_ST_ATTEST_CERTIFY: TPMS_CERTIFY_INFO, 10.12.3 */
			struct ls_tpm_name name, qualified_name;
		} certify;
	};
};

/*
 * A whole TPMS_ATTEST of this type (LS_ST_ATTEST_...); proves nothing.  Pointers
 * are borrowed from the bytes.  -EBADMSG: ids attest.magic, attest.type,
 * attest.malformed.
 */
int ls_attest_parse(const void *bytes, size_t size, uint16_t type, struct ls_attest *ret_attest,
		    struct ls_error *err);

/*
 * A whole TPMT_SIGNATURE, ECDSA with SHA-256, both numbers in 32 bytes: the one
 * spelling that evidence has.  DER comes out.  -EBADMSG.
 */
int ls_tpm_signature_parse(const void *bytes, size_t size,
			   uint8_t der[static LS_P256_SIGNATURE_MAX], size_t *ret_size,
			   struct ls_error *err);

/* The attestation key as a verifier knows it. */
struct ls_attester {
	struct ls_p256_public key;
	struct ls_tpm_name name, qualified_name;
	struct ls_tpm_name endorsement; /* the Name of the EK that it is under */
};

/*
 * From the public areas (TPMT_PUBLIC) of the attestation key and of the
 * endorsement key above it; both are checked (lib/attest/public_area.h).
 * 0 or -EBADMSG.
 */
int ls_attester_init(const void *endorsement, size_t endorsement_size, const void *attestation,
		     size_t attestation_size, struct ls_attester *ret_attester,
		     struct ls_error *err);

/* Two files of evidence.  Borrowed. */
struct ls_attested {
	const uint8_t *attest;
	size_t attest_size;
	const uint8_t *signature;
	size_t signature_size;
};

/*
 * Whether it is attested by this key, of this type, for exactly this qualifying
 * data.  0 and the content; -EBADMSG: malformed, as above; -EKEYREJECTED:
 * attest.signer, attest.qualifying, attest.signature.
 */
int ls_attest_verify(const struct ls_attested *attested, uint16_t type,
		     const struct ls_attester *attester, const struct ls_digest *qualifying,
		     struct ls_attest *ret_attest, struct ls_error *err);

#endif
