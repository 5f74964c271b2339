/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/person_scheme.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/seal/der.h"

LS_DEFINE_CLEANUP(EVP_MD_CTX *, EVP_MD_CTX_free)

#define LS_DER_CONTEXT_1 0xa1
#define LS_DER_CONTEXT_2 0xa2
#define LS_DER_NULL	 0x05
#define SIGNATURE_MAX	 (LS_PERSON_RSA_MAX / 8) /* bytes */

/* Object identifiers, content bytes only. */
#define OID(name, ...) static const uint8_t name[] = { __VA_ARGS__ }
OID(OID_SHA384, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02);
OID(OID_SHA512, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03);
OID(OID_ECDSA, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03);	/* and 2, 3, 4 */
OID(OID_PKCS1, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01); /* and the below */
enum { ARC_MGF1 = 8, ARC_PSS = 10, ARC_SHA256_RSA = 11 };	/* 12, 13 */

static const char *const curves[LS_PERSON_HASH_COUNT] = { "prime256v1", "secp384r1", "secp521r1" };

static int fail(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "person.algorithm", "%s", why);
}

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "person.memory", "out of memory for a person's signature");
}

/* --- hashes ----------------------------------------------------------------------- */

struct ls_der ls_person_hash_oid(enum ls_person_hash hash)
{
	const struct ls_der oids[] = { ls_cms_sha256,
				       { OID_SHA384, sizeof(OID_SHA384) },
				       { OID_SHA512, sizeof(OID_SHA512) } };
	return oids[hash];
}

static const EVP_MD *md_of(enum ls_person_hash hash)
{
	return hash == LS_PERSON_SHA256	  ? EVP_sha256()
	       : hash == LS_PERSON_SHA384 ? EVP_sha384()
					  : EVP_sha512();
}

int ls_person_hash(enum ls_person_hash hash, const void *bytes, size_t size,
		   uint8_t digest[static LS_CMS_DIGEST_MAX], size_t *ret_size)
{
	unsigned n = 0;
	if (EVP_Digest(bytes, size, digest, &n, md_of(hash), NULL) != 1)
		return -ENOMEM;
	*ret_size = n;
	return 0;
}

/* --- identifiers ------------------------------------------------------------------ */

static void put_numbered(struct ls_buffer *out, const uint8_t *oid, size_t n, int last)
{
	uint8_t whole[16];
	memcpy(whole, oid, n);
	whole[n] = (uint8_t)last;
	ls_der_put(out, LS_DER_OID, whole, n + 1);
}

static void put_hash(struct ls_buffer *out, enum ls_person_hash hash)
{
	size_t start = out->size;
	struct ls_der oid = ls_person_hash_oid(hash);
	ls_der_put(out, LS_DER_OID, oid.bytes, oid.size);
	ls_der_put(out, LS_DER_NULL, "", 0);
	ls_der_wrap(out, start, LS_DER_SEQUENCE);
}

/* RSASSA-PSS-params: all but the trailer, whose default it is. */
static void put_pss(struct ls_buffer *out, enum ls_person_hash hash)
{
	uint8_t salt = (uint8_t)EVP_MD_get_size(md_of(hash));
	size_t start = out->size;
	put_hash(out, hash);
	ls_der_wrap(out, start, LS_DER_CONTEXT_0);
	size_t part = out->size;
	put_numbered(out, OID_PKCS1, sizeof(OID_PKCS1), ARC_MGF1);
	put_hash(out, hash);
	ls_der_wrap(out, part, LS_DER_SEQUENCE);
	ls_der_wrap(out, part, LS_DER_CONTEXT_1);
	part = out->size;
	ls_der_put(out, LS_DER_INTEGER, &salt, 1);
	ls_der_wrap(out, part, LS_DER_CONTEXT_2);
	ls_der_wrap(out, start, LS_DER_SEQUENCE);
}

int ls_person_scheme_put(const struct ls_person_scheme *scheme, struct ls_buffer *out)
{
	int hash = (int)scheme->hash;
	if (scheme->algorithm == LS_PERSON_ECDSA) {
		put_numbered(out, OID_ECDSA, sizeof(OID_ECDSA), 2 + hash);
	} else if (scheme->algorithm == LS_PERSON_PSS) {
		put_numbered(out, OID_PKCS1, sizeof(OID_PKCS1), ARC_PSS);
		put_pss(out, scheme->hash);
	} else {
		put_numbered(out, OID_PKCS1, sizeof(OID_PKCS1), ARC_SHA256_RSA + hash);
		ls_der_put(out, LS_DER_NULL, "", 0);
	}
	return ls_buffer_error(out);
}

static bool same(struct ls_der a, struct ls_der b)
{
	return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
}

static bool is_scheme(const struct ls_person_scheme *scheme, struct ls_der algorithm)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_CMS_ATTRIBUTES_MAX);
	return ls_person_scheme_put(scheme, &b) == 0 &&
	       same((struct ls_der){ b.data, b.size }, algorithm);
}

int ls_person_scheme_read(const struct ls_cms_parts *parts, struct ls_person_scheme *ret_scheme,
			  struct ls_error *err)
{
	struct ls_person_scheme s = { .hash = LS_PERSON_SHA256 };
	while (s.hash < LS_PERSON_HASH_COUNT &&
	       !same(ls_person_hash_oid(s.hash), parts->digest_algorithm))
		s.hash++;
	if (s.hash == LS_PERSON_HASH_COUNT)
		return fail(err, "its hash is not SHA-256, SHA-384 or SHA-512");
	for (int i = 0; i <= LS_PERSON_ALGORITHM_LAST; i++) {
		s.algorithm = (enum ls_person_algorithm)i;
		if (is_scheme(&s, parts->signature_algorithm)) {
			*ret_scheme = s;
			return 0;
		}
	}
	return fail(err, "its algorithm is not RSA (PKCS#1 v1.5, or PSS with a salt as long as the "
			 "hash) or ECDSA with that hash");
}

/* --- keys -------------------------------------------------------------------------- */

static int check_rsa(const EVP_PKEY *key, struct ls_error *err)
{
	int bits = EVP_PKEY_get_bits(key);
	return bits >= LS_PERSON_RSA_MIN && bits <= LS_PERSON_RSA_MAX
		       ? 0
		       : ls_fail(err, -EBADMSG, "person.key",
				 "the certificate's RSA key has %d bits, and %d to %d are what "
				 "counts",
				 bits, LS_PERSON_RSA_MIN, LS_PERSON_RSA_MAX);
}

static int check_curve(const EVP_PKEY *key, enum ls_person_hash *ret_hash, struct ls_error *err)
{
	char group[64] = "";
	int explicit = 0;
	EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
	EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit);
	for (int i = 0; !explicit && i < LS_PERSON_HASH_COUNT; i++)
		if (strcmp(group, curves[i]) == 0) {
			*ret_hash = (enum ls_person_hash)i;
			return 0;
		}
	return ls_fail(err, -EBADMSG, "person.key",
		       "the certificate's key is on the curve %s, and P-256, P-384 and P-521 are "
		       "what counts",
		       explicit ? "that it describes itself" : group);
}

int ls_person_scheme_of(const EVP_PKEY *key, struct ls_person_scheme *ret_scheme,
			struct ls_error *err)
{
	struct ls_person_scheme s = { LS_PERSON_RSA, LS_PERSON_SHA256 };
	bool pss = key && EVP_PKEY_is_a(key, "RSA-PSS");
	int rc = -EBADMSG;
	if (key && (pss || EVP_PKEY_is_a(key, "RSA"))) {
		s.algorithm = pss ? LS_PERSON_PSS : LS_PERSON_RSA;
		rc = check_rsa(key, err);
	} else if (key && EVP_PKEY_is_a(key, "EC")) {
		s.algorithm = LS_PERSON_ECDSA;
		rc = check_curve(key, &s.hash, err);
	} else {
		rc = ls_fail(err, -EBADMSG, "person.key",
			     "the certificate's key is neither RSA nor on P-256, P-384 or P-521");
	}
	if (rc == 0)
		*ret_scheme = s;
	return rc;
}

int ls_person_scheme_check(const struct ls_person_scheme *scheme, const EVP_PKEY *key,
			   struct ls_error *err)
{
	struct ls_person_scheme own;
	int rc = ls_person_scheme_of(key, &own, err);
	if (rc < 0)
		return rc;
	if (own.algorithm == LS_PERSON_ECDSA || scheme->algorithm == LS_PERSON_ECDSA)
		return own.algorithm == scheme->algorithm && own.hash == scheme->hash
			       ? 0
			       : fail(err,
				      "its algorithm is not the one of the certificate's key: "
				      "P-256 goes with SHA-256, P-384 with SHA-384, P-521 with "
				      "SHA-512");
	return own.algorithm == LS_PERSON_PSS && scheme->algorithm != LS_PERSON_PSS
		       ? fail(err, "the certificate's key is for PSS alone")
		       : 0;
}

/* --- signing and verifying ---------------------------------------------------------- */

static bool set_padding(const struct ls_person_scheme *scheme, EVP_PKEY_CTX *ctx)
{
	if (scheme->algorithm != LS_PERSON_PSS)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md_of(scheme->hash)) == 1;
}

int ls_person_scheme_verify(const struct ls_person_scheme *scheme, EVP_PKEY *key,
			    const void *message, size_t n, struct ls_der signature,
			    struct ls_error *err)
{
	EVP_PKEY_CTX *pkey_ctx = NULL; /* ctx's */
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx)
		return fail_memory(err);
	if (EVP_DigestVerifyInit(ctx, &pkey_ctx, md_of(scheme->hash), NULL, key) != 1 ||
	    !set_padding(scheme, pkey_ctx))
		return fail(err, "the certificate's key does not verify with this algorithm");
	return EVP_DigestVerify(ctx, signature.bytes, signature.size, message, n) == 1
		       ? 0
		       : fail(err, "the signature is not the certificate's key's");
}

int ls_person_scheme_sign(const struct ls_person_scheme *scheme, EVP_PKEY *key, const void *message,
			  size_t n, struct ls_buffer *out, struct ls_error *err)
{
	uint8_t signature[SIGNATURE_MAX];
	size_t size = sizeof(signature);
	EVP_PKEY_CTX *pkey_ctx = NULL; /* ctx's */
	_cleanup_(EVP_MD_CTX_free) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx)
		return fail_memory(err);
	if (EVP_DigestSignInit(ctx, &pkey_ctx, md_of(scheme->hash), NULL, key) != 1 ||
	    !set_padding(scheme, pkey_ctx) ||
	    EVP_DigestSign(ctx, signature, &size, message, n) != 1)
		return ls_fail(err, -EIO, "person.sign", "the person's key did not sign");
	return ls_buffer_add(out, signature, size) < 0 ? fail_memory(err) : 0;
}
