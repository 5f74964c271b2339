/* SPDX-License-Identifier: Apache-2.0 */
/* Where something may be put without cutting a feature. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/molecule/genbank.h"
#include "lib/base/cleanup.h"
#include "lib/base/text.h"

/* A feature that is the whole record, and may be cut. */
static bool is_whole(const struct ls_feature *f)
{
	return strcmp(f->key, "source") == 0;
}

/* Is the joint before base `at` between first and last, going 5' to 3', over the origin where need
 * be? */
static bool cuts(size_t first, size_t last, size_t at, size_t molecule)
{
	if (first <= last)
		return first < at && at <= last;
	/* base 1's joint is also the one behind the last base */
	return at > first || at <= last || at == molecule + 1;
}

/* The joint between two joined spans of one strand: what lies there is an intron, or the origin. */
static bool cuts_between(const struct ls_span *one, const struct ls_span *next, size_t at,
			 bool circular)
{
	if (one->complement != next->complement)
		return false;
	const struct ls_span *left = one->complement ? next : one,
			     *right = one->complement ? one : next;
	if (right->first > left->last)
		return at > left->last && at <= right->first;
	return circular && (at > left->last || at <= right->first);
}

static bool feature_is_cut(const struct ls_feature *f, size_t at, size_t molecule, bool circular)
{
	const struct ls_location *l = &f->location;
	for (size_t i = 0; i < l->count; i++) {
		const struct ls_span *s = &l->spans[i];
		if (cuts(s->first, s->last, at, molecule))
			return true;
		if (s->first > s->last && s->between && at == 1) /* n^1 */
			return true;
		if (i > 0 && l->joined && cuts_between(s - 1, s, at, circular))
			return true;
	}
	return false;
}

static bool begins_at(const struct ls_feature *f, size_t at)
{
	for (size_t i = 0; i < f->location.count; i++)
		if (f->location.spans[i].first == at)
			return true;
	return false;
}

static int cut_error(const struct ls_feature *f, size_t at, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer label;
	ls_buffer_init(&label, 512);
	ls_text_plain(f->label, strlen(f->label), 100, &label);
	return ls_fail(err, -EEXIST, "dna.place.feature",
		       "base %zu is inside %s '%s' (line %zu), which a block would cut in two; "
		       "choose another "
		       "place, or --at auto",
		       at, f->key, ls_buffer_str(&label), f->line);
}

int ls_genbank_may_insert(const struct ls_genbank *g, size_t at,
			  const struct ls_feature **ret_beside, struct ls_error *err)
{
	size_t molecule = g->molecule.bases.size;
	bool circular = g->molecule.topology == LS_CIRCULAR;
	const struct ls_feature *beside = NULL;
	if (at < 1 || at > molecule + 1)
		return ls_fail(err, -EINVAL, "dna.place.number", "base %zu: there are %zu bases",
			       at, molecule);
	for (size_t i = 0; i < g->count; i++) {
		const struct ls_feature *f = &g->features[i];
		if (is_whole(f))
			continue;
		if (feature_is_cut(f, at, molecule, circular) ||
		    (circular && at == molecule + 1 && feature_is_cut(f, 1, molecule, circular)))
			return cut_error(f, at, err);
		if (!beside && begins_at(f, at))
			beside = f;
	}
	*ret_beside = beside;
	return 0;
}

/* How many features touch each base, as steps up and down. */
static void cover(int *steps, size_t first, size_t last, size_t molecule)
{
	if (first > last) {
		cover(steps, first, molecule, molecule);
		first = 1;
	}
	steps[first]++;
	steps[last + 1]--;
}

/* The parts of a feature and, where they are joined, what lies between them. */
static void cover_feature(int *steps, const struct ls_feature *f, size_t n, bool circular)
{
	for (size_t i = 0; i < f->location.count; i++) {
		const struct ls_span *s = &f->location.spans[i];
		cover(steps, s->first, s->last, n);
		if (i == 0 || !f->location.joined || s->complement != s[-1].complement)
			continue;
		const struct ls_span *left = s->complement ? s : s - 1,
				     *right = s->complement ? s - 1 : s;
		if (right->first > left->last + 1)
			cover(steps, left->last + 1, right->first - 1, n);
		else if (circular && right->first <= left->last &&
			 (left->last < n || right->first > 1))
			cover(steps, left->last % n + 1, (right->first + n - 2) % n + 1, n);
	}
}

/* The longest stretch that no feature touches; in a circle it may go on over the origin. */
static size_t middle_of_longest(const int *steps, size_t n, bool circular)
{
	size_t best = 0, best_start = 0, run = 0, turns = circular ? 2 * n : n;
	int depth = 0;
	for (size_t i = 1; i <= turns; i++) {
		size_t base = (i - 1) % n + 1;
		if (base == 1)
			depth = 0;
		depth += steps[base];
		run = depth > 0 || run == n ? 0 : run + 1;
		if (run > best) {
			best = run;
			best_start = i - run + 1;
		}
	}
	return best == 0 ? 0 : (best_start + best / 2 - 1) % n + 1;
}

size_t ls_genbank_free_place(const struct ls_genbank *g)
{
	size_t n = g->molecule.bases.size;
	bool circular = g->molecule.topology == LS_CIRCULAR;
	const struct ls_feature *beside;
	_cleanup_free_ int *steps = calloc(n + 2, sizeof *steps);
	if (!steps)
		return 0;
	for (size_t i = 0; i < g->count; i++)
		if (!is_whole(&g->features[i]))
			cover_feature(steps, &g->features[i], n, circular);
	size_t at = middle_of_longest(steps, n, circular);
	if (at > 0 && ls_genbank_may_insert(g, at, &beside, NULL) == 0)
		return at;
	/* introns, or features without room between them: any joint that cuts none */
	for (at = 1; at <= n; at++)
		if (ls_genbank_may_insert(g, at, &beside, NULL) == 0)
			return at;
	return 0;
}
