/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "audit/dna/block/rules.h"

static bool is_gc(uint8_t base)
{
	return base == LS_BASE_C || base == LS_BASE_G;
}

/* In the block's bases, counted from 1; what precedes it is 0 and less. */
static int place(const struct ls_ruled *w, size_t at)
{
	return (int)((long)at - (long)w->block + 1);
}

static bool touches(const struct ls_ruled *w, size_t first, size_t n)
{
	return first < w->end && first + n > w->block && first + n > w->checked;
}

/* How many of a window's bases are the block's. */
static size_t inside(const struct ls_ruled *w, size_t first, size_t n)
{
	size_t from = first > w->block ? first : w->block,
	       to = first + n < w->end ? first + n : w->end;
	return to > from ? to - from : 0;
}

static int check_window(const struct ls_ruled *w, const struct ls_gc_window *rule, size_t first,
			size_t n, size_t gc, struct ls_error *err)
{
	if (100 * gc >= rule->low * n && 100 * gc <= rule->high * n)
		return 0;
	return ls_fail(err, -EDOM, "dna.rules.gc",
		       "%zu%% GC in %zu bases at %d; it must be %u to %u%%", 100 * gc / n, n,
		       place(w, first), rule->low, rule->high);
}

static int check_gc(const struct ls_ruled *w, const struct ls_gc_window *rule, struct ls_error *err)
{
	bool whole = rule->bases == 0;
	size_t n = whole ? w->end - w->block : rule->bases, gc = 0;
	size_t from = whole ? w->block : w->checked > n ? w->checked - n : 0;
	if (n == 0 || from + n > w->n || (whole && !w->complete))
		return 0;
	for (size_t i = from; i < from + n; i++)
		gc += is_gc(w->bases[i]);
	for (size_t first = from;; first++) {
		if (2 * inside(w, first, n) >= n && first + n > w->checked) {
			int rc = check_window(w, rule, first, n, gc, err);
			if (rc < 0)
				return rc;
		}
		if (whole || first + n == w->n)
			return 0;
		gc += (size_t)is_gc(w->bases[first + n]) - (size_t)is_gc(w->bases[first]);
	}
}

static int check_runs(const struct ls_rules *r, const struct ls_ruled *w, struct ls_error *err)
{
	size_t from = w->checked; /* a run may have begun before */
	while (from > 0 && from < w->n && w->bases[from - 1] == w->bases[from])
		from--;
	for (size_t first = from, next; first < w->n; first = next) {
		uint8_t base = w->bases[first];
		for (next = first + 1; next < w->n && w->bases[next] == base; next++)
			;
		if (r->run[base] && next - first > r->run[base] && touches(w, first, next - first))
			return ls_fail(err, -EDOM, "dna.rules.run",
				       "%zu %c in a row at %d; at most %u", next - first,
				       ls_base_letter(base), place(w, first), r->run[base]);
	}
	return 0;
}

static int check_tandem(const struct ls_ruled *w, size_t unit, unsigned most, struct ls_error *err)
{
	size_t same = 0;			 /* how many bases equal the one a unit before */
	size_t back = unit * ((size_t)most + 1); /* before checked at most, or it was found then */
	for (size_t i = w->checked > back ? w->checked - back + unit : unit; most && i < w->n;
	     i++) {
		same = w->bases[i] == w->bases[i - unit] ? same + 1 : 0;
		size_t n = same + unit, first = i + 1 - n;
		if (same / unit + 1 > most && touches(w, first, n))
			return ls_fail(err, -EDOM, "dna.rules.tandem",
				       "%zu copies in a row of %zu bases at %d; at most %u",
				       same / unit + 1, unit, place(w, first), most);
	}
	return 0;
}

static bool is_site(const struct ls_rules_site *s, const uint8_t *bases, bool other_strand)
{
	for (size_t i = 0; i < s->size; i++) {
		uint8_t base = other_strand ? LS_BASE_COMPLEMENT(bases[s->size - 1 - i]) : bases[i];
		if (!(s->set[i] >> base & 1))
			return false;
	}
	return true;
}

static int check_site(const struct ls_rules_site *s, const struct ls_ruled *w, struct ls_error *err)
{
	size_t from = w->checked > s->size ? w->checked - s->size : 0;
	for (size_t i = from; i + s->size <= w->n; i++)
		if (touches(w, i, s->size) && (is_site(s, w->bases + i, false) ||
					       (!s->one_strand && is_site(s, w->bases + i, true))))
			return ls_fail(err, -EDOM, "dna.rules.site", "the site %s at %d", s->text,
				       place(w, i));
	return 0;
}

static int check_repeats(const struct ls_ruled *w, unsigned most, struct ls_error *err)
{
	size_t n = most + 1, from = w->block < n ? 0 : w->block - n + 1;
	_cleanup_repeats_ struct ls_repeats new = { 0 };
	if (w->own && w->checked > from + n)
		from = w->checked - n + 1;
	if (ls_repeats_init(&new, n, w->n - from) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	for (size_t i = from; i < w->end && i + n <= w->n; i++) {
		uint64_t stretch = ls_repeats_stretch(w->bases + i, n);
		bool again = !ls_repeats_add(&new, stretch) ||
			     (w->own && ls_repeats_has(w->own, stretch)) ||
			     ls_repeats_has(w->molecule, stretch);
		if (again && touches(w, i, n))
			return ls_fail(err, -EDOM, "dna.rules.repeat",
				       "the %zu bases at %d are there twice; at most %u may be", n,
				       place(w, i), most);
	}
	return 0;
}

int ls_rules_check(const struct ls_rules *r, const struct ls_ruled *what, enum ls_rule *ret_rule,
		   struct ls_error *err)
{
	int rc = 0;
	enum ls_rule rule = LS_RULE_GC;
	for (size_t i = 0; rc == 0 && i < r->window_count; i++)
		rc = check_gc(what, &r->windows[i], err);
	if (rc == 0) {
		rule = LS_RULE_RUN;
		rc = check_runs(r, what, err);
	}
	if (rc == 0) {
		rule = LS_RULE_TANDEM;
		rc = check_tandem(what, 2, r->tandem2, err);
	}
	if (rc == 0)
		rc = check_tandem(what, 3, r->tandem3, err);
	for (size_t i = 0; rc == 0 && i < r->site_count; i++) {
		rule = LS_RULE_SITE;
		rc = check_site(&r->sites[i], what, err);
	}
	if (rc == 0 && r->repeat && what->molecule) {
		rule = LS_RULE_REPEAT;
		rc = check_repeats(what, r->repeat, err);
	}
	if (rc == -EDOM)
		*ret_rule = rule;
	return rc;
}
