/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "audit/dna/paper/bn158.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <pari/pari.h>
#include <string.h>

#define FIELD_SIZE     20 /* bytes of an element of Fp as they are written */
#define FIELD_BITS     158
#define CHALLENGE_SIZE 10
#define GT_SIZE	       (12 * FIELD_SIZE)
#define PARI_STACK     (32u << 20)

/* Made once, above PARI's stack mark. */
static struct {
	GEN p, r, b, cofactor;
	GEN beta, alpha; /* Fp2 = Fp[i], i^2 = beta; alpha in it */
	GEN fp2, fp12;	 /* their polynomials */
	GEN i_in_fp12;	 /* sqrt beta */
	GEN w2, w3;	 /* 1/w^2, 1/w^3: from the twist to the curve */
	GEN p1, p2;	 /* generators: P1 = (x, y) over Fp, P2 on the twist */
	GEN final;	 /* (p^12 - 1)/r */
} bn;

static GEN decimal(const char *text)
{
	return strtoi(text);
}

/* a0 + a1 x */
static GEN linear(GEN a0, GEN a1)
{
	return FpX_red(deg1pol(a1, a0, 0), bn.p);
}

/* The polynomial of w: (w^6 + a0)^2 - a1^2 beta. */
static GEN fp12_polynomial(GEN a0, GEN a1)
{
	GEN square = gpowgs(gadd(gpowgs(pol_x(0), 6), a0), 2);
	return FpX_red(gsub(square, mulii(sqri(a1), bn.beta)), bn.p);
}

static GEN coefficient(GEN element, long n)
{
	return n < lgpol(element) ? gel(element, n + 2) : gen_0;
}

/* The right side of the twist's equation. */
static GEN twist_rhs(GEN x)
{
	GEN cube = FpXQ_mul(FpXQ_sqr(x, bn.fp2, bn.p), x, bn.fp2, bn.p);
	return FpX_sub(cube, FpX_Fp_mul(bn.alpha, bn.b, bn.p), bn.p);
}

/* The first point of the twist with x = n + i, n = 1, 2, ..., moved into G2. */
static GEN twist_generator(void)
{
	for (ulong n = 1;; n++) {
		GEN x = linear(utoi(n), gen_1), y = FpXQ_sqrt(twist_rhs(x), bn.fp2, bn.p), point;
		if (!y)
			continue;
		GEN sign = signe(coefficient(y, 0)) ? coefficient(y, 0) : coefficient(y, 1);
		if (mpodd(sign)) /* of both roots the same one each time */
			y = FpX_neg(y, bn.p);
		point = FpXQE_mul(mkvec2(x, y), bn.cofactor, pol_0(0), bn.fp2, bn.p);
		if (!ell_is_inf(point))
			return point;
	}
}

/* The first point of the curve with x = 1, 2, ...: its order is prime. */
static GEN curve_generator(void)
{
	for (ulong n = 1;; n++) {
		GEN x = utoi(n), y = Fp_sqrt(Fp_add(Fp_powu(x, 3, bn.p), bn.b, bn.p), bn.p);
		if (y)
			return mkvec2(x, mpodd(y) ? Fp_neg(y, bn.p) : y);
	}
}

void ls_bn158_init(void)
{
	pari_init_opts(PARI_STACK, 2, INIT_DFTm);
	bn.p = decimal("205523667896953300194896352429254920972540065223");
	bn.r = decimal("205523667896953300194895899082072403858390252929");
	bn.b = decimal("40218105156867728698573668525883168222119515413");
	bn.beta = decimal("115334401956802802075595682801335644058796914268");
	GEN a0 = decimal("191079354656274778837764015557338301375963168470");
	GEN a1 = decimal("71445317903696340296199556072836940741717506375");
	bn.alpha = linear(a0, a1);
	bn.fp2 = FpX_red(gsub(gpowgs(pol_x(0), 2), bn.beta), bn.p);
	bn.fp12 = fp12_polynomial(a0, a1);
	bn.cofactor = subii(shifti(bn.p, 1), bn.r);
	GEN w6 = FpX_red(gadd(gpowgs(pol_x(0), 6), a0), bn.p); /* w^6 + a0 = -a1 sqrt beta */
	bn.i_in_fp12 = FpX_Fp_mul(w6, Fp_neg(Fp_inv(a1, bn.p), bn.p), bn.p);
	bn.w2 = FpXQ_inv(gpowgs(pol_x(0), 2), bn.fp12, bn.p);
	bn.w3 = FpXQ_inv(gpowgs(pol_x(0), 3), bn.fp12, bn.p);
	bn.p1 = curve_generator();
	bn.p2 = twist_generator();
	bn.final = diviiexact(subiu(powiu(bn.p, 12), 1), bn.r);
}

/* --- bytes ---------------------------------------------------------------- */

static GEN from_bytes(const uint8_t *bytes, size_t n)
{
	GEN value = gen_0;
	for (size_t i = 0; i < n; i++)
		value = addiu(shifti(value, 8), bytes[i]);
	return value;
}

static void to_bytes(GEN value, uint8_t *ret, size_t n)
{
	for (size_t i = n; i-- > 0; value = shifti(value, -8))
		ret[i] = (uint8_t)umodi2n(value, 8);
}

static void gt_to_bytes(GEN element, uint8_t ret[static GT_SIZE])
{
	for (long i = 0; i < 12; i++)
		to_bytes(coefficient(element, i), ret + i * FIELD_SIZE, FIELD_SIZE);
}

/* A point of G1 by the last bit of y, and x.  NULL: there is none. */
static GEN g1_from(unsigned odd, const uint8_t x_bytes[static FIELD_SIZE])
{
	GEN x = from_bytes(x_bytes, FIELD_SIZE);
	if (odd > 1 || cmpii(x, bn.p) >= 0)
		return NULL;
	GEN y = Fp_sqrt(Fp_add(Fp_powu(x, 3, bn.p), bn.b, bn.p), bn.p);
	if (!y)
		return NULL;
	return mkvec2(x, (unsigned)mpodd(y) == odd ? y : Fp_neg(y, bn.p));
}

static GEN g2_from(const uint8_t bytes[static LS_PAPER_PUBLIC])
{
	GEN c[4];
	for (size_t i = 0; i < 4; i++) {
		c[i] = from_bytes(bytes + i * FIELD_SIZE, FIELD_SIZE);
		if (cmpii(c[i], bn.p) >= 0)
			return NULL;
	}
	GEN x = linear(c[0], c[1]), y = linear(c[2], c[3]), point = mkvec2(x, y);
	if (!gequal(FpXQ_sqr(y, bn.fp2, bn.p), twist_rhs(x)) ||
	    !ell_is_inf(FpXQE_mul(point, bn.r, pol_0(0), bn.fp2, bn.p)))
		return NULL;
	return point;
}

/* --- hashes --------------------------------------------------------------- */

struct piece {
	const void *bytes;
	size_t size;
};

static void hash(const EVP_MD *kind, const char *domain, const struct piece *pieces, size_t count,
		 uint8_t ret[static EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int ok = context && EVP_DigestInit_ex(context, kind, NULL) &&
		 EVP_DigestUpdate(context, domain, strlen(domain) + 1);
	for (size_t i = 0; ok && i < count; i++)
		ok = EVP_DigestUpdate(context, pieces[i].bytes, pieces[i].size);
	if (!ok || !EVP_DigestFinal_ex(context, ret, NULL))
		pari_err(e_MISC, "SHA-2 failed");
	EVP_MD_CTX_free(context);
}

/* SHA-512, modulo r; never 0. */
static GEN hash_scalar(const char *domain, const struct piece *pieces, size_t count)
{
	uint8_t wide[EVP_MAX_MD_SIZE];
	hash(EVP_sha512(), domain, pieces, count, wide);
	GEN value = modii(from_bytes(wide, 64), bn.r);
	OPENSSL_cleanse(wide, sizeof(wide));
	return signe(value) ? value : gen_1;
}

static GEN identity_scalar(const uint8_t orcid[static LS_PAPER_ORCID])
{
	struct piece piece = { orcid, LS_PAPER_ORCID };
	return hash_scalar("LABSEAL-DNA-V1-PAPER-IDENTITY", &piece, 1);
}

static GEN master_scalar(const uint8_t secret[static LS_PAPER_SECRET])
{
	struct piece piece = { secret, LS_PAPER_SECRET };
	return hash_scalar("LABSEAL-DNA-V1-PAPER-MASTER", &piece, 1);
}

static void challenge(const struct ls_bn158_identity *who,
		      const uint8_t digest[static LS_PAPER_DIGEST], GEN r,
		      uint8_t ret[static CHALLENGE_SIZE])
{
	uint8_t gt[GT_SIZE], wide[EVP_MAX_MD_SIZE];
	gt_to_bytes(r, gt);
	const struct piece pieces[] = { { who->authority, LS_PAPER_AUTHORITY },
					{ who->orcid, LS_PAPER_ORCID },
					{ digest, LS_PAPER_DIGEST },
					{ gt, sizeof(gt) } };
	hash(EVP_sha256(), "LABSEAL-DNA-V1-PAPER-CHALLENGE", pieces, 4, wide);
	memcpy(ret, wide, CHALLENGE_SIZE);
}

/* --- the scheme ----------------------------------------------------------- */

static GEN g1_multiply(GEN point, GEN scalar)
{
	return FpE_mul(point, scalar, gen_0, bn.p);
}

static GEN g2_multiply(GEN point, GEN scalar)
{
	return FpXQE_mul(point, scalar, pol_0(0), bn.fp2, bn.p);
}

/* An element of Fp2 in Fp12. */
static GEN to_fp12(GEN element)
{
	return FpX_add(FpX_Fp_mul(bn.i_in_fp12, coefficient(element, 1), bn.p),
		       scalarpol(coefficient(element, 0), 0), bn.p);
}

/* The Tate pairing's value before the final power. */
static GEN miller(GEN p, GEN q)
{
	GEN point = mkvec2(scalarpol(gel(p, 1), 0), scalarpol(gel(p, 2), 0));
	GEN other = mkvec2(FpXQ_mul(to_fp12(gel(q, 1)), bn.w2, bn.fp12, bn.p),
			   FpXQ_mul(to_fp12(gel(q, 2)), bn.w3, bn.fp12, bn.p));
	return FpXQE_tatepairing(point, other, bn.r, pol_0(0), bn.fp12, bn.p);
}

static GEN final_power(GEN value)
{
	return FpXQ_pow(value, bn.final, bn.fp12, bn.p);
}

/* Pub + H(ID) P2. */
static GEN identity_public(GEN pub, const uint8_t orcid[static LS_PAPER_ORCID])
{
	return FpXQE_add(pub, g2_multiply(bn.p2, identity_scalar(orcid)), pol_0(0), bn.fp2, bn.p);
}

void ls_bn158_public(const uint8_t secret[static LS_PAPER_SECRET],
		     uint8_t ret[static LS_PAPER_PUBLIC])
{
	pari_sp mark = avma;
	GEN point = g2_multiply(bn.p2, master_scalar(secret));
	for (size_t i = 0; i < 4; i++)
		to_bytes(coefficient(gel(point, 1 + i / 2), i % 2), ret + i * FIELD_SIZE,
			 FIELD_SIZE);
	set_avma(mark);
}

void ls_bn158_extract(const uint8_t secret[static LS_PAPER_SECRET],
		      const uint8_t orcid[static LS_PAPER_ORCID], uint8_t ret[static LS_PAPER_KEY])
{
	pari_sp mark = avma;
	GEN sum = Fp_add(master_scalar(secret), identity_scalar(orcid), bn.r);
	GEN key = g1_multiply(bn.p1, Fp_inv(sum, bn.r));
	ret[0] = (uint8_t)mpodd(gel(key, 2));
	to_bytes(gel(key, 1), ret + 1, FIELD_SIZE);
	set_avma(mark);
}

static GEN nonce(const uint8_t key[static LS_PAPER_KEY],
		 const uint8_t digest[static LS_PAPER_DIGEST])
{
	uint8_t random[32];
	if (RAND_priv_bytes(random, sizeof(random)) != 1)
		pari_err(e_MISC, "no random numbers");
	const struct piece pieces[] = { { key, LS_PAPER_KEY },
					{ digest, LS_PAPER_DIGEST },
					{ random, sizeof(random) } };
	return hash_scalar("LABSEAL-DNA-V1-PAPER-NONCE", pieces, 3);
}

/* n bits of a number into a signature, from bit at on. */
static void put_bits(uint8_t *signature, size_t at, GEN value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bittest(value, (long)(n - 1 - i)))
			signature[(at + i) / 8] |= (uint8_t)(0x80 >> (at + i) % 8);
}

static GEN get_bits(const uint8_t *signature, size_t at, size_t n)
{
	GEN value = gen_0;
	for (size_t i = at; i < at + n; i++)
		value = addiu(shifti(value, 1), signature[i / 8] >> (7 - i % 8) & 1);
	return value;
}

enum ls_paper_answer ls_bn158_sign(const struct ls_bn158_identity *who,
				   const uint8_t key[static LS_PAPER_KEY],
				   const uint8_t digest[static LS_PAPER_DIGEST],
				   uint8_t ret[static LS_PAPER_SIGNATURE])
{
	pari_sp mark = avma;
	uint8_t h[CHALLENGE_SIZE];
	GEN d = g1_from(key[0], key + 1), pub = g2_from(who->public);
	/* e(d, Pub + H(ID) P2) = e(P1, P2): the key is this identity's */
	if (!d || !pub ||
	    !gequal(final_power(miller(d, identity_public(pub, who->orcid))),
		    final_power(miller(bn.p1, bn.p2)))) {
		set_avma(mark);
		return LS_PAPER_NO_POINT;
	}
	GEN k = nonce(key, digest);
	challenge(who, digest, final_power(miller(g1_multiply(bn.p1, k), bn.p2)), h);
	GEN s = g1_multiply(d, Fp_add(k, from_bytes(h, sizeof(h)), bn.r));
	memset(ret, 0, LS_PAPER_SIGNATURE);
	memcpy(ret, h, sizeof(h));
	put_bits(ret, 8 * sizeof(h), mpodd(gel(s, 2)) ? gen_1 : gen_0, 1);
	put_bits(ret, 8 * sizeof(h) + 1, gel(s, 1), FIELD_BITS);
	set_avma(mark);
	return LS_PAPER_OK;
}

enum ls_paper_answer ls_bn158_verify(const struct ls_bn158_identity *who,
				     const uint8_t digest[static LS_PAPER_DIGEST],
				     const uint8_t signature[static LS_PAPER_SIGNATURE])
{
	pari_sp mark = avma;
	uint8_t x[FIELD_SIZE], h[CHALLENGE_SIZE];
	GEN pub = g2_from(who->public), scalar = from_bytes(signature, CHALLENGE_SIZE), r;
	to_bytes(get_bits(signature, 81, FIELD_BITS), x, sizeof(x));
	GEN s = g1_from((unsigned)signature[10] >> 7, x);
	enum ls_paper_answer answer = LS_PAPER_WRONG;
	if (!pub) {
		answer = LS_PAPER_NO_POINT;
	} else if (!s || !signe(scalar) || signature[LS_PAPER_SIGNATURE - 1] & 1) {
		answer = LS_PAPER_NO_FORM;
	} else {
		GEN hp = FpE_neg(g1_multiply(bn.p1, scalar), bn.p);
		r = final_power(FpXQ_mul(miller(s, identity_public(pub, who->orcid)),
					 miller(hp, bn.p2), bn.fp12, bn.p));
		challenge(who, digest, r, h);
		if (memcmp(h, signature, sizeof(h)) == 0)
			answer = LS_PAPER_OK;
	}
	set_avma(mark);
	return answer;
}
