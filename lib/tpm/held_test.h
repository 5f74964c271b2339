/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: an attacker's own client, who holds the TPM's descriptor and meets the key's policy.
 */
#ifndef LABSEAL_LIB_TPM_HELD_TEST_H
#define LABSEAL_LIB_TPM_HELD_TEST_H

#include <openssl/ecdsa.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>

#include "lib/tpm/keys_internal.h"
#include "lib/tpm/keys_rig_test.h"

/* --- an attacker's own client ------------------------------------------------------------------
 */

/* The signing key, and a session in which its policy was met. */
struct held {
	ESYS_CONTEXT *esys;
	ESYS_TR key, session;
};

static inline TSS2_RC start_session(struct held *h)
{
	TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	return Esys_StartAuthSession(h->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				     ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_POLICY, &none,
				     TPM2_ALG_SHA256, &h->session);
}

static inline TSS2_RC load_key(struct bench *b, struct held *h)
{
	struct ls_tpm_key_blob blob = { 0 };
	struct ls_p256_public key;
	ESYS_TR srk = ESYS_TR_NONE;
	if (ls_tpm_read_key_blob(b->blob.data, b->blob.size, &b->authority.key, REF, REF_SIZE,
				 &blob, &key, &b->err) < 0 ||
	    ls_tpm_open_srk(b->tpm, &srk, &b->err) < 0)
		return 0xffffffff;
	TSS2_RC rc = Esys_Load(h->esys, srk, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       &blob.private, &blob.public, &h->key);
	ls_tpm_forget(b->tpm, &srk);
	return rc;
}

/* PolicyPCR over PCR 23 and PolicyNV over the counter. */
static inline TSS2_RC meet_conditions(struct bench *b, struct held *h, uint64_t counter)
{
	TPM2B_DIGEST current = { 0 };
	TPM2B_OPERAND bound = { .size = LS_NV_COUNTER_SIZE };
	TPML_PCR_SELECTION pcrs = { .count = 1 };
	uint32_t index = 0;
	pcrs.pcrSelections[0] = (TPMS_PCR_SELECTION){ TPM2_ALG_SHA256, 3, { 0, 0, 0x80 } };
	bound.buffer[7] = (BYTE)counter;
	if (ls_tpm_nv_open(b->tpm, LS_NV_COUNTER, NULL, &index, &b->err) < 0)
		return 0xffffffff;
	TSS2_RC rc = Esys_PolicyPCR(h->esys, h->session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				    &current, &pcrs);
	if (rc == 0)
		rc = Esys_PolicyNV(h->esys, index, index, h->session, ESYS_TR_PASSWORD,
				   ESYS_TR_NONE, ESYS_TR_NONE, &bound, 0, TPM2_EO_UNSIGNED_LE);
	return rc;
}

static inline void plain_signature(const uint8_t *der, size_t size, TPMT_SIGNATURE *ret)
{
	ECDSA_SIG *parsed = d2i_ECDSA_SIG(NULL, &der, (long)size);
	TPMS_SIGNATURE_ECC *ecdsa = &ret->signature.ecdsa;
	*ret = (TPMT_SIGNATURE){ .sigAlg = TPM2_ALG_ECDSA };
	ecdsa->hash = TPM2_ALG_SHA256;
	ecdsa->signatureR.size = ecdsa->signatureS.size = LS_P256_SCALAR_SIZE;
	BN_bn2binpad(ECDSA_SIG_get0_r(parsed), ecdsa->signatureR.buffer, LS_P256_SCALAR_SIZE);
	BN_bn2binpad(ECDSA_SIG_get0_s(parsed), ecdsa->signatureS.buffer, LS_P256_SCALAR_SIZE);
	ECDSA_SIG_free(parsed);
}

/* The TPM's own check of a signature by this authority over an approval of `approved`. */
static inline TSS2_RC verify(struct bench *b, const struct ls_p256_public *authority,
			     const struct ls_digest *approved, TPMT_TK_VERIFIED *ret_ticket)
{
	uint8_t area[LS_AUTHORITY_PUBLIC_SIZE];
	struct ls_digest digest;
	TPM2B_PUBLIC public = { 0 };
	TPM2B_DIGEST in = { .size = LS_DIGEST_SIZE };
	TPMT_SIGNATURE signature;
	TPMT_TK_VERIFIED *ticket = NULL;
	ESYS_TR object = ESYS_TR_NONE;
	ESYS_CONTEXT *esys = ls_tpm_esys(b->tpm);
	ls_authority_public_area(authority, area);
	Tss2_MU_TPMT_PUBLIC_Unmarshal(area, sizeof(area), NULL, &public.publicArea);
	ls_policy_approval_digest(approved, REF, REF_SIZE, &digest);
	memcpy(in.buffer, digest.bytes, LS_DIGEST_SIZE);
	plain_signature(b->approval.signature, b->approval.signature_size, &signature);
	TSS2_RC rc = Esys_LoadExternal(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, NULL,
				       &public, ESYS_TR_RH_OWNER, &object);
	if (rc == 0)
		rc = Esys_VerifySignature(esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					  &in, &signature, &ticket);
	ls_tpm_flush(b->tpm, object);
	if (rc == 0)
		*ret_ticket = *ticket;
	Esys_Free(ticket);
	return rc;
}

static inline TSS2_RC authorize(struct bench *b, struct held *h,
				const struct ls_p256_public *authority,
				const TPMT_TK_VERIFIED *ticket)
{
	struct ls_tpm_name name;
	TPM2B_DIGEST approved = { .size = LS_DIGEST_SIZE };
	TPM2B_NONCE ref = { .size = (UINT16)REF_SIZE };
	TPM2B_NAME key_name = { .size = LS_TPM_NAME_SIZE };
	ls_authority_name(authority, &name);
	memcpy(key_name.name, name.bytes, LS_TPM_NAME_SIZE);
	memcpy(approved.buffer, b->approval.approved.bytes, LS_DIGEST_SIZE);
	memcpy(ref.buffer, REF, REF_SIZE);
	return Esys_PolicyAuthorize(h->esys, h->session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				    &approved, &ref, &key_name, ticket);
}

static inline TSS2_RC sign(struct held *h)
{
	TPM2B_DIGEST digest = { .size = LS_DIGEST_SIZE };
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPMT_TK_HASHCHECK any = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	TPMT_SIGNATURE *signature = NULL;
	TSS2_RC rc = Esys_Sign(h->esys, h->key, h->session, ESYS_TR_NONE, ESYS_TR_NONE, &digest,
			       &scheme, &any, &signature);
	Esys_Free(signature);
	return rc;
}

/* Everything that a signature needs but the command itself. */
static inline void hold(struct bench *b, struct held *h)
{
	TPMT_TK_VERIFIED ticket = { 0 };
	*h = (struct held){ ls_tpm_esys(b->tpm), ESYS_TR_NONE, ESYS_TR_NONE };
	REQUIRE(load_key(b, h) == 0);
	REQUIRE(start_session(h) == 0);
	REQUIRE(meet_conditions(b, h, COUNTER) == 0);
	REQUIRE(verify(b, &b->authority.key, &b->approval.approved, &ticket) == 0);
	REQUIRE(authorize(b, h, &b->authority.key, &ticket) == 0);
}

static inline void let_go(struct held *h)
{
	if (h->session != ESYS_TR_NONE)
		Esys_FlushContext(h->esys, h->session);
	if (h->key != ESYS_TR_NONE)
		Esys_FlushContext(h->esys, h->key);
}

static inline void expect(struct bench *b, TSS2_RC rc, TSS2_RC wanted, const char *words)
{
	char code[16];
	CHECK_INT_EQ(rc, wanted);
	ls_tpm_fail(b->tpm, rc, &b->err, "it");
	CHECK_STR_HAS(b->err.message, words);
	snprintf(code, sizeof(code), "0x%x", wanted);
	CHECK_STR_HAS(b->err.message, code);
}

#endif
