/* SPDX-License-Identifier: Apache-2.0 */
/* The masks of a block (docs/formats/dna-block.md, Masks): public streams, exclusive-ored onto
 * bases. */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_MASK_H
#define LABSEAL_AUDIT_DNA_BLOCK_MASK_H

#include <stddef.h>
#include <stdint.h>

enum ls_mask_kind { LS_MASK_HEAD, LS_MASK_SIGNATURE, LS_MASK_CHUNK };

/* Put on, or taken off: it is the same. */
void ls_mask_apply(enum ls_mask_kind kind, uint32_t number, uint16_t mask, uint8_t *bases,
		   size_t n);

#endif
