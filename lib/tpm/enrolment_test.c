/* SPDX-License-Identifier: Apache-2.0 */
/* Enrolment with a real (software) TPM: the request's attestation, the certificate in its memory,
 * and what the TPM itself refuses. */
#include "lib/attest/enrolment_challenge.h"
#include "lib/attest/enrolment_request.h"
#include "lib/base/text.h"
#include "lib/tpm/attestation_key.h"
#include "lib/tpm/rig_test.h"

static int make_keys(struct tpm_rig *r)
{
	int rc = ls_tpm_ensure_endorsement_key(r->tpm, NULL, &r->err);
	if (rc == 0)
		rc = ls_tpm_ensure_attestation_key(r->tpm, NULL, &r->err);
	if (rc < 0)
		TEST_FAIL("%s", r->err.message);
	return rc;
}

static void read_area(struct tpm_rig *r, uint32_t handle, uint8_t *area, size_t *ret_size)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_PUBLIC_AREA_MAX);
	CHECK_INT_EQ(ls_tpm_read_public_area(r->tpm, handle, &b, &r->err), 0);
	memcpy(area, b.data, b.size);
	*ret_size = b.size;
}

static struct ls_enrolment_request ask(struct tpm_rig *r)
{
	struct ls_enrolment_request q = { .instrument = "7500-01", .software = true };
	struct ls_tpm_attested attested = { .attest_size = 0 };
	struct ls_digest qualifying;
	read_area(r, LS_TPM_EK_HANDLE, q.endorsement, &q.endorsement_size);
	read_area(r, LS_TPM_AK_HANDLE, q.attestation, &q.attestation_size);
	CHECK_INT_EQ(ls_enrolment_request_qualifying(&q, &qualifying), 0);
	CHECK_INT_EQ(ls_tpm_certify_attestation_key(r->tpm, &qualifying, &attested, &r->err), 0);
	memcpy(q.certify, attested.attest, attested.attest_size);
	memcpy(q.signature, attested.signature, sizeof(q.signature));
	q.certify_size = attested.attest_size;
	return q;
}

/* The challenge that a CA makes for a request; the Name may be another than the request's. */
static void challenge(const struct ls_enrolment_request *q, const struct ls_tpm_name *name,
		      const struct ls_digest *secret, struct ls_enrolment_challenge *c)
{
	struct ls_public_area ek;
	struct ls_attester attester;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_enrolment_request_check(q, &ek, &attester, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(ls_credential_make(&ek, name ? name : &attester.name, secret, c->credential,
					c->secret, &err),
		     0);
}

static int activate(struct tpm_rig *r, const struct ls_enrolment_challenge *c,
		    struct ls_digest *ret_secret)
{
	memset(&r->err, 0, sizeof(r->err));
	memset(ret_secret, 0, sizeof(*ret_secret));
	return ls_tpm_activate_credential(r->tpm, c->credential, sizeof(c->credential), c->secret,
					  sizeof(c->secret), ret_secret->bytes, &r->err);
}

TEST(a_real_tpm_answers_its_own_challenge_and_no_other)
{
	TPM_RIG(r);
	TPM_RIG(other);
	struct ls_digest secret = { { 5, 6, 7, [31] = 8 } }, seen;
	struct ls_enrolment_challenge c = { .expires = 0 }, foreign = { .expires = 0 };
	struct ls_tpm_name name = { { 0, 0x0b, 1, 2, 3 } };
	CHECK_INT_EQ(ls_tpm_certify_attestation_key(r.tpm, &secret, &(struct ls_tpm_attested){ 0 },
						    &r.err),
		     -ENOENT);
	REQUIRE(make_keys(&r) == 0 && make_keys(&other) == 0);
	struct ls_enrolment_request q = ask(&r), q_of_other = ask(&other);
	challenge(&q, NULL, &secret, &c);
	CHECK_INT_EQ(activate(&r, &c, &seen), 0);
	CHECK(ls_digest_equal(&seen, &secret));
	/* another TPM */
	challenge(&q_of_other, NULL, &secret, &foreign);
	CHECK_INT_EQ(activate(&r, &foreign, &seen), -EACCES);
	CHECK_STR_EQ(r.err.id, "tpm.credential.other");
	CHECK_STR_HAS(r.err.message, "(TPM response 0x"); /* 0x101; 0x2c4 by the standard */
	CHECK(ls_digest_is_zero(&seen));
	/* this TPM's EK, another attestation key's Name */
	challenge(&q, &name, &secret, &foreign);
	CHECK_INT_EQ(activate(&r, &foreign, &seen), -EACCES);
	CHECK_STR_HAS(r.err.message, "0x1df");
	CHECK(ls_digest_is_zero(&seen));
	/* altered on its way */
	foreign = c;
	foreign.credential[40] ^= 1;
	CHECK_INT_EQ(activate(&r, &foreign, &seen), -EACCES);
	CHECK_STR_HAS(r.err.message, "0x1df");
	CHECK(ls_digest_is_zero(&seen));
}

/* --- the certificate in its memory -------------------------------------------------------- */

TEST(the_certificate_in_its_memory_is_read_in_parts)
{
	TPM_RIG(r);
	uint8_t bytes[1337];
	_cleanup_buffer_ struct ls_buffer seen;
	ls_buffer_init(&seen, LS_TPM_EK_CERTIFICATE_MAX);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	CHECK_INT_EQ(ls_tpm_read_endorsement_certificate(r.tpm, &seen, &r.err), -ENOENT);
	CHECK_STR_EQ(r.err.id, "tpm.ek.certificate");
	tpm_rig_put_endorsement_certificate(&r, bytes, sizeof(bytes));
	CHECK_INT_EQ(ls_tpm_read_endorsement_certificate(r.tpm, &seen, &r.err), 0);
	CHECK_INT_EQ(seen.size, sizeof(bytes));
	CHECK(seen.size == sizeof(bytes) && memcmp(seen.data, bytes, sizeof(bytes)) == 0);
}

TEST(an_index_that_was_never_written_is_told)
{
	TPM_RIG(r);
	_cleanup_buffer_ struct ls_buffer seen;
	ls_buffer_init(&seen, LS_TPM_EK_CERTIFICATE_MAX);
	tpm_rig_put_endorsement_certificate(&r, NULL, 100);
	CHECK_INT_EQ(ls_tpm_read_endorsement_certificate(r.tpm, &seen, &r.err), -ENODATA);
	CHECK_STR_HAS(r.err.message, "0x14a");
	CHECK_INT_EQ(seen.size, 0);
}

TEST_MAIN()
