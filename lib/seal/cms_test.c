/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, the CA and CMS signatures together; stock openssl's view is in stock_test.c. */
#include "lib/seal/cms.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/base/text.h"
#include "lib/seal/ca.h"

#define NOW   INT64_C(1772625600) /* 2026-03-04T12:00:00Z */
#define YEAR  INT64_C(31557600)
#define TEXT  "# labseal/result/v1\n"
#define LAB   0
#define OTHER 1

/* Two labs, each with a CA and a signer. */
static struct lab {
	struct ls_p256_key *ca_key, *key;
	struct ls_signer signer;
	struct ls_buffer ca, certificate;
} two_labs[2];

static struct ls_der der_of(const struct ls_buffer *b)
{
	return (struct ls_der){ b->data, b->size };
}

static void make_lab(struct lab *lab)
{
	CHECK_INT_EQ(ls_p256_key_generate(&lab->ca_key, NULL), 0);
	CHECK_INT_EQ(ls_p256_key_generate(&lab->key, NULL), 0);
	ls_p256_key_signer(lab->key, &lab->signer);
	ls_buffer_init(&lab->ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&lab->certificate, LS_CERTIFICATE_SIZE_MAX);
	CHECK_INT_EQ(
		ls_ca_create(lab->ca_key, "Lab CA", NOW - YEAR, NOW + 20 * YEAR, &lab->ca, NULL),
		0);
	CHECK_INT_EQ(ls_ca_issue(lab->ca_key, der_of(&lab->ca), &lab->signer.key, "labseal 7500-01",
				 NOW - YEAR, NOW + YEAR, &lab->certificate, NULL),
		     0);
}

static void make_labs(void)
{
	if (two_labs[LAB].key)
		return;
	make_lab(&two_labs[LAB]);
	make_lab(&two_labs[OTHER]);
}

static void sign(struct ls_buffer *b, int64_t time)
{
	make_labs();
	ls_buffer_init(b, LS_CMS_SIZE_MAX);
	CHECK_INT_EQ(ls_cms_sign(TEXT, strlen(TEXT), der_of(&two_labs[LAB].certificate), time,
				 &two_labs[LAB].signer, b, NULL),
		     0);
}

static int verify_with(const struct ls_buffer *b, const char *text, int lab, int64_t at,
		       struct ls_cms_signature *s, struct ls_error *err)
{
	struct ls_der ca = der_of(&two_labs[lab].ca);
	return ls_cms_verify(b->data, b->size, text, strlen(text), &ca, 1, at, s, err);
}

/* --- certificates ------------------------------------------------------------------- */

TEST(certificates_say_what_was_asked_for)
{
	struct ls_certificate c;
	make_labs();
	REQUIRE(ls_certificate_read(der_of(&two_labs[LAB].ca), &c, NULL) == 0);
	CHECK(c.is_ca);
	CHECK(!c.may_sign);
	CHECK_STR_EQ(c.subject, "CN=Lab CA");
	REQUIRE(ls_certificate_read(der_of(&two_labs[LAB].certificate), &c, NULL) == 0);
	CHECK(!c.is_ca);
	CHECK(c.may_sign);
	CHECK_STR_EQ(c.subject, "CN=labseal 7500-01");
	CHECK_INT_EQ(c.not_before, NOW - YEAR);
	CHECK_INT_EQ(c.not_after, NOW + YEAR);
	CHECK(ls_p256_public_equal(&c.key, &two_labs[LAB].signer.key));
}

TEST(validity_reaches_past_2050)
{
	_cleanup_buffer_ struct ls_buffer ca;
	struct ls_certificate c;
	make_labs();
	ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
	REQUIRE(ls_ca_create(two_labs[LAB].ca_key, "Lab", NOW, NOW + 100 * YEAR, &ca, NULL) == 0);
	REQUIRE(ls_certificate_read(der_of(&ca), &c, NULL) == 0);
	CHECK_INT_EQ(c.not_after, NOW + 100 * YEAR);
}

TEST(certificates_go_through_pem)
{
	_cleanup_buffer_ struct ls_buffer pem, der;
	make_labs();
	ls_buffer_init(&pem, 16384);
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	REQUIRE(ls_certificate_to_pem(der_of(&two_labs[LAB].ca), &pem) == 0);
	REQUIRE(ls_certificate_from_pem(ls_buffer_str(&pem), pem.size, &der, NULL) == 0);
	CHECK_INT_EQ(der.size, two_labs[LAB].ca.size);
	CHECK_MEM_EQ(der.data, two_labs[LAB].ca.data, der.size);
	ls_buffer_add_str(&pem, "x");
	CHECK_INT_EQ(ls_certificate_from_pem(ls_buffer_str(&pem), pem.size, &der, NULL), -EBADMSG);
}

TEST(requests_that_make_no_sense_are_refused)
{
	_cleanup_buffer_ struct ls_buffer b;
	static const char long_name[] =
		"12345678901234567890123456789012345678901234567890123456789012345";
	make_labs();
	ls_buffer_init(&b, LS_CERTIFICATE_SIZE_MAX);
	CHECK_INT_EQ(ls_ca_create(two_labs[LAB].ca_key, "", NOW, NOW + 1, &b, NULL), -EINVAL);
	CHECK_INT_EQ(ls_ca_create(two_labs[LAB].ca_key, long_name, NOW, NOW + 1, &b, NULL),
		     -EINVAL);
	CHECK_INT_EQ(ls_ca_create(two_labs[LAB].ca_key, "a\nb", NOW, NOW + 1, &b, NULL), -EINVAL);
	CHECK_INT_EQ(ls_ca_create(two_labs[LAB].ca_key, "a\xff", NOW, NOW + 1, &b, NULL), -EINVAL);
	CHECK_INT_EQ(ls_ca_create(two_labs[LAB].ca_key, "Lab", NOW, NOW, &b, NULL), -EINVAL);
	CHECK_INT_EQ(ls_ca_issue(two_labs[OTHER].ca_key, der_of(&two_labs[LAB].ca),
				 &two_labs[LAB].signer.key, "x", NOW, NOW + 1, &b, NULL),
		     -EINVAL);
}

/* --- signatures ----------------------------------------------------------------------- */

TEST(a_signature_verifies)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_cms_signature s;
	struct ls_error err = { 0 };
	sign(&b, NOW);
	if (verify_with(&b, TEXT, LAB, NOW, &s, &err) < 0)
		TEST_FAIL("%s", err.message);
	CHECK_INT_EQ(s.signing_time, NOW);
	CHECK_STR_EQ(s.subject, "CN=labseal 7500-01");
	CHECK(ls_p256_public_equal(&s.key, &two_labs[LAB].signer.key));
}

TEST(every_flipped_bit_is_seen)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_cms_signature s;
	sign(&b, NOW);
	for (size_t bit = 0; bit < 8 * b.size; bit++) {
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (verify_with(&b, TEXT, LAB, NOW, &s, NULL) == 0)
			TEST_FAIL("bit %zu changed, and nobody noticed", bit);
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	size_t size = b.size;
	for (b.size = 0; b.size < size; b.size++)
		CHECK(verify_with(&b, TEXT, LAB, NOW, &s, NULL) < 0);
	ls_buffer_add_str(&b, "x");
	CHECK_INT_EQ(verify_with(&b, TEXT, LAB, NOW, &s, NULL), -EBADMSG);
}

TEST(other_content_is_refused)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_cms_signature s;
	struct ls_error err = { 0 };
	sign(&b, NOW);
	CHECK_INT_EQ(verify_with(&b, TEXT " ", LAB, NOW, &s, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "cms.content");
}

TEST(another_labs_certificate_is_rejected)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_cms_signature s;
	struct ls_error err = { 0 };
	sign(&b, NOW);
	CHECK_INT_EQ(verify_with(&b, TEXT, OTHER, NOW, &s, &err), -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "certificate.chain");
	CHECK_INT_EQ(ls_cms_verify(b.data, b.size, TEXT, strlen(TEXT), NULL, 0, NOW, &s, &err),
		     -EKEYREJECTED);
	/* among several authorities the right one is found */
	struct ls_der both[] = { der_of(&two_labs[OTHER].ca), der_of(&two_labs[LAB].ca) };
	CHECK_INT_EQ(ls_cms_verify(b.data, b.size, TEXT, strlen(TEXT), both, 2, NOW, &s, &err), 0);
	struct ls_der broken = { both[0].bytes, both[0].size - 1 };
	CHECK_INT_EQ(ls_cms_verify(b.data, b.size, TEXT, strlen(TEXT), &broken, 1, NOW, &s, &err),
		     -EINVAL);
}

TEST(validity_counts_at_the_time_of_receipt)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_cms_signature s;
	struct ls_error err = { 0 };
	sign(&b, NOW);
	CHECK_INT_EQ(verify_with(&b, TEXT, LAB, NOW + YEAR - 1, &s, &err), 0);
	CHECK_INT_EQ(verify_with(&b, TEXT, LAB, NOW + YEAR + 1, &s, &err), -EKEYREJECTED);
	CHECK_STR_HAS(err.message, "expired");
	CHECK_INT_EQ(verify_with(&b, TEXT, LAB, NOW - YEAR - 1, &s, &err), -EKEYREJECTED);
	CHECK_STR_HAS(err.message, "not yet valid");
}

TEST(a_ca_signs_no_results)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_cms_signature s;
	struct ls_signer ca_signer;
	struct ls_error err = { 0 };
	make_labs();
	ls_buffer_init(&b, LS_CMS_SIZE_MAX);
	ls_p256_key_signer(two_labs[LAB].ca_key, &ca_signer);
	REQUIRE(ls_cms_sign(TEXT, strlen(TEXT), der_of(&two_labs[LAB].ca), NOW, &ca_signer, &b,
			    NULL) == 0);
	CHECK_INT_EQ(verify_with(&b, TEXT, LAB, NOW, &s, &err), -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "cms.usage");
}

TEST(signing_needs_the_certificate_of_the_key)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_error err = { 0 };
	make_labs();
	ls_buffer_init(&b, LS_CMS_SIZE_MAX);
	CHECK_INT_EQ(ls_cms_sign(TEXT, strlen(TEXT), der_of(&two_labs[OTHER].certificate), NOW,
				 &two_labs[LAB].signer, &b, &err),
		     -EINVAL);
	CHECK_STR_EQ(err.id, "cms.key");
	CHECK_INT_EQ(b.size, 0);
}

TEST(times_of_all_forms_are_read_again)
{
	static const char *const times[] = { "1950-01-01T00:00:00Z", "1999-12-31T23:59:59Z",
					     "2000-01-01T00:00:00Z", "2049-12-31T23:59:59Z",
					     "2050-01-01T00:00:00Z", "9999-12-31T23:59:59Z" };
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		_cleanup_buffer_ struct ls_buffer b;
		struct ls_cms_signature s;
		int64_t t = 0;
		CHECK_INT_EQ(ls_utc_parse(times[i], 20, &t), 0);
		sign(&b, t);
		REQUIRE(verify_with(&b, TEXT, LAB, NOW, &s, NULL) == 0);
		CHECK_INT_EQ(s.signing_time, t);
	}
}

TEST(warming_up_does_no_harm)
{
	ls_cms_warm_up();
}

TEST_MAIN()
