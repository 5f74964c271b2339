/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes that a molecule and its block are tried with: what the header tells, what it would tell
 * with some of its bases otherwise, and all that have what was seen. */
#include <errno.h>
#include <string.h>

#include "audit/dna/repair/repair_internal.h"

#define EXCESS_TOLD 8 /* by so much a header may be off that is believed */

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
bool ls_repair_told(const struct repair *r, const struct ls_site *site, struct ls_shape *ret,
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
		rc = ls_repair_shape(r, site, &shapes[i], effort);
	return rc;
}

static int try_unread_as(struct repair *r, const struct ls_site *site, bool linear,
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

/* --- the work that is for what hardly ever leads to a block --------------- */

struct part {
	uint64_t all, allowed;
};

/* All work but this part is put aside. */
static struct part begin_part(struct repair *r, uint64_t left)
{
	const struct part p = { r->guess.work, r->guess.work < left ? r->guess.work : left };
	r->guess.work = p.allowed;
	return p;
}

/* rc of what was tried; that the part was not enough ends nothing else. */
static int end_part(struct repair *r, const struct part *p, uint64_t *left, int rc)
{
	uint64_t used = p->allowed - r->guess.work;
	r->guess.work = p->all - used;
	*left -= used;
	if (rc != -ETIME || p->allowed == p->all)
		return rc;
	r->cut = true;
	return -EBADMSG;
}

/* With documentation of any size hundreds of shapes have what was seen, and each is tried base by
 * base. */
static int try_unread(struct repair *r, const struct ls_site *site, enum ls_effort effort)
{
	const struct part part = begin_part(r, r->unread);
	int rc = -EBADMSG;
	for (int linear = 0; linear <= 1 && rc == -EBADMSG; linear++)
		rc = try_unread_as(r, site, linear, effort);
	return end_part(r, &part, &r->unread, rc);
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

/* Bases around the block, of a molecule that lost so many of what was signed; in *ret_front those
 * before it.  false: there cannot be so many. */
static bool seen_around(const struct repair *r, const struct ls_site *site, int64_t lost,
			bool linear, struct ls_shape *shape)
{
	int64_t front = linear ? (int64_t)site->start.begin : 0;
	int64_t behind = (int64_t)r->n - (int64_t)(site->end.end - site->start.begin) - front +
			 lost;
	if (behind < 1 || (linear && site->end.end > r->n))
		return false;
	shape->linear = linear;
	shape->segment = false;
	shape->front = (size_t)front;
	shape->behind = (size_t)behind;
	return true;
}

/* So many bases around the block as were seen, in a block of the sizes that its header tells. */
static int try_around(struct repair *r, const struct ls_site *site, const struct ls_shape *told,
		      int64_t lost, bool linear, enum ls_effort effort)
{
	struct ls_shape shape = *told;
	size_t words;
	if (r->topology == (linear ? LS_CIRCULAR : LS_LINEAR) ||
	    !seen_around(r, site, lost, linear, &shape))
		return -EBADMSG;
	shape.parity = ls_parity_bases(shape.front + shape.behind, 2 * LS_TAG_BASES + shape.head,
				       shape.errors, &words);
	return shape.parity == told->parity ? ls_repair_shape(r, site, &shape, effort) : -EBADMSG;
}

/*
 * The end tag is where the header says: what may be damaged in it is what the molecule's length
 * and the block's place in it are.  Nothing else need be guessed at.
 */
static int try_other_length(struct repair *r, const struct ls_site *site,
			    const struct ls_shape *told, enum ls_effort effort)
{
	bool exact = site->end.begin - site->start.end == told->head + told->parity;
	bool indel = exact && effort >= LS_EFFORT_ONE_INDEL;
	int rc = -EBADMSG;
	for (int linear = 0; rc == -EBADMSG && linear <= 1; linear++) {
		rc = try_around(r, site, told, 0, linear, effort);
		if (rc == -EBADMSG && indel)
			rc = try_around(r, site, told, 1, linear, effort);
		if (rc == -EBADMSG && indel)
			rc = try_around(r, site, told, -1, linear, effort);
	}
	return rc;
}

/* What the header tells, and where it is damaged in its place alone, that as it was seen. */
static int try_told(struct repair *r, const struct ls_site *site, const struct ls_shape *told,
		    enum ls_effort effort)
{
	int rc = ls_repair_shape(r, site, told, effort);
	size_t length = told->front + told->behind;
	if (rc != -EBADMSG || !told->linear || told->segment || told->front == site->start.begin ||
	    site->start.begin > length)
		return rc;
	struct ls_shape seen = *told;
	seen.front = site->start.begin;
	seen.behind = length - seen.front;
	return ls_repair_shape(r, site, &seen, effort);
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

/* Bases of the head that are changed in it two at once: of one signer it is no longer. */
#define HEAD_PAIRED 84
#define SHAPES_READ 16

/* A head of which some bases are changed, and the shapes that it was read to. */
struct changed_head {
	uint8_t bases[LS_BLOCK_HEAD_MAX];
	size_t n;
	struct ls_shape shapes[SHAPES_READ];
	size_t count;
	bool whole; /* segments, whose length nothing that is seen confirms, are left out */
};

/* The sizes are those that were seen, but for one base. */
static bool is_nearly(const struct repair *r, const struct ls_site *site,
		      const struct ls_shape *shape)
{
	int64_t inside = (int64_t)(site->end.begin - site->start.end) -
			 (int64_t)(shape->head + shape->parity);
	int64_t all = (int64_t)r->n -
		      (int64_t)(shape->front + shape->behind + ls_shape_block(shape)) - inside;
	return inside * inside + (shape->segment ? 0 : all * all) <= 1;
}

static int read_changed(struct repair *r, const struct ls_site *site, struct changed_head *h,
			enum ls_effort effort)
{
	struct ls_shape shape;
	struct ls_layout layout;
	if (ls_guess_spend(&r->guess, WORK_HEAD_READING) < 0)
		return -ETIME;
	if (!read_shape(r, h->bases, h->n, &shape, &layout) || shape.errors == 0 ||
	    (h->whole && shape.segment) || !is_nearly(r, site, &shape))
		return -EBADMSG;
	for (size_t i = 0; i < h->count; i++)
		if (is_same(&h->shapes[i], &shape))
			return -EBADMSG;
	if (h->count == SHAPES_READ)
		return -EBADMSG;
	h->shapes[h->count++] = shape;
	return try_told(r, site, &shape, effort);
}

/* One base from `from` on is changed to each other one, in turn with each behind it if two are. */
static int change_heads(struct repair *r, const struct ls_site *site, struct changed_head *h,
			size_t from, bool two, enum ls_effort effort)
{
	size_t end = LS_TAG_BASES + (two || from > LS_TAG_BASES ? HEAD_PAIRED : HEAD_GUESSED);
	int rc = -EBADMSG;
	for (size_t at = from; rc == -EBADMSG && at < end; at++)
		for (uint8_t by = 1; rc == -EBADMSG && by < 4; by++) {
			h->bases[at] ^= by;
			rc = two ? change_heads(r, site, h, at + 1, false, effort)
				 : read_changed(r, site, h, effort);
			h->bases[at] ^= by;
		}
	return rc;
}

/* The head cannot be read: it is, with one or two of its bases changed, wherever it then tells the
 * sizes that were seen. */
static int try_changed_heads(struct repair *r, const struct ls_site *site, enum ls_effort effort)
{
	struct changed_head h = { .count = 0 };
	h.n = head_at(r, site, site->start.end, h.bases);
	const struct part part = begin_part(r, r->heads);
	int rc = change_heads(r, site, &h, LS_TAG_BASES, false, effort);
	h.whole = true;
	if (rc == -EBADMSG)
		rc = change_heads(r, site, &h, LS_TAG_BASES, true, effort);
	return end_part(r, &part, &r->heads, rc);
}

int ls_repair_site(struct repair *r, const struct ls_site *site, enum ls_effort effort)
{
	struct ls_shape told;
	struct ls_layout layout;
	bool is_told = ls_repair_told(r, site, &told, &layout);
	int rc = is_told ? try_told(r, site, &told, effort) : -EBADMSG;
	/* one that can be read and is off by a few bases may be damaged in its sizes */
	if (rc == -EBADMSG && !(is_told && is_exactly(r, site, &told, 0, 0)) &&
	    (effort == LS_EFFORT_ONE_INDEL || effort == LS_EFFORT_INDEL_AND_SUBSTITUTIONS))
		rc = try_head(r, site, effort);
	if (rc != -EBADMSG ||
	    (effort >= LS_EFFORT_ONE_INDEL && is_told && plausible(r, site, &told)))
		return rc;
	size_t inside = site->end.begin - site->start.end;
	if (is_told && near(inside, told.head + told.parity))
		rc = try_other_length(r, site, &told, effort);
	if (rc != -EBADMSG || (is_told && inside == told.head + told.parity))
		return rc;
	if (!is_told && effort == LS_EFFORT_INDEL_AND_SUBSTITUTIONS)
		rc = try_changed_heads(r, site, effort);
	return rc == -EBADMSG ? try_unread(r, site, effort) : rc;
}
