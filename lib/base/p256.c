/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/p256.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/pem.h"
#include "lib/base/reader.h"

#define POINT_SIZE (1 + 2 * LS_P256_SCALAR_SIZE) /* 0x04, x, y */

/* RFC 5480: SEQUENCE { SEQUENCE { id-ecPublicKey, secp256r1 }, BIT STRING { point } }, less the
 * point. */
static const uint8_t SPKI_PREFIX[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
				       0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };

_Static_assert(sizeof(SPKI_PREFIX) + POINT_SIZE == LS_P256_SPKI_SIZE, "SPKI is prefix and point");

struct ls_p256_key {
	EVP_PKEY *pkey;
	struct ls_p256_public public;
};

LS_DEFINE_CLEANUP(EVP_PKEY *, EVP_PKEY_free)
LS_DEFINE_CLEANUP(EVP_PKEY_CTX *, EVP_PKEY_CTX_free)
LS_DEFINE_CLEANUP(BIO *, BIO_free_all)

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "p256.memory", "out of memory, or OpenSSL lacks P-256");
}

static int fail_point(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "p256.point",
		       "a public key's point is not on the curve P-256");
}

/* NULL when the point is not on the curve, or out of memory. */
static EVP_PKEY *pkey_from_point(const uint8_t *point)
{
	char group[] = SN_X9_62_prime256v1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)point,
						  POINT_SIZE),
		OSSL_PARAM_construct_end(),
	};
	_cleanup_(EVP_PKEY_CTX_free)
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pkey = NULL;
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return pkey;
}

static EVP_PKEY *pkey_from_public(const struct ls_p256_public *key)
{
	return pkey_from_point(key->spki + sizeof(SPKI_PREFIX));
}

int ls_p256_public_read(const void *der, size_t n, struct ls_p256_public *ret_key,
			struct ls_error *err)
{
	struct ls_reader r;
	const uint8_t *prefix, *point;
	ls_reader_init(&r, der, n);
	if (ls_read_bytes(&r, sizeof(SPKI_PREFIX), &prefix) < 0 ||
	    memcmp(prefix, SPKI_PREFIX, sizeof(SPKI_PREFIX)) != 0 ||
	    ls_read_bytes(&r, POINT_SIZE, &point) < 0 || ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "p256.spki",
			       "a public key is not a P-256 SubjectPublicKeyInfo of %d bytes "
			       "(named curve, uncompressed point)",
			       LS_P256_SPKI_SIZE);
	if (point[0] != POINT_CONVERSION_UNCOMPRESSED)
		return fail_point(err);
	memcpy(ret_key->spki, der, LS_P256_SPKI_SIZE);
	return 0;
}

int ls_p256_public_parse(const void *der, size_t n, struct ls_p256_public *ret_key,
			 struct ls_error *err)
{
	struct ls_p256_public key;
	int rc = ls_p256_public_read(der, n, &key, err);
	if (rc < 0)
		return rc;
	_cleanup_(EVP_PKEY_free) EVP_PKEY *pkey = pkey_from_public(&key);
	if (!pkey)
		return fail_point(err);
	*ret_key = key;
	return 0;
}

int ls_p256_public_from_point(const uint8_t x[static LS_P256_SCALAR_SIZE],
			      const uint8_t y[static LS_P256_SCALAR_SIZE],
			      struct ls_p256_public *ret_key, struct ls_error *err)
{
	uint8_t der[LS_P256_SPKI_SIZE];
	uint8_t *point = der + sizeof(SPKI_PREFIX);
	memcpy(der, SPKI_PREFIX, sizeof(SPKI_PREFIX));
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(point + 1, x, LS_P256_SCALAR_SIZE);
	memcpy(point + 1 + LS_P256_SCALAR_SIZE, y, LS_P256_SCALAR_SIZE);
	return ls_p256_public_parse(der, sizeof(der), ret_key, err);
}

int ls_p256_public_from_pem(const char *text, size_t n, struct ls_p256_public *ret_key,
			    struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer der;
	struct ls_reader r;
	ls_buffer_init(&der, LS_P256_SPKI_SIZE);
	ls_reader_init(&r, text, n);
	int rc = ls_pem_next(&r, LS_PEM_PUBLIC_KEY, &der, err);
	if (rc < 0)
		return rc;
	if (ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "p256.pem.trailing",
			       "something follows the PEM block of a public key");
	return ls_p256_public_parse(der.data, der.size, ret_key, err);
}

int ls_p256_public_to_pem(const struct ls_p256_public *key, struct ls_buffer *out)
{
	return ls_pem_encode(LS_PEM_PUBLIC_KEY, key->spki, sizeof(key->spki), out);
}

bool ls_p256_public_equal(const struct ls_p256_public *a, const struct ls_p256_public *b)
{
	return memcmp(a->spki, b->spki, sizeof(a->spki)) == 0;
}

void ls_p256_public_digest(const struct ls_p256_public *key, struct ls_digest *ret_digest)
{
	ls_sha256_buffer(key->spki, sizeof(key->spki), ret_digest);
}

/* Keys have to change so often before a second one is kept ready, which costs two changes of ten.
 */
#define CHANGES_BEFORE_SECOND 64

/* One key of it: nothing is ready then. */
static void drop_key(struct ls_p256_verifier *v)
{
	EVP_PKEY_CTX_free(v->context);
	EVP_PKEY_free(v->pkey);
	v->context = v->pkey = NULL;
}

void ls_p256_verifier_free(struct ls_p256_verifier *verifier)
{
	drop_key(verifier);
	if (verifier->second)
		drop_key(verifier->second);
	free(verifier->second);
	verifier->second = NULL;
}

/* A key, and what verifies with it, whose point can then be changed. */
static int make_verifier(struct ls_p256_verifier *v, const struct ls_p256_public *key,
			 struct ls_error *err)
{
	v->pkey = pkey_from_public(key);
	if (!v->pkey)
		return fail_point(err);
	_cleanup_(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(v->pkey, NULL);
	if (!ctx || EVP_PKEY_verify_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1) {
		drop_key(v);
		return fail_memory(err);
	}
	v->context = ls_steal_ptr(&ctx);
	return 0;
}

static bool has_key(const struct ls_p256_verifier *v, const struct ls_p256_public *key)
{
	return v->context && ls_p256_public_equal(&v->key, key);
}

/* The one of the two that has the key, or is to have it. */
static struct ls_p256_verifier *choose(struct ls_p256_verifier *v, const struct ls_p256_public *key)
{
	if (has_key(v, key)) {
		v->second_last = false;
		return v;
	}
	if (!v->second && ++v->changes > CHANGES_BEFORE_SECOND) {
		v->second = calloc(1, sizeof(*v->second)); /* without memory one goes on */
		v->changes = 0;
	}
	v->second_last = v->second && (has_key(v->second, key) || !v->second_last);
	return v->second_last ? v->second : v;
}

static int make_ready(struct ls_p256_verifier *v, const struct ls_p256_public *key,
		      struct ls_error *err)
{
	if (has_key(v, key))
		return 0;
	memset(&v->key, 0, sizeof(v->key)); /* until it is known which one it is */
	if (!v->context) {
		int rc = make_verifier(v, key, err);
		if (rc < 0)
			return rc;
	} else if (EVP_PKEY_set1_encoded_public_key(v->pkey, key->spki + sizeof(SPKI_PREFIX),
						    POINT_SIZE) != 1) {
		drop_key(v); /* its point may be half of another one */
		return fail_point(err);
	}
	v->key = *key;
	return 0;
}

int ls_p256_verifier_check(struct ls_p256_verifier *verifier, const struct ls_p256_public *key,
			   const struct ls_digest *digest, const uint8_t *signature, size_t n,
			   struct ls_error *err)
{
	struct ls_p256_verifier *v = choose(verifier, key);
	int rc = make_ready(v, key, err);
	if (rc < 0)
		return rc;
	if (n > LS_P256_SIGNATURE_MAX ||
	    EVP_PKEY_verify(v->context, signature, n, digest->bytes, LS_DIGEST_SIZE) != 1)
		return ls_fail(err, -EBADMSG, "p256.signature",
			       "the signature does not belong to these bytes and this key");
	return 0;
}

int ls_p256_verify(const struct ls_p256_public *key, const struct ls_digest *digest,
		   const uint8_t *signature, size_t n, struct ls_error *err)
{
	_cleanup_p256_verifier_ struct ls_p256_verifier verifier = { .pkey = NULL };
	return ls_p256_verifier_check(&verifier, key, digest, signature, n, err);
}

/* One INTEGER: no leading zero but the one that keeps it positive. */
static size_t encode_integer(const uint8_t *scalar, uint8_t *out)
{
	size_t skip = 0;
	while (skip < LS_P256_SCALAR_SIZE - 1 && scalar[skip] == 0)
		skip++;
	size_t pad = scalar[skip] & 0x80 ? 1 : 0, n = LS_P256_SCALAR_SIZE - skip;
	out[0] = 0x02;
	out[1] = (uint8_t)(pad + n);
	out[2] = 0;
	memcpy(out + 2 + pad, scalar + skip, n);
	return 2 + pad + n;
}

int ls_p256_signature_encode(const uint8_t r[static LS_P256_SCALAR_SIZE],
			     const uint8_t s[static LS_P256_SCALAR_SIZE],
			     uint8_t buffer[static LS_P256_SIGNATURE_MAX], size_t *ret_size)
{
	size_t n = encode_integer(r, buffer + 2);
	n += encode_integer(s, buffer + 2 + n);
	buffer[0] = 0x30;
	buffer[1] = (uint8_t)n;
	*ret_size = 2 + n;
	return 0;
}

int ls_signer_sign(const struct ls_signer *signer, const struct ls_digest *digest,
		   uint8_t der[static LS_P256_SIGNATURE_MAX], size_t *ret_size,
		   struct ls_error *err)
{
	size_t n = 0;
	int rc = signer->sign(signer->context, digest, der, &n, err);
	if (rc < 0)
		return rc;
	rc = ls_p256_verify(&signer->key, digest, der, n, err);
	if (rc < 0) {
		ls_error_prefix(err, "the signing key gave a signature that its public key does "
				     "not verify");
		return rc;
	}
	*ret_size = n;
	return 0;
}

/* Takes pkey over, also on failure. */
static int key_from_pkey(EVP_PKEY *pkey, struct ls_p256_key **ret_key, struct ls_error *err)
{
	struct ls_p256_key *key = calloc(1, sizeof(*key));
	if (!key) {
		EVP_PKEY_free(pkey);
		return fail_memory(err);
	}
	key->pkey = pkey;
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(pkey, &der);
	int rc = n <= 0 ? fail_memory(err)
			: ls_p256_public_parse(der, (size_t)n, &key->public, err);
	OPENSSL_free(der);
	if (rc < 0) {
		ls_p256_key_free(key);
		return rc;
	}
	*ret_key = key;
	return 0;
}

int ls_p256_key_generate(struct ls_p256_key **ret_key, struct ls_error *err)
{
	EVP_PKEY *pkey = EVP_EC_gen(SN_X9_62_prime256v1);
	if (!pkey)
		return fail_memory(err);
	return key_from_pkey(pkey, ret_key, err);
}

/* Answers OpenSSL's question for a passphrase: there is none, and no terminal is asked. */
static int no_passphrase(char *buffer, int size, int writing, void *context)
{
	(void)buffer, (void)size, (void)writing, (void)context;
	return -1;
}

int ls_p256_key_from_pem(const char *text, size_t n, struct ls_p256_key **ret_key,
			 struct ls_error *err)
{
	if (n > 16384)
		return ls_fail(err, -EBADMSG, "p256.key.size", "a private key of %zu bytes", n);
	_cleanup_(BIO_free_all) BIO *bio = BIO_new_mem_buf(text, (int)n);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	if (!pkey)
		return ls_fail(err, -EBADMSG, "p256.key.pem",
			       "a private key is not in PEM, or is protected by a passphrase");
	return key_from_pkey(pkey, ret_key, err);
}

/* OpenSSL's callback; size is at least 1024. */
static int give_passphrase(char *buffer, int size, int writing, void *context)
{
	const char *passphrase = context;
	(void)writing;
	size_t n = passphrase ? strlen(passphrase) : 0;
	if (n == 0 || n > (size_t)size)
		return -1;
	memcpy(buffer, passphrase, n); // NOLINT(bugprone-not-null-terminated-result): n is returned
	return (int)n;
}

int ls_p256_key_from_encrypted_pem(const char *text, size_t n, const char *passphrase,
				   struct ls_p256_key **ret_key, struct ls_error *err)
{
	if (!strstr(text, "ENCRYPTED"))
		return ls_p256_key_from_pem(text, n, ret_key, err);
	_cleanup_(BIO_free_all) BIO *bio = BIO_new_mem_buf(text, (int)(n <= 16384 ? n : 0));
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase,
						       (void *)passphrase)
			     : NULL;
	if (!pkey)
		return ls_fail(err, -EKEYREJECTED, "p256.key.passphrase",
			       passphrase ? "the passphrase is not the private key's"
					  : "a private key is protected by a passphrase");
	return key_from_pkey(pkey, ret_key, err);
}

int ls_p256_key_to_encrypted_pem(const struct ls_p256_key *key, const char *passphrase,
				 struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, EVP_aes_256_cbc(), NULL, 0,
						  give_passphrase, (void *)passphrase) != 1)
		return fail_memory(err);
	long n = BIO_get_mem_data(bio, &text);
	return n > 0 && ls_buffer_add(out, text, (size_t)n) == 0 ? 0 : fail_memory(err);
}

int ls_p256_key_to_pem(const struct ls_p256_key *key, struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_(BIO_free_all) BIO *bio = BIO_new(BIO_s_secmem());
	char *text;
	if (!bio || PEM_write_bio_PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1)
		return fail_memory(err);
	long n = BIO_get_mem_data(bio, &text);
	if (n <= 0 || ls_buffer_add(out, text, (size_t)n) < 0)
		return fail_memory(err);
	return 0;
}

void ls_p256_key_free(struct ls_p256_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

static int sign_with_key(void *context, const struct ls_digest *digest, uint8_t *der,
			 size_t *ret_size, struct ls_error *err)
{
	const struct ls_p256_key *key = context;
	size_t n = LS_P256_SIGNATURE_MAX;
	_cleanup_(EVP_PKEY_CTX_free) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	if (!ctx || EVP_PKEY_sign_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1 ||
	    EVP_PKEY_sign(ctx, der, &n, digest->bytes, LS_DIGEST_SIZE) != 1)
		return fail_memory(err);
	*ret_size = n;
	return 0;
}

void ls_p256_key_signer(struct ls_p256_key *key, struct ls_signer *ret_signer)
{
	*ret_signer =
		(struct ls_signer){ .sign = sign_with_key, .context = key, .key = key->public };
}

void *ls_p256_key_evp(const struct ls_p256_key *key)
{
	return key->pkey;
}
