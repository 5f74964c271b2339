/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks whose tags are whole: found without any guessing, on both strands and over a circle's end.
 */
#ifndef LABSEAL_AUDIT_DNA_EXACT_H
#define LABSEAL_AUDIT_DNA_EXACT_H

#include "audit/dna/molecule/molecule.h"
#include "audit/dna/repair/repair.h"

/* Where a base of a strand lies in the file, from 0. */
static inline size_t ls_place_in_file(size_t place, size_t n, bool reversed)
{
	place %= n;
	return reversed ? n - 1 - place : place;
}

struct ls_exact {
	struct ls_proposal proposal; /* borrowed until take returns, as all of it */
	const struct ls_block *head; /* by ls_block_read_head() */
	const struct ls_layout *layout;
	size_t start;  /* of the start tag, in the strand, from 0 */
	bool reversed; /* the strand is the file's other one */
};

#define LS_EXACT_TAG_ERRORS 3 /* substitutions in a tag */

/* How many of its bases differ from the tag's; more than the limit: any number above it. */
unsigned ls_tag_errors(const uint8_t *bases, const char *tag);
/* -EBADMSG, "dna.verify.end-tag". */
int ls_end_tag_missing(struct ls_error *err);

/*
 * Call take for each start tag with the molecule around it as its header wants it; where no block
 * can be read there, its end tag is not where its header says, or a segment is not all there,
 * failed is called with the reason.  Each may end the search with something other than 0, which is
 * returned.  failed may be NULL.  What is not taken costs a hash; nothing here costs more than that
 * for a tag.
 */
struct ls_exact_taker {
	int (*take)(void *context, const struct ls_exact *found);
	int (*failed)(void *context, size_t place, bool reversed, const struct ls_error *why);
	void *context;
};
int ls_exact_find(const uint8_t *bases, size_t n, enum ls_topology topology,
		  const struct ls_exact_taker *taker, struct ls_error *err);

#endif
