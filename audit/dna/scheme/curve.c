/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/curve.h"

#include <assert.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

int ls_g1_read(const uint8_t in[static LS_G1_SIZE], blst_p1_affine *ret)
{
	blst_p1_affine p;
	if (!(in[0] & 0x80) || blst_p1_uncompress(&p, in) != BLST_SUCCESS ||
	    blst_p1_affine_is_inf(&p) || !blst_p1_affine_in_g1(&p))
		return -EBADMSG;
	*ret = p;
	return 0;
}

int ls_g2_read(const uint8_t in[static LS_G2_SIZE], blst_p2_affine *ret)
{
	blst_p2_affine p;
	if (!(in[0] & 0x80) || blst_p2_uncompress(&p, in) != BLST_SUCCESS ||
	    blst_p2_affine_is_inf(&p) || !blst_p2_affine_in_g2(&p))
		return -EBADMSG;
	*ret = p;
	return 0;
}

void ls_curve_hash(const char *domain, const struct ls_piece *pieces, size_t count, uint8_t *out,
		   size_t out_size)
{
	uint8_t message[LS_HASH_MAX];
	size_t size = 0;
	for (size_t i = 0; i < count; i++) {
		assert(pieces[i].size <= sizeof(message) - size);
		memcpy(message + size, pieces[i].bytes, pieces[i].size);
		size += pieces[i].size;
	}
	blst_expand_message_xmd(out, out_size, message, size, (const byte *)domain, strlen(domain));
	OPENSSL_cleanse(message, sizeof(message));
}

/* 0 is the one value that no scheme can use. */
static void reduce(const uint8_t *bytes, size_t n, blst_scalar *ret)
{
	static const uint32_t one[8] = { 1 };
	if (!blst_scalar_from_be_bytes(ret, bytes, n))
		blst_scalar_from_uint32(ret, one);
}

void ls_scalar_hash(const char *domain, const struct ls_piece *pieces, size_t count,
		    blst_scalar *ret)
{
	uint8_t wide[48];
	ls_curve_hash(domain, pieces, count, wide, sizeof(wide));
	reduce(wide, sizeof(wide), ret);
	OPENSSL_cleanse(wide, sizeof(wide));
}

int ls_scalar_secret(const char *domain, const struct ls_piece *pieces, size_t count,
		     blst_scalar *ret)
{
	uint8_t wide[64];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int ok = context && EVP_DigestInit_ex(context, EVP_sha512(), NULL) &&
		 EVP_DigestUpdate(context, domain, strlen(domain) + 1);
	for (size_t i = 0; ok && i < count; i++)
		ok = EVP_DigestUpdate(context, pieces[i].bytes, pieces[i].size);
	ok = ok && EVP_DigestFinal_ex(context, wide, NULL);
	EVP_MD_CTX_free(context); /* OpenSSL wipes it */
	if (ok)
		reduce(wide, sizeof(wide), ret);
	OPENSSL_cleanse(wide, sizeof(wide));
	return ok ? 0 : -ENOMEM;
}

void ls_g1_multiply(const blst_p1_affine *p, const blst_scalar *scalar, blst_p1_affine *ret)
{
	blst_p1 projective, product;
	blst_p1_from_affine(&projective, p);
	blst_p1_mult(&product, &projective, scalar->b, 255);
	blst_p1_to_affine(ret, &product);
	OPENSSL_cleanse(&product, sizeof(product));
}

void ls_g2_multiply(const blst_p2_affine *p, const blst_scalar *scalar, blst_p2_affine *ret)
{
	blst_p2 projective, product;
	blst_p2_from_affine(&projective, p);
	blst_p2_mult(&product, &projective, scalar->b, 255);
	blst_p2_to_affine(ret, &product);
	OPENSSL_cleanse(&product, sizeof(product));
}

bool ls_pairings_equal(const blst_p1_affine *a1, const blst_p2_affine *a2, const blst_p1_affine *b1,
		       const blst_p2_affine *b2)
{
	blst_fp12 a, b;
	blst_miller_loop(&a, a2, a1);
	blst_miller_loop(&b, b2, b1);
	return blst_fp12_finalverify(&a, &b);
}

void ls_pairing_bytes(const blst_p1_affine *a1, const blst_p2_affine *a2,
		      uint8_t ret[static LS_GT_SIZE])
{
	blst_fp12 value;
	blst_miller_loop(&value, a2, a1);
	blst_final_exp(&value, &value);
	blst_bendian_from_fp12(ret, &value);
	OPENSSL_cleanse(&value, sizeof(value));
}

static blst_fp6 generator_lines[LS_LINES];

static void make_generator_lines(void)
{
	blst_precompute_lines(generator_lines, blst_p2_affine_generator());
}

const blst_fp6 *ls_generator_lines(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, make_generator_lines);
	return generator_lines;
}

static unsigned bit_of(const uint8_t *bytes, size_t number)
{
	return bytes[number / 8] >> (7 - number % 8) & 1;
}

void ls_bits_copy(const uint8_t *from, size_t first, size_t n, uint8_t *to, size_t at)
{
	for (size_t i = 0; i < n; i++)
		to[(at + i) / 8] |= (uint8_t)(bit_of(from, first + i) << (7 - (at + i) % 8));
}

bool ls_bits_zero(const uint8_t *bytes, size_t n, size_t first)
{
	unsigned seen = 0;
	for (size_t i = first; i < 8 * n; i++)
		seen |= bit_of(bytes, i);
	return seen == 0;
}

/* A compressed point is three bits (compressed, infinity, the larger y) and 381 of x. */
void ls_g1_to_bits(const blst_p1_affine *p, uint8_t *to, size_t at)
{
	uint8_t bytes[LS_G1_SIZE];
	blst_p1_affine_compress(bytes, p);
	ls_bits_copy(bytes, 2, LS_G1_BITS, to, at);
}

int ls_g1_from_bits(const uint8_t *from, size_t at, blst_p1_affine *ret)
{
	uint8_t bytes[LS_G1_SIZE] = { 0x80 };
	ls_bits_copy(from, at, LS_G1_BITS, bytes, 2);
	return ls_g1_read(bytes, ret);
}
