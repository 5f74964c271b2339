/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/repair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/repair/repair_internal.h"
#include "lib/base/cleanup.h"

#define SHARE 16 /* this part of the work is for blocks whose sizes nothing tells */

uint64_t ls_repair_work(const struct ls_repair_options *options)
{
	static const uint64_t work[] = {
		[LS_EFFORT_NONE] = 1000000,	   [LS_EFFORT_SUBSTITUTIONS] = 2000000,
		[LS_EFFORT_ONE_INDEL] = 4000000,   [LS_EFFORT_INDEL_AND_SUBSTITUTIONS] = 8000000,
		[LS_EFFORT_TWO_INDELS] = 60000000,
	};
	return options->work ? options->work : work[options->effort];
}

void ls_repaired_free(struct ls_repaired *repaired)
{
	if (!repaired)
		return;
	ls_buffer_free(&repaired->bases);
	ls_differences_free(&repaired->differences);
}

/* --- one line: a site, a shape ------------------------------------------- */

static int guess_with(struct repair *r, const struct ls_line *line, const struct ls_shape *shape,
		      bool in_parity, enum ls_effort effort)
{
	struct ls_frame frame;
	int rc = ls_frame_make(line, shape, in_parity, &frame, r->guess.err);
	if (rc < 0)
		return rc;
	switch (effort) {
	case LS_EFFORT_NONE:
	case LS_EFFORT_SUBSTITUTIONS: rc = ls_guess_none(&r->guess, &frame); break;
	case LS_EFFORT_ONE_INDEL: rc = ls_guess_one(&r->guess, &frame, false); break;
	case LS_EFFORT_INDEL_AND_SUBSTITUTIONS:
		rc = ls_guess_one(&r->guess, &frame, true);
		if (rc == -EBADMSG)
			rc = ls_guess_stretch(&r->guess, &frame);
		break;
	case LS_EFFORT_TWO_INDELS: rc = ls_guess_two(&r->guess, &frame); break;
	}
	ls_frame_free(&frame);
	return rc;
}

/*
 * Where a tag has edits, how far it goes is a guess, too: a base lost at its edge looks like one
 * that was changed.  All ways to lay the edges by which every part gets its size.
 */
static int with_edges_moved(struct repair *r, const struct ls_line *line,
			    const struct ls_shape *shape, enum ls_effort effort)
{
	int64_t inside = inside_excess(line, shape);
	int64_t a = EDGE(line->start_edits), b = EDGE(line->end_edits);
	int64_t behind = (int64_t)(line->n - line->end_end) - (int64_t)shape->behind;
	int64_t front = (int64_t)line->start_begin - (int64_t)shape->front;
	int rc = -EBADMSG;
	if (a + b == 0 || behind < -b || behind > b || front < -a || front > a)
		return rc;
	for (int64_t x = -a; rc == -EBADMSG && x <= a; x++) {
		int64_t y = inside -
			    x; /* start_end moves by x to the right, end_begin by y to the left */
		if (y < -b || y > b || (x == 0 && y == 0 && behind == 0 && front == 0))
			continue;
		struct ls_line moved = *line;
		moved.start_end += (size_t)x;
		moved.end_begin -= (size_t)y;
		moved.end_end += (size_t)behind;
		moved.start_begin -= (size_t)front;
		rc = guess_with(r, &moved, shape, false, effort);
	}
	return rc;
}

static int try_line(struct repair *r, const struct ls_line *line, const struct ls_shape *shape,
		    enum ls_effort effort)
{
	int64_t inside = inside_excess(line, shape);
	if (inside > LS_EXCESS_MAX || inside < -LS_EXCESS_MAX)
		return -EBADMSG;
	int rc = guess_with(r, line, shape, false, effort);
	if (rc == -EBADMSG && inside != 0 && shape->parity > 0)
		rc = guess_with(r, line, shape, true, effort);
	if (rc == -EBADMSG)
		rc = with_edges_moved(r, line, shape, effort);
	return rc;
}

/* A difference between a line and what was signed, in the file's own places and letters. */
void ls_repair_in_file(const struct repair *r, bool reversed, size_t origin, bool linear,
		       struct ls_difference *one)
{
	one->at += origin;
	/* the end of what is linear is not its beginning */
	if (one->at > r->n || (one->at == r->n && (one->kind != LS_DELETED || !linear)))
		one->at -= r->n;
	if (!reversed)
		return;
	one->at = r->n - (one->kind == LS_DELETED ? 0 : 1) - one->at;
	if (one->at == r->n && !linear)
		one->at = 0;
	one->seen = LS_BASE_COMPLEMENT(one->seen);
	one->should = LS_BASE_COMPLEMENT(one->should);
}

/* What was accepted, and what differs from it. */
static int settle(struct repair *r, const struct ls_site *site, const struct ls_line *line,
		  const struct ls_shape *shape, enum ls_effort effort)
{
	struct ls_differences d;
	int rc = ls_differences_find(line->bases, line->n, r->accepted.data, r->accepted.size, &d);
	if (rc < 0)
		return ls_fail(r->guess.err, rc, "dna.repair.differences",
			       "what was corrected cannot be listed");
	for (size_t i = 0; i < d.count; i++)
		ls_repair_in_file(r, site->reversed, line->origin, shape->linear, &d.list[i]);
	if (r->accepted_one)
		ls_repaired_free(r->ret);
	r->accepted_one = true;
	*r->ret = (struct ls_repaired){ .bases = r->accepted,
					.at = shape->front,
					.linear = shape->linear,
					.segment = shape->segment,
					.reversed = site->reversed,
					.site = *site,
					.differences = d,
					.effort = effort };
	ls_buffer_init(&r->accepted, r->accepted.max); /* handed over */
	return 0;
}

int ls_repair_shape(struct repair *r, const struct ls_site *site, const struct ls_shape *shape,
		    enum ls_effort effort)
{
	_cleanup_line_ struct ls_line line = { .n = 0 };
	if ((shape->errors == 0) != (effort == LS_EFFORT_NONE))
		return -EBADMSG;
	int rc = ls_line_make(r->strands[site->reversed], r->n, site, shape, &line);
	if (rc == -ERANGE)
		return -EBADMSG;
	if (rc < 0)
		return ls_fail(r->guess.err, rc, "memory", "out of memory");
	rc = ls_guess_spend(&r->guess, LS_WORK_STRING(line.n));
	if (rc == 0)
		rc = try_line(r, &line, shape, effort);
	if (rc < 0)
		return rc;
	bool go_on = rc == LS_REPAIR_GO_ON;
	rc = settle(r, site, &line, shape, effort);
	return rc == 0 && go_on ? -EBADMSG : rc;
}

/* --- sites --------------------------------------------------------------- */

static bool same_tag(const struct repair *r, const struct ls_tag_hit *a, const struct ls_tag_hit *b)
{
	return a->begin % r->n == b->begin % r->n;
}

/* Its start tag, or its end tag, is a block's whose header says where the other one is, and it is
 * there: what else looks like a tag is none of that block's. */
static bool is_anothers(const struct repair *r, const struct ls_site *site)
{
	bool found = false;
	for (size_t i = 0; !found && i < r->sites->count && r->sites->sites[i].told; i++) {
		const struct ls_site *told = &r->sites->sites[i];
		found = told->reversed == site->reversed &&
			(same_tag(r, &told->start, &site->start) ||
			 same_tag(r, &told->end, &site->end));
	}
	return found && !site->told;
}

static int try_sites(struct repair *r, bool told, enum ls_effort first, enum ls_effort most)
{
	int rc = -EBADMSG;
	for (enum ls_effort e = first; rc == -EBADMSG && e <= most; e++)
		for (size_t i = 0; rc == -EBADMSG && i < r->sites->count; i++)
			if (r->sites->sites[i].told == told &&
			    ls_site_is_likely(&r->sites->sites[i], r->n) &&
			    !is_anothers(r, &r->sites->sites[i]))
				rc = ls_repair_site(r, &r->sites->sites[i], e);
	return rc;
}

/* What a header tells of comes first, and what takes the square of the molecule's length last. */
static int try_all(struct repair *r, enum ls_effort most)
{
	enum ls_effort soon = most < LS_EFFORT_TWO_INDELS ? most : LS_EFFORT_TWO_INDELS - 1;
	int rc = try_sites(r, true, LS_EFFORT_NONE, soon);
	if (rc == -EBADMSG)
		rc = try_sites(r, false, LS_EFFORT_NONE, soon);
	for (int told = 1; rc == -EBADMSG && told >= 0; told--)
		rc = try_sites(r, told, soon + 1, most);
	return rc;
}

static int conclude(const struct repair *r, int rc, struct ls_error *err)
{
	bool bounded = rc == -ETIME || (rc == -EBADMSG && r->cut);
	if (r->accepted_one && (rc == 0 || rc == -EBADMSG || bounded)) {
		r->ret->cut_short = bounded;
		return 0;
	}
	if (r->accepted_one)
		ls_repaired_free(r->ret);
	if (bounded)
		return ls_fail(err, -EBADMSG, "dna.repair.work",
			       "nothing was found within the effort; more may find it");
	if (rc == -EBADMSG)
		return ls_fail(err, rc, "dna.repair.none",
			       "there is more wrong than parity can correct, or something else was "
			       "signed");
	return rc;
}

int ls_repair(const uint8_t *bases, size_t n, enum ls_topology topology,
	      const struct ls_sites *sites, struct ls_repair_options *options,
	      const struct ls_repair_judge *judge, struct ls_repaired *ret,
	      struct ls_damage *ret_damage, struct ls_error *err)
{
	if (sites->count == 0)
		return ls_fail(err, -ENOENT, "dna.repair.sites", "there are no tags of a block");
	_cleanup_free_ uint8_t *turned = malloc(n);
	if (!turned)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	memcpy(turned, bases, n);
	ls_bases_reverse_complement(turned, n);
	struct repair r = { .strands = { bases, turned },
			    .n = n,
			    .topology = topology,
			    .sites = sites,
			    .ret = ret };
	ls_buffer_init(&r.accepted, n + (1 << 20));
	r.guess = (struct ls_guess){
		.judge = judge, .work = ls_repair_work(options), .accepted = &r.accepted, .err = err
	};
	r.unread = r.heads = r.guess.work / SHARE;
	int rc = try_all(&r, options->effort);
	ls_buffer_free(&r.accepted);
	options->work = r.guess.work;
	rc = conclude(&r, rc, err);
	if (rc == -EBADMSG && ret_damage && ls_repair_look(&r, ret_damage) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	return rc;
}
