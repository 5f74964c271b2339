/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feature locations (INSDC feature table definition, section 3.4): numbers, n..m, n^m, n.m, <, >,
 * complement(), join(), order(), one-of(), bond(), gap(), and places in other records
 * (J00194.1:100..202), which are not this molecule's and stay as they are.
 */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_LOCATION_H
#define LABSEAL_AUDIT_DNA_MOLECULE_LOCATION_H

#include <stdbool.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_SPANS_MAX 4096 /* of one feature */

/* A stretch of bases, both ends counted, from 1.  first > last: over the origin of a circle. */
struct ls_span {
	size_t first, last;
	bool between;	 /* n^m: the joint between two bases */
	bool complement; /* on the other strand */
};

struct ls_location {
	struct ls_span *spans; /* owned, 5' to 3' on their own strand as the text joins them */
	size_t count;	       /* 0: all of it lies in other records */
	bool joined;	       /* join(): what lies between two spans belongs to it, too */
};
void ls_location_free(struct ls_location *l);
#define _cleanup_location_ __attribute__((cleanup(ls_location_free)))

/*
 * text may hold blanks and line ends (a location that is wrapped).  molecule is its size: a number
 * above it is refused, and first > last unless circular.  0, -EBADMSG, -ENOMEM.
 */
int ls_location_parse(const char *text, size_t n, size_t molecule, bool circular,
		      struct ls_location *ret, struct ls_error *err);

/* What an insertion or a removal does to the numbers of bases. */
struct ls_shift {
	size_t inserted_at; /* so many bases come before this base, from 1; ... */
	size_t inserted;
	size_t removed_first; /* ... or these go (0: none); first > last: over the origin */
	size_t removed_last;
	size_t molecule; /* bases before */
};

/* Where base number `base` is afterwards.  One that is removed becomes its neighbour in front of
 * the removed ones, or base 1 where there is none. */
size_t ls_shift_base(const struct ls_shift *shift, size_t base);

/* Append text with its numbers moved: every other byte stays.  0 or the buffer's error. */
int ls_location_shift(const char *text, size_t n, const struct ls_shift *shift,
		      struct ls_buffer *out);

#endif
