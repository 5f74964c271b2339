/* SPDX-License-Identifier: Apache-2.0 */
/* The real program with a key in a software TPM, through the supervisor's filter. */
#include <signal.h>
#include <tss2/tss2_esys.h>

#include "enclave/tpm_rig_test.h"
#include "lib/attest/evidence.h"
#include "lib/base/exit.h"
#include "lib/log/checkpoint.h"
#include "lib/tpm/measure.h"
#include "lib/tpm/sealed.h"

static void expect_start_failed(struct bench *b, const char *id, const char *words)
{
	REQUIRE(rig_spawn(&b->r) == 0);
	RIG_SEND(&b->r, RIG_SUPERVISOR, LS_MSG_START, start, &b->start);
	rig_expect_failed(&b->r, id, words, LS_EXIT_FAILED);
}

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

TEST(it_seals_with_the_tpm)
{
	BENCH(b);
	REQUIRE(rig_run(&b.r, &b.start));
	double began = now_ms();
	for (uint64_t n = 1; n <= 20; n++) {
		struct ls_delivery d = rig_delivery(n, "a.txt", "content");
		rig_deliver(&b.r, &d, "content");
		REQUIRE(rig_take_seal(&b.r, n, true));
		rig_expect_done(&b.r, &d, n);
	}
	printf("  %.2f ms from delivery to done with swtpm, all checks of the test included\n",
	       (now_ms() - began) / 20);
	CHECK_INT_EQ(b.r.record.key_kind, LS_KEY_SOFTWARE_TPM);
	CHECK_INT_EQ(b.r.record.approval_version, 1);
	CHECK(ls_digest_equal(&b.r.record.pcr23, &b.pcr23));
	rig_stop(&b.r);
	/* and again in a new process: nothing is left behind in the TPM */
	rig_end(&b.r);
	REQUIRE(rig_run(&b.r, &b.start));
	rig_stop(&b.r);
}

/* --- the Ed25519 key that it unseals ------------------------------------------------------ */

static int seal_seed(struct bench *b, const void *seed, size_t size, struct ls_buffer *blob)
{
	ls_buffer_init(blob, LS_TPM_KEY_BLOB_MAX);
	return ls_tpm_seal(b->tpm, &b->authority.key, LS_POLICY_REF, strlen(LS_POLICY_REF), seed,
			   size, blob, &b->err);
}

TEST(checkpoints_have_a_second_line_by_a_key_that_the_tpm_gave_out)
{
	BENCH(b);
	_cleanup_ed25519_key_ struct ls_ed25519_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer blob;
	struct ls_ed25519_signer signer;
	uint8_t seed[LS_ED25519_SEED_SIZE];
	REQUIRE(ls_ed25519_key_generate(&key, NULL) == 0);
	REQUIRE(ls_ed25519_key_seed(key, seed, NULL) == 0);
	ls_ed25519_key_signer(key, &signer);
	REQUIRE(seal_seed(&b, seed, sizeof(seed), &blob) == 0);
	b.start.ed25519 = rig_bytes(blob.data, blob.size);
	b.start.ed25519_public = rig_bytes(signer.key.bytes, LS_ED25519_KEY_SIZE);
	b.r.ed25519 = &signer.key;
	REQUIRE(rig_run(&b.r, &b.start));
	struct ls_delivery d = rig_delivery(1, "a.txt", "content");
	rig_deliver(&b.r, &d, "content");
	REQUIRE(rig_take_seal(&b.r, 1, true));
	rig_expect_done(&b.r, &d, 1);
	CHECK_INT_EQ(b.r.record.ed25519, LS_ED25519_SOFTWARE_TPM);
	rig_stop(&b.r);
	rig_end(&b.r);
	/* and not in another state, whatever START says */
	struct ls_digest more = { { 1 } };
	REQUIRE(ls_tpm_pcr_extend(b.tpm, LS_MEASURED_PCR, &more, NULL) == 0);
	expect_start_failed(&b, "tpm.state", "the measured state (PCR 23) is not the approved one");
}

TEST(what_was_sealed_and_is_no_ed25519_key_ends_the_start)
{
	BENCH(b);
	_cleanup_buffer_ struct ls_buffer blob;
	REQUIRE(seal_seed(&b, "short", 5, &blob) == 0);
	b.start.ed25519 = rig_bytes(blob.data, blob.size);
	expect_start_failed(&b, "ed25519.seed", "is not 32 bytes");
}

/* --- evidence ---------------------------------------------------------------------- */

static void ask_for_evidence(struct bench *b)
{
	ls_event_log_format(&b->log, &b->event_log);
	b->start.event_log = rig_bytes(b->event_log.data, b->event_log.size);
	b->start.creation = rig_bytes(b->creation.data, b->creation.size);
	b->start.enrolment = rig_bytes("enrolment", 9);
}

/* The next evidence, held against all that a verifier asks. */
static void expect_evidence(struct bench *b, uint64_t size, struct ls_evidence_says *says)
{
	struct ls_message m;
	struct ls_evidence e;
	struct ls_evidence_set set;
	struct ls_evidence_trust trust = { .policy = b->policy };
	struct ls_checkpoint checkpoint;
	struct ls_note note;
	enum ls_evidence_part part;
	REQUIRE(rig_expect(&b->r, RIG_OUT, LS_MSG_EVIDENCE, &m));
	REQUIRE(ls_decode_evidence(&m, &e, &b->err) == 0);
	CHECK_INT_EQ(e.size, size);
	CHECK(e.event_log.size == b->event_log.size && e.creation.size == b->creation.size);
	CHECK(e.enrolment.size == 9 && memcmp(e.enrolment.data, "enrolment", 9) == 0);
	CHECK(ls_digest_equal(&e.pcr23, &b->pcr23));
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++) {
		set.parts[i].bytes = e.parts[i].data;
		set.parts[i].size = e.parts[i].size;
	}
	REQUIRE(ls_note_parse(e.parts[0].data, e.parts[0].size, &note, &b->err) == 0);
	REQUIRE(ls_checkpoint_parse(note.text, note.text_size, &checkpoint, &b->err) == 0);
	CHECK_INT_EQ(checkpoint.size, size);
	REQUIRE(ls_tpm_read_attester(b->tpm, &trust.attester, &b->err) == 0);
	memset(&b->err, 0, sizeof(b->err));
	CHECK_INT_EQ(ls_evidence_check_quote(&set, &trust, says, &part, &b->err), 0);
	CHECK_INT_EQ(ls_evidence_check_counter(&set, &trust, says, &part, &b->err), 0);
	CHECK_INT_EQ(ls_evidence_check_checkpoint(&set, &trust, size, &checkpoint.root, says, &part,
						  &b->err),
		     0);
	CHECK_STR_EQ(b->err.message, "");
	CHECK(ls_digest_equal(&says->pcr23, &b->pcr23));
	CHECK_INT_EQ(says->counter, 1);
	CHECK_INT_EQ(ls_evidence_check_checkpoint(&set, &trust, size + 1, &checkpoint.root, says,
						  &part, &b->err),
		     -EKEYREJECTED);
	memset(&b->err, 0, sizeof(b->err));
}

TEST(the_tpm_vouches_for_what_is_published)
{
	BENCH(b);
	struct ls_evidence_says first = { 0 }, second = { 0 };
	ask_for_evidence(&b);
	REQUIRE(rig_run(&b.r, &b.start));
	for (uint64_t n = 1; n <= 3; n++) {
		struct ls_delivery d = rig_delivery(n, "a.txt", "content");
		rig_deliver(&b.r, &d, "content");
		REQUIRE(rig_take_seal(&b.r, n, true));
		rig_expect_done(&b.r, &d, n);
	}
	CHECK_INT_EQ(b.r.record.evidence, 0);
	expect_evidence(&b, 3, &first); /* one for all three: when nothing else was to do */
	rig_evidenced(&b.r, 3);
	/* and at the stop, without waiting, for what came last */
	struct ls_delivery d = rig_delivery(4, "a.txt", "content");
	rig_deliver(&b.r, &d, "content");
	REQUIRE(rig_take_seal(&b.r, 4, true));
	CHECK_INT_EQ(b.r.record.evidence, 3); /* so that its removal shows */
	rig_expect_done(&b.r, &d, 4);
	rig_send(&b.r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	expect_evidence(&b, 4, &second);
	CHECK_INT_EQ(ls_clock_check_follows(&first.last, &second.first, NULL), 0);
	rig_stops(&b.r);
}

static void seal_one(struct bench *b, uint64_t number)
{
	struct ls_delivery d = rig_delivery(number, "a.txt", "content");
	rig_deliver(&b->r, &d, "content");
	REQUIRE(rig_take_seal(&b->r, number, true));
	rig_expect_done(&b->r, &d, number);
	rig_expect_sealed(&b->r, number);
}

/* What the share holds of earlier runs is named from the first seal on; what it never had is not.
 */
TEST(evidence_of_earlier_runs_is_named)
{
	BENCH(b);
	ask_for_evidence(&b);
	REQUIRE(rig_run(&b.r, &b.start));
	seal_one(&b, 1);
	seal_one(&b, 2);
	rig_stop(&b.r);
	rig_end(&b.r);
	b.r.resume.evidence = 2;
	REQUIRE(rig_run(&b.r, &b.start));
	seal_one(&b, 3);
	CHECK_INT_EQ(b.r.record.evidence, 2);
	rig_stop(&b.r);
	rig_end(&b.r);
	b.r.resume.evidence = 99; /* beyond the log: of another one */
	REQUIRE(rig_run(&b.r, &b.start));
	seal_one(&b, 4);
	CHECK_INT_EQ(b.r.record.evidence, 0);
	rig_evidenced(&b.r, 98);
	rig_expect_failed(&b.r, "enclave.protocol.evidence", "which was not made", LS_EXIT_FAILED);
}

TEST(without_an_attestation_key_results_are_sealed_all_the_same)
{
	BENCH(b);
	ESYS_TR ak, none;
	ESYS_CONTEXT *esys = ls_tpm_esys(b.tpm);
	REQUIRE(Esys_TR_FromTPMPublic(esys, LS_TPM_AK_HANDLE, ESYS_TR_NONE, ESYS_TR_NONE,
				      ESYS_TR_NONE, &ak) == 0);
	REQUIRE(Esys_EvictControl(esys, ESYS_TR_RH_OWNER, ak, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				  ESYS_TR_NONE, LS_TPM_AK_HANDLE, &none) == 0);
	ask_for_evidence(&b);
	REQUIRE(rig_run(&b.r, &b.start));
	for (uint64_t n = 1; n <= 2; n++) {
		struct ls_delivery d = rig_delivery(n, "a.txt", "content");
		rig_deliver(&b.r, &d, "content");
		REQUIRE(rig_take_seal(&b.r, n, true));
		rig_expect_done(&b.r, &d, n);
	}
	rig_stop(&b.r); /* tries, says so in its log, and ends well */
}

TEST(an_event_log_of_another_state_is_refused_at_the_start)
{
	BENCH(b);
	struct ls_measurement more = { .event = LS_MEASURED_BASE_IMAGE, .path = "y" };
	ls_event_log_add(&b.log, &more, NULL);
	ask_for_evidence(&b);
	REQUIRE(rig_spawn(&b.r) == 0);
	RIG_SEND(&b.r, RIG_SUPERVISOR, LS_MSG_START, start, &b.start);
	rig_resume(&b.r);
	RIG_SEND(&b.r, RIG_OUT, LS_MSG_RESUME, resume, &b.r.resume);
	rig_expect_failed(&b.r, "enclave.start.event-log", "not that of the measured state",
			  LS_EXIT_FAILED);
}

TEST(another_state_is_refused_at_the_start)
{
	BENCH(b);
	struct ls_digest more = { { 1 } };
	REQUIRE(ls_tpm_pcr_extend(b.tpm, LS_MEASURED_PCR, &more, NULL) == 0);
	expect_start_failed(&b, "tpm.state", "the measured state (PCR 23) is not the approved one");
}

TEST(an_approval_of_another_state_is_refused)
{
	BENCH(b);
	b.start.pcr23.bytes[0] ^= 1; /* the record would name a state the key is not bound to */
	expect_start_failed(&b, "enclave.key.approval", "not for the state that was measured");
}

TEST(a_foreign_approval_is_refused)
{
	BENCH(b);
	b.signature[20] ^= 1;
	expect_start_failed(&b, "tpm.approval.signature", "not signed by this policy authority");
}

TEST(another_authority_is_refused)
{
	BENCH(b);
	b.start.authority = rig_bytes(b.r.signer.key.spki, LS_P256_SPKI_SIZE);
	expect_start_failed(&b, "tpm.key.other", "not one that this policy authority's approvals");
}

/* The TPM is killed, or hangs, with a signature under way; then a new one goes on in its place. */
static void with_tpm_that_gets(int signal)
{
	BENCH(b);
	struct ls_delivery d[3];
	struct ls_message m;
	REQUIRE(rig_run(&b.r, &b.start));
	for (uint64_t n = 0; n < 3; n++)
		d[n] = rig_delivery(n + 1, "plate.eds", "content");
	b.r.tpm_silent = b.r.tpm_may_die = true;
	rig_deliver(&b.r, &d[0], "content");
	rig_take_count(&b.r, 1);
	CHECK(rig_expect(&b.r, RIG_OUT, LS_MSG_PAYLOAD_CLOSE, &m));
	kill(b.swtpm.pid, signal);
	b.r.tpm_silent = false;
	rig_deliver(&b.r, &d[1], "content");
	rig_deliver(&b.r, &d[2], "content");
	while (rig_next(&b.r, RIG_OUT, &m) == 1)
		CHECK(m.type != LS_MSG_SEAL);
	CHECK_INT_EQ(rig_wait(&b.r), LS_EXIT_FAILED);
	while (rig_next(&b.r, RIG_IN, &m) == 1)
		TEST_FAIL("the diode was told 0x%04x", m.type);
	rig_end(&b.r);
	REQUIRE(restart_tpm(&b) == 0);
	b.r.tpm_may_die = false;
	REQUIRE(rig_run(&b.r, &b.start));
	for (uint64_t n = 0; n < 3; n++) {
		rig_deliver(&b.r, &d[n], "content");
		REQUIRE(rig_take_seal(&b.r, n + 1, true));
		rig_expect_done(&b.r, &d[n], n + 1);
	}
	rig_stop(&b.r);
}

TEST(a_tpm_that_dies_or_hangs_in_mid_sign_seals_nothing_and_a_new_one_goes_on)
{
	with_tpm_that_gets(SIGKILL);
	with_tpm_that_gets(SIGSTOP);
}

/* Everything is refused after so many commands of the TPM: nothing partial goes out. */
static void with_tpm_failing_after(unsigned answers)
{
	BENCH(b);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	struct ls_message m;
	REQUIRE(rig_run(&b.r, &b.start));
	b.r.tpm_answers = answers;
	if (answers == 0)
		b.r.tpm_fd = -1;
	rig_deliver(&b.r, &d, "x");
	rig_expect_failed(&b.r, "tpm.failed", "failure mode", LS_EXIT_FAILED);
	while (rig_next(&b.r, RIG_OUT, &m) == 1)
		CHECK(m.type != LS_MSG_SEAL);
	while (rig_next(&b.r, RIG_IN, &m) == 1)
		TEST_FAIL("the diode was told 0x%04x", m.type);
}

/* A signature is under way and the TPM takes its time: life goes on. */
TEST(results_gather_while_the_tpm_signs)
{
	BENCH(b);
	struct ls_delivery d[4];
	struct ls_event e = rig_event(1, "gap", "{}");
	struct ls_message m;
	REQUIRE(rig_run(&b.r, &b.start));
	for (uint64_t n = 0; n < 4; n++)
		d[n] = rig_delivery(n + 1, "plate.eds", "content");
	b.r.tpm_silent = true;
	rig_deliver(&b.r, &d[0], "content");
	rig_take_count(&b.r, 1);
	CHECK(rig_expect(&b.r, RIG_OUT, LS_MSG_PAYLOAD_CLOSE, &m));
	rig_take_close(&b.r);
	rig_deliver(&b.r, &d[1], "content");
	RIG_SEND(&b.r, RIG_IN, LS_MSG_EVENT, event, &e);
	rig_deliver(&b.r, &d[0], "content"); /* one that is being sealed */
	rig_deliver(&b.r, &d[2], "content");
	rig_deliver(&b.r, &d[3], "content");
	rig_take_count(&b.r, 3); /* and no answer of the TPM yet */
	b.r.tpm_silent = false;
	REQUIRE(rig_take_seal(&b.r, 1, true));
	CHECK_STR_EQ(b.r.label, "plate.eds");
	rig_expect_done(&b.r, &d[0], 1);
	rig_expect_done(&b.r, &d[0], 1);
	REQUIRE(rig_take_seal(&b.r, 2, true));
	CHECK_STR_EQ(b.r.label, "gap");
	REQUIRE(rig_take_seal(&b.r, 3, true));
	CHECK_STR_EQ(b.r.label, "3-files");
	CHECK_STR_EQ(b.r.record.files[2].path, "original/4-plate.eds");
	CHECK(rig_expect(&b.r, RIG_IN, LS_MSG_EVENT_DONE, &m));
	for (uint64_t n = 1; n < 4; n++)
		rig_expect_done(&b.r, &d[n], 3);
	rig_stop(&b.r);
}

/* Whoever breaks the rules meanwhile is named, not the TPM. */
TEST(a_peer_that_breaks_the_rules_while_the_tpm_signs_ends_it)
{
	BENCH(b);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	struct ls_message m;
	REQUIRE(rig_run(&b.r, &b.start));
	b.r.tpm_silent = true;
	rig_deliver(&b.r, &d, "x");
	rig_take_count(&b.r, 1);
	CHECK(rig_expect(&b.r, RIG_OUT, LS_MSG_PAYLOAD_CLOSE, &m));
	rig_publish(&b.r, 1);
	rig_expect_failed(&b.r, "enclave.published", "it has 0 of 0", LS_EXIT_FAILED);
}

TEST(a_tpm_that_fails_within_a_seal_seals_nothing)
{
	/* PolicyPCR, PolicyNV, PolicyAuthorize, Sign for the manifest; the same for the checkpoint
	 */
	for (unsigned answers = 0; answers < 8; answers++)
		with_tpm_failing_after(answers);
}

TEST(revoking_stops_an_enclave_that_holds_its_key)
{
	BENCH(b);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	REQUIRE(rig_run(&b.r, &b.start));
	rig_deliver(&b.r, &d, "x");
	REQUIRE(rig_take_seal(&b.r, 1, true));
	rig_expect_done(&b.r, &d, 1);
	rig_expect_sealed(&b.r, 1);
	CHECK_INT_EQ(ls_tpm_revoke(b.tpm, &b.err), 0);
	d.key.number = 2;
	rig_deliver(&b.r, &d, "x");
	rig_expect_failed(&b.r, "tpm.failed", "its use was ended", LS_EXIT_FAILED);
}

/* Only the cap, as when it alone got through. */
TEST(the_cap_stops_the_next_seal)
{
	BENCH(b);
	struct ls_delivery d = rig_delivery(1, "a.txt", "x");
	struct ls_digest cap;
	REQUIRE(rig_run(&b.r, &b.start));
	ls_measure_cap_digest(&cap);
	CHECK_INT_EQ(ls_tpm_pcr_extend(b.tpm, LS_MEASURED_PCR, &cap, &b.err), 0);
	rig_deliver(&b.r, &d, "x");
	rig_expect_failed(&b.r, "tpm.state", "not the approved one", LS_EXIT_FAILED);
}

TEST(events_and_stop_may_come_while_the_tpm_works)
{
	BENCH(b);
	struct ls_message m;
	struct ls_event e = rig_event(1, "vm-start", "{}"), f = rig_event(2, "vm-stop", "{}");
	REQUIRE(rig_spawn(&b.r) == 0);
	RIG_SEND(&b.r, RIG_SUPERVISOR, LS_MSG_START, start, &b.start);
	/* before the key is open: it waits for a TPM response now */
	RIG_SEND(&b.r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &e);
	rig_resume(&b.r);
	RIG_SEND(&b.r, RIG_OUT, LS_MSG_RESUME, resume, &b.r.resume);
	REQUIRE(rig_expect(&b.r, RIG_SUPERVISOR, LS_MSG_READY, &m));
	REQUIRE(rig_take_seal(&b.r, 1, true));
	CHECK_STR_EQ(b.r.label, "vm-start");
	RIG_SEND(&b.r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &f);
	rig_send(&b.r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	REQUIRE(rig_take_seal(&b.r, 2, true));
	CHECK_STR_EQ(b.r.label, "vm-stop");
	rig_stops(&b.r);
}

TEST_MAIN()
