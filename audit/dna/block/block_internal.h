/* SPDX-License-Identifier: Apache-2.0 */
/* What writing, reading and measuring a block share. */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_BLOCK_INTERNAL_H
#define LABSEAL_AUDIT_DNA_BLOCK_BLOCK_INTERNAL_H

#include "audit/dna/block/block.h"

#define LS_HEADER_BITS		28 /* version to hint; length and place follow */
#define LS_HEADER_DOCUMENT_BITS 24
#define LS_NARROW_LENGTH_MAX	32767
#define LS_SIGNER_COUNT_BITS	6

static inline bool ls_block_is_wide(const struct ls_block *b)
{
	return b->length > LS_NARROW_LENGTH_MAX;
}

size_t ls_block_header_bases(const struct ls_block *b);

/* Does such a place exist? */
static inline bool ls_block_has_place(const struct ls_block *b)
{
	return b->place < 2 * ((uint64_t)b->length + b->linear);
}

#endif
