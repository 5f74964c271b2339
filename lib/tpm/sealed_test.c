/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing to the approved state, and each way in which it is not given out. */
#include "lib/tpm/sealed.h"

#include "lib/tpm/keys.h"
#include "lib/tpm/measure.h"
#include "lib/tpm/nv.h"
#include "lib/tpm/rig_test.h"

#define REF	 LS_POLICY_REF
#define REF_SIZE strlen(LS_POLICY_REF)
#define PIN	 "482913"

/* A measured, approved state and a PIN sealed to it. */
struct bench {
	struct tpm_rig *tpm;
	struct ls_p256_key *key;
	struct ls_signer authority;
	struct ls_event_log log;
	struct ls_digest pcr23;
	struct ls_buffer blob;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	struct ls_tpm_approval approval;
	struct ls_error err;
};

static int approve(struct bench *b, uint64_t counter)
{
	size_t n = 0;
	int rc = ls_policy_approve(&b->authority, &b->pcr23, counter, REF, REF_SIZE, b->signature,
				   &n, &b->err);
	b->approval = (struct ls_tpm_approval){ .authority = b->authority.key,
						.ref = REF,
						.ref_size = REF_SIZE,
						.counter = counter,
						.signature = b->signature,
						.signature_size = n };
	ls_policy_approved_digest(&b->pcr23, counter, &b->approval.approved);
	return rc;
}

static void fill_log(struct ls_event_log *log, const char *name)
{
	static const enum ls_measured events[] = { LS_MEASURED_SUPERVISOR, LS_MEASURED_ENCLAVE_FILE,
						   LS_MEASURED_POLICY, LS_MEASURED_DOMAIN_XML };
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct ls_measurement m = { .event = events[i], .size = i };
		snprintf(m.path, sizeof(m.path), "%s", name);
		ls_event_log_add(log, &m, NULL);
	}
}

static int set_up(struct bench *b, struct tpm_rig *tpm)
{
	*b = (struct bench){ .tpm = tpm };
	ls_buffer_init(&b->blob, LS_TPM_KEY_BLOB_MAX);
	int rc = ls_p256_key_generate(&b->key, &b->err);
	if (rc < 0)
		return rc;
	ls_p256_key_signer(b->key, &b->authority);
	fill_log(&b->log, "x");
	ls_event_log_replay(&b->log, &b->pcr23);
	rc = approve(b, 1);
	if (rc == 0)
		rc = ls_tpm_ensure_srk(tpm->tpm, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_ensure_counter(tpm->tpm, NULL, &b->err);
	if (rc == 0)
		rc = ls_tpm_seal(tpm->tpm, &b->authority.key, REF, REF_SIZE, PIN, strlen(PIN),
				 &b->blob, &b->err);
	return rc < 0 ? rc : ls_tpm_measure(tpm->tpm, &b->log, &b->err);
}

static void tear_down(struct bench *b)
{
	ls_p256_key_free(b->key);
	ls_event_log_free(&b->log);
	ls_buffer_free(&b->blob);
}

#define BENCH(b)                                            \
	TPM_RIG(tpm);                                       \
	__attribute__((cleanup(tear_down))) struct bench b; \
	if (set_up(&b, &tpm) < 0)                           \
		TEST_FAIL("set-up: %s", b.err.message);     \
	REQUIRE(b.err.code == 0)

static int unseal(struct bench *b, uint8_t *secret, size_t *ret_size)
{
	struct ls_tpm_guard *guard = NULL;
	int rc = ls_tpm_guard_open(b->tpm->tpm, &b->approval, &guard, &b->err);
	if (rc == 0)
		rc = ls_tpm_unseal(b->tpm->tpm, guard, b->blob.data, b->blob.size, secret, ret_size,
				   &b->err);
	ls_tpm_guard_close(guard);
	return rc;
}

static void expect_sealed(struct bench *b, int code, const char *id)
{
	uint8_t secret[LS_TPM_SEALED_MAX] = { 0 }, nothing[LS_TPM_SEALED_MAX] = { 0 };
	size_t size = 0;
	memset(&b->err, 0, sizeof(b->err));
	CHECK_INT_EQ(unseal(b, secret, &size), code);
	CHECK_STR_EQ(b->err.id, id);
	CHECK_MEM_EQ(secret, nothing, sizeof(secret));
}

static void expect_given_out(struct bench *b)
{
	uint8_t secret[LS_TPM_SEALED_MAX];
	size_t size = 0;
	memset(&b->err, 0, sizeof(b->err));
	CHECK_INT_EQ(unseal(b, secret, &size), 0);
	CHECK_STR_EQ(b->err.message, "");
	REQUIRE(size == strlen(PIN));
	CHECK_MEM_EQ(secret, PIN, size);
}

TEST(it_is_given_out_in_the_approved_state)
{
	BENCH(b);
	CHECK_INT_EQ(ls_tpm_check_sealed(b.blob.data, b.blob.size, &b.authority.key, REF, REF_SIZE,
					 &b.err),
		     0);
	expect_given_out(&b);
	expect_given_out(&b);
	for (size_t i = 0; i + strlen(PIN) <= b.blob.size; i++)
		CHECK(memcmp(b.blob.data + i, PIN, strlen(PIN)) != 0);
}

TEST(it_is_not_given_out_after_the_cap_nor_in_another_state)
{
	BENCH(b);
	struct ls_event_log drifted = { 0 };
	CHECK_INT_EQ(ls_tpm_revoke(b.tpm->tpm, &b.err), 0);
	expect_sealed(&b, -EACCES, "tpm.state");
	fill_log(&drifted, "y");
	CHECK_INT_EQ(ls_tpm_measure(b.tpm->tpm, &drifted, &b.err), 0);
	expect_sealed(&b, -EACCES, "tpm.state");
	ls_event_log_free(&drifted);
	CHECK_INT_EQ(ls_tpm_measure(b.tpm->tpm, &b.log, &b.err), 0);
	expect_given_out(&b);
}

TEST(it_is_not_given_out_under_a_retired_approval)
{
	BENCH(b);
	CHECK_INT_EQ(ls_tpm_counter_step(b.tpm->tpm, &b.err), 0);
	expect_sealed(&b, -EACCES, "tpm.retired");
	REQUIRE(approve(&b, 2) == 0);
	expect_given_out(&b);
}

TEST(another_authoritys_approval_does_not_open_it)
{
	BENCH(b);
	_cleanup_p256_key_ struct ls_p256_key *other = NULL;
	REQUIRE(ls_p256_key_generate(&other, &b.err) == 0);
	ls_p256_key_signer(other, &b.authority);
	REQUIRE(approve(&b, 1) == 0);
	expect_sealed(&b, -EBADMSG, "tpm.seal.other");
}

TEST(another_tpm_does_not_load_it)
{
	BENCH(b);
	TPM_RIG(second);
	CHECK_INT_EQ(ls_tpm_ensure_srk(second.tpm, NULL, &b.err), 0);
	CHECK_INT_EQ(ls_tpm_ensure_counter(second.tpm, NULL, &b.err), 0);
	CHECK_INT_EQ(ls_tpm_measure(second.tpm, &b.log, &b.err), 0);
	b.tpm = &second;
	expect_sealed(&b, -EACCES, "tpm.refused");
	CHECK_STR_HAS(b.err.message, "belongs to another TPM");
}

TEST(damaged_blobs_are_refused)
{
	BENCH(b);
	struct ls_error err = { 0 };
	for (size_t n = 0; n < b.blob.size; n++)
		CHECK_INT_EQ(
			ls_tpm_check_sealed(b.blob.data, n, &b.authority.key, REF, REF_SIZE, NULL),
			-EBADMSG);
	b.blob.data[5] ^= 0x40; /* an attribute */
	CHECK_INT_EQ(ls_tpm_check_sealed(b.blob.data, b.blob.size, &b.authority.key, REF, REF_SIZE,
					 &err),
		     -EBADMSG);
	CHECK(strcmp(err.id, "tpm.seal.other") == 0 || strcmp(err.id, "tpm.seal.malformed") == 0);
}

TEST(what_does_not_fit_is_not_sealed)
{
	BENCH(b);
	uint8_t long_secret[LS_TPM_SEALED_MAX + 1] = { 1 };
	CHECK_INT_EQ(ls_tpm_seal(b.tpm->tpm, &b.authority.key, REF, REF_SIZE, long_secret,
				 sizeof(long_secret), &b.blob, &b.err),
		     -EINVAL);
	CHECK_INT_EQ(
		ls_tpm_seal(b.tpm->tpm, &b.authority.key, REF, REF_SIZE, "", 0, &b.blob, &b.err),
		-EINVAL);
}

TEST_MAIN()
