/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syndromes of a codeword string put together from pieces of several strings: for guess-and-check
 * (Kas Hanna and El Rouayheb, "Guess & Check Codes for Deletions, Insertions, and
 * Synchronization", 2019), where the same molecule is read with and without a shift.  Each string
 * is summed up once, and a guess then costs the number of its parity symbols, not the molecule's
 * length.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_SYNDROMES_H
#define LABSEAL_AUDIT_DNA_REPAIR_SYNDROMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/dna/repair/parity.h"

/* Sums of S_1 ... S_2t over all symbols before each place, word by word. */
struct ls_syndromes {
	uint16_t *sums; /* owned */
};

/* 0 or -ENOMEM. */
int ls_syndromes_init(struct ls_syndromes *ret, const struct ls_parity *p, const uint16_t *symbols);
void ls_syndromes_free(struct ls_syndromes *s);

/* A piece: symbols from..to-1 of one string. */
struct ls_piece {
	const struct ls_syndromes *string;
	size_t from, to;
};

/*
 * Whether the pieces, with the symbols between them and outside of them erased, are a codeword
 * with no further error; erased: those symbols, rising.  False also where a word has so many erased
 * symbols that nothing is left to check.
 */
bool ls_syndromes_agree(const struct ls_parity *p, const struct ls_piece *pieces, size_t count,
			const size_t *erased, size_t erased_count);

/*
 * Whether there may be so few further errors that the parity corrects them: false where there are
 * certainly more.  Of as many syndromes as were left where that is an odd number, chance passes one
 * in 4096.
 */
bool ls_syndromes_correctable(const struct ls_parity *p, const struct ls_piece *pieces,
			      size_t count, const size_t *erased, size_t erased_count);

#endif
