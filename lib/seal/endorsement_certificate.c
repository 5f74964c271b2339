/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/endorsement_certificate.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"

#define EK_PURPOSE   "2.23.133.8.1" /* tcg-kp-EKCertificate */
#define RSA_EXPONENT 65537

LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
LS_DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free)
LS_DEFINE_CLEANUP(BIO *, BIO_free_all)
LS_DEFINE_CLEANUP(BIGNUM *, BN_free)
LS_DEFINE_CLEANUP(EXTENDED_KEY_USAGE *, EXTENDED_KEY_USAGE_free)

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "certificate.memory", "out of memory for a certificate");
}

static int rejected(struct ls_error *err, const char *id, const char *why)
{
	return ls_fail(err, -EKEYREJECTED, id, "the endorsement key's certificate %s", why);
}

/* SEQUENCE, its length in one to three bytes (X.690, 8.1.3). */
size_t ls_endorsement_certificate_size(const uint8_t *bytes, size_t n)
{
	struct ls_reader r;
	uint8_t tag, first, byte;
	size_t length = 0;
	ls_reader_init(&r, bytes, n);
	if (ls_read_u8(&r, &tag) < 0 || tag != 0x30 || ls_read_u8(&r, &first) < 0)
		return 0;
	if (first < 0x80)
		length = first;
	else if (first > 0x82)
		return 0;
	for (int i = 0x80; i < first; i++) {
		if (ls_read_u8(&r, &byte) < 0)
			return 0;
		length = length << 8 | byte;
	}
	return length > 0 && length <= ls_reader_left(&r) ? r.pos + length : 0;
}

/* --- whose it is ----------------------------------------------------------------------- */

static bool has_number(const EVP_PKEY *key, const char *name, const BIGNUM *wanted)
{
	_cleanup_(BN_free) BIGNUM *number = NULL;
	return EVP_PKEY_get_bn_param(key, name, &number) == 1 && BN_cmp(number, wanted) == 0;
}

static int check_key(const X509 *x, const struct ls_public_area *endorsement, struct ls_error *err)
{
	const EVP_PKEY *key = X509_get0_pubkey(x);
	_cleanup_(BN_free)
		BIGNUM *n = BN_bin2bn(endorsement->modulus, (int)endorsement->modulus_size, NULL);
	_cleanup_(BN_free) BIGNUM *e = BN_new();
	if (!n || !e || BN_set_word(e, RSA_EXPONENT) != 1)
		return fail_memory(err);
	if (key && EVP_PKEY_is_a(key, "RSA") && has_number(key, OSSL_PKEY_PARAM_RSA_N, n) &&
	    has_number(key, OSSL_PKEY_PARAM_RSA_E, e))
		return 0;
	return rejected(err, "endorsement-certificate.key",
			"is for another key than the endorsement key: it is another TPM's");
}

/* Older certificates have no purpose; one that has must have this one. */
static int check_purpose(X509 *x, struct ls_error *err)
{
	_cleanup_(EXTENDED_KEY_USAGE_free)
		EXTENDED_KEY_USAGE *usage = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	bool found = !usage;
	for (int i = 0; i < sk_ASN1_OBJECT_num(usage); i++) {
		char oid[32];
		OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usage, i), 1);
		found = found || strcmp(oid, EK_PURPOSE) == 0;
	}
	if (found && !(X509_get_extension_flags(x) & (EXFLAG_CA | EXFLAG_INVALID)))
		return 0;
	return rejected(err, "endorsement-certificate.purpose",
			"is a CA's, or was issued for another purpose than tcg-kp-EKCertificate");
}

/* --- whom it leads to -------------------------------------------------------------------- */

/* All PEM certificates of a file, whatever stands between them. */
static int make_store(const char *roots, size_t n, int64_t at, X509_STORE **ret_store,
		      struct ls_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = X509_STORE_new();
	_cleanup_(BIO_free_all)
		BIO *bio = n <= LS_ENDORSEMENT_ROOTS_MAX ? BIO_new_mem_buf(roots, (int)n) : NULL;
	X509 *x;
	int count = 0;
	ERR_clear_error();
	if (!store || !bio)
		return fail_memory(err);
	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		int added = X509_STORE_add_cert(store, x);
		X509_free(x);
		if (added != 1)
			return fail_memory(err);
		count++;
	}
	if (count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return ls_fail(err, -EINVAL, "endorsement-certificate.roots",
			       "the manufacturers' roots are no PEM certificates, or number %d of "
			       "them is damaged",
			       count + 1);
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(param, (time_t)at);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	*ret_store = ls_steal_ptr(&store);
	return 0;
}

static int check_chain(X509 *x, X509_STORE *store, int64_t at, struct ls_error *err)
{
	char utc[LS_UTC_SIZE];
	_cleanup_(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	if (!ctx || X509_STORE_CTX_init(ctx, store, x, NULL) != 1)
		return fail_memory(err);
	if (X509_verify_cert(ctx) == 1)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "endorsement-certificate.chain",
		       "the endorsement key's certificate does not lead to one of the "
		       "manufacturers' roots as of %s: %s",
		       ls_utc_format(at, utc),
		       X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

static int read_issuer(const X509 *x, char issuer[static LS_SUBJECT_SIZE], struct ls_error *err)
{
	_cleanup_(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	if (!bio || X509_NAME_print_ex(bio, X509_get_issuer_name(x), 0, XN_FLAG_RFC2253) < 0)
		return fail_memory(err);
	long n = BIO_get_mem_data(bio, &text);
	snprintf(issuer, LS_SUBJECT_SIZE, "%.*s", (int)n, text);
	return 0;
}

int ls_endorsement_certificate_verify(struct ls_der der, const char *roots, size_t n, int64_t at,
				      const struct ls_public_area *endorsement,
				      char ret_issuer[static LS_SUBJECT_SIZE], struct ls_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = NULL;
	const unsigned char *p = der.bytes;
	bool fits = der.size <= LS_CERTIFICATE_SIZE_MAX;
	_cleanup_(X509_free) X509 *x = fits ? d2i_X509(NULL, &p, (long)der.size) : NULL;
	if (!x || p != der.bytes + der.size)
		return ls_fail(err, -EBADMSG, "endorsement-certificate.form",
			       "the endorsement key's certificate is not one certificate in DER");
	int rc = check_key(x, endorsement, err);
	if (rc == 0)
		rc = check_purpose(x, err);
	if (rc == 0 && roots)
		rc = make_store(roots, n, at, &store, err);
	if (rc == 0 && roots)
		rc = check_chain(x, store, at, err);
	return rc < 0 ? rc : read_issuer(x, ret_issuer, err);
}
