/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a block may lie in what a sequencer read: pairs of a start tag and an end tag, on either
 * strand, each within some edits.  A tag alone, of so few bases, is found by chance in a long
 * sequence; a pair at a block's distance hardly ever.  All are told, the likeliest first: parity
 * and signature decide.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_SITE_H
#define LABSEAL_AUDIT_DNA_REPAIR_SITE_H

#include <stdbool.h>

#include "audit/dna/repair/tags.h"
#include "lib/base/error.h"

#define LS_SITES_MAX 4096 /* of them are kept */

struct ls_site {
	bool reversed; /* places are in the reverse complement of the sequence */
	bool told; /* behind the start tag is a header, and the end tag is about where it says */
	struct ls_tag_hit start, end; /* end.begin > start.end, across a ring's end past n */
};

struct ls_sites {
	struct ls_site *sites; /* owned; those that were told first, then by edits, fewest first */
	size_t count;
	size_t dropped; /* that were less likely than LS_SITES_MAX others */
	bool untried; /* there are so many tags that likely sites were dropped, or not looked for */
};
void ls_sites_free(struct ls_sites *sites);
#define _cleanup_sites_ __attribute__((cleanup(ls_sites_free)))

/* How many edits each tag may have; where one is found within half of them, rounded up, the other
 * is also looked for where it should be, within twice as many. */
#define LS_SITE_EDITS 3

/* Worth trying: in a very long sequence, pairs of tags with many edits are there by chance. */
bool ls_site_is_likely(const struct ls_site *site, size_t n);
/* That a block is there can be said of the tags alone: in fewer than one in forty of sequences made
 * of so many random bases is there such a pair. */
bool ls_site_is_telling(const struct ls_site *site, size_t n);

/* 0, -EFBIG, -ENOMEM. */
int ls_sites_find(const uint8_t *bases, size_t n, bool circular, unsigned edits,
		  struct ls_sites *ret, struct ls_error *err);

#endif
