/* SPDX-License-Identifier: Apache-2.0 */
/* Which stretches of some length a molecule has, on either strand. */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_REPEATS_H
#define LABSEAL_AUDIT_DNA_BLOCK_REPEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LS_REPEATS_BASES_MAX 31

struct ls_repeats {
	size_t bases;	 /* of a stretch, at most LS_REPEATS_BASES_MAX */
	uint64_t *slots; /* owned: stretches + 1; 0 is free */
	size_t size;	 /* a power of two */
};

/* Room for the stretches of n bases in all.  0, -ENOMEM. */
int ls_repeats_init(struct ls_repeats *r, size_t bases, size_t n);
void ls_repeats_free(struct ls_repeats *r);
#define _cleanup_repeats_ __attribute__((cleanup(ls_repeats_free)))

/* A stretch and its reverse complement are one. */
uint64_t ls_repeats_stretch(const uint8_t *bases, size_t n);
bool ls_repeats_has(const struct ls_repeats *r, uint64_t stretch);
/* Add one; false: it was there. */
bool ls_repeats_add(struct ls_repeats *r, uint64_t stretch);
/* Add all stretches of n bases. */
void ls_repeats_add_all(struct ls_repeats *r, const uint8_t *bases, size_t n);

#endif
