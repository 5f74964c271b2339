/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a later signer changed: how the molecule that his block covers becomes the earlier one again
 * (docs/formats/dna-block.md, Edits).  Both are as the block reads: circular from behind the block
 * on, linear from the start.
 */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_EDITS_H
#define LABSEAL_AUDIT_DNA_BLOCK_EDITS_H

#include <stdbool.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/reader.h"

/* After `keep` further bases, `drop` are not there in the earlier molecule, and `put` are in their
 * place. */
struct ls_edit {
	size_t keep, drop, put_size;
	const uint8_t *put; /* packed, four a byte; borrowed */
};

/* Append edits to out.  0; -EFBIG: the molecules differ in too much to say how; -ENOMEM. */
int ls_edits_make(const uint8_t *now, size_t n, const uint8_t *earlier, size_t earlier_size,
		  struct ls_buffer *out, struct ls_error *err);

/* The next one.  0; -ENODATA at the end; -EBADMSG. */
int ls_edits_next(struct ls_reader *r, struct ls_edit *ret);

/* Append the earlier molecule's bases.  -EBADMSG: these are no edits of this molecule; out's error.
 */
int ls_edits_apply(const uint8_t *now, size_t n, const uint8_t *edits, size_t size,
		   struct ls_buffer *out, struct ls_error *err);

/*
 * Turn a circular earlier molecule so that it begins where now does, on the same strand, as far as
 * that can be told; the nth guess.  False: there is no such guess.
 */
bool ls_edits_align(const uint8_t *now, size_t n, uint8_t *earlier, size_t earlier_size,
		    unsigned nth);

#endif
