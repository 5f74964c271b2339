/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/legacy.h"

#include <errno.h>
#include <fec.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

#define FIXED	     (2 * LS_LEGACY_TAG_BASES + LS_LEGACY_ORCID + LS_LEGACY_ID)
#define PARITY_MAX   4096 /* bases */
#define SYMBOLS	     65535
#define PARITY_BASES 8 /* a symbol of the parity */

/* The prototype's letters for a digit. */
static const char DIGITS[10][3] = { "ac", "ag", "at", "ca", "cg", "ct", "ga", "gc", "gt", "ta" };

static bool is_text(const uint8_t *bases, const char *text)
{
	for (size_t i = 0; text[i]; i++)
		if (bases[i] != ls_base_of(text[i]))
			return false;
	return true;
}

static bool read_digits(const uint8_t *bases, size_t digits, char *ret)
{
	for (size_t i = 0; i < digits; i++) {
		int digit = 0;
		while (digit < 10 && !(bases[2 * i] == ls_base_of(DIGITS[digit][0]) &&
				       bases[2 * i + 1] == ls_base_of(DIGITS[digit][1])))
			digit++;
		if (digit == 10)
			return false;
		ret[i] = (char)('0' + digit);
	}
	ret[digits] = '\0';
	return true;
}

/* The data symbols: each base is its letter's ASCII code, lower-case. */
static void symbols_of(const uint8_t *bases, size_t n, unsigned *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = (unsigned char)ls_base_letter(bases[i]);
}

/*
 * bases begins with the start tag and goes round; the block is `block` bases.  The code's data are
 * the rest of the molecule, start tag to signature, end tag.
 */
static int check_parity(const uint8_t *bases, size_t n, size_t block, size_t parity)
{
	size_t roots = parity / PARITY_BASES, data = n - parity;
	size_t to_signature = block - LS_LEGACY_TAG_BASES - parity;
	if (parity == 0 || parity % PARITY_BASES || data + roots > SYMBOLS)
		return -1;
	_cleanup_free_ unsigned *word = calloc(SYMBOLS, sizeof *word);
	void *code = init_rs_int(16, 0x1100b, 0, 1, (int)roots, (int)(SYMBOLS - roots - data));
	if (!word || !code) {
		if (code)
			free_rs_int(code);
		return -ENOMEM;
	}
	symbols_of(bases + block, n - block, word);
	symbols_of(bases, to_signature, word + (n - block));
	symbols_of(bases + block - LS_LEGACY_TAG_BASES, LS_LEGACY_TAG_BASES,
		   word + (n - block) + to_signature);
	for (size_t i = 0; i < roots; i++)
		for (size_t b = 0; b < PARITY_BASES; b++)
			word[data + i] = word[data + i] << 2 |
					 bases[to_signature + i * PARITY_BASES + b];
	int errors = decode_rs_int(code, word, NULL, 0);
	free_rs_int(code);
	return errors < 0 ? -1 : errors;
}

/* The end tag decides how long the parity is; signatures were of 512 bases, or 1024. */
static bool read_at(const uint8_t *bases, size_t n, struct ls_legacy *ret)
{
	if (!is_text(bases, LS_LEGACY_START) ||
	    !read_digits(bases + LS_LEGACY_TAG_BASES, 16, ret->orcid) ||
	    !read_digits(bases + LS_LEGACY_TAG_BASES + LS_LEGACY_ORCID, 6, ret->id))
		return false;
	static const size_t SIGNATURES[] = { 512, 1024 };
	for (size_t s = 0; s < 2; s++) {
		for (size_t parity = 0; parity <= PARITY_MAX; parity += PARITY_BASES) {
			size_t block = FIXED + SIGNATURES[s] + parity;
			if (block > n ||
			    !is_text(bases + block - LS_LEGACY_TAG_BASES, LS_LEGACY_END))
				continue;
			ret->signature = SIGNATURES[s];
			ret->parity = parity;
			ret->errors = check_parity(bases, n, block, parity);
			return true;
		}
	}
	return false;
}

int ls_legacy_find(const struct ls_molecule *m, struct ls_legacy *ret, struct ls_error *err)
{
	size_t n = m->bases.size;
	if (n < FIXED + 512)
		return ls_fail(err, -ENOENT, "dna.legacy.none", "no block of the first version");
	_cleanup_free_ uint8_t *twice = malloc(2 * n);
	if (!twice)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	memcpy(twice, m->bases.data, n);
	memcpy(twice + n, m->bases.data, n);
	for (int strand = 0; strand < 2; strand++) {
		for (size_t start = 0; start < n; start++) {
			struct ls_legacy l = { .start = start, .reversed = strand == 1 };
			if (!read_at(twice + start, n, &l))
				continue;
			if (l.errors == -ENOMEM)
				return ls_fail(err, -ENOMEM, "memory", "out of memory");
			*ret = l;
			return 0;
		}
		ls_bases_reverse_complement(twice, 2 * n);
	}
	return ls_fail(err, -ENOENT, "dna.legacy.none", "no block of the first version");
}

bool ls_legacy_is(const struct ls_molecule *m)
{
	struct ls_legacy l;
	return ls_legacy_find(m, &l, NULL) == 0;
}
