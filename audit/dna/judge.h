/* SPDX-License-Identifier: Apache-2.0 */
/* One molecule with a block at one place: does the block's signature hold for it? */
#ifndef LABSEAL_AUDIT_DNA_JUDGE_H
#define LABSEAL_AUDIT_DNA_JUDGE_H

#include "audit/dna/block/block.h"
#include "audit/dna/repair/repair.h"
#include "audit/dna/scheme/scheme.h"

/* What a block says and, once the judge has said 0, is sure of. */
struct ls_judged {
	struct ls_block block; /* owned */
	struct ls_layout layout;
	struct ls_buffer
		body; /* owned: the molecule (segment) without the block, as the block reads */
	size_t joint; /* the block lies before body[joint] */
	bool moved;   /* the molecule is right, and the block lay elsewhere in it when it was signed
		       */
	char authority[128]; /* as its parameters name it: claimed text */
};
void ls_judged_free(struct ls_judged *j);
#define _cleanup_judged_ __attribute__((cleanup(ls_judged_free)))

/*
 * Read the block at p->at and take it out.  0; -EBADMSG: no block can be read there
 * ("dna.block.malformed", "dna.block.version", "dna.verify.end-tag"); -ENOMEM.
 */
int ls_judge_read(const struct ls_proposal *p, struct ls_judged *ret, struct ls_error *err);

/* Keeps what the expensive half of a check of one block's signers needs.  Zeroed before its first
 * use. */
struct ls_judge {
	const struct ls_dna_trust *trust; /* borrowed */
	bool asked;			  /* for the verifier of these signers: it is there ... */
	struct ls_block signers;	  /* (without documentation) */
	struct ls_dna_verifier *verifier; /* owned */
	struct ls_error why;		  /* ... or this is why not */
};
void ls_judge_free(struct ls_judge *j);
#define _cleanup_judge_ __attribute__((cleanup(ls_judge_free)))

/* More or fewer bases around a block than were signed: -EBADMSG, "dna.verify.length". */
int ls_judge_length(const struct ls_block *b, size_t around, struct ls_error *err);

/* Microseconds, about, that ls_judge_read() and ls_judge_check() take for n bases. */
static inline uint64_t ls_judge_work(size_t n)
{
	return 1500 + n / 16;
}

/*
 * Does the signature of what was read hold?  0: moved and authority are set.
 * -EBADMSG: it does not ("dna.verify.length": there are more or fewer bases than were signed;
 * "dna.signature.form", "dna.signature.wrong").
 * -ENOKEY: signed under an authority that is not trusted, or by one whom its directory does not
 * have. -ENOTSUP, -EIO, -ENOMEM.
 */
int ls_judge_check(struct ls_judge *judge, struct ls_judged *j, const struct ls_proposal *p,
		   struct ls_error *err);

/* Append what the parity must be, for a molecule whose signature holds (then also where the block
 * was moved) or that may be as it was signed. */
int ls_judged_parity(const struct ls_judged *j, const struct ls_proposal *p, struct ls_buffer *out,
		     struct ls_error *err);

#endif
