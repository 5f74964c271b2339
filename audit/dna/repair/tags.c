/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/tags.h"

#include <edlib.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

struct search {
	const char *text; /* bases as edlib takes them; a ring's beginning once more at its end */
	const char *tag;
	int tag_size, edits;
	struct ls_tag_hits *hits;
};

void ls_tag_hits_free(struct ls_tag_hits *hits)
{
	if (!hits)
		return;
	free(hits->hits);
	*hits = (struct ls_tag_hits){ .count = 0 };
}

static int add(struct ls_tag_hits *hits, const struct ls_tag_hit *hit)
{
	if (hits->count == LS_TAG_HITS_MAX)
		return -EFBIG;
	if (hits->count == hits->room) {
		size_t room = hits->room ? 2 * hits->room : 16;
		struct ls_tag_hit *more = realloc(hits->hits, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		hits->hits = more;
		hits->room = room;
	}
	hits->hits[hits->count++] = *hit;
	return 0;
}

/*
 * The best places in text[from..to), and then the best ones in what is between them: edlib tells
 * only the best, and a tag's worse copy elsewhere may be the true one.
 */
static int search_between(const struct search *s, size_t from, size_t to);

/* Of edlib's places, which may overlap, those that begin behind the last one taken. */
static int take(const struct search *s, size_t from, size_t to, const EdlibAlignResult *found)
{
	size_t done = from;
	for (int i = 0; i < found->numLocations; i++) {
		struct ls_tag_hit hit = { .begin = from + (size_t)found->startLocations[i],
					  .end = from + (size_t)found->endLocations[i] + 1,
					  .distance = (unsigned)found->editDistance };
		if (hit.begin < done)
			continue;
		int rc = search_between(s, done, hit.begin);
		if (rc == 0)
			rc = add(s->hits, &hit);
		if (rc < 0)
			return rc;
		done = hit.end;
	}
	return search_between(s, done, to);
}

static int search_between(const struct search *s, size_t from, size_t to)
{
	if ((int64_t)(to - from) < s->tag_size - s->edits)
		return 0;
	EdlibAlignResult found =
		edlibAlign(s->tag, s->tag_size, s->text + from, (int)(to - from),
			   edlibNewAlignConfig(s->edits, EDLIB_MODE_HW, EDLIB_TASK_LOC, NULL, 0));
	int rc = found.status != EDLIB_STATUS_OK ? -ENOMEM : 0;
	if (rc == 0 && found.editDistance >= 0)
		rc = take(s, from, to, &found);
	edlibFreeAlignResult(found);
	return rc;
}

static int by_place(const void *left, const void *right)
{
	const struct ls_tag_hit *a = left, *b = right;
	return a->begin < b->begin ? -1 : a->begin > b->begin;
}

/* Whether a place across the ring's end overlaps one at its beginning; the better one is kept. */
static bool merged(struct ls_tag_hits *hits, size_t first, size_t kept, size_t n,
		   const struct ls_tag_hit *hit)
{
	for (size_t j = first; j < kept; j++) {
		if (hits->hits[j].begin + n >= hit->end)
			continue;
		if (hit->distance < hits->hits[j].distance)
			hits->hits[j] = *hit;
		return true;
	}
	return false;
}

/* In a ring, what begins behind the end was found at the beginning already. */
static void fold(struct ls_tag_hits *hits, size_t first, size_t n)
{
	size_t kept = first;
	for (size_t i = first; i < hits->count; i++) {
		struct ls_tag_hit hit = hits->hits[i];
		if (hit.begin < n && (hit.end <= n || !merged(hits, first, kept, n, &hit)))
			hits->hits[kept++] = hit;
	}
	hits->count = kept;
	if (kept > first)
		qsort(hits->hits + first, kept - first, sizeof(*hits->hits), by_place);
}

int ls_tags_find(const uint8_t *bases, size_t n, bool circular, const uint8_t *tag, size_t tag_size,
		 unsigned edits, struct ls_tag_hits *hits, struct ls_error *err)
{
	size_t again = circular ? tag_size + edits : 0, first = hits->count;
	_cleanup_free_ char *text = malloc(n + again);
	if (!text || n > INT32_MAX - again)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	memcpy(text, bases, n);
	for (size_t i = 0; i < again; i++)
		text[n + i] = (char)bases[i % n];
	const struct search s = { .text = text,
				  .tag = (const char *)tag,
				  .tag_size = (int)tag_size,
				  .edits = (int)edits,
				  .hits = hits };
	int rc = search_between(&s, 0, n + again);
	if (rc == -EFBIG)
		return ls_fail(err, rc, "dna.tags.many",
			       "there are more than %d places like a tag; is this a DNA sequence?",
			       LS_TAG_HITS_MAX);
	if (rc < 0)
		return ls_fail(err, rc, "memory", "out of memory");
	if (circular)
		fold(hits, first, n);
	return 0;
}
