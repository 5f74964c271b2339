/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/moved.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/exact.h"
#include "audit/dna/molecule/canonical.h"
#include "audit/dna/repair/parity.h"
#include "lib/base/cleanup.h"

void ls_moved_repair_free(struct ls_moved_repair *moved)
{
	ls_buffer_free(&moved->bases);
	ls_differences_free(&moved->differences);
}

/* What is laid out again: the body as it read from where the block was put, and the block. */
struct laid_out {
	const struct ls_moved_block *b;
	struct ls_canonical canonical; /* owned: of the body */
	struct ls_parity code;	       /* owned */
	size_t n, block, data;	       /* bases of body, block; start tag to signature */
	uint8_t *seen, *should; /* owned: code.symbols * LS_SYMBOL_BASES: the codeword string */
};

static void laid_out_free(struct laid_out *l)
{
	ls_canonical_free(&l->canonical);
	ls_parity_free(&l->code);
	free(l->seen);
	free(l->should);
}
#define _cleanup_laid_out_ __attribute__((cleanup(laid_out_free)))

static uint8_t strand_base(const struct ls_moved_block *b, size_t place)
{
	size_t n = b->molecule->bases.size;
	uint8_t base = b->molecule->bases.data[ls_place_in_file(place, n, b->reversed)];
	return (uint8_t)(b->reversed ? LS_BASE_COMPLEMENT(base) : base);
}

/* Of this base of the codeword string: its place in the strand, and whether it reads against it. */
static size_t strand_place(const struct laid_out *l, size_t i, bool *ret_turned)
{
	const struct ls_judged *j = l->b->judged;
	size_t n = l->n, all = l->b->molecule->bases.size;
	const struct ls_canonical *c = &l->canonical;
	*ret_turned = false;
	if (i >= n) {
		size_t in_block = i - n;
		if (in_block >= l->data && in_block < l->data + LS_TAG_BASES)
			in_block += l->block - LS_TAG_BASES - l->data;
		else if (in_block >= l->data) /* the parity, behind what fills the data up */
			in_block = j->layout.at[LS_PART_PARITY] +
				   (i - l->code.data_symbols * LS_SYMBOL_BASES);
		return (l->b->start + in_block) % all;
	}
	size_t at = (size_t)(j->block.place / 2), body;
	bool back = j->block.place % 2;
	size_t k = back ? (at + 2 * n - 1 - i) % n : (at + i) % n;
	body = c->reversed ? (c->offset + 2 * n - 1 - k) % n : (k + n - c->offset % n) % n;
	*ret_turned = back != c->reversed;
	if (!j->block.linear)
		return (l->b->start + l->block + body) % all;
	return body < j->joint ? body : body + l->block;
}

static int lay_out(struct laid_out *l)
{
	const struct ls_judged *j = l->b->judged;
	int rc = ls_canonical_make(j->body.data, l->n, !j->block.linear, &l->canonical, NULL);
	if (rc < 0)
		return rc;
	if (ls_canonical_joint(&l->canonical, !j->block.linear, j->joint) == j->block.place)
		return -ENOENT;
	rc = ls_parity_init(&l->code, l->n + l->data + LS_TAG_BASES, j->block.errors, NULL);
	if (rc < 0)
		return rc;
	size_t size = l->code.symbols * LS_SYMBOL_BASES;
	size_t fill = l->code.data_symbols * LS_SYMBOL_BASES;
	l->seen = calloc(1, size);
	l->should = malloc(size);
	if (!l->seen || !l->should)
		return -ENOMEM;
	for (size_t i = 0; i < size; i++) {
		bool turned;
		if (i >= l->code.data_bases && i < fill)
			continue; /* a's */
		uint8_t base = strand_base(l->b, strand_place(l, i, &turned));
		l->seen[i] = (uint8_t)(turned ? LS_BASE_COMPLEMENT(base) : base);
	}
	return 0;
}

static int correct(struct laid_out *l)
{
	_cleanup_free_ uint16_t *symbols = malloc(l->code.symbols * sizeof *symbols);
	if (!symbols)
		return -ENOMEM;
	memcpy(l->should, l->seen, l->code.symbols * LS_SYMBOL_BASES);
	for (size_t i = 0; i < LS_TAG_BASES; i++) { /* as they must be */
		l->should[l->n + i] = (uint8_t)ls_base_of(LS_START_TAG[i]);
		l->should[l->n + l->data + i] = (uint8_t)ls_base_of(LS_END_TAG[i]);
	}
	ls_parity_symbols(l->should, l->code.symbols, symbols);
	int rc = ls_parity_correct(&l->code, symbols, NULL, 0);
	if (rc >= 0)
		ls_parity_bases_of(symbols, l->code.symbols, l->should);
	return rc < 0 ? rc : 0;
}

/* Front, block, behind: the string begins with what is behind.  Each base that differs is told. */
static int write_out(const struct laid_out *l, struct ls_moved_repair *m)
{
	const struct ls_judged *j = l->b->judged;
	size_t behind, fill = l->code.data_symbols * LS_SYMBOL_BASES, end = l->n + l->data;
	size_t o = (size_t)(j->block.place / 2), size = l->n + l->block;
	m->at = !j->block.linear ? 0 : j->block.place % 2 ? l->n - o : o;
	behind = l->n - m->at;
	ls_buffer_init(&m->bases, size + 1);
	uint8_t *out = ls_buffer_reserve(&m->bases, size);
	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < l->code.symbols * LS_SYMBOL_BASES; i++) {
		if (i >= l->code.data_bases && i < fill)
			continue;
		size_t to = i < behind ? m->at + l->block + i
			    : i < l->n ? i - behind
			    : i < end  ? m->at + i - l->n
			    : i < fill ? m->at + l->block - LS_TAG_BASES + i - end
				       : m->at + j->layout.at[LS_PART_PARITY] + i - fill;
		bool turned;
		size_t place = strand_place(l, i, &turned);
		out[to] = l->should[i];
		if (l->should[i] == l->seen[i])
			continue;
		bool other = turned != l->b->reversed;
		struct ls_difference *more = reallocarray(m->differences.list,
							  m->differences.count + 1, sizeof *more);
		if (!more)
			return -ENOMEM;
		m->differences.list = more;
		more[m->differences.count++] = (struct ls_difference){
			.kind = LS_SUBSTITUTED,
			.at = ls_place_in_file(place, l->b->molecule->bases.size, l->b->reversed),
			.should_at = to,
			.seen = (uint8_t)(other ? LS_BASE_COMPLEMENT(l->seen[i]) : l->seen[i]),
			.should = (uint8_t)(other ? LS_BASE_COMPLEMENT(l->should[i])
						  : l->should[i]),
		};
	}
	ls_buffer_commit(&m->bases, size);
	return 0;
}

int ls_moved_correct(const struct ls_moved_block *b, struct ls_moved_repair *ret)
{
	const struct ls_judged *j = b->judged;
	_cleanup_laid_out_ struct laid_out l = { .b = b, .n = j->body.size };
	struct ls_moved_repair m = { .at = 0 };
	if (j->block.segment || j->block.errors == 0 || j->body.size != j->block.length)
		return -ENOENT;
	l.block = j->layout.at[LS_PART_COUNT];
	l.data = j->layout.at[LS_PART_PARITY];
	int rc = lay_out(&l);
	if (rc == 0)
		rc = correct(&l);
	if (rc == 0)
		rc = write_out(&l, &m);
	if (rc < 0)
		ls_moved_repair_free(&m);
	else
		*ret = m;
	return rc;
}
