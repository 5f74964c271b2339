/* SPDX-License-Identifier: Apache-2.0 */
/* The real enclave with its key in a SoftHSM token, the PIN given or sealed by a software TPM. */
#include "enclave/tpm_rig_test.h"
#include "lib/base/exit.h"
#include "lib/hsm/key.h"
#include "lib/hsm/rig_test.h"
#include "lib/tpm/sealed.h"

#define SEALED "software HSM, PIN sealed to the approved state by a software TPM"

/* A bench whose signing key is in a token. */
struct token_bench {
	struct bench b;
	struct hsm_rig token;
	struct ls_buffer place; /* what START has as its key */
	struct ls_buffer sealed;
};

static int make_key_in(struct token_bench *t)
{
	_cleanup_pin_ struct ls_hsm_pin pin;
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL;
	struct ls_signer signer;
	ls_hsm_pin_init(&pin);
	int rc = ls_hsm_pin_set(&pin, HSM_RIG_PIN, strlen(HSM_RIG_PIN), &t->b.err);
	if (rc == 0)
		rc = ls_hsm_open(&t->token.place, &hsm, &t->b.err);
	if (rc == 0)
		rc = ls_hsm_login(hsm, &pin, true, &t->b.err);
	if (rc == 0)
		rc = ls_hsm_key_make(hsm, &key, &t->b.err);
	if (rc < 0)
		return rc;
	ls_hsm_key_signer(key, &signer);
	rig_certify(&t->b.r, &signer.key);
	hsm_rig_let_read(&t->token);
	return 0;
}

/* Say in START where the key is, and what one logs in with. */
static void say_place(struct token_bench *t, const void *secret, size_t size)
{
	ls_buffer_clear(&t->place);
	CHECK_INT_EQ(ls_hsm_place_format(&t->token.place, secret, size, &t->place), 0);
	t->b.start.key = rig_bytes(t->place.data, t->place.size);
	t->b.start.certificate = rig_bytes(t->b.r.certificate.data, t->b.r.certificate.size);
}

static int set_up_sealed(struct token_bench *t)
{
	int rc = hsm_rig_set_up(&t->token);
	ls_buffer_init(&t->place, LS_HSM_START_MAX);
	ls_buffer_init(&t->sealed, LS_TPM_KEY_BLOB_MAX);
	if (rc < 0)
		return rc;
	rc = set_up(&t->b);
	if (rc == 0)
		rc = make_key_in(t);
	if (rc == 0)
		rc = ls_tpm_seal(t->b.tpm, &t->b.authority.key, LS_POLICY_REF,
				 strlen(LS_POLICY_REF), HSM_RIG_PIN, strlen(HSM_RIG_PIN),
				 &t->sealed, &t->b.err);
	if (rc < 0)
		return rc;
	t->b.start.backend = rig_text("pkcs11+tpm");
	t->b.start.key_kind = rig_text(SEALED);
	say_place(t, t->sealed.data, t->sealed.size);
	return 0;
}

static void tear_down_token(struct token_bench *t)
{
	ls_buffer_free(&t->place);
	ls_buffer_free(&t->sealed);
	if (t->b.dir[0])
		tear_down(&t->b);
	hsm_rig_tear_down(&t->token);
}

#define TOKEN_BENCH(t)                                                           \
	__attribute__((cleanup(tear_down_token))) struct token_bench t = { 0 };  \
	int set_up_##t = set_up_sealed(&t);                                      \
	if (set_up_##t == -ENOENT)                                               \
		TEST_SKIP("softhsm2 or swtpm is not installed");                 \
	if (set_up_##t < 0)                                                      \
		TEST_FAIL("set-up: %s%s", t.b.err.message, t.token.err.message); \
	REQUIRE(set_up_##t == 0)

/* The PIN is in START, and there is no TPM. */
static void say_plain(struct token_bench *t)
{
	t->b.start = rig_start(&t->b.r);
	t->b.start.backend = rig_text("pkcs11");
	t->b.start.key_kind = rig_text("software HSM, no measurement");
	t->b.r.tpm_fd = -1;
	say_place(t, HSM_RIG_PIN, strlen(HSM_RIG_PIN));
}

static int set_up_plain(struct token_bench *t)
{
	int rc = hsm_rig_set_up(&t->token);
	ls_buffer_init(&t->place, LS_HSM_START_MAX);
	ls_buffer_init(&t->sealed, LS_TPM_KEY_BLOB_MAX);
	if (rc < 0)
		return rc;
	rig_keys(&t->b.r);
	rc = make_key_in(t);
	if (rc == 0)
		say_plain(t);
	return rc;
}

static void tear_down_plain(struct token_bench *t)
{
	ls_buffer_free(&t->place);
	ls_buffer_free(&t->sealed);
	if (t->b.start.backend.size > 0)
		rig_free(&t->b.r);
	hsm_rig_tear_down(&t->token);
}

#define PLAIN_BENCH(t)                                                           \
	__attribute__((cleanup(tear_down_plain))) struct token_bench t = { 0 };  \
	int set_up_##t = set_up_plain(&t);                                       \
	if (set_up_##t == -ENOENT)                                               \
		TEST_SKIP("softhsm2 is not installed");                          \
	if (set_up_##t < 0)                                                      \
		TEST_FAIL("set-up: %s%s", t.b.err.message, t.token.err.message); \
	REQUIRE(set_up_##t == 0)

static void seal_some(struct token_bench *t, uint64_t first, uint64_t last)
{
	for (uint64_t n = first; n <= last; n++) {
		struct ls_delivery d = rig_delivery(n, "a.txt", "content");
		rig_deliver(&t->b.r, &d, "content");
		REQUIRE(rig_take_seal(&t->b.r, n, true));
		rig_expect_done(&t->b.r, &d, n);
	}
}

static void expect_refused(struct token_bench *t, const char *id, const char *words)
{
	REQUIRE(rig_spawn(&t->b.r) == 0);
	RIG_SEND(&t->b.r, RIG_SUPERVISOR, LS_MSG_START, start, &t->b.start);
	rig_expect_failed(&t->b.r, id, words, LS_EXIT_FAILED);
}

/* --- it seals ------------------------------------------------------------------------------ */

static int add_ed25519(struct token_bench *t, struct ls_ed25519_public *ret_key)
{
	_cleanup_pin_ struct ls_hsm_pin pin;
	_cleanup_hsm_ struct ls_hsm *hsm = NULL;
	_cleanup_hsm_key_ struct ls_hsm_key *key = NULL;
	struct ls_ed25519_signer signer;
	ls_hsm_pin_init(&pin);
	int rc = ls_hsm_pin_set(&pin, HSM_RIG_PIN, strlen(HSM_RIG_PIN), &t->b.err);
	if (rc == 0)
		rc = ls_hsm_open(&t->token.place, &hsm, &t->b.err);
	if (rc == 0)
		rc = ls_hsm_login(hsm, &pin, true, &t->b.err);
	__lsan_disable(); /* SoftHSM 2.6.1 leaks 37 bytes for each Edwards key that it makes */
	if (rc == 0)
		rc = ls_hsm_ed25519_make(hsm, "signer-ed25519", &key, &t->b.err);
	__lsan_enable();
	if (rc < 0)
		return rc;
	ls_hsm_ed25519_signer(key, &signer);
	*ret_key = signer.key;
	hsm_rig_let_read(&t->token);
	return 0;
}

static void seal_with_both(struct token_bench *t)
{
	struct ls_ed25519_public public;
	REQUIRE(add_ed25519(t, &public) == 0);
	t->b.start.ed25519 = rig_text("signer-ed25519");
	t->b.start.ed25519_public = rig_bytes(public.bytes, sizeof(public.bytes));
	t->b.r.ed25519 = &public;
	REQUIRE(rig_run(&t->b.r, &t->b.start));
	seal_some(t, 1, 3);
	CHECK_INT_EQ(t->b.r.record.ed25519, LS_ED25519_SOFTWARE_HSM);
	rig_stop(&t->b.r);
	rig_end(&t->b.r);
	t->b.start.ed25519 = rig_text("nowhere");
	expect_refused(t, "hsm.key.missing", "there is no private key 'nowhere'");
}

TEST(checkpoints_have_a_second_line_by_an_ed25519_key_of_the_token)
{
	PLAIN_BENCH(t);
	seal_with_both(&t);
}

TEST(the_same_with_a_sealed_pin)
{
	TOKEN_BENCH(t);
	seal_with_both(&t);
}

TEST(results_are_sealed_with_a_pin_that_the_tpm_gave_out)
{
	TOKEN_BENCH(t);
	REQUIRE(rig_run(&t.b.r, &t.b.start));
	seal_some(&t, 1, 20);
	CHECK_STR_EQ(ls_key_kind_name(t.b.r.record.key_kind), SEALED);
	CHECK_INT_EQ(t.b.r.record.approval_version, 1);
	CHECK(ls_digest_equal(&t.b.r.record.pcr23, &t.b.pcr23));
	rig_stop(&t.b.r);
	rig_end(&t.b.r);
	REQUIRE(rig_run(&t.b.r, &t.b.start));
	seal_some(&t, 21, 21);
	rig_stop(&t.b.r);
}

TEST(results_are_sealed_without_a_tpm)
{
	PLAIN_BENCH(t);
	REQUIRE(rig_run(&t.b.r, &t.b.start));
	seal_some(&t, 1, 3);
	CHECK_INT_EQ(t.b.r.record.key_kind, LS_KEY_SOFTWARE_HSM);
	CHECK(ls_digest_is_zero(&t.b.r.record.pcr23));
	rig_stop(&t.b.r);
}

/* The log is remembered and vouched for by the TPM, as with a key of its own. */
TEST(the_tpm_vouches_and_remembers)
{
	struct ls_message m;
	TOKEN_BENCH(t);
	ls_event_log_format(&t.b.log, &t.b.event_log);
	t.b.start.event_log = rig_bytes(t.b.event_log.data, t.b.event_log.size);
	REQUIRE(rig_run(&t.b.r, &t.b.start));
	seal_some(&t, 1, 2);
	rig_send(&t.b.r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	struct ls_evidence e;
	REQUIRE(rig_expect(&t.b.r, RIG_OUT, LS_MSG_EVIDENCE, &m));
	REQUIRE(ls_decode_evidence(&m, &e, &t.b.err) == 0);
	CHECK_INT_EQ(e.size, 2);
	CHECK_INT_EQ(e.creation.size, 0);
	rig_stops(&t.b.r);
	struct ls_nv_checkpoint c = { .size = 0 };
	CHECK_INT_EQ(ls_tpm_checkpoint_read(t.b.tpm, &t.b.policy, &c, &t.b.err), 0);
	CHECK_INT_EQ(c.size, 2);
	/* an empty share is an older state of the log */
	rig_end(&t.b.r);
	ls_buffer_clear(&t.b.r.checkpoint);
	memset(&t.b.r.resume, 0, sizeof(t.b.r.resume));
	ls_merkle_frontier_init(&t.b.r.frontier);
	REQUIRE(rig_spawn(&t.b.r) == 0);
	RIG_SEND(&t.b.r, RIG_SUPERVISOR, LS_MSG_START, start, &t.b.start);
	rig_resume(&t.b.r);
	RIG_SEND(&t.b.r, RIG_OUT, LS_MSG_RESUME, resume, &t.b.r.resume);
	rig_expect_failed(&t.b.r, "enclave.log.older", "the TPM remembers 2", LS_EXIT_FAILED);
}

/* --- the PIN is not given out ---------------------------------------------------------------- */

TEST(the_pin_stays_sealed_after_the_cap)
{
	TOKEN_BENCH(t);
	CHECK_INT_EQ(ls_tpm_revoke(t.b.tpm, &t.b.err), 0);
	expect_refused(&t, "tpm.state", "not the approved one");
}

TEST(the_pin_stays_sealed_in_a_drifted_state)
{
	TOKEN_BENCH(t);
	struct ls_digest more = { { 1 } };
	CHECK_INT_EQ(ls_tpm_pcr_extend(t.b.tpm, LS_MEASURED_PCR, &more, NULL), 0);
	expect_refused(&t, "tpm.state", "not the approved one");
}

TEST(the_pin_stays_sealed_under_a_retired_approval)
{
	TOKEN_BENCH(t);
	CHECK_INT_EQ(ls_tpm_counter_step(t.b.tpm, &t.b.err), 0);
	expect_refused(&t, "tpm.retired", "this approval is retired");
}

TEST(an_approval_of_another_state_is_refused)
{
	TOKEN_BENCH(t);
	t.b.start.pcr23.bytes[0] ^= 1;
	expect_refused(&t, "enclave.key.approval", "not for the state that was measured");
}

/* The token would sign on. */
TEST(the_cap_stops_the_next_seal_of_an_enclave_that_is_logged_in)
{
	TOKEN_BENCH(t);
	struct ls_delivery d = rig_delivery(2, "a.txt", "content");
	REQUIRE(rig_run(&t.b.r, &t.b.start));
	seal_some(&t, 1, 1);
	rig_expect_sealed(&t.b.r, 1);
	CHECK_INT_EQ(ls_tpm_revoke(t.b.tpm, &t.b.err), 0);
	rig_deliver(&t.b.r, &d, "content");
	rig_expect_failed(&t.b.r, "tpm.state", "not the approved one", LS_EXIT_FAILED);
}

TEST(a_retirement_stops_the_next_seal_of_an_enclave_that_is_logged_in)
{
	TOKEN_BENCH(t);
	struct ls_delivery d = rig_delivery(2, "a.txt", "content");
	REQUIRE(rig_run(&t.b.r, &t.b.start));
	seal_some(&t, 1, 1);
	rig_expect_sealed(&t.b.r, 1);
	CHECK_INT_EQ(ls_tpm_counter_step(t.b.tpm, &t.b.err), 0);
	rig_deliver(&t.b.r, &d, "content");
	rig_expect_failed(&t.b.r, "tpm.retired", "this approval is retired", LS_EXIT_FAILED);
}

/* --- the token refuses -------------------------------------------------------------------------
 */

TEST(a_wrong_pin_is_refused)
{
	PLAIN_BENCH(t);
	say_place(&t, "000000", 6);
	expect_refused(&t, "hsm.pin.wrong", "the PIN is wrong");
}

TEST(a_sealed_pin_that_is_wrong_now_is_refused_with_what_to_do)
{
	TOKEN_BENCH(t);
	ls_buffer_clear(&t.sealed);
	REQUIRE(ls_tpm_seal(t.b.tpm, &t.b.authority.key, LS_POLICY_REF, strlen(LS_POLICY_REF),
			    "000000", 6, &t.sealed, &t.b.err) == 0);
	say_place(&t, t.sealed.data, t.sealed.size);
	expect_refused(&t, "hsm.pin.wrong", "remove state/keys/signing-key.pin");
}

TEST(a_token_that_is_missing_is_refused)
{
	PLAIN_BENCH(t);
	snprintf(t.token.place.token, sizeof(t.token.place.token), "other");
	say_place(&t, HSM_RIG_PIN, strlen(HSM_RIG_PIN));
	expect_refused(&t, "hsm.token.missing", "there is 'lab'");
}

TEST(a_key_or_module_that_is_missing_is_refused)
{
	PLAIN_BENCH(t);
	snprintf(t.token.place.label, sizeof(t.token.place.label), "other");
	say_place(&t, HSM_RIG_PIN, strlen(HSM_RIG_PIN));
	expect_refused(&t, "hsm.key.missing", "'other'");
	rig_end(&t.b.r);
	snprintf(t.token.place.module, sizeof(t.token.place.module), "/usr/lib/none.so");
	say_place(&t, HSM_RIG_PIN, strlen(HSM_RIG_PIN));
	expect_refused(&t, "hsm.module", "'/usr/lib/none.so'");
}

TEST(a_software_token_is_not_called_a_device)
{
	PLAIN_BENCH(t);
	t.b.start.key_kind = rig_text("HSM, no measurement");
	expect_refused(&t, "enclave.start.kind", "is software");
}

TEST(a_token_without_a_tpm_is_not_called_measured)
{
	PLAIN_BENCH(t);
	t.b.start.key_kind = rig_text(SEALED);
	expect_refused(&t, "enclave.start.kind", "cannot be called");
}

TEST(a_start_that_says_nothing_of_a_token_is_refused)
{
	PLAIN_BENCH(t);
	t.b.start.key = rig_text("nothing");
	expect_refused(&t, "hsm.place", "right form");
}

TEST_MAIN()
