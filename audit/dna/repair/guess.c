/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/guess.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/repair/syndromes.h"
#include "lib/base/cleanup.h"

/* Microseconds, about.  Of a judgement most is another signature's point; of a correction the
 * syndromes. */
#define WORK_JUDGE(bases)	(500 + (bases) / 16)
#define WORK_CHECK(words, t)	((words) * (1 + (t) * (t) / 100))
#define WORK_DECODE(symbols, t) (20 + (symbols) / 100 + (symbols) * (t) / 250)
#define STRINGS_MAX		3
#define ERASED_MAX		32 /* symbols */

int ls_guess_spend(struct ls_guess *g, uint64_t work)
{
	if (g->work < work)
		return -ETIME;
	g->work -= work;
	return 0;
}

/* --- a proposal ---------------------------------------------------------- */

/* What the parity may not change: tags, and what fills the last symbol up. */
static bool knowns_hold(const struct ls_frame *f, const uint8_t *string)
{
	static const enum ls_region_id known[] = { LS_REGION_START_TAG, LS_REGION_END_TAG,
						   LS_REGION_FILL };
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		const struct ls_region *r = &f->regions[known[i]];
		if (memcmp(string + r->at, r->seen, r->size) != 0)
			return false;
	}
	return true;
}

/* The header of what is proposed says that it is so long and lies so. */
static bool header_agrees(const struct ls_frame *f, const struct ls_buffer *molecule)
{
	_cleanup_block_ struct ls_block b;
	struct ls_layout layout;
	struct ls_shape shape;
	ls_block_init(&b);
	if (ls_block_read(molecule->data + f->shape.front, molecule->size - f->shape.front, &b,
			  &layout, NULL) < 0)
		return false;
	ls_shape_of_block(&b, &layout, &shape);
	return shape.linear == f->shape.linear && shape.segment == f->shape.segment &&
	       shape.behind + shape.front == f->shape.behind + f->shape.front &&
	       shape.head == f->shape.head && shape.parity == f->shape.parity &&
	       shape.errors == f->shape.errors;
}

static int propose(struct ls_guess *g, const struct ls_frame *f, const uint8_t *string)
{
	if (!knowns_hold(f, string))
		return -EBADMSG;
	ls_buffer_clear(g->accepted);
	int rc = ls_frame_molecule(f, string, g->accepted);
	if (rc < 0)
		return ls_fail(g->err, rc, "memory", "out of memory");
	if (!header_agrees(f, g->accepted))
		return -EBADMSG;
	const struct ls_proposal p = { .bases = g->accepted->data,
				       .n = g->accepted->size,
				       .at = f->shape.front,
				       .linear = f->shape.linear,
				       .segment = f->shape.segment };
	rc = ls_guess_spend(g, WORK_JUDGE(p.n));
	return rc < 0 ? rc : g->judge->judge(g->judge->context, &p, g->err);
}

/* Symbols, some of them erased, are corrected and proposed. */
static int decode(struct ls_guess *g, const struct ls_frame *f, uint16_t *symbols,
		  const size_t *erased, size_t erased_count)
{
	int rc = ls_guess_spend(g, WORK_DECODE(f->code.symbols, f->shape.errors));
	if (rc == 0)
		rc = ls_parity_correct(&f->code, symbols, erased, erased_count);
	if (rc < 0)
		return rc;
	_cleanup_free_ uint8_t *string = malloc(f->code.symbols * LS_SYMBOL_BASES);
	if (!string)
		return ls_fail(g->err, -ENOMEM, "memory", "out of memory");
	ls_parity_bases_of(symbols, f->code.symbols, string);
	return propose(g, f, string);
}

/* --- readings: the string with its regions shifted in one way or another -- */

struct reading {
	uint16_t *symbols;	  /* owned */
	struct ls_syndromes sums; /* owned */
};

static void reading_free(struct reading *r)
{
	free(r->symbols);
	ls_syndromes_free(&r->sums);
}

static int reading_make(struct ls_guess *g, const struct ls_frame *f,
			const int64_t shifts[static LS_REGIONS], struct reading *ret)
{
	_cleanup_free_ uint8_t *string = malloc(f->bases + 1);
	struct reading r = { .symbols = malloc(f->code.symbols * sizeof(*r.symbols)) };
	if (string && r.symbols) {
		ls_frame_string(f, shifts, string);
		ls_parity_symbols(string, f->code.symbols, r.symbols);
	}
	if (!string || !r.symbols || ls_syndromes_init(&r.sums, &f->code, r.symbols) < 0) {
		reading_free(&r);
		return ls_fail(g->err, -ENOMEM, "memory", "out of memory");
	}
	*ret = r;
	return ls_guess_spend(g, f->code.symbols * f->shape.errors / 50);
}

/* Readings, one after the other along the string, and what is erased between them. */
struct guess {
	struct reading readings[STRINGS_MAX];
	size_t count;
	size_t breaks[STRINGS_MAX - 1]; /* first erased symbol between reading i and the next */
	size_t widths[STRINGS_MAX - 1]; /* how many are erased there */
};

static void guess_free(struct guess *u)
{
	for (size_t i = 0; i < u->count; i++)
		reading_free(&u->readings[i]);
}
#define _cleanup_guess_ __attribute__((cleanup(guess_free)))

static int guess_add(struct ls_guess *g, const struct ls_frame *f,
		     const int64_t shifts[static LS_REGIONS], struct guess *u)
{
	int rc = reading_make(g, f, shifts, &u->readings[u->count]);
	u->count += u->readings[u->count].symbols != NULL;
	return rc;
}

static size_t erased_of(const struct guess *u, size_t *ret)
{
	size_t count = 0;
	for (size_t i = 0; i + 1 < u->count; i++)
		for (size_t k = 0; k < u->widths[i]; k++)
			if (count == 0 || u->breaks[i] + k > ret[count - 1])
				ret[count++] = u->breaks[i] + k;
	return count;
}

static void pieces_of(const struct ls_frame *f, const struct guess *u, struct ls_piece *ret)
{
	size_t from = 0;
	for (size_t i = 0; i < u->count; i++) {
		bool last = i + 1 == u->count;
		size_t to = last ? f->code.symbols : u->breaks[i];
		ret[i] = (struct ls_piece){ &u->readings[i].sums, from, to < from ? from : to };
		if (!last && u->breaks[i] + u->widths[i] > from)
			from = u->breaks[i] + u->widths[i];
	}
}

/* The guess as symbols, corrected and proposed. */
static int decode_guess(struct ls_guess *g, const struct ls_frame *f, const struct guess *u)
{
	struct ls_piece pieces[STRINGS_MAX];
	size_t erased[ERASED_MAX], count = erased_of(u, erased);
	_cleanup_free_ uint16_t *symbols = calloc(f->code.symbols, sizeof(*symbols));
	if (!symbols)
		return ls_fail(g->err, -ENOMEM, "memory", "out of memory");
	pieces_of(f, u, pieces);
	for (size_t i = 0; i < u->count; i++)
		memcpy(symbols + pieces[i].from, u->readings[i].symbols + pieces[i].from,
		       (pieces[i].to - pieces[i].from) * sizeof(*symbols));
	return decode(g, f, symbols, erased, count);
}

/* The guess, if its parity agrees: without a further error, or with few (substitutions). */
static int check_guess(struct ls_guess *g, const struct ls_frame *f, const struct guess *u,
		       bool substitutions)
{
	struct ls_piece pieces[STRINGS_MAX];
	size_t erased[ERASED_MAX], count = erased_of(u, erased), t = f->shape.errors;
	int rc = ls_guess_spend(g, substitutions ? WORK_CHECK(f->code.words, t) : f->code.words);
	if (rc < 0)
		return rc;
	pieces_of(f, u, pieces);
	bool agrees = substitutions
			      ? ls_syndromes_correctable(&f->code, pieces, u->count, erased, count)
			      : ls_syndromes_agree(&f->code, pieces, u->count, erased, count);
	return agrees ? decode_guess(g, f, u) : -EBADMSG;
}

/* --- ways ---------------------------------------------------------------- */

static bool has_sizes(const struct ls_frame *f)
{
	for (size_t i = 0; i < LS_REGIONS; i++)
		if (ls_region_excess(&f->regions[i]) != 0)
			return false;
	return true;
}

int ls_guess_none(struct ls_guess *g, const struct ls_frame *f)
{
	static const int64_t shifts[LS_REGIONS];
	if (!has_sizes(f))
		return -EBADMSG;
	_cleanup_free_ uint8_t *string = malloc(f->bases + 1);
	if (!string)
		return ls_fail(g->err, -ENOMEM, "memory", "out of memory");
	ls_frame_string(f, shifts, string);
	if (f->shape.errors == 0)
		return propose(g, f, string);
	_cleanup_free_ uint16_t *symbols = malloc(f->code.symbols * sizeof(*symbols));
	if (!symbols)
		return ls_fail(g->err, -ENOMEM, "memory", "out of memory");
	ls_parity_symbols(string, f->code.symbols, symbols);
	return decode(g, f, symbols, NULL, 0);
}

/* Symbols that a run of lost bases can touch; bases that were won are in one. */
static size_t width_of(int64_t excess)
{
	return excess >= 0 ? 1 : (size_t)(LS_SYMBOL_BASES - 2 - excess) / LS_SYMBOL_BASES + 1;
}

/* The symbols that a region touches: first, and the one behind its last. */
static void symbols_of(const struct ls_region *r, size_t *ret_first, size_t *ret_end)
{
	*ret_first = r->at / LS_SYMBOL_BASES;
	*ret_end = (r->at + r->size + LS_SYMBOL_BASES - 1) / LS_SYMBOL_BASES;
}

/* The only region of another size; LS_REGIONS: none, or several. */
static size_t odd_region(const struct ls_frame *f)
{
	size_t found = LS_REGIONS;
	for (size_t i = 0; i < LS_REGIONS; i++) {
		if (ls_region_excess(&f->regions[i]) == 0)
			continue;
		if (found != LS_REGIONS)
			return LS_REGIONS;
		found = i;
	}
	return found;
}

static int along(struct ls_guess *g, const struct ls_frame *f, size_t region, bool substitutions,
		 struct guess *u)
{
	size_t first, end;
	int rc = -EBADMSG;
	symbols_of(&f->regions[region], &first, &end);
	for (size_t at = first; rc == -EBADMSG && at + u->widths[0] <= end; at++) {
		u->breaks[0] = at;
		rc = check_guess(g, f, u, substitutions);
	}
	return rc;
}

/* So many bases the parity of a molecule as it was signed could name; what is more is another
 * molecule, whatever of it was signed. */
static bool too_many(int64_t excess, size_t roots)
{
	uint64_t bases = (uint64_t)(excess < 0 ? -excess : excess);
	return bases > LS_EXCESS_MAX || bases > LS_SYMBOL_BASES * (uint64_t)(roots - 1);
}

int ls_guess_one(struct ls_guess *g, const struct ls_frame *f, bool substitutions)
{
	size_t region = odd_region(f);
	if (region == LS_REGIONS || f->shape.errors == 0)
		return -EBADMSG;
	int64_t excess = ls_region_excess(&f->regions[region]), shifts[LS_REGIONS] = { 0 };
	size_t roots = 2 * f->shape.errors * f->code.words, widest = width_of(excess);
	if (widest >= ERASED_MAX || widest >= roots || too_many(excess, roots))
		return -EBADMSG;
	_cleanup_guess_ struct guess u = { .count = 0 };
	int rc = guess_add(g, f, shifts, &u);
	shifts[region] = excess;
	if (rc == 0)
		rc = guess_add(g, f, shifts, &u);
	if (rc < 0)
		return rc;
	rc = -EBADMSG;
	size_t least = excess < 0 && widest > 1 ? widest - 1 : 1;
	for (u.widths[0] = least; rc == -EBADMSG && u.widths[0] <= widest; u.widths[0]++)
		rc = along(g, f, region, substitutions, &u);
	return rc;
}

/* A stretch that is erased costs half of what errors do that are looked for; one syndrome of each
 * word is left to check it with, and the judge. */
int ls_guess_stretch(struct ls_guess *g, const struct ls_frame *f)
{
	static const int64_t shifts[LS_REGIONS];
	size_t width = f->code.words * (2 * (size_t)f->shape.errors - 1);
	if (f->shape.errors < 2 || !has_sizes(f))
		return -EBADMSG;
	if (width >= ERASED_MAX)
		width = ERASED_MAX - 1;
	_cleanup_guess_ struct guess u = { .widths = { width } };
	int rc = guess_add(g, f, shifts, &u);
	if (rc == 0)
		rc = guess_add(g, f, shifts, &u);
	if (rc < 0)
		return rc;
	rc = -EBADMSG;
	for (size_t at = 0; rc == -EBADMSG && at + width <= f->code.symbols; at++) {
		u.breaks[0] = at;
		rc = check_guess(g, f, &u, false);
	}
	return rc;
}

/* One event in each of these regions (which may be one), of so many bases. */
struct events {
	size_t regions[2];
	int64_t excess[2];
};

static int square(struct ls_guess *g, const struct ls_frame *f, const struct events *e,
		  struct guess *u)
{
	size_t first[2], end[2];
	int rc = -EBADMSG;
	for (size_t i = 0; i < 2; i++) {
		symbols_of(&f->regions[e->regions[i]], &first[i], &end[i]);
		u->widths[i] = width_of(e->excess[i]);
	}
	for (size_t a = first[0]; rc == -EBADMSG && a + u->widths[0] <= end[0]; a++) {
		u->breaks[0] = a;
		size_t b = a > first[1] ? a : first[1];
		for (; rc == -EBADMSG && b + u->widths[1] <= end[1]; b++) {
			u->breaks[1] = b;
			rc = check_guess(g, f, u, false);
		}
	}
	return rc;
}

static int try_events(struct ls_guess *g, const struct ls_frame *f, const struct events *e)
{
	int64_t shifts[LS_REGIONS] = { 0 };
	_cleanup_guess_ struct guess u = { .count = 0 };
	int rc = guess_add(g, f, shifts, &u);
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		shifts[e->regions[i]] += e->excess[i];
		rc = guess_add(g, f, shifts, &u);
	}
	return rc < 0 ? rc : square(g, f, e, &u);
}

/* In one region: one base each time, lost or won. */
static int twice_in(struct ls_guess *g, const struct ls_frame *f, size_t region, int64_t first,
		    int64_t second)
{
	const struct events e = { { region, region }, { first, second } };
	return try_events(g, f, &e);
}

static int lost_and_won(struct ls_guess *g, const struct ls_frame *f)
{
	static const enum ls_region_id where[] = { LS_REGION_BEHIND, LS_REGION_FRONT,
						   LS_REGION_HEAD };
	int rc = -EBADMSG;
	for (size_t i = 0; rc == -EBADMSG && i < sizeof(where) / sizeof(*where); i++) {
		if (f->regions[where[i]].size == 0)
			continue;
		rc = twice_in(g, f, where[i], 1, -1);
		if (rc == -EBADMSG)
			rc = twice_in(g, f, where[i], -1, 1);
	}
	return rc;
}

int ls_guess_two(struct ls_guess *g, const struct ls_frame *f)
{
	struct events e = { .regions = { 0 } };
	size_t odd = 0;
	if (f->shape.errors < 2) /* nothing would be left to check */
		return -EBADMSG;
	for (size_t i = 0; i < LS_REGIONS; i++) {
		int64_t excess = ls_region_excess(&f->regions[i]);
		if (excess == 0)
			continue;
		if (odd == 2 || excess > 2 || excess < -2)
			return -EBADMSG;
		e.regions[odd] = i;
		e.excess[odd++] = excess;
	}
	if (odd == 0)
		return lost_and_won(g, f);
	if (odd == 2)
		return try_events(g, f, &e);
	int64_t half = e.excess[0] / 2;
	return half != 0 ? twice_in(g, f, e.regions[0], half, half) : -EBADMSG;
}
