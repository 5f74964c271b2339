/* SPDX-License-Identifier: Apache-2.0 */
/* What can be said of one molecule's signature. */
#ifndef LABSEAL_AUDIT_DNA_VERDICT_H
#define LABSEAL_AUDIT_DNA_VERDICT_H

#include "audit/dna/coverage.h"
#include "audit/dna/judge.h"
#include "audit/dna/molecule/genbank.h"
#include "audit/dna/repair/difference.h"

enum ls_dna_outcome {
	LS_DNA_VALID,	  /* every base is as it was signed */
	LS_DNA_CORRECTED, /* the signed molecule is known; what was read differs from it */
	LS_DNA_SEGMENT,	  /* the segment that a block covers is as it was signed; nothing covers the
			     rest */
	LS_DNA_SEGMENT_CORRECTED,
	LS_DNA_ANOTHER, /* signed by somebody else than asked for, or under an authority that is not
			   trusted */
	LS_DNA_ALTERED, /* there is a block, and the molecule is not what was signed */
	LS_DNA_NONE,	/* no block was found */
	LS_DNA_UNDECIDED, /* the effort's bound was reached before all candidates were tried */
	LS_DNA_LEGACY, /* a block of the papers' first version, whose signature is not checked here
			*/
	LS_DNA_OUTCOMES
};
/* "valid", "valid-after-correction", "valid-segment", "valid-segment-after-correction",
 * "signed-by-another", "altered", "no-block", "undecided", "legacy". */
extern const char *const ls_dna_outcome_words[LS_DNA_OUTCOMES];

struct ls_dna_near {
	size_t place; /* in the file, from 1, of the tag's first base as it reads */
	bool reversed, end_tag;
	unsigned edits;
};
#define LS_DNA_NEAR_MAX 8

struct ls_dna_options {
	const struct ls_dna_trust *trust; /* borrowed */
	const struct ls_orcid *expected;  /* who must have signed; NULL: anybody of the trusted */
	struct ls_repair_options repair;  /* its work bounds all that is tried, not repair alone */
};

struct ls_dna_verdict {
	enum ls_dna_outcome outcome;
	struct ls_error why; /* of ANOTHER, ALTERED, NONE and UNDECIDED: in words, with an id */
	/* what is told of the block: sure where signed_for is set (always for VALID, CORRECTED and
	 * SEGMENT...), claimed otherwise */
	bool has_block, signed_for;
	struct ls_judged judged; /* owned */
	struct ls_buffer
		signed_bases;		   /* owned: the molecule as it was signed, with its block:
					    * VALID, CORRECTED; a     circular one begins with its block */
	size_t signed_at;		   /* where the block lies in it */
	size_t start;			   /* the start tag's first base in the file, from 0 */
	bool reversed;			   /* the block reads on the file's other strand */
	struct ls_differences differences; /* owned: ..._CORRECTED; places in the file, from 0 */
	struct ls_dna_near near[LS_DNA_NEAR_MAX]; /* of NONE and ALTERED: where tags nearly are */
	size_t near_count;
	struct ls_damage
		damage; /* owned: of ALTERED and UNDECIDED, what parity says all the same */
	struct ls_dna_coverage blocks; /* owned: all that can be read, this one, too */
	uint64_t work;		       /* about so many microseconds of the effort were used */
	size_t untried;		       /* blocks that the bound left out */
};
void ls_dna_verdict_free(struct ls_dna_verdict *v);
#define _cleanup_dna_verdict_ __attribute__((cleanup(ls_dna_verdict_free)))

/*
 * First blocks whose tags are whole, then what can be repaired.  Of several blocks that hold one
 * of the whole molecule counts before one of a segment, and one by whom was asked for before
 * others. Where a block of the whole molecule can be read and does not hold, and none does, the
 * molecule is ALTERED (ANOTHER, where its authority is not known), whatever segments hold.  Where
 * the effort's bound was reached before that was known it is UNDECIDED.  Time is linear in the
 * molecule's size and the number of its tags, and beyond that bounded by the effort.  0: *ret is
 * filled, whatever the outcome; -ENOTSUP (a profile whose program is not installed), -EIO,
 * -ENOMEM: could not be checked.
 */
int ls_dna_verify(const struct ls_molecule *m, const struct ls_dna_options *options,
		  struct ls_dna_verdict *ret, struct ls_error *err);

#endif
