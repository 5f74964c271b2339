/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/attestation_certificate.h"

#include <errno.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/cleanup.h"

#define MAGIC "labseal-enrolment/v1 "

LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(ASN1_OBJECT *, ASN1_OBJECT_free)
LS_DEFINE_CLEANUP(ASN1_UTF8STRING *, ASN1_UTF8STRING_free)
LS_DEFINE_CLEANUP(EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free)

static const struct {
	const char *name, *words;
} origins[] = {
	[LS_ORIGIN_MANUFACTURER] = { "manufacturer", "a TPM with its manufacturer's certificate" },
	[LS_ORIGIN_UNPROVEN] = { "unproven", "no manufacturer's certificate: it may be a program" },
	[LS_ORIGIN_SOFTWARE] = { "software", "a software TPM, which can be copied" },
};

const char *ls_tpm_origin_name(enum ls_tpm_origin origin)
{
	return origins[origin].name;
}

const char *ls_tpm_origin_words(enum ls_tpm_origin origin)
{
	return origins[origin].words;
}

int ls_tpm_origin_parse(const char *text, size_t length, enum ls_tpm_origin *ret_origin)
{
	for (int i = LS_ORIGIN_MANUFACTURER; i <= LS_ORIGIN_SOFTWARE; i++)
		if (strlen(origins[i].name) == length &&
		    memcmp(origins[i].name, text, length) == 0) {
			*ret_origin = (enum ls_tpm_origin)i;
			return 0;
		}
	return -EBADMSG;
}

const char *ls_enrolment_text(const struct ls_enrolment *enrolment,
			      char buffer[static LS_ENROLMENT_TEXT_SIZE])
{
	char hex[LS_DIGEST_HEX_SIZE];
	snprintf(buffer, LS_ENROLMENT_TEXT_SIZE, MAGIC "%s %s",
		 ls_digest_hex(&enrolment->endorsement, hex),
		 ls_tpm_origin_name(enrolment->origin));
	return buffer;
}

static int parse_text(const char *text, size_t length, struct ls_enrolment *e)
{
	struct ls_reader r;
	const char *hex, *origin;
	size_t hex_length;
	ls_reader_init(&r, text, length);
	if (ls_read_literal(&r, MAGIC) < 0 || ls_read_until(&r, ' ', &hex, &hex_length) < 0 ||
	    ls_digest_parse(hex, hex_length, &e->endorsement) < 0)
		return -EBADMSG;
	origin = text + r.pos;
	return ls_tpm_origin_parse(origin, ls_reader_left(&r), &e->origin);
}

/* The extension is there, once, and is a UTF8String that says what it must. */
static int read_enrolment(const X509 *x, struct ls_enrolment *e)
{
	_cleanup_(ASN1_OBJECT_free) ASN1_OBJECT *oid = OBJ_txt2obj(LS_ENROLMENT_OID, 1);
	int at = oid ? X509_get_ext_by_OBJ(x, oid, -1) : -1;
	if (at < 0 || X509_get_ext_by_OBJ(x, oid, at) >= 0)
		return -EBADMSG;
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(x, at));
	const unsigned char *p = ASN1_STRING_get0_data(value), *end = p + ASN1_STRING_length(value);
	_cleanup_(ASN1_UTF8STRING_free)
		ASN1_UTF8STRING *text = d2i_ASN1_UTF8STRING(NULL, &p, ASN1_STRING_length(value));
	return text && p == end ? parse_text((const char *)ASN1_STRING_get0_data(text),
					     (size_t)ASN1_STRING_length(text), e)
				: -EBADMSG;
}

static bool is_for_attestation(const X509 *x)
{
	char oid[32];
	_cleanup_(EXTENDED_KEY_USAGE_free)
		EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	return usage && sk_ASN1_OBJECT_num(usage) == 1 &&
	       OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usage, 0), 1) > 0 &&
	       strcmp(oid, LS_AIK_PURPOSE) == 0;
}

static int fail_profile(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EKEYREJECTED, "attestation-certificate.profile",
		       "it is no attestation key's certificate: %s", why);
}

int ls_attestation_certificate_read(struct ls_der der,
				    struct ls_attestation_certificate *ret_certificate,
				    struct ls_error *err)
{
	struct ls_attestation_certificate c;
	const unsigned char *p = der.bytes;
	int rc = ls_certificate_read(der, &c.certificate, err);
	if (rc < 0)
		return rc;
	_cleanup_(X509_free) X509 *x = d2i_X509(NULL, &p, (long)der.size);
	if (!x)
		return ls_fail(err, -ENOMEM, "certificate.memory",
			       "out of memory for a certificate");
	if (c.certificate.is_ca || !c.certificate.may_sign)
		return fail_profile(err, "it is a CA's, or not one for signatures");
	if (!is_for_attestation(x))
		return fail_profile(err, "its extended key usage is not tcg-kp-AIKCertificate "
					 "(" LS_AIK_PURPOSE ") alone");
	if (read_enrolment(x, &c.enrolment) < 0)
		return fail_profile(err, "it does not say, in the extension " LS_ENROLMENT_OID
					 ", which TPM the key is in");
	*ret_certificate = c;
	return 0;
}
