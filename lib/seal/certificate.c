/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/certificate.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/pem.h"
#include "lib/base/text.h"
#include "lib/seal/certificate_internal.h"

LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(X509_STORE *, X509_STORE_free)
LS_DEFINE_CLEANUP(X509_STORE_CTX *, X509_STORE_CTX_free)
LS_DEFINE_CLEANUP(BIO *, BIO_free_all)

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "certificate.form", "a certificate is malformed: %s", why);
}

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "certificate.memory", "out of memory for a certificate");
}

X509 *ls_certificate_decode(struct ls_der der)
{
	const unsigned char *p = der.bytes;
	if (der.size == 0 || der.size > LS_CERTIFICATE_SIZE_MAX)
		return NULL;
	X509 *x = d2i_X509(NULL, &p, (long)der.size);
	if (!x)
		return NULL;
	/* OpenSSL remembers the bytes it parsed: only a new encoding tells whether they are DER */
	unsigned char *again = NULL;
	int n = i2d_re_X509_tbs(x, NULL) > 0 ? i2d_X509(x, &again) : -1;
	bool same = n > 0 && (size_t)n == der.size && p == der.bytes + der.size &&
		    memcmp(again, der.bytes, der.size) == 0;
	OPENSSL_free(again);
	if (!same) {
		X509_free(x);
		return NULL;
	}
	return x;
}

static int read_time(const ASN1_TIME *t, int64_t *ret_seconds)
{
	struct tm tm;
	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return -EBADMSG;
	*ret_seconds = (int64_t)timegm(&tm);
	return 0;
}

static int read_key(const X509 *x, struct ls_p256_public *ret_key, struct ls_error *err)
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	int rc = n <= 0 ? fail_memory(err) : ls_p256_public_parse(der, (size_t)n, ret_key, err);
	OPENSSL_free(der);
	return rc;
}

int ls_certificate_name(const X509_NAME *name, char out[static LS_SUBJECT_SIZE])
{
	_cleanup_(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0)
		return -ENOMEM;
	long n = BIO_get_mem_data(bio, &text);
	size_t kept = n < LS_SUBJECT_SIZE ? (size_t)n : LS_SUBJECT_SIZE - 1;
	memcpy(out, text, kept);
	out[kept] = '\0';
	return 0;
}

/* Everything but the key. */
static int read_all(X509 *x, struct ls_der der, struct ls_certificate *c, struct ls_error *err)
{
	if (read_time(X509_get0_notBefore(x), &c->not_before) < 0 ||
	    read_time(X509_get0_notAfter(x), &c->not_after) < 0)
		return fail_form(err, "its validity is no time");
	if (ls_certificate_name(X509_get_subject_name(x), c->subject) < 0)
		return fail_memory(err);
	uint32_t flags = X509_get_extension_flags(x);
	uint32_t usage = X509_get_key_usage(x);
	if (flags & EXFLAG_INVALID)
		return fail_form(err, "one of its extensions");
	c->is_ca = (flags & EXFLAG_CA) || (flags & EXFLAG_SS);
	c->may_sign = (usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;
	ls_sha256_buffer(der.bytes, der.size, &c->sha256);
	return 0;
}

static bool is_p256(const X509 *x)
{
	char group[32] = "";
	const EVP_PKEY *key = X509_get0_pubkey(x);
	return key && EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

static int read_certificate(struct ls_der der, bool any_key, struct ls_certificate *ret_certificate,
			    struct ls_error *err)
{
	struct ls_certificate c = { .is_ca = false };
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(der);
	if (!x)
		return fail_form(err, "it is not one certificate in DER of at most 8192 bytes");
	int rc = any_key && !is_p256(x) ? 0 : read_key(x, &c.key, err);
	if (rc == 0)
		rc = read_all(x, der, &c, err);
	if (rc == 0)
		*ret_certificate = c;
	return rc;
}

int ls_certificate_read(struct ls_der der, struct ls_certificate *ret_certificate,
			struct ls_error *err)
{
	return read_certificate(der, /* any_key= */ false, ret_certificate, err);
}

int ls_certificate_read_any(struct ls_der der, struct ls_certificate *ret_certificate,
			    struct ls_error *err)
{
	return read_certificate(der, /* any_key= */ true, ret_certificate, err);
}

int ls_certificate_check_authority(struct ls_der der, struct ls_error *err)
{
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(der);
	if (!x)
		return fail_form(err, "it is not one certificate in DER of at most 8192 bytes");
	uint32_t flags = X509_get_extension_flags(x);
	if (flags & EXFLAG_INVALID)
		return fail_form(err, "one of its extensions");
	return flags & EXFLAG_CA ? 0 : fail_form(err, "it is no CA's");
}

bool ls_certificate_is_self_issued(struct ls_der der)
{
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(der);
	return x && (X509_get_extension_flags(x) & EXFLAG_SI) != 0;
}

int ls_certificate_common_name(struct ls_der der, char name[static LS_COMMON_NAME_SIZE],
			       struct ls_error *err)
{
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(der);
	const X509_NAME *subject = x ? X509_get_subject_name(x) : NULL;
	int at = -1, last = -1;
	while (subject && (at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
		last = at;
	if (last < 0)
		return fail_form(err, "its subject has no common name");
	unsigned char *utf8 = NULL;
	const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, last);
	int n = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
	_cleanup_buffer_ struct ls_buffer escaped;
	ls_buffer_init(&escaped, LS_COMMON_NAME_SIZE - 1);
	if (n > 0)
		ls_text_escape((const char *)utf8, (size_t)n, &escaped);
	OPENSSL_free(utf8);
	if (n <= 0 || ls_buffer_error(&escaped) == -EFBIG)
		return fail_form(err, "its subject's common name is empty or too long");
	if (ls_buffer_error(&escaped) < 0)
		return fail_memory(err);
	memcpy(name, ls_buffer_str(&escaped), escaped.size + 1);
	return 0;
}

/* --- chains -------------------------------------------------------------------- */

static int make_store(const struct ls_der *authorities, size_t count, int64_t at,
		      X509_STORE **ret_store, struct ls_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = X509_STORE_new();
	if (!store)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		_cleanup_(X509_free) X509 *x = ls_certificate_decode(authorities[i]);
		if (!x)
			return ls_fail(err, -EINVAL, "certificate.authority",
				       "authority certificate %zu is malformed", i + 1);
		if (X509_STORE_add_cert(store, x) != 1)
			return fail_memory(err);
	}
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_time(param, (time_t)at);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	*ret_store = ls_steal_ptr(&store);
	return 0;
}

int ls_certificate_verify(struct ls_der der, const struct ls_der *authorities, size_t count,
			  int64_t at, struct ls_error *err)
{
	int64_t from, until;
	return ls_certificate_verify_period(der, authorities, count, at, &from, &until, err);
}

/* The time in which all certificates of a chain are valid. */
static int chain_period(const STACK_OF(X509) * chain, int64_t *ret_from, int64_t *ret_until)
{
	int64_t from = INT64_MIN, until = INT64_MAX;
	for (int i = 0; i < sk_X509_num(chain); i++) {
		const X509 *x = sk_X509_value(chain, i);
		int64_t not_before, not_after;
		if (read_time(X509_get0_notBefore(x), &not_before) < 0 ||
		    read_time(X509_get0_notAfter(x), &not_after) < 0)
			return -EBADMSG;
		from = not_before > from ? not_before : from;
		until = not_after < until ? not_after : until;
	}
	*ret_from = from;
	*ret_until = until;
	return 0;
}

int ls_certificate_verify_period(struct ls_der der, const struct ls_der *authorities, size_t count,
				 int64_t at, int64_t *ret_from, int64_t *ret_until,
				 struct ls_error *err)
{
	_cleanup_(X509_STORE_free) X509_STORE *store = NULL;
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(der);
	if (!x)
		return fail_form(err, "it is not one certificate in DER of at most 8192 bytes");
	int rc = make_store(authorities, count, at, &store, err);
	if (rc < 0)
		return rc;
	_cleanup_(X509_STORE_CTX_free) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	if (!ctx || X509_STORE_CTX_init(ctx, store, x, NULL) != 1)
		return fail_memory(err);
	if (X509_verify_cert(ctx) == 1)
		return chain_period(X509_STORE_CTX_get0_chain(ctx), ret_from, ret_until) == 0
			       ? 0
			       : fail_form(err, "its validity is no time");
	char utc[LS_UTC_SIZE];
	return ls_fail(err, -EKEYREJECTED, "certificate.chain",
		       "the certificate is not one of this lab's as of %s: %s",
		       ls_utc_format(at, utc),
		       X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
}

/* --- PEM ------------------------------------------------------------------------- */

int ls_certificate_to_pem(struct ls_der certificate, struct ls_buffer *out)
{
	return ls_pem_encode(LS_PEM_CERTIFICATE, certificate.bytes, certificate.size, out);
}

int ls_certificate_from_pem(const char *text, size_t n, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_reader r;
	ls_reader_init(&r, text, n);
	int rc = ls_pem_next(&r, LS_PEM_CERTIFICATE, out, err);
	if (rc < 0)
		return rc;
	if (ls_reader_end(&r) < 0)
		return fail_form(err, "something follows its PEM block");
	return 0;
}
