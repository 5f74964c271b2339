/* SPDX-License-Identifier: Apache-2.0 */
/* The real program with a key in a software TPM, through the supervisor's filter. */
#include <signal.h>

#include "enclave/rig_test.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/tpm/keys.h"
#include "lib/tpm/measure.h"
#include "lib/tpm/nv.h"
#include "lib/tpm/swtpm.h"

/* A rig whose signing key is in a TPM, measured and approved. */
struct bench {
	struct rig r;
	char dir[64];
	struct ls_swtpm swtpm;
	struct ls_tpm *tpm;
	struct ls_p256_key *authority_key;
	struct ls_signer authority;
	struct ls_event_log log;
	struct ls_digest pcr23, approved;
	struct ls_buffer blob;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t signature_size;
	struct ls_start start;
	struct ls_error err;
};

static int make_key(struct bench *b)
{
	struct ls_p256_public key;
	int rc = ls_tpm_ensure_srk(b->tpm, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_ensure_counter(b->tpm, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_create_signing_key(b->tpm, &b->authority.key, LS_POLICY_REF,
					       strlen(LS_POLICY_REF), &b->blob, &key, &b->err);
	if (rc == 0)
		rig_certify(&b->r, &key);
	return rc;
}

static int measure_and_approve(struct bench *b)
{
	for (int e = LS_MEASURED_SUPERVISOR; e <= LS_MEASURED_BASE_IMAGE; e++) {
		struct ls_measurement m = { .event = (enum ls_measured)e, .path = "x" };
		ls_event_log_add(&b->log, &m, NULL);
	}
	ls_event_log_replay(&b->log, &b->pcr23);
	ls_policy_approved_digest(&b->pcr23, 1, &b->approved);
	int rc = ls_policy_approve(&b->authority, &b->pcr23, 1, LS_POLICY_REF,
				   strlen(LS_POLICY_REF), b->signature, &b->signature_size,
				   &b->err);
	return rc < 0 ? rc : ls_tpm_measure(b->tpm, &b->log, &b->err);
}

static struct ls_start tpm_start(const struct bench *b)
{
	struct ls_start s = rig_start(&b->r);
	s.backend = rig_text("tpm");
	s.key = rig_bytes(b->blob.data, b->blob.size);
	s.key_kind = rig_text("software TPM");
	s.authority = rig_bytes(b->authority.key.spki, LS_P256_SPKI_SIZE);
	s.policy_ref = rig_text(LS_POLICY_REF);
	s.approval = rig_bytes(b->approved.bytes, LS_DIGEST_SIZE);
	s.approval_signature = rig_bytes(b->signature, b->signature_size);
	s.approval_version = s.approval_counter = 1;
	s.pcr23 = b->pcr23;
	return s;
}

static int set_up(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	rig_keys(&b->r);
	snprintf(b->dir, sizeof(b->dir), "/tmp/labseal-test-XXXXXX");
	ls_buffer_init(&b->blob, LS_TPM_KEY_BLOB_MAX);
	if (!mkdtemp(b->dir))
		return -errno;
	int rc = ls_swtpm_start(b->dir, &b->swtpm, &b->err);
	if (rc == 0)
		rc = ls_tpm_open_fd(b->swtpm.fd, &b->tpm, &b->err);
	if (rc == 0)
		rc = ls_p256_key_generate(&b->authority_key, &b->err);
	if (rc < 0)
		return rc;
	ls_p256_key_signer(b->authority_key, &b->authority);
	rc = make_key(b);
	if (rc == 0)
		rc = measure_and_approve(b);
	b->start = tpm_start(b);
	b->r.tpm_fd = b->swtpm.fd;
	return rc;
}

static void tear_down(struct bench *b)
{
	rig_free(&b->r);
	ls_tpm_close(b->tpm);
	ls_swtpm_stop(&b->swtpm);
	ls_p256_key_free(b->authority_key);
	ls_event_log_free(&b->log);
	ls_buffer_free(&b->blob);
	ls_remove_tree(AT_FDCWD, b->dir, NULL);
}

#define BENCH(b)                                            \
	__attribute__((cleanup(tear_down))) struct bench b; \
	int set_up_##b = set_up(&b);                        \
	if (set_up_##b == -ENOENT)                          \
		TEST_SKIP("swtpm is not installed");        \
	if (set_up_##b < 0)                                 \
		TEST_FAIL("set-up: %s", b.err.message);     \
	REQUIRE(set_up_##b == 0)

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
	while (rig_next(&b.r, RIG_OUT, &m) == 1) /* neither a seal nor even a whole payload */
		CHECK(m.type == LS_MSG_PAYLOAD_BEGIN || m.type == LS_MSG_PAYLOAD_DATA);
	while (rig_next(&b.r, RIG_IN, &m) == 1)
		TEST_FAIL("the diode was told 0x%04x", m.type);
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
