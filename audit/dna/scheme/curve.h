/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BLS12-381 over blst: the operations that the schemes are made of, for this room alone.
 *
 * Groups G1, G2 (compressed as draft-irtf-cfrg-pairing-friendly-curves, appendix C, has it: 48 and
 * 96 bytes) with generators P1, P2; GT; scalars modulo the groups' order r, 32 bytes big-endian.
 * A point that was read is on its curve, in its group, and not infinity.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_CURVE_H
#define LABSEAL_AUDIT_DNA_SCHEME_CURVE_H

#include <blst.h>
#include <blst_aux.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define LS_G1_SIZE 48
#define LS_G2_SIZE 96
#define LS_GT_SIZE \
	576 /* 12 coefficients of 48 bytes, big-endian, as blst_bendian_from_fp12 orders them */
#define LS_SCALAR_SIZE 32
#define LS_LINES       68 /* what blst_precompute_lines makes of a point */

/* Bytes and their size, as they go into a hash one after the other. */
struct ls_piece {
	const void *bytes;
	size_t size;
};

/* 0 or -EBADMSG: not the one encoding of a point of the group, or infinity. */
int ls_g1_read(const uint8_t in[static LS_G1_SIZE], blst_p1_affine *ret);
int ls_g2_read(const uint8_t in[static LS_G2_SIZE], blst_p2_affine *ret);

/*
 * out_size bytes of expand_message_xmd (RFC 9380, section 5.3.1) with SHA-256 over the pieces, at
 * most LS_HASH_MAX bytes of them; domain is the domain separation tag.
 */
#define LS_HASH_MAX 1024
void ls_curve_hash(const char *domain, const struct ls_piece *pieces, size_t count, uint8_t *out,
		   size_t out_size);
/* hash_to_field (RFC 9380, section 5.2) for r: 48 bytes of the above, reduced; never 0 but with
 * probability 1/r, when it is 1. */
void ls_scalar_hash(const char *domain, const struct ls_piece *pieces, size_t count,
		    blst_scalar *ret);
/* The same hash for secrets: SHA-512 of domain, a NUL and the pieces, reduced; everything is wiped.
 * -ENOMEM. */
int ls_scalar_secret(const char *domain, const struct ls_piece *pieces, size_t count,
		     blst_scalar *ret);

/* scalar times point; the time does not depend on the scalar. */
void ls_g1_multiply(const blst_p1_affine *p, const blst_scalar *scalar, blst_p1_affine *ret);
void ls_g2_multiply(const blst_p2_affine *p, const blst_scalar *scalar, blst_p2_affine *ret);

/* Whether e(a1, a2) = e(b1, b2). */
bool ls_pairings_equal(const blst_p1_affine *a1, const blst_p2_affine *a2, const blst_p1_affine *b1,
		       const blst_p2_affine *b2);
/* e(a1, a2), written. */
void ls_pairing_bytes(const blst_p1_affine *a1, const blst_p2_affine *a2,
		      uint8_t ret[static LS_GT_SIZE]);

/* P2's lines: made once. */
const blst_fp6 *ls_generator_lines(void);

/* Put n bits of from, beginning with its bit first (bit 7 of byte 0 is number 0), at bit at of to,
 * whose bits there are zero. */
void ls_bits_copy(const uint8_t *from, size_t first, size_t n, uint8_t *to, size_t at);
/* Whether all bits of n bytes from number first on are zero. */
bool ls_bits_zero(const uint8_t *bytes, size_t n, size_t first);

/* The 382 bits of a point of G1 as they stand in a signature: from and to bit at. */
#define LS_G1_BITS 382
void ls_g1_to_bits(const blst_p1_affine *p, uint8_t *to, size_t at);
int ls_g1_from_bits(const uint8_t *from, size_t at, blst_p1_affine *ret);

#endif
