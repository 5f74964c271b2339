/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/public_area.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/attest/tpm_constants.h"
#include "lib/attest/tpm_reader.h"

#define POLICY_MAX 64 /* bytes of an authPolicy */

#define ENDORSEMENT_ATTRIBUTES                                                            \
	(LS_OBJECT_FIXED_TPM | LS_OBJECT_FIXED_PARENT | LS_OBJECT_SENSITIVE_DATA_ORIGIN | \
	 LS_OBJECT_ADMIN_WITH_POLICY | LS_OBJECT_RESTRICTED | LS_OBJECT_DECRYPT)
#define ATTESTATION_ATTRIBUTES                                                            \
	(LS_OBJECT_FIXED_TPM | LS_OBJECT_FIXED_PARENT | LS_OBJECT_SENSITIVE_DATA_ORIGIN | \
	 LS_OBJECT_RESTRICTED | LS_OBJECT_SIGN)
#define SEALING_ATTRIBUTES                                                                \
	(LS_OBJECT_FIXED_TPM | LS_OBJECT_FIXED_PARENT | LS_OBJECT_SENSITIVE_DATA_ORIGIN | \
	 LS_OBJECT_SIGN | LS_OBJECT_NO_DA)

/* TPM2_PolicySecret(TPM_RH_ENDORSEMENT): EK Credential Profile, template L-1. */
static const uint8_t endorsement_policy[LS_DIGEST_SIZE] = {
	0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc,
	0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52,
	0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa
};

/* TPMT_SYM_DEF_OBJECT (11.1.7): key bits and mode only where there is an algorithm. */
static int read_symmetric(struct ls_reader *r, struct ls_public_area *a)
{
	if (ls_read_be16(r, &a->symmetric) < 0)
		return -EBADMSG;
	if (a->symmetric == LS_ALG_NULL)
		return 0;
	return ls_read_be16(r, &a->symmetric_bits) < 0 || ls_read_be16(r, &a->symmetric_mode) < 0
		       ? -EBADMSG
		       : 0;
}

/* TPMT_RSA_SCHEME, TPMT_ECC_SCHEME (11.2.4.2, 11.2.5.6): those that have one hash, or none. */
static int read_scheme(struct ls_reader *r, struct ls_public_area *a)
{
	if (ls_read_be16(r, &a->scheme) < 0)
		return -EBADMSG;
	if (a->scheme == LS_ALG_NULL)
		return 0;
	return a->scheme == LS_ALG_ECDSA ? ls_read_be16(r, &a->scheme_hash) : -EBADMSG;
}

/* TPMS_RSA_PARMS (12.2.3.5), TPM2B_PUBLIC_KEY_RSA */
static int read_rsa(struct ls_reader *r, struct ls_public_area *a)
{
	if (read_symmetric(r, a) < 0 || read_scheme(r, a) < 0 ||
	    ls_read_be16(r, &a->rsa_bits) < 0 || ls_read_be32(r, &a->rsa_exponent) < 0 ||
	    ls_read_tpm2b(r, LS_RSA_MODULUS_MAX, &a->modulus, &a->modulus_size) < 0)
		return -EBADMSG;
	/* the top bit is set, so that there is one spelling */
	return a->modulus_size * 8 == a->rsa_bits && a->modulus_size > 0 && a->modulus[0] & 0x80
		       ? 0
		       : -EBADMSG;
}

/* TPM2B_ECC_PARAMETER (11.2.5.1): a TPM may leave out leading zeroes. */
static int read_coordinate(struct ls_reader *r, uint8_t out[static LS_P256_SCALAR_SIZE])
{
	const uint8_t *bytes;
	size_t size;
	if (ls_read_tpm2b(r, LS_P256_SCALAR_SIZE, &bytes, &size) < 0)
		return -EBADMSG;
	memset(out, 0, LS_P256_SCALAR_SIZE);
	memcpy(out + LS_P256_SCALAR_SIZE - size, bytes, size);
	return 0;
}

/* TPMS_ECC_PARMS (12.2.3.6), TPMS_ECC_POINT */
static int read_ecc(struct ls_reader *r, struct ls_public_area *a)
{
	uint16_t curve;
	uint8_t x[LS_P256_SCALAR_SIZE], y[LS_P256_SCALAR_SIZE];
	if (read_symmetric(r, a) < 0 || read_scheme(r, a) < 0 || ls_read_be16(r, &curve) < 0 ||
	    curve != LS_ECC_NIST_P256 || ls_read_be16(r, &a->kdf) < 0 || a->kdf != LS_ALG_NULL ||
	    read_coordinate(r, x) < 0 || read_coordinate(r, y) < 0)
		return -EBADMSG;
	return ls_p256_public_from_point(x, y, &a->ecc, NULL) < 0 ? -EBADMSG : 0;
}

static int read_area(struct ls_reader *r, struct ls_public_area *a)
{
	uint16_t name_alg;
	if (ls_read_be16(r, &a->type) < 0 || ls_read_be16(r, &name_alg) < 0 ||
	    name_alg != LS_ALG_SHA256 || ls_read_be32(r, &a->attributes) < 0 ||
	    ls_read_tpm2b(r, POLICY_MAX, &a->policy, &a->policy_size) < 0)
		return -EBADMSG;
	int rc = -EBADMSG;
	if (a->type == LS_ALG_ECC)
		rc = read_ecc(r, a);
	else if (a->type == LS_ALG_RSA)
		rc = read_rsa(r, a);
	return rc < 0 ? rc : ls_reader_end(r);
}

/* 0x000b || SHA-256(...) */
static void name_of(const void *bytes, size_t size, struct ls_tpm_name *ret_name)
{
	struct ls_digest digest;
	ls_sha256_buffer(bytes, size, &digest);
	ret_name->bytes[0] = LS_ALG_SHA256 >> 8;
	ret_name->bytes[1] = LS_ALG_SHA256 & 0xff;
	memcpy(ret_name->bytes + 2, digest.bytes, LS_DIGEST_SIZE);
}

int ls_public_area_parse(const void *bytes, size_t size, struct ls_public_area *ret_area,
			 struct ls_error *err)
{
	struct ls_public_area a = { 0 };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	if (size > LS_PUBLIC_AREA_MAX || read_area(&r, &a) < 0)
		return ls_fail(err, -EBADMSG, "public-area.malformed",
			       "a TPM key's public area is malformed, has trailing bytes, or is "
			       "neither a P-256 nor an RSA key named by SHA-256");
	name_of(bytes, size, &a.name);
	*ret_area = a;
	return 0;
}

int ls_tpm2b_public_parse(const void *bytes, size_t size, struct ls_public_area *ret_area,
			  struct ls_error *err)
{
	struct ls_reader r;
	const uint8_t *area;
	size_t area_size;
	ls_reader_init(&r, bytes, size);
	if (ls_read_tpm2b(&r, LS_PUBLIC_AREA_MAX, &area, &area_size) < 0 || ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "public-area.malformed",
			       "a TPM key's public part has not the length that it states");
	return ls_public_area_parse(area, area_size, ret_area, err);
}

void ls_primary_qualified_name(uint32_t hierarchy, const struct ls_tpm_name *name,
			       struct ls_tpm_name *ret_qualified)
{
	uint8_t both[4 + LS_TPM_NAME_SIZE] = { (uint8_t)(hierarchy >> 24),
					       (uint8_t)(hierarchy >> 16),
					       (uint8_t)(hierarchy >> 8), (uint8_t)hierarchy };
	memcpy(both + 4, name->bytes, LS_TPM_NAME_SIZE);
	name_of(both, sizeof(both), ret_qualified);
}

void ls_child_qualified_name(const struct ls_tpm_name *parent_qualified,
			     const struct ls_tpm_name *name, struct ls_tpm_name *ret_qualified)
{
	struct ls_tpm_name both[2] = { *parent_qualified, *name };
	name_of(both, sizeof(both), ret_qualified);
}

static bool has_policy(const struct ls_public_area *a, const uint8_t *policy)
{
	return a->policy_size == LS_DIGEST_SIZE && memcmp(a->policy, policy, LS_DIGEST_SIZE) == 0;
}

static bool signs_ecdsa(const struct ls_public_area *a)
{
	return a->type == LS_ALG_ECC && a->symmetric == LS_ALG_NULL && a->scheme == LS_ALG_ECDSA &&
	       a->scheme_hash == LS_ALG_SHA256;
}

int ls_endorsement_key_check(const struct ls_public_area *a, struct ls_error *err)
{
	if (a->type == LS_ALG_RSA && a->rsa_bits == 8 * LS_RSA_MODULUS_SIZE &&
	    (a->rsa_exponent == 0 || a->rsa_exponent == 65537) && a->symmetric == LS_ALG_AES &&
	    a->symmetric_bits == 128 && a->symmetric_mode == LS_ALG_CFB &&
	    a->scheme == LS_ALG_NULL && a->attributes == ENDORSEMENT_ATTRIBUTES &&
	    has_policy(a, endorsement_policy))
		return 0;
	return ls_fail(err, -EBADMSG, "endorsement-key.template",
		       "the endorsement key is not the RSA 2048 key of the TCG's template L-1");
}

int ls_attestation_key_check(const struct ls_public_area *a, struct ls_error *err)
{
	if (!signs_ecdsa(a))
		return ls_fail(err, -EBADMSG, "attestation-key.scheme",
			       "the attestation key does not sign with ECDSA P-256 and SHA-256");
	if ((a->attributes & ATTESTATION_ATTRIBUTES) == ATTESTATION_ATTRIBUTES &&
	    !(a->attributes & LS_OBJECT_DECRYPT))
		return 0;
	return ls_fail(err, -EBADMSG, "attestation-key.attributes",
		       "the attestation key is not restricted, fixedTPM, fixedParent, "
		       "sensitiveDataOrigin and sign (its attributes are 0x%08x): what it signs "
		       "may not come from a TPM",
		       a->attributes);
}

int ls_sealing_key_check(const struct ls_public_area *a, const struct ls_p256_public *authority,
			 const void *ref, size_t ref_size, struct ls_error *err)
{
	struct ls_tpm_name name;
	struct ls_digest policy;
	if (!signs_ecdsa(a) || a->attributes != SEALING_ATTRIBUTES)
		return ls_fail(err, -EBADMSG, "signing-key.attributes",
			       "the signing key may leave its TPM, or works without its policy "
			       "(its attributes are 0x%08x, not 0x%08x), or is no ECDSA key",
			       a->attributes, SEALING_ATTRIBUTES);
	ls_authority_name(authority, &name);
	ls_policy_authorize_digest(&name, ref, ref_size, &policy);
	if (has_policy(a, policy.bytes))
		return 0;
	return ls_fail(err, -EBADMSG, "signing-key.policy",
		       "the signing key's policy is not the one of this policy authority");
}
