/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/moved.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/exact.h"
#include "audit/dna/repair/guess.h"

void ls_moved_free(struct ls_moved_block *m)
{
	free(m->strand);
	m->strand = NULL;
	ls_buffer_free(&m->body);
	ls_canonical_free(&m->canonical);
}

/* --- the molecule without its block -------------------------------------- */

/* Bases more than were signed. */
static int64_t excess(const struct ls_moved_block *m)
{
	return (int64_t)m->body.size - (int64_t)m->head.length;
}

static bool read_head(struct ls_moved_block *m)
{
	uint8_t bases[LS_BLOCK_HEAD_MAX];
	struct ls_layout layout;
	size_t n = m->molecule->bases.size, from = m->site.start.end + n - LS_TAG_BASES;
	enum ls_topology topology = m->molecule->topology;
	for (size_t i = 0; i < LS_BLOCK_HEAD_MAX; i++)
		bases[i] = m->strand[(from + i) % n];
	return ls_block_read_head(bases, n, &m->head, &layout, NULL) == 0 && !m->head.segment &&
	       m->head.errors > 0 && topology != (m->head.linear ? LS_CIRCULAR : LS_LINEAR);
}

static int take_out(struct ls_moved_block *m)
{
	size_t n = m->molecule->bases.size, start = m->site.start.begin;
	m->block = m->site.end.end - start;
	if (m->block >= n || (m->head.linear && m->site.end.end > n))
		return -ENOENT;
	size_t end = (start + m->block) % n;
	ls_buffer_init(&m->body, n);
	if (m->head.linear || end <= start) {
		m->joint = m->head.linear ? start : 0;
		size_t from = m->head.linear ? 0 : end;
		ls_buffer_add(&m->body, m->strand + from, start - from);
		if (m->head.linear)
			ls_buffer_add(&m->body, m->strand + start + m->block, n - start - m->block);
	} else {
		ls_buffer_add(&m->body, m->strand + end, n - end);
		ls_buffer_add(&m->body, m->strand, start);
	}
	return ls_buffer_error(&m->body) < 0 ? -ENOMEM : 0;
}

int ls_moved_open(const struct ls_molecule *molecule, const struct ls_site *site,
		  struct ls_moved_block *ret)
{
	size_t n = molecule->bases.size;
	struct ls_moved_block m = { .molecule = molecule, .site = *site, .strand = malloc(n + 1) };
	if (!m.strand)
		return -ENOMEM;
	memcpy(m.strand, molecule->bases.data, n);
	if (site->reversed)
		ls_bases_reverse_complement(m.strand, n);
	ls_buffer_init(&m.body, 0);
	int rc = read_head(&m) ? take_out(&m) : -ENOENT;
	if (rc == 0 && (excess(&m) > LS_EXCESS_MAX || excess(&m) < -LS_EXCESS_MAX))
		rc = -ENOENT;
	if (rc == 0)
		rc = ls_canonical_make(m.body.data, m.body.size, !m.head.linear, &m.canonical,
				       NULL);
	if (rc < 0)
		ls_moved_free(&m);
	else
		*ret = m;
	return rc;
}

/* --- where the canonical form may have begun ------------------------------ */

#define PREFIX	    24 /* bases of a rotation that are compared, as a number of two bits each */
#define BEGINS_MAX  64 /* that are tried ... */
#define BEGINS_LESS 24 /* ... where bases were lost or won, too, which costs more */
#define PREFIX_BITS (2 * PREFIX)
#define PREFIX_MASK ((UINT64_C(1) << PREFIX_BITS) - 1)

/* A rotation: of one strand, from this base of the strand on. */
struct begin {
	uint64_t least; /* what its prefix may have been */
	size_t start;
	bool reversed;
};

struct begins {
	struct begin list[BEGINS_MAX];
	size_t count;
};

static uint8_t body_base(const struct ls_moved_block *m, size_t at, bool reversed)
{
	size_t n = m->body.size;
	at %= n;
	return (uint8_t)(reversed ? LS_BASE_COMPLEMENT(m->body.data[n - 1 - at])
				  : m->body.data[at]);
}

/* The least prefix that one base changed, lost (a base is put in) or won (one is left out) leaves
 * of these PREFIX + 1 bases. */
static uint64_t least_of(uint64_t bases, int64_t excess)
{
	unsigned pair = 0; /* of the first base that is no a */
	while (pair < PREFIX + 1 && bases >> (2 * pair) > 3)
		pair++;
	uint64_t behind = bases & ((UINT64_C(1) << (2 * pair)) - 1), least = behind >> 2;
	if (excess < 0 && bases >> 4 < least)
		least = bases >> 4;
	if (excess > 0 && behind < least)
		least = behind;
	return least;
}

static void keep(struct begins *b, const struct begin *one)
{
	size_t at = b->count;
	while (at > 0 && b->list[at - 1].least > one->least)
		at--;
	if (at == BEGINS_MAX)
		return;
	b->count += b->count < BEGINS_MAX;
	memmove(&b->list[at + 1], &b->list[at], (b->count - 1 - at) * sizeof *b->list);
	b->list[at] = *one;
}

/* The first base of what was read as the canonical form, on its own strand. */
static size_t seen_start(const struct ls_moved_block *m)
{
	return (m->body.size - m->canonical.offset) % m->body.size;
}

/* Shares bases with the begin of what was read. */
static bool is_beside_seen(const struct ls_moved_block *m, size_t start, bool reversed)
{
	size_t n = m->body.size, seen = seen_start(m);
	if (reversed != m->canonical.reversed)
		start = (2 * n - PREFIX - start) % n;
	size_t apart = (start + n - seen) % n;
	return apart < PREFIX || apart > n - PREFIX;
}

/* Of one strand: rotations that may have been less than the one that is the least now, and the
 * least of those that the error in that one has no part in. */
static void begins_of(const struct ls_moved_block *m, bool reversed, uint64_t seen,
		      struct begins *ret, struct begin *second)
{
	size_t n = m->body.size;
	uint64_t bases = 0;
	for (size_t i = 0; i < n + PREFIX; i++) {
		bases = (bases << 2 | body_base(m, i, reversed)) & (PREFIX_MASK << 2 | 3);
		if (i < PREFIX)
			continue;
		size_t start = i - PREFIX;
		struct begin one = { bases >> 2, start, reversed };
		if (one.least < second->least && !is_beside_seen(m, start, reversed))
			*second = one;
		one.least = least_of(bases, excess(m));
		if (one.least <= seen &&
		    (start != seen_start(m) || reversed != m->canonical.reversed))
			keep(ret, &one);
	}
}

/* From this begin on, with what was lost or won behind the place, and before it. */
static size_t add_put(const struct ls_moved_block *m, const struct ls_put *from, struct ls_put *ret,
		      size_t count)
{
	int64_t n = (int64_t)m->body.size, place = (int64_t)(m->head.place / 2);
	for (int before = 0; before <= (excess(m) != 0); before++) {
		int64_t at = place + (before ? excess(m) : 0);
		if (at < 0 || at > n || count == LS_PUTS_MAX)
			continue;
		ret[count] = *from;
		ret[count].back = m->head.place % 2;
		ret[count++].place = (size_t)(m->head.linear ? at : at % n);
	}
	return count;
}

static size_t add_begin(const struct ls_moved_block *m, const struct begin *b, struct ls_put *ret,
			size_t count)
{
	size_t n = m->body.size;
	const struct ls_put put = { .offset = (n - b->start) % n, .reversed = b->reversed };
	return add_put(m, &put, ret, count);
}

size_t ls_moved_puts(const struct ls_moved_block *m, struct ls_put ret[static LS_PUTS_MAX])
{
	const struct ls_canonical *c = &m->canonical;
	const struct ls_put seen = { .offset = c->offset,
				     .reversed = c->reversed,
				     .as_seen = true };
	struct begins begins = { .count = 0 };
	struct begin second = { .least = UINT64_MAX };
	uint64_t least = 0;
	size_t count = add_put(m, &seen, ret, 0);
	if (m->head.linear || m->body.size < 2 * PREFIX)
		return count;
	for (size_t i = 0; i < PREFIX; i++)
		least = least << 2 | c->bases.data[i];
	begins_of(m, false, least, &begins, &second);
	begins_of(m, true, least, &begins, &second);
	if (second.least != UINT64_MAX)
		count = add_begin(m, &second, ret, count);
	size_t most = excess(m) == 0 ? BEGINS_MAX : BEGINS_LESS;
	for (size_t i = 0; i < begins.count && i < most; i++)
		count = add_begin(m, &begins.list[i], ret, count);
	return count;
}

/* --- the block put there ------------------------------------------------- */

/* The body's base that is the i-th of what follows where the block is put, once round. */
static size_t body_at(const struct ls_moved_block *m, const struct ls_put *put, size_t i)
{
	size_t n = m->body.size;
	size_t k = put->back ? (put->place + 2 * n - 1 - i) % n : (put->place + i) % n;
	return put->reversed ? (put->offset + 2 * n - 1 - k) % n : (k + 2 * n - put->offset) % n;
}

static bool is_turned(const struct ls_put *put)
{
	return put->back != put->reversed;
}

/* Bases in front of the block: of a ring none. */
static size_t in_front(const struct ls_moved_block *m, const struct ls_put *put)
{
	if (!m->head.linear)
		return 0;
	return put->back ? m->body.size - put->place : put->place;
}

bool ls_moved_is_there(const struct ls_moved_block *m, const struct ls_put *put)
{
	return !is_turned(put) && body_at(m, put, 0) == m->joint % m->body.size;
}

/* The base of the strand that lies at this base of what was put back; *ret_turned: complemented. */
static size_t strand_at(const struct ls_moved_block *m, const struct ls_put *put, size_t at,
			bool *ret_turned)
{
	size_t front = in_front(m, put), n = m->body.size, all = m->molecule->bases.size;
	*ret_turned = false;
	if (at >= front && at < front + m->block)
		return (m->site.start.begin + at - front) % all;
	*ret_turned = is_turned(put);
	/* what follows comes round to what is in front */
	size_t body = body_at(m, put, at < front ? n - front + at : at - front - m->block);
	if (!m->head.linear)
		return (m->site.start.begin + m->block + body) % all;
	return body < m->joint ? body : body + m->block;
}

int ls_moved_put_back(const struct ls_moved_block *m, const struct ls_put *put,
		      struct ls_buffer *ret, struct ls_site *ret_site)
{
	size_t all = m->molecule->bases.size, front = in_front(m, put);
	size_t moved = m->site.start.begin; /* every place of the site by as much */
	uint8_t *room = ls_buffer_reserve(ret, all);
	if (!room)
		return -ENOMEM;
	for (size_t i = 0; i < all; i++) {
		bool turned;
		uint8_t base = m->strand[strand_at(m, put, i, &turned)];
		room[i] = (uint8_t)(turned ? LS_BASE_COMPLEMENT(base) : base);
	}
	ls_buffer_commit(ret, all);
	*ret_site = m->site;
	ret_site->reversed = false;
	ret_site->told = true;
	ret_site->start.begin = front;
	ret_site->start.end += front - moved;
	ret_site->end.begin += front - moved;
	ret_site->end.end += front - moved;
	return 0;
}

static bool is_in_block(const struct ls_moved_block *m, const struct ls_put *put, size_t at)
{
	size_t front = in_front(m, put);
	return at >= front && at < front + m->block;
}

/* A base that was not seen is told by the one behind it, or, where that is on the other side of the
 * block's edge, by the one before. */
void ls_moved_in_file(const struct ls_moved_block *m, const struct ls_put *put, bool in_block,
		      struct ls_difference *d)
{
	size_t all = m->molecule->bases.size, at = d->at;
	bool turned, lost = d->kind == LS_DELETED;
	bool after = lost && (at == all || is_in_block(m, put, at) != in_block) &&
		     (at > 0 || !m->head.linear);
	size_t strand = strand_at(m, put, after ? (at + all - 1) % all : at % all, &turned);
	bool other = turned != m->site.reversed;
	d->at = ls_place_in_file(strand, all, m->site.reversed);
	if (lost && other != after)
		d->at++;
	if (d->at == all && !m->head.linear)
		d->at = 0;
	if (!other)
		return;
	d->seen = LS_BASE_COMPLEMENT(d->seen);
	d->should = LS_BASE_COMPLEMENT(d->should);
}
