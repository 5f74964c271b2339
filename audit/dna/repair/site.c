/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "lib/base/cleanup.h"

/* Bases between a block's tags: of the shortest, less a few that may be missing; and so many in
 * the longest that edits are looked for in: the whole documentation and parity. */
#define INSIDE_MIN 150
#define INSIDE_MAX 400000
#define PAIRS_MAX  65536

/* One strand of the sequence, and what was found on it. */
struct strand {
	const uint8_t *bases;
	size_t n;
	bool circular, reversed;
	uint8_t start_tag[LS_TAG_BASES], end_tag[LS_TAG_BASES];
	struct ls_tag_hits starts, ends;
};

struct pairs {
	struct ls_site *sites;
	size_t count, dropped;
};

void ls_sites_free(struct ls_sites *sites)
{
	if (!sites)
		return;
	free(sites->sites);
	*sites = (struct ls_sites){ .count = 0 };
}

static unsigned edits_of(const struct ls_site *site)
{
	return site->start.distance + site->end.distance;
}

static int likelier(const void *left, const void *right)
{
	const struct ls_site *a = left, *b = right;
	if (edits_of(a) != edits_of(b))
		return edits_of(a) < edits_of(b) ? -1 : 1;
	if (a->reversed != b->reversed)
		return a->reversed ? 1 : -1;
	if (a->start.begin != b->start.begin)
		return a->start.begin < b->start.begin ? -1 : 1;
	return a->end.begin < b->end.begin ? -1 : a->end.begin > b->end.begin;
}

static void add(struct pairs *pairs, const struct strand *s, struct ls_tag_hit start,
		struct ls_tag_hit end)
{
	if (pairs->count == PAIRS_MAX) {
		pairs->dropped++;
		return;
	}
	pairs->sites[pairs->count++] =
		(struct ls_site){ .reversed = s->reversed, .start = start, .end = end };
}

/* The end tag's place as seen from this start tag: in a ring it may come round. */
static bool follows(const struct strand *s, const struct ls_tag_hit *start, struct ls_tag_hit *end)
{
	if (end->begin < start->end && s->circular) {
		end->begin += s->n;
		end->end += s->n;
	}
	return end->begin >= start->end + INSIDE_MIN && end->begin - start->end <= INSIDE_MAX &&
	       (!s->circular || end->end <= start->begin + s->n);
}

static void pair_up(const struct strand *s, struct pairs *pairs)
{
	for (size_t i = 0; i < s->starts.count; i++)
		for (size_t j = 0; j < s->ends.count; j++) {
			struct ls_tag_hit end = s->ends.hits[j];
			if (follows(s, &s->starts.hits[i], &end))
				add(pairs, s, s->starts.hits[i], end);
		}
}

/* The bases from..from+n-1 of a strand; fewer where it is linear and ends before. */
static size_t window(const struct strand *s, size_t from, size_t n, uint8_t *ret)
{
	if (!s->circular && from + n > s->n)
		n = from < s->n ? s->n - from : 0;
	for (size_t i = 0; i < n; i++)
		ret[i] = s->bases[(from + i) % s->n];
	return n;
}

/* The best place of a tag in bases from..from+n-1, if it is within edits. */
static int look_in(const struct strand *s, const uint8_t *tag, size_t from, size_t n,
		   unsigned edits, struct ls_tag_hits *hits, struct ls_error *err)
{
	_cleanup_free_ uint8_t *bases = malloc(n + 1);
	if (!bases)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	size_t got = window(s, from, n, bases);
	int rc = ls_tags_find(bases, got, /* circular: */ false, tag, LS_TAG_BASES, edits, hits,
			      err);
	for (size_t i = 0; i < hits->count; i++) {
		hits->hits[i].begin += from;
		hits->hits[i].end += from;
	}
	return rc;
}

/* Where the header says that the block ends, its end tag is looked for with more edits. */
static int complete_start(const struct strand *s, const struct ls_tag_hit *start, unsigned edits,
			  struct pairs *pairs, struct ls_error *err)
{
	size_t n = s->n < INSIDE_MAX ? s->n : INSIDE_MAX;
	_cleanup_free_ uint8_t *bases = malloc(n + LS_TAG_BASES);
	_cleanup_block_ struct ls_block b;
	_cleanup_tag_hits_ struct ls_tag_hits hits = { .count = 0 };
	struct ls_layout layout;
	if (!bases)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	ls_block_init(&b);
	size_t got = window(s, start->end, n, bases + LS_TAG_BASES);
	if (ls_block_read(bases, got + LS_TAG_BASES, &b, &layout, NULL) < 0)
		return 0;
	size_t end = start->end + layout.at[LS_PART_END_TAG] - LS_TAG_BASES, slack = 2 * edits;
	int rc = look_in(s, s->end_tag, end - slack, LS_TAG_BASES + 2 * slack, 2 * edits, &hits,
			 err);
	for (size_t i = 0; rc == 0 && i < hits.count; i++)
		add(pairs, s, *start, hits.hits[i]);
	return rc;
}

#define BEHIND_MAX 8192 /* so far before a lone end tag a start tag is looked for */

static int complete_end(const struct strand *s, const struct ls_tag_hit *end, unsigned edits,
			struct pairs *pairs, struct ls_error *err)
{
	size_t at = end->begin + (s->circular ? s->n : 0),
	       far = s->n < BEHIND_MAX ? s->n : BEHIND_MAX;
	size_t from = at > far ? at - far : 0, to = at > INSIDE_MIN ? at - INSIDE_MIN : 0;
	_cleanup_tag_hits_ struct ls_tag_hits hits = { .count = 0 };
	if (from >= to)
		return 0;
	int rc = look_in(s, s->start_tag, from, to - from, 2 * edits, &hits, err);
	for (size_t i = 0; rc == 0 && i < hits.count; i++) {
		struct ls_tag_hit start = hits.hits[i], last = *end;
		if (s->circular) {
			start.begin %= s->n;
			start.end = start.begin + (hits.hits[i].end - hits.hits[i].begin);
		}
		if (follows(s, &start, &last))
			add(pairs, s, start, last);
	}
	return rc;
}

/* A tag that is found well, but without its other one, tells where that should be. */
static int complete(const struct strand *s, unsigned edits, size_t first, struct pairs *pairs,
		    struct ls_error *err)
{
	unsigned well = (edits + 1) / 2;
	size_t paired = pairs->count;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < s->starts.count; i++) {
		bool alone = s->starts.hits[i].distance <= well;
		for (size_t j = first; alone && j < paired; j++)
			alone = pairs->sites[j].start.begin != s->starts.hits[i].begin;
		if (alone)
			rc = complete_start(s, &s->starts.hits[i], edits, pairs, err);
	}
	for (size_t i = 0; rc == 0 && i < s->ends.count; i++) {
		bool alone = s->ends.hits[i].distance <= well;
		for (size_t j = first; alone && j < paired; j++)
			alone = pairs->sites[j].end.begin % s->n != s->ends.hits[i].begin;
		if (alone)
			rc = complete_end(s, &s->ends.hits[i], edits, pairs, err);
	}
	return rc;
}

static void tag_bases(const char *text, uint8_t ret[static LS_TAG_BASES])
{
	for (size_t i = 0; i < LS_TAG_BASES; i++)
		ret[i] = (uint8_t)ls_base_of(text[i]);
}

static int search_strand(const uint8_t *bases, size_t n, bool circular, bool reversed,
			 unsigned edits, struct pairs *pairs, struct ls_error *err)
{
	struct strand s = { .bases = bases, .n = n, .circular = circular, .reversed = reversed };
	size_t first = pairs->count;
	tag_bases(LS_START_TAG, s.start_tag);
	tag_bases(LS_END_TAG, s.end_tag);
	int rc = ls_tags_find(bases, n, circular, s.start_tag, LS_TAG_BASES, edits, &s.starts, err);
	if (rc == 0)
		rc = ls_tags_find(bases, n, circular, s.end_tag, LS_TAG_BASES, edits, &s.ends, err);
	if (rc == 0) {
		pair_up(&s, pairs);
		rc = complete(&s, edits, first, pairs, err);
	}
	ls_tag_hits_free(&s.starts);
	ls_tag_hits_free(&s.ends);
	return rc;
}

int ls_sites_find(const uint8_t *bases, size_t n, bool circular, unsigned edits,
		  struct ls_sites *ret, struct ls_error *err)
{
	_cleanup_free_ struct ls_site *sites = malloc(PAIRS_MAX * sizeof(*sites));
	_cleanup_free_ uint8_t *turned = malloc(n + 1);
	struct pairs pairs = { .sites = sites };
	if (!sites || !turned)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	if (n < 2 * LS_TAG_BASES) {
		*ret = (struct ls_sites){ .count = 0 };
		return 0;
	}
	memcpy(turned, bases, n);
	ls_bases_reverse_complement(turned, n);
	int rc = search_strand(bases, n, circular, /* reversed: */ false, edits, &pairs, err);
	if (rc == 0)
		rc = search_strand(turned, n, circular, /* reversed: */ true, edits, &pairs, err);
	if (rc < 0)
		return rc;
	if (pairs.count > 0)
		qsort(sites, pairs.count, sizeof(*sites), likelier);
	size_t kept = pairs.count < LS_SITES_MAX ? pairs.count : LS_SITES_MAX;
	*ret = (struct ls_sites){ .sites = sites,
				  .count = kept,
				  .dropped = pairs.count - kept + pairs.dropped };
	sites = NULL; /* handed over */
	return 0;
}
