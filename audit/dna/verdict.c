/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/verdict.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/exact.h"
#include "audit/dna/legacy.h"
#include "audit/dna/moved.h"

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
	struct ls_dna_coverage blocks;
	uint64_t work;	    /* microseconds, about, that are left for what costs more than a hash */
	size_t untried;	    /* blocks that none was left for ... */
	bool whole_untried; /* ... one of which says that it covers the whole molecule */
	bool cut_short;	    /* the same of repair */
	struct ls_error *err;
};

void ls_dna_verdict_free(struct ls_dna_verdict *v)
{
	ls_judged_free(&v->judged);
	ls_buffer_free(&v->signed_bases);
	ls_differences_free(&v->differences);
	ls_damage_free(&v->damage);
	ls_dna_coverage_free(&v->blocks);
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
	int rc = ls_judged_parity(&v->judged, &found->proposal, &parity, s->err);
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

static bool spend(struct search *s, uint64_t work)
{
	bool there = s->work >= work;
	s->work -= there ? work : s->work;
	return there;
}

/* Bases around a block, of what its header says that it covers. */
static size_t around(const struct ls_exact *found)
{
	return found->proposal.n - found->layout->at[LS_PART_COUNT];
}

static size_t start_in_file(const struct search *s, const struct ls_exact *found)
{
	return ls_place_in_file(found->start, s->m->bases.size, found->reversed);
}

/* It does not hold, whoever signed it: what it says is told if it tells more than others. */
static int refuse(struct search *s, const struct ls_exact *found, const struct ls_error *why)
{
	struct ls_error unread = { 0 };
	_cleanup_judged_ struct ls_judged j = { 0 };
	s->whole_fails |= !found->head->segment;
	if (telling(why) <= telling(&s->v->why))
		return 0;
	int rc = ls_judge_read(&found->proposal, &j, &unread);
	if (rc < 0 && rc != -EBADMSG)
		return ls_fail(s->err, rc, "memory", "out of memory");
	remember(s, why, rc == 0 ? &j : NULL, start_in_file(s, found), found->reversed);
	return 0;
}

/* The signature holds: is it the one that says most? */
static int take_held(struct search *s, const struct ls_exact *found, struct ls_judged *j)
{
	if (held_by(s, &j->block) <= s->held)
		return 0;
	int rc = accept(s, j, &found->proposal, LS_DNA_VALID);
	s->best.start = start_in_file(s, found);
	s->best.reversed = found->reversed;
	return rc == 0 ? compare_rest(s, found) : rc;
}

/* What costs more than a hash.  *ret: how the block stands. */
static int judge_exact(struct search *s, const struct ls_exact *found, enum ls_dna_standing *ret)
{
	struct ls_error why = { 0 };
	_cleanup_judged_ struct ls_judged j = { 0 };
	int rc = ls_judge_read(&found->proposal, &j, &why);
	if (rc == -EBADMSG) {
		remember(s, &why, NULL, start_in_file(s, found), found->reversed);
		return 0;
	}
	if (rc == 0)
		rc = ls_judge_check(&s->judge, &j, &found->proposal, &why);
	if (rc == 0)
		*ret = LS_DNA_HOLDS;
	if (rc == 0)
		return take_held(s, found, &j);
	if (!is_verdict(rc)) {
		if (s->err)
			*s->err = why;
		return rc;
	}
	*ret = rc == -ENOKEY ? LS_DNA_UNKNOWN : LS_DNA_FAILS;
	s->whole_fails |= !j.block.segment;
	s->unknown_is_whole |= rc == -ENOKEY && is_whole(&j, &found->proposal);
	remember(s, &why, &j, start_in_file(s, found), found->reversed);
	return 0;
}

/* What is cheap first: most of what looks like a block is none of this molecule's. */
static int try_exact(struct search *s, const struct ls_exact *found, enum ls_dna_standing *ret)
{
	struct ls_error why = { 0 };
	int rc = check_topology(s, found->head, &why);
	*ret = LS_DNA_FAILS;
	if (s->held == WHOLE) {
		*ret = LS_DNA_INNER;
		return 0;
	}
	if (rc == 0)
		rc = ls_judge_length(found->head, around(found), &why);
	if (rc < 0)
		return refuse(s, found, &why);
	if (spend(s, ls_judge_work(found->proposal.n)))
		return judge_exact(s, found, ret);
	*ret = LS_DNA_UNTRIED;
	s->untried++;
	s->whole_untried |= !found->head->segment;
	return 0;
}

static int list(struct search *s, const struct ls_exact *found, enum ls_dna_standing standing)
{
	size_t n = s->m->bases.size, size = found->layout->at[LS_PART_COUNT];
	size_t before = found->head->segment ? found->proposal.at : 0;
	size_t covered = found->head->segment ? found->proposal.n : n;
	const struct ls_dna_found f = {
		.standing = standing,
		.block = ls_dna_range_in_file(found->start, size, n, found->reversed),
		.covered = ls_dna_range_in_file(found->start + n - before, covered, n,
						found->reversed),
		.reversed = found->reversed,
		.segment = found->head->segment,
		.signer = found->head->signers[0],
		.plasmid_id = found->head->plasmid_id,
	};
	return ls_dna_coverage_add(&s->blocks, &f) < 0
		       ? ls_fail(s->err, -ENOMEM, "memory", "out of memory")
		       : 0;
}

static int take_exact(void *context, const struct ls_exact *found)
{
	struct search *s = context;
	enum ls_dna_standing standing;
	int rc = try_exact(s, found, &standing);
	return rc < 0 ? rc : list(s, found, standing);
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
	if (rc == 0 && held_by(s, &j.block) <= s->held) /* that one is known */
		return -EBADMSG;
	if (rc == 0)
		rc = ls_judge_check(&s->judge, &j, p, &why);
	if (rc == 0)
		rc = accept(s, &j, p, LS_DNA_CORRECTED);
	if (rc == 0)
		return s->held == WHOLE ? 0 : LS_REPAIR_GO_ON;
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

/* What was corrected covers this much of the file, as it reads there. */
static int list_repaired(struct search *s, const struct ls_repaired *r)
{
	const struct ls_judged *j = &s->best.judged;
	size_t n = s->m->bases.size, begin = r->site.start.begin;
	size_t block = r->site.end.end - begin;
	size_t behind = r->bases.size - r->at - j->layout.at[LS_PART_COUNT];
	const struct ls_dna_found f = {
		.standing = LS_DNA_HOLDS,
		.block = ls_dna_range_in_file(begin, block, n, r->reversed),
		.covered = r->segment ? ls_dna_range_in_file(begin + n - r->at,
							     r->at + block + behind, n, r->reversed)
				      : (struct ls_dna_range){ 0, n },
		.reversed = r->reversed,
		.segment = r->segment,
		.signer = j->block.signers[0],
		.plasmid_id = j->block.plasmid_id,
	};
	/* with a whole header it was listed as what does not hold as it stands */
	for (size_t i = 0; i < s->blocks.count; i++)
		if (s->blocks.list[i].block.first == f.block.first &&
		    s->blocks.list[i].reversed == f.reversed) {
			s->blocks.list[i] = f;
			return 0;
		}
	return ls_dna_coverage_add(&s->blocks, &f) < 0
		       ? ls_fail(s->err, -ENOMEM, "memory", "out of memory")
		       : 0;
}

static int take_repaired(struct search *s, struct ls_repaired *r)
{
	struct ls_dna_verdict *best = &s->best;
	best->reversed = r->reversed;
	best->start = ls_place_in_file(r->site.start.begin, s->m->bases.size, r->reversed);
	ls_differences_free(&best->differences);
	best->differences = r->differences;
	memset(&r->differences, 0, sizeof r->differences); /* handed over */
	if (best->differences.count == 0 && best->outcome == LS_DNA_CORRECTED)
		best->outcome = LS_DNA_VALID;
	return list_repaired(s, r);
}

static int repair(struct search *s, const struct ls_sites *sites)
{
	const struct ls_repair_judge judge = { judge_proposal, s };
	struct ls_repair_options options = s->options->repair;
	struct ls_dna_verdict *v = s->v;
	_cleanup_repaired_ struct ls_repaired repaired = { 0 };
	struct ls_error why = { 0 };
	options.work = s->work + 1; /* 0 would be the effort's whole */
	int rc = ls_repair(s->m->bases.data, s->m->bases.size, s->m->topology, sites, &options,
			   &judge, &repaired, &v->damage, &why);
	s->work = options.work;
	if (rc == 0) {
		s->cut_short = repaired.cut_short;
		return take_repaired(s, &repaired);
	}
	if (rc == -EBADMSG || rc == -ENOENT) {
		s->cut_short = strcmp(why.id, "dna.repair.work") == 0;
		if (telling(&why) > telling(&v->why) || !v->why.code)
			v->why = why;
		return 0;
	}
	if (s->err)
		*s->err = why;
	return rc;
}

static void list_moved(struct search *s, const struct ls_moved_block *b)
{
	size_t n = s->m->bases.size, size = b->judged->layout.at[LS_PART_COUNT];
	struct ls_dna_range at = ls_dna_range_in_file(b->start, size, n, b->reversed);
	for (size_t i = 0; i < s->blocks.count; i++)
		if (s->blocks.list[i].block.first == at.first &&
		    s->blocks.list[i].reversed == b->reversed)
			s->blocks.list[i].standing = LS_DNA_HOLDS;
}

/* The block that was read, whose signature does not hold as it lies, may have been moved. */
static int correct_moved(struct search *s)
{
	struct ls_dna_verdict *v = s->v, *best = &s->best;
	size_t n = s->m->bases.size;
	const struct ls_moved_block b = { .molecule = s->m,
					  .judged = &v->judged,
					  .start = ls_place_in_file(v->start, n, v->reversed),
					  .reversed = v->reversed };
	_cleanup_moved_ struct ls_moved_repair m = { .at = 0 };
	if (!v->has_block || s->held != HELD_NONE ||
	    s->options->repair.effort < LS_EFFORT_SUBSTITUTIONS || !spend(s, ls_judge_work(n)))
		return 0;
	int rc = ls_moved_correct(&b, &m);
	if (rc == -ENOMEM)
		return ls_fail(s->err, rc, "memory", "out of memory");
	const struct ls_proposal p = { .bases = m.bases.data,
				       .n = m.bases.size,
				       .at = m.at,
				       .linear = v->judged.block.linear };
	if (rc == 0)
		rc = judge_proposal(s, &p, s->err);
	if (rc == -EBADMSG || rc == -ENOENT)
		return 0;
	if (rc < 0)
		return rc;
	best->judged.moved = true;
	best->start = v->start;
	best->reversed = v->reversed;
	best->differences = m.differences;
	memset(&m.differences, 0, sizeof m.differences); /* handed over */
	list_moved(s, &b);
	return 0;
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
		rc = repair(s, &sites);
	if (rc == 0)
		rc = correct_moved(s);
	if (rc == 0 && is_settled(s))
		settle(s);
	else if (rc == 0)
		conclude(s, &sites);
	return rc;
}

static int search(struct search *s)
{
	const struct ls_exact_taker taker = { .take = take_exact,
					      .failed = failed_exact,
					      .context = s };
	const struct ls_buffer *bases = &s->m->bases;
	uint64_t work = ls_repair_work(&s->options->repair);
	s->work = work / 2; /* the other half is repair's, whatever is found before */
	int rc = ls_exact_find(bases->data, bases->size, s->m->topology, &taker, s->err);
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
