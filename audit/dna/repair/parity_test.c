/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/parity.h"

#include <errno.h>

#include "audit/dna/molecule/base.h"
#include "audit/dna/repair/made_test.h"
#include "audit/dna/repair/syndromes.h"
#include "lib/base/test.h"

/* The parity of made_bases(n, seed 1), by polynomial division in another language. */
static void check_vector(size_t n, unsigned errors, const char *expected)
{
	static uint8_t data[30000];
	_cleanup_parity_ struct ls_parity p = { 0 };
	_cleanup_buffer_ struct ls_buffer bases, text;
	ls_buffer_init(&bases, 4096);
	ls_buffer_init(&text, 4096);
	made_bases(data, n, 1);
	REQUIRE(ls_parity_init(&p, n, errors, NULL) == 0);
	REQUIRE(ls_parity_make(&p, data, &bases) == 0);
	ls_bases_to_text(bases.data, bases.size, &text);
	CHECK_STR_EQ(ls_buffer_str(&text), expected);
}

TEST(parity_is_as_the_format_has_it)
{
	check_vector(100, 1, "tatatgacatcc");
	check_vector(100, 3, "ctggttataatacgaactgaggagggtaggtatgga");
	check_vector(25000, 1, "cagatggccctaatgcggtaatcg"); /* two words */
}

struct made {
	struct ls_parity p;
	uint16_t *symbols; /* the codeword string */
};

static void make(struct made *m, size_t n, unsigned errors, uint32_t seed)
{
	struct ls_buffer bases;
	ls_buffer_init(&bases, 1 << 20);
	REQUIRE(ls_parity_init(&m->p, n, errors, NULL) == 0);
	size_t filled = m->p.data_symbols * LS_SYMBOL_BASES;
	memset(ls_buffer_reserve(&bases, filled), 0, filled);
	made_bases(bases.data, n, seed);
	ls_buffer_commit(&bases, filled);
	REQUIRE(ls_parity_make(&m->p, bases.data, &bases) == 0);
	REQUIRE(bases.size == m->p.symbols * LS_SYMBOL_BASES);
	m->symbols = calloc(m->p.symbols, sizeof(*m->symbols));
	ls_parity_symbols(bases.data, m->p.symbols, m->symbols);
	ls_buffer_free(&bases);
}

static void let_go(struct made *m)
{
	free(m->symbols);
	ls_parity_free(&m->p);
}

/* n different symbols of word 0 get other values; places: them, rising. */
static void damage(const struct made *m, uint16_t *symbols, size_t n, uint32_t *seed,
		   size_t *places)
{
	for (size_t i = 0; i < n; i++) {
		size_t step = m->p.data_symbols / m->p.words / n;
		places[i] = (i * step + made_below(seed, step)) * m->p.words;
		symbols[places[i]] ^= (uint16_t)(1 + made_below(seed, 4095));
	}
}

static void check_correction(size_t n, unsigned errors)
{
	struct made m;
	uint32_t seed = 7;
	size_t places[200];
	make(&m, n, errors, 3);
	uint16_t *seen = malloc(m.p.symbols * sizeof(*seen));
	for (unsigned many = 0; many <= errors; many++) {
		memcpy(seen, m.symbols, m.p.symbols * sizeof(*seen));
		damage(&m, seen, many, &seed, places);
		CHECK_INT_EQ(ls_parity_correct(&m.p, seen, NULL, 0), (int)many);
		CHECK(memcmp(seen, m.symbols, m.p.symbols * sizeof(*seen)) == 0);
	}
	damage(&m, seen, (size_t)2 * errors, &seed, places);
	CHECK_INT_EQ(ls_parity_correct(&m.p, seen, places, (size_t)2 * errors), 2 * (int)errors);
	CHECK(memcmp(seen, m.symbols, m.p.symbols * sizeof(*seen)) == 0);
	size_t too_many[200];
	for (size_t i = 0; i <= (size_t)2 * errors; i++)
		too_many[i] = i * m.p.words;
	CHECK_INT_EQ(ls_parity_correct(&m.p, seen, too_many, 2 * errors + 1), -EBADMSG);
	free(seen);
	let_go(&m);
}

TEST(so_many_errors_are_corrected_and_twice_as_many_erasures)
{
	check_correction(3000, 1);
	check_correction(3000, 4);
	check_correction(1200, 63);
	check_correction(30000, 2); /* two words, of which one is longer */
	check_correction(60001, 5);
}

TEST(more_errors_are_not_taken_for_none)
{
	struct made m;
	uint32_t seed = 11;
	size_t places[200], found = 0;
	make(&m, 3000, 8, 5);
	uint16_t *seen = malloc(m.p.symbols * sizeof(*seen));
	for (int i = 0; i < 50; i++) {
		memcpy(seen, m.symbols, m.p.symbols * sizeof(*seen));
		damage(&m, seen, 9, &seed, places);
		int rc = ls_parity_correct(&m.p, seen, NULL, 0);
		found += rc < 0;
		CHECK(rc < 0 || memcmp(seen, m.symbols, m.p.symbols * sizeof(*seen)) != 0);
	}
	CHECK(found >= 45);
	free(seen);
	let_go(&m);
}

TEST(no_parity_of_no_errors)
{
	struct ls_parity p;
	CHECK_INT_EQ(ls_parity_init(&p, 100, 0, NULL), -EINVAL);
	CHECK_INT_EQ(ls_parity_init(&p, 100, 64, NULL), -EINVAL);
	CHECK_INT_EQ(ls_parity_init(&p, 0, 1, NULL), -EINVAL);
}

/* Pieces of two strings that are right before and behind one erased symbol. */
static void check_pieces(size_t n, unsigned errors)
{
	struct made m;
	make(&m, n, errors, 9);
	size_t count = m.p.symbols, at = count / 3;
	uint16_t *left = malloc(count * sizeof(*left)), *right = malloc(count * sizeof(*right));
	struct ls_syndromes first, second;
	for (size_t i = 0; i < count; i++) {
		left[i] = i < at ? m.symbols[i] : 0;
		right[i] = i > at ? m.symbols[i] : 4095;
	}
	REQUIRE(ls_syndromes_init(&first, &m.p, left) == 0);
	REQUIRE(ls_syndromes_init(&second, &m.p, right) == 0);
	for (size_t guess = 0; guess < count; guess++) {
		struct ls_piece pieces[] = { { &first, 0, guess }, { &second, guess + 1, count } };
		CHECK(ls_syndromes_agree(&m.p, pieces, 2, &guess, 1) == (guess == at));
	}
	ls_syndromes_free(&first);
	ls_syndromes_free(&second);
	free(left);
	free(right);
	let_go(&m);
}

TEST(pieces_of_two_strings_agree_only_where_both_are_right)
{
	check_pieces(2000, 2);
	check_pieces(30000, 3);
}

TEST(what_is_erased_altogether_agrees_with_nothing)
{
	struct made m;
	make(&m, 600, 1, 13);
	struct ls_syndromes s;
	REQUIRE(ls_syndromes_init(&s, &m.p, m.symbols) == 0);
	const struct ls_piece pieces[] = { { &s, 0, 4 }, { &s, 6, m.p.symbols } };
	const size_t erased[] = { 4, 5 };
	CHECK(!ls_syndromes_agree(&m.p, pieces, 2, erased, 2));
	ls_syndromes_free(&s);
	let_go(&m);
}

TEST_MAIN()
