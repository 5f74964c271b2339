/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/credential.h"

#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/cleanup.h"

#define SEED_SIZE      LS_DIGEST_SIZE
#define SYM_KEY	       16		    /* AES-128: the EK's symmetric algorithm */
#define IDENTITY       (2 + LS_DIGEST_SIZE) /* TPM2B_DIGEST of the secret, encrypted */
#define EXPONENT       65537
#define KDF_IN_MAX     128
#define IDENTITY_LABEL "IDENTITY"

LS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
LS_DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
LS_DEFINE_CLEANUP(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_free)
LS_DEFINE_CLEANUP(OSSL_PARAM_BLD *, OSSL_PARAM_BLD_free)
LS_DEFINE_CLEANUP(OSSL_PARAM *, OSSL_PARAM_free)
LS_DEFINE_CLEANUP(BIGNUM *, BN_free)

static int fail_openssl(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "credential.memory",
		       "out of memory for a credential, or OpenSSL lacks what it needs");
}

static EVP_PKEY *rsa_key(const struct ls_public_area *ek)
{
	_cleanup_(BN_free) BIGNUM *n = BN_bin2bn(ek->modulus, (int)ek->modulus_size, NULL);
	_cleanup_(OSSL_PARAM_BLD_free) OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	_cleanup_(EVP_PKEY_CTX_free)
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	if (!n || !build || !ctx || !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, EXPONENT))
		return NULL;
	_cleanup_(OSSL_PARAM_free) OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;
	if (!params || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return key;
}

/* RSAES-OAEP (Part 1, B.4): hash and MGF1 by the nameAlg, the label with its final NUL. */
static int encrypt_seed(const struct ls_public_area *ek, const uint8_t seed[static SEED_SIZE],
			uint8_t *out, struct ls_error *err)
{
	_cleanup_(EVP_PKEY_free) EVP_PKEY *key = rsa_key(ek);
	_cleanup_(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	size_t size = LS_RSA_MODULUS_SIZE;
	void *label = OPENSSL_memdup(IDENTITY_LABEL, sizeof(IDENTITY_LABEL));
	if (!ctx || !label || EVP_PKEY_encrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) != 1 ||
	    EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) != 1 ||
	    EVP_PKEY_CTX_set0_rsa_oaep_label(ctx, label, sizeof(IDENTITY_LABEL)) != 1) {
		OPENSSL_free(label);
		return fail_openssl(err);
	}
	if (EVP_PKEY_encrypt(ctx, out, &size, seed, SEED_SIZE) != 1 || size != LS_RSA_MODULUS_SIZE)
		return fail_openssl(err);
	return 0;
}

/* KDFa (Part 1, 11.4.10.2) with HMAC-SHA-256, one block: the label with its NUL, contextU. */
static void kdfa(const uint8_t seed[static SEED_SIZE], const char *label, const void *context,
		 size_t context_size, uint32_t bits, uint8_t out[static LS_DIGEST_SIZE])
{
	uint8_t in[KDF_IN_MAX] = { 0, 0, 0, 1 };
	size_t n = 4, length = strlen(label) + 1;
	memcpy(in + n, label, length);
	n += length;
	if (context_size > 0)
		memcpy(in + n, context, context_size);
	n += context_size;
	const uint8_t width[] = { (uint8_t)(bits >> 24), (uint8_t)(bits >> 16),
				  (uint8_t)(bits >> 8), (uint8_t)bits };
	memcpy(in + n, width, sizeof(width));
	n += sizeof(width);
	HMAC(EVP_sha256(), seed, SEED_SIZE, in, n, out, NULL);
}

/* AES-128-CFB from an all-zero IV. */
static int encrypt_identity(const uint8_t *key, const struct ls_digest *secret, uint8_t *out,
			    struct ls_error *err)
{
	static const uint8_t iv[16];
	uint8_t plain[IDENTITY] = { 0, LS_DIGEST_SIZE };
	int n = 0;
	_cleanup_(EVP_CIPHER_CTX_free) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	memcpy(plain + 2, secret->bytes, LS_DIGEST_SIZE);
	bool ok = ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_cfb128(), NULL, key, iv) == 1 &&
		  EVP_EncryptUpdate(ctx, out, &n, plain, sizeof(plain)) == 1 &&
		  n == (int)sizeof(plain);
	explicit_bzero(plain, sizeof(plain));
	return ok ? 0 : fail_openssl(err);
}

/* TPMS_ID_OBJECT (Part 2, 12.4.2): the HMAC over the encrypted identity and the Name, then it. */
static int wrap(const uint8_t seed[static SEED_SIZE], const struct ls_tpm_name *name,
		const struct ls_digest *secret, uint8_t *blob, struct ls_error *err)
{
	uint8_t sym[LS_DIGEST_SIZE], mac[LS_DIGEST_SIZE], covered[IDENTITY + LS_TPM_NAME_SIZE];
	kdfa(seed, "STORAGE", name->bytes, LS_TPM_NAME_SIZE, 8 * SYM_KEY, sym);
	kdfa(seed, "INTEGRITY", NULL, 0, 8 * LS_DIGEST_SIZE, mac);
	int rc = encrypt_identity(sym, secret, covered, err);
	memcpy(covered + IDENTITY, name->bytes, LS_TPM_NAME_SIZE);
	blob[0] = 0;
	blob[1] = LS_CREDENTIAL_BLOB_SIZE - 2;
	blob[2] = 0;
	blob[3] = LS_DIGEST_SIZE;
	HMAC(EVP_sha256(), mac, sizeof(mac), covered, sizeof(covered), blob + 4, NULL);
	memcpy(blob + 4 + LS_DIGEST_SIZE, covered, IDENTITY);
	explicit_bzero(sym, sizeof(sym));
	explicit_bzero(mac, sizeof(mac));
	return rc;
}

int ls_credential_make(const struct ls_public_area *endorsement, const struct ls_tpm_name *name,
		       const struct ls_digest *secret,
		       uint8_t ret_blob[static LS_CREDENTIAL_BLOB_SIZE],
		       uint8_t ret_encrypted[static LS_CREDENTIAL_ENCRYPTED_SIZE],
		       struct ls_error *err)
{
	uint8_t seed[SEED_SIZE];
	int rc = ls_endorsement_key_check(endorsement, err);
	if (rc < 0)
		return rc;
	if (RAND_bytes(seed, sizeof(seed)) != 1)
		return fail_openssl(err);
	rc = wrap(seed, name, secret, ret_blob, err);
	ret_encrypted[0] = LS_RSA_MODULUS_SIZE >> 8;
	ret_encrypted[1] = LS_RSA_MODULUS_SIZE & 0xff;
	if (rc == 0)
		rc = encrypt_seed(endorsement, seed, ret_encrypted + 2, err);
	explicit_bzero(seed, sizeof(seed));
	return rc;
}
