/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/repeats.h"

#include <errno.h>
#include <stdlib.h>

int ls_repeats_init(struct ls_repeats *r, size_t bases, size_t n)
{
	size_t size = 64;
	while (size < 2 * n)
		size *= 2;
	r->slots = calloc(size, sizeof *r->slots);
	r->bases = bases;
	r->size = size;
	return r->slots ? 0 : -ENOMEM;
}

void ls_repeats_free(struct ls_repeats *r)
{
	free(r->slots);
	*r = (struct ls_repeats){ 0 };
}

uint64_t ls_repeats_stretch(const uint8_t *bases, size_t n)
{
	uint64_t forward = 0, reverse = 0;
	for (size_t i = 0; i < n; i++) {
		forward = forward << 2 | bases[i];
		reverse = reverse << 2 | (uint64_t)(3 - bases[n - 1 - i]);
	}
	return forward < reverse ? forward : reverse;
}

static size_t slot(const struct ls_repeats *r, uint64_t stretch)
{
	size_t i = (size_t)((stretch * 0x9e3779b97f4a7c15u) >> 20) & (r->size - 1);
	while (r->slots[i] && r->slots[i] != stretch + 1)
		i = (i + 1) & (r->size - 1);
	return i;
}

bool ls_repeats_has(const struct ls_repeats *r, uint64_t stretch)
{
	return r->slots[slot(r, stretch)] != 0;
}

bool ls_repeats_add(struct ls_repeats *r, uint64_t stretch)
{
	size_t i = slot(r, stretch);
	if (r->slots[i])
		return false;
	r->slots[i] = stretch + 1;
	return true;
}

void ls_repeats_add_all(struct ls_repeats *r, const uint8_t *bases, size_t n)
{
	for (size_t i = 0; i + r->bases <= n; i++)
		ls_repeats_add(r, ls_repeats_stretch(bases + i, r->bases));
}
