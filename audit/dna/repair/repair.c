/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/repair/repair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/repair/guess.h"
#include "lib/base/cleanup.h"

#define EXCESS_TOLD 8 /* by so much a header may be off that is believed */

/* How far a tag's edge may be from where it seems: that a base was lost and that one was won can
 * look alike. */
#define EDGE(edits) (2 * (edits))

/* One sequence, both strands, and what is tried on it. */
struct repair {
	const uint8_t *strands[2]; /* as in the file, and its reverse complement */
	size_t n;
	enum ls_topology topology;
	const struct ls_sites *sites;
	struct ls_guess guess;
	struct ls_buffer accepted;
	struct ls_repaired *ret;
	bool accepted_one; /* *ret is filled */
};

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

static int64_t inside_excess(const struct ls_line *line, const struct ls_shape *shape)
{
	return (int64_t)(line->end_begin - line->start_end) -
	       (int64_t)(shape->head + shape->parity);
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
static void in_file(const struct repair *r, bool reversed, size_t origin, bool linear,
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
		in_file(r, site->reversed, line->origin, shape->linear, &d.list[i]);
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

static int try_shape(struct repair *r, const struct ls_site *site, const struct ls_shape *shape,
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

/* --- shapes -------------------------------------------------------------- */

/* What would be a block's head if it began behind the tag at this base; returns how many bases. */
static size_t head_at(const struct repair *r, const struct ls_site *site, size_t begin,
		      uint8_t ret[static LS_BLOCK_HEAD_MAX])
{
	const uint8_t *strand = r->strands[site->reversed];
	size_t n = site->end.end - site->start.end + LS_EXCESS_MAX;
	memset(ret, 0, LS_BLOCK_HEAD_MAX);
	for (size_t i = 0; i < n && i + LS_TAG_BASES < LS_BLOCK_HEAD_MAX; i++)
		ret[LS_TAG_BASES + i] = strand[(begin + i) % r->n];
	return n + LS_TAG_BASES;
}

static bool read_shape(const struct repair *r, const uint8_t *head, size_t n, struct ls_shape *ret,
		       struct ls_layout *ret_layout)
{
	struct ls_block b;
	if (ls_block_read_head(head, n, &b, ret_layout, NULL) < 0)
		return false;
	if (!b.segment &&
	    ((b.linear && r->topology == LS_CIRCULAR) || (!b.linear && r->topology == LS_LINEAR)))
		return false;
	ls_shape_of_block(&b, ret_layout, ret);
	return true;
}

/* The header's word, if it can be read where the head would begin at this base of the strand. */
static bool told_at(const struct repair *r, const struct ls_site *site, size_t begin,
		    struct ls_shape *ret, struct ls_layout *ret_layout)
{
	uint8_t bases[LS_BLOCK_HEAD_MAX];
	size_t n = head_at(r, site, begin, bases);
	return read_shape(r, bases, n, ret, ret_layout);
}

/* A tag with edits may end some bases before or behind where it seems to. */
static bool told_shape(const struct repair *r, const struct ls_site *site, struct ls_shape *ret,
		       struct ls_layout *ret_layout)
{
	size_t edits = EDGE(site->start.distance);
	bool told = told_at(r, site, site->start.end, ret, ret_layout);
	for (size_t i = 1; !told && i <= edits; i++)
		told = told_at(r, site, site->start.end + i, ret, ret_layout) ||
		       told_at(r, site, site->start.end - i, ret, ret_layout);
	return told;
}

/* Bases that the molecule and the block would have lost. */
struct lost {
	int64_t molecule, block;
};

/* Where the header cannot be read: whatever has such sizes. */
static int try_sizes(struct repair *r, const struct ls_site *site, bool linear,
		     const struct lost *lost, enum ls_effort effort)
{
	struct ls_shape shapes[LS_SHAPES_MAX];
	int64_t front = linear ? (int64_t)site->start.begin : 0;
	int64_t behind = (int64_t)r->n - (int64_t)(site->end.end - site->start.begin) - front +
			 lost->molecule;
	int64_t inside = (int64_t)(site->end.begin - site->start.end) + lost->block;
	if ((linear && site->end.end > r->n) || behind < 1 || inside < 1)
		return -EBADMSG;
	size_t count = ls_shapes_of_size(linear, (size_t)front, (size_t)behind, (size_t)inside,
					 shapes);
	int rc = -EBADMSG;
	for (size_t i = 0; rc == -EBADMSG && i < count; i++)
		rc = try_shape(r, site, &shapes[i], effort);
	return rc;
}

static int try_unread(struct repair *r, const struct ls_site *site, bool linear,
		      enum ls_effort effort)
{
	static const struct lost nothing, one[] = { { 0, 1 }, { 0, -1 }, { 1, 0 }, { -1, 0 } };
	if (r->topology == (linear ? LS_CIRCULAR : LS_LINEAR))
		return -EBADMSG;
	if (effort == LS_EFFORT_SUBSTITUTIONS)
		return try_sizes(r, site, linear, &nothing, effort);
	int rc = -EBADMSG;
	bool one_indel = effort == LS_EFFORT_ONE_INDEL ||
			 effort == LS_EFFORT_INDEL_AND_SUBSTITUTIONS;
	/* a linear molecule's front and what is behind are then not told apart */
	size_t ways = !one_indel ? 0 : linear ? 2 : 4;
	for (size_t i = 0; rc == -EBADMSG && i < ways; i++)
		rc = try_sizes(r, site, linear, &one[i], effort);
	if (rc == -EBADMSG && effort == LS_EFFORT_INDEL_AND_SUBSTITUTIONS) /* a stretch */
		rc = try_sizes(r, site, linear, &nothing, effort);
	return rc;
}

static bool near(size_t a, size_t b)
{
	return a <= b + EXCESS_TOLD && b <= a + EXCESS_TOLD;
}

/* The sizes that the header tells are nearly those that were seen: it is no damaged one. */
static bool plausible(const struct repair *r, const struct ls_site *site,
		      const struct ls_shape *told)
{
	size_t all = told->front + told->behind + ls_shape_block(told);
	return near(site->end.begin - site->start.end, told->head + told->parity) &&
	       (told->segment || near(r->n, all)) &&
	       (!told->linear || told->segment || near(site->start.begin, told->front));
}

/* What the header tells, and where it is damaged in its place alone, that as it was seen. */
static int try_told(struct repair *r, const struct ls_site *site, const struct ls_shape *told,
		    enum ls_effort effort)
{
	int rc = try_shape(r, site, told, effort);
	size_t length = told->front + told->behind;
	if (rc != -EBADMSG || !told->linear || told->segment || told->front == site->start.begin ||
	    site->start.begin > length)
		return rc;
	struct ls_shape seen = *told;
	seen.front = site->start.begin;
	seen.behind = length - seen.front;
	return try_shape(r, site, &seen, effort);
}

/* The head of a block with documentation and up to four signers, from the draw on. */
#define HEAD_GUESSED	  180
#define WORK_HEAD_READING 2

/* The head with this base put in before base `at`, or, where there is no such base, without it. */
static void edit_head(const uint8_t *seen, size_t at, uint8_t base,
		      uint8_t ret[static LS_BLOCK_HEAD_MAX])
{
	const size_t put = base <= LS_BASE_T, left_out = !put;
	memcpy(ret, seen, at);
	ret[at] = base;
	memcpy(ret + at + put, seen + at + left_out, LS_BLOCK_HEAD_MAX - at - 1);
	ret[LS_BLOCK_HEAD_MAX - 1] = left_out ? LS_BASE_A : ret[LS_BLOCK_HEAD_MAX - 1];
}

/* All sizes are those that were seen, but for so many bases in the block. */
static bool is_exactly(const struct repair *r, const struct ls_site *site,
		       const struct ls_shape *shape, size_t lost, size_t won)
{
	size_t all = shape->front + shape->behind + ls_shape_block(shape);
	size_t inside = site->end.begin - site->start.end;
	return inside + lost == shape->head + shape->parity + won &&
	       (shape->segment || r->n + lost == all + won);
}

static bool is_same(const struct ls_shape *a, const struct ls_shape *b)
{
	return a->linear == b->linear && a->segment == b->segment && a->front == b->front &&
	       a->behind == b->behind && a->head == b->head && a->parity == b->parity &&
	       a->errors == b->errors;
}

/*
 * A base lost or won in the head hides the sizes behind it, of which documentation and several
 * signers can have any: the head is read with each base put in, and left out, at each place, and
 * what then tells the sizes that were seen is tried.
 */
static int try_head(struct repair *r, const struct ls_site *site, enum ls_effort effort)
{
	uint8_t seen[LS_BLOCK_HEAD_MAX], edited[LS_BLOCK_HEAD_MAX];
	struct ls_shape shape, before = { .errors = 0 };
	struct ls_layout layout;
	size_t n = head_at(r, site, site->start.end, seen);
	int rc = -EBADMSG;
	for (size_t i = 0; rc == -EBADMSG && i < 5 * (size_t)HEAD_GUESSED; i++) {
		size_t at = LS_TAG_BASES + i / 5, base = i % 5;
		bool won = base > LS_BASE_T;
		/* beside an equal base it is the same head as one before */
		if (i >= 5 && seen[at - 1] == (won ? seen[at] : base))
			continue;
		if (ls_guess_spend(&r->guess, WORK_HEAD_READING) < 0)
			return -ETIME;
		edit_head(seen, at, (uint8_t)base, edited);
		if (!read_shape(r, edited, n + !won - won, &shape, &layout) || shape.errors == 0 ||
		    is_same(&shape, &before) || !is_exactly(r, site, &shape, !won, won))
			continue;
		before = shape;
		rc = try_told(r, site, &shape, effort);
	}
	return rc;
}

static int try_site(struct repair *r, const struct ls_site *site, enum ls_effort effort)
{
	struct ls_shape told;
	struct ls_layout layout;
	bool is_told = told_shape(r, site, &told, &layout);
	int rc = is_told ? try_told(r, site, &told, effort) : -EBADMSG;
	/* one that can be read and is off by a few bases may be damaged in its sizes */
	if (rc == -EBADMSG && !(is_told && is_exactly(r, site, &told, 0, 0)) &&
	    (effort == LS_EFFORT_ONE_INDEL || effort == LS_EFFORT_INDEL_AND_SUBSTITUTIONS))
		rc = try_head(r, site, effort);
	if (effort >= LS_EFFORT_ONE_INDEL && is_told && plausible(r, site, &told))
		return rc;
	for (int linear = 0; linear <= 1 && rc == -EBADMSG; linear++)
		rc = try_unread(r, site, linear, effort);
	return rc;
}

static int try_sites(struct repair *r, bool told, enum ls_effort first, enum ls_effort most)
{
	int rc = -EBADMSG;
	for (enum ls_effort e = first; rc == -EBADMSG && e <= most; e++)
		for (size_t i = 0; rc == -EBADMSG && i < r->sites->count; i++)
			if (r->sites->sites[i].told == told &&
			    ls_site_is_likely(&r->sites->sites[i], r->n))
				rc = try_site(r, &r->sites->sites[i], e);
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

/* --- what is known of what could not be corrected ------------------------ */

void ls_damage_free(struct ls_damage *damage)
{
	ls_differences_free(&damage->suspects);
}

/* What the words that could be corrected name, in one region. */
static int suspect(const struct repair *r, const struct ls_site *site, const struct ls_line *line,
		   const struct ls_region *region, size_t should_at, const uint8_t *corrected,
		   struct ls_damage *d)
{
	for (size_t k = 0; k < region->size; k++) {
		struct ls_difference one = { .kind = LS_SUBSTITUTED,
					     .at = (size_t)(region->seen - line->bases) + k,
					     .should_at = should_at + k,
					     .seen = region->seen[k],
					     .should = corrected[region->at + k] };
		if (one.seen == one.should || d->suspects.count == LS_DIFFERENCES_MAX)
			continue;
		struct ls_difference *more = reallocarray(d->suspects.list, d->suspects.count + 1,
							  sizeof *more);
		if (!more)
			return -ENOMEM;
		in_file(r, site->reversed, line->origin, true, &one);
		d->suspects.list = more;
		more[d->suspects.count++] = one;
	}
	return 0;
}

static int compare_words(const struct repair *r, const struct ls_site *site,
			 const struct ls_line *line, const struct ls_frame *f, struct ls_damage *d)
{
	static const int64_t shifts[LS_REGIONS];
	size_t bases = f->code.symbols * LS_SYMBOL_BASES, block = ls_shape_block(&f->shape);
	_cleanup_free_ uint8_t *string = malloc(bases);
	_cleanup_free_ uint16_t *symbols = malloc(f->code.symbols * sizeof *symbols);
	if (!string || !symbols)
		return -ENOMEM;
	ls_frame_string(f, shifts, string);
	ls_parity_symbols(string, f->code.symbols, symbols);
	int broken = ls_parity_correct_each(&f->code, symbols, &d->clean);
	if (broken < 0)
		return broken;
	ls_parity_bases_of(symbols, f->code.symbols, string);
	d->words = f->code.words;
	d->broken = (size_t)broken;
	const size_t at[LS_REGIONS] = { [LS_REGION_HEAD] = LS_TAG_BASES,
					[LS_REGION_PARITY] = LS_TAG_BASES + f->shape.head,
					[LS_REGION_BEHIND] = block,
					[LS_REGION_FRONT] = block + f->shape.behind };
	static const enum ls_region_id order[] = { LS_REGION_HEAD, LS_REGION_PARITY,
						   LS_REGION_BEHIND, LS_REGION_FRONT };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof order / sizeof *order; i++)
		rc = suspect(r, site, line, &f->regions[order[i]], at[order[i]], string, d);
	return rc;
}

/* A block whose header says that it has parity.  -ERANGE: it does not lie so. */
static int look_at(const struct repair *r, const struct ls_site *site, const struct ls_shape *shape,
		   struct ls_damage *d)
{
	_cleanup_line_ struct ls_line line = { .n = 0 };
	struct ls_frame f;
	int rc = ls_line_make(r->strands[site->reversed], r->n, site, shape, &line);
	if (rc < 0)
		return rc;
	rc = ls_frame_make(&line, shape, false, &f, NULL);
	if (rc < 0)
		return rc;
	int64_t front = ls_region_excess(&f.regions[LS_REGION_FRONT]);
	int64_t behind = ls_region_excess(&f.regions[LS_REGION_BEHIND]);
	d->known = true;
	d->errors = shape->errors;
	d->around = front + behind;
	d->inside = inside_excess(&line, shape);
	if (front == 0 && behind == 0 && d->inside == 0)
		rc = compare_words(r, site, &line, &f, d);
	ls_frame_free(&f);
	return rc;
}

static int look(const struct repair *r, struct ls_damage *ret)
{
	struct ls_damage d = { .known = false };
	int rc = 0;
	for (size_t i = 0; rc == 0 && !d.known && i < r->sites->count; i++) {
		const struct ls_site *site = &r->sites->sites[i];
		struct ls_shape shape;
		if (!site->told)
			break; /* those that are come first */
		if (!told_shape(r, site, &shape, &d.layout) || shape.errors == 0)
			continue;
		rc = look_at(r, site, &shape, &d);
		rc = rc == -ERANGE ? 0 : rc;
	}
	if (rc < 0)
		ls_damage_free(&d);
	else
		*ret = d;
	return rc;
}

static int conclude(const struct repair *r, int rc, struct ls_error *err)
{
	bool bounded = rc == -ETIME;
	if (r->accepted_one && (rc == 0 || rc == -EBADMSG || bounded)) {
		r->ret->cut_short = bounded;
		return 0;
	}
	if (r->accepted_one)
		ls_repaired_free(r->ret);
	if (rc == -EBADMSG)
		return ls_fail(err, rc, "dna.repair.none",
			       "there is more wrong than parity can correct, or something else was "
			       "signed");
	if (bounded)
		return ls_fail(err, -EBADMSG, "dna.repair.work",
			       "nothing was found within the effort; more may find it");
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
	int rc = try_all(&r, options->effort);
	ls_buffer_free(&r.accepted);
	options->work = r.guess.work;
	rc = conclude(&r, rc, err);
	if (rc == -EBADMSG && ret_damage && look(&r, ret_damage) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	return rc;
}
