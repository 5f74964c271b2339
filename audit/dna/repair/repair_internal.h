/* SPDX-License-Identifier: Apache-2.0 */
/* Between repair.c (lines, sites), heads.c (the sizes of what is tried) and damage.c. */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_REPAIR_INTERNAL_H
#define LABSEAL_AUDIT_DNA_REPAIR_REPAIR_INTERNAL_H

#include "audit/dna/repair/guess.h"
#include "audit/dna/repair/repair.h"

/* How far a tag's edge may be from where it seems: that a base was lost and that one was won can
 * look alike. */
#define EDGE(edits) (2 * (edits))

/* One sequence, both strands, and what is tried on it. */
struct repair {
	const uint8_t *strands[2]; /* as in the file, and its reverse complement */
	size_t n;
	enum ls_topology topology;
	const struct ls_sites *sites;
	struct ls_guess guess;
	struct ls_buffer accepted;
	struct ls_repaired *ret;
	bool accepted_one; /* *ret is filled */
	/* work that is left for blocks whose sizes nothing tells, and for reading heads that cannot
	 * be read; and whether it was not enough */
	uint64_t unread, heads;
	bool cut;
};

/* All: what ls_guess_...() return; -EBADMSG also where the judge wants more than what it accepted,
 * which is then in *r->ret. */

/* One shape of the molecule, at this site. */
int ls_repair_shape(struct repair *r, const struct ls_site *site, const struct ls_shape *shape,
		    enum ls_effort effort);
/* All shapes that this site may have. */
int ls_repair_site(struct repair *r, const struct ls_site *site, enum ls_effort effort);

/* What the header at this site tells, if it can be read. */
bool ls_repair_told(const struct repair *r, const struct ls_site *site, struct ls_shape *ret,
		    struct ls_layout *ret_layout);

/* A difference between a line that begins at this base of a strand and what was signed, in the
 * file's own places and letters. */
void ls_repair_in_file(const struct repair *r, bool reversed, size_t origin, bool linear,
		       struct ls_difference *one);

/* More bases between the tags than the shape has. */
static inline int64_t inside_excess(const struct ls_line *line, const struct ls_shape *shape)
{
	return (int64_t)(line->end_begin - line->start_end) -
	       (int64_t)(shape->head + shape->parity);
}

/* Fill *ret, of what could not be corrected.  0, -ENOMEM. */
int ls_repair_look(const struct repair *r, struct ls_damage *ret);

#endif
