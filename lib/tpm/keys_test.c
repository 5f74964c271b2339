/* SPDX-License-Identifier: Apache-2.0 */
/* Against a real software TPM; every test has its own. */
#include "lib/tpm/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/tpm/keys_rig_test.h"

TEST(it_signs_in_the_approved_state)
{
	BENCH(b);
	struct ls_tpm_signing_key *key = NULL;
	CHECK_INT_EQ(open_key(&b, &key), 0);
	REQUIRE(key);
	for (int i = 0; i < 10; i++) /* sessions and objects do not pile up */
		CHECK_INT_EQ(sign_with(&b, key), 0);
	CHECK_STR_EQ(b.err.message, "");
	ls_tpm_signing_key_close(key);
}

TEST(it_knows_a_software_tpm)
{
	BENCH(b);
	struct ls_tpm_identity identity;
	CHECK_INT_EQ(ls_tpm_identify(b.tpm, &identity, &b.err), 0);
	CHECK_STR_EQ(identity.manufacturer, "IBM");
	CHECK_STR_EQ(identity.vendor, "SW   TPM");
	CHECK(identity.software && !identity.locked_out);
}

TEST(the_key_survives_a_restart_and_pcr_23_does_not)
{
	BENCH(b);
	int created = 1;
	stop_tpm(&b);
	REQUIRE(start_tpm(&b) == 0);
	CHECK_INT_EQ(ls_tpm_ensure_srk(b.tpm, &created, &b.err), 0);
	CHECK_INT_EQ(created, 0);
	CHECK_INT_EQ(sign_once(&b), -EACCES);
	CHECK_INT_EQ(ls_tpm_measure(b.tpm, &b.log, &b.err), 0);
	CHECK_INT_EQ(sign_once(&b), 0);
}

TEST(another_state_does_not_sign)
{
	BENCH(b);
	struct ls_digest more = { { 9 } };
	CHECK_INT_EQ(ls_tpm_pcr_extend(b.tpm, LS_MEASURED_PCR, &more, &b.err), 0);
	CHECK_INT_EQ(sign_once(&b), -EACCES);
	CHECK_STR_EQ(b.err.id, "tpm.state");
	CHECK_STR_HAS(b.err.message, "the measured state (PCR 23) is not the approved one");
	CHECK_STR_HAS(b.err.message, "0x1c4");
	/* and again in the right state, with the same approval */
	CHECK_INT_EQ(ls_tpm_measure(b.tpm, &b.log, &b.err), 0);
	CHECK_INT_EQ(sign_once(&b), 0);
}

TEST(a_swapped_signature_is_no_approval)
{
	BENCH(b);
	struct ls_digest other = { { 7 } };
	struct ls_digest approved = b.approval.approved;
	REQUIRE(approve(&b, &b.authority, &other) == 0);
	b.approval.approved = approved; /* right digest, signature of another state */
	CHECK_INT_EQ(sign_once(&b), -EKEYREJECTED);
	CHECK_STR_EQ(b.err.id, "tpm.approval.signature");
}

TEST(each_response_has_its_words)
{
	char text[LS_TPM_RC_TEXT_SIZE];
	CHECK_STR_HAS(ls_tpm_rc_text(0x2db, text), "the signature does not verify");
	CHECK_STR_HAS(ls_tpm_rc_text(0x99d, text),
		      "policy check failed: the measured state is not the approved one (TPM "
		      "response 0x99d)");
	CHECK_STR_HAS(ls_tpm_rc_text(0x12f, text), "only through its policy");
	CHECK_STR_HAS(ls_tpm_rc_text(0x128, text), "changed while");
	CHECK_STR_HAS(ls_tpm_rc_text(0x126, text), "retired");
	CHECK_STR_HAS(ls_tpm_rc_text(0x1df, text), "another TPM");
	CHECK_STR_HAS(ls_tpm_rc_text(0x921, text), "lockout");
	CHECK_STR_HAS(ls_tpm_rc_text(0x902, text), "object");
	CHECK_STR_HAS(ls_tpm_rc_text(0x903, text), "session");
	CHECK_STR_HAS(ls_tpm_rc_text(0x918, text), "its use was ended");
	CHECK_STR_HAS(ls_tpm_rc_text(0x910, text), "its use was ended");
	CHECK_STR_HAS(ls_tpm_rc_text(0x70001, text), "library");
	CHECK_STR_HAS(ls_tpm_rc_text(0x9a2, text), "password is set");
}

TEST(a_foreign_authority_does_not_open_the_key)
{
	BENCH(b);
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	struct ls_signer foreign;
	REQUIRE(ls_p256_key_generate(&key, NULL) == 0);
	ls_p256_key_signer(key, &foreign);
	/* signed by the foreigner, presented as the authority's */
	REQUIRE(approve(&b, &foreign, &b.pcr23) == 0);
	CHECK_INT_EQ(sign_once(&b), -EKEYREJECTED);
	/* presented as the foreigner's own: another policy than the key's */
	b.approval.authority = foreign.key;
	CHECK_INT_EQ(sign_once(&b), -EBADMSG);
	CHECK_STR_EQ(b.err.id, "tpm.key.other");
}

/* Past all of our checks: the key by password, as someone with the TPM would try. */
TEST(without_a_policy_the_tpm_refuses)
{
	BENCH(b);
	ESYS_CONTEXT *esys = ls_tpm_esys(b.tpm);
	ESYS_TR srk, key;
	TPM2B_PUBLIC public = { 0 };
	TPM2B_PRIVATE private = { 0 };
	size_t n = 0;
	TPM2B_DIGEST digest = { .size = 32 };
	TPMT_SIG_SCHEME scheme = { .scheme = TPM2_ALG_NULL };
	TPMT_TK_HASHCHECK any = { .tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL };
	TPMT_SIGNATURE *signature = NULL;
	Tss2_MU_TPM2B_PUBLIC_Unmarshal(b.blob.data, b.blob.size, &n, &public);
	Tss2_MU_TPM2B_PRIVATE_Unmarshal(b.blob.data, b.blob.size, &n, &private);
	REQUIRE(Esys_TR_FromTPMPublic(esys, LS_TPM_SRK_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE,
				      ESYS_TR_NONE, &srk) == 0);
	REQUIRE(Esys_Load(esys, srk, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &private,
			  &public, &key) == 0);
	TSS2_RC rc = Esys_Sign(esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &digest,
			       &scheme, &any, &signature);
	CHECK_INT_EQ(rc, 0x12f);
	CHECK_INT_EQ(ls_tpm_fail(b.tpm, rc, &b.err, "x"), -EACCES);
	CHECK_STR_HAS(b.err.message, "works only through its policy");
	Esys_FlushContext(esys, key);
}

/* Another TPM: same files, wrapped for a root key that is not there. */
TEST(another_tpm_does_not_load_the_key)
{
	BENCH(b);
	BENCH(other);
	CHECK_INT_EQ(ls_tpm_measure(other.tpm, &b.log, &b.err), 0);
	struct ls_tpm *own = b.tpm;
	b.tpm = other.tpm;
	CHECK_INT_EQ(sign_once(&b), -EACCES);
	CHECK_STR_HAS(b.err.message, "belongs to another TPM");
	CHECK_STR_HAS(b.err.message, "0x1df");
	b.tpm = own;
}

/* notes: extending or resetting PCR 23 alone leaves an open policy session valid. */
TEST(revoking_kills_a_session_that_was_ready_to_sign)
{
	BENCH(b);
	ESYS_CONTEXT *esys = ls_tpm_esys(b.tpm);
	struct ls_tpm_signing_key *key = NULL;
	struct ls_digest pcr;
	REQUIRE(open_key(&b, &key) == 0);
	CHECK_INT_EQ(sign_with(&b, key), 0); /* its session is open now */
	CHECK_INT_EQ(ls_tpm_revoke(b.tpm, &b.err), 0);
	CHECK_INT_EQ(sign_with(&b, key), -ENOENT); /* flushed */
	/* even with the approved value replayed into PCR 23, the held key is gone */
	CHECK_INT_EQ(ls_tpm_measure(b.tpm, &b.log, &b.err), 0);
	CHECK(sign_with(&b, key) < 0);
	CHECK_INT_EQ(ls_tpm_pcr_read(b.tpm, LS_COUNTING_PCR, &pcr, &b.err), 0);
	CHECK(!ls_digest_is_zero(&pcr));
	TPMS_CAPABILITY_DATA *loaded = NULL;
	CHECK_INT_EQ(Esys_GetCapability(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					TPM2_CAP_HANDLES, TPM2_LOADED_SESSION_FIRST, 8, NULL,
					&loaded),
		     0);
	CHECK_INT_EQ(loaded->data.handles.count, 0);
	Esys_Free(loaded);
	ls_tpm_signing_key_close(key);
}

/* The counting PCR alone, as when a flush fails: 0x128. */
TEST(the_counting_pcr_kills_an_authorised_session)
{
	BENCH(b);
	ESYS_CONTEXT *esys = ls_tpm_esys(b.tpm);
	struct ls_digest step = { { 5 } };
	for (unsigned pcr = LS_COUNTING_PCR; pcr <= LS_MEASURED_PCR;
	     pcr += LS_MEASURED_PCR - LS_COUNTING_PCR) {
		ESYS_TR session;
		TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
		TPM2B_DIGEST current = { 0 };
		TPML_PCR_SELECTION s = { .count = 1 };
		s.pcrSelections[0] = (TPMS_PCR_SELECTION){ TPM2_ALG_SHA256, 3, { 0, 0, 0x80 } };
		REQUIRE(Esys_StartAuthSession(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					      ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_POLICY,
					      &none, TPM2_ALG_SHA256, &session) == 0);
		CHECK_INT_EQ(Esys_PolicyPCR(esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    &current, &s),
			     0);
		CHECK_INT_EQ(ls_tpm_pcr_extend(b.tpm, pcr, &step, &b.err), 0);
		TSS2_RC rc = Esys_PolicyPCR(esys, session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
					    &current, &s);
		/* PCR 23 does not count: this is the trap that the counting PCR is for */
		CHECK_INT_EQ(rc, pcr == LS_COUNTING_PCR ? 0x128 : 0);
		Esys_FlushContext(esys, session);
	}
}

/* --- the version counter ------------------------------------------------------------ */

TEST(a_step_past_the_approval_retires_it_and_not_the_next)
{
	BENCH(b);
	struct ls_tpm_signing_key *key = NULL;
	REQUIRE(open_key(&b, &key) == 0);
	for (uint64_t at = 1; at < COUNTER; at++) {
		CHECK_INT_EQ(sign_with(&b, key), 0);
		REQUIRE(ls_tpm_counter_step(b.tpm, &b.err) == 0);
	}
	CHECK_INT_EQ(sign_with(&b, key), 0); /* up to its own number */
	REQUIRE(ls_tpm_counter_step(b.tpm, &b.err) == 0);
	CHECK_INT_EQ(sign_with(&b, key), -EACCES);
	CHECK_STR_EQ(b.err.id, "tpm.retired");
	CHECK_STR_HAS(b.err.message,
		      "this approval is retired: the TPM's version counter is past 3");
	CHECK_STR_HAS(b.err.message, "0x126");
	ls_tpm_signing_key_close(key);
	/* the same state, approved for the next number */
	REQUIRE(approve_for(&b, &b.authority, &b.pcr23, COUNTER + 1) == 0);
	CHECK_INT_EQ(sign_once(&b), 0);
}

/* The signature is over the number, too. */
TEST(an_approval_cannot_be_lengthened)
{
	BENCH(b);
	b.approval.counter = COUNTER + 1;
	CHECK_INT_EQ(sign_once(&b),
		     -EACCES); /* PolicyNV holds; the digest is not the approved one */
	CHECK_STR_EQ(b.err.id, "tpm.state");
	ls_policy_approved_digest(&b.pcr23, COUNTER + 1, &b.approval.approved);
	CHECK_INT_EQ(sign_once(&b), -EKEYREJECTED);
}

TEST(without_its_counter_the_key_does_not_open)
{
	BENCH(b);
	uint32_t index = 0;
	REQUIRE(ls_tpm_nv_open(b.tpm, LS_NV_COUNTER, NULL, &index, &b.err) == 0);
	REQUIRE(Esys_NV_UndefineSpace(ls_tpm_esys(b.tpm), ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
				      ESYS_TR_NONE, ESYS_TR_NONE) == 0);
	CHECK_INT_EQ(sign_once(&b), -ENOENT);
	CHECK_STR_EQ(b.err.id, "tpm.nv.missing");
}

/* --- what the TPM remembers of the log ------------------------------------------------ */

static void key_policy(struct bench *b, struct ls_digest *ret_policy)
{
	struct ls_tpm_name name;
	ls_authority_name(&b->authority.key, &name);
	ls_policy_authorize_digest(&name, REF, REF_SIZE, ret_policy);
}

TEST(the_key_writes_the_checkpoint_and_reads_it)
{
	BENCH(b);
	struct ls_tpm_signing_key *key = NULL;
	struct ls_nv_checkpoint c = { .size = 7, .root = { { 1 } }, .note = { { 2 } } }, seen;
	struct ls_digest policy;
	key_policy(&b, &policy);
	REQUIRE(open_key(&b, &key) == 0);
	CHECK_INT_EQ(ls_tpm_guard_write_checkpoint(ls_tpm_signing_key_guard(key), &c, &b.err),
		     -ENOENT);
	CHECK_STR_EQ(b.err.id, "tpm.nv.missing");
	REQUIRE(ls_tpm_ensure_checkpoint(b.tpm, &policy, NULL, &b.err) == 0);
	CHECK_INT_EQ(ls_tpm_guard_read_checkpoint(ls_tpm_signing_key_guard(key), &seen, &b.err),
		     -ENODATA);
	for (c.size = 1; c.size < 10; c.size++) { /* sessions do not pile up */
		CHECK_INT_EQ(
			ls_tpm_guard_write_checkpoint(ls_tpm_signing_key_guard(key), &c, &b.err),
			0);
		CHECK_INT_EQ(sign_with(&b, key), 0);
		CHECK_INT_EQ(
			ls_tpm_guard_read_checkpoint(ls_tpm_signing_key_guard(key), &seen, &b.err),
			0);
		CHECK_MEM_EQ(&seen, &c, sizeof(c));
	}
	ls_tpm_signing_key_close(key);
	stop_tpm(&b);
	REQUIRE(start_tpm(&b) == 0);
	CHECK_INT_EQ(ls_tpm_checkpoint_read(b.tpm, &policy, &seen, &b.err), 0);
	CHECK_INT_EQ(seen.size, 9);
}

TEST(in_another_state_the_checkpoint_is_not_written)
{
	BENCH(b);
	struct ls_tpm_signing_key *key = NULL;
	struct ls_nv_checkpoint c = { .size = 7 }, seen;
	struct ls_digest policy, cap;
	key_policy(&b, &policy);
	REQUIRE(ls_tpm_ensure_checkpoint(b.tpm, &policy, NULL, &b.err) == 0);
	REQUIRE(open_key(&b, &key) == 0);
	CHECK_INT_EQ(ls_tpm_guard_write_checkpoint(ls_tpm_signing_key_guard(key), &c, &b.err), 0);
	ls_measure_cap_digest(&cap);
	REQUIRE(ls_tpm_pcr_extend(b.tpm, LS_MEASURED_PCR, &cap, &b.err) == 0);
	c.size = 8;
	CHECK_INT_EQ(ls_tpm_guard_write_checkpoint(ls_tpm_signing_key_guard(key), &c, &b.err),
		     -EACCES);
	CHECK_STR_EQ(b.err.id, "tpm.state");
	CHECK_INT_EQ(ls_tpm_checkpoint_read(b.tpm, &policy, &seen, &b.err), 0);
	CHECK_INT_EQ(seen.size, 7);
	ls_tpm_signing_key_close(key);
}

TEST(an_altered_key_file_is_refused)
{
	BENCH(b);
	struct ls_p256_public key;
	CHECK_INT_EQ(ls_tpm_check_signing_key(b.blob.data, b.blob.size, &b.authority.key, REF,
					      REF_SIZE, &key, &b.err),
		     0);
	CHECK(ls_p256_public_equal(&key, &b.key));
	for (size_t cut = 0; cut < b.blob.size; cut += 7)
		CHECK_INT_EQ(ls_tpm_check_signing_key(b.blob.data, cut, &b.authority.key, REF,
						      REF_SIZE, &key, NULL),
			     -EBADMSG);
	b.blob.data[9] ^= 0x40; /* objectAttributes: userWithAuth */
	CHECK_INT_EQ(sign_once(&b), -EBADMSG);
	CHECK_STR_EQ(b.err.id, "tpm.key.other");
	b.blob.data[9] ^= 0x40;
	b.blob.data[b.blob.size - 1] ^= 1; /* the wrapped private part */
	CHECK_INT_EQ(sign_once(&b), -EACCES);
	b.blob.data[b.blob.size - 1] ^= 1;
	ls_buffer_add_u8(&b.blob, 0);
	CHECK_INT_EQ(sign_once(&b), -EBADMSG);
}

TEST(a_killed_tpm_is_an_error_and_stays_one)
{
	BENCH(b);
	struct ls_tpm_signing_key *key = NULL;
	REQUIRE(open_key(&b, &key) == 0);
	kill(b.swtpm.pid, SIGKILL);
	poll(NULL, 0, 50);
	CHECK_INT_EQ(sign_with(&b, key), -EPIPE);
	CHECK_STR_EQ(b.err.id, "tpm.gone");
	CHECK_INT_EQ(sign_with(&b, key), -EPIPE);
	ls_tpm_signing_key_close(key);
}

TEST(a_stopped_tpm_is_an_error_in_time)
{
	BENCH(b);
	struct ls_tpm_transport *transport = NULL;
	struct ls_tpm_identity identity;
	REQUIRE(ls_tpm_transport_raw(b.swtpm.fd, 200, NULL, &transport, NULL) == 0);
	_cleanup_tpm_ struct ls_tpm *tpm = NULL;
	REQUIRE(ls_tpm_open(transport, &tpm, NULL) == 0);
	kill(b.swtpm.pid, SIGSTOP);
	CHECK_INT_EQ(ls_tpm_identify(tpm, &identity, &b.err), -ETIMEDOUT);
	CHECK_STR_HAS(b.err.message, "did not answer in time");
	kill(b.swtpm.pid, SIGCONT);
}

TEST(two_at_once_are_refused)
{
	BENCH(b);
	struct ls_swtpm second = { 0 };
	CHECK_INT_EQ(ls_swtpm_start(b.dir, &second, &b.err), -EBUSY);
	CHECK_STR_HAS(b.err.message, "is labseal running already?");
}

TEST(a_folder_that_cannot_be_is_named)
{
	struct ls_swtpm swtpm = { 0 };
	struct ls_error err = { 0 };
	int rc = ls_swtpm_start("/nonexistent/labseal", &swtpm, &err);
	if (rc == -ENOENT)
		TEST_SKIP("swtpm is not installed");
	CHECK_INT_EQ(rc, -EIO);
	CHECK_STR_HAS(err.message, "'/nonexistent/labseal'");
	CHECK_INT_EQ(ls_swtpm_start("relative", &swtpm, &err), -EINVAL);
}

TEST(it_ends_with_its_only_client)
{
	BENCH(b);
	int status;
	ls_tpm_close(b.tpm);
	b.tpm = NULL;
	close(b.swtpm.fd);
	CHECK_INT_EQ(waitpid(b.swtpm.pid, &status, 0), b.swtpm.pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	b.swtpm.pid = 0;
}

TEST_MAIN()
