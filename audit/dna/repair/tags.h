/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a tag may be in what a sequencer read: every place within some edits (Levenshtein:
 * substitutions, insertions, deletions), by edlib.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_TAGS_H
#define LABSEAL_AUDIT_DNA_REPAIR_TAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

struct ls_tag_hit {
	size_t begin, end; /* bases begin..end-1; in a ring, end may lie up to a tag past n */
	unsigned distance; /* edits */
};

struct ls_tag_hits {
	struct ls_tag_hit *hits; /* owned; by place */
	size_t count, room;
};
void ls_tag_hits_free(struct ls_tag_hits *hits);
#define _cleanup_tag_hits_ __attribute__((cleanup(ls_tag_hits_free)))

#define LS_TAG_HITS_MAX 65536 /* more than chance gives in the longest sequence */

/*
 * Append the places of tag (bases) within `edits` of it.  Places that overlap are one, the one
 * with the fewest edits.  circular: across the sequence's end, too.
 * 0, -EFBIG (LS_TAG_HITS_MAX), -ENOMEM.
 */
int ls_tags_find(const uint8_t *bases, size_t n, bool circular, const uint8_t *tag, size_t tag_size,
		 unsigned edits, struct ls_tag_hits *hits, struct ls_error *err);

#endif
