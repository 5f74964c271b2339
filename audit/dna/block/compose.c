/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/compose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/tag_copies.h"
#include "audit/dna/molecule/canonical.h"
#include "audit/dna/repair/parity.h"
#include "lib/base/cleanup.h"

/* So many bases are signed and given parity, in all draws together, before it is said that none
 * will do: of a plasmid's draws that is none left out. */
#define TRIED_MAX UINT64_C(200000000)
#define FLANK_BASES \
	256 /* of the molecule on each side: longer than any window, run or site needs */

struct compose {
	struct ls_block *b;
	const struct ls_site_of_block *site;
	const struct ls_rules *rules;
	const struct ls_block_signer *signer;
	struct ls_canonical canonical;
	struct ls_repeats repeats; /* of the molecule, */
	struct ls_repeats own;	   /* and of the block as far as its masks are chosen */
	struct ls_buffer text;	   /* what precedes the block, the block, what follows it */
	size_t start;		   /* where the block begins in text */
	uint8_t *masks;
	struct ls_error *err;
	uint64_t tried; /* bases of molecules whose whole block was made */
	/* why draws failed: how often each rule, and the last words of each */
	size_t failed[LS_RULE_COUNT];
	struct ls_error why[LS_RULE_COUNT];
};

static int memory(const struct compose *c)
{
	return ls_fail(c->err, -ENOMEM, "memory", "out of memory");
}

/* Base i of what lies i bases behind the joint, or -i - 1 before it; -1: there is none. */
static int beside(const struct ls_site_of_block *s, long i)
{
	long n = (long)s->n, at = (long)s->at + i;
	if (s->circular)
		return s->bases[((at % n) + n) % n];
	if (at >= 0 && at < n)
		return s->bases[at];
	if (at < 0 && s->before && -at <= (long)s->before_size)
		return s->before[(long)s->before_size + at];
	if (at >= n && s->after && at - n < (long)s->after_size)
		return s->after[at - n];
	return -1;
}

static int put_before(struct compose *c)
{
	long most = c->site->circular && c->site->n < FLANK_BASES ? (long)c->site->n : FLANK_BASES;
	ls_buffer_clear(&c->text);
	for (long i = -most; i < 0; i++) {
		int base = beside(c->site, i);
		if (base >= 0)
			ls_buffer_add_u8(&c->text, (uint8_t)base);
	}
	c->start = c->text.size;
	return ls_buffer_error(&c->text);
}

static int put_after(struct compose *c)
{
	long most = c->site->circular && c->site->n < FLANK_BASES ? (long)c->site->n : FLANK_BASES;
	for (long i = 0; i < most; i++) {
		int base = beside(c->site, i);
		if (base < 0)
			break;
		ls_buffer_add_u8(&c->text, (uint8_t)base);
	}
	return ls_buffer_error(&c->text);
}

/* -EDOM is noted, and means: draw again. */
static int note(struct compose *c, enum ls_rule rule, const struct ls_error *why)
{
	c->failed[rule]++;
	c->why[rule] = *why;
	return -EDOM;
}

/* end: where the block ends in text, SIZE_MAX while it is not made yet. */
static int check(struct compose *c, size_t checked, size_t end)
{
	enum ls_rule rule = LS_RULE_TAG;
	struct ls_error why = { 0 };
	bool complete = end != SIZE_MAX;
	const struct ls_ruled ruled = { .bases = c->text.data,
					.n = c->text.size,
					.block = c->start,
					.end = complete ? end : c->text.size,
					.checked = checked,
					.complete = complete,
					.molecule = c->rules->repeat ? &c->repeats : NULL,
					.own = c->own.slots ? &c->own : NULL };
	int rc = ls_rules_check(c->rules, &ruled, &rule, &why);
	if (rc == 0) {
		/* copies with two bases of the block at least: others are the molecule's own; of a
		 * chunk of documentation, which has its own mask to choose, what ends in it */
		size_t margin = LS_TAG_BASES - LS_TAG_EDITS - 2;
		size_t first = complete || checked == 0 ? c->start : checked - LS_TAG_EDITS - 4;
		size_t from = first > margin ? first - margin : 0;
		size_t to = complete && end + margin < c->text.size ? end + margin : c->text.size;
		rule = LS_RULE_TAG;
		rc = ls_tag_copies(c->text.data + from, to - from,
				   from <= c->start ? c->start - from : SIZE_MAX,
				   complete ? end - LS_TAG_BASES - from : SIZE_MAX, LS_TAG_EDITS,
				   &why);
	}
	return rc == -EDOM ? note(c, rule, &why) : rc < 0 ? memory(c) : 0;
}

/* The head with the masks as they are, in text. */
static int put_head(struct compose *c)
{
	if (put_before(c) < 0)
		return memory(c);
	return ls_block_head(c->b, c->masks, &c->text, c->err);
}

/* What is in text up to `to` will not change: its stretches that were not kept before are. */
static void keep_repeats(struct compose *c, size_t from, size_t to)
{
	size_t n = c->rules->repeat + 1, first = c->start < n ? 0 : c->start - n + 1;
	if (!c->own.slots)
		return;
	if (from > first + n)
		first = from - n + 1;
	if (to > first)
		ls_repeats_add_all(&c->own, c->text.data + first, to - first);
}

/* Of the block before its documentation; none are kept where there is none. */
static int begin_repeats(struct compose *c, size_t end)
{
	ls_repeats_free(&c->own);
	if (c->rules->repeat == 0 || c->b->document.size == 0)
		return 0;
	size_t most = end + ls_document_bases(c->b->document.size);
	if (ls_repeats_init(&c->own, c->rules->repeat + 1, most) < 0)
		return memory(c);
	keep_repeats(c, 0, end);
	return 0;
}

/* The first mask of this chunk with which all so far satisfies the rules; it is in text then. */
static int choose_mask(struct compose *c, size_t chunk)
{
	size_t checked = c->text.size;
	for (unsigned mask = 0; mask < LS_CHUNK_MASKS; mask++) {
		c->masks[chunk] = (uint8_t)mask;
		c->text.size = checked;
		if (ls_block_chunk(c->b, chunk, c->masks[chunk], &c->text) < 0)
			return memory(c);
		int rc = check(c, checked, SIZE_MAX);
		if (rc == 0)
			keep_repeats(c, checked, c->text.size);
		if (rc != -EDOM)
			return rc;
	}
	return -EDOM;
}

/* Chunk by chunk, behind the head in text. */
static int choose_masks(struct compose *c)
{
	size_t chunks = ls_document_chunks(c->b->document.size);
	int rc = begin_repeats(c, c->text.size);
	for (size_t i = 0; rc == 0 && i < chunks; i++)
		rc = choose_mask(c, i);
	return rc;
}

static int put_parity_and_end(struct compose *c)
{
	_cleanup_buffer_ struct ls_buffer data;
	ls_buffer_init(&data, c->site->n + c->text.size + LS_TAG_BASES);
	size_t block = c->text.size - c->start;
	int rc = ls_block_parity_data(c->site, c->text.data + c->start, block, &data);
	if (rc < 0)
		return memory(c);
	_cleanup_parity_ struct ls_parity parity = { 0 };
	if (c->b->errors > 0) {
		rc = ls_parity_init(&parity, data.size, c->b->errors, c->err);
		if (rc == 0 && ls_parity_make(&parity, data.data, &c->text) < 0)
			rc = memory(c);
	}
	if (rc == 0 && ls_bases_from_text(LS_END_TAG, LS_TAG_BASES, &c->text) < 0)
		rc = memory(c);
	return rc;
}

/* Head is in text and well: sign it and see the whole. */
static int sign_and_check(struct compose *c, size_t *ret_end)
{
	struct ls_digest digest;
	size_t head = c->text.size - c->start;
	c->tried += c->site->n;
	int rc = ls_block_digest(c->b, c->canonical.bases.data, c->canonical.bases.size,
				 c->text.data + c->start, head, &digest, c->err);
	c->b->masks = c->masks;
	if (rc == 0)
		rc = c->signer->sign(c->signer->context, c->b, &digest, c->err);
	if (rc == 0 && ls_block_signature(c->b, &c->text) < 0)
		rc = memory(c);
	if (rc == 0)
		rc = put_parity_and_end(c);
	if (rc < 0)
		return rc;
	*ret_end = c->text.size;
	if (put_after(c) < 0)
		return memory(c);
	return check(c, c->start + head, *ret_end);
}

static int try_draw(struct compose *c, size_t *ret_end)
{
	int rc = put_head(c);
	if (rc == 0) {
		struct ls_layout l;
		ls_block_layout(c->b, &l);
		c->text.size = c->start + l.at[LS_PART_DOCUMENT];
		ls_repeats_free(&c->own);
		rc = check(c, 0, SIZE_MAX);
	}
	if (rc == 0)
		rc = choose_masks(c);
	return rc < 0 ? rc : sign_and_check(c, ret_end);
}

static int impossible(struct compose *c)
{
	enum ls_rule most = 0;
	size_t draws = 0;
	for (int r = 0; r < LS_RULE_COUNT; r++) {
		draws += c->failed[r];
		if (c->failed[r] > c->failed[most])
			most = (enum ls_rule)r;
	}
	return ls_fail(c->err, -EDOM, "dna.rules.impossible",
		       "no block satisfies the rules of '%s' at this place: %zu were drawn; most "
		       "broke one rule, "
		       "at last: %s. Choose another place, or other rules%s",
		       c->rules->name, draws, c->why[most].message,
		       c->tried > TRIED_MAX
			       ? ", or less of parity, or a segment: so long a molecule "
				 "has thousands of bases of parity"
			       : "");
}

static int draw(struct compose *c, struct ls_buffer *out)
{
	for (unsigned d = 0; d < LS_DRAWS && c->tried <= TRIED_MAX; d++) {
		size_t end = 0;
		/* not in order: draw 0 is a run of six a's */
		c->b->draw = (uint16_t)((d * 2731 + 1365) % LS_DRAWS);
		int rc = try_draw(c, &end);
		if (rc == -EDOM)
			continue;
		if (rc < 0)
			return rc;
		rc = ls_buffer_add(out, c->text.data + c->start, end - c->start);
		return rc < 0 ? memory(c) : 0;
	}
	return impossible(c);
}

static int prepare(struct compose *c)
{
	const struct ls_site_of_block *s = c->site;
	if (s->n > UINT32_MAX / 2 || s->at > s->n || (s->circular && s->at >= s->n))
		return ls_fail(c->err, -EINVAL, "dna.block.place", "base %zu of %zu", s->at, s->n);
	int rc = ls_canonical_make(s->bases, s->n, s->circular, &c->canonical, c->err);
	if (rc < 0)
		return rc;
	c->b->linear = !s->circular;
	c->b->length = (uint32_t)s->n;
	c->b->place = ls_canonical_joint(&c->canonical, s->circular, s->at);
	ls_buffer_init(&c->text, 8 * (size_t)LS_DOCUMENT_MAX + (1u << 20));
	c->masks = calloc(ls_document_chunks(c->b->document.size) + 1, 1);
	if (!c->masks)
		return memory(c);
	if (c->rules->repeat == 0)
		return 0;
	if (ls_repeats_init(&c->repeats, c->rules->repeat + 1, s->n) < 0)
		return memory(c);
	/* not over the joint, which the block takes apart */
	ls_repeats_add_all(&c->repeats, s->bases, s->at);
	ls_repeats_add_all(&c->repeats, s->bases + s->at, s->n - s->at);
	return 0;
}

int ls_block_compose(struct ls_block *b, const struct ls_site_of_block *site,
		     const struct ls_rules *rules, const struct ls_block_signer *signer,
		     struct ls_buffer *out, struct ls_error *err)
{
	struct compose *c = calloc(1, sizeof *c);
	if (!c)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	c->b = b;
	c->site = site;
	c->rules = rules;
	c->signer = signer;
	c->err = err;
	int rc = prepare(c);
	if (rc == 0)
		rc = draw(c, out);
	b->masks = NULL;
	ls_canonical_free(&c->canonical);
	ls_repeats_free(&c->repeats);
	ls_repeats_free(&c->own);
	ls_buffer_free(&c->text);
	free(c->masks);
	free(c);
	return rc;
}

int ls_block_parity_data(const struct ls_site_of_block *site, const uint8_t *to_signature, size_t n,
			 struct ls_buffer *out)
{
	ls_buffer_add(out, site->bases + site->at, site->n - site->at);
	ls_buffer_add(out, site->bases, site->at);
	ls_buffer_add(out, to_signature, n);
	ls_bases_from_text(LS_END_TAG, LS_TAG_BASES, out);
	return ls_buffer_error(out);
}
