/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/exact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "lib/base/cleanup.h"

/* One strand, written twice so that whatever goes over the end is in one piece. */
struct strand {
	uint8_t *twice;
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

/* Whole tags first: they are the likelier blocks. */
static int search(const struct strand *s, bool whole)
{
	uint8_t tag[LS_TAG_BASES];
	for (size_t i = 0; i < LS_TAG_BASES; i++)
		tag[i] = (uint8_t)ls_base_of(LS_START_TAG[i]);
	for (size_t start = 0; start < s->n; start++) {
		unsigned errors = 0;
		for (size_t i = 0; i < LS_TAG_BASES && errors <= LS_EXACT_TAG_ERRORS; i++)
			errors += s->twice[start + i] != tag[i];
		if (errors > LS_EXACT_TAG_ERRORS || (errors == 0) != whole)
			continue;
		int rc = take_at(s, start);
		if (rc != 0)
			return rc;
	}
	return 0;
}

int ls_exact_find(const uint8_t *bases, size_t n, enum ls_topology topology,
		  const struct ls_exact_taker *taker, struct ls_error *err)
{
	if (n < LS_TAG_BASES)
		return 0;
	_cleanup_free_ uint8_t *twice = malloc(2 * n);
	if (!twice)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	struct strand s = { .twice = twice, .n = n, .topology = topology, .taker = taker };
	int rc = 0;
	for (int round = 0; rc == 0 && round < 4; round++) {
		s.reversed = round % 2;
		memcpy(twice, bases, n);
		memcpy(twice + n, bases, n);
		if (s.reversed)
			ls_bases_reverse_complement(twice, 2 * n);
		rc = search(&s, round < 2);
	}
	return rc;
}
