/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sequencer read, laid over the sizes that the signed molecule had: the parts of the
 * codeword string, each as it was seen and as long as it should be.  A part that was seen longer or
 * shorter has lost or won bases somewhere; read from its left it is right up to there, read from
 * its right it is right from there on.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_FRAME_H
#define LABSEAL_AUDIT_DNA_REPAIR_FRAME_H

#include "audit/dna/repair/parity.h"
#include "audit/dna/repair/shape.h"
#include "audit/dna/repair/site.h"

/* In the codeword string's order. */
enum ls_region_id {
	LS_REGION_BEHIND = 0,
	LS_REGION_FRONT,
	LS_REGION_START_TAG,
	LS_REGION_HEAD,
	LS_REGION_END_TAG,
	LS_REGION_FILL,
	LS_REGION_PARITY,
	LS_REGIONS,
};

struct ls_region {
	const uint8_t *seen; /* borrowed */
	size_t seen_size;
	size_t at, size; /* where it should be in the codeword string */
};

struct ls_frame {
	struct ls_shape shape;
	struct ls_region regions[LS_REGIONS];
	uint8_t start_tag[LS_TAG_BASES], end_tag[LS_TAG_BASES]; /* as they should be */
	struct ls_parity code; /* owned; with shape.errors > 0 only */
	size_t bases;	       /* of the codeword string */
};

/* How many bases more than it should have a region was seen with. */
static inline int64_t ls_region_excess(const struct ls_region *r)
{
	return (int64_t)r->seen_size - (int64_t)r->size;
}

/*
 * A strand that begins at its start tag (a ring) or as it was read, and where the tags lie in it.
 * A ring's line: start_begin is 0.
 */
struct ls_line {
	uint8_t *bases; /* owned */
	size_t n;
	size_t start_begin, start_end, end_begin, end_end;
	size_t origin;			 /* bases[0] is this base of the strand */
	unsigned start_edits, end_edits; /* of the tags */
};

/*
 * The line for a site and a shape.  0; -ERANGE: such a molecule does not lie so (a linear one
 * across a ring's end, a segment with less around it); -ENOMEM.
 */
int ls_line_make(const uint8_t *strand, size_t n, const struct ls_site *site,
		 const struct ls_shape *shape, struct ls_line *ret);
void ls_line_free(struct ls_line *line);
#define _cleanup_line_ __attribute__((cleanup(ls_line_free)))

/*
 * The frame; the excess of what lies between the tags is the head's, or, where in_parity is set,
 * the parity's.  line is borrowed; ret points into itself, so it stays where it is.  0, -ENOMEM.
 */
int ls_frame_make(const struct ls_line *line, const struct ls_shape *shape, bool in_parity,
		  struct ls_frame *ret, struct ls_error *err);
void ls_frame_free(struct ls_frame *frame);
#define _cleanup_frame_ __attribute__((cleanup(ls_frame_free)))

/*
 * The codeword string with each region read from its left, shifted by so many bases: 0 is from its
 * left end, its excess from its right end.  Bases that were not seen are a's.  ret has room for
 * frame->bases.
 */
void ls_frame_string(const struct ls_frame *frame, const int64_t shifts[static LS_REGIONS],
		     uint8_t *ret);

/* The molecule that a whole and right codeword string is of: front, block, behind. */
int ls_frame_molecule(const struct ls_frame *frame, const uint8_t *string, struct ls_buffer *ret);

#endif
