/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parity of a block: Reed-Solomon by libfec over symbols of six bases
 * (docs/formats/dna-block.md, "Parity").
 *
 * A codeword string is the data's bases (the molecule from behind the end tag round to the start
 * tag, start tag to signature, end tag), filled up with a's to whole symbols, and behind them the
 * parity's bases; it is handled as symbols, so that data symbol i is symbol i.
 */
#ifndef LABSEAL_AUDIT_DNA_REPAIR_PARITY_H
#define LABSEAL_AUDIT_DNA_REPAIR_PARITY_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_SYMBOL_BASES 6

/* The code of so many data bases and t errors a word.  Const for any number of threads. */
struct ls_parity {
	unsigned errors;     /* t, 1 to 63 */
	size_t data_bases;   /* without what they are filled up with */
	size_t data_symbols; /* N */
	size_t words;	     /* W; data symbol i is in word i mod W */
	size_t symbols;	     /* N + 2 t W */
	void *long_code,
		*short_code; /* libfec's, owned: of words of ceil and floor(N / W) symbols */
};

/* 0; -EINVAL: no errors, or more than 63; -ENOMEM.  Free with ls_parity_free(). */
int ls_parity_init(struct ls_parity *ret, size_t data_bases, unsigned errors, struct ls_error *err);
void ls_parity_free(struct ls_parity *p);
#define _cleanup_parity_ __attribute__((cleanup(ls_parity_free)))

/* Append the parity's bases, 12 t for each word, of these data_bases bases.  0 or -ENOMEM. */
int ls_parity_make(const struct ls_parity *p, const uint8_t *data, struct ls_buffer *out);

/* Bases (data_bases, fill, parity: 6 * symbols in all) as symbols, and back. */
void ls_parity_symbols(const uint8_t *bases, size_t symbols, uint16_t *ret);
void ls_parity_bases_of(const uint16_t *symbols, size_t count, uint8_t *ret_bases);

/*
 * Correct a string of p->symbols symbols in place: in each word up to t errors, or twice as many
 * places that are known to be wrong (erased: indices of symbols, rising).  Returns how many
 * symbols were changed; -EBADMSG: more errors than that, the string is then undefined; -ENOMEM.
 * More than t errors may also be "corrected" to what was never there: the signature tells.
 */
int ls_parity_correct(const struct ls_parity *p, uint16_t *symbols, const size_t *erased,
		      size_t erased_count);

/* Word by word, nothing erased: those with more errors than t stay as they are.  Returns how many
 * those are; *ret_clean is how many had no error; -ENOMEM. */
int ls_parity_correct_each(const struct ls_parity *p, uint16_t *symbols, size_t *ret_clean);

/* Where symbol i lies: its word, and its place in it. */
size_t ls_parity_place(const struct ls_parity *p, size_t symbol, size_t *ret_word);
/* Symbols of data in word w. */
size_t ls_parity_word_data(const struct ls_parity *p, size_t word);

#endif
