/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a time-stamping authority in memory, that can be told to do it wrong. */
#ifndef LABSEAL_LIB_SEAL_TSA_TEST_H
#define LABSEAL_LIB_SEAL_TSA_TEST_H

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/test.h"
#include "lib/seal/time_stamp.h"

struct tsa {
	EVP_PKEY *ca_key, *key;
	X509 *ca, *certificate;
	struct ls_buffer ca_der;
	struct ls_der cas[1];
	const char *purpose; /* of the certificate; NULL: none at all */
};

/* What a test spoils. */
struct tsa_recipe {
	const char *purpose; /* extended key usage */
	int64_t from, until; /* of the signer's certificate; seconds since 1970 */
};
static const struct tsa_recipe good_tsa = { "critical,timeStamping", 1000000000, 4000000000 };

static inline void tsa_extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_nconf_nid(NULL, &ctx, nid, value);
	CHECK(e && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

static inline X509 *tsa_certificate(const char *name, EVP_PKEY *key, X509 *issuer,
				    EVP_PKEY *issuer_key, const struct tsa_recipe *r)
{
	X509 *x = X509_new();
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), issuer ? 2 : 1);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer ? issuer : x));
	X509_set_pubkey(x, key);
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)r->from);
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)r->until);
	if (issuer)
		tsa_extend(x, issuer, NID_ext_key_usage, good_tsa.purpose);
	tsa_extend(x, issuer ? issuer : x, NID_basic_constraints,
		   issuer ? "critical,CA:FALSE" : "critical,CA:TRUE");
	CHECK(X509_sign(x, issuer_key, EVP_sha256()) > 0);
	return x;
}

static inline void tsa_init(struct tsa *t, const struct tsa_recipe *r)
{
	unsigned char *der = NULL;
	memset(t, 0, sizeof(*t));
	t->purpose = r->purpose;
	t->ca_key = EVP_EC_gen("P-256");
	t->key = EVP_EC_gen("P-256");
	t->ca = tsa_certificate("Example TSA root", t->ca_key, NULL, t->ca_key, &good_tsa);
	t->certificate = tsa_certificate("Example TSA", t->key, t->ca, t->ca_key, r);
	int n = i2d_X509(t->ca, &der);
	ls_buffer_init(&t->ca_der, 8192);
	ls_buffer_add(&t->ca_der, der, (size_t)n);
	OPENSSL_free(der);
	t->cas[0] = (struct ls_der){ t->ca_der.data, t->ca_der.size };
}

static inline void tsa_free(struct tsa *t)
{
	EVP_PKEY_free(t->ca_key);
	EVP_PKEY_free(t->key);
	X509_free(t->ca);
	X509_free(t->certificate);
	ls_buffer_free(&t->ca_der);
}

static inline ASN1_INTEGER *tsa_serial(TS_RESP_CTX *ctx, void *data)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();
	(void)ctx, (void)data;
	ASN1_INTEGER_set(n, 0x1234);
	return n;
}

static inline int tsa_time(TS_RESP_CTX *ctx, void *data, long *seconds, long *micros)
{
	(void)ctx;
	*seconds = (long)*(int64_t *)data;
	*micros = 0;
	return 1;
}

/* OpenSSL signs with no certificate of another purpose, so it gets that after it was looked at. */
static inline void tsa_spoil(struct tsa *t)
{
	if (t->purpose && strcmp(t->purpose, good_tsa.purpose) == 0)
		return;
	int at = X509_get_ext_by_NID(t->certificate, NID_ext_key_usage, -1);
	X509_EXTENSION_free(X509_delete_ext(t->certificate, at));
	if (t->purpose)
		tsa_extend(t->certificate, t->ca, NID_ext_key_usage, t->purpose);
	CHECK(X509_sign(t->certificate, t->ca_key, EVP_sha256()) > 0);
}

/* The answer to a request (DER) at this time. */
static inline void tsa_answer(struct tsa *t, const struct ls_buffer *request, int64_t time,
			      struct ls_buffer *out)
{
	unsigned char *der = NULL;
	TS_RESP_CTX *ctx = TS_RESP_CTX_new();
	BIO *in = BIO_new_mem_buf(request->data, (int)request->size);
	ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
	CHECK(TS_RESP_CTX_set_signer_cert(ctx, t->certificate) == 1 &&
	      TS_RESP_CTX_set_signer_key(ctx, t->key) == 1 &&
	      TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()) == 1 &&
	      TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256()) == 1 &&
	      TS_RESP_CTX_set_def_policy(ctx, policy) == 1 &&
	      TS_RESP_CTX_add_md(ctx, EVP_sha256()) == 1);
	tsa_spoil(t);
	TS_RESP_CTX_set_serial_cb(ctx, tsa_serial, NULL);
	TS_RESP_CTX_set_time_cb(ctx, tsa_time, &time);
	TS_RESP *reply = TS_RESP_create_response(ctx, in);
	int n = reply ? i2d_TS_RESP(reply, &der) : -1;
	CHECK(n > 0);
	if (n > 0)
		ls_buffer_add(out, der, (size_t)n);
	OPENSSL_free(der);
	TS_RESP_free(reply);
	ASN1_OBJECT_free(policy);
	BIO_free(in);
	TS_RESP_CTX_free(ctx);
}

/* The token for these bytes, in one call. */
static inline void tsa_stamp(struct tsa *t, const void *bytes, size_t size, uint64_t once,
			     int64_t time, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer request;
	struct ls_digest imprint;
	ls_buffer_init(&request, 4096);
	ls_sha256_buffer(bytes, size, &imprint);
	CHECK_INT_EQ(ls_time_stamp_request(&imprint, once, &request, NULL), 0);
	tsa_answer(t, &request, time, out);
}

#endif
