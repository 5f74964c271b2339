/* SPDX-License-Identifier: Apache-2.0 */
/* A secret that the TPM keeps for a file, and each way in which it is not given out. */
#include "lib/tpm/kept.h"

#include <tss2/tss2_esys.h>

#include "lib/tpm/rig_test.h"

#define SECRET	    "thirty-two bytes that are secret"
#define SECRET_SIZE 32
#define PCRS	    (UINT32_C(1) << 16 | UINT32_C(1) << 23)

struct kept {
	struct ls_buffer bytes;
	struct ls_error err;
};

static void kept_free(struct kept *k)
{
	ls_buffer_free(&k->bytes);
}

#define KEPT(k, tpm, pcrs)                                                         \
	__attribute__((cleanup(kept_free))) struct kept k = { 0 };                 \
	ls_buffer_init(&k.bytes, LS_TPM_KEPT_SIZE_MAX);                            \
	if (ls_tpm_keep((tpm), (pcrs), SECRET, SECRET_SIZE, &k.bytes, &k.err) < 0) \
		TEST_FAIL("keeping: %s", k.err.message);                           \
	REQUIRE(k.bytes.size > SECRET_SIZE)

static void expect_refused(struct kept *k, struct ls_tpm *tpm, size_t size, int code,
			   const char *id)
{
	uint8_t secret[LS_TPM_SEALED_MAX] = { 0 }, nothing[LS_TPM_SEALED_MAX] = { 0 };
	size_t n = 0;
	memset(&k->err, 0, sizeof(k->err));
	CHECK_INT_EQ(ls_tpm_give(tpm, k->bytes.data, size, secret, &n, &k->err), code);
	CHECK_STR_EQ(k->err.id, id);
	CHECK_MEM_EQ(secret, nothing, sizeof(secret));
}

static void expect_given(struct kept *k, struct ls_tpm *tpm)
{
	uint8_t secret[LS_TPM_SEALED_MAX];
	size_t n = 0;
	memset(&k->err, 0, sizeof(k->err));
	CHECK_INT_EQ(ls_tpm_give(tpm, k->bytes.data, k->bytes.size, secret, &n, &k->err), 0);
	CHECK_STR_EQ(k->err.message, "");
	REQUIRE(n == SECRET_SIZE);
	CHECK_MEM_EQ(secret, SECRET, n);
}

static void extend(struct ls_tpm *tpm, ESYS_TR pcr)
{
	TPML_DIGEST_VALUES values = { .count = 1 };
	values.digests[0].hashAlg = TPM2_ALG_SHA256;
	values.digests[0].digest.sha256[0] = 1;
	CHECK_INT_EQ(Esys_PCR_Extend(ls_tpm_esys(tpm), pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				     ESYS_TR_NONE, &values),
		     0);
}

TEST(it_is_given_out_by_the_tpm_that_keeps_it)
{
	TPM_RIG(r);
	KEPT(k, r.tpm, 0);
	struct ls_tpm_kept parsed;
	CHECK_INT_EQ(ls_tpm_kept_parse(k.bytes.data, k.bytes.size, &parsed, &k.err), 0);
	CHECK_INT_EQ(parsed.pcrs, 0);
	for (unsigned i = 0; i < 8; i++) /* no session and no object is left behind */
		expect_given(&k, r.tpm);
	for (size_t i = 0; i + SECRET_SIZE <= k.bytes.size; i++)
		CHECK(memcmp(k.bytes.data + i, SECRET, SECRET_SIZE) != 0);
}

TEST(it_is_given_out_after_the_tpm_was_off)
{
	TPM_RIG(r);
	KEPT(k, r.tpm, PCRS);
	tpm_rig_stop(&r);
	REQUIRE(tpm_rig_start(&r) == 0);
	expect_given(&k, r.tpm);
}

TEST(other_pcrs_hold_it_back)
{
	TPM_RIG(r);
	KEPT(free, r.tpm, 0);
	KEPT(bound, r.tpm, PCRS);
	extend(r.tpm, ESYS_TR_PCR10); /* is none of them */
	expect_given(&bound, r.tpm);
	extend(r.tpm, ESYS_TR_PCR16);
	expect_refused(&bound, r.tpm, bound.bytes.size, -EACCES, "tpm.kept.state");
	CHECK_STR_HAS(bound.err.message, "PCRs 16,23 are not what they were");
	expect_given(&free, r.tpm);
}

TEST(another_tpm_is_told)
{
	TPM_RIG(r);
	KEPT(k, r.tpm, 0);
	TPM_RIG(second);
	expect_refused(&k, second.tpm, k.bytes.size, -EXDEV, "tpm.kept.elsewhere");
	CHECK_STR_HAS(k.err.message, "no storage root key");
	REQUIRE(ls_tpm_ensure_srk(second.tpm, NULL, &k.err) == 0);
	expect_refused(&k, second.tpm, k.bytes.size, -EXDEV, "tpm.kept.elsewhere");
	/* and the name that was exchanged helps nobody */
	KEPT(theirs, second.tpm, 0);
	memcpy(k.bytes.data + 4, theirs.bytes.data + 4, LS_TPM_NAME_SIZE);
	expect_refused(&k, second.tpm, k.bytes.size, -EBADMSG, "tpm.kept.altered");
}

TEST(what_is_cut_short_is_refused_at_every_byte)
{
	TPM_RIG(r);
	KEPT(k, r.tpm, 0);
	for (size_t n = 0; n < k.bytes.size; n++)
		expect_refused(&k, r.tpm, n, -EBADMSG, "tpm.kept.form");
}

TEST(what_is_altered_is_refused_at_every_byte)
{
	TPM_RIG(r);
	KEPT(k, r.tpm, 0);
	for (size_t i = 0; i < k.bytes.size; i++) {
		uint8_t secret[LS_TPM_SEALED_MAX] = { 0 };
		size_t n = 0;
		memset(&k.err, 0, sizeof(k.err));
		k.bytes.data[i] ^= 0x01;
		int rc = ls_tpm_give(r.tpm, k.bytes.data, k.bytes.size, secret, &n, &k.err);
		if (rc != -EBADMSG && rc != -EXDEV && rc != -EACCES)
			TEST_FAIL("byte %zu: %d, %s [%s]", i, rc, k.err.message, k.err.id);
		k.bytes.data[i] ^= 0x01;
	}
	expect_given(&k, r.tpm);
}

TEST(what_no_tpm_has_is_not_asked_for)
{
	TPM_RIG(r);
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, LS_TPM_KEPT_SIZE_MAX);
	CHECK_INT_EQ(ls_tpm_keep(r.tpm, UINT32_C(1) << 24, SECRET, SECRET_SIZE, &out, &err),
		     -EINVAL);
	CHECK_STR_EQ(err.id, "tpm.kept.pcrs");
	CHECK_INT_EQ(ls_tpm_keep(r.tpm, 0, SECRET, 0, &out, &err), -EINVAL);
	CHECK_INT_EQ(out.size, 0);
}

TEST_MAIN()
