/* SPDX-License-Identifier: Apache-2.0 */
/* One molecule's search for a signature that holds: verdict.c (what it comes to), search.c (what is
 * found, and what it says), search_exact.c (blocks as they lie), search_repair.c (blocks with
 * errors, or moved). */
#ifndef LABSEAL_AUDIT_DNA_SEARCH_H
#define LABSEAL_AUDIT_DNA_SEARCH_H

#include <errno.h>

#include "audit/dna/exact.h"
#include "audit/dna/verdict.h"

/* How much a signature that holds says; the search goes on while there may be more. */
enum held { HELD_NONE, SEGMENT_OF_ANOTHER, WHOLE_OF_ANOTHER, SEGMENT, WHOLE };

struct search {
	const struct ls_molecule *m;
	const struct ls_dna_options *options;
	struct ls_judge judge;
	struct ls_dna_verdict *v;   /* of blocks that do not hold */
	struct ls_dna_verdict best; /* of the block that holds and says most: `held` */
	enum held held;
	bool whole_fails; /* a block says that it covers the whole molecule, and does not hold */
	bool unknown_is_whole; /* a block of an unknown authority has no error: that is what it says
				*/
	struct ls_dna_coverage blocks;
	uint64_t work;	    /* microseconds, about, that are left for what costs more than a hash */
	size_t untried;	    /* blocks that none was left for ... */
	bool whole_untried; /* ... one of which says that it covers the whole molecule */
	bool cut_short;	    /* the same of repair */
	struct ls_error *err;
};

/* How much a reason tells: of several blocks that do not hold, the most telling is reported. */
int ls_search_telling(const struct ls_error *why);

/* A block that does not hold: told, if nothing before tells more.  start: in the file. *j, unless
 * NULL, is then emptied. */
void ls_search_remember(struct search *s, const struct ls_error *why, struct ls_judged *j,
			size_t start, bool reversed);

/* What a signature of this block says if it holds. */
enum held ls_search_held_by(const struct search *s, const struct ls_block *b);

/* The signature holds, and says more than what held before: of whom is what is left to ask.  *j is
 * emptied.  0, -ENOMEM. */
int ls_search_accept(struct search *s, struct ls_judged *j, const struct ls_proposal *p,
		     enum ls_dna_outcome outcome);

/* Whether there was so much of the work; it is taken off. */
bool ls_search_spend(struct search *s, uint64_t work);

/* What the judge said is a verdict, no failure. */
static inline bool is_verdict(int rc)
{
	return rc == -EBADMSG || rc == -ENOKEY;
}

/* Each block whose tags and header are whole.  0, or what could not be checked. */
int ls_search_exact(struct search *s);

/* Each that can be repaired, or put back, at these sites.  The same. */
int ls_search_repair(struct search *s, const struct ls_sites *sites);
int ls_search_moved(struct search *s, const struct ls_sites *sites);

#endif
