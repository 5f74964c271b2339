/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/exact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "lib/base/cleanup.h"

/* One strand, written twice so that whatever goes over the end is in one piece. */
struct strand {
	const uint8_t *twice;
	size_t n;
	bool reversed;
	enum ls_topology topology;
	const struct ls_exact_taker *taker;
};

static int failed(const struct strand *s, size_t start, const struct ls_error *why)
{
	return s->taker->failed ? s->taker->failed(s->taker->context,
						   ls_place_in_file(start, s->n, s->reversed),
						   s->reversed, why)
				: 0;
}

/* A block that can be read, and where. */
struct read {
	struct ls_block b;
	struct ls_layout layout;
	size_t start;
};

static int take(const struct strand *s, const struct read *r, const struct ls_proposal *p)
{
	const struct ls_exact found = { .proposal = *p,
					.head = &r->b,
					.layout = &r->layout,
					.start = r->start,
					.reversed = s->reversed };
	return s->taker->take(s->taker->context, &found);
}

/* What a segment covers: so many bases in front of the block and behind it. */
static int take_segment(const struct strand *s, const struct read *r)
{
	struct ls_error why = { 0 };
	const struct ls_block *b = &r->b;
	size_t place = (size_t)(b->place / 2), front = b->place % 2 ? b->length - place : place;
	size_t behind = b->length - front, n = s->n, start = r->start;
	size_t block = r->layout.at[LS_PART_COUNT];
	bool fits = s->topology == LS_LINEAR ? front <= start && start + block + behind <= n
					     : front + block + behind <= n;
	if (!fits) {
		ls_fail(&why, -EBADMSG, "dna.verify.segment",
			"the signed segment is %zu bases in front of the block and %zu behind it, "
			"and they are not "
			"all there",
			front, behind);
		return failed(s, start, &why);
	}
	/* the second of the two copies has something before it, wherever the block lies */
	size_t from = front <= start ? start - front : start + n - front;
	const struct ls_proposal p = { .bases = s->twice + from,
				       .n = front + block + behind,
				       .at = front,
				       .linear = true,
				       .segment = true };
	return take(s, r, &p);
}

static int take_whole(const struct strand *s, const struct read *r)
{
	struct ls_error why = { 0 };
	struct ls_proposal p = { .bases = s->twice + r->start, .n = s->n, .linear = r->b.linear };
	if (r->b.linear && r->start + r->layout.at[LS_PART_COUNT] > s->n) {
		ls_fail(&why, -EBADMSG, "dna.verify.linear",
			"the block of a linear molecule goes over its end");
		return failed(s, r->start, &why);
	}
	if (r->b.linear) {
		p.bases = s->twice;
		p.at = r->start;
	}
	return take(s, r, &p);
}

static int take_at(const struct strand *s, size_t start)
{
	struct ls_error why = { 0 };
	struct read r = { .start = start };
	const uint8_t *bases = s->twice + start;
	int rc = ls_block_read_head(bases, s->n, &r.b, &r.layout, &why);
	if (rc == 0 &&
	    ls_tag_errors(bases + r.layout.at[LS_PART_END_TAG], LS_END_TAG) > LS_EXACT_TAG_ERRORS)
		rc = ls_end_tag_missing(&why);
	if (rc < 0)
		return rc == -EBADMSG ? failed(s, start, &why) : rc;
	return r.b.segment ? take_segment(s, &r) : take_whole(s, &r);
}

int ls_end_tag_missing(struct ls_error *err)
{
	return ls_fail(err, -EBADMSG, "dna.verify.end-tag",
		       "the end tag is not where the header says");
}

unsigned ls_tag_errors(const uint8_t *bases, const char *tag)
{
	unsigned errors = 0;
	for (size_t i = 0; i < LS_TAG_BASES && errors <= LS_EXACT_TAG_ERRORS; i++)
		errors += bases[i] != ls_base_of(tag[i]);
	return errors;
}

/* A tag's length of bases as a number, two bits each. */
static uint32_t packed(const uint8_t *bases, size_t n, uint32_t before)
{
	for (size_t i = 0; i < n; i++)
		before = before << 2 | bases[i];
	return before;
}

/* Bases that differ between two such numbers: a long sequence is looked through with it, where a
 * loop that ends at the fourth would be guessed wrongly at every base. */
static inline unsigned differing(uint32_t a, uint32_t b)
{
	uint32_t d = a ^ b;
	d = (d | d >> 1) & 0x55555555;
	d = (d & 0x33333333) + (d >> 2 & 0x33333333);
	d = (d + (d >> 4)) & 0x0f0f0f0f;
	return d * 0x01010101 >> 24;
}

/* The start tags that are whole, or those that are not; *ret_others: there are of the other sort.
 */
static int search(const struct strand *s, bool whole, bool *ret_others)
{
	_Static_assert(LS_TAG_BASES == 16, "a tag is as many bases as 32 bits hold");
	uint8_t tag[LS_TAG_BASES];
	for (size_t i = 0; i < LS_TAG_BASES; i++)
		tag[i] = (uint8_t)ls_base_of(LS_START_TAG[i]);
	uint32_t sought = packed(tag, LS_TAG_BASES, 0);
	uint32_t seen = packed(s->twice, LS_TAG_BASES - 1, 0);
	for (size_t start = 0; start < s->n; start++) {
		seen = packed(s->twice + start + LS_TAG_BASES - 1, 1, seen);
		unsigned errors = differing(seen, sought);
		if (errors > LS_EXACT_TAG_ERRORS)
			continue;
		*ret_others |= (errors == 0) != whole;
		int rc = (errors == 0) == whole ? take_at(s, start) : 0;
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Whole tags first: they are the likelier blocks. */
int ls_exact_find(const uint8_t *bases, size_t n, enum ls_topology topology,
		  const struct ls_exact_taker *taker, struct ls_error *err)
{
	if (n < LS_TAG_BASES)
		return 0;
	_cleanup_free_ uint8_t *twice = malloc(2 * n);
	if (!twice)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	struct strand s = { .twice = twice, .n = n, .topology = topology, .taker = taker };
	bool others[2] = { false };
	int rc = 0;
	for (int round = 0; rc == 0 && round < 4; round++) {
		bool whole = round < 2;
		s.reversed = round % 2;
		if (!whole && !others[s.reversed])
			continue;
		memcpy(twice, bases, n);
		if (s.reversed)
			ls_bases_reverse_complement(twice, n);
		memcpy(twice + n, twice, n);
		rc = search(&s, whole, &others[s.reversed]);
	}
	return rc;
}
