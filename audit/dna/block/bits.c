/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/bits.h"

#include <errno.h>

void ls_bits_put(struct ls_bit_writer *w, uint64_t value, unsigned bits)
{
	while (bits-- > 0) {
		w->bases[w->bits / 2] |= (uint8_t)((value >> bits & 1) << (w->bits % 2 ? 0 : 1));
		w->bits++;
	}
}

int ls_bits_get(struct ls_bit_reader *r, unsigned bits, uint64_t *ret)
{
	if (bits > r->size - r->pos)
		return -EBADMSG;
	uint64_t value = 0;
	for (; bits > 0; bits--, r->pos++)
		value = value << 1 | (r->bases[r->pos / 2] >> (r->pos % 2 ? 0 : 1) & 1);
	*ret = value;
	return 0;
}
