/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of endorsement keys, as manufacturers make them, and of other TPMs, CAs, purposes.
 */
#include "lib/seal/endorsement_certificate.h"

#include <errno.h>

#include "lib/seal/factory_test.h"

#define NOW 1772634139 /* 2026-03-04T14:22:19Z */

#define FACTORY(f, name, fill)                                   \
	__attribute__((cleanup(factory_free))) struct factory f; \
	factory_init(&f, name, fill, NOW)

static char issuer[LS_SUBJECT_SIZE];
static struct ls_error err;

static const char *verify(struct factory *f, const struct ls_buffer *roots,
			  const struct ls_public_area *ek)
{
	memset(&err, 0, sizeof(err));
	issuer[0] = '\0';
	return ls_endorsement_certificate_verify((struct ls_der){ f->der.data, f->der.size },
						 roots ? ls_buffer_str(roots) : NULL,
						 roots ? roots->size : 0, NOW, ek, issuer, &err) < 0
		       ? err.id
		       : "";
}

TEST(a_manufacturer_s_certificate_with_its_critical_name_leads_to_its_root)
{
	FACTORY(f, "Root of Trust Factory", 1);
	certify(&f, &f.ek, &good_ek);
	CHECK_STR_EQ(verify(&f, &f.pem, &f.ek), "");
	CHECK_STR_EQ(err.message, "");
	CHECK_STR_EQ(issuer, "CN=Root of Trust Factory");
	/* among others, with text between them, as manufacturers publish them */
	FACTORY(other, "Another", 1);
	_cleanup_buffer_ struct ls_buffer roots;
	ls_buffer_init(&roots, 65536);
	ls_buffer_printf(&roots, "# roots\n%s\n# of another\n%s", ls_buffer_str(&other.pem),
			 ls_buffer_str(&f.pem));
	CHECK_STR_EQ(verify(&f, &roots, &f.ek), "");
	/* older ones have no purpose */
	struct recipe_of_ek r = good_ek;
	r.purpose = NULL;
	certify(&f, &f.ek, &r);
	CHECK_STR_EQ(verify(&f, &f.pem, &f.ek), "");
}

TEST(another_tpms_certificate_is_refused_whatever_roots_there_are)
{
	FACTORY(f, "Factory", 1);
	FACTORY(other, "Factory", 2);
	certify(&f, &other.ek, &good_ek);
	CHECK_STR_EQ(verify(&f, &f.pem, &f.ek), "endorsement-certificate.key");
	CHECK_STR_HAS(err.message, "another TPM's");
	CHECK_STR_EQ(verify(&f, NULL, &f.ek), "endorsement-certificate.key");
	CHECK_STR_EQ(verify(&f, NULL, &other.ek), "");
	CHECK_STR_EQ(issuer, "CN=Factory");
}

TEST(another_root_a_time_that_is_over_and_an_altered_byte_are_refused)
{
	FACTORY(f, "Factory", 1);
	FACTORY(other, "Factory", 1);
	certify(&f, &f.ek, &good_ek);
	CHECK_STR_EQ(verify(&f, &other.pem, &f.ek), "endorsement-certificate.chain");
	struct recipe_of_ek r = good_ek;
	r.until = -1;
	certify(&f, &f.ek, &r);
	CHECK_STR_EQ(verify(&f, &f.pem, &f.ek), "endorsement-certificate.chain");
	CHECK_STR_HAS(err.message, "expired");
	certify(&f, &f.ek, &good_ek);
	f.der.data[f.der.size - 1] ^= 1;
	CHECK(verify(&f, &f.pem, &f.ek)[0] != '\0');
	certify(&f, &f.ek, &good_ek);
	ls_buffer_add_u8(&f.der, 0);
	CHECK_STR_EQ(verify(&f, &f.pem, &f.ek), "endorsement-certificate.form");
}

TEST(another_purpose_a_ca_and_an_unknown_critical_extension_are_refused)
{
	FACTORY(f, "Factory", 1);
	struct recipe_of_ek r = good_ek;
	r.purpose = "emailProtection";
	certify(&f, &f.ek, &r);
	CHECK_STR_EQ(verify(&f, &f.pem, &f.ek), "endorsement-certificate.purpose");
	r = good_ek;
	r.constraints = "critical,CA:TRUE";
	certify(&f, &f.ek, &r);
	CHECK_STR_EQ(verify(&f, &f.pem, &f.ek), "endorsement-certificate.purpose");
	r = good_ek;
	r.more_oid = "1.2.3.4.5";
	r.more = "critical,ASN1:UTF8String:must be understood";
	certify(&f, &f.ek, &r);
	CHECK_STR_EQ(verify(&f, &f.pem, &f.ek), "endorsement-certificate.chain");
	CHECK_STR_HAS(err.message, "unhandled critical extension");
}

TEST(roots_that_are_none_or_damaged_are_told)
{
	FACTORY(f, "Factory", 1);
	_cleanup_buffer_ struct ls_buffer roots;
	ls_buffer_init(&roots, 65536);
	certify(&f, &f.ek, &good_ek);
	ls_buffer_add_str(&roots, "nothing of the kind\n");
	CHECK_STR_EQ(verify(&f, &roots, &f.ek), "endorsement-certificate.roots");
	ls_buffer_clear(&roots);
	ls_buffer_printf(&roots, "%s%.200s\n-----END CERTIFICATE-----\n", ls_buffer_str(&f.pem),
			 ls_buffer_str(&f.pem));
	CHECK_STR_EQ(verify(&f, &roots, &f.ek), "endorsement-certificate.roots");
	CHECK_STR_HAS(err.message, "number 2");
}

TEST(what_follows_a_certificate_in_a_tpm_s_memory_is_left_out)
{
	FACTORY(f, "Factory", 1);
	certify(&f, &f.ek, &good_ek);
	size_t size = f.der.size;
	CHECK_INT_EQ(ls_endorsement_certificate_size(f.der.data, size), size);
	for (int i = 0; i < 100; i++)
		ls_buffer_add_u8(&f.der, 0xff);
	CHECK_INT_EQ(ls_endorsement_certificate_size(f.der.data, f.der.size), size);
	CHECK_INT_EQ(ls_endorsement_certificate_size(f.der.data, size - 1), 0);
	static const uint8_t none[][5] = { { 0x31, 1, 0 },
					   { 0x30, 0x80, 0, 0 },
					   { 0x30, 0 },
					   { 0x30, 0x83, 0, 0, 1 },
					   { 0x30, 0x81 } };
	for (size_t i = 0; i < 5; i++)
		CHECK_INT_EQ(ls_endorsement_certificate_size(none[i], i == 4 ? 2 : 5), 0);
	CHECK_INT_EQ(ls_endorsement_certificate_size((const uint8_t *)"\x30\x03xyz", 5), 5);
	CHECK_INT_EQ(ls_endorsement_certificate_size(NULL, 0), 0);
}

TEST_MAIN()
