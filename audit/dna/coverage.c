/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/coverage.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/cleanup.h"

const char *const ls_dna_standing_words[LS_DNA_STANDINGS] = {
	[LS_DNA_HOLDS] = "holds",     [LS_DNA_FAILS] = "fails",	  [LS_DNA_UNKNOWN] = "unknown",
	[LS_DNA_UNTRIED] = "untried", [LS_DNA_INNER] = "covered",
};

struct ls_dna_range ls_dna_range_in_file(size_t begin, size_t size, size_t n, bool reversed)
{
	struct ls_dna_range r = { .first = begin % n, .size = size < n ? size : n };
	if (reversed)
		r.first = (2 * n - r.first - r.size) % n;
	return r;
}

void ls_dna_coverage_free(struct ls_dna_coverage *c)
{
	free(c->list);
	*c = (struct ls_dna_coverage){ .count = 0 };
}

int ls_dna_coverage_add(struct ls_dna_coverage *c, const struct ls_dna_found *found)
{
	if (c->count == LS_DNA_FOUND_MAX) {
		c->left_off++;
		return 0;
	}
	struct ls_dna_found *more = reallocarray(c->list, c->count + 1, sizeof *more);
	if (!more)
		return -ENOMEM;
	c->list = more;
	more[c->count++] = *found;
	return 0;
}

/* From first to the base behind the last; what goes over a circle's end is two. */
struct stretch {
	size_t first, end;
};

static int by_first(const void *left, const void *right)
{
	const struct stretch *a = left, *b = right;
	return a->first < b->first ? -1 : a->first > b->first;
}

static size_t stretches_of(const struct ls_dna_coverage *c, size_t n, struct stretch *ret)
{
	size_t count = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct ls_dna_range *r = &c->list[i].covered;
		size_t end = r->first + r->size;
		if (c->list[i].standing != LS_DNA_HOLDS)
			continue;
		ret[count++] = (struct stretch){ r->first, end < n ? end : n };
		if (end > n)
			ret[count++] = (struct stretch){ 0, end - n };
	}
	return count;
}

int ls_dna_covered(const struct ls_dna_coverage *c, size_t n, size_t *ret)
{
	_cleanup_free_ struct stretch *s = calloc(2 * c->count + 1, sizeof *s);
	if (!s)
		return -ENOMEM;
	size_t count = stretches_of(c, n, s), done = 0, covered = 0;
	qsort(s, count, sizeof *s, by_first);
	for (size_t i = 0; i < count; i++) {
		size_t first = s[i].first > done ? s[i].first : done;
		if (s[i].end <= first)
			continue;
		covered += s[i].end - first;
		done = s[i].end;
	}
	*ret = covered;
	return 0;
}
