/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the TPM itself refuses, to somebody who holds its descriptor and goes past
 * all of our checks: each with the TPM's code and our words (docs/refusals.md).
 */
#include "lib/tpm/held_test.h"

/* --- the authority's approval
 * ---------------------------------------------------------------------- */

/* What the tests below refuse is what this allows. */
TEST(a_held_session_signs_once)
{
	BENCH(b);
	struct held h;
	hold(&b, &h);
	CHECK_INT_EQ(sign(&h), 0);
	let_go(&h);
}

TEST(a_swapped_signature_is_refused_by_the_tpm_itself)
{
	BENCH(b);
	TPMT_TK_VERIFIED ticket;
	struct ls_digest other = { { 7 } }, approved = b.approval.approved;
	REQUIRE(approve(&b, &b.authority, &other) == 0); /* signed, but for another state */
	expect(&b, verify(&b, &b.authority.key, &approved, &ticket), 0x2db,
	       "the signature does not verify");
}

/* Another authority approves the state: its word makes another policy than the key's. */
TEST(a_foreign_authority_is_refused_by_the_tpm_itself)
{
	BENCH(b);
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer foreign;
	struct held h = { ls_tpm_esys(b.tpm), ESYS_TR_NONE, ESYS_TR_NONE };
	TPMT_TK_VERIFIED ticket = { 0 };
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &foreign);
	REQUIRE(approve(&b, &foreign, &b.pcr23) == 0);
	REQUIRE(load_key(&b, &h) == 0 && start_session(&h) == 0);
	REQUIRE(meet_conditions(&b, &h, COUNTER) == 0);
	REQUIRE(verify(&b, &foreign.key, &b.approval.approved, &ticket) == 0);
	/* its ticket, under the lab's authority's name */
	expect(&b, authorize(&b, &h, &b.authority.key, &ticket), 0x4c4,
	       "a value is not the expected one");
	/* under its own name the TPM takes it, and the key does not */
	CHECK_INT_EQ(authorize(&b, &h, &foreign.key, &ticket), 0);
	expect(&b, sign(&h), 0x99d, "policy check failed");
	let_go(&h);
}

/* --- a session that was ready before the key's use was ended
 * ---------------------------------------- */

/* As after drift, at a stop and after the enclave's end: labseald does this each time. */
TEST(a_held_session_does_not_sign_after_the_revocation)
{
	BENCH(b);
	struct held h, again;
	hold(&b, &h);
	REQUIRE(ls_tpm_revoke(b.tpm, &b.err) == 0);
	expect(&b, sign(&h), 0x910, "its use was ended");
	/* nor a new one, with the key loaded anew: PCR 23 is capped */
	again = (struct held){ h.esys, ESYS_TR_NONE, ESYS_TR_NONE };
	REQUIRE(load_key(&b, &again) == 0 && start_session(&again) == 0);
	REQUIRE(meet_conditions(&b, &again, COUNTER) == 0);
	TPMT_TK_VERIFIED ticket = { 0 };
	REQUIRE(verify(&b, &b.authority.key, &b.approval.approved, &ticket) == 0);
	expect(&b, authorize(&b, &again, &b.authority.key, &ticket), 0x1c4,
	       "a value is not the expected one");
	let_go(&again);
}

/* One that was saved is not in the TPM to be flushed: the counting PCR ends it. */
TEST(a_saved_session_does_not_sign_after_the_revocation)
{
	BENCH(b);
	struct held h;
	TPMS_CONTEXT *saved = NULL;
	hold(&b, &h);
	REQUIRE(Esys_ContextSave(h.esys, h.session, &saved) == 0);
	REQUIRE(ls_tpm_revoke(b.tpm, &b.err) == 0);
	REQUIRE(ls_tpm_measure(b.tpm, &b.log, &b.err) == 0); /* the approved state, replayed */
	REQUIRE(load_key(&b, &h) == 0);
	TSS2_RC rc = Esys_ContextLoad(h.esys, saved, &h.session);
	CHECK_INT_EQ(rc, 0);
	expect(&b, sign(&h), 0x128, "the measured state changed while the key was in use");
	Esys_Free(saved);
	let_go(&h);
}

/* Each part alone: what ends a held session is the counting PCR, not the cap of PCR 23. */
TEST(the_cap_alone_would_not_end_a_held_session_and_the_counting_pcr_does)
{
	BENCH(b);
	struct held h;
	struct ls_digest cap;
	ls_measure_cap_digest(&cap);
	hold(&b, &h);
	REQUIRE(ls_tpm_pcr_extend(b.tpm, LS_MEASURED_PCR, &cap, &b.err) == 0);
	CHECK_INT_EQ(sign(&h), 0); /* the trap: lib/tpm/measure.h */
	let_go(&h);
	REQUIRE(ls_tpm_measure(b.tpm, &b.log, &b.err) == 0);
	hold(&b, &h);
	REQUIRE(ls_tpm_pcr_extend(b.tpm, LS_COUNTING_PCR, &cap, &b.err) == 0);
	expect(&b, sign(&h), 0x128, "the measured state changed while the key was in use");
	let_go(&h);
}

/* --- a TPM that was reset
 * ------------------------------------------------------------------------------ */

TEST(what_was_saved_before_a_reset_is_of_no_use_after_it)
{
	BENCH(b);
	struct held h;
	TPMS_CONTEXT *session = NULL, *key = NULL;
	ESYS_TR loaded = ESYS_TR_NONE;
	hold(&b, &h);
	REQUIRE(Esys_ContextSave(h.esys, h.key, &key) == 0);
	REQUIRE(Esys_ContextSave(h.esys, h.session, &session) == 0);
	stop_tpm(&b);
	REQUIRE(start_tpm(&b) == 0);
	ESYS_CONTEXT *esys = ls_tpm_esys(b.tpm);
	expect(&b, Esys_ContextLoad(esys, key, &loaded), 0x1df, "this TPM was reset");
	CHECK(Esys_ContextLoad(esys, session, &loaded) != 0);
	Esys_Free(session);
	Esys_Free(key);
}

/* --- dictionary attacks
 * -------------------------------------------------------------------------------- */

/* A key of somebody's in the same TPM, with a password that is guessed. */
static TSS2_RC somebodys_key(struct bench *b, ESYS_TR *ret_key)
{
	TPM2B_SENSITIVE_CREATE sensitive = { .sensitive.userAuth = { .size = 4,
								     .buffer = "pass" } };
	TPM2B_PUBLIC public = { .publicArea = {
					.type = TPM2_ALG_KEYEDHASH,
					.nameAlg = TPM2_ALG_SHA256,
					.objectAttributes = TPMA_OBJECT_SIGN_ENCRYPT |
							    TPMA_OBJECT_USERWITHAUTH |
							    TPMA_OBJECT_SENSITIVEDATAORIGIN } };
	TPM2B_DATA outside = { 0 };
	TPML_PCR_SELECTION pcrs = { 0 };
	TPMT_KEYEDHASH_SCHEME *scheme = &public.publicArea.parameters.keyedHashDetail.scheme;
	scheme->scheme = TPM2_ALG_HMAC;
	scheme->details.hmac.hashAlg = TPM2_ALG_SHA256;
	return Esys_CreatePrimary(ls_tpm_esys(b->tpm), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
				  ESYS_TR_NONE, ESYS_TR_NONE, &sensitive, &public, &outside, &pcrs,
				  ret_key, NULL, NULL, NULL, NULL);
}

static TSS2_RC guess(struct bench *b, ESYS_TR key, const char *password)
{
	ESYS_CONTEXT *esys = ls_tpm_esys(b->tpm);
	TPM2B_AUTH auth = { .size = (UINT16)strlen(password) };
	TPM2B_MAX_BUFFER data = { .size = 1 };
	TPM2B_DIGEST *mac = NULL;
	memcpy(auth.buffer, password, auth.size);
	Esys_TR_SetAuth(esys, key, &auth);
	TSS2_RC rc = Esys_HMAC(esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &data,
			       TPM2_ALG_NULL, &mac);
	Esys_Free(mac);
	return rc;
}

/* Somebody guesses until the TPM is in lockout: it is said, with what to do; sealing goes on,
 * since none of our keys and indices is under that protection. */
TEST(a_lockout_is_named_with_its_remedy_and_stops_no_signature)
{
	BENCH(b);
	struct ls_tpm_identity identity;
	ESYS_TR key = ESYS_TR_NONE;
	TSS2_RC rc = 0;
	REQUIRE(somebodys_key(&b, &key) == 0);
	for (int i = 0; i < 40 && rc != TPM2_RC_LOCKOUT; i++)
		rc = guess(&b, key, "guess");
	expect(&b, rc, 0x921, "dictionary-attack lockout");
	CHECK_STR_HAS(b.err.message, "tpm2_dictionarylockout -c");
	expect(&b, guess(&b, key, "pass"), 0x921, "the lockout password in state/keys/tpm-auth");
	CHECK_INT_EQ(ls_tpm_identify(b.tpm, &identity, &b.err), 0);
	CHECK(identity.locked_out);
	CHECK_INT_EQ(sign_once(&b), 0);
	/* the remedy */
	REQUIRE(Esys_DictionaryAttackLockReset(ls_tpm_esys(b.tpm), ESYS_TR_RH_LOCKOUT,
					       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE) == 0);
	CHECK_INT_EQ(guess(&b, key, "pass"), 0);
	CHECK_INT_EQ(ls_tpm_identify(b.tpm, &identity, &b.err), 0);
	CHECK(!identity.locked_out);
	Esys_FlushContext(ls_tpm_esys(b.tpm), key);
}

/* --- the indices
 * ------------------------------------------------------------------------------------------ */

TEST(an_index_with_another_password_is_not_read)
{
	BENCH(b);
	uint32_t index = 0;
	TPM2B_AUTH wrong = { .size = 5, .buffer = "guess" };
	TPM2B_MAX_NV_BUFFER *data = NULL;
	REQUIRE(ls_tpm_nv_open(b.tpm, LS_NV_COUNTER, NULL, &index, &b.err) == 0);
	REQUIRE(Esys_TR_SetAuth(ls_tpm_esys(b.tpm), index, &wrong) == 0);
	TSS2_RC rc = Esys_NV_Read(ls_tpm_esys(b.tpm), index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				  ESYS_TR_NONE, LS_NV_COUNTER_SIZE, 0, &data);
	expect(&b, rc, 0x9a2, "wrong authorisation");
}

TEST_MAIN()
