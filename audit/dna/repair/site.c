/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/block.h"
#include "lib/base/cleanup.h"
#include "lib/base/search.h"

/* Bases between a block's tags: of the shortest, less a few that may be missing; and so many in
 * the longest that edits are looked for in: the whole documentation and parity. */
#define INSIDE_MIN 150
#define INSIDE_MAX 400000
#define PAIRS_MAX  65536
#define PAIRS_SEEN 4000000 /* pairs of tags on both strands that are looked at */
#define COMPLETED  256	   /* lone end tags on a strand for which a start tag is looked for */

#define LONG_SEQUENCE 200000 /* bases */

/* One strand of the sequence, and what was found on it. */
struct strand {
	const uint8_t *bases;
	size_t n;
	bool circular, reversed;
	uint8_t start_tag[LS_TAG_BASES], end_tag[LS_TAG_BASES];
	struct ls_tag_hits starts, ends;
	bool *paired; /* owned: each of the starts, then each of the ends */
};

struct pairs {
	struct ls_site *sites;
	size_t count, dropped, seen;
	bool untried;
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
	if (a->told != b->told)
		return a->told ? -1 : 1;
	if (edits_of(a) != edits_of(b))
		return edits_of(a) < edits_of(b) ? -1 : 1;
	if (a->reversed != b->reversed)
		return a->reversed ? 1 : -1;
	if (a->start.begin != b->start.begin)
		return a->start.begin < b->start.begin ? -1 : 1;
	return a->end.begin < b->end.begin ? -1 : a->end.begin > b->end.begin;
}

/* Of too many the likelier half stays. */
static void add(struct pairs *pairs, const struct strand *s, bool told, struct ls_tag_hit start,
		struct ls_tag_hit end)
{
	if (pairs->count == PAIRS_MAX) {
		qsort(pairs->sites, PAIRS_MAX, sizeof(*pairs->sites), likelier);
		pairs->count = PAIRS_MAX / 2;
		pairs->dropped += PAIRS_MAX - PAIRS_MAX / 2;
	}
	pairs->sites[pairs->count++] = (struct ls_site){
		.reversed = s->reversed, .told = told, .start = start, .end = end
	};
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

/* The bases from..from+n-1 of a strand; fewer where it is linear and ends before. */
static size_t window(const struct strand *s, size_t from, size_t n, uint8_t *ret)
{
	if (!s->circular && from + n > s->n)
		n = from < s->n ? s->n - from : 0;
	for (size_t i = 0; i < n; i++)
		ret[i] = s->bases[(from + i) % s->n];
	return n;
}

/* Where the header behind this start tag says that the end tag begins; 0: there is none. */
static size_t told_end(const struct strand *s, const struct ls_tag_hit *start)
{
	uint8_t bases[LS_BLOCK_HEAD_MAX] = { 0 };
	struct ls_block b;
	struct ls_layout layout;
	size_t all = s->n < INSIDE_MAX ? s->n : INSIDE_MAX;
	if (!s->circular && start->end + all > s->n)
		all = start->end < s->n ? s->n - start->end : 0;
	size_t n = all < LS_BLOCK_HEAD_MAX - LS_TAG_BASES ? all : LS_BLOCK_HEAD_MAX - LS_TAG_BASES;
	window(s, start->end, n, bases + LS_TAG_BASES);
	if (ls_block_read_head(bases, all + LS_TAG_BASES, &b, &layout, NULL) < 0)
		return 0;
	return start->end + layout.at[LS_PART_END_TAG] - LS_TAG_BASES;
}

static int compare_begin(const void *hit, const void *base)
{
	size_t begin = ((const struct ls_tag_hit *)hit)->begin, wanted = *(const size_t *)base;
	return begin < wanted ? -1 : begin > wanted;
}

/* The first of the end tags that begins at this base or behind it. */
static size_t first_from(const struct ls_tag_hits *ends, size_t base)
{
	return ls_lower_bound(&base, ends->hits, ends->count, sizeof(ends->hits[0]), compare_begin);
}

/* A start tag with each end tag behind it that is near enough: the ends are by place. */
static void pair_start(struct strand *s, size_t i, unsigned edits, struct pairs *pairs)
{
	const struct ls_tag_hit *start = &s->starts.hits[i];
	size_t told = told_end(s, start), slack = 2 * edits;
	size_t count = s->ends.count, first = first_from(&s->ends, start->end + INSIDE_MIN);
	for (size_t k = 0; k < count; k++) {
		size_t j = first + k < count ? first + k : first + k - count;
		struct ls_tag_hit end = s->ends.hits[j];
		if (pairs->seen == PAIRS_SEEN)
			pairs->untried = true;
		if (pairs->seen == PAIRS_SEEN || !follows(s, start, &end))
			return;
		pairs->seen++;
		s->paired[i] = s->paired[s->starts.count + j] = true;
		add(pairs, s, told && end.begin + slack >= told && end.begin <= told + slack,
		    *start, end);
	}
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
	_cleanup_tag_hits_ struct ls_tag_hits hits = { .count = 0 };
	size_t end = told_end(s, start), slack = 2 * edits;
	if (end == 0)
		return 0;
	int rc = look_in(s, s->end_tag, end - slack, LS_TAG_BASES + 2 * slack, 2 * edits, &hits,
			 err);
	for (size_t i = 0; rc == 0 && i < hits.count; i++)
		add(pairs, s, true, *start, hits.hits[i]);
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
			add(pairs, s, false, start, last);
	}
	return rc;
}

/* A tag that is found well, but without its other one, tells where that should be. */
static int complete(const struct strand *s, unsigned edits, struct pairs *pairs,
		    struct ls_error *err)
{
	unsigned well = (edits + 1) / 2;
	size_t completed = 0;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < s->starts.count; i++)
		if (!s->paired[i] && s->starts.hits[i].distance <= well)
			rc = complete_start(s, &s->starts.hits[i], edits, pairs, err);
	for (size_t i = 0; rc == 0 && i < s->ends.count; i++) {
		if (s->paired[s->starts.count + i] || s->ends.hits[i].distance > well)
			continue;
		if (completed++ == COMPLETED) {
			pairs->untried = true;
			break;
		}
		rc = complete_end(s, &s->ends.hits[i], edits, pairs, err);
	}
	return rc;
}

static void tag_bases(const char *text, uint8_t ret[static LS_TAG_BASES])
{
	for (size_t i = 0; i < LS_TAG_BASES; i++)
		ret[i] = (uint8_t)ls_base_of(text[i]);
}

static int pair_up(struct strand *s, unsigned edits, struct pairs *pairs, struct ls_error *err)
{
	s->paired = calloc(s->starts.count + s->ends.count + 1, sizeof(*s->paired));
	if (!s->paired)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	for (size_t i = 0; i < s->starts.count; i++)
		pair_start(s, i, edits, pairs);
	return complete(s, edits, pairs, err);
}

static int search_strand(const uint8_t *bases, size_t n, bool circular, bool reversed,
			 unsigned edits, struct pairs *pairs, struct ls_error *err)
{
	struct strand s = { .bases = bases, .n = n, .circular = circular, .reversed = reversed };
	tag_bases(LS_START_TAG, s.start_tag);
	tag_bases(LS_END_TAG, s.end_tag);
	int rc = ls_tags_find(bases, n, circular, s.start_tag, LS_TAG_BASES, edits, &s.starts, err);
	if (rc == 0)
		rc = ls_tags_find(bases, n, circular, s.end_tag, LS_TAG_BASES, edits, &s.ends, err);
	if (rc == 0)
		rc = pair_up(&s, edits, pairs, err);
	free(s.paired);
	ls_tag_hits_free(&s.starts);
	ls_tag_hits_free(&s.ends);
	return rc;
}

bool ls_site_is_likely(const struct ls_site *site, size_t n)
{
	return site->told ||
	       edits_of(site) <= (n > LONG_SEQUENCE ? LS_SITE_EDITS : 2 * LS_SITE_EDITS);
}

/* Measured: six edits in two tags are there by chance in 2 of 100 sequences of 3 000 bases and in
 * 34 of those of 25 000; five in 2 of 100 of 25 000 and in 25 of those of 100 000. */
bool ls_site_is_telling(const struct ls_site *site, size_t n)
{
	unsigned most = n > LONG_SEQUENCE ? 3 : n > 25000 ? 4 : n > 3000 ? 5 : 6;
	return site->told || edits_of(site) <= most;
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
	size_t dropped = pairs.count - kept + pairs.dropped;
	bool likely = kept > 0 && ls_site_is_likely(&sites[kept - 1], n);
	*ret = (struct ls_sites){ .sites = sites,
				  .count = kept,
				  .dropped = dropped,
				  .untried = pairs.untried || (dropped > 0 && likely) };
	sites = NULL; /* handed over */
	return 0;
}
