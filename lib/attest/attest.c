/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/attest.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/tpm_constants.h"

/* TPMS_CLOCK_INFO; TPMI_YES_NO is 0 or 1 and nothing else (Part 2, 9.2). */
static int read_clock(struct ls_reader *r, struct ls_clock *clock)
{
	uint8_t safe;
	if (ls_read_be64(r, &clock->milliseconds) < 0 || ls_read_be32(r, &clock->reset_count) < 0 ||
	    ls_read_be32(r, &clock->restart_count) < 0 || ls_read_u8(r, &safe) < 0 || safe > 1)
		return -EBADMSG;
	clock->safe = safe;
	return 0;
}

static int read_attested(struct ls_reader *r, uint16_t type, struct ls_attest *a)
{
	switch (type) {
	case LS_ST_ATTEST_QUOTE:
		return ls_read_pcr_selection(r, &a->quote.selection) < 0 ||
				       ls_read_tpm_digest(r, &a->quote.digest) < 0
			       ? -EBADMSG
			       : 0;
	case LS_ST_ATTEST_NV:
		return ls_read_tpm_name(r, &a->nv.index) < 0 ||
				       ls_read_be16(r, &a->nv.offset) < 0 ||
				       ls_read_tpm2b(r, LS_NV_CONTENTS_MAX, &a->nv.contents,
						     &a->nv.size) < 0
			       ? -EBADMSG
			       : 0;
	case LS_ST_ATTEST_CREATION:
		return ls_read_tpm_name(r, &a->creation.object) < 0 ||
				       ls_read_tpm_digest(r, &a->creation.creation_hash) < 0
			       ? -EBADMSG
			       : 0;
	case LS_ST_ATTEST_CERTIFY:
		return ls_read_tpm_name(r, &a->certify.name) < 0 ||
				       ls_read_tpm_name(r, &a->certify.qualified_name) < 0
			       ? -EBADMSG
			       : 0;
	}
	return -EBADMSG;
}

static int read_rest(struct ls_reader *r, uint16_t type, struct ls_attest *a)
{
	if (ls_read_tpm_name(r, &a->signer) < 0 ||
	    ls_read_tpm2b(r, LS_QUALIFYING_MAX, &a->qualifying, &a->qualifying_size) < 0 ||
	    read_clock(r, &a->clock) < 0 || ls_read_be64(r, &a->firmware) < 0 ||
	    read_attested(r, type, a) < 0)
		return -EBADMSG;
	return ls_reader_end(r);
}

int ls_attest_parse(const void *bytes, size_t size, uint16_t type, struct ls_attest *ret_attest,
		    struct ls_error *err)
{
	struct ls_attest a = { .firmware = 0 };
	struct ls_reader r;
	uint32_t magic = 0;
	uint16_t seen = 0;
	ls_reader_init(&r, bytes, size);
	if (ls_read_be32(&r, &magic) < 0 || magic != LS_TPM_GENERATED)
		return ls_fail(err, -EBADMSG, "attest.magic",
			       "it does not begin with ff544347: no TPM made it");
	if (ls_read_be16(&r, &seen) < 0 || seen != type)
		return ls_fail(err, -EBADMSG, "attest.type",
			       "it attests something else (type 0x%04x, not 0x%04x)", seen, type);
	if (size > LS_ATTEST_MAX || read_rest(&r, type, &a) < 0)
		return ls_fail(err, -EBADMSG, "attest.malformed",
			       "it is cut, has trailing bytes, or is no TPMS_ATTEST that a TPM "
			       "with SHA-256 makes");
	*ret_attest = a;
	return 0;
}

static int read_scalar(struct ls_reader *r, const uint8_t **ret_scalar)
{
	size_t size;
	return ls_read_tpm2b(r, LS_P256_SCALAR_SIZE, ret_scalar, &size) < 0 ||
			       size != LS_P256_SCALAR_SIZE
		       ? -EBADMSG
		       : 0;
}

int ls_tpm_signature_parse(const void *bytes, size_t size,
			   uint8_t der[static LS_P256_SIGNATURE_MAX], size_t *ret_size,
			   struct ls_error *err)
{
	struct ls_reader reader;
	uint16_t algorithm, hash;
	const uint8_t *r, *s;
	ls_reader_init(&reader, bytes, size);
	if (ls_read_be16(&reader, &algorithm) < 0 || algorithm != LS_ALG_ECDSA ||
	    ls_read_be16(&reader, &hash) < 0 || hash != LS_ALG_SHA256 ||
	    read_scalar(&reader, &r) < 0 || read_scalar(&reader, &s) < 0 ||
	    ls_reader_end(&reader) < 0)
		return ls_fail(err, -EBADMSG, "attest.signature.malformed",
			       "its signature is no TPMT_SIGNATURE of %d bytes (ECDSA P-256 with "
			       "SHA-256)",
			       LS_TPM_SIGNATURE_SIZE);
	return ls_p256_signature_encode(r, s, der, ret_size);
}

int ls_attester_init(const void *endorsement, size_t endorsement_size, const void *attestation,
		     size_t attestation_size, struct ls_attester *ret_attester,
		     struct ls_error *err)
{
	struct ls_public_area ek, ak;
	struct ls_tpm_name parent;
	int rc = ls_public_area_parse(endorsement, endorsement_size, &ek, err);
	if (rc == 0)
		rc = ls_endorsement_key_check(&ek, err);
	if (rc == 0)
		rc = ls_public_area_parse(attestation, attestation_size, &ak, err);
	if (rc == 0)
		rc = ls_attestation_key_check(&ak, err);
	if (rc < 0)
		return rc;
	ls_primary_qualified_name(LS_RH_ENDORSEMENT, &ek.name, &parent);
	ls_child_qualified_name(&parent, &ak.name, &ret_attester->qualified_name);
	ret_attester->key = ak.ecc;
	ret_attester->name = ak.name;
	ret_attester->endorsement = ek.name;
	return 0;
}

/* The structure's bytes are what is signed, by their SHA-256. */
static int check_signature(const struct ls_attested *attested, const struct ls_p256_public *key,
			   struct ls_error *err)
{
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t size;
	struct ls_digest digest;
	int rc = ls_tpm_signature_parse(attested->signature, attested->signature_size, der, &size,
					err);
	if (rc != 0)
		return rc;
	ls_sha256_buffer(attested->attest, attested->attest_size, &digest);
	if (ls_p256_verify(key, &digest, der, size, NULL) == 0)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "attest.signature",
		       "its signature is not the attestation key's over these bytes");
}

int ls_attest_verify(const struct ls_attested *attested, uint16_t type,
		     const struct ls_attester *attester, const struct ls_digest *qualifying,
		     struct ls_attest *ret_attest, struct ls_error *err)
{
	struct ls_attest a;
	int rc = ls_attest_parse(attested->attest, attested->attest_size, type, &a, err);
	if (rc == 0)
		rc = check_signature(attested, &attester->key, err);
	if (rc != 0)
		return rc;
	if (memcmp(a.signer.bytes, attester->qualified_name.bytes, LS_TPM_NAME_SIZE) != 0)
		return ls_fail(err, -EKEYREJECTED, "attest.signer",
			       "the TPM names another key as its signer than the attestation key "
			       "under its endorsement key");
	if (a.qualifying_size != LS_DIGEST_SIZE ||
	    memcmp(a.qualifying, qualifying->bytes, LS_DIGEST_SIZE) != 0)
		return ls_fail(err, -EKEYREJECTED, "attest.qualifying",
			       "it was made for something else: its qualifying data is not the "
			       "expected SHA-256");
	*ret_attest = a;
	return 0;
}
