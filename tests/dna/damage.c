/* SPDX-License-Identifier: Apache-2.0 */
/* What sequencing and handling do to a molecule: each base changed, lost, won; mixes of them. */
#include <stdlib.h>
#include <string.h>

#include "tests/dna/campaign.h"

/* Read from anywhere on either strand: what is told must be in the file's own places. */
static void turn(const struct specimen *s, struct ls_molecule *m, uint64_t *state)
{
	bool other = dice(state) & 1;
	size_t from = s->block.linear ? 0 : dice_below(state, m->bases.size);
	m->topology = s->block.segment || dice(state) & 1 ? LS_TOPOLOGY_UNSAID
		      : s->block.linear			  ? LS_LINEAR
							  : LS_CIRCULAR;
	edit_turn(m, from, other);
}

static void run(struct campaign *c, enum kind kind, const struct specimen *s, struct ls_molecule *m,
		enum expected expected, size_t place)
{
	campaign_case_of(c, kind, s, m, expected, place);
	ls_molecule_free(m);
}

static bool is_covered(const struct specimen *s, size_t at)
{
	return at >= s->first && at < s->first + s->covered;
}

static bool is_tag(const struct specimen *s, size_t at)
{
	size_t end = s->at + s->layout.at[LS_PART_END_TAG];
	return (at >= s->at && at < s->at + LS_TAG_BASES) || (at >= end && at < end + LS_TAG_BASES);
}

/* What one base that is changed, lost or won must come to. */
static enum expected expect(const struct specimen *s, size_t at, enum kind kind)
{
	if (!is_covered(s, at))
		return EXPECT_SEGMENT;
	if (s->crowded && s->block.errors > 0)
		return EXPECT_RIGHT;
	if (kind == KIND_SUBSTITUTION && (s->block.errors > 0 || is_tag(s, at)))
		return s->block.segment ? EXPECT_RIGHT : EXPECT_CORRECTED;
	if (s->block.errors == 0)
		return is_tag(s, at) ? EXPECT_RIGHT : EXPECT_NOTHING_HOLDS;
	return s->block.errors >= 2 && s->words == 1 && !s->block.segment ? EXPECT_CORRECTED
									  : EXPECT_RIGHT;
}

/* A linear molecule's end, a segment's edge: what is lost there may as well never have been. */
static enum expected expect_indel(const struct specimen *s, size_t at, enum kind kind)
{
	bool edge = at <= s->first || at + 1 >= s->first + s->covered;
	if (s->block.linear && edge)
		return EXPECT_RIGHT;
	return expect(s, at, kind);
}

static void rotations(struct campaign *c, const struct specimen *s, size_t stride)
{
	size_t n = s->molecule.bases.size;
	for (size_t from = 0; from < (s->block.linear ? 1 : n); from += stride)
		for (int strand = 0; strand < 2; strand++) {
			struct ls_molecule m;
			edit_copy(&s->molecule, &m);
			edit_turn(&m, from, strand);
			m.topology = from % 2 || s->block.segment ? LS_TOPOLOGY_UNSAID
				     : s->block.linear		  ? LS_LINEAR
								  : LS_CIRCULAR;
			run(c, KIND_ROTATION, s, &m,
			    s->block.segment ? EXPECT_SEGMENT : EXPECT_VALID, from);
		}
}

static void substitutions(struct campaign *c, const struct specimen *s, size_t stride,
			  uint64_t *state)
{
	for (size_t at = dice_below(state, stride); at < s->molecule.bases.size; at += stride) {
		struct ls_molecule m;
		edit_copy(&s->molecule, &m);
		edit_substitute(&m, at, (uint8_t)(1 + dice_below(state, 3)));
		turn(s, &m, state);
		run(c, KIND_SUBSTITUTION, s, &m, expect(s, at, KIND_SUBSTITUTION), at);
	}
}

static void indels(struct campaign *c, const struct specimen *s, size_t stride, uint64_t *state)
{
	for (size_t at = dice_below(state, stride); at < s->molecule.bases.size; at += stride) {
		struct ls_molecule m;
		uint8_t base = dice(state) & 3;
		edit_copy(&s->molecule, &m);
		edit_remove(&m, at, 1);
		turn(s, &m, state);
		run(c, KIND_DELETION, s, &m, expect_indel(s, at, KIND_DELETION), at);
		edit_copy(&s->molecule, &m);
		edit_insert(&m, at, &base, 1);
		turn(s, &m, state);
		run(c, KIND_INSERTION, s, &m, expect_indel(s, at, KIND_INSERTION), at);
	}
}

static void edit_at_random(struct ls_molecule *m, size_t substitutions, size_t indels,
			   uint64_t *state)
{
	for (size_t i = 0; i < substitutions; i++)
		edit_substitute(m, dice_below(state, m->bases.size),
				(uint8_t)(1 + dice_below(state, 3)));
	for (size_t i = 0; i < indels; i++) {
		uint8_t base = dice(state) & 3;
		if (dice(state) & 1)
			edit_insert(m, dice_below(state, m->bases.size), &base, 1);
		else
			edit_remove(m, dice_below(state, m->bases.size - 3),
				    1 + dice_below(state, 3));
	}
}

/* Up to what the parity can, and then beyond it. */
static void mixes(struct campaign *c, const struct specimen *s, size_t count, uint64_t *state)
{
	unsigned t = s->block.errors;
	for (size_t i = 0; i < count; i++) {
		struct ls_molecule m;
		size_t substitutions = dice_below(state, t + 5), indels = dice_below(state, 3);
		bool within = substitutions <= t && indels == 0;
		edit_copy(&s->molecule, &m);
		edit_at_random(&m, substitutions, indels, state);
		turn(s, &m, state);
		/* all of many substitutions may by chance be in one tag */
		bool sure = within && substitutions > 0 && substitutions < 3 && !s->block.segment &&
			    !s->crowded;
		run(c, within || substitutions + 2 * indels <= t ? KIND_MIX : KIND_BEYOND, s, &m,
		    sure ? EXPECT_CORRECTED : EXPECT_RIGHT, i);
	}
}

/* Tags where there is no block, whole and with edits, on either strand. */
static void decoys(struct campaign *c, const struct specimen *s, size_t count, uint64_t *state)
{
	for (size_t i = 0; i < count; i++) {
		struct ls_molecule m, tag;
		bool end = dice(state) & 1;
		ls_molecule_init(&tag);
		ls_bases_from_text(end ? LS_END_TAG : LS_START_TAG, LS_TAG_BASES, &tag.bases);
		edit_at_random(&tag, dice_below(state, 3), dice_below(state, 2), state);
		if (dice(state) & 1)
			ls_bases_reverse_complement(tag.bases.data, tag.bases.size);
		edit_copy(&s->molecule, &m);
		edit_insert(&m, dice_below(state, m.bases.size), tag.bases.data, tag.bases.size);
		turn(s, &m, state);
		run(c, KIND_DECOY, s, &m, EXPECT_RIGHT, i);
		ls_molecule_free(&tag);
	}
}

void damage_everywhere(struct campaign *c, const struct specimen *s, const struct strides *strides)
{
	uint64_t state = c->seed ^ s->molecule.bases.size << 20 ^ s->at;
	c->molecules++;
	c->bases += s->molecule.bases.size;
	if (strides->rotation > 0)
		rotations(c, s, strides->rotation);
	if (strides->substitution > 0)
		substitutions(c, s, strides->substitution, &state);
	if (strides->indel > 0)
		indels(c, s, strides->indel, &state);
	mixes(c, s, strides->mixes, &state);
	decoys(c, s, strides->mixes / 4, &state);
}
