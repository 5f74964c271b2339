/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "audit/dna/legacy.h"
#include "audit/dna/search.h"

const char *const ls_dna_outcome_words[LS_DNA_OUTCOMES] = {
	[LS_DNA_VALID] = "valid",
	[LS_DNA_CORRECTED] = "valid-after-correction",
	[LS_DNA_SEGMENT] = "valid-segment",
	[LS_DNA_SEGMENT_CORRECTED] = "valid-segment-after-correction",
	[LS_DNA_ANOTHER] = "signed-by-another",
	[LS_DNA_ALTERED] = "altered",
	[LS_DNA_NONE] = "no-block",
	[LS_DNA_UNDECIDED] = "undecided",
	[LS_DNA_LEGACY] = "legacy",
};

void ls_dna_verdict_free(struct ls_dna_verdict *v)
{
	ls_judged_free(&v->judged);
	ls_buffer_free(&v->signed_bases);
	ls_differences_free(&v->differences);
	ls_damage_free(&v->damage);
	ls_dna_coverage_free(&v->blocks);
}

static void nearest(struct ls_dna_verdict *v, const struct ls_sites *sites, size_t n)
{
	for (size_t i = 0; i < sites->count && v->near_count + 1 < LS_DNA_NEAR_MAX; i++) {
		const struct ls_site *site = &sites->sites[i];
		const struct ls_tag_hit *hits[2] = { &site->start, &site->end };
		for (int e = 0; e < 2; e++)
			v->near[v->near_count++] = (struct ls_dna_near){
				.place = ls_place_in_file(hits[e]->begin, n, site->reversed) + 1,
				.reversed = site->reversed,
				.end_tag = e == 1,
				.edits = hits[e]->distance
			};
	}
}

/* In a long sequence pairs of tags with many edits are there by chance. */
static bool is_likely(const struct ls_sites *sites, size_t n)
{
	return sites->count > 0 && ls_site_is_likely(&sites->sites[0], n);
}

static bool is_telling(const struct ls_sites *sites, size_t n)
{
	return sites->count > 0 && ls_site_is_telling(&sites->sites[0], n);
}

/* A segment is no word for a molecule whose own signature does not hold; nor is what another signed
 * for one that whom was asked for may have signed, too. */
static bool is_settled(const struct search *s)
{
	if (s->held == WHOLE || s->held == HELD_NONE)
		return s->held == WHOLE;
	if (s->held == SEGMENT)
		return !s->whole_fails && !s->whole_untried;
	return (s->held == WHOLE_OF_ANOTHER || !s->whole_fails) && s->untried == 0 && !s->cut_short;
}

/* Repair could still find what says more. */
static bool is_done(const struct search *s)
{
	return s->held >= SEGMENT && is_settled(s);
}

/* What holds is the verdict; of a segment the outcome says that it is one. */
static void settle(struct search *s)
{
	struct ls_dna_verdict *v = s->v;
	ls_dna_verdict_free(v);
	*v = s->best;
	memset(&s->best, 0, sizeof s->best); /* handed over */
	if (!v->judged.block.segment)
		return;
	if (v->outcome == LS_DNA_VALID)
		v->outcome = LS_DNA_SEGMENT;
	else if (v->outcome == LS_DNA_CORRECTED)
		v->outcome = LS_DNA_SEGMENT_CORRECTED;
}

static void undecided(struct search *s)
{
	struct ls_dna_verdict *v = s->v;
	v->outcome = LS_DNA_UNDECIDED;
	if (s->untried > 0)
		ls_fail(&v->why, -ETIME, "dna.verify.work",
			"not all candidates were tried: %zu blocks were left when the effort's "
			"bound was reached; a greater --effort tries more",
			s->untried);
	else
		ls_fail(&v->why, -ETIME, "dna.verify.work",
			"not all that can be corrected was tried when the effort's bound was "
			"reached; a greater --effort tries more");
}

/* Nothing holds: the reason says which of the outcomes that is. */
static void conclude(struct search *s, const struct ls_sites *sites)
{
	struct ls_dna_verdict *v = s->v;
	bool there = v->has_block || is_telling(sites, s->m->bases.size);
	bool cut_short = s->untried > 0 || sites->untried ||
			 (s->cut_short && (s->held != HELD_NONE || (there && !v->has_block)));
	if (v->why.code == -ENOKEY && s->untried == 0) {
		v->outcome = LS_DNA_ANOTHER;
		return;
	}
	v->outcome = there ? LS_DNA_ALTERED : LS_DNA_NONE;
	nearest(v, sites, s->m->bases.size);
	if (cut_short)
		undecided(s);
	else if (v->outcome == LS_DNA_NONE && ls_legacy_is(s->m))
		v->outcome = LS_DNA_LEGACY;
	else if (v->outcome == LS_DNA_NONE)
		ls_fail(&v->why, -ENOENT, "dna.verify.no-block",
			"no likely pair of a start tag and an end tag is there, with at most %d "
			"edits in "
			"each",
			LS_SITE_EDITS);
}

static int search_damaged(struct search *s)
{
	const struct ls_buffer *bases = &s->m->bases;
	_cleanup_sites_ struct ls_sites sites = { .count = 0 };
	int rc = ls_sites_find(bases->data, bases->size, s->m->topology != LS_LINEAR, LS_SITE_EDITS,
			       &sites, s->err);
	if (rc == 0 && !s->unknown_is_whole && (s->v->has_block || is_likely(&sites, bases->size)))
		rc = ls_search_repair(s, &sites);
	if (rc == 0)
		rc = ls_search_moved(s, &sites);
	if (rc == 0 && is_settled(s))
		settle(s);
	else if (rc == 0)
		conclude(s, &sites);
	return rc;
}

static int search(struct search *s)
{
	uint64_t work = ls_repair_work(&s->options->repair);
	s->work = work / 2; /* the other half is repair's, whatever is found before */
	int rc = ls_search_exact(s);
	s->work += work - work / 2;
	if (rc == 0 && is_done(s))
		settle(s);
	else if (rc == 0)
		rc = search_damaged(s);
	return rc;
}

int ls_dna_verify(const struct ls_molecule *m, const struct ls_dna_options *options,
		  struct ls_dna_verdict *ret, struct ls_error *err)
{
	struct ls_dna_verdict v = { 0 };
	struct search s = { .m = m, .options = options, .v = &v, .err = err };
	s.judge.trust = options->trust;
	int rc = search(&s);
	ls_judge_free(&s.judge);
	ls_dna_verdict_free(&s.best);
	v.blocks = s.blocks;
	v.untried = s.untried;
	v.work = ls_repair_work(&options->repair);
	v.work -= s.work < v.work ? s.work : v.work;
	if (rc < 0) {
		ls_dna_verdict_free(&v);
		return rc;
	}
	*ret = v;
	return 0;
}
