/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The digests behind the signing key's policy, computed without a TPM, so that
 * approving and auditing need none.  References are to the TPM 2.0 Library,
 * revision 1.59.
 *
 * The key's policy is PolicyAuthorize(authority, policyRef): it works when a
 * policy that the authority approved by its signature is met.  An approved
 * policy is
 *
 *     PolicyPCR(sha256 bank, PCR 23 = the replayed event log)
 *     PolicyNV(the version counter <= the approval's counter, unsigned)
 *
 * so that a step of the counter (lib/attest/nv_index.h) retires it for good.
 */
#ifndef LABSEAL_LIB_ATTEST_POLICY_DIGEST_H
#define LABSEAL_LIB_ATTEST_POLICY_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"

/* The policyRef: what the authority's signatures are for. */
#define LS_POLICY_REF	  "labseal-enclave/v1"
#define LS_POLICY_REF_MAX 64 /* bytes; TPM2B_NONCE holds a digest at least */

/* A TPM object's Name with SHA-256 as name algorithm: 0x000b || digest. */
#define LS_TPM_NAME_SIZE 34
struct ls_tpm_name {
	uint8_t bytes[LS_TPM_NAME_SIZE];
};
void ls_tpm_name_of(const struct ls_digest *digest, struct ls_tpm_name *ret_name);

/*
 * TPMT_PUBLIC (Part 2, 12.2.4) under which the authority's key is given to
 * TPM2_LoadExternal; its hash is the key's Name.  Attributes sign and
 * userWithAuth, scheme ECDSA with SHA-256, curve NIST P-256.
 */
#define LS_AUTHORITY_PUBLIC_SIZE 88
void ls_authority_public_area(const struct ls_p256_public *authority,
			      uint8_t area[static LS_AUTHORITY_PUBLIC_SIZE]);
void ls_authority_name(const struct ls_p256_public *authority, struct ls_tpm_name *ret_name);

/* The policy digest after TPM2_PolicyPCR alone (Part 3, 23.7) with sha256:23 at this value. */
void ls_policy_pcr_digest(const struct ls_digest *pcr23, struct ls_digest *ret_policy);

/*
 * The digest of an approved policy: PolicyPCR as above, then TPM2_PolicyNV (Part 3,
 * 23.9) with TPM_EO_UNSIGNED_LE, offset 0 and counter as 8 bytes.
 */
void ls_policy_approved_digest(const struct ls_digest *pcr23, uint64_t counter,
			       struct ls_digest *ret_policy);

/* The signing key's authPolicy: TPM2_PolicyAuthorize (Part 3, 23.16).  ref_size <=
 * LS_POLICY_REF_MAX. */
void ls_policy_authorize_digest(const struct ls_tpm_name *authority, const void *ref,
				size_t ref_size, struct ls_digest *ret_policy);

/* aHash = SHA-256(approvedPolicy || policyRef): the digest that the authority signs. */
void ls_policy_approval_digest(const struct ls_digest *approved_policy, const void *ref,
			       size_t ref_size, struct ls_digest *ret_digest);

/* The authority's approval of a state: DER signature, to buffer.  0 or what the signer returned. */
int ls_policy_approve(const struct ls_signer *authority, const struct ls_digest *pcr23,
		      uint64_t counter, const void *ref, size_t ref_size,
		      uint8_t signature[static LS_P256_SIGNATURE_MAX], size_t *ret_size,
		      struct ls_error *err);

/* Whether this is the authority's approval of PCR 23 at this value, with the counter at most at
 * this one.  0, -EBADMSG, -ENOMEM. */
int ls_policy_approval_verify(const struct ls_p256_public *authority, const struct ls_digest *pcr23,
			      uint64_t counter, const void *ref, size_t ref_size,
			      const uint8_t *signature, size_t size, struct ls_error *err);

#endif
