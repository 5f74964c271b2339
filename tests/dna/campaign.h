/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The campaign against `labseal dna verify`: molecules that are really signed, everything that can
 * happen to them, and a judge of its own that knows what was signed.  In a process of its own, by
 * the rooms' functions; what is damaged is chosen by seeds that are printed.
 */
#ifndef LABSEAL_TESTS_DNA_CAMPAIGN_H
#define LABSEAL_TESTS_DNA_CAMPAIGN_H

#include <stdio.h>

#include "audit/dna/block/block.h"
#include "audit/dna/verdict.h"

/* --- molecules ------------------------------------------------------------------ */

/* A signed molecule. */
struct specimen {
	char name[64];
	struct ls_molecule molecule; /* owned */
	struct ls_block block;	     /* owned: its fields */
	struct ls_layout layout;
	size_t at;	       /* the block lies before this base */
	size_t first, covered; /* what is signed, block included: of a segment, a part */
	size_t words;	       /* of parity; 0: there is none */
	bool crowded; /* so many tags that the true ones may not be tried: see SITES_TRIED */
};
void specimen_free(struct specimen *s);
#define _cleanup_specimen_ __attribute__((cleanup(specimen_free)))

/* How one is to be signed. */
struct recipe {
	const char *name;
	enum ls_profile profile;
	unsigned errors;
	bool linear;
	size_t at;		      /* of the molecule without block */
	size_t first, last;	      /* a segment from 0, last is not in it; 0, 0: all of it */
	const struct ls_dna_key *key; /* NULL: Alice's for the profile */
	const uint8_t *document;      /* documentation; NULL: none */
	size_t document_size;
	bool crowded;
	bool may_fail; /* then the molecule made is empty where no block fits */
};

/* Whom everything is signed by, and who is believed.  Made once; ends the program on failure. */
struct world {
	struct ls_dna_trust *trust;
	struct ls_dna_key *alice, *bob; /* identities */
	struct ls_dna_key *three;	/* Alice, Bob and Carol together: aggregate */
	struct ls_dna_key *stranger;	/* Alice's iD, another authority */
	bool has_paper;			/* labseal-dna-paper is installed beside this program */
};
void world_make(struct world *w);
void world_free(struct world *w);

/* Sign n bases.  Ends the program on failure: nothing can be said then. */
void specimen_make(const struct world *w, const struct recipe *r, const uint8_t *bases, size_t n,
		   struct specimen *ret);
/* Append a block with these fields and this signature, its parity made for these bases. */
void specimen_assemble(const struct ls_block *b, const uint8_t *bases, size_t n, size_t at,
		       struct ls_buffer *out);
/* Append the molecule without its block. */
void specimen_body(const struct specimen *s, struct ls_buffer *out);

/* --- the judge ---------------------------------------------------------------------- */

/*
 * Is the verdict on what was seen right, when these are all the molecules that were ever signed?
 * NULL, or what is wrong.  "valid" is right for one of them alone, up to rotation and strand, or
 * for one whose block was moved, which must be told; "valid-after-correction" where the corrected
 * molecule is one of them and the errors told lead to it.
 */
const char *judge_verdict(const struct specimen *const *truths, size_t count,
			  const struct ls_molecule *seen, const struct ls_dna_verdict *v);
bool judge_same(const uint8_t *a, const uint8_t *b, size_t n, bool circular);

/*
 * What is edited in fuzzing and its corpora: four signed molecules of 160 bases, made once:
 * circular with a parity for two errors, linear without parity, a segment with parity in 100 more
 * bases, by three signers together.
 */
#define SUBJECTS 4
const struct specimen *subject(const struct world *w, size_t which);

/* --- counting --------------------------------------------------------------------------- */

enum kind {
	KIND_ROTATION,
	KIND_SUBSTITUTION,
	KIND_DELETION,
	KIND_INSERTION,
	KIND_MIX,
	KIND_BEYOND,
	KIND_DECOY,
	KIND_MOVED,
	KIND_TRANSPLANT,
	KIND_TRUNCATED,
	KIND_COPIES,
	KIND_REPLACED,
	KIND_FIELDS,
	KIND_COMBINED,
	KIND_SIGNER,
	KIND_TWO_BLOCKS,
	KIND_SEGMENT,
	KIND_COUNT
};
extern const char *const kind_names[KIND_COUNT];

struct tally {
	size_t cases, outcomes[LS_DNA_OUTCOMES];
	size_t wrong;  /* the judge says no */
	size_t missed; /* right, and another outcome was to be expected */
	double seconds, slowest;
};

struct campaign {
	struct world world;
	bool whole;	  /* every place, not a sample */
	bool real;	  /* the real plasmids alone */
	const char *keep; /* a folder for molecules that are judged wrongly; NULL: nowhere */
	uint64_t seed;
	struct tally tallies[KIND_COUNT];
	size_t molecules, bases;
	size_t told;		    /* faults that were printed */
	uint64_t seconds;	    /* of processor time, at most; 0: any */
	bool over;		    /* it took longer, or was asked to end */
	uint64_t part, parts, turn; /* of `parts` molecules it does the `part`th, from 1 */
};

/* What must come of a case, whatever else the judge allows. */
enum expected {
	EXPECT_RIGHT,
	EXPECT_VALID,
	EXPECT_CORRECTED,
	EXPECT_SEGMENT,
	EXPECT_NOTHING_HOLDS
};

/* Verify, judge and count one.  place: for a fault to be told. */
void campaign_case(struct campaign *c, enum kind kind, const struct specimen *const *truths,
		   size_t count, const struct ls_molecule *seen, enum expected expected,
		   size_t place);
void campaign_case_of(struct campaign *c, enum kind kind, const struct specimen *s,
		      const struct ls_molecule *seen, enum expected expected, size_t place);
/* The same for a verdict that is there already. */
void campaign_count(struct campaign *c, enum kind kind, const char *name,
		    const struct ls_molecule *seen, const struct ls_dna_verdict *v,
		    const char *wrong, enum expected expected, size_t place);

/* --- what happens to molecules ---------------------------------------------------------------- */

/* strides: every so-manieth place of each kind; 0: none. */
struct strides {
	size_t rotation, substitution, indel;
	size_t mixes; /* how many */
};
void damage_everywhere(struct campaign *c, const struct specimen *s, const struct strides *strides);
/* Attacks with a molecule and its signer's signature.  `other` is signed, too, of as many bases. */
void attack_all(struct campaign *c, const struct specimen *s, const struct specimen *other);
void attack_two_blocks(struct campaign *c, const struct specimen *s);
void attack_segments(struct campaign *c, uint64_t seed);

/* splitmix64 */
static inline uint64_t dice(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static inline size_t dice_below(uint64_t *state, size_t n)
{
	return (size_t)(dice(state) % n);
}

/* Take from the molecule, put into it. */
void edit_substitute(struct ls_molecule *m, size_t at, uint8_t by);
void edit_remove(struct ls_molecule *m, size_t at, size_t n);
void edit_insert(struct ls_molecule *m, size_t at, const uint8_t *bases, size_t n);
void edit_copy(const struct ls_molecule *m, struct ls_molecule *ret);
/*
 * Edits that bytes say, four bytes each: what (changed, lost, won, a tag put in, a stretch twice,
 * turned, topology, a long stretch lost), where (two bytes), how.
 */
void edit_script(struct ls_molecule *m, const uint8_t *script, size_t n);
/* Of a circular molecule: read from another base on, and on the other strand. */
void edit_turn(struct ls_molecule *m, size_t from, bool other_strand);

#endif
