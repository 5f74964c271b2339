/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/aggregate.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#define SUITE_SIGN "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_"
#define SUITE_POP  "BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_"

int ls_bls_generate(blst_scalar *ret, struct ls_error *err)
{
	uint8_t material[32];
	if (RAND_priv_bytes(material, sizeof(material)) != 1)
		return ls_fail(err, -EIO, "dna.random", "this machine gives no random numbers");
	blst_keygen(ret, material, sizeof(material), NULL, 0);
	OPENSSL_cleanse(material, sizeof(material));
	return 0;
}

void ls_bls_public(const blst_scalar *key, blst_p2_affine *ret)
{
	ls_g2_multiply(blst_p2_affine_generator(), key, ret);
}

static void hash_to_point(const char *suite, const uint8_t *message, size_t n, blst_p1_affine *ret)
{
	blst_p1 point;
	blst_hash_to_g1(&point, message, n, (const byte *)suite, strlen(suite), NULL, 0);
	blst_p1_to_affine(ret, &point);
}

static void message_point(const char *domain, const struct ls_digest *authority,
			  const struct ls_digest *digest, blst_p1_affine *ret)
{
	uint8_t message[128];
	size_t n = strlen(domain) + 1;
	memcpy(message, domain, n);
	memcpy(message + n, authority->bytes, LS_DIGEST_SIZE);
	memcpy(message + n + LS_DIGEST_SIZE, digest->bytes, LS_DIGEST_SIZE);
	hash_to_point(SUITE_SIGN, message, n + 2 * (size_t)LS_DIGEST_SIZE, ret);
}

void ls_bls_sign(const blst_scalar *key, const char *domain, const struct ls_digest *authority,
		 const struct ls_digest *digest, blst_p1_affine *ret)
{
	blst_p1_affine point;
	message_point(domain, authority, digest, &point);
	ls_g1_multiply(&point, key, ret);
}

bool ls_bls_verify(const blst_p2_affine *key, const char *domain, const struct ls_digest *authority,
		   const struct ls_digest *digest, const blst_p1_affine *signature)
{
	blst_p1_affine point;
	message_point(domain, authority, digest, &point);
	return ls_pairings_equal(signature, blst_p2_affine_generator(), &point, key);
}

static void key_point(const blst_p2_affine *key, blst_p1_affine *ret)
{
	uint8_t bytes[LS_G2_SIZE];
	blst_p2_affine_compress(bytes, key);
	hash_to_point(SUITE_POP, bytes, sizeof(bytes), ret);
}

void ls_bls_prove(const blst_scalar *key, blst_p1_affine *ret)
{
	blst_p2_affine public;
	blst_p1_affine point;
	ls_bls_public(key, &public);
	key_point(&public, &point);
	ls_g1_multiply(&point, key, ret);
}

bool ls_bls_proven(const blst_p2_affine *key, const blst_p1_affine *proof)
{
	blst_p1_affine point;
	key_point(key, &point);
	return ls_pairings_equal(proof, blst_p2_affine_generator(), &point, key);
}
