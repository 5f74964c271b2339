/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identity-based signatures in the form of Sakai-Kasahara and BLMQ, over BLS12-381.
 *
 *   authority   s, Pub = s P2
 *   identity    H(ID) = hash_to_scalar(ORCID iD); key d = 1/(s + H(ID)) P1
 *   sign        k random; R = e(k P1, P2); h = hash(authority, ID, digest, R); S = (k + h) d
 *   verify      h = hash(authority, ID, digest, e(S, Pub + H(ID) P2) e(-h P1, P2))
 *
 * since e(d, Pub + H(ID) P2) = e(P1, P2).  Two Miller loops, one final exponentiation.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_IDENTITY_H
#define LABSEAL_AUDIT_DNA_SCHEME_IDENTITY_H

#include "audit/dna/block/orcid.h"
#include "audit/dna/scheme/curve.h"
#include "lib/base/hash.h"

#define LS_CHALLENGE_SHORT \
	128 /* bits; the signer himself finds two digests with one signature in 2^64 */
#define LS_CHALLENGE_FULL 255 /* a scalar: he does not */

/* An identity under an authority. */
struct ls_identity {
	struct ls_digest authority; /* the authority's identifier */
	struct ls_orcid orcid;
};

/* H(ID). */
void ls_identity_scalar(const struct ls_orcid *orcid, blst_scalar *ret);

/* d.  -EDOM: s + H(ID) is 0, which happens with probability 1/r. */
int ls_identity_extract(const blst_scalar *s, const struct ls_orcid *orcid, blst_p1_affine *ret);

/* Pub + H(ID) P2: what this identity's signatures are checked with. */
void ls_identity_public(const blst_p2_affine *pub, const struct ls_orcid *orcid,
			blst_p2_affine *ret);

/* Whether d is the identity's key. */
bool ls_identity_key_fits(const blst_p1_affine *d, const blst_p2_affine *identity_public);

/*
 * The challenge's bits, then S's, into ret, which the caller zeroed.  challenge_bits is one of the
 * two above.  k is hedged: a hash of d, the digest and randomness, so that poor randomness gives
 * nothing away. -EIO: no randomness; -ENOMEM.
 */
int ls_identity_sign(const struct ls_identity *who, const blst_p1_affine *d,
		     const struct ls_digest *digest, unsigned challenge_bits, uint8_t *ret,
		     struct ls_error *err);

/*
 * A signature's part that does not depend on what was signed: the challenge, and R as it follows
 * from the signature.  Whether it holds for a digest is then a hash: ls_identity_holds.
 */
struct ls_identity_opened {
	unsigned challenge_bits;
	uint8_t challenge[LS_SCALAR_SIZE];
	uint8_t r[LS_GT_SIZE];
};

/* lines: of the identity's public point (blst_precompute_lines).  -EBADMSG: these bits are no
 * signature. */
int ls_identity_open(const blst_fp6 lines[static LS_LINES], unsigned challenge_bits,
		     const uint8_t *signature, struct ls_identity_opened *ret);
bool ls_identity_holds(const struct ls_identity *who, const struct ls_identity_opened *opened,
		       const struct ls_digest *digest);

#endif
