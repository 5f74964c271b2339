/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block that lies elsewhere in its molecule than it was put, and errors besides: its parity is of
 * the molecule as it read from where the block was put, so that has to be laid out again before
 * anything can be corrected.
 */
#ifndef LABSEAL_AUDIT_DNA_MOVED_H
#define LABSEAL_AUDIT_DNA_MOVED_H

#include "audit/dna/judge.h"
#include "audit/dna/repair/difference.h"

/* Where the block was read. */
struct ls_moved_block {
	const struct ls_molecule *molecule; /* the file's */
	const struct ls_judged *judged;	    /* of it: body, joint, layout */
	size_t start; /* the start tag's first base in the strand on which it reads, from 0 */
	bool reversed;
};

struct ls_moved_repair {
	struct ls_buffer bases;		   /* owned: as it was signed, if the parity is right */
	size_t at;			   /* the block lies before this base of them */
	struct ls_differences differences; /* owned: substitutions, in the file's places */
};
void ls_moved_repair_free(struct ls_moved_repair *moved);
#define _cleanup_moved_ __attribute__((cleanup(ls_moved_repair_free)))

/*
 * 0: a signature has still to say whether it is right.  -ENOENT: the block lies where it was put,
 * it is a segment's, it has no parity, or there are more or fewer bases than were signed. -EBADMSG:
 * there are more errors than the parity corrects; also where errors hide where the molecule's
 * canonical form begins.  -ENOMEM.
 */
int ls_moved_correct(const struct ls_moved_block *b, struct ls_moved_repair *ret);

#endif
