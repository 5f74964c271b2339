/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/search.h"

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
	if (ls_search_telling(why) <= ls_search_telling(&s->v->why))
		return 0;
	int rc = ls_judge_read(&found->proposal, &j, &unread);
	if (rc < 0 && rc != -EBADMSG)
		return ls_fail(s->err, rc, "memory", "out of memory");
	ls_search_remember(s, why, rc == 0 ? &j : NULL, start_in_file(s, found), found->reversed);
	return 0;
}

/* The signature holds: is it the one that says most? */
static int take_held(struct search *s, const struct ls_exact *found, struct ls_judged *j)
{
	if (ls_search_held_by(s, &j->block) <= s->held)
		return 0;
	int rc = ls_search_accept(s, j, &found->proposal, LS_DNA_VALID);
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
		ls_search_remember(s, &why, NULL, start_in_file(s, found), found->reversed);
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
	ls_search_remember(s, &why, &j, start_in_file(s, found), found->reversed);
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
	if (ls_search_spend(s, ls_judge_work(found->proposal.n)))
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
	ls_search_remember(context, why, NULL, place, reversed);
	return 0;
}

int ls_search_exact(struct search *s)
{
	const struct ls_exact_taker taker = { .take = take_exact,
					      .failed = failed_exact,
					      .context = s };
	return ls_exact_find(s->m->bases.data, s->m->bases.size, s->m->topology, &taker, s->err);
}
