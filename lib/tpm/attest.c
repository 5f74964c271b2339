/* SPDX-License-Identifier: Apache-2.0 */
/* What the attestation key is asked to sign: quotes, certificates of NV and of creation. */
#include <errno.h>
#include <string.h>

#include "lib/attest/tpm_constants.h"
#include "lib/tpm/attestation_key.h"
#include "lib/tpm/keys_internal.h"
#include "lib/tpm/nv.h"

static const TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_ECDSA,
					.details.ecdsa.hashAlg = TPM2_ALG_SHA256 };

static int open_key(struct ls_tpm *tpm, ESYS_TR *ret_key, struct ls_error *err)
{
	return ls_tpm_open_handle(tpm, LS_TPM_AK_HANDLE,
				  "cannot find the attestation key in the TPM", ret_key, err);
}

static TPM2B_DATA data_of(const struct ls_digest *qualifying)
{
	TPM2B_DATA data = { .size = LS_DIGEST_SIZE };
	memcpy(data.buffer, qualifying->bytes, LS_DIGEST_SIZE);
	return data;
}

/* 32 bytes with their length before them.  -EBADMSG: too long. */
static int put_scalar(uint8_t *p, const TPM2B_ECC_PARAMETER *scalar)
{
	p[0] = 0;
	p[1] = LS_P256_SCALAR_SIZE;
	return ls_tpm_pad(scalar, p + 2);
}

static int keep(const TPM2B_ATTEST *attest, const TPMT_SIGNATURE *signature,
		struct ls_tpm_attested *ret, struct ls_error *err)
{
	const TPMS_SIGNATURE_ECC *ecdsa = &signature->signature.ecdsa;
	const uint8_t algorithms[] = { 0, LS_ALG_ECDSA, 0, LS_ALG_SHA256 };
	uint8_t *r = ret->signature + sizeof(algorithms), *s = r + 2 + LS_P256_SCALAR_SIZE;
	if (signature->sigAlg != TPM2_ALG_ECDSA || ecdsa->hash != TPM2_ALG_SHA256 ||
	    put_scalar(r, &ecdsa->signatureR) < 0 || put_scalar(s, &ecdsa->signatureS) < 0 ||
	    attest->size > sizeof(ret->attest))
		return ls_fail(err, -EIO, "tpm.attest",
			       "the TPM's attestation is of another kind than asked for");
	memcpy(ret->signature, algorithms, sizeof(algorithms));
	memcpy(ret->attest, attest->attestationData, attest->size);
	ret->attest_size = attest->size;
	return 0;
}

int ls_tpm_quote(struct ls_tpm *tpm, uint32_t pcrs, const struct ls_digest *qualifying,
		 struct ls_tpm_attested *ret_attested, struct ls_error *err)
{
	ESYS_TR key = ESYS_TR_NONE;
	_cleanup_esys_ TPM2B_ATTEST *attest = NULL;
	_cleanup_esys_ TPMT_SIGNATURE *signature = NULL;
	TPM2B_DATA data = data_of(qualifying);
	TPML_PCR_SELECTION selection = { .count = 1 };
	selection.pcrSelections[0] = (TPMS_PCR_SELECTION){
		.hash = TPM2_ALG_SHA256,
		.sizeofSelect = 3,
		.pcrSelect = { (uint8_t)pcrs, (uint8_t)(pcrs >> 8), (uint8_t)(pcrs >> 16) },
	};
	int result = open_key(tpm, &key, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_Quote(ls_tpm_esys(tpm), key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				&data, &scheme, &selection, &attest, &signature);
	ls_tpm_forget(tpm, &key);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "the TPM does not quote");
	return keep(attest, signature, ret_attested, err);
}

int ls_tpm_certify_attestation_key(struct ls_tpm *tpm, const struct ls_digest *qualifying,
				   struct ls_tpm_attested *ret_attested, struct ls_error *err)
{
	ESYS_TR key = ESYS_TR_NONE;
	_cleanup_esys_ TPM2B_ATTEST *attest = NULL;
	_cleanup_esys_ TPMT_SIGNATURE *signature = NULL;
	TPM2B_DATA data = data_of(qualifying);
	int result = open_key(tpm, &key, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_Certify(ls_tpm_esys(tpm), key, key, ESYS_TR_PASSWORD, ESYS_TR_PASSWORD,
				  ESYS_TR_NONE, &data, &scheme, &attest, &signature);
	ls_tpm_forget(tpm, &key);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "the TPM does not certify its attestation key");
	return keep(attest, signature, ret_attested, err);
}

int ls_tpm_nv_certify(struct ls_tpm *tpm, uint32_t handle, const struct ls_digest *policy,
		      const struct ls_digest *qualifying, struct ls_tpm_attested *ret_attested,
		      struct ls_error *err)
{
	ESYS_TR key = ESYS_TR_NONE, index = ESYS_TR_NONE;
	_cleanup_esys_ TPM2B_ATTEST *attest = NULL;
	_cleanup_esys_ TPMT_SIGNATURE *signature = NULL;
	TPM2B_DATA data = data_of(qualifying);
	uint16_t size = handle == LS_NV_COUNTER ? LS_NV_COUNTER_SIZE : LS_NV_CHECKPOINT_SIZE;
	int result = ls_tpm_nv_open(tpm, handle, policy, &index, err);
	if (result == 0)
		result = open_key(tpm, &key, err);
	if (result == 0) {
		TSS2_RC rc = Esys_NV_Certify(ls_tpm_esys(tpm), key, index, index, ESYS_TR_PASSWORD,
					     ESYS_TR_PASSWORD, ESYS_TR_NONE, &data, &scheme, size,
					     0, &attest, &signature);
		if (rc == TPM2_RC_NV_UNINITIALIZED)
			result = ls_fail(err, -ENODATA, "tpm.nv.unwritten",
					 "index 0x%08x of the TPM was never written", handle);
		else if (rc != TSS2_RC_SUCCESS)
			result = ls_tpm_fail(tpm, rc, err, "the TPM does not certify an index");
	}
	ls_tpm_forget(tpm, &key);
	/* the index stays open: lib/tpm/nv.c keeps it, and others use it, too */
	return result != 0 ? result : keep(attest, signature, ret_attested, err);
}

int ls_tpm_certify_creation(struct ls_tpm *tpm, ESYS_TR object, const TPM2B_DIGEST *creation_hash,
			    const TPMT_TK_CREATION *ticket, const struct ls_digest *qualifying,
			    struct ls_tpm_attested *ret_attested, struct ls_error *err)
{
	ESYS_TR key = ESYS_TR_NONE;
	_cleanup_esys_ TPM2B_ATTEST *attest = NULL;
	_cleanup_esys_ TPMT_SIGNATURE *signature = NULL;
	TPM2B_DATA data = data_of(qualifying);
	int result = open_key(tpm, &key, err);
	if (result < 0)
		return result;
	TSS2_RC rc = Esys_CertifyCreation(ls_tpm_esys(tpm), key, object, ESYS_TR_PASSWORD,
					  ESYS_TR_NONE, ESYS_TR_NONE, &data, creation_hash, &scheme,
					  ticket, &attest, &signature);
	ls_tpm_forget(tpm, &key);
	if (rc != TSS2_RC_SUCCESS)
		return ls_tpm_fail(tpm, rc, err, "the TPM does not certify the signing key");
	return keep(attest, signature, ret_attested, err);
}
