/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block that lies elsewhere in its molecule than it was put, and errors besides.  Parity is of
 * the molecule as it read from where the block was put, so the block is put back there, and what is
 * then the molecule is repaired as any other.  Where that is, is counted in the canonical form: an
 * error where that begins leaves several places.
 */
#ifndef LABSEAL_AUDIT_DNA_MOVED_H
#define LABSEAL_AUDIT_DNA_MOVED_H

#include "audit/dna/block/block.h"
#include "audit/dna/molecule/canonical.h"
#include "audit/dna/repair/repair.h"

/* A molecule without the block at this site. */
struct ls_moved_block {
	const struct ls_molecule *molecule; /* borrowed: the file's */
	struct ls_site site;
	struct ls_block head;	       /* as it reads there */
	uint8_t *strand;	       /* owned: of the file's, that on which the block reads */
	size_t block, joint;	       /* its bases; it lies before body[joint] */
	struct ls_buffer body;	       /* owned: the strand without it, a ring's from its end on */
	struct ls_canonical canonical; /* owned: the body's */
};
void ls_moved_free(struct ls_moved_block *m);
#define _cleanup_moved_ __attribute__((cleanup(ls_moved_free)))

/*
 * 0; -ENOENT: no header of a whole molecule's block with parity can be read there, or the file says
 * another topology, or more bases are missing or too many than can be corrected.  -ENOMEM.
 */
int ls_moved_open(const struct ls_molecule *molecule, const struct ls_site *site,
		  struct ls_moved_block *ret);

/* Where the block may have been put: the canonical form's begin, and the place counted from there.
 */
struct ls_put {
	size_t offset, place; /* ls_canonical's */
	bool reversed, back;
	bool as_seen; /* the canonical form begins where that of what was read does */
};
#define LS_PUTS_MAX 68

/* The likeliest first; returns how many. */
size_t ls_moved_puts(const struct ls_moved_block *m, struct ls_put ret[static LS_PUTS_MAX]);

/* It lies there already. */
bool ls_moved_is_there(const struct ls_moved_block *m, const struct ls_put *put);

/* The molecule with its block put there, and the site in it, which is on this strand.  ret is
 * appended to.  0, -ENOMEM. */
int ls_moved_put_back(const struct ls_moved_block *m, const struct ls_put *put,
		      struct ls_buffer *ret, struct ls_site *ret_site);

/* A difference of what was put back (d->at) and of what was signed, whose block is in_block, in the
 * file's own places and letters. */
void ls_moved_in_file(const struct ls_moved_block *m, const struct ls_put *put, bool in_block,
		      struct ls_difference *d);

#endif
