/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/parity.h"

#include <errno.h>
#include <fec.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "audit/dna/repair/field.h"
#include "lib/base/cleanup.h"

#define ROOTS(p) (2 * (size_t)(p)->errors)

/* libfec's code for words of so many data symbols, generator roots alpha^1 ... alpha^2t. */
static void *code_of(unsigned errors, size_t data_symbols)
{
	return init_rs_int(LS_FIELD_BITS, LS_FIELD_POLY, 1, 1, (int)(2 * errors),
			   (int)(LS_FIELD_ORDER - 2 * errors - data_symbols));
}

int ls_parity_init(struct ls_parity *ret, size_t data_bases, unsigned errors, struct ls_error *err)
{
	if (errors < 1 || errors > LS_ERRORS_MAX || data_bases == 0)
		return ls_fail(err, -EINVAL, "dna.parity.errors",
			       "no parity corrects %u errors: 1 to %d do", errors, LS_ERRORS_MAX);
	struct ls_parity p = { .errors = errors, .data_bases = data_bases };
	ls_field_ready();
	p.data_symbols = (data_bases + LS_SYMBOL_BASES - 1) / LS_SYMBOL_BASES;
	ls_parity_bases(data_bases, 0, errors, &p.words);
	p.symbols = p.data_symbols + ROOTS(&p) * p.words;
	size_t shorter = p.data_symbols / p.words;
	p.short_code = code_of(errors, shorter);
	p.long_code = p.data_symbols % p.words ? code_of(errors, shorter + 1) : NULL;
	if (!p.short_code || (p.data_symbols % p.words && !p.long_code)) {
		ls_parity_free(&p);
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	}
	*ret = p;
	return 0;
}

void ls_parity_free(struct ls_parity *p)
{
	if (!p)
		return;
	if (p->short_code)
		free_rs_int(p->short_code);
	if (p->long_code)
		free_rs_int(p->long_code);
	p->short_code = p->long_code = NULL;
}

size_t ls_parity_word_data(const struct ls_parity *p, size_t word)
{
	return p->data_symbols / p->words + (word < p->data_symbols % p->words);
}

size_t ls_parity_place(const struct ls_parity *p, size_t symbol, size_t *ret_word)
{
	if (symbol < p->data_symbols) {
		*ret_word = symbol % p->words;
		return symbol / p->words;
	}
	*ret_word = (symbol - p->data_symbols) % p->words;
	return ls_parity_word_data(p, *ret_word) + (symbol - p->data_symbols) / p->words;
}

void ls_parity_symbols(const uint8_t *bases, size_t symbols, uint16_t *ret)
{
	for (size_t i = 0; i < symbols; i++, bases += LS_SYMBOL_BASES) {
		unsigned symbol = 0;
		for (size_t b = 0; b < LS_SYMBOL_BASES; b++)
			symbol = symbol << 2 | bases[b];
		ret[i] = (uint16_t)symbol;
	}
}

void ls_parity_bases_of(const uint16_t *symbols, size_t count, uint8_t *ret_bases)
{
	for (size_t i = 0; i < count; i++)
		for (size_t b = 0; b < LS_SYMBOL_BASES; b++)
			*ret_bases++ = symbols[i] >> 2 * (LS_SYMBOL_BASES - 1 - b) & 3;
}

static void *code_of_word(const struct ls_parity *p, size_t word)
{
	return word < p->data_symbols % p->words ? p->long_code : p->short_code;
}

/* The index, in a codeword string, of a place in a word. */
static size_t index_of(const struct ls_parity *p, size_t word, size_t place)
{
	size_t data = ls_parity_word_data(p, word);
	return place < data ? place * p->words + word
			    : p->data_symbols + (place - data) * p->words + word;
}

static void gather(const struct ls_parity *p, const uint16_t *symbols, size_t word, size_t count,
		   unsigned *ret)
{
	for (size_t place = 0; place < count; place++)
		ret[place] = symbols[index_of(p, word, place)];
}

int ls_parity_make(const struct ls_parity *p, const uint8_t *data, struct ls_buffer *out)
{
	_cleanup_free_ uint8_t *bases = calloc(p->symbols, LS_SYMBOL_BASES);
	_cleanup_free_ uint16_t *symbols = calloc(p->symbols, sizeof(*symbols));
	unsigned word[LS_FIELD_ORDER];
	if (!bases || !symbols)
		return -ENOMEM;
	memcpy(bases, data, p->data_bases);
	ls_parity_symbols(bases, p->data_symbols, symbols);
	for (size_t w = 0; w < p->words; w++) {
		size_t n = ls_parity_word_data(p, w);
		gather(p, symbols, w, n, word);
		encode_rs_int(code_of_word(p, w), word, word + n);
		for (size_t j = 0; j < ROOTS(p); j++)
			symbols[index_of(p, w, n + j)] = (uint16_t)word[n + j];
	}
	size_t parity = p->symbols - p->data_symbols;
	ls_parity_bases_of(symbols + p->data_symbols, parity, bases);
	return ls_buffer_add(out, bases, parity * LS_SYMBOL_BASES);
}

/* The erased symbols of this word, as places in it; negative: more than its parity can give back.
 */
static int erased_places(const struct ls_parity *p, size_t word, const size_t *erased, size_t count,
			 int *ret)
{
	size_t n = 0, at;
	for (size_t i = 0; i < count; i++) {
		size_t place = ls_parity_place(p, erased[i], &at);
		if (at != word)
			continue;
		if (n == ROOTS(p))
			return -EBADMSG;
		ret[n++] = (int)place;
	}
	return (int)n;
}

static int correct_word(const struct ls_parity *p, size_t w, uint16_t *symbols,
			const size_t *erased, size_t erased_count)
{
	unsigned word[LS_FIELD_ORDER];
	int places[LS_FIELD_ORDER]; /* libfec also gives back there where it corrected */
	size_t n = ls_parity_word_data(p, w) + ROOTS(p);
	int known = erased_places(p, w, erased, erased_count, places);
	gather(p, symbols, w, n, word);
	if (known < 0 || decode_rs_int(code_of_word(p, w), word, places, known) < 0)
		return -EBADMSG;
	int changed = 0;
	for (size_t place = 0; place < n; place++) {
		size_t i = index_of(p, w, place);
		changed += symbols[i] != word[place];
		symbols[i] = (uint16_t)word[place];
	}
	return changed;
}

int ls_parity_correct(const struct ls_parity *p, uint16_t *symbols, const size_t *erased,
		      size_t erased_count)
{
	int changed = 0;
	for (size_t w = 0; w < p->words; w++) {
		int rc = correct_word(p, w, symbols, erased, erased_count);
		if (rc < 0)
			return rc;
		changed += rc;
	}
	return changed;
}

int ls_parity_correct_each(const struct ls_parity *p, uint16_t *symbols, size_t *ret_clean)
{
	int broken = 0;
	*ret_clean = 0;
	for (size_t w = 0; w < p->words; w++) {
		int rc = correct_word(p, w, symbols, NULL, 0);
		if (rc < 0 && rc != -EBADMSG)
			return rc;
		broken += rc < 0;
		*ret_clean += rc == 0;
	}
	return broken;
}
