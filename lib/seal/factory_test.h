/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a manufacturer of TPMs that gives certificates to endorsement keys. */
#ifndef LABSEAL_LIB_SEAL_FACTORY_TEST_H
#define LABSEAL_LIB_SEAL_FACTORY_TEST_H

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "lib/attest/maker_test.h"
#include "lib/base/cleanup.h"
#include "lib/base/pem.h"
#include "lib/seal/ca.h"

#define FACTORY_DAY 86400

LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)

/* A manufacturer: its root, an EK of no private part, a certificate under construction. */
struct factory {
	struct ls_p256_key *key;
	struct ls_buffer root, pem, der;
	struct ls_public_area ek;
	struct ls_buffer ek_bytes;
	int64_t now; /* everything is valid a day before it and after it */
};

static inline void factory_init(struct factory *f, const char *name, uint8_t fill, int64_t now)
{
	struct ls_buffer *all[] = { &f->root, &f->pem, &f->der, &f->ek_bytes };
	memset(f, 0, sizeof(*f));
	f->now = now;
	for (size_t i = 0; i < 4; i++)
		ls_buffer_init(all[i], 65536);
	CHECK_INT_EQ(ls_p256_key_generate(&f->key, NULL), 0);
	CHECK_INT_EQ(ls_ca_create(f->key, name, f->now - FACTORY_DAY, f->now + 9 * FACTORY_DAY,
				  &f->root, NULL),
		     0);
	ls_pem_encode(LS_PEM_CERTIFICATE, f->root.data, f->root.size, &f->pem);
	make_ek(&f->ek_bytes, fill);
	f->ek_bytes.data[f->ek_bytes.size - 1] |= 1; /* odd, as a modulus is */
	CHECK_INT_EQ(ls_public_area_parse(f->ek_bytes.data, f->ek_bytes.size, &f->ek, NULL), 0);
}

static inline void factory_free(struct factory *f)
{
	struct ls_buffer *all[] = { &f->root, &f->pem, &f->der, &f->ek_bytes };
	for (size_t i = 0; i < 4; i++)
		ls_buffer_free(all[i]);
	ls_p256_key_free(f->key);
}

static inline EVP_PKEY *rsa_of(const struct ls_public_area *ek)
{
	BIGNUM *n = BN_bin2bn(ek->modulus, (int)ek->modulus_size, NULL);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;
	OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, 65537);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	CHECK(EVP_PKEY_fromdata_init(ctx) == 1 &&
	      EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) == 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	return key;
}

/* What goes into a certificate; a test spoils one member. */
struct recipe_of_ek {
	const char *name, *purpose, *more_oid, *more; /* extensions; NULL: none */
	const char *constraints;
	int64_t until; /* seconds from the factory's now */
};
static const struct recipe_of_ek good_ek = {
	.name = "critical,dirName:tpm",
	.purpose = "2.23.133.8.1",
	.constraints = "critical,CA:FALSE",
	.until = FACTORY_DAY,
};

static inline void extend(X509 *x, const char *oid, const char *value)
{
	X509V3_CTX ctx;
	CONF *conf = NCONF_new(NULL);
	BIO *bio = BIO_new_mem_buf("[tpm]\na.2.23.133.2.1=id:494E5443\nb.2.23.133.2.2=ST\n", -1);
	long line;
	CHECK(NCONF_load_bio(conf, bio, &line) == 1);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, conf);
	X509_EXTENSION *e = value ? X509V3_EXT_nconf(conf, &ctx, oid, value) : NULL;
	CHECK(!value || (e && X509_add_ext(x, e, -1) == 1));
	X509_EXTENSION_free(e);
	BIO_free(bio);
	NCONF_free(conf);
}

/* The subject is empty, and the TPM named in the alternative name: Credential Profile, 3.2.9. */
static inline void certify(struct factory *f, const struct ls_public_area *ek,
			   const struct recipe_of_ek *r)
{
	const unsigned char *p = f->root.data;
	unsigned char *der = NULL;
	_cleanup_(X509_free) X509 *root = d2i_X509(NULL, &p, (long)f->root.size);
	_cleanup_(X509_free) X509 *x = X509_new();
	_cleanup_(EVP_PKEY_free) EVP_PKEY *key = rsa_of(ek);
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	X509_set_issuer_name(x, X509_get_subject_name(root));
	X509_set_pubkey(x, key);
	ASN1_TIME_set(X509_getm_notBefore(x), f->now - FACTORY_DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(f->now + r->until));
	extend(x, "subjectAltName", r->name);
	extend(x, "basicConstraints", r->constraints);
	extend(x, "keyUsage", "critical,keyEncipherment");
	extend(x, "extendedKeyUsage", r->purpose);
	if (r->more)
		extend(x, r->more_oid, r->more);
	CHECK(X509_sign(x, ls_p256_key_evp(f->key), EVP_sha256()) > 0);
	int n = i2d_X509(x, &der);
	ls_buffer_clear(&f->der);
	ls_buffer_add(&f->der, der, (size_t)n);
	OPENSSL_free(der);
}

#endif
