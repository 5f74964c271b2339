/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/moved.h"
#include "audit/dna/search.h"

static int judge_proposal(void *context, const struct ls_proposal *p, struct ls_error *err)
{
	struct search *s = context;
	struct ls_error why = { 0 };
	_cleanup_judged_ struct ls_judged j = { 0 };
	if (p->segment && s->whole_fails) /* it would not be the molecule's verdict */
		return -EBADMSG;
	int rc = ls_judge_read(p, &j, &why);
	if (rc == 0 && ls_search_held_by(s, &j.block) <= s->held) /* that one is known */
		return -EBADMSG;
	if (rc == 0)
		rc = ls_judge_check(&s->judge, &j, p, &why);
	if (rc == 0)
		rc = ls_search_accept(s, &j, p, LS_DNA_CORRECTED);
	if (rc == 0)
		return s->held == WHOLE ? 0 : LS_REPAIR_GO_ON;
	if (is_verdict(rc)) {
		rc = -EBADMSG;
		if (why.code == -ENOKEY)
			ls_search_remember(s, &why, &j, s->v->start, s->v->reversed);
	}
	if (err)
		*err = why;
	return rc;
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

int ls_search_repair(struct search *s, const struct ls_sites *sites)
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
		if (ls_search_telling(&why) > ls_search_telling(&v->why) || !v->why.code)
			v->why = why;
		return 0;
	}
	if (s->err)
		*s->err = why;
	return rc;
}

/* --- a block that was moved ---------------------------------------------- */

#define MOVED_SITES 4 /* that are put back */
#define MOVED_SHARE 8 /* this part of the work is for it */

/* The molecule as it would be with its block where this is; r's work is what is left of it. */
static int repair_put(struct search *s, const struct ls_moved_block *m, const struct ls_put *put,
		      struct ls_repair_options *options, struct ls_repaired *ret)
{
	const struct ls_repair_judge judge = { judge_proposal, s };
	struct ls_site site;
	const struct ls_sites sites = { .sites = &site, .count = 1 };
	_cleanup_buffer_ struct ls_buffer bases;
	struct ls_error why = { 0 };
	ls_buffer_init(&bases, s->m->bases.size);
	int rc = ls_moved_put_back(m, put, &bases, &site);
	if (rc == 0)
		rc = ls_repair(bases.data, bases.size, m->head.linear ? LS_LINEAR : LS_CIRCULAR,
			       &sites, options, &judge, ret, NULL, &why);
	if (rc < 0 && rc != -EBADMSG && s->err)
		*s->err = why;
	return rc;
}

static int take_put(struct search *s, const struct ls_moved_block *m, const struct ls_put *put,
		    struct ls_repaired *r)
{
	size_t block = s->best.judged.layout.at[LS_PART_COUNT];
	for (size_t i = 0; i < r->differences.count; i++) {
		struct ls_difference *d = &r->differences.list[i];
		bool in_block = d->should_at >= r->at && d->should_at < r->at + block;
		ls_moved_in_file(m, put, in_block, d);
	}
	r->site = m->site;
	r->reversed = m->site.reversed;
	s->best.judged.moved = true;
	return take_repaired(s, r);
}

/* One event at first, wherever the block was put: with substitutions besides a place that is off by
 * a base would do, too.  Where the canonical form begins elsewhere than that of what was read an
 * error is there, and that is all that is tried. */
static bool is_tried(const struct search *s, const struct ls_moved_block *m,
		     const struct ls_put *put, int round, enum ls_effort *ret_effort)
{
	enum ls_effort most = s->options->repair.effort;
	enum ls_effort one = m->body.size == m->head.length ? LS_EFFORT_SUBSTITUTIONS
							    : LS_EFFORT_ONE_INDEL;
	*ret_effort = round == 0 && one < most ? one : most;
	return !ls_moved_is_there(m, put) && (round == 0 || (put->as_seen && one < most));
}

static int try_puts(struct search *s, const struct ls_moved_block *m, uint64_t *work)
{
	struct ls_put puts[LS_PUTS_MAX];
	size_t count = ls_moved_puts(m, puts);
	for (size_t i = 0; i<2 * count && * work> 0; i++) {
		const struct ls_put *put = &puts[i % count];
		struct ls_repair_options options = { .work = *work };
		_cleanup_repaired_ struct ls_repaired repaired = { .at = 0 };
		if (!is_tried(s, m, put, i >= count, &options.effort))
			continue;
		int rc = repair_put(s, m, put, &options, &repaired);
		*work = options.work;
		if (rc != -EBADMSG)
			return rc < 0 ? rc : take_put(s, m, put, &repaired);
	}
	return 0;
}

int ls_search_moved(struct search *s, const struct ls_sites *sites)
{
	uint64_t work = ls_repair_work(&s->options->repair) / MOVED_SHARE;
	if (s->options->repair.effort < LS_EFFORT_SUBSTITUTIONS)
		return 0;
	work = s->work < work ? s->work : work;
	s->work -= work;
	int rc = 0;
	for (size_t i = 0; rc == 0 && s->held == HELD_NONE && i < MOVED_SITES; i++) {
		_cleanup_moved_ struct ls_moved_block m = { .molecule = NULL };
		if (i == sites->count || !sites->sites[i].told)
			break;
		rc = ls_moved_open(s->m, &sites->sites[i], &m);
		if (rc == -ENOMEM)
			return ls_fail(s->err, rc, "memory", "out of memory");
		rc = rc == 0 ? try_puts(s, &m, &work) : 0;
	}
	s->work += work;
	return rc;
}
