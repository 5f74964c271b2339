/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/ca.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define NAME_MAX_BYTES 64 /* ub-common-name, RFC 5280 */
#define SERIAL_SIZE    16

LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(X509_NAME *, X509_NAME_free)
LS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
LS_DEFINE_CLEANUP(ASN1_OBJECT *, ASN1_OBJECT_free)
LS_DEFINE_CLEANUP(ASN1_OCTET_STRING *, ASN1_OCTET_STRING_free)

static int fail_openssl(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "ca.openssl", "OpenSSL could not make a certificate");
}

static bool name_allowed(const char *name)
{
	size_t n = strlen(name);
	if (n == 0 || n > NAME_MAX_BYTES || !ls_utf8_valid(name, n))
		return false;
	for (size_t i = 0; i < n; i++)
		if ((uint8_t)name[i] < ' ' || name[i] == 0x7f)
			return false;
	return true;
}

/* Random, positive, and always of the same length. */
static int set_serial(X509 *x)
{
	uint8_t bytes[SERIAL_SIZE];
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	bytes[0] = (uint8_t)((bytes[0] & 0x3f) | 0x40);
	BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ASN1_INTEGER *done = number ? BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x)) : NULL;
	BN_free(number);
	return done ? 0 : -ENOMEM;
}

static int add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!extension)
		return -ENOMEM;
	int done = X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
	return done == 1 ? 0 : -ENOMEM;
}

static X509_NAME *make_name(const char *name)
{
	X509_NAME *made = X509_NAME_new();
	if (made && X509_NAME_add_entry_by_NID(made, NID_commonName, MBSTRING_UTF8,
					       (const unsigned char *)name, -1, -1, 0) != 1) {
		X509_NAME_free(made);
		return NULL;
	}
	return made;
}

/* Everything but issuer, extensions and signature. */
static X509 *make_body(const char *name, EVP_PKEY *key, int64_t not_before, int64_t not_after)
{
	_cleanup_(X509_free) X509 *x = X509_new();
	_cleanup_(X509_NAME_free) X509_NAME *subject = make_name(name);
	if (!x || !subject || X509_set_version(x, X509_VERSION_3) != 1 || set_serial(x) < 0 ||
	    X509_set_subject_name(x, subject) != 1 || X509_set_pubkey(x, key) != 1 ||
	    !ASN1_TIME_set(X509_getm_notBefore(x), (time_t)not_before) ||
	    !ASN1_TIME_set(X509_getm_notAfter(x), (time_t)not_after))
		return NULL;
	return ls_steal_ptr(&x);
}

static int finish(X509 *x, struct ls_p256_key *key, struct ls_buffer *out, struct ls_error *err)
{
	unsigned char *der = NULL;
	if (X509_sign(x, ls_p256_key_evp(key), EVP_sha256()) <= 0)
		return fail_openssl(err);
	int n = i2d_X509(x, &der);
	int rc = n > 0 ? ls_buffer_add(out, der, (size_t)n) : -ENOMEM;
	OPENSSL_free(der);
	return rc < 0 ? fail_openssl(err) : 0;
}

static int check_request(const char *name, int64_t not_before, int64_t not_after,
			 struct ls_error *err)
{
	if (!name_allowed(name))
		return ls_fail(err, -EINVAL, "ca.name",
			       "a certificate's name must be 1 to %d bytes of UTF-8 without "
			       "control characters",
			       NAME_MAX_BYTES);
	if (not_before >= not_after)
		return ls_fail(err, -EINVAL, "ca.validity",
			       "a certificate must end after it begins");
	return 0;
}

int ls_ca_create(struct ls_p256_key *key, const char *name, int64_t not_before, int64_t not_after,
		 struct ls_buffer *out, struct ls_error *err)
{
	int rc = check_request(name, not_before, not_after, err);
	if (rc < 0)
		return rc;
	_cleanup_(X509_free) X509 *x = make_body(name, ls_p256_key_evp(key), not_before, not_after);
	if (!x || X509_set_issuer_name(x, X509_get_subject_name(x)) != 1 ||
	    add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") < 0 ||
	    add_extension(x, x, NID_key_usage, "critical,keyCertSign,cRLSign") < 0 ||
	    add_extension(x, x, NID_subject_key_identifier, "hash") < 0)
		return fail_openssl(err);
	return finish(x, key, out, err);
}

/* --- certificates for others ------------------------------------------------------ */

/* labseal's own extension of an attestation key's certificate: DER of a UTF8String. */
static int add_enrolment(X509 *x, const struct ls_enrolment *enrolment)
{
	char text[LS_ENROLMENT_TEXT_SIZE];
	uint8_t der[2 + LS_ENROLMENT_TEXT_SIZE] = { V_ASN1_UTF8STRING };
	size_t size = strlen(ls_enrolment_text(enrolment, text));
	der[1] = (uint8_t)size; /* below 128: one byte */
	for (size_t i = 0; i < size; i++)
		der[2 + i] = (uint8_t)text[i];
	_cleanup_(ASN1_OBJECT_free) ASN1_OBJECT *oid = OBJ_txt2obj(LS_ENROLMENT_OID, 1);
	_cleanup_(ASN1_OCTET_STRING_free) ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	if (!oid || !value || ASN1_OCTET_STRING_set(value, der, (int)(2 + size)) != 1)
		return -ENOMEM;
	X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
	int done = extension ? X509_add_ext(x, extension, -1) : 0;
	X509_EXTENSION_free(extension);
	return done == 1 ? 0 : -ENOMEM;
}

/* What one kind of certificate has that another has not. */
struct profile {
	const char *key_usage, *extended_key_usage;
	const struct ls_enrolment *enrolment; /* NULL: none */
};

static int add_extensions(X509 *x, X509 *ca, const struct profile *profile)
{
	if (add_extension(x, ca, NID_basic_constraints, "critical,CA:FALSE") < 0 ||
	    add_extension(x, ca, NID_key_usage, profile->key_usage) < 0 ||
	    add_extension(x, ca, NID_ext_key_usage, profile->extended_key_usage) < 0 ||
	    add_extension(x, ca, NID_subject_key_identifier, "hash") < 0 ||
	    add_extension(x, ca, NID_authority_key_identifier, "keyid:always") < 0)
		return -ENOMEM;
	return profile->enrolment ? add_enrolment(x, profile->enrolment) : 0;
}

static int issue(struct ls_p256_key *ca_key, struct ls_der ca_certificate,
		 const struct ls_p256_public *subject_key, const char *name,
		 const struct profile *profile, int64_t not_before, int64_t not_after,
		 struct ls_buffer *out, struct ls_error *err)
{
	const unsigned char *spki = subject_key->spki, *der = ca_certificate.bytes;
	int rc = check_request(name, not_before, not_after, err);
	if (rc < 0)
		return rc;
	_cleanup_(X509_free) X509 *ca = d2i_X509(NULL, &der, (long)ca_certificate.size);
	if (!ca || X509_check_private_key(ca, ls_p256_key_evp(ca_key)) != 1)
		return ls_fail(err, -EINVAL, "ca.key",
			       "the CA's certificate is malformed, or not of the CA's key");
	_cleanup_(EVP_PKEY_free) EVP_PKEY *key = d2i_PUBKEY(NULL, &spki, LS_P256_SPKI_SIZE);
	_cleanup_(X509_free) X509 *x = key ? make_body(name, key, not_before, not_after) : NULL;
	if (!x || X509_set_issuer_name(x, X509_get_subject_name(ca)) != 1 ||
	    add_extensions(x, ca, profile) < 0)
		return fail_openssl(err);
	return finish(x, ca_key, out, err);
}

int ls_ca_issue(struct ls_p256_key *ca_key, struct ls_der ca_certificate,
		const struct ls_p256_public *subject_key, const char *name, int64_t not_before,
		int64_t not_after, struct ls_buffer *out, struct ls_error *err)
{
	static const struct profile signer = {
		.key_usage = "critical,digitalSignature,nonRepudiation",
		.extended_key_usage = "emailProtection,1.3.6.1.5.5.7.3.36",
	};
	return issue(ca_key, ca_certificate, subject_key, name, &signer, not_before, not_after, out,
		     err);
}

int ls_ca_issue_attestation(struct ls_p256_key *ca_key, struct ls_der ca_certificate,
			    const struct ls_p256_public *subject_key, const char *name,
			    const struct ls_enrolment *enrolment, int64_t not_before,
			    int64_t not_after, struct ls_buffer *out, struct ls_error *err)
{
	const struct profile attestation = {
		.key_usage = "critical,digitalSignature",
		.extended_key_usage = LS_AIK_PURPOSE,
		.enrolment = enrolment,
	};
	return issue(ca_key, ca_certificate, subject_key, name, &attestation, not_before, not_after,
		     out, err);
}
