/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of a made-up registry: each follows from the seed and a name, so that a device's key
 * need not be kept to sign with it once more.  For tests and benches: whoever knows the seed
 * has every key.
 */
#ifndef LABSEAL_TESTS_TOOLS_MAKE_REGISTRY_KEYS_H
#define LABSEAL_TESTS_TOOLS_MAKE_REGISTRY_KEYS_H

#include <inttypes.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hash.h"
#include "lib/base/p256.h"

/* What a thread needs to make keys and to sign; not for two threads at once. */
struct key_maker {
	EC_GROUP *group;
	BN_CTX *numbers;
	uint64_t seed;
};

/* A key that is ready to sign. */
struct made_key {
	struct ls_p256_public public;
	EVP_PKEY *pkey;	       /* owned */
	EVP_PKEY_CTX *context; /* owned */
};

_Noreturn static inline void keys_failed(void)
{
	fprintf(stderr, "make_registry: OpenSSL failed\n");
	exit(4);
}

static inline void key_maker_init(struct key_maker *m, uint64_t seed)
{
	*m = (struct key_maker){ EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1), BN_CTX_new(),
				 seed };
	if (!m->group || !m->numbers)
		keys_failed();
}

static inline void key_maker_free(struct key_maker *m)
{
	EC_GROUP_free(m->group);
	BN_CTX_free(m->numbers);
}

/* The private scalar: 1 to n - 1. */
static inline BIGNUM *key_scalar(struct key_maker *m, const char *kind, uint64_t index)
{
	char name[96];
	struct ls_digest digest;
	BIGNUM *scalar = BN_new(), *most = BN_dup(EC_GROUP_get0_order(m->group));
	int n = snprintf(name, sizeof(name), "make_registry %" PRIu64 " %s %" PRIu64, m->seed, kind,
			 index);
	ls_sha256_buffer(name, (size_t)n, &digest);
	if (!scalar || !most || !BN_bin2bn(digest.bytes, LS_DIGEST_SIZE, scalar) ||
	    !BN_sub_word(most, 1) || !BN_mod(scalar, scalar, most, m->numbers) ||
	    !BN_add_word(scalar, 1))
		keys_failed();
	BN_free(most);
	return scalar;
}

static inline void key_point(struct key_maker *m, const BIGNUM *scalar, uint8_t point[static 65])
{
	EC_POINT *p = EC_POINT_new(m->group);
	if (!p || !EC_POINT_mul(m->group, p, scalar, NULL, NULL, m->numbers) ||
	    EC_POINT_point2oct(m->group, p, POINT_CONVERSION_UNCOMPRESSED, point, 65, m->numbers) !=
		    65)
		keys_failed();
	EC_POINT_free(p);
}

/* The SPKI of P-256 is the same 26 bytes before each point (lib/base/p256.h). */
static inline void key_public_of_point(const uint8_t point[static 65], struct ls_p256_public *ret)
{
	static const uint8_t head[26] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
					  0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
					  0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 };
	memcpy(ret->spki, head, sizeof(head));
	memcpy(ret->spki + sizeof(head), point, 65);
}

/* Only the public key, of a device that signs nothing. */
static inline void key_public(struct key_maker *m, const char *kind, uint64_t index,
			      struct ls_p256_public *ret)
{
	uint8_t point[65];
	BIGNUM *scalar = key_scalar(m, kind, index);
	key_point(m, scalar, point);
	key_public_of_point(point, ret);
	BN_clear_free(scalar);
}

static inline void key_make(struct key_maker *m, const char *kind, uint64_t index,
			    struct made_key *ret)
{
	uint8_t point[65];
	BIGNUM *scalar = key_scalar(m, kind, index);
	key_point(m, scalar, point);
	key_public_of_point(point, &ret->public);
	ret->pkey = NULL;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	if (!build || !from ||
	    !OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, scalar) ||
	    !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 65) ||
	    !(params = OSSL_PARAM_BLD_to_param(build)) || EVP_PKEY_fromdata_init(from) <= 0 ||
	    EVP_PKEY_fromdata(from, &ret->pkey, EVP_PKEY_KEYPAIR, params) <= 0)
		keys_failed();
	ret->context = EVP_PKEY_CTX_new_from_pkey(NULL, ret->pkey, NULL);
	if (!ret->context || EVP_PKEY_sign_init(ret->context) <= 0)
		keys_failed();
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(from);
	BN_clear_free(scalar);
}

static inline void key_done(struct made_key *key)
{
	EVP_PKEY_CTX_free(key->context);
	EVP_PKEY_free(key->pkey);
	*key = (struct made_key){ .pkey = NULL };
}

static inline size_t key_sign(const struct made_key *key, const struct ls_digest *digest,
			      uint8_t der[static LS_P256_SIGNATURE_MAX])
{
	size_t n = LS_P256_SIGNATURE_MAX;
	if (EVP_PKEY_sign(key->context, der, &n, digest->bytes, LS_DIGEST_SIZE) <= 0)
		keys_failed();
	return n;
}

#endif
