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
	struct ls_span *spans; /* owned, in the order of the text */
	size_t count;	       /* 0: all of it lies in other records */
};
void ls_location_free(struct ls_location *l);
#define _cleanup_location_ __attribute__((cleanup(ls_location_free)))

/*
 * text may hold blanks and line ends (a location that is wrapped).  molecule is its size: a number
 * above it is refused, and first > last unless circular.  0, -EBADMSG, -ENOMEM.
 */
int ls_location_parse(const char *text, size_t n, size_t molecule, bool circular,
		      struct ls_location *ret, struct ls_error *err);

/* What an insertion (or removal) does to the numbers of a text. */
struct ls_shift {
	size_t from;  /* the first base that moves, from 1 */
	long long by; /* and by how much */
};

/* Append text with its numbers moved: every other byte stays.  0 or the buffer's error. */
int ls_location_shift(const char *text, size_t n, const struct ls_shift *shift,
		      struct ls_buffer *out);

#endif
