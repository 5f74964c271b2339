/* SPDX-License-Identifier: Apache-2.0 */
/* Real attestations of a real (software) TPM, held against the pure verifier, and forged with the
 * real key. */
#include "lib/tpm/attestation_key.h"

#include <tss2/tss2_mu.h>

#include "lib/attest/creation.h"
#include "lib/attest/credential.h"
#include "lib/attest/nv_certificate.h"
#include "lib/attest/nv_index.h"
#include "lib/attest/quote.h"
#include "lib/base/text.h"
#include "lib/tpm/authorization.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/measure.h"
#include "lib/tpm/nv.h"
#include "lib/tpm/rig_test.h"

static const struct ls_digest nonce = { { 0x4e, 1, 2, 3 } };

static int make_keys(struct tpm_rig *r)
{
	int rc = ls_tpm_ensure_srk(r->tpm, NULL, &r->err);
	if (rc == 0)
		rc = ls_tpm_ensure_endorsement_key(r->tpm, NULL, &r->err);
	if (rc == 0)
		rc = ls_tpm_ensure_attestation_key(r->tpm, NULL, &r->err);
	if (rc < 0)
		TEST_FAIL("%s", r->err.message);
	return rc;
}

static struct ls_attested attested_of(const struct ls_tpm_attested *a)
{
	return (struct ls_attested){ a->attest, a->attest_size, a->signature,
				     LS_TPM_SIGNATURE_SIZE };
}

/* PCR 23 as it is. */
static struct ls_pcr_values measured(struct tpm_rig *r)
{
	struct ls_digest value = { { 0 } };
	struct ls_pcr_values values = { .pcrs = 0 };
	CHECK_INT_EQ(ls_tpm_pcr_read(r->tpm, LS_MEASURED_PCR, &value, &r->err), 0);
	ls_pcr_values_set(&values, LS_MEASURED_PCR, &value);
	return values;
}

TEST(keys_are_made_once_and_stay)
{
	TPM_RIG(r);
	struct ls_attester first, second;
	int created = 0;
	CHECK_INT_EQ(ls_tpm_ensure_attestation_key(r.tpm, NULL, &r.err), -ENOENT);
	CHECK_INT_EQ(ls_tpm_ensure_endorsement_key(r.tpm, &created, &r.err), 0);
	CHECK_INT_EQ(created, 1);
	CHECK_INT_EQ(ls_tpm_ensure_attestation_key(r.tpm, &created, &r.err), 0);
	CHECK_INT_EQ(created, 1);
	REQUIRE(ls_tpm_read_attester(r.tpm, &first, &r.err) == 0);
	tpm_rig_stop(&r);
	REQUIRE(tpm_rig_start(&r) == 0);
	CHECK_INT_EQ(ls_tpm_ensure_endorsement_key(r.tpm, &created, &r.err), 0);
	CHECK_INT_EQ(created, 0);
	CHECK_INT_EQ(ls_tpm_ensure_attestation_key(r.tpm, &created, &r.err), 0);
	CHECK_INT_EQ(created, 0);
	REQUIRE(ls_tpm_read_attester(r.tpm, &second, &r.err) == 0);
	CHECK_MEM_EQ(&first, &second, sizeof(first));
}

TEST(keys_are_made_with_passwords_set)
{
	TPM_RIG(r);
	_cleanup_auths_ struct ls_tpm_auths auths;
	struct ls_tpm_attested attested;
	REQUIRE(ls_tpm_auths_generate(&auths, &r.err) == 0);
	REQUIRE(ls_tpm_set_auths(r.tpm, &auths, NULL, &r.err) == 0);
	CHECK_INT_EQ(make_keys(&r), 0);
	tpm_rig_stop(&r);
	REQUIRE(tpm_rig_start(&r) == 0); /* who attests knows no password */
	CHECK_INT_EQ(ls_tpm_quote(r.tpm, 1u << 23, &nonce, &attested, &r.err), 0);
}

TEST(other_objects_are_not_taken)
{
	TPM_RIG(r);
	ESYS_CONTEXT *esys = ls_tpm_esys(r.tpm);
	ESYS_TR srk, place = ESYS_TR_NONE;
	static const uint32_t handles[] = { LS_TPM_EK_HANDLE, LS_TPM_AK_HANDLE };
	static const char *const ids[] = { "tpm.ek.other", "tpm.ak.other" };
	REQUIRE(ls_tpm_ensure_srk(r.tpm, NULL, &r.err) == 0);
	for (int i = 0; i < 2; i++) {
		if (i == 1)
			REQUIRE(ls_tpm_ensure_endorsement_key(r.tpm, NULL, &r.err) == 0);
		/* another storage key of the owner's, at our handle */
		TPM2B_SENSITIVE_CREATE sensitive = { 0 };
		TPM2B_PUBLIC *public = NULL;
		TPM2B_DATA outside = { 0 };
		TPML_PCR_SELECTION pcrs = { 0 };
		ESYS_TR made = ESYS_TR_NONE;
		REQUIRE(Esys_TR_FromTPMPublic(esys, LS_TPM_SRK_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE,
					      ESYS_TR_NONE, &srk) == 0);
		REQUIRE(Esys_ReadPublic(esys, srk, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					&public, NULL, NULL) == 0);
		memset(&public->publicArea.unique, 0, sizeof(public->publicArea.unique));
		REQUIRE(Esys_CreatePrimary(esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					   ESYS_TR_NONE, &sensitive, public, &outside, &pcrs, &made,
					   NULL, NULL, NULL, NULL) == 0);
		REQUIRE(Esys_EvictControl(esys, ESYS_TR_RH_OWNER, made, ESYS_TR_PASSWORD,
					  ESYS_TR_NONE, ESYS_TR_NONE, handles[i], &place) == 0);
		Esys_FlushContext(esys, made);
		Esys_Free(public);
		CHECK_INT_EQ(i == 0 ? ls_tpm_ensure_endorsement_key(r.tpm, NULL, &r.err)
				    : ls_tpm_ensure_attestation_key(r.tpm, NULL, &r.err),
			     -EEXIST);
		CHECK_STR_EQ(r.err.id, ids[i]);
		CHECK_STR_HAS(r.err.message, "tpm2_evictcontrol -c 0x8101");
		REQUIRE(Esys_TR_FromTPMPublic(esys, handles[i], ESYS_TR_NONE, ESYS_TR_NONE,
					      ESYS_TR_NONE, &place) == 0);
		REQUIRE(Esys_EvictControl(esys, ESYS_TR_RH_OWNER, place, ESYS_TR_PASSWORD,
					  ESYS_TR_NONE, ESYS_TR_NONE, handles[i], &place) == 0);
	}
}

TEST(a_real_quote_verifies)
{
	TPM_RIG(r);
	struct ls_tpm_attested attested;
	struct ls_attester attester;
	struct ls_clock first, second;
	struct ls_digest other = { { 1 } };
	REQUIRE(make_keys(&r) == 0);
	REQUIRE(ls_tpm_read_attester(r.tpm, &attester, &r.err) == 0);
	struct ls_pcr_values values = measured(&r);
	REQUIRE(ls_tpm_quote(r.tpm, values.pcrs, &nonce, &attested, &r.err) == 0);
	struct ls_attested a = attested_of(&attested);
	CHECK_INT_EQ(ls_quote_verify(&a, &attester, &nonce, &values, &first, &r.err), 0);
	CHECK_STR_EQ(r.err.message, "");
	CHECK(first.reset_count < 1000); /* the true count: it is under the endorsement key */
	CHECK_INT_EQ(ls_quote_verify(&a, &attester, &other, &values, &second, &r.err),
		     -EKEYREJECTED);
	/* in another state */
	CHECK_INT_EQ(ls_tpm_pcr_extend(r.tpm, LS_MEASURED_PCR, &other, &r.err), 0);
	REQUIRE(ls_tpm_quote(r.tpm, values.pcrs, &nonce, &attested, &r.err) == 0);
	a = attested_of(&attested);
	CHECK_INT_EQ(ls_quote_verify(&a, &attester, &nonce, &values, &second, &r.err),
		     -EKEYREJECTED);
	CHECK_STR_EQ(r.err.id, "quote.digest");
	struct ls_pcr_values later = measured(&r);
	CHECK_INT_EQ(ls_quote_verify(&a, &attester, &nonce, &later, &second, &r.err), 0);
	CHECK_INT_EQ(ls_clock_check_follows(&first, &second, &r.err), 0);
	/* after a restart the reset count grows */
	tpm_rig_stop(&r);
	REQUIRE(tpm_rig_start(&r) == 0);
	values = measured(&r);
	REQUIRE(ls_tpm_quote(r.tpm, values.pcrs, &nonce, &attested, &r.err) == 0);
	a = attested_of(&attested);
	struct ls_clock third;
	CHECK_INT_EQ(ls_quote_verify(&a, &attester, &nonce, &values, &third, &r.err), 0);
	CHECK_INT_EQ(third.reset_count, second.reset_count + 1);
	CHECK_INT_EQ(ls_clock_check_follows(&second, &third, &r.err), 0);
	CHECK(ls_clock_check_follows(&third, &second, NULL) < 0);
}

TEST(another_tpms_quote_does_not_verify)
{
	TPM_RIG(r);
	TPM_RIG(other);
	struct ls_tpm_attested attested;
	struct ls_attester attester;
	struct ls_clock clock;
	REQUIRE(make_keys(&r) == 0 && make_keys(&other) == 0);
	REQUIRE(ls_tpm_read_attester(r.tpm, &attester, &r.err) == 0);
	struct ls_pcr_values values = measured(&other);
	REQUIRE(ls_tpm_quote(other.tpm, values.pcrs, &nonce, &attested, &r.err) == 0);
	struct ls_attested a = attested_of(&attested);
	CHECK_INT_EQ(ls_quote_verify(&a, &attester, &nonce, &values, &clock, &r.err),
		     -EKEYREJECTED);
}

/* Have the AK sign bytes of one's own: TPM2_Hash for a ticket, then TPM2_Sign. */
static TSS2_RC sign_anything(struct tpm_rig *r, const void *bytes, size_t size,
			     TPMT_SIGNATURE **ret_signature)
{
	ESYS_CONTEXT *esys = ls_tpm_esys(r->tpm);
	ESYS_TR ak;
	TPM2B_MAX_BUFFER data = { .size = (UINT16)size };
	TPM2B_DIGEST *digest = NULL;
	TPMT_TK_HASHCHECK *ticket = NULL;
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	memcpy(data.buffer, bytes, size);
	CHECK_INT_EQ(Esys_TR_FromTPMPublic(esys, LS_TPM_AK_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE,
					   ESYS_TR_NONE, &ak),
		     0);
	TSS2_RC rc = Esys_Hash(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &data,
			       TPM2_ALG_SHA256, ESYS_TR_RH_ENDORSEMENT, &digest, &ticket);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_Sign(esys, ak, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, digest,
			       &scheme, ticket, ret_signature);
	Esys_Free(digest);
	Esys_Free(ticket);
	Esys_TR_Close(esys, &ak);
	return rc;
}

/* notes of CVE-2024-29038: the genuine key signs a quote's bytes, as long as the magic is another.
 */
TEST(the_real_key_signs_a_forgery_without_the_magic_and_ours_refuses_it)
{
	TPM_RIG(r);
	struct ls_tpm_attested attested;
	struct ls_attester attester;
	struct ls_clock clock;
	TPMT_SIGNATURE *signature = NULL;
	uint8_t bytes[512];
	size_t n = 0;
	REQUIRE(make_keys(&r) == 0);
	REQUIRE(ls_tpm_read_attester(r.tpm, &attester, &r.err) == 0);
	struct ls_pcr_values values = measured(&r);
	REQUIRE(ls_tpm_quote(r.tpm, values.pcrs, &nonce, &attested, &r.err) == 0);
	/* with the magic the TPM refuses: notes 0x3e0 */
	TSS2_RC rc = sign_anything(&r, attested.attest, attested.attest_size, &signature);
	CHECK_INT_EQ(rc, 0x3e0);
	attested.attest[0] = 0;
	rc = sign_anything(&r, attested.attest, attested.attest_size, &signature);
	CHECK_INT_EQ(rc, 0);
	REQUIRE(rc == 0);
	Tss2_MU_TPMT_SIGNATURE_Marshal(signature, bytes, sizeof(bytes), &n);
	Esys_Free(signature);
	struct ls_attested a = { attested.attest, attested.attest_size, bytes, n };
	CHECK_INT_EQ(ls_quote_verify(&a, &attester, &nonce, &values, &clock, &r.err), -EBADMSG);
	CHECK_STR_EQ(r.err.id, "attest.magic");
}

TEST(certificates_of_nv_verify)
{
	TPM_RIG(r);
	struct ls_tpm_attested attested;
	struct ls_attester attester;
	struct ls_tpm_name name;
	struct ls_clock clock;
	uint8_t contents[LS_NV_COUNTER_SIZE];
	uint64_t value = 0;
	REQUIRE(make_keys(&r) == 0);
	CHECK_INT_EQ(ls_tpm_nv_certify(r.tpm, LS_NV_COUNTER, NULL, &nonce, &attested, &r.err),
		     -ENOENT);
	REQUIRE(ls_tpm_ensure_counter(r.tpm, NULL, &r.err) == 0);
	REQUIRE(ls_tpm_read_attester(r.tpm, &attester, &r.err) == 0);
	REQUIRE(ls_tpm_counter_read(r.tpm, &value, &r.err) == 0);
	ls_nv_counter_name(&name);
	CHECK_INT_EQ(ls_tpm_nv_certify(r.tpm, LS_NV_COUNTER, NULL, &nonce, &attested, &r.err), 0);
	struct ls_attested a = attested_of(&attested);
	CHECK_INT_EQ(ls_nv_certificate_verify(&a, &attester, &nonce, &name, contents,
					      sizeof(contents), &clock, &r.err),
		     0);
	CHECK_INT_EQ(contents[7], value);
	/* an index that was never written */
	struct ls_digest policy = { { 1, 2, 3 } };
	REQUIRE(ls_tpm_ensure_checkpoint(r.tpm, &policy, NULL, &r.err) == 0);
	CHECK_INT_EQ(ls_tpm_nv_certify(r.tpm, LS_NV_CHECKPOINT, &policy, &nonce, &attested, &r.err),
		     -ENODATA);
}

TEST(a_creation_certificate_verifies)
{
	TPM_RIG(r);
	_cleanup_p256_key_ struct ls_p256_key *authority_key = NULL;
	_cleanup_buffer_ struct ls_buffer blob, certificate;
	struct ls_signer authority;
	struct ls_p256_public key, seen;
	struct ls_attester attester;
	struct ls_creation creation;
	struct ls_clock clock;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	ls_buffer_init(&certificate, LS_CREATION_MAX);
	REQUIRE(ls_p256_key_generate(&authority_key, NULL) == 0);
	ls_p256_key_signer(authority_key, &authority);
	REQUIRE(make_keys(&r) == 0);
	REQUIRE(ls_tpm_read_attester(r.tpm, &attester, &r.err) == 0);
	REQUIRE(ls_tpm_create_signing_key(r.tpm, &authority.key, LS_POLICY_REF,
					  strlen(LS_POLICY_REF), &blob, &certificate, &key,
					  &r.err) == 0);
	struct ls_creation_policy policy = { &authority.key, LS_POLICY_REF, strlen(LS_POLICY_REF) };
	for (size_t n = 0; n < certificate.size; n++)
		CHECK_INT_EQ(ls_creation_parse(certificate.data, n, &creation, NULL), -EBADMSG);
	REQUIRE(ls_creation_parse(certificate.data, certificate.size, &creation, &r.err) == 0);
	CHECK_INT_EQ(ls_creation_verify(&creation, &attester, &policy, &seen, &clock, &r.err), 0);
	CHECK_STR_EQ(r.err.message, "");
	CHECK(ls_p256_public_equal(&seen, &key));
	CHECK_MEM_EQ(creation.public_part, blob.data, creation.public_size);
	for (size_t i = 0; i < certificate.size; i++) { /* every byte counts */
		certificate.data[i] ^= 1;
		if (ls_creation_parse(certificate.data, certificate.size, &creation, NULL) == 0 &&
		    ls_creation_verify(&creation, &attester, &policy, &seen, &clock, NULL) == 0)
			TEST_FAIL("byte %zu does not count", i);
		certificate.data[i] ^= 1;
	}
}

/* --- credentials -------------------------------------------------------------------- */

struct credential {
	uint8_t blob[LS_CREDENTIAL_BLOB_SIZE], encrypted[LS_CREDENTIAL_ENCRYPTED_SIZE];
};

static void make_credential(struct tpm_rig *r, const struct ls_tpm_name *name,
			    const struct ls_digest *secret, struct credential *c)
{
	struct ls_public_area ek;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, 2048);
	CHECK_INT_EQ(ls_tpm_read_public_area(r->tpm, LS_TPM_EK_HANDLE, &bytes, &r->err), 0);
	CHECK_INT_EQ(ls_public_area_parse(bytes.data, bytes.size, &ek, &r->err), 0);
	CHECK_INT_EQ(ls_credential_make(&ek, name, secret, c->blob, c->encrypted, &r->err), 0);
}

static int activate(struct tpm_rig *r, const struct credential *c, struct ls_digest *ret_secret)
{
	memset(&r->err, 0, sizeof(r->err));
	return ls_tpm_activate_credential(r->tpm, c->blob, sizeof(c->blob), c->encrypted,
					  sizeof(c->encrypted), ret_secret->bytes, &r->err);
}

TEST(a_credential_made_without_a_tpm_is_activated_by_this_one_alone)
{
	TPM_RIG(r);
	TPM_RIG(other);
	struct credential c;
	struct ls_attester attester;
	struct ls_digest secret = { { 5, 6, 7, [31] = 8 } }, seen = { { 0 } };
	REQUIRE(make_keys(&r) == 0 && make_keys(&other) == 0);
	REQUIRE(ls_tpm_read_attester(r.tpm, &attester, &r.err) == 0);
	make_credential(&r, &attester.name, &secret, &c);
	CHECK_INT_EQ(activate(&r, &c, &seen), 0);
	CHECK(ls_digest_equal(&secret, &seen));
	/* another TPM: it does not even decrypt the seed */
	memset(&seen, 0, sizeof(seen));
	CHECK_INT_EQ(activate(&other, &c, &seen), -EACCES);
	CHECK_STR_EQ(other.err.id, "tpm.credential.other");
	/* this TPM, another attestation key's Name */
	struct ls_tpm_name name = attester.name;
	name.bytes[33] ^= 1;
	make_credential(&r, &name, &secret, &c);
	CHECK_INT_EQ(activate(&r, &c, &seen), -EACCES);
	CHECK_STR_HAS(r.err.message, "0x1df");
	CHECK(ls_digest_is_zero(&seen));
	/* altered on the way */
	make_credential(&r, &attester.name, &secret, &c);
	c.blob[LS_CREDENTIAL_BLOB_SIZE - 1] ^= 1;
	CHECK_INT_EQ(activate(&r, &c, &seen), -EACCES);
	CHECK_INT_EQ(ls_tpm_activate_credential(r.tpm, c.blob, 30, c.encrypted, sizeof(c.encrypted),
						seen.bytes, &r.err),
		     -EBADMSG);
}

TEST_MAIN()
