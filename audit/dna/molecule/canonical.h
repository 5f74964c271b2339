/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One form of a molecule, whatever rotation and strand a file shows.
 *
 * circular: the least, in the order a < c < g < t, of all rotations of both strands;
 * linear:   the lesser of the two strands.
 *
 * A molecule that is its own reverse complement, or that repeats itself, reaches that form in
 * several ways; `places` tells them all, so that a place in it has one number.
 */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_CANONICAL_H
#define LABSEAL_AUDIT_DNA_MOLECULE_CANONICAL_H

#include <stdbool.h>

#include "audit/dna/molecule/base.h"
#include "lib/base/error.h"

struct ls_canonical {
	struct ls_buffer bases; /* owned */
	size_t period;		/* the least p > 0 by which it can be turned onto itself; its size
				   when there is none, or when it is linear */
	/* Where base 0 of the given sequence lies: it is canonical[offset], and the next ones
	 * follow; or, where reversed, the complement of canonical[offset - 1], and the next ones
	 * precede. */
	size_t offset;
	bool reversed;
	bool both;	       /* it is its own reverse complement: it can be read both ways ... */
	size_t reverse_offset; /* ... and this is offset of the reversed way */
};

/* Start of the least rotation (O(n)); n > 0. */
int ls_least_rotation(const uint8_t *bases, size_t n, size_t *ret_start);

/* 0, -ENOMEM.  *ret is freed by ls_canonical_free(). */
int ls_canonical_make(const uint8_t *bases, size_t n, bool circular, struct ls_canonical *ret,
		      struct ls_error *err);
void ls_canonical_free(struct ls_canonical *c);
#define _cleanup_canonical_ __attribute__((cleanup(ls_canonical_free)))

/*
 * The number of the joint before base `at` (0..n; circular: 0..n-1) of the given sequence:
 * 2 * offset in the canonical form + 1 when what lies in the joint reads against it.  Equal for
 * all rotations and strands of one molecule; the least where the form can be reached in several
 * ways.
 */
uint64_t ls_canonical_joint(const struct ls_canonical *c, bool circular, size_t at);

/*
 * The molecule as what lies behind the joint of this number reads it, once round: of a linear one
 * what follows the joint, then what precedes it.  place is below 2 * (size + 1), circular:
 * 2 * size.  ret has room for as many bases as the form has.
 */
void ls_canonical_read(const struct ls_canonical *c, uint64_t place, uint8_t *ret);

/* SEGUID v2 (Pereira et al.: cdseguid, ldseguid): "cdseguid=" and 27 characters. */
#define LS_SEGUID_SIZE 37
int ls_seguid(const uint8_t *bases, size_t n, bool circular, char ret[static LS_SEGUID_SIZE],
	      struct ls_error *err);

#endif
