/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "tests/dna/campaign.h"

void edit_copy(const struct ls_molecule *m, struct ls_molecule *ret)
{
	ls_molecule_init(ret);
	ret->topology = m->topology;
	if (ls_buffer_add(&ret->bases, m->bases.data, m->bases.size) < 0)
		abort();
}

void edit_substitute(struct ls_molecule *m, size_t at, uint8_t by)
{
	m->bases.data[at] = (m->bases.data[at] + by) & 3;
}

void edit_remove(struct ls_molecule *m, size_t at, size_t n)
{
	memmove(m->bases.data + at, m->bases.data + at + n, m->bases.size - at - n);
	m->bases.size -= n;
}

void edit_insert(struct ls_molecule *m, size_t at, const uint8_t *bases, size_t n)
{
	if (ls_buffer_add(&m->bases, bases, n) < 0)
		abort();
	memmove(m->bases.data + at + n, m->bases.data + at, m->bases.size - n - at);
	memcpy(m->bases.data + at, bases, n);
}

void edit_turn(struct ls_molecule *m, size_t from, bool other_strand)
{
	struct ls_molecule turned;
	size_t n = m->bases.size;
	ls_molecule_init(&turned);
	ls_buffer_add(&turned.bases, m->bases.data + from, n - from);
	if (ls_buffer_add(&turned.bases, m->bases.data, from) < 0)
		abort();
	if (other_strand)
		ls_bases_reverse_complement(turned.bases.data, n);
	ls_buffer_free(&m->bases);
	m->bases = turned.bases; /* handed over */
}
