/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of the tags where there should be none. */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_TAG_COPIES_H
#define LABSEAL_AUDIT_DNA_BLOCK_TAG_COPIES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

/*
 * Is a further copy of a tag within so many edits, on either strand, in these n bases?  The block's
 * own tags lie at start and at end (SIZE_MAX: not among these).  0; -EDOM with the place; -ENOMEM.
 */
int ls_tag_copies(const uint8_t *bases, size_t n, size_t start, size_t end, int edits,
		  struct ls_error *err);

#endif
