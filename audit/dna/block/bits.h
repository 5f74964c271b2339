/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of bits in bases, the most significant bit first, two bits a base. */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_BITS_H
#define LABSEAL_AUDIT_DNA_BLOCK_BITS_H

#include <stddef.h>
#include <stdint.h>

/* Writing: the bases have room; each must be 0 before its first bit. */
struct ls_bit_writer {
	uint8_t *bases;
	size_t bits; /* written */
};
void ls_bits_put(struct ls_bit_writer *w, uint64_t value, unsigned bits);

struct ls_bit_reader {
	const uint8_t *bases;
	size_t size; /* in bits */
	size_t pos;  /* invariant: pos <= size */
};
/* Take `bits` (at most 64) bits.  0; -EBADMSG: there are not so many, and nothing is taken. */
int ls_bits_get(struct ls_bit_reader *r, unsigned bits, uint64_t *ret);

#endif
