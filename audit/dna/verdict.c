/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/verdict.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/exact.h"
#include "audit/dna/legacy.h"

const char *const ls_dna_outcome_words[LS_DNA_OUTCOMES] = {
	[LS_DNA_VALID] = "valid",
	[LS_DNA_CORRECTED] = "valid-after-correction",
	[LS_DNA_SEGMENT] = "valid-segment",
	[LS_DNA_SEGMENT_CORRECTED] = "valid-segment-after-correction",
	[LS_DNA_ANOTHER] = "signed-by-another",
	[LS_DNA_ALTERED] = "altered",
	[LS_DNA_NONE] = "no-block",
	[LS_DNA_LEGACY] = "legacy",
};

#define LONG_SEQUENCE 200000 /* bases */
#define ACCEPTED      1	     /* ends a search */

/* How much a signature that holds says; the search goes on while there may be more. */
enum held { HELD_NONE, SEGMENT_OF_ANOTHER, WHOLE_OF_ANOTHER, SEGMENT, WHOLE };

struct search {
	const struct ls_molecule *m;
	const struct ls_dna_options *options;
	struct ls_judge judge;
	struct ls_dna_verdict *v;   /* of blocks that do not hold */
	struct ls_dna_verdict best; /* of the block that holds and says most: `held` */
	enum held held;
	bool whole_fails; /* a block says that it covers the whole molecule, and does not hold */
	bool unknown_is_whole; /* a block of an unknown authority has no error: that is what it says
				*/
	struct ls_error *err;
};

void ls_dna_verdict_free(struct ls_dna_verdict *v)
{
	ls_judged_free(&v->judged);
	ls_buffer_free(&v->signed_bases);
	ls_differences_free(&v->differences);
}

/* How much a reason tells: of several blocks that do not hold, the most telling is reported. */
static int telling(const struct ls_error *why)
{
	if (why->code == -ENOKEY)
		return 4;
	if (strcmp(why->id, "dna.signature.wrong") == 0)
		return 3;
	if (strcmp(why->id, "dna.verify.length") == 0)
		return 2;
	return why->code ? 1 : 0;
}

static void remember(struct search *s, const struct ls_error *why, struct ls_judged *j,
		     size_t start, bool reversed)
{
	if (telling(why) <= telling(&s->v->why))
		return;
	s->v->why = *why;
	s->v->start = start;
	s->v->reversed = reversed;
	if (!j)
		return;
	ls_judged_free(&s->v->judged);
	s->v->judged = *j;
	s->v->has_block = true;
	memset(j, 0, sizeof *j); /* handed over */
}

static bool is_expected(const struct ls_dna_options *o, const struct ls_block *b)
{
	bool found = !o->expected;
	for (size_t i = 0; !found && i < b->signer_count; i++)
		found = strcmp(o->expected->text, b->signers[i].text) == 0;
	return found;
}

static enum held held_by(const struct search *s, const struct ls_block *b)
{
	if (is_expected(s->options, b))
		return b->segment ? SEGMENT : WHOLE;
	return b->segment ? SEGMENT_OF_ANOTHER : WHOLE_OF_ANOTHER;
}

/* The signature holds, and says more than what held before: of whom is what is left to ask. */
static int accept(struct search *s, struct ls_judged *j, const struct ls_proposal *p,
		  enum ls_dna_outcome outcome)
{
	struct ls_dna_verdict *v = &s->best;
	s->held = held_by(s, &j->block);
	ls_dna_verdict_free(v);
	memset(v, 0, sizeof *v);
	v->judged = *j;
	memset(j, 0, sizeof *j); /* handed over */
	v->has_block = v->signed_for = true;
	v->outcome = outcome;
	v->signed_at = p->at;
	ls_buffer_init(&v->signed_bases, p->n);
	if (ls_buffer_add(&v->signed_bases, p->bases, p->n) < 0)
		return ls_fail(s->err, -ENOMEM, "memory", "out of memory");
	if (s->held != SEGMENT && s->held != WHOLE) {
		v->outcome = LS_DNA_ANOTHER;
		ls_fail(&v->why, -EKEYREJECTED, "dna.verify.another",
			"the signature holds, and it is not by %s, whom you asked for",
			s->options->expected->text);
	}
	return 0;
}

static int add_difference(struct ls_differences *d, const struct ls_difference *one)
{
	struct ls_difference *more = reallocarray(d->list, d->count + 1, sizeof *more);
	if (!more)
		return -ENOMEM;
	d->list = more;
	more[d->count++] = *one;
	return 0;
}

/* One base of the block, at bases[at], that follows from the rest and is not what it must be. */
static int add_error(struct search *s, const struct ls_exact *found, size_t in_block,
		     uint8_t should)
{
	const struct ls_proposal *p = &found->proposal;
	bool other = found->reversed;
	size_t at = p->at + in_block;
	uint8_t seen = p->bases[at];
	if (seen == should)
		return 0;
	const struct ls_difference d = {
		.kind = LS_SUBSTITUTED,
		.at = ls_place_in_file(found->start + in_block, s->m->bases.size, other),
		.should_at = at,
		.seen = (uint8_t)(other ? LS_BASE_COMPLEMENT(seen) : seen),
		.should = (uint8_t)(other ? LS_BASE_COMPLEMENT(should) : should),
	};
	s->best.signed_bases.data[at] = should;
	return add_difference(&s->best.differences, &d);
}

/* The signature covers neither tags nor parity: they follow from the rest, and what differs is an
 * error. */
static int compare_rest(struct search *s, const struct ls_exact *found)
{
	struct ls_dna_verdict *v = &s->best;
	const size_t *at = v->judged.layout.at;
	_cleanup_buffer_ struct ls_buffer parity;
	ls_buffer_init(&parity, found->proposal.n + 1);
	int rc = v->judged.moved ? 0
				 : ls_judged_parity(&v->judged, &found->proposal, &parity, s->err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; rc == 0 && i < LS_TAG_BASES; i++)
		rc = add_error(s, found, i, (uint8_t)ls_base_of(LS_START_TAG[i]));
	for (size_t i = 0; rc == 0 && i < parity.size; i++)
		rc = add_error(s, found, at[LS_PART_PARITY] + i, parity.data[i]);
	for (size_t i = 0; rc == 0 && i < LS_TAG_BASES; i++)
		rc = add_error(s, found, at[LS_PART_END_TAG] + i,
			       (uint8_t)ls_base_of(LS_END_TAG[i]));
	if (rc < 0)
		return ls_fail(s->err, rc, "memory", "out of memory");
	if (v->differences.count > 0 && v->outcome == LS_DNA_VALID)
		v->outcome = LS_DNA_CORRECTED;
	return 0;
}

/* Is a block that cannot be verified at least as it was written?  Without parity nobody knows. */
static bool is_whole(const struct ls_judged *j, const struct ls_proposal *p)
{
	_cleanup_buffer_ struct ls_buffer parity;
	ls_buffer_init(&parity, p->n + 1);
	if (j->block.errors == 0)
		return true;
	const uint8_t *seen = p->bases + p->at + j->layout.at[LS_PART_PARITY];
	return j->body.size == j->block.length && ls_judged_parity(j, p, &parity, NULL) == 0 &&
	       memcmp(parity.data, seen, parity.size) == 0;
}

static bool is_verdict(int rc)
{
	return rc == -EBADMSG || rc == -ENOKEY;
}

/* A joint that the file says is there was signed, or none; a segment is covered in either. */
static int check_topology(const struct search *s, const struct ls_block *b, struct ls_error *why)
{
	enum ls_topology other = b->linear ? LS_CIRCULAR : LS_LINEAR;
	if (b->segment || s->m->topology != other)
		return 0;
	return ls_fail(why, -EBADMSG, "dna.verify.topology",
		       "the molecule was signed as a %s one, and the file says that it is %s",
		       b->linear ? "linear" : "circular", b->linear ? "circular" : "linear");
}

static int take_exact(void *context, const struct ls_exact *found)
{
	struct search *s = context;
	struct ls_error why = { 0 };
	_cleanup_judged_ struct ls_judged j = { 0 };
	size_t start = ls_place_in_file(found->start, s->m->bases.size, found->reversed);
	int rc = ls_judge_read(&found->proposal, &j, &why);
	if (rc == -EBADMSG) {
		remember(s, &why, NULL, start, found->reversed);
		return 0;
	}
	if (rc == 0)
		rc = check_topology(s, &j.block, &why);
	if (rc == 0)
		rc = ls_judge_check(&s->judge, &j, &found->proposal, &why);
	if (is_verdict(rc)) {
		s->whole_fails |= !j.block.segment;
		s->unknown_is_whole |= rc == -ENOKEY && is_whole(&j, &found->proposal);
		remember(s, &why, &j, start, found->reversed);
		return 0;
	}
	if (rc < 0) {
		if (s->err)
			*s->err = why;
		return rc;
	}
	if (held_by(s, &j.block) <= s->held)
		return 0;
	rc = accept(s, &j, &found->proposal, LS_DNA_VALID);
	s->best.start = start;
	s->best.reversed = found->reversed;
	if (rc == 0)
		rc = compare_rest(s, found);
	return rc < 0 ? rc : s->held == WHOLE ? ACCEPTED : 0;
}

static int failed_exact(void *context, size_t place, bool reversed, const struct ls_error *why)
{
	remember(context, why, NULL, place, reversed);
	return 0;
}

static int judge_proposal(void *context, const struct ls_proposal *p, struct ls_error *err)
{
	struct search *s = context;
	struct ls_error why = { 0 };
	_cleanup_judged_ struct ls_judged j = { 0 };
	if (p->segment && s->whole_fails) /* it would not be the molecule's verdict */
		return -EBADMSG;
	int rc = ls_judge_read(p, &j, &why);
	if (rc == 0)
		rc = ls_judge_check(&s->judge, &j, p, &why);
	if (rc == 0)
		return accept(s, &j, p, LS_DNA_CORRECTED);
	if (is_verdict(rc)) {
		rc = -EBADMSG;
		if (why.code == -ENOKEY)
			remember(s, &why, &j, s->v->start, s->v->reversed);
	}
	if (err)
		*err = why;
	return rc;
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

static int repair(struct search *s, const struct ls_sites *sites)
{
	const struct ls_repair_judge judge = { judge_proposal, s };
	struct ls_dna_verdict *v = s->v, *best = &s->best;
	_cleanup_repaired_ struct ls_repaired repaired = { 0 };
	struct ls_error why = { 0 };
	int rc = ls_repair(s->m->bases.data, s->m->bases.size, s->m->topology, sites,
			   &s->options->repair, &judge, &repaired, &why);
	if (rc == -EBADMSG || rc == -ENOENT) {
		if (telling(&why) > telling(&v->why) || !v->why.code)
			v->why = why;
		return 0;
	}
	if (rc < 0) {
		if (s->err)
			*s->err = why;
		return rc;
	}
	best->reversed = repaired.reversed;
	best->start = ls_place_in_file(repaired.site.start.begin, s->m->bases.size,
				       repaired.reversed);
	best->differences = repaired.differences;
	memset(&repaired.differences, 0, sizeof repaired.differences); /* handed over */
	if (best->differences.count == 0 && best->outcome == LS_DNA_CORRECTED)
		best->outcome = LS_DNA_VALID;
	return 0;
}

/* In a long sequence pairs of tags with many edits are there by chance. */
static bool is_likely(const struct ls_sites *sites, size_t n)
{
	unsigned edits = sites->count > 0
				 ? sites->sites[0].start.distance + sites->sites[0].end.distance
				 : UINT_MAX;
	return edits <= (n > LONG_SEQUENCE ? LS_SITE_EDITS : 2 * LS_SITE_EDITS);
}

/* A segment is no word for a molecule whose own signature does not hold. */
static bool is_settled(const struct search *s)
{
	return s->held == WHOLE || s->held == WHOLE_OF_ANOTHER ||
	       (s->held != HELD_NONE && !s->whole_fails);
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

/* Nothing holds: the reason says which of the outcomes that is. */
static void conclude(struct search *s, const struct ls_sites *sites)
{
	struct ls_dna_verdict *v = s->v;
	if (v->why.code == -ENOKEY) {
		v->outcome = LS_DNA_ANOTHER;
		return;
	}
	v->outcome = v->has_block || is_likely(sites, s->m->bases.size) ? LS_DNA_ALTERED
									: LS_DNA_NONE;
	nearest(v, sites, s->m->bases.size);
	if (v->outcome == LS_DNA_NONE && ls_legacy_is(s->m))
		v->outcome = LS_DNA_LEGACY;
	else if (v->outcome == LS_DNA_NONE)
		ls_fail(&v->why, -ENOENT, "dna.verify.no-block",
			"no likely pair of a start tag and an end tag is there, with at most %d "
			"edits in "
			"each",
			LS_SITE_EDITS);
}

static int search(struct search *s)
{
	const struct ls_exact_taker taker = { .take = take_exact,
					      .failed = failed_exact,
					      .context = s };
	const struct ls_buffer *bases = &s->m->bases;
	int rc = ls_exact_find(bases->data, bases->size, s->m->topology, &taker, s->err);
	if (rc < 0)
		return rc;
	if (is_settled(s)) {
		settle(s);
		return 0;
	}
	struct ls_sites sites = { 0 };
	rc = ls_sites_find(bases->data, bases->size, s->m->topology != LS_LINEAR, LS_SITE_EDITS,
			   &sites, s->err);
	if (rc == 0 && !s->unknown_is_whole && (s->v->has_block || is_likely(&sites, bases->size)))
		rc = repair(s, &sites);
	if (rc == 0 && is_settled(s))
		settle(s);
	else if (rc == 0)
		conclude(s, &sites);
	ls_sites_free(&sites);
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
	if (rc < 0) {
		ls_dna_verdict_free(&v);
		return rc;
	}
	*ret = v;
	return 0;
}
