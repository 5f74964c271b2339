/* SPDX-License-Identifier: Apache-2.0 */
/* All blocks of a molecule, and how much of it signatures cover. */
#ifndef LABSEAL_AUDIT_DNA_COVERAGE_H
#define LABSEAL_AUDIT_DNA_COVERAGE_H

#include "audit/dna/block/block.h"

enum ls_dna_standing {
	LS_DNA_HOLDS,
	LS_DNA_FAILS,
	LS_DNA_UNKNOWN, /* no trusted authority has its signer */
	LS_DNA_UNTRIED, /* the effort's bound was reached before it */
	LS_DNA_INNER,	/* a signature over the whole molecule holds and covers this block, too */
	LS_DNA_STANDINGS
};
/* "holds", "fails", "unknown", "untried", "covered". */
extern const char *const ls_dna_standing_words[LS_DNA_STANDINGS];

/* Bases of the file, from 0: size of them from first on, over a circle's end where they reach it.
 */
struct ls_dna_range {
	size_t first, size;
};

/* What lies so in a strand of n bases (on the file's other strand: reversed), as the file has it.
 */
struct ls_dna_range ls_dna_range_in_file(size_t begin, size_t size, size_t n, bool reversed);

struct ls_dna_found {
	enum ls_dna_standing standing;
	struct ls_dna_range block, covered; /* covered: the block, too */
	bool reversed;			    /* it reads on the file's other strand */
	bool segment;
	struct ls_orcid signer; /* the first; a claim but of what holds */
	uint32_t plasmid_id;
};

#define LS_DNA_FOUND_MAX 256 /* are told */

struct ls_dna_coverage {
	struct ls_dna_found *list; /* owned; as they were found */
	size_t count;
	size_t left_off; /* that were found and are not in the list */
};
void ls_dna_coverage_free(struct ls_dna_coverage *c);

/* 0 or -ENOMEM; one too many is counted only. */
int ls_dna_coverage_add(struct ls_dna_coverage *c, const struct ls_dna_found *found);

/* Bases of the n that signatures which hold cover; -ENOMEM.  None twice. */
int ls_dna_covered(const struct ls_dna_coverage *c, size_t n, size_t *ret);

#endif
