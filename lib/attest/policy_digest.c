/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/policy_digest.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/digested.h"
#include "lib/attest/event_log.h"
#include "lib/attest/nv_index.h"

/* TPM 2.0 Part 2: 6.3 (algorithms), 6.5.2 (command codes), 6.4 (curves), 8.3 (attributes). */
#define ALG_SHA256	  0x000b
#define ALG_NULL	  0x0010
#define ALG_ECDSA	  0x0018
#define ALG_ECC		  0x0023
#define ECC_NIST_P256	  0x0003
#define CC_POLICY_NV	  0x00000149 /* TPM2_PolicyNV */
#define EO_UNSIGNED_LE	  0x0009     /* Part 2, 6.11 */
#define CC_POLICY_AUTH	  0x0000016a /* TPM2_PolicyAuthorize */
#define CC_POLICY_PCR	  0x0000017f /* TPM2_PolicyPCR */
#define ATTR_USER_AUTH	  0x00000040
#define ATTR_SIGN	  0x00040000
#define PCR_SELECT_SIZE	  3  /* bytes: 24 PCRs */
#define SPKI_POINT_OFFSET 27 /* of x in the one SPKI of a P-256 key: 26 bytes, then 0x04 */

void ls_tpm_name_of(const struct ls_digest *digest, struct ls_tpm_name *ret_name)
{
	ret_name->bytes[0] = ALG_SHA256 >> 8;
	ret_name->bytes[1] = ALG_SHA256 & 0xff;
	memcpy(ret_name->bytes + 2, digest->bytes, LS_DIGEST_SIZE);
}

void ls_authority_public_area(const struct ls_p256_public *authority,
			      uint8_t area[static LS_AUTHORITY_PUBLIC_SIZE])
{
	struct ls_digested b = { .size = 0 };
	const uint8_t *x = authority->spki + SPKI_POINT_OFFSET;
	ls_put_be(&b, ALG_ECC, 2);
	ls_put_be(&b, ALG_SHA256, 2); /* nameAlg */
	ls_put_be(&b, ATTR_SIGN | ATTR_USER_AUTH, 4);
	ls_put_be(&b, 0, 2);	    /* authPolicy: empty */
	ls_put_be(&b, ALG_NULL, 2); /* symmetric */
	ls_put_be(&b, ALG_ECDSA, 2);
	ls_put_be(&b, ALG_SHA256, 2);
	ls_put_be(&b, ECC_NIST_P256, 2);
	ls_put_be(&b, ALG_NULL, 2); /* kdf */
	ls_put_be(&b, LS_P256_SCALAR_SIZE, 2);
	ls_put(&b, x, LS_P256_SCALAR_SIZE);
	ls_put_be(&b, LS_P256_SCALAR_SIZE, 2);
	ls_put(&b, x + LS_P256_SCALAR_SIZE, LS_P256_SCALAR_SIZE);
	memcpy(area, b.data, LS_AUTHORITY_PUBLIC_SIZE);
}

void ls_authority_name(const struct ls_p256_public *authority, struct ls_tpm_name *ret_name)
{
	uint8_t area[LS_AUTHORITY_PUBLIC_SIZE];
	struct ls_digest digest;
	ls_authority_public_area(authority, area);
	ls_sha256_buffer(area, sizeof(area), &digest);
	ls_tpm_name_of(&digest, ret_name);
}

/* H(policyDigest_old || TPM_CC_PolicyPCR || pcrs || pcrDigest), old = 32 zero bytes. */
void ls_policy_pcr_digest(const struct ls_digest *pcr23, struct ls_digest *ret_policy)
{
	struct ls_digested b = { .size = 0 };
	struct ls_digest zero = { { 0 } }, pcr_digest;
	uint8_t select[PCR_SELECT_SIZE] = { 0 };
	select[LS_MEASURED_PCR / 8] = 1u << (LS_MEASURED_PCR % 8);
	ls_sha256_buffer(pcr23->bytes, LS_DIGEST_SIZE, &pcr_digest);
	ls_put(&b, zero.bytes, LS_DIGEST_SIZE);
	ls_put_be(&b, CC_POLICY_PCR, 4);
	ls_put_be(&b, 1, 4); /* TPML_PCR_SELECTION: one bank */
	ls_put_be(&b, ALG_SHA256, 2);
	ls_put_be(&b, PCR_SELECT_SIZE, 1);
	ls_put(&b, select, sizeof(select));
	ls_put(&b, pcr_digest.bytes, LS_DIGEST_SIZE);
	ls_digested_hash(&b, ret_policy);
}

/* H(policyDigest_old || TPM_CC_PolicyNV || H(operandB || offset || operation) || nvIndex's Name) */
void ls_policy_approved_digest(const struct ls_digest *pcr23, uint64_t counter,
			       struct ls_digest *ret_policy)
{
	struct ls_digested arguments = { .size = 0 }, b = { .size = 0 };
	struct ls_digest digest;
	struct ls_tpm_name name;
	ls_policy_pcr_digest(pcr23, &digest);
	ls_put_digest(&b, &digest);
	ls_put_be(&arguments, counter, LS_NV_COUNTER_SIZE);
	ls_put_be(&arguments, 0, 2);
	ls_put_be(&arguments, EO_UNSIGNED_LE, 2);
	ls_digested_hash(&arguments, &digest);
	ls_nv_counter_name(&name);
	ls_put_be(&b, CC_POLICY_NV, 4);
	ls_put_digest(&b, &digest);
	ls_put(&b, name.bytes, LS_TPM_NAME_SIZE);
	ls_digested_hash(&b, ret_policy);
}

/* PolicyUpdate (Part 3, 23.2.3) from zero: H(H(0 || CC || keyName) || policyRef). */
void ls_policy_authorize_digest(const struct ls_tpm_name *authority, const void *ref,
				size_t ref_size, struct ls_digest *ret_policy)
{
	struct ls_digested b = { .size = 0 };
	struct ls_digest digest = { { 0 } };
	ls_put(&b, digest.bytes, LS_DIGEST_SIZE);
	ls_put_be(&b, CC_POLICY_AUTH, 4);
	ls_put(&b, authority->bytes, LS_TPM_NAME_SIZE);
	ls_digested_hash(&b, &digest);
	ls_policy_approval_digest(&digest, ref, ref_size, ret_policy);
}

/* Both aHash and the second step of PolicyUpdate are H(digest || policyRef). */
void ls_policy_approval_digest(const struct ls_digest *approved_policy, const void *ref,
			       size_t ref_size, struct ls_digest *ret_digest)
{
	struct ls_digested b = { .size = 0 };
	ls_put(&b, approved_policy->bytes, LS_DIGEST_SIZE);
	ls_put(&b, ref, ref_size <= LS_POLICY_REF_MAX ? ref_size : LS_POLICY_REF_MAX);
	ls_digested_hash(&b, ret_digest);
}

/* What an approval of this PCR value signs. */
static int approval_of(const struct ls_digest *pcr23, uint64_t counter, const void *ref,
		       size_t ref_size, struct ls_digest *ret_digest, struct ls_error *err)
{
	struct ls_digest policy;
	if (ref_size > LS_POLICY_REF_MAX)
		return ls_fail(err, -EINVAL, "policy-digest.ref",
			       "a policy reference has %zu bytes; the most is %d", ref_size,
			       LS_POLICY_REF_MAX);
	ls_policy_approved_digest(pcr23, counter, &policy);
	ls_policy_approval_digest(&policy, ref, ref_size, ret_digest);
	return 0;
}

int ls_policy_approve(const struct ls_signer *authority, const struct ls_digest *pcr23,
		      uint64_t counter, const void *ref, size_t ref_size,
		      uint8_t signature[static LS_P256_SIGNATURE_MAX], size_t *ret_size,
		      struct ls_error *err)
{
	struct ls_digest digest;
	int rc = approval_of(pcr23, counter, ref, ref_size, &digest, err);
	return rc < 0 ? rc : ls_signer_sign(authority, &digest, signature, ret_size, err);
}

int ls_policy_approval_verify(const struct ls_p256_public *authority, const struct ls_digest *pcr23,
			      uint64_t counter, const void *ref, size_t ref_size,
			      const uint8_t *signature, size_t size, struct ls_error *err)
{
	struct ls_digest digest;
	if (approval_of(pcr23, counter, ref, ref_size, &digest, err) < 0)
		return -EBADMSG;
	int rc = ls_p256_verify(authority, &digest, signature, size, err);
	if (rc < 0)
		ls_error_prefix(err, "the approval of this measured state");
	return rc;
}
