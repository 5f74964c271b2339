/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/identity.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

static struct ls_piece orcid_piece(const struct ls_orcid *orcid)
{
	return (struct ls_piece){ orcid->text, LS_ORCID_SIZE - 1 };
}

void ls_identity_scalar(const struct ls_orcid *orcid, blst_scalar *ret)
{
	struct ls_piece piece = orcid_piece(orcid);
	ls_scalar_hash("LABSEAL-DNA-V1-IDENTITY", &piece, 1, ret);
}

int ls_identity_extract(const blst_scalar *s, const struct ls_orcid *orcid, blst_p1_affine *ret)
{
	blst_scalar h, sum;
	ls_identity_scalar(orcid, &h);
	if (!blst_sk_add_n_check(&sum, s, &h))
		return -EDOM;
	blst_sk_inverse(&sum, &sum);
	ls_g1_multiply(blst_p1_affine_generator(), &sum, ret);
	OPENSSL_cleanse(&sum, sizeof(sum));
	return 0;
}

void ls_identity_public(const blst_p2_affine *pub, const struct ls_orcid *orcid,
			blst_p2_affine *ret)
{
	blst_scalar h;
	blst_p2 sum;
	ls_identity_scalar(orcid, &h);
	blst_p2_mult(&sum, blst_p2_generator(), h.b, 255);
	blst_p2_add_or_double_affine(&sum, &sum, pub);
	blst_p2_to_affine(ret, &sum);
}

bool ls_identity_key_fits(const blst_p1_affine *d, const blst_p2_affine *identity_public)
{
	return ls_pairings_equal(d, identity_public, blst_p1_affine_generator(),
				 blst_p2_affine_generator());
}

/* h as a scalar, and as LS_SCALAR_SIZE big-endian bytes whose last challenge_bits are what is
 * written. */
static void challenge(const struct ls_identity *who, const struct ls_digest *digest,
		      const uint8_t r[static LS_GT_SIZE], unsigned challenge_bits,
		      uint8_t ret[static LS_SCALAR_SIZE])
{
	const struct ls_piece pieces[] = { { who->authority.bytes, LS_DIGEST_SIZE },
					   orcid_piece(&who->orcid),
					   { digest->bytes, LS_DIGEST_SIZE },
					   { r, LS_GT_SIZE } };
	memset(ret, 0, LS_SCALAR_SIZE);
	if (challenge_bits == LS_CHALLENGE_SHORT) {
		ls_curve_hash("LABSEAL-DNA-V1-CHALLENGE-128", pieces, 4, ret + 16, 16);
		return;
	}
	blst_scalar h;
	ls_scalar_hash("LABSEAL-DNA-V1-CHALLENGE-255", pieces, 4, &h);
	blst_bendian_from_scalar(ret, &h);
}

static int nonce(const blst_p1_affine *d, const struct ls_digest *digest, blst_scalar *ret,
		 struct ls_error *err)
{
	uint8_t key[LS_G1_SIZE], random[32];
	if (RAND_priv_bytes(random, sizeof(random)) != 1)
		return ls_fail(err, -EIO, "dna.random", "this machine gives no random numbers");
	blst_p1_affine_compress(key, d);
	const struct ls_piece pieces[] = { { key, sizeof(key) },
					   { digest->bytes, LS_DIGEST_SIZE },
					   { random, sizeof(random) } };
	int rc = ls_scalar_secret("LABSEAL-DNA-V1-NONCE", pieces, 3, ret);
	OPENSSL_cleanse(key, sizeof(key));
	OPENSSL_cleanse(random, sizeof(random));
	return rc < 0 ? ls_fail(err, rc, "dna.memory", "out of memory") : 0;
}

int ls_identity_sign(const struct ls_identity *who, const blst_p1_affine *d,
		     const struct ls_digest *digest, unsigned challenge_bits, uint8_t *ret,
		     struct ls_error *err)
{
	blst_scalar k, h, sum;
	blst_p1_affine point;
	uint8_t r[LS_GT_SIZE], bytes[LS_SCALAR_SIZE];
	int rc = nonce(d, digest, &k, err);
	if (rc < 0)
		return rc;
	ls_g1_multiply(blst_p1_affine_generator(), &k, &point);
	ls_pairing_bytes(&point, blst_p2_affine_generator(), r);
	challenge(who, digest, r, challenge_bits, bytes);
	blst_scalar_from_bendian(&h, bytes);
	bool usable = blst_sk_add_n_check(&sum, &k, &h);
	if (usable) {
		ls_g1_multiply(d, &sum, &point);
		ls_bits_copy(bytes, 256 - challenge_bits, challenge_bits, ret, 0);
		ls_g1_to_bits(&point, ret, challenge_bits);
	}
	OPENSSL_cleanse(&k, sizeof(k));
	OPENSSL_cleanse(&sum, sizeof(sum));
	return usable ? 0 : ls_fail(err, -EIO, "dna.random", "the random number cannot be used");
}

int ls_identity_open(const blst_fp6 lines[static LS_LINES], unsigned challenge_bits,
		     const uint8_t *signature, struct ls_identity_opened *ret)
{
	blst_scalar h;
	blst_p1 product;
	blst_p1_affine s, hp;
	blst_fp12 left, right;
	memset(ret, 0, sizeof(*ret));
	ret->challenge_bits = challenge_bits;
	ls_bits_copy(signature, 0, challenge_bits, ret->challenge, 256 - challenge_bits);
	blst_scalar_from_bendian(&h, ret->challenge);
	if (!blst_sk_check(&h) || ls_g1_from_bits(signature, challenge_bits, &s) < 0)
		return -EBADMSG;
	blst_p1_mult(&product, blst_p1_generator(), h.b, challenge_bits);
	blst_p1_cneg(&product, true);
	blst_p1_to_affine(&hp, &product);
	blst_miller_loop_lines(&left, lines, &s);
	blst_miller_loop_lines(&right, ls_generator_lines(), &hp);
	blst_fp12_mul(&left, &left, &right);
	blst_final_exp(&left, &left);
	blst_bendian_from_fp12(ret->r, &left);
	return 0;
}

bool ls_identity_holds(const struct ls_identity *who, const struct ls_identity_opened *opened,
		       const struct ls_digest *digest)
{
	uint8_t h[LS_SCALAR_SIZE];
	challenge(who, digest, opened->r, opened->challenge_bits, h);
	return memcmp(h, opened->challenge, sizeof(h)) == 0;
}
