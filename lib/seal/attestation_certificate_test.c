/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate of an attestation key: what ours says, and what passes for none. */
#include "lib/seal/attestation_certificate.h"

#include <errno.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"
#include "lib/seal/ca.h"

#define NOW 1772634139 /* 2026-03-04T14:22:19Z */
#define DAY 86400

LS_DEFINE_CLEANUP(X509 *, X509_free)

struct lab {
	struct ls_p256_key *ca_key, *key;
	struct ls_signer signer;
	struct ls_buffer ca, der;
};

static void lab_init(struct lab *lab)
{
	memset(lab, 0, sizeof(*lab));
	ls_buffer_init(&lab->ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&lab->der, LS_CERTIFICATE_SIZE_MAX);
	CHECK_INT_EQ(ls_p256_key_generate(&lab->ca_key, NULL), 0);
	CHECK_INT_EQ(ls_p256_key_generate(&lab->key, NULL), 0);
	ls_p256_key_signer(lab->key, &lab->signer);
	CHECK_INT_EQ(ls_ca_create(lab->ca_key, "Lab", NOW - DAY, NOW + DAY, &lab->ca, NULL), 0);
}

static void lab_free(struct lab *lab)
{
	ls_p256_key_free(lab->ca_key);
	ls_p256_key_free(lab->key);
	ls_buffer_free(&lab->ca);
	ls_buffer_free(&lab->der);
}
#define LAB(lab)                                           \
	__attribute__((cleanup(lab_free))) struct lab lab; \
	lab_init(&lab)

static struct ls_der der_of(const struct ls_buffer *b)
{
	return (struct ls_der){ b->data, b->size };
}

static int issue(struct lab *lab, enum ls_tpm_origin origin)
{
	struct ls_enrolment e = { { { 7, [31] = 9 } }, origin };
	ls_buffer_clear(&lab->der);
	return ls_ca_issue_attestation(lab->ca_key, der_of(&lab->ca), &lab->signer.key,
				       "labseal AK 7500-01", &e, NOW - DAY, NOW + DAY, &lab->der,
				       NULL);
}

static const char *read_it(struct lab *lab, struct ls_attestation_certificate *c)
{
	static struct ls_error err;
	memset(&err, 0, sizeof(err));
	return ls_attestation_certificate_read(der_of(&lab->der), c, &err) < 0 ? err.id : "";
}

TEST(what_is_issued_is_read)
{
	LAB(lab);
	struct ls_attestation_certificate c;
	for (int origin = LS_ORIGIN_MANUFACTURER; origin <= LS_ORIGIN_SOFTWARE; origin++) {
		REQUIRE(issue(&lab, origin) == 0);
		CHECK_STR_EQ(read_it(&lab, &c), "");
		CHECK_INT_EQ(c.enrolment.origin, origin);
		CHECK(c.enrolment.endorsement.bytes[0] == 7 &&
		      c.enrolment.endorsement.bytes[31] == 9);
		CHECK(ls_p256_public_equal(&c.certificate.key, &lab.signer.key));
		CHECK_STR_EQ(c.certificate.subject, "CN=labseal AK 7500-01");
		struct ls_der ca = der_of(&lab.ca);
		CHECK_INT_EQ(ls_certificate_verify(der_of(&lab.der), &ca, 1, NOW, NULL), 0);
		CHECK_INT_EQ(ls_certificate_verify(der_of(&lab.der), &ca, 1, NOW + 2 * DAY, NULL),
			     -EKEYREJECTED);
	}
}

TEST(a_signer_s_certificate_and_a_ca_s_are_none)
{
	LAB(lab);
	struct ls_attestation_certificate c;
	REQUIRE(ls_ca_issue(lab.ca_key, der_of(&lab.ca), &lab.signer.key, "Signer", NOW - DAY,
			    NOW + DAY, &lab.der, NULL) == 0);
	CHECK_STR_EQ(read_it(&lab, &c), "attestation-certificate.profile");
	ls_buffer_clear(&lab.der);
	ls_buffer_add(&lab.der, lab.ca.data, lab.ca.size);
	CHECK_STR_EQ(read_it(&lab, &c), "attestation-certificate.profile");
	ls_buffer_clear(&lab.der);
	ls_buffer_add_str(&lab.der, "no certificate");
	CHECK_STR_EQ(read_it(&lab, &c), "certificate.form");
}

/* The certificate with an extension taken away, or another in its place, signed anew. */
static void respell(struct lab *lab, const char *oid, const char *value)
{
	const unsigned char *p = lab->der.data;
	unsigned char *out = NULL;
	_cleanup_(X509_free) X509 *x = d2i_X509(NULL, &p, (long)lab->der.size);
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 0);
	int at = X509_get_ext_by_OBJ(x, object, -1);
	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(x, at));
	if (value) {
		char spec[256];
		snprintf(spec, sizeof(spec), "%s", value);
		X509_EXTENSION *e = X509V3_EXT_conf(NULL, NULL, oid, spec);
		CHECK(e && X509_add_ext(x, e, -1) == 1);
		X509_EXTENSION_free(e);
	}
	ASN1_OBJECT_free(object);
	CHECK(X509_sign(x, ls_p256_key_evp(lab->ca_key), EVP_sha256()) > 0);
	int n = i2d_X509(x, &out);
	ls_buffer_clear(&lab->der);
	ls_buffer_add(&lab->der, out, (size_t)n);
	OPENSSL_free(out);
}

#define HEX "0700000000000000000000000000000000000000000000000000000000000009"

TEST(what_it_must_say_has_one_spelling)
{
	LAB(lab);
	struct ls_attestation_certificate c;
	static const char *const bad[] = {
		NULL,
		"ASN1:UTF8String:labseal-enrolment/v2 " HEX " software",
		"ASN1:UTF8String:labseal-enrolment/v1 " HEX,
		"ASN1:UTF8String:labseal-enrolment/v1 " HEX " ",
		"ASN1:UTF8String:labseal-enrolment/v1 " HEX " hardware",
		"ASN1:UTF8String:labseal-enrolment/v1 " HEX " software ",
		"ASN1:UTF8String:labseal-enrolment/v1  " HEX " software",
		"ASN1:UTF8String:labseal-enrolment/v1 07 software",
		"ASN1:IA5String:labseal-enrolment/v1 " HEX " software",
		"ASN1:OCTETSTRING:labseal-enrolment/v1 " HEX " software",
		"DER:00",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		REQUIRE(issue(&lab, LS_ORIGIN_SOFTWARE) == 0);
		respell(&lab, LS_ENROLMENT_OID, bad[i]);
		if (strcmp(read_it(&lab, &c), "attestation-certificate.profile") != 0)
			TEST_FAIL("taken: %s", bad[i] ? bad[i] : "nothing");
	}
	REQUIRE(issue(&lab, LS_ORIGIN_SOFTWARE) == 0);
	respell(&lab, LS_ENROLMENT_OID,
		"ASN1:UTF8String:labseal-enrolment/v1 " HEX " manufacturer");
	CHECK_STR_EQ(read_it(&lab, &c), "");
	CHECK_INT_EQ(c.enrolment.origin, LS_ORIGIN_MANUFACTURER);
}

TEST(it_is_for_attestation_alone)
{
	LAB(lab);
	struct ls_attestation_certificate c;
	static const char *const bad[] = { NULL, "emailProtection", "2.23.133.8.1",
					   "2.23.133.8.3,emailProtection" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		REQUIRE(issue(&lab, LS_ORIGIN_SOFTWARE) == 0);
		respell(&lab, "extendedKeyUsage", bad[i]);
		CHECK_STR_EQ(read_it(&lab, &c), "attestation-certificate.profile");
	}
}

TEST_MAIN()
