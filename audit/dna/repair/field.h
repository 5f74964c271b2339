/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GF(2^12) with x^12 + x^6 + x^4 + x + 1: the symbols of a block's parity
 * (docs/formats/dna-block.md, "Parity"), as libfec has it.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_FIELD_H
#define LABSEAL_AUDIT_DNA_REPAIR_FIELD_H

#include <stddef.h>
#include <stdint.h>

#define LS_FIELD_BITS  12
#define LS_FIELD_POLY  0x1053
#define LS_FIELD_ORDER 4095 /* of its multiplicative group */

uint16_t ls_field_multiply(uint16_t a, uint16_t b); /* below 4096, as all elements */
uint16_t ls_field_power(size_t exponent);	    /* of alpha = x */

#endif
