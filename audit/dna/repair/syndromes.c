/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/syndromes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "audit/dna/repair/field.h"

#define ROOTS(p) (2 * (size_t)(p)->errors)

/* Places in word w, its end included, and where the sums of the word begin. */
static size_t places_in(const struct ls_parity *p, size_t word)
{
	return ls_parity_word_data(p, word) + ROOTS(p) + 1;
}

static size_t word_begin(const struct ls_parity *p, size_t word)
{
	size_t longer = p->data_symbols % p->words;
	return word * places_in(p, p->words - 1) + (word < longer ? word : longer);
}

/* The place in a word before which all of its symbols with an index below `end` lie. */
static size_t place_before(const struct ls_parity *p, size_t word, size_t end)
{
	size_t n = p->data_symbols, data = ls_parity_word_data(p, word);
	if (end > n)
		return data + (end - n + p->words - 1 - word) / p->words;
	size_t places = (end + p->words - 1 - word) / p->words;
	return places < data ? places : data;
}

/* Where a symbol in this place of the word is an error: X is this power of alpha (its locator). */
static unsigned locator_log(const struct ls_parity *p, size_t word, size_t place)
{
	return (unsigned)((places_in(p, word) - 2 - place) % LS_FIELD_ORDER);
}

/* Add the terms s X, s X^2 ... of one symbol to the sums before it. */
static void add_terms(const uint16_t *before, size_t roots, uint16_t symbol, unsigned x,
		      uint16_t *ret)
{
	memcpy(ret, before, roots * sizeof(*ret));
	if (symbol == 0)
		return;
	unsigned term = ls_field_logs[symbol];
	for (size_t m = 0; m < roots; m++) {
		term += x;
		if (term >= LS_FIELD_ORDER)
			term -= LS_FIELD_ORDER;
		ret[m] ^= ls_field_powers[term];
	}
}

static void sum_up(const struct ls_parity *p, const uint16_t *symbols, size_t word, uint16_t *sums)
{
	size_t data = ls_parity_word_data(p, word), roots = ROOTS(p);
	memset(sums, 0, roots * sizeof(*sums));
	for (size_t place = 0; place + 1 < places_in(p, word); place++, sums += roots) {
		size_t i = place < data ? place * p->words + word
					: p->data_symbols + (place - data) * p->words + word;
		add_terms(sums, roots, symbols[i], locator_log(p, word, place), sums + roots);
	}
}

int ls_syndromes_init(struct ls_syndromes *ret, const struct ls_parity *p, const uint16_t *symbols)
{
	size_t places = word_begin(p, p->words - 1) + places_in(p, p->words - 1);
	uint16_t *sums = calloc(places * ROOTS(p), sizeof(*sums));
	if (!sums)
		return -ENOMEM;
	for (size_t w = 0; w < p->words; w++)
		sum_up(p, symbols, w, sums + word_begin(p, w) * ROOTS(p));
	ret->sums = sums;
	return 0;
}

void ls_syndromes_free(struct ls_syndromes *s)
{
	if (!s)
		return;
	free(s->sums);
	s->sums = NULL;
}

static void add_piece(const struct ls_parity *p, const struct ls_piece *piece, size_t word,
		      uint16_t *syndromes)
{
	size_t roots = ROOTS(p);
	const uint16_t *sums = piece->string->sums + word_begin(p, word) * roots;
	const uint16_t *from = sums + place_before(p, word, piece->from) * roots;
	const uint16_t *to = sums + place_before(p, word, piece->to) * roots;
	for (size_t m = 0; m < roots; m++)
		syndromes[m] ^= from[m] ^ to[m];
}

/* Let an erased symbol's share vanish from the syndromes, of which there is then one less. */
static void forget(uint16_t *syndromes, size_t count, uint16_t x)
{
	for (size_t m = 0; m + 1 < count; m++)
		syndromes[m] = syndromes[m + 1] ^ ls_field_multiply(syndromes[m], x);
}

/* A word's syndromes, without the erased symbols' share.  Returns how many are left to check. */
static size_t left_of_word(const struct ls_parity *p, size_t word, const struct ls_piece *pieces,
			   size_t count, const size_t *erased, size_t erased_count,
			   uint16_t *syndromes)
{
	size_t left = ROOTS(p), at;
	memset(syndromes, 0, left * sizeof(*syndromes));
	for (size_t i = 0; i < count; i++)
		add_piece(p, &pieces[i], word, syndromes);
	for (size_t i = 0; left > 0 && i < erased_count; i++) {
		size_t place = ls_parity_place(p, erased[i], &at);
		if (at == word)
			forget(syndromes, left--, ls_field_power(locator_log(p, word, place)));
	}
	return left;
}

bool ls_syndromes_agree(const struct ls_parity *p, const struct ls_piece *pieces, size_t count,
			const size_t *erased, size_t erased_count)
{
	uint16_t syndromes[2 * LS_ERRORS_MAX];
	for (size_t w = 0; w < p->words; w++) {
		size_t left = left_of_word(p, w, pieces, count, erased, erased_count, syndromes);
		for (size_t m = 0; m < left; m++)
			if (syndromes[m] != 0)
				return false;
		if (left == 0)
			return false;
	}
	return true;
}

/* Length of the shortest shift register that makes these (Massey, "Shift-register synthesis and BCH
 * decoding", 1969): the number of errors, if they are few enough. */
static size_t register_length(const uint16_t *s, size_t n)
{
	uint16_t c[2 * LS_ERRORS_MAX + 1] = { 1 }, b[2 * LS_ERRORS_MAX + 1] = { 1 };
	uint16_t before[2 * LS_ERRORS_MAX + 1], last = 1;
	size_t length = 0, shift = 1;
	for (size_t i = 0; i < n; i++, shift++) {
		uint16_t d = s[i];
		for (size_t k = 1; k <= length; k++)
			d ^= ls_field_multiply(c[k], s[i - k]);
		if (d == 0)
			continue;
		uint16_t by = ls_field_divide(d, last);
		memcpy(before, c, sizeof(before));
		for (size_t k = 0; k + shift <= n; k++)
			c[k + shift] ^= ls_field_multiply(by, b[k]);
		if (2 * length > i)
			continue;
		length = i + 1 - length;
		memcpy(b, before, sizeof(b));
		last = d;
		shift = 0;
	}
	return length;
}

bool ls_syndromes_correctable(const struct ls_parity *p, const struct ls_piece *pieces,
			      size_t count, const size_t *erased, size_t erased_count)
{
	uint16_t syndromes[2 * LS_ERRORS_MAX];
	for (size_t w = 0; w < p->words; w++) {
		size_t left = left_of_word(p, w, pieces, count, erased, erased_count, syndromes);
		if (2 * register_length(syndromes, left) > left)
			return false;
	}
	return true;
}
